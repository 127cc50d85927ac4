"""The endpoints about people: who they are, what they said, all that is held about them, and forgetting them."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, TypeAlias, cast

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from kith.etl.people import export_person
from kith.persona.identity import Json, nfc
from kith.persona.model import Message, Role
from kith.persona.model import User as Person
from kith.persona.timestamps import NotATime, milliseconds
from kith.serving.frame.cursors import Cursor, Limit, cursor_of, place_of, text_place_of
from kith.serving.frame.house import House
from kith.serving.frame.later import Later
from kith.serving.frame.paths import PersonId
from kith.serving.frame.problems import Refusal
from kith.serving.frame.routes import Asked, Home, Routes
from kith.serving.people.forgetting import Forgetters
from kith.serving.people.knowing import NAMING, Changed, known_user, read_again, set_user, take_back, welcome
from kith.serving.shapes.common import Page
from kith.serving.shapes.people import Forgetting, MessageItem, NewUser, Receipt, User, UserChange
from kith.stores.ports import Narrowed

__all__ = ["routes"]

SOON = 2.0
"""Seconds for which an answer waits until what somebody said was read again under their new name."""
KEY = re.compile(r"[0-9a-f]{32}")
LINES = "application/jsonl"


@dataclass(frozen=True, slots=True)
class _Hands:
    """What goes on about people beside requests."""

    forgetters: Forgetters
    reading: Later


@asynccontextmanager
async def _at_work(app: FastAPI) -> AsyncGenerator[None]:
    house = cast("House", app.state.house)
    hands = _Hands(Forgetters(house), Later("reading again"))
    app.state.hands = hands
    try:
        for row in await run_in_threadpool(house.stores.ledger.requests.waiting):
            if row.request_id.startswith(NAMING):
                _begin_reading(house, hands, tenant=row.tenant, user_id=row.user_id, request_id=row.request_id)
        yield
    finally:  # also where the application is ended at once: its threads must not outlive the stores
        await run_in_threadpool(hands.forgetters.close)
        await run_in_threadpool(hands.reading.close)


def _hands_of(request: Request) -> _Hands:
    return cast("_Hands", request.app.state.hands)


Handed: TypeAlias = Annotated[_Hands, Depends(_hands_of)]
routes = Routes("people", lifespan=_at_work)


@routes.post(
    "/users",
    scope="write",
    status_code=201,
    problems=("forgotten",),
    responses={200: {"model": User, "description": "They were known already"}},
)
async def make_user(new: NewUser, house: Home, caller: Asked, hands: Handed, response: Response) -> User:
    """Makes a person known, and lets in again one who was forgotten: their later messages are taken from now on.

    Of one who is known, what is given is set and what is left out stays. A new name changes what can be learned from
    what others would read in the third person ("Alice loves hiking"): all they said is read again in its light, and
    `rereading` is true where that goes on after the answer.
    """
    person = Person(caller.tenant, new.user_id, new.name, new.metadata)
    await _when_forgotten(hands, person)
    given = frozenset(new.model_fields_set)
    changed = await run_in_threadpool(welcome, house, person, given=given)
    if not changed.made:
        response.status_code = 200
    return await _as_it_stands(house, hands, changed)


@routes.get("/users", scope="read", problems=("bad-cursor",))
def list_users(house: Home, caller: Asked, cursor: Cursor = None, limit: Limit = 100) -> Page[User]:
    """Everyone who is known, by id."""
    after = text_place_of(cursor)
    found = house.stores.documents.scan_users(caller.tenant, after=after, limit=limit + 1)
    items = [User(user_id=one.user_id, name=one.name, metadata=_plain(one)) for one in found[:limit]]
    return Page(items=items, next=cursor_of(items[-1].user_id) if len(found) > limit else None)


@routes.get("/users/{user_id}", scope="read", problems=("unknown-user",))
def get_user(user_id: PersonId, house: Home, caller: Asked, hands: Handed) -> User:
    """One person, and how much they said."""
    return _shown(house, hands, known_user(house, caller.tenant, user_id))


@routes.patch("/users/{user_id}", scope="write", problems=("unknown-user",))
async def change_user(user_id: PersonId, change: UserChange, house: Home, caller: Asked, hands: Handed) -> User:
    """Sets what is given. After a new name all they said is read again, as `POST /users` says."""
    person = Person(caller.tenant, user_id, change.name, change.metadata or {})
    given = frozenset(change.model_fields_set)
    return await _as_it_stands(house, hands, await run_in_threadpool(set_user, house, person, given=given))


@routes.delete(
    "/users/{user_id}",
    scope="write",
    problems=("unknown-user",),
    response_model=Receipt,
    responses={202: {"model": Forgetting, "description": "They are being forgotten; `Location` gives the receipt"}},
)
def forget_user(user_id: PersonId, caller: Asked, hands: Handed, request: Request) -> Any:
    """Forgets a person: everything of theirs goes from every store. From this answer on nothing of theirs is taken.

    The receipt says what was deleted where, and that a second look found nothing. One who was forgotten already gives
    it at once.
    """
    receipt = hands.forgetters.forget(caller.tenant, user_id)
    return receipt or _being_forgotten(cast("bytes", request.scope["raw_path"]).decode("latin-1") + "/receipt")


@routes.get(
    "/users/{user_id}/receipt",
    scope="read",
    problems=("unknown-user",),
    response_model=Receipt,
    responses={202: {"model": Forgetting, "description": "They are being forgotten; ask again"}},
)
def get_receipt(user_id: PersonId, caller: Asked, hands: Handed, request: Request) -> Any:
    """What was deleted when a person was forgotten."""
    receipt = hands.forgetters.receipt(caller.tenant, user_id)
    return receipt or _being_forgotten(cast("bytes", request.scope["raw_path"]).decode("latin-1"))


@routes.get(
    "/users/{user_id}/export",
    scope="read",
    problems=("unknown-user",),
    response_class=StreamingResponse,
    responses={200: {"content": {LINES: {}}, "description": "A record a line, each with its `kind`"}},
)
def export_user(user_id: PersonId, house: Home, caller: Asked) -> StreamingResponse:
    """Everything held about a person, as JSON Lines. Where it breaks off, the connection does: it is not whole."""
    known_user(house, caller.tenant, user_id)
    return StreamingResponse(_lines(house, caller.tenant, user_id), media_type=LINES)


@routes.get("/users/{user_id}/messages", scope="read", problems=("unknown-user", "bad-cursor"))
def list_messages(
    user_id: PersonId,
    house: Home,
    caller: Asked,
    conversation_id: Annotated[str | None, Query(description="Of this conversation alone")] = None,
    role: Annotated[Role | None, Query(description="Of this role alone")] = None,
    since: Annotated[str | None, Query(description="From this moment on: ISO 8601, or since 1970")] = None,
    until: Annotated[str | None, Query(description="Before this moment")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[MessageItem]:
    """What was said, the newest first."""
    only = Narrowed(
        conversation_id=None if conversation_id is None else nfc(conversation_id),
        role=role,
        since=_moment("since", since),
        until=_moment("until", until),
    )
    before = place_of(cursor)
    known_user(house, caller.tenant, user_id)
    documents = house.stores.documents
    found = documents.page_messages(caller.tenant, user_id, only=only, before=before, limit=limit + 1)
    shown = found[:limit]
    following = cursor_of(shown[-1].timestamp, shown[-1].key) if len(found) > limit else None
    return Page(items=[MessageItem.of(one) for one in shown], next=following)


@routes.delete(
    "/users/{user_id}/messages/{key}", scope="write", status_code=204, problems=("unknown-user", "unknown-thing")
)
def delete_message(user_id: PersonId, key: str, house: Home, caller: Asked) -> None:
    """Takes one message back, from every store, with all that it alone taught. Sent again it is a new message."""
    known_user(house, caller.tenant, user_id)
    take_back(house, _message(house, caller.tenant, user_id, key))


async def _when_forgotten(hands: _Hands, person: Person) -> None:
    """Lets nobody in who is still being forgotten: what is not deleted yet would come back with them."""
    unfinished = hands.forgetters.unfinished
    forgetting = await run_in_threadpool(unfinished, person.tenant, person.user_id)
    if forgetting is not None:
        await asyncio.wait({asyncio.wrap_future(forgetting)})
        if await run_in_threadpool(unfinished, person.tenant, person.user_id) is not None:
            detail = f"{person.user_id!r} is being forgotten, and a store does not answer: ask again in a moment"
            raise Refusal("store-unavailable", detail, headers={"Retry-After": "1"})


def _message(house: House, tenant: str, user_id: str, key: str) -> Message:
    found = house.stores.documents.get_messages(tenant, [key]).get(key) if KEY.fullmatch(key) else None
    if found is None or found.user_id != user_id:
        raise Refusal("unknown-thing", f"{user_id!r} has no message {key[:40]!r}; GET their messages for the keys")
    return found


def _moment(name: str, given: str | None) -> int | None:
    if given is None:
        return None
    try:
        return milliseconds(given)
    except NotATime as error:
        raise Refusal("invalid-request", f"query.{name}: {error}") from None


def _lines(house: House, tenant: str, user_id: str) -> Iterator[str]:
    for record in export_person(house.stores, tenant, user_id):
        yield json.dumps(record, ensure_ascii=False) + "\n"


def _being_forgotten(where: str) -> Response:
    headers = {"Location": where, "Retry-After": "1"}
    return Response(Forgetting().model_dump_json(), 202, headers, "application/json")


def _begin_reading(
    house: House, hands: _Hands, *, tenant: str, user_id: str, request_id: str
) -> "asyncio.Future[None]":
    work = partial(read_again, house, tenant, user_id, request_id=request_id)
    return asyncio.wrap_future(hands.reading.begin((tenant, user_id), work, again=True))


async def _as_it_stands(house: House, hands: _Hands, changed: Changed) -> User:
    """A person after a change: what can be read again at once is, before the answer."""
    user = changed.user
    if changed.reading is not None:
        reading = _begin_reading(house, hands, tenant=user.tenant, user_id=user.user_id, request_id=changed.reading)
        await asyncio.wait({reading}, timeout=SOON)
    return await run_in_threadpool(_shown, house, hands, user)


def _shown(house: House, hands: _Hands, user: Person) -> User:
    return User(
        user_id=user.user_id,
        name=user.name,
        metadata=_plain(user),
        messages=house.stores.documents.count_messages(user.tenant, user_id=user.user_id),
        rereading=hands.reading.underway((user.tenant, user.user_id)) is not None,
    )


def _plain(user: Person) -> dict[str, Json]:
    return dict(user.metadata)
