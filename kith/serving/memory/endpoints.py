"""The endpoints about memory: what is known of a person, found, packed for a prompt, asked, and seen as a graph."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Literal, cast

import orjson
from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse

from kith.persona.identity import Json, nfc
from kith.persona.model import Role
from kith.serving.frame.cursors import Cursor, Limit, place_of
from kith.serving.frame.events import MEDIA, Events
from kith.serving.frame.house import House
from kith.serving.frame.problems import Refusal
from kith.serving.frame.routes import Routes
from kith.serving.memory.about import LONGEST_QUERY, About, AboutWhose, AsOf, Budget, KnownAt, Time, Words
from kith.serving.memory.remembering import DEPTH, MAX_TOKENS, Memory, Moments
from kith.serving.memory.saying import said
from kith.serving.memory.speaking import Tell, speak
from kith.serving.shapes import memory as shapes
from kith.serving.shapes.operations import PlainId
from kith.stores.ports import Narrowed

__all__ = ["routes"]

METADATA = "metadata."
MOST_NAMED = 20
"""Values of metadata that one search may name."""
MOST_FOUND = 100
ASKING = 8
"""Questions that are answered at one time. One that is not streamed has a thread of its own: a model may take long."""
PERSON = ("unknown-user",)
THING = ("unknown-user", "unknown-thing")


@asynccontextmanager
async def _remembering(app: FastAPI) -> AsyncGenerator[None]:
    app.state.memory = Memory(cast("House", app.state.house))
    app.state.asking = CapacityLimiter(ASKING)
    yield


routes = Routes("memory", lifespan=_remembering)


@routes.get(
    "/users/{user_id}/context",
    scope="read",
    problems=PERSON,
    response_model=shapes.Context,
    responses={200: {"content": {"text/plain": {}}}},
)
async def context(
    about: About,
    query: Words = None,
    max_tokens: Budget = MAX_TOKENS,
    format: Annotated[Literal["json", "text"], Query(description="`text`: ready for a prompt")] = "json",
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Response:
    """What to know about a person right now: facts, what is on their mind, wishes and messages, within a budget.

    The text marks all of it as quoted data, each line dated and with its source. Without a query, the newest messages.
    """
    asked, moments = _words(query), Moments(as_of, known_at)
    answer = await about.give(
        "context",
        lambda: about.memory.context(about.tenant, about.user_id, query=asked, max_tokens=max_tokens, moments=moments),
        query=asked,
        max_tokens=max_tokens,
        as_of=as_of,
        known_at=known_at,
    )
    if format == "json" or answer.status_code != 200:
        return answer
    kept = {name: value for name, value in answer.headers.items() if name not in ("content-length", "content-type")}
    return PlainTextResponse(orjson.loads(answer.body)["text"], headers=kept)


@routes.get("/users/{user_id}/search", scope="read", problems=PERSON, response_model=shapes.Search)
async def search(
    about: About,
    query: Annotated[str, Query(min_length=1, max_length=LONGEST_QUERY)],
    limit: Annotated[int, Query(ge=1, le=MOST_FOUND)] = 10,
    conversation_id: Annotated[str | None, Query(description="Of this conversation alone")] = None,
    role: Annotated[Role | None, Query(description="Of this role alone")] = None,
    since: Annotated[Time, Query(description="From this moment on")] = None,
    until: Annotated[Time, Query(description="Before this moment")] = None,
) -> Response:
    """The messages that answer, the best first. `metadata.NAME=value` asks for messages with that value."""
    words, conversation = nfc(query), None if conversation_id is None else nfc(conversation_id)
    only, metadata = Narrowed(conversation, role, since, until), _metadata(about.request)
    return await about.give(
        "search",
        lambda: about.memory.search(about.tenant, about.user_id, words, limit=limit, only=only, metadata=metadata),
        query=words,
        limit=limit,
        only=[conversation, role, since, until],
        metadata=metadata,
    )


@routes.get("/users/{user_id}/facts", scope="read", problems=PERSON, response_model=shapes.Facts)
async def facts(about: About, as_of: AsOf = None, known_at: KnownAt = None) -> Response:
    """What is true of a person: now, or as of some time, as it is known now or was known then."""
    moments = Moments(as_of, known_at)
    return await about.give(
        "facts",
        lambda: about.memory.facts(about.tenant, about.user_id, moments=moments),
        as_of=as_of,
        known_at=known_at,
    )


@routes.get("/users/{user_id}/facts/{fact}/history", scope="read", problems=THING, response_model=shapes.FactHistory)
async def history(about: About, fact: PlainId) -> Response:
    """One fact among those of its kind, and the messages that say so: where somebody lived before, and since when."""
    return await about.give("history", lambda: about.memory.history(about.tenant, about.user_id, fact), fact=fact)


@routes.get("/users/{user_id}/entities", scope="read", problems=PERSON, response_model=shapes.Things)
async def entities(about: About, query: Words = None, limit: Limit = 50) -> Response:
    """Things that the person spoke of: the nearest in meaning to a query, or what is most on their mind."""
    asked = _words(query)
    return await about.give(
        "entities",
        lambda: about.memory.entities(about.tenant, about.user_id, query=asked, limit=limit),
        query=asked,
        limit=limit,
    )


MENTIONING = (*THING, "bad-cursor")


@routes.get(
    "/users/{user_id}/entities/{entity_id}/messages", scope="read", problems=MENTIONING, response_model=shapes.Mentions
)
async def entity_messages(about: About, entity_id: PlainId, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """What the person said of a thing, the newest first."""
    before = place_of(cursor)
    return await about.give(
        "mentions",
        lambda: about.memory.entity_messages(about.tenant, about.user_id, entity_id, before=before, limit=limit),
        entity=entity_id,
        before=None if before is None else list(before),
        limit=limit,
    )


@routes.get("/entities/{entity_id}/messages", scope="read", problems=MENTIONING, response_model=shapes.Mentions)
async def mentions(about: AboutWhose, entity_id: PlainId, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """What one person said of a thing, the newest first."""
    return await entity_messages(about, entity_id, cursor, limit)


@routes.get("/users/{user_id}/profile", scope="read", problems=PERSON, response_model=shapes.Profile)
async def profile(about: About) -> Response:
    """The short card for a system prompt: what holds, and what they are about lately.

    It is the same to the byte while nothing changed, so that a prompt cache keeps it.
    """
    return await about.give("profile", lambda: about.memory.profile(about.tenant, about.user_id))


@routes.get("/users/{user_id}/graph", scope="read", problems=PERSON, response_model=shapes.GraphView)
async def graph(
    about: About,
    depth: Annotated[int, Query(ge=1, le=6, description="Steps from the person")] = DEPTH,
    limit: Annotated[int, Query(ge=1, le=5000, description="Nodes at most")] = 100,
) -> Response:
    """What lies around a person, the nearest and the strongest first, of their own ties alone."""
    return await about.give(
        "graph",
        lambda: about.memory.graph(about.tenant, about.user_id, depth=depth, limit=limit),
        depth=depth,
        limit=limit,
    )


@routes.get("/users/{user_id}/graph/path", scope="read", problems=THING, response_model=shapes.GraphPath)
async def path(
    about: About,
    end: Annotated[str, Query(alias="to", max_length=500, description="A node's id, or its name")],
    start: Annotated[str | None, Query(alias="from", max_length=500, description="The same; else the person")] = None,
) -> Response:
    """The shortest way between two nodes of a person's graph."""
    return await about.give(
        "path",
        lambda: about.memory.path(about.tenant, about.user_id, start=start, end=end),
        start=start,
        end=end,
    )


@routes.post(
    "/rag/{user_id}/query",
    scope="read",
    problems=PERSON,
    patient=True,
    response_model=shapes.AskedAnswer,
    responses={200: {"content": {MEDIA: {}}}},
)
async def ask(about: About, asked: shapes.Ask) -> Response:
    """An answer with what it rests on, by a language model where one is configured, else in the words that are there.

    As server-sent events with `stream`, or where that is what is accepted: each `sentence` as soon as it is complete,
    after it what it is the first to cite as `citation`, at the end `done`; `retracted` takes back what was told so far.
    """
    limiter = cast("CapacityLimiter", about.request.app.state.asking)
    tenant, user_id, query, memory = about.tenant, about.user_id, nfc(asked.query), about.memory

    async def aloud(tell: Tell) -> shapes.AskedAnswer:
        async with limiter:
            asking = await run_in_threadpool(memory.asking, tenant, user_id, query, max_tokens=asked.max_tokens)
            return await speak(asking, tell)

    if asked.stream or MEDIA in about.request.headers.get("accept", ""):
        await run_in_threadpool(memory.known, tenant, user_id)
        return Events(said(aloud, where=about.request.scope["path"]))
    answer = await to_thread.run_sync(
        partial(memory.ask, tenant, user_id, query, max_tokens=asked.max_tokens), limiter=limiter
    )
    return Response(answer.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"})


def _words(query: str | None) -> str | None:
    return None if query is None or not query.strip() else nfc(query)


def _metadata(request: Request) -> dict[str, Json]:
    named = [(name, value) for name, value in request.query_params.multi_items() if name.startswith(METADATA)]
    if len(named) > MOST_NAMED:
        raise Refusal("invalid-request", f"query: {len(named)} values of metadata are named, and {MOST_NAMED} may be")
    return {nfc(name.removeprefix(METADATA)): nfc(value) for name, value in named}
