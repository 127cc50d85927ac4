"""The five stores: whether they are well, what they are, how large, and whether they agree."""

from collections.abc import Mapping
from dataclasses import dataclass

from kith.dashboard.data.asking import Api
from kith.dashboard.data.jobs import Job
from kith.dashboard.data.reading import Unanswered, reading

__all__ = ["Difference", "Health", "Store", "StoreHealth", "Stores", "Verdict", "health", "stores", "verdict_of"]

NAMES = ("documents", "vectors", "graph", "ledger", "cache")
"""In the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """Whether a store answered within a second, and in how many milliseconds."""

    ok: bool
    kind: str | None
    ms: float
    error: str | None


@dataclass(frozen=True, slots=True)
class Health:
    """Whether all stores answer, and which channels of search these stores lack."""

    ready: bool
    stores: Mapping[str, StoreHealth]
    off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Store:
    """What a store is. `bytes`: what it takes on disk, where it lies on the server's machine."""

    kind: str
    version: str
    where: str
    abilities: tuple[str, ...]
    bytes: int | None


@dataclass(frozen=True, slots=True)
class Model:
    """The model that made the vectors."""

    name: str
    dimension: int
    digest: str


@dataclass(frozen=True, slots=True)
class Stores:
    """All stores, what they hold for the tenant, and the model that made the vectors."""

    stores: Mapping[str, Store]
    counts: Mapping[str, int]
    model: Model


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a store says something else than documents do."""

    store: str
    kind: str
    key: str
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the stores agree. `pending` are in batches that are open now, and no differences."""

    ok: bool
    differences: tuple[Difference, ...]
    pending: int
    counts: Mapping[str, int]


@reading
def health(api: Api) -> Health:
    """Whether each store answers: of a server that is not ready, too."""
    try:
        return api.get("/readyz", Health)
    except Unanswered as error:
        if error.answer is None:
            raise
        return api.read(Health, error.answer)


@reading
def stores(api: Api) -> Stores:
    """What each store is, and how large."""
    return api.get("stores", Stores, patient=True)


def verdict_of(job: Job) -> Verdict | None:
    """What a comparison found; None while it is at work, or where it failed."""
    return None if job.result is None else job.result_as(Verdict)
