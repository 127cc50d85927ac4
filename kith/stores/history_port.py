"""What the ledger promises to remember: runs, what was turned away, and who was forgotten.

As in `kith.stores.ledger_port`: each method is one transaction, and methods that take a `Lease` check it first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from kith.persona.identity import Json
from kith.persona.model import Rejection
from kith.stores.delivery_port import Lease

__all__ = ["People", "RejectionRow", "RunRow", "RunStatus", "RunTotals", "Runs", "StageRow", "Tombstone"]

RunStatus: TypeAlias = Literal["running", "succeeded", "failed", "interrupted", "abandoned"]


@dataclass(frozen=True, slots=True)
class StageRow:
    """What one step of a run did."""

    stage: str
    records: int
    seconds: float
    status: Literal["succeeded", "failed", "interrupted"]
    started_at: int
    finished_at: int


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run. Counts are the sums over its committed batches, as they stand."""

    run_id: str
    tenant: str
    status: RunStatus
    started_at: int
    finished_at: int | None
    read: int
    accepted: int
    duplicate: int
    rejected: int
    batches: int
    error: str | None
    sources_unchanged: int = 0
    stages: tuple[StageRow, ...] = ()


@dataclass(frozen=True, slots=True)
class RunTotals:
    """Sums over every run of every tenant; of those at work as they stand."""

    runs: Mapping[RunStatus, int]
    """How many, by status."""
    accepted: int
    duplicate: int
    rejected: int
    batches: int
    records: Mapping[str, int]
    """What steps dealt with, by step."""
    seconds: Mapping[str, float]
    """How long steps took, by step."""


@dataclass(frozen=True, slots=True)
class RejectionRow:
    """A rejection on record. `id` comes from tenant, source, position, code and raw: found twice, it stands once."""

    id: str
    run_id: str
    rejected_at: int
    rejection: Rejection


class Runs(Protocol):
    """What happened, and what was turned away."""

    def start(self, run_id: str, tenant: str) -> None: ...
    def finish(
        self, run_id: str, status: RunStatus, *, stages: Sequence[StageRow], error: str | None, sources_unchanged: int
    ) -> None: ...
    def abandon(self, *, older: int | None = None) -> list[str]:
        """Marks runs that still say `running` as `abandoned`: all, for who opens a folder that nobody else has; or,
        where others may be at work, those that were begun at least so many milliseconds ago. One that goes on all the
        same says how it ended."""
        ...

    def get(self, run_id: str) -> RunRow | None: ...
    def latest(self, tenant: str, *, before: str | None = None, limit: int = 20) -> list[RunRow]:
        """Newest first, those of one moment by descending id; with `before`, those that come after it in this order.

        Nothing comes after a run that the tenant does not have.
        """
        ...

    def totals(self) -> RunTotals:
        """What all runs there ever were came to."""
        ...

    def rejections(
        self,
        tenant: str,
        *,
        run_id: str | None = None,
        code: str | None = None,
        user_id: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> list[RejectionRow]:
        """By ascending id. With `user_id` those about a person, as `People.delete` would find them."""
        ...

    def rejection(self, tenant: str, rejection_id: str) -> RejectionRow | None: ...
    def drop_rejections(self, tenant: str, ids: Sequence[str]) -> int: ...
    def rejection_counts(self, tenant: str, run_id: str | None = None) -> dict[str, int]:
        """By code."""
        ...

    def record_event(self, run_id: str, event: Mapping[str, Json]) -> None:
        """Keeps an OpenLineage event."""
        ...

    def events(self, run_id: str) -> list[dict[str, Json]]: ...


@dataclass(frozen=True, slots=True)
class Tombstone:
    """That somebody was forgotten, and when. `person` is a keyed hash: nobody's id is kept."""

    person: str
    forgotten_at: int
    admitted_at: int | None


class People(Protocol):
    """Who was forgotten, and all that the ledger holds of a person."""

    def bury(self, tenant: str, user_id: str) -> Tombstone:
        """Sets the tombstone, dated now; where one stands already, its date moves forward and any admission goes."""
        ...

    def tombstone(self, tenant: str, user_id: str) -> Tombstone | None: ...
    def admit(self, tenant: str, user_id: str) -> bool:
        """Lets a forgotten person in again: messages dated after the tombstone are accepted from now on."""
        ...

    def forgotten(self, tenant: str, user_ids: Sequence[str]) -> dict[str, Tombstone]:
        """Those of the people named who have a tombstone."""
        ...

    def unpurged(self) -> list[Tombstone]:
        """Tombstones of people not let in, with no receipt since and not settled: as after a crash midway."""
        ...

    def settle(self, waiting: Sequence[Tombstone]) -> None:
        """For who looked through all stores and found nothing left of anyone forgotten: these are unpurged no more.

        One that was set again since stays unpurged.
        """
        ...

    def delete(self, lease: Lease, tenant: str, user_id: str) -> dict[str, int]:
        """Removes all rows about a person: deliveries, evidence, and rejected records (also those of nobody in
        particular whose raw text holds the id as a JSON string); raises the generation. Rows by table. Items of open
        batches stay, without their person, for whoever finishes them."""
        ...

    def count(self, tenant: str, user_id: str) -> dict[str, int]:
        """Rows about a person by table, counted as `delete` would: the second look."""
        ...

    def keep_receipt(self, receipt_id: str, tenant: str, user_id: str, receipt: Mapping[str, Json]) -> None:
        """Keeps a receipt under the person's hash; the receipt itself must not hold the id."""
        ...

    def receipts(self, tenant: str, user_id: str) -> list[dict[str, Json]]: ...
