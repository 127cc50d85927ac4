"""What the ledger promises to whoever copies a whole house into another one: its rows, and word of a copy under way.

As in `kith.stores.ledger_port`: each method is one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

__all__ = ["Cell", "Copying", "Reached", "Row", "Unfinished"]

Cell: TypeAlias = "bool | int | float | str | None"
Row: TypeAlias = tuple[Cell, ...]
"""A row of one table, its cells in the order of the columns; or the key of one, in the order of the key's."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a copy has come: every piece before this one is done, and of this one all up to a key."""

    piece: str = ""
    """Empty: nothing is copied yet."""
    after: Row | None = None
    rows: int = 0
    """How many of the piece are done."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """That a copy into this ledger, and the stores around it, was begun and is not done."""

    source: str
    """The name of the ledger that is copied: no other has it."""
    digest: str
    """Of all that stood in the house that is copied when this was begun."""
    place: str
    """Where that house is, as people are told."""
    command: str
    """What finishes it."""
    reached: Reached = Reached()


class Copying(Protocol):
    """A ledger's rows as they stand, and the word that stands in one while it is no whole copy.

    Left out is what is of one place alone: leases, over how many shards people are spread, what servers do now.
    While there is such a word, opening the ledger is refused to all but who copies. Scans go by ascending key.
    """

    def counts(self) -> dict[str, int]:
        """How many rows each table has, by its name."""
        ...

    def scan(self, table: str, *, after: Row | None = None, limit: int = 1000) -> list[Row]:
        """At most `limit` rows, from the one after this key."""
        ...

    def key(self, table: str, row: Row) -> Row: ...
    def put(self, table: str, rows: Sequence[Row]) -> None:
        """Sets rows, each in the place of the one with its key."""
        ...

    def clear(self) -> None:
        """Takes every row from every table."""
        ...

    def secret(self) -> str:
        """What people's ids are hashed with, and the ledger's name comes from."""
        ...

    def adopt(self, secret: str) -> None:
        """Sets it. Whoever has the ledger open knows people by the one before, until they open it again."""
        ...

    def others(self) -> int:
        """How many connections other than our own use the ledger at this moment, as far as its database tells."""
        ...

    def unfinished(self) -> Unfinished | None: ...
    def begin(self, copy: Unfinished) -> bool:
        """Says that a copy is under way; whether it does, and no other is."""
        ...

    def note(self, copy: Unfinished) -> None:
        """Sets what is said of the copy under way; nothing where none is."""
        ...

    def end(self) -> None:
        """The ledger is open to all again."""
        ...
