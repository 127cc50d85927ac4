"""What can go wrong with a store. `Transient` and `Terminal` decide what is retried.

StoreError
├── Transient          not now: the same call may go through later
│   └── LeaseLost      another writer holds the lease by now: start again from the lease
├── Terminal           it will not go through, however often it is tried
│   ├── RecordRefused  because of one of the records in the call; the others may go through without it
│   ├── ModelMismatch  vectors of another model stand in the collection
│   └── WrongFormat    the folder or schema was written by a version that this one cannot read
└── StoresHeld         another process holds the embedded stores
"""

from kith.persona.errors import KithError

__all__ = [
    "LeaseLost",
    "ModelMismatch",
    "RecordRefused",
    "StoreError",
    "StoresHeld",
    "Terminal",
    "Transient",
    "WrongFormat",
]


class StoreError(KithError):
    """Something about a store."""


class Transient(StoreError):
    """Not now: the same call may go through later."""


class LeaseLost(Transient):
    """A lease is not ours any more; whatever was begun under it must be looked at again under a new one."""


class Terminal(StoreError):
    """Trying again will not help."""


class RecordRefused(Terminal):
    """One of the records in the call can never be written."""


class ModelMismatch(Terminal):
    """The collection holds vectors of another model."""


class WrongFormat(Terminal):
    """The store was written in a format that this version cannot read."""


class StoresHeld(StoreError):
    """Another process holds the embedded stores."""
