"""What the tests of answers told aloud share: a person of whom something is known, a model, and whoever hears it."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import pytest
from fastapi import FastAPI

from kith.etl.llm import ChatModel
from kith.etl.running import RunOptions
from kith.etl.sources import records_source
from kith.persona.identity import Json
from kith.serving.frame.house import House
from kith.serving.memory.remembering import Memory
from kith.settings import Settings
from kith.wiring import App, house_of, open_app

Events: TypeAlias = list[tuple[str, Any]]
TENANT = "acme"
QUERY = "Where did Ada walk from the mill?"
TALK = ["I work as a nurse in Ghent.", "On Sunday I walked from the mill to the old chapel.", "I love rye bread."]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    settings = Settings(
        home=tmp_path_factory.mktemp("aloud") / "home", embedder="hash", language="plain", tenant=TENANT
    )
    with open_app(settings, command="a test", create=True) as app:
        records: list[dict[str, Json]] = [
            {"user_id": "ada", "message": text, "timestamp": f"2026-03-0{day}T10:00:00Z", "role": "user"}
            for day, text in enumerate(TALK, 1)
        ]
        app.runner().run(records_source(records), RunOptions(tenant=TENANT))
        yield app


@pytest.fixture
def keys(opened: App) -> dict[str, str]:
    """Of the messages, by what they speak of."""
    found = {one.text: one.key for one in opened.stores.documents.page_messages(TENANT, "ada")}
    return {"nurse": found[TALK[0]], "walk": found[TALK[1]]}


@pytest.fixture
def house(opened: App, speaker: Any) -> Iterator[House]:
    """Its model is the speaker, who is asked once and waited for as long as it takes."""
    with closing(ChatModel(speaker.url, model="m", timeout=60.0, retries=0)) as chat:
        yield replace(house_of(opened), chat=chat)


class Listener:
    """A client that hears an answer of the application, event by event, and may leave."""

    def __init__(self, app: FastAPI, user_id: str = "ada") -> None:
        self._sent: asyncio.Queue[Any] = asyncio.Queue()
        self._asked = False
        self._leaving = asyncio.Event()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": f"/api/v1/rag/{user_id}/query",
            "raw_path": f"/api/v1/rag/{user_id}/query".encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"127.0.0.1:8000"), (b"content-type", b"application/json")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8000),
            "state": {},
        }
        self.request = asyncio.ensure_future(app(scope, self._receive, self._sent.put))

    async def _receive(self) -> Any:
        if self._asked:
            await self._leaving.wait()
            return {"type": "http.disconnect"}
        self._asked = True
        return {"type": "http.request", "body": json.dumps({"query": QUERY, "stream": True}).encode()}

    async def event(self) -> tuple[str, Any]:
        """The next, by its name; none has no name, and is the end."""
        while True:
            message = await self._sent.get()
            if not message.get("more_body", True):
                return "", None
            if message.get("body", b"").startswith(b"event: "):
                name, told = message["body"].decode().removesuffix("\n\n").split("\n")
                return name.removeprefix("event: "), json.loads(told.removeprefix("data: "))

    async def rest(self) -> Events:
        """All that are still to come."""
        events: Events = []
        while (event := await self.event())[0]:
            events.append(event)
        await self.request
        return events

    def leave(self) -> None:
        self._leaving.set()


@asynccontextmanager
async def at_work(app: FastAPI) -> AsyncGenerator[Callable[[], Listener]]:
    async with app.router.lifespan_context(app):
        yield lambda: Listener(app)


def play(app: FastAPI, part: Callable[[Listener], Awaitable[None]]) -> None:
    """Has the application begin, somebody ask, and the part played by whoever hears the answer."""

    async def playing() -> None:
        async with at_work(app) as ask:
            await part(ask())

    asyncio.run(playing())


def all_of_it(app: FastAPI) -> Events:
    """Every event of an answer."""
    found: Events = []

    async def part(listener: Listener) -> None:
        found.extend(await listener.rest())

    play(app, part)
    return found


def written(keys: dict[str, str], *sentences: dict[str, Json], **more: Json) -> str:
    """What a model says, with the keys as it was shown them."""
    text = json.dumps({"answered": True, "sentences": [*sentences], **more})
    for name, key in keys.items():
        text = text.replace(f"{{{name}}}", key[:8])
    return text


def whole(house: House, speaker: Any, reply: Any) -> dict[str, Any]:
    """The answer that is not streamed."""
    speaker.always(reply)
    return Memory(house).ask(TENANT, "ada", QUERY).model_dump()


def in_their_words(house: House) -> dict[str, Any]:
    """The answer without a model that was asked in vain."""
    answer = Memory(replace(house, chat=None)).ask(TENANT, "ada", QUERY).model_dump()
    assert answer["kind"] == "extractive"
    return answer | {"degraded": ["llm"]}


@dataclass(frozen=True)
class Making:
    """What these tests are made with: test modules import nothing from each other."""

    play: Callable[..., None] = play
    all_of_it: Callable[[FastAPI], Events] = all_of_it
    written: Callable[..., str] = written
    whole: Callable[..., dict[str, Any]] = whole
    in_their_words: Callable[[House], dict[str, Any]] = in_their_words


@pytest.fixture
def aloud() -> Making:
    return Making()
