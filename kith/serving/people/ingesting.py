"""The endpoint that takes messages in."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeAlias, cast

from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.concurrency import run_in_threadpool

from kith.serving.frame.paths import PersonId
from kith.serving.frame.routes import Asked, Routes
from kith.serving.people.incoming import refuse_if_none
from kith.serving.people.intake import Intake
from kith.serving.shapes.operations import PlainId
from kith.serving.shapes.people import Done, Ingest, Ingested, Waiting

__all__ = ["routes"]

LATER = "respond-async"
JSON = "application/json"


@asynccontextmanager
async def _at_work(app: FastAPI) -> AsyncGenerator[None]:
    intake = Intake(app.state.house, app.state.online)
    app.state.intake = intake
    try:
        await run_in_threadpool(intake.resume)
        yield
    finally:
        await run_in_threadpool(intake.close)


def _intake_of(request: Request) -> Intake:
    return cast("Intake", request.app.state.intake)


Taking: TypeAlias = Annotated[Intake, Depends(_intake_of)]
IdempotencyKey: TypeAlias = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        pattern=r"^[ -~]+$",
        description="Sent again with the same body, the request has no further effect and gets the same answer",
    ),
]
Prefer: TypeAlias = Annotated[str | None, Header(description="`respond-async`: do not wait until it is done")]
routes = Routes("ingest", lifespan=_at_work)


@routes.post(
    "/ingest/{user_id}",
    scope="write",
    problems=("bad-input", "forgotten", "key-reused", "too-busy"),
    response_model=Ingested,
    responses={202: {"model": Waiting, "description": "Taken, and done later; `Location` tells what became of it"}},
)
async def ingest(
    user_id: PersonId,
    body: Ingest,
    request: Request,
    caller: Asked,
    intake: Taking,
    idempotency_key: IdempotencyKey = None,
    prefer: Prefer = None,
) -> Response:
    """Takes in what a person said, and makes the person known. The answer comes when it is durable.

    It is read and written as the pipeline reads and writes files. A message that names another person is refused by its
    index, like one that cannot be read; where nothing at all was taken, the answer is a problem. Messages without
    `timestamp` get the time of arrival, one millisecond after the other: sent again they are new messages, unless
    the request has an `Idempotency-Key`.
    """
    order = await run_in_threadpool(
        intake.order, caller.tenant, user_id, body, key=idempotency_key, later=_wants(prefer, LATER)
    )
    if order.answer is not None:
        return _told(order.answer, {"Idempotent-Replayed": "true"})
    if order.later and order.request_id is not None and _wants(prefer, LATER):
        intake.begin(caller.tenant, order.request_id)
        where = f"{cast('bytes', request.scope['raw_path']).decode('latin-1')}/requests/{order.request_id}"
        headers = {"Location": where, "Retry-After": "1", "Preference-Applied": LATER}
        return Response(Waiting().model_dump_json(), 202, headers, JSON)
    return _told(await intake.take(order), {})


@routes.get(
    "/ingest/{user_id}/requests/{request_id}",
    scope="read",
    problems=("unknown-thing", "forgotten"),
    response_model=Waiting | Done,
)
def get_request(user_id: PersonId, request_id: PlainId, caller: Asked, intake: Taking) -> Any:
    """What became of a request that was to be done later. It is known for a day after it was done."""
    row = intake.look(caller.tenant, user_id, request_id)
    if row.answer is None:
        return Response(Waiting().model_dump_json(), headers={"Retry-After": "1"}, media_type=JSON)
    return Done.model_validate_json(row.answer.body)


def _told(answer: Ingested, headers: dict[str, str]) -> Response:
    refuse_if_none(answer.rejected, taken=len(answer.keys))
    return Response(answer.model_dump_json(), headers=headers, media_type=JSON)


def _wants(prefer: str | None, what: str) -> bool:
    """Whether a Prefer header names this (RFC 7240)."""
    return any(one.partition(";")[0].strip().lower() == what for one in (prefer or "").split(","))
