"""The figures of the first page: how much is known, how the last run went, and what needs attention."""

from collections.abc import Mapping
from dataclasses import dataclass

from kith.dashboard.data.asking import Api
from kith.dashboard.data.reading import reading

__all__ = ["Anomalies", "Anomaly", "Held", "RunLine", "Runs", "anomalies", "held", "latest_runs"]


@dataclass(frozen=True, slots=True)
class Held:
    """How much is kept for the tenant, and what was turned away, by code."""

    tenant: str
    counts: Mapping[str, int]
    rejections: Mapping[str, int]

    def count(self, name: str) -> int | None:
        """How many of something; None where the server does not say."""
        return self.counts.get(name)


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run in a list."""

    run_id: str
    status: str
    read: int
    accepted: int
    duplicate: int
    rejected: int
    batches: int
    seconds: float
    messages_per_second: float
    error: str | None
    started_at: str | None
    finished_at: str | None

    @property
    def rejected_share(self) -> float | None:
        """Of the records read; None where none was."""
        return self.rejected / self.read if self.read else None


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs, the newest first, and where the list goes on."""

    items: tuple[RunLine, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something that needs attention, why, and the command that helps."""

    kind: str
    subject: str
    detail: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Anomalies:
    """All that needs attention."""

    items: tuple[Anomaly, ...]


@reading
def held(api: Api) -> Held:
    """How much is kept."""
    return api.get("stats", Held)


@reading
def latest_runs(api: Api, *, limit: int = 20, cursor: str | None = None) -> Runs:
    """What ran, the newest first."""
    return api.get("runs", Runs, limit=limit, cursor=cursor)


@reading
def anomalies(api: Api) -> Anomalies:
    """What needs attention. The server looks at all that is stored: seconds, or minutes where that is much."""
    return api.get("anomalies", Anomalies, patient=True)
