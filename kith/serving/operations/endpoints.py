"""How the stores are, and keeping them in agreement: what the commands do, for whoever asks over HTTP."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from kith.etl.anomalies import find_anomalies
from kith.etl.integrity import Integrity
from kith.etl.lineage import lineage_of
from kith.etl.repairing import Repairs
from kith.etl.summary import store_counts
from kith.etl.upkeep import rebuild, rejection_json, replay
from kith.persona.identity import Json
from kith.persona.model import RejectionCode
from kith.persona.records import FieldNames
from kith.serving.frame.access import OWNER, SCOPES, Caller
from kith.serving.frame.cursors import Cursor, Limit, cursor_of, text_place_of
from kith.serving.frame.problems import Refusal
from kith.serving.frame.routes import PREFIX, Asked, Home, Routes
from kith.serving.operations.following import EVENTS, events_of, queue_of
from kith.serving.operations.jobs import Job, Stopped, Told, What, Work
from kith.serving.shapes.common import Page
from kith.serving.shapes.operations import (
    Anomaly,
    CallerShown,
    JobAccepted,
    JobShown,
    Lineage,
    ModelShown,
    PlainId,
    Rebuild,
    Rejection,
    Replay,
    Stats,
    StoreCounts,
    StoreShown,
    StoresShown,
    WholeRejection,
)
from kith.stores.ports import StoreCard

__all__ = ["routes"]

BUSY = ("too-busy",)
UNKNOWN = ("unknown-thing",)
routes = Routes("operations")


def _begin(request: Request, response: Response, caller: Caller, what: What, work: Work) -> JobAccepted:
    queue = queue_of(request)
    job = queue.add(what, caller.tenant, work)
    response.headers["Location"] = f"{PREFIX}/jobs/{job.id}"
    return JobAccepted(id=job.id, ahead=queue.ahead_of(job))


def _job(request: Request, job_id: str, caller: Caller) -> Told:
    job = queue_of(request).look(job_id, caller.tenant)
    if job is None:
        raise Refusal("unknown-thing", f"there is no job {job_id[:50]!r}, or it was over long ago")
    return job


def _job_json(job: Told, caller: Caller) -> Mapping[str, Json]:
    return {
        "id": job.id,
        "what": job.what,
        "state": job.state,
        "ahead": job.ahead,
        "result": job.result,
        "failure": None if job.failure is None else job.failure.as_json(whole=caller.may("admin")),
    }


@routes.get("/jobs/{job_id}", scope="write", problems=UNKNOWN)
def show_job(job_id: PlainId, request: Request, caller: Asked) -> JobShown:
    """How a job stands, and what came of it."""
    return JobShown.model_validate(_job_json(_job(request, job_id, caller), caller))


@routes.get("/jobs/{job_id}/events", scope="write", problems=UNKNOWN, **EVENTS)
async def job_events(job_id: PlainId, request: Request, caller: Asked) -> StreamingResponse:
    """How a job goes on, as server-sent events: `pulse` {step, read, share}, at the end `done` with the job."""
    job = await run_in_threadpool(_job, request, job_id, caller)
    return events_of(request, job, lambda: _job_json(_job(request, job_id, caller), caller))


@routes.post("/verify", scope="admin", status_code=202, problems=BUSY)
def verify(request: Request, response: Response, caller: Asked, house: Home) -> JobAccepted:
    """Compares the five stores and names each difference, beside whoever writes. A job: the verdict is its result."""

    def work(job: Job) -> dict[str, Json]:
        return Integrity(house.new_writer().stores, tenant=job.tenant, tick=job.tick).verify().as_json()

    return _begin(request, response, caller, "verify", work)


@routes.post("/repair", scope="admin", status_code=202, problems=BUSY)
def repair(request: Request, response: Response, caller: Asked, house: Home) -> JobAccepted:
    """Makes every store say again what documents say, then compares them. A job. Writing waits meanwhile."""

    def work(job: Job) -> dict[str, Json]:
        return Repairs(house.new_writer(), tenant=job.tenant, tick=job.tick).repair().as_json()

    return _begin(request, response, caller, "repair", work)


@routes.post("/rebuild", scope="admin", status_code=202, problems=(*BUSY, "bad-input"))
def rebuild_store(asked: Rebuild, request: Request, response: Response, caller: Asked, house: Home) -> JobAccepted:
    """Works one store out again from documents. A job. Writing waits meanwhile, and what is asked may miss some.

    Whoever holds the folder rebuilds vectors and graph for all tenants, as the command does; a key, for its own.
    """
    model = house.stores.vectors.model()
    if asked.what == "vectors" and asked.model not in (None, model.digest):
        raise Refusal(
            "bad-input",
            f"the server works with the model {model.name!r}, and its vectors can be made again by no other: "
            "end the server, run `kith rebuild vectors`, and start it again",
        )

    def work(job: Job) -> dict[str, Json]:
        everybody = caller.key_id == OWNER and asked.what != "evidence"
        tenants = house.stores.documents.tenants() if everybody else [job.tenant]
        return rebuild(house.new_writer(), asked.what, tenants=tenants, tick=job.tick).as_json()

    return _begin(request, response, caller, "rebuild", work)


@routes.get("/rejections", scope="admin", problems=("bad-cursor",))
def list_rejections(
    caller: Asked,
    house: Home,
    run: Annotated[str | None, Query(max_length=100, description="Of this run only")] = None,
    code: RejectionCode | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Rejection]:
    """Records that were turned away: where they stand, and why."""
    after = text_place_of(cursor)
    found = house.stores.ledger.runs.rejections(caller.tenant, run_id=run, code=code, after=after, limit=limit + 1)
    more = cursor_of(found[limit - 1].id) if len(found) > limit else None
    return Page(items=[Rejection.model_validate(rejection_json(row)) for row in found[:limit]], next=more)


@routes.get("/rejections/{rejection_id}", scope="admin", problems=UNKNOWN)
def show_rejection(rejection_id: PlainId, caller: Asked, house: Home) -> WholeRejection:
    """One rejection with the record as it was read."""
    row = house.stores.ledger.runs.rejection(caller.tenant, rejection_id)
    if row is None:
        raise _no_rejection(rejection_id)
    return WholeRejection.model_validate(rejection_json(row) | {"raw": row.rejection.raw})


def _no_rejection(rejection_id: str) -> Refusal:
    return Refusal("unknown-thing", f"there is no rejection {rejection_id[:100]!r}; see GET {PREFIX}/rejections")


@routes.post("/rejections/replay", scope="admin", status_code=202, problems=(*BUSY, "bad-input"))
def replay_many(asked: Replay, request: Request, response: Response, caller: Asked, house: Home) -> JobAccepted:
    """Tries rejected records again; those that go through leave the list. A job."""
    names = FieldNames.from_options(asked.map)

    def work(job: Job) -> dict[str, Json]:
        runs, runner = house.new_writer().stores.ledger.runs, house.new_runner()
        done = replay(runner, runs, asked.ids, tenant=job.tenant, names=names, stop=job.stop)
        if done.interrupted:
            raise Stopped("not all rejections were tried before the server ended: try them again")
        return done.as_json()

    return _begin(request, response, caller, "replay", work)


@routes.post("/rejections/{rejection_id}/replay", scope="admin", status_code=202, problems=(*BUSY, *UNKNOWN))
def replay_one(rejection_id: PlainId, request: Request, response: Response, caller: Asked, house: Home) -> JobAccepted:
    """Tries one rejected record again; if it goes through, it leaves the list. A job."""
    if house.stores.ledger.runs.rejection(caller.tenant, rejection_id) is None:
        raise _no_rejection(rejection_id)
    return replay_many(Replay(ids=[rejection_id]), request, response, caller, house)


@routes.get("/anomalies", scope="admin", patient=True)
def anomalies(caller: Asked, house: Home) -> Page[Anomaly]:
    """What needs attention in runs and stores, each with the reason and the command that helps. Looks at all of it."""
    found = find_anomalies(house.stores, caller.tenant, extractor=house.tools.extractor.version)
    return Page(items=[Anomaly.model_validate(one.as_json()) for one in found])


@routes.get("/stores", scope="admin")
def stores(caller: Asked, house: Home) -> StoresShown:
    """What each store is, how large it is on disk, and what they hold for the tenant."""
    model = house.stores.vectors.model()
    cards: dict[str, StoreCard] = {
        "documents": house.stores.documents.card(),
        "vectors": house.stores.vectors.card(),
        "graph": house.stores.graph.card(),
        "ledger": house.stores.ledger.card(),
        "cache": house.stores.cache.card(),
    }
    return StoresShown(
        stores={name: _shown(card) for name, card in cards.items()},
        counts=StoreCounts.model_validate(store_counts(house.stores, caller.tenant).as_json()),
        model=ModelShown(name=model.name, dimension=model.dimension, digest=model.digest),
    )


def _shown(card: StoreCard) -> StoreShown:
    return StoreShown(
        kind=card.kind,
        version=card.version,
        where=card.where,
        abilities=sorted(card.abilities),
        bytes=_bytes_at(Path(card.where)),
    )


def _bytes_at(path: Path) -> int | None:
    """What a file and those beside it that are named after it take, or a folder; None where it is neither."""
    if not path.is_absolute() and not path.exists():
        return None
    if path.is_dir():
        files = [Path(folder, name) for folder, _, names in os.walk(path) for name in names]
    else:
        files = list(path.parent.glob(f"{path.name}*"))
    sizes = [one.stat().st_size for one in files if one.exists()]
    return sum(sizes) if sizes else None


@routes.get("/caller", scope="read")
async def show_caller(caller: Asked, house: Home) -> CallerShown:
    """Whose key this is and what it may do; to who may administer, where the ledger is. No store is asked."""
    return CallerShown(
        tenant=caller.tenant,
        scopes=[scope for scope in SCOPES if caller.may(scope)],
        ledger=house.ledger if caller.may("admin") else None,
    )


@routes.get("/stats", scope="read")
def stats(request: Request, caller: Asked, house: Home) -> Stats:
    """How much is kept for the tenant, by what it is, and what the server has to do."""
    ledger, documents, tenant = house.stores.ledger, house.stores.documents, caller.tenant
    known = {"people": documents.count_users(tenant), "campaigns": documents.count_campaigns(tenant)}
    counts = known | ledger.evidence.counts(tenant) | {"messages": ledger.batches.count(tenant)}
    rejections = ledger.runs.rejection_counts(tenant)
    return Stats(tenant=tenant, counts=counts, rejections=rejections, jobs=dict(queue_of(request).counts()))


@routes.get("/lineage/messages/{key}", scope="read", problems=UNKNOWN)
def lineage(key: PlainId, caller: Asked, house: Home) -> Lineage:
    """Where a message came from, and what came of it."""
    found = lineage_of(house.stores.ledger, caller.tenant, key)
    if found is None:
        raise Refusal("unknown-thing", f"no message with the key {key[:100]!r} was ever taken in")
    return Lineage.model_validate(found.as_json())
