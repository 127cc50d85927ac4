"""Runs, jobs, and how the stores are: in the shapes of the commands' `--json`."""

from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field, JsonValue

from kith.serving.shapes.common import Given, Key, Moment, Shape

__all__ = [
    "Admitted",
    "Anomaly",
    "CallerShown",
    "Cancelled",
    "Failure",
    "JobAccepted",
    "JobShown",
    "Lineage",
    "ModelShown",
    "Named",
    "PersonShown",
    "PlainId",
    "Rebuild",
    "Rejection",
    "Replay",
    "Run",
    "RunAccepted",
    "RunShown",
    "Stage",
    "Stats",
    "StoreCounts",
    "StoreShown",
    "StoresShown",
    "WholeRejection",
]

RunId = Annotated[str, Field(examples=["20260301T093000-1a2b3c4d"])]
PlainId = Annotated[str, Path(pattern=r"^[!-~]{1,200}$")]
What = Literal["run", "campaigns", "verify", "repair", "rebuild", "replay"]
State = Literal["waiting", "running", "done", "failed"]


class Stage(Shape):
    """One step of a run."""

    name: str
    records: int
    seconds: float


class StoreCounts(Shape):
    """What the stores hold for the tenant."""

    documents: int
    vectors: int
    entities: int
    edges: int
    engagement: int


class Run(Shape):
    """One run. `accepted + duplicate + rejected = read`; `waiting` says that others come first."""

    run_id: RunId
    status: Literal["waiting", "running", "succeeded", "failed", "interrupted", "abandoned"]
    read: int
    accepted: int
    duplicate: int
    rejected: int
    sources_unchanged: int
    batches: int
    seconds: float
    messages_per_second: float
    stages: list[Stage]
    stores: StoreCounts | None
    error: str | None
    started_at: Moment | None
    finished_at: Moment | None


class RunShown(Run):
    """One run, and how many of its records were rejected for what."""

    codes: dict[str, int]


class RunAccepted(Shape):
    """A run that will be. `ahead`: how many jobs come before it."""

    run_id: RunId
    ahead: int


class Cancelled(Shape):
    """That a run was asked to end. `running`: it finishes the batch in flight, and is over then."""

    run_id: RunId
    running: bool


class Failure(Shape):
    """Why a job ended early: the kind of error, and its words."""

    type: Annotated[str, Field(examples=["ModelMismatch"])]
    message: str


class JobShown(Shape):
    """A piece of work. `ahead`: how many come before it; `result`: what the command of that name prints as JSON."""

    id: RunId
    what: What
    state: State
    ahead: int
    result: dict[str, JsonValue] | None
    failure: Failure | None


class JobAccepted(Shape):
    """Work that will be done. `ahead`: how many jobs come before it."""

    id: RunId
    ahead: int


class Rebuild(Given):
    """Which store to work out again. `model`: whose the vectors are to be; another than the server's is refused."""

    what: Literal["evidence", "vectors", "graph"]
    model: Annotated[str | None, Field(max_length=500, description="The digest of a model's files")] = None


class Replay(Given):
    """Which rejections to try again: all, where none is named. `map`: what fields are called, as in `message=body`."""

    ids: Annotated[list[str], Field(max_length=10_000)] = Field(default_factory=list[str])
    map: Annotated[list[str], Field(max_length=100)] = Field(default_factory=list[str])


class Rejection(Shape):
    """A record that was turned away."""

    id: str
    run_id: str
    rejected_at: Moment
    code: str
    detail: str
    source: str
    position: str


class WholeRejection(Rejection):
    """With the record as it was read."""

    raw: str


class Anomaly(Shape):
    """Something that needs attention, why, and the command that helps."""

    kind: str
    subject: str
    detail: str
    remedy: str


class Lineage(Shape):
    """Where a message came from, and what came of it."""

    key: Key
    user_id: str
    source: str
    position: str
    batch_id: str
    run_id: RunId
    committed_at: Moment
    timestamp: Moment
    extractor: str | None
    entities: list[dict[str, JsonValue]]
    intents: list[str]
    facts: list[dict[str, JsonValue]]
    relations: list[dict[str, JsonValue]]
    engagement: list[dict[str, JsonValue]]


class PersonShown(Shape):
    """What is known of a person, in the shape of `kith profile`."""

    user_id: str
    name: str | None
    facts: list[dict[str, JsonValue]]
    entities: list[dict[str, JsonValue]]
    intents: list[dict[str, JsonValue]]
    relations: list[dict[str, JsonValue]]


class StoreShown(Shape):
    """One store. `bytes` is what it takes on disk, where it lies on this machine."""

    kind: str
    version: str
    where: str
    abilities: list[str]
    bytes: int | None


class ModelShown(Shape):
    """The model that made the vectors."""

    name: str
    dimension: int
    digest: str


class StoresShown(Shape):
    """All stores, what they hold for the tenant, and the model that made the vectors."""

    stores: dict[str, StoreShown]
    counts: StoreCounts
    model: ModelShown


class CallerShown(Shape):
    """Whose key was sent, and what it may do. `ledger`: where the ledger is, to who may administer."""

    tenant: str
    scopes: list[Literal["read", "write", "admin"]]
    ledger: str | None


class Stats(Shape):
    """How much is kept for the tenant, what was rejected for what, and what the server has to do."""

    tenant: str
    counts: dict[str, int]
    rejections: dict[str, int]
    jobs: dict[str, int]


class Named(Given):
    """Who is meant."""

    user_id: Annotated[str, Field(min_length=1, max_length=500)]


class Admitted(Shape):
    """Whether a forgotten person was let in again; not, where they were not forgotten."""

    user: str
    admitted: bool
