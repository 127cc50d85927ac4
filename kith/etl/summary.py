"""What a run comes to, as people and programs see it."""

from dataclasses import dataclass

from kith.persona.identity import Json
from kith.persona.time import iso
from kith.stores.bundle import Stores
from kith.stores.ledger_port import RunRow, RunStatus, StageRow

__all__ = ["RunSummary", "StoreCounts", "run_json", "store_counts"]


@dataclass(frozen=True, slots=True)
class StoreCounts:
    """What the stores hold for one tenant."""

    documents: int
    vectors: int
    entities: int
    edges: int
    engagement: int

    def as_json(self) -> dict[str, Json]:
        """By name."""
        return {
            "documents": self.documents,
            "vectors": self.vectors,
            "entities": self.entities,
            "edges": self.edges,
            "engagement": self.engagement,
        }


def store_counts(stores: Stores, tenant: str) -> StoreCounts:
    """Asks each store."""
    graph = stores.graph.counts(tenant)
    return StoreCounts(
        documents=stores.documents.count_messages(tenant),
        vectors=stores.vectors.count_messages(tenant),
        entities=graph.entities,
        edges=graph.edges,
        engagement=stores.ledger.evidence.counts(tenant)["engagement"],
    )


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run: `accepted + duplicate + rejected = read`, always. Counts cover the batches that were committed."""

    run_id: str
    status: RunStatus
    read: int
    accepted: int
    duplicate: int
    rejected: int
    sources_unchanged: int
    batches: int
    seconds: float
    stages: tuple[StageRow, ...]
    stores: StoreCounts | None = None
    error: str | None = None

    @property
    def messages_per_second(self) -> float:
        """Messages accepted in a second of the run."""
        return round(self.accepted / self.seconds, 1) if self.seconds > 0 else 0.0

    def as_json(self) -> dict[str, Json]:
        """The shape that scripts read."""
        return {
            "run_id": self.run_id,
            "status": self.status,
            "read": self.read,
            "accepted": self.accepted,
            "duplicate": self.duplicate,
            "rejected": self.rejected,
            "sources_unchanged": self.sources_unchanged,
            "batches": self.batches,
            "seconds": self.seconds,
            "messages_per_second": self.messages_per_second,
            "stages": [{"name": s.stage, "records": s.records, "seconds": round(s.seconds, 3)} for s in self.stages],
            "stores": None if self.stores is None else self.stores.as_json(),
            "error": self.error,
        }

    @classmethod
    def of(cls, run: RunRow, *, seconds: float | None = None, stores: StoreCounts | None = None) -> "RunSummary":
        """From the ledger's row; `seconds` from its times where nothing better is known."""
        if seconds is None:
            seconds = ((run.finished_at or run.started_at) - run.started_at) / 1000
        return cls(
            run_id=run.run_id,
            status=run.status,
            read=run.read,
            accepted=run.accepted,
            duplicate=run.duplicate,
            rejected=run.rejected,
            sources_unchanged=run.sources_unchanged,
            batches=run.batches,
            seconds=round(seconds, 3),
            stages=run.stages,
            stores=stores,
            error=run.error,
        )


def run_json(run: RunRow) -> dict[str, Json]:
    """A run in a list of runs."""
    finished = None if run.finished_at is None else iso(run.finished_at)
    return RunSummary.of(run).as_json() | {"started_at": iso(run.started_at), "finished_at": finished}
