"""Long work that the API was asked to do, as all its processes see it: who does it, and how it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from kith.persona.identity import Json

__all__ = ["JobRow", "JobState", "Jobs", "SeenJob"]

JobState: TypeAlias = Literal["waiting", "running", "over"]


@dataclass(frozen=True, slots=True)
class JobRow:
    """One piece of work, as the process that does it last told."""

    job_id: str
    tenant: str
    what: str
    worker: str
    """The process that does it."""
    added_at: int
    state: JobState = "waiting"
    progress: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """Of each step, how far it has come."""
    outcome: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """What came of it, where it is over."""


@dataclass(frozen=True, slots=True)
class SeenJob:
    """A job as somebody finds it. `lost`: it is not over, and whoever did it has not been heard of for a while."""

    row: JobRow
    lost: bool
    ahead: int
    """How many of the same worker come first."""


class Jobs(Protocol):
    """Jobs of all processes of the API. Forgetting a person takes those of the tenant that are over: their outcome may
    name anybody."""

    def tell(self, row: JobRow) -> None:
        """Sets how a job stands; one that is new is there from now on. Whether it is to end stays."""
        ...

    def still_here(self, worker: str) -> frozenset[str]:
        """Says that a worker lives; returns which of its jobs somebody wants ended."""
        ...

    def find(self, tenant: str, job_id: str, *, silence: int) -> SeenJob | None:
        """A job; lost after so many milliseconds without a word of its worker."""
        ...

    def cancel(self, tenant: str, job_id: str) -> bool:
        """Has its worker told that it is to end; whether there is such a job that is not over."""
        ...

    def counts(self, *, silence: int) -> Mapping[str, int]:
        """How many are `waiting` and `running` in all, those that are lost left out."""
        ...

    def lose(self) -> None:
        """Whoever did what is not over is gone: for who knows that nobody else is at work."""
        ...

    def drop_oldest(self, tenant: str, *, keep: int) -> None:
        """Drops what is over, but so many of the newest."""
        ...
