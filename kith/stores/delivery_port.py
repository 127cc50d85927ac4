"""What the ledger promises to writers: leases, and batches from open to commit.

As in `kith.stores.ledger_port`: each method is one transaction, and methods that take a `Lease` check it first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from kith.persona.model import Rejection

__all__ = [
    "CATALOGUE",
    "BatchKind",
    "Batches",
    "Commit",
    "Delivered",
    "Item",
    "Lease",
    "Leases",
    "Lineage",
    "OpenBatch",
    "Opened",
    "SourceMark",
]

CATALOGUE = -1
"""The shard that campaigns are written under; people's shards count from 0."""


BatchKind: TypeAlias = Literal["messages", "campaigns"]


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write for some shards, until it expires or is released. `epochs` counts takers, per shard."""

    holder: str
    epochs: Mapping[int, int]


class Leases(Protocol):
    """One writer per shard. A holder is one writer: two threads of one process are two holders."""

    def take(self, shards: Sequence[int], *, holder: str, seconds: float) -> Lease | None:
        """All of the shards or none; None while somebody else holds one that has not expired.

        Every taking raises the epoch, the holder's own taking again included.
        """
        ...

    def release(self, lease: Lease) -> None:
        """Frees what is still ours; what is not is left alone."""
        ...

    def free_all(self) -> None:
        """Takes every lease from its holder: for who knows that no other writer is alive."""
        ...

    def agree(self, shards: int) -> int:
        """Over how many shards people are spread, for all who write here: as many as the first one said."""
        ...

    def holders(self) -> dict[int, str]:
        """Who holds which shard now."""
        ...


@dataclass(frozen=True, slots=True)
class Item:
    """One key that a batch wants to write: a message's, or a campaign's id."""

    key: str
    user_id: str
    """Empty for a campaign."""
    content: str
    timestamp: int
    source: str
    position: str


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch that was begun and neither committed nor finished by another."""

    batch_id: str
    run_id: str
    kind: BatchKind
    tenant: str
    holder: str
    shards: tuple[int, ...]
    opened_at: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """What the look under the lease decided. Each item of the call is in exactly one of these."""

    accepted: frozenset[str]
    """Keys to write."""
    edits: frozenset[str]
    """Of the accepted, those that replace a version delivered before."""
    duplicates: frozenset[str]
    """Delivered already with the same content, or with one of a greater version (timestamp, content)."""
    forgotten: frozenset[str]
    """Of people who were forgotten and not let in again, or dated before they were forgotten."""


@dataclass(frozen=True, slots=True)
class SourceMark:
    """How far a source has been read: the end of the longest prefix that is committed.

    `offset` counts bytes after decompression, `prefix` is the blake2b of those bytes, `finished` that nothing follows.
    """

    source: str
    offset: int
    prefix: str
    finished: bool


@dataclass(frozen=True, slots=True)
class Commit:
    """What one batch settles, all at once."""

    batch_id: str
    run_id: str
    tenant: str
    sequence: int
    """The batch's place in its run, from 0. Marks count once every batch before has been committed."""
    last_piece: bool
    """False for a piece of a batch that was halved: its marks wait for the last piece."""
    items: Sequence[Item]
    duplicate: int
    rejections: Sequence[Rejection]
    marks: Sequence[SourceMark] = ()


@dataclass(frozen=True, slots=True)
class Delivered:
    """A key that stands in a committed batch."""

    key: str
    user_id: str
    content: str
    timestamp: int
    batch_id: str
    source: str
    position: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a message came from. What came of it is asked of the evidence."""

    delivered: Delivered
    run_id: str
    committed_at: int


class Batches(Protocol):
    """From `open` to `commit`, and what is known of keys afterwards."""

    def known(self, tenant: str, items: Sequence[Item]) -> set[str]:
        """Keys that `open` would call duplicates, as far as one can see without a lease."""
        ...

    def open(self, lease: Lease, batch: OpenBatch) -> Opened:
        """Decides about each item (a key stands once in the call) and writes the open row for the accepted ones.

        No row is written where nothing was accepted. Other rows of the same holder stay.
        """
        ...

    def opened(self, shards: Sequence[int] | None = None) -> list[OpenBatch]:
        """Open rows that touch any of these shards (None: all), oldest first."""
        ...

    def settle(self, lease: Lease, batch: OpenBatch, *, delivered: Sequence[Item], clear: bool) -> None:
        """For who finishes another's row: these items are delivered under its batch id; `clear` removes the row.

        Raises the generation of the people named. The items of the row that are not in `delivered` stay unknown.
        An item older than what is delivered already under its key changes nothing.
        """
        ...

    def commit(self, lease: Lease, commit: Commit) -> dict[str, int]:
        """Writes deliveries, rejections, counts, marks and generations, removes the open row: in one transaction.

        Returns the new generation of each person touched, by user id. Campaign batches raise the catalogue's, under "".
        """
        ...

    def remove(self, lease: Lease, tenant: str, keys: Sequence[str]) -> None:
        """The keys are not delivered any more: for messages that are deleted, or withdrawn as undeliverable."""
        ...

    def scan(self, tenant: str, *, after: str | None = None, limit: int = 1000) -> list[Delivered]:
        """Delivered messages by ascending key."""
        ...

    def get(self, tenant: str, keys: Sequence[str]) -> dict[str, Delivered]: ...
    def lineage(self, tenant: str, key: str) -> Lineage | None: ...
    def count(self, tenant: str) -> int: ...
    def mark(self, tenant: str, source: str) -> SourceMark | None: ...
    def generation(self, tenant: str, user_id: str) -> int:
        """0 for a person nobody knows; "" asks for the catalogue's."""
        ...
