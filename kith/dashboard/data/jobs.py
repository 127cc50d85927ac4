"""Work on whole stores: asked for here, done by the server, and looked at until it is over."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

from kith.dashboard.data.asking import Api, as_shape, path_of
from kith.dashboard.data.reading import reading

__all__ = ["Job", "JobId", "begin", "job_of"]

T = TypeVar("T")
State: TypeAlias = Literal["waiting", "running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class JobId:
    """Work that will be done. `ahead`: how many jobs come before it."""

    id: str
    ahead: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job ended early."""

    type: str
    message: str


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work as it stands."""

    id: str
    what: str
    state: State
    ahead: int
    result: Mapping[str, Any] | None
    failure: Failure | None

    @property
    def over(self) -> bool:
        return self.state in ("done", "failed")

    def result_as(self, shape: type[T]) -> T:
        """What came of it, as its shape; `Unanswered` where it is none."""
        return as_shape(shape, self.result)


@reading
def begin(api: Api, path: str, body: object = None) -> JobId:
    """Asks for work, such as `verify`."""
    return api.post(path, JobId, body)


@reading
def job_of(api: Api, job_id: str) -> Job:
    """How it stands."""
    return api.get(path_of("jobs", job_id), Job)
