"""What the ledger promises: leases, batches from open to commit, evidence, runs, and who was forgotten.

Each method is one transaction: all of it or nothing, on disk when it returns. Methods that take a `Lease` check it
first, in the same transaction, push its expiry out again, and raise `LeaseLost` where another holder has it by now.
Times are milliseconds UTC and come from the caller's clock, handed to the ledger when it is opened.
"""

from typing import Protocol

from kith.stores.copying_port import Copying
from kith.stores.delivery_port import (
    CATALOGUE,
    Batches,
    BatchKind,
    Commit,
    Delivered,
    Item,
    Lease,
    Leases,
    Lineage,
    OpenBatch,
    Opened,
    SourceMark,
)
from kith.stores.evidence_port import CampaignAbout, EvidenceHeader, EvidenceTable, Written
from kith.stores.history_port import People, RejectionRow, RunRow, Runs, RunStatus, RunTotals, StageRow, Tombstone
from kith.stores.jobs_port import Jobs
from kith.stores.ports import StoreCard
from kith.stores.serving_port import Insight, Keys, Requests

__all__ = [
    "CATALOGUE",
    "BatchKind",
    "Batches",
    "CampaignAbout",
    "Commit",
    "Delivered",
    "EvidenceHeader",
    "EvidenceTable",
    "Item",
    "Lease",
    "Leases",
    "Ledger",
    "Lineage",
    "OpenBatch",
    "Opened",
    "People",
    "RejectionRow",
    "RunRow",
    "RunStatus",
    "RunTotals",
    "Runs",
    "SourceMark",
    "StageRow",
    "Tombstone",
    "Written",
]


class Ledger(Protocol):
    """Its parts, over one database."""

    @property
    def leases(self) -> Leases: ...
    @property
    def batches(self) -> Batches: ...
    @property
    def evidence(self) -> EvidenceTable: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def people(self) -> People: ...
    @property
    def insight(self) -> Insight: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def requests(self) -> Requests: ...
    @property
    def copying(self) -> Copying: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def where(self) -> str:
        """As its card says; nobody is asked."""
        ...

    def card(self) -> StoreCard: ...
    def tenants(self) -> list[str]: ...
    def close(self) -> None: ...
