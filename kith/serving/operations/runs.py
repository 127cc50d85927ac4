"""Runs: files sent to be taken in, how it goes, how it went, and ending one early."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal, cast

import orjson
from fastapi import Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, StreamingResponse

from kith.etl.archives import LONGEST_NAME, TAR
from kith.etl.running import new_run_id
from kith.etl.summary import run_json
from kith.persona.identity import Json
from kith.persona.records import FieldNames
from kith.persona.time import iso
from kith.serving.frame.access import Caller
from kith.serving.frame.cursors import Cursor, Limit, cursor_of, text_place_of
from kith.serving.frame.house import House
from kith.serving.frame.problems import Refusal
from kith.serving.frame.routes import PREFIX, Asked, Home, Routes
from kith.serving.operations.accepting import accepted, working
from kith.serving.operations.following import EVENTS, events_of, queue_of
from kith.serving.operations.jobs import UNTOLD, Failure, Told
from kith.serving.operations.uploads import Ticket
from kith.serving.shapes.common import Page
from kith.serving.shapes.operations import Cancelled, JobAccepted, PlainId, Run, RunAccepted, RunShown
from kith.stores.ledger_port import RunRow

__all__ = ["routes"]

MOST = 1 << 40
"""Bytes of an upload; the disk is looked at too."""
BODY: dict[str, Any] = {
    "requestBody": {
        "description": "A file in any form that `kith run` reads, or an archive of several, each under its own name",
        "content": {
            form: {"schema": {"type": "string", "format": "binary"}} for form in ("application/octet-stream", TAR)
        },
    }
}


routes = Routes("runs", lifespan=working)


def _ticket(
    request: Request, house: House, caller: Caller, what: Literal["run", "campaigns"], name: str | None
) -> Ticket:
    packed = request.headers.get("content-type", "").partition(";")[0].strip().lower() == TAR
    return Ticket(new_run_id(house.clock()), what, caller.tenant, name, packed)


@routes.post(
    "/runs",
    scope="write",
    status_code=202,
    patient=True,
    max_body=MOST,
    problems=("too-busy", "bad-input"),
    openapi_extra=BODY,
)
async def begin_run(
    request: Request,
    response: Response,
    caller: Asked,
    house: Home,
    source: Annotated[str | None, Query(max_length=LONGEST_NAME, description="What the file is called")] = None,
    full: Annotated[bool, Query(description="Read what was read before too")] = False,
    map: Annotated[list[str] | None, Query(max_length=100, description="As in `message=body`")] = None,
    max_rejected: Annotated[float, Query(ge=0, le=1)] = 0.05,
    batch_size: Annotated[int, Query(ge=1, le=10_000)] = 256,
    limit: Annotated[int | None, Query(ge=1)] = None,
) -> RunAccepted:
    """Takes in a file, or several: answers once all of it has come, and goes on by itself.

    Under the same `source`, a file that has grown is read on from where it ended. One without a name is read whole.
    """
    FieldNames.from_options(map or [])  # refused before the body is read
    ticket = replace(
        _ticket(request, house, caller, "run", source),
        full=full,
        batch_size=batch_size,
        max_rejected=max_rejected,
        limit=limit,
        names=tuple(map or ()),
    )
    job, ahead = await accepted(request, house, ticket)
    response.headers["Location"] = f"{PREFIX}/runs/{job.id}"
    return RunAccepted(run_id=job.id, ahead=ahead)


@routes.post(
    "/campaigns/load",
    scope="write",
    status_code=202,
    patient=True,
    max_body=MOST,
    problems=("too-busy", "bad-input"),
    openapi_extra=BODY,
)
async def load(
    request: Request,
    response: Response,
    caller: Asked,
    house: Home,
    source: Annotated[str | None, Query(max_length=LONGEST_NAME, description="What the file is called")] = None,
) -> JobAccepted:
    """Takes in files of campaigns; unchanged ones are left alone. A job: what became of them is its result."""
    job, ahead = await accepted(request, house, _ticket(request, house, caller, "campaigns", source))
    response.headers["Location"] = f"{PREFIX}/jobs/{job.id}"
    return JobAccepted(id=job.id, ahead=ahead)


@routes.get("/runs", scope="read", problems=("bad-cursor",))
def list_runs(request: Request, caller: Asked, house: Home, cursor: Cursor = None, limit: Limit = 20) -> Page[Run]:
    """What ran, the newest first. Runs that wait have not begun, and are not among them."""
    rows = house.stores.ledger.runs.latest(caller.tenant, before=text_place_of(cursor), limit=limit + 1)
    more = cursor_of(rows[limit - 1].run_id) if len(rows) > limit else None
    told = [_as_told(row, queue_of(request).look(row.run_id, caller.tenant), caller) for row in rows[:limit]]
    return Page(items=[Run.model_validate(run_json(row)) for row in told], next=more)


@routes.get("/runs/{run_id}", scope="read", problems=("unknown-thing",))
def show_run(run_id: PlainId, request: Request, caller: Asked, house: Home) -> RunShown:
    """One run, step by step."""
    job = queue_of(request).look(run_id, caller.tenant)
    codes = house.stores.ledger.runs.rejection_counts(caller.tenant, run_id)
    return RunShown.model_validate({**_run_json(house, caller, run_id, job), "codes": codes})


def _run_json(house: House, caller: Caller, run_id: str, job: Told | None) -> Mapping[str, Json]:
    row = house.stores.ledger.runs.get(run_id)
    if row is not None and row.tenant == caller.tenant:
        return run_json(_as_told(row, job, caller))
    if job is None or job.what != "run":
        raise Refusal("unknown-thing", f"there is no run {run_id[:50]!r}; see GET {PREFIX}/runs")
    # Not begun: it waits, or what came before its first record failed.
    status = "failed" if job.failure is not None else "waiting" if job.state == "waiting" else "running"
    counts: dict[str, Json] = dict.fromkeys(
        ("read", "accepted", "duplicate", "rejected", "sources_unchanged", "batches", "seconds", "messages_per_second"),
        0,
    )
    error = None if job.failure is None else _failure(job.failure, caller)["message"]
    begun: dict[str, Json] = {"run_id": run_id, "status": status, "started_at": None, "finished_at": None}
    return {**begun, **counts, "stages": [], "stores": None, "error": error}


def _failure(failure: Failure, caller: Caller) -> dict[str, Json]:
    return failure.as_json(whole=caller.may("admin"))


def _as_told(row: RunRow, job: Told | None, caller: Caller) -> RunRow:
    """A run without the words of its error, where these may name places and the caller does not see the stores. The
    ledger does not say of which kind an error was: of a run that is not remembered, they may."""
    if row.error is None or caller.may("admin") or (job is not None and job.failure and not job.failure.inner):
        return row
    return replace(row, error=UNTOLD)


@routes.get("/runs/{run_id}/events", scope="read", problems=("unknown-thing",), **EVENTS)
async def run_events(run_id: PlainId, request: Request, caller: Asked, house: Home) -> StreamingResponse:
    """How a run goes on, as server-sent events: `pulse` {step, read, share}, at the end `done` with the run.

    `read`: how many more records that step is done with, 0 at the end of all; `share`: which part of the bytes has been
    read. Of a run that is over, `done` alone. `failure` says why one ended early.
    """

    def look() -> Told | None:
        return queue_of(request).look(run_id, caller.tenant)

    job = await run_in_threadpool(look)
    await run_in_threadpool(_run_json, house, caller, run_id, job)  # 404 while it can still be told

    def done() -> Mapping[str, Json]:
        job = look()
        failure = None if job is None or job.failure is None else _failure(job.failure, caller)
        if job is not None and job.result is not None:
            return {**job.result, "failure": None}
        return {**_run_json(house, caller, run_id, job), "failure": failure}

    return events_of(request, job, done)


@routes.get("/runs/{run_id}/log", scope="read", problems=("unknown-thing",), response_class=PlainTextResponse)
def run_log(run_id: PlainId, request: Request, caller: Asked, house: Home) -> PlainTextResponse:
    """What happened in a run, a line each: its events, its steps, and what was rejected."""
    runs = house.stores.ledger.runs
    row = runs.get(run_id)
    job = queue_of(request).look(run_id, caller.tenant)
    if row is None or row.tenant != caller.tenant:
        _run_json(house, caller, run_id, job)
        return PlainTextResponse("")
    row = _as_told(row, job, caller)
    lines = [(str(event["eventTime"]), f"{event['eventType']} {_named(event)}") for event in runs.events(run_id)]
    lines += [
        (iso(one.finished_at), f"{one.stage} {one.status}: {one.records} records in {one.seconds:.3f} s")
        for one in row.stages
    ]
    lines.sort(key=lambda line: line[0])
    told = [f"{when} {what}" for when, what in lines]
    told += [f"rejected as {code}: {count}" for code, count in runs.rejection_counts(row.tenant, run_id).items()]
    if row.error is not None:
        told.append(f"error: {row.error}")
    return PlainTextResponse("\n".join(told) + "\n")


def _named(event: Mapping[str, Json]) -> str:
    inputs = cast("list[dict[str, Json]]", event.get("inputs") or [])
    # As JSON: a name may hold the end of a line.
    return ", ".join(orjson.dumps(one["name"]).decode() for one in inputs)


@routes.post("/runs/{run_id}/cancel", scope="write", status_code=202, problems=("unknown-thing",))
def cancel_run(run_id: PlainId, request: Request, caller: Asked, house: Home) -> Cancelled:
    """Has a run end: after the batch in flight, with the status `interrupted`. One that is over stays as it is."""
    _run_json(house, caller, run_id, queue_of(request).look(run_id, caller.tenant))
    return Cancelled(run_id=run_id, running=queue_of(request).cancel(run_id, caller.tenant))
