"""The root of every error that Kith raises on purpose.

KithError                    what a person can act on: the message names the thing and the next step
├── BadInput                 a file, a record, an argument or a setting that cannot be used
└── StoreError               something about a store: see `kith.stores.errors`
"""

__all__ = ["BadInput", "KithError"]


class KithError(Exception):
    """An error whose message is written for the person who meets it."""


class BadInput(KithError):
    """Something that was handed in cannot be used as it is."""
