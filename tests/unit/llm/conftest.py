"""A server on this machine that speaks the chat-completions protocol as it is told to."""

import json
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

import pytest

from kith.etl.llm import ChatModel
from kith.persona.identity import Json
from kith.persona.model import Entity

KEY = "sk-a-key-that-nobody-may-see"


@dataclass(frozen=True)
class Reply:
    """What the server sends. `stated_length` is what it says the length is, where that is a lie."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    stated_length: int | None = None


@dataclass(frozen=True)
class Asked:
    """What the server was sent."""

    path: str
    headers: dict[str, str]
    body: Any

    @property
    def form(self) -> str:
        return self.body.get("response_format", {}).get("type", "text")

    @property
    def message(self) -> str:
        """The text of the message that it was asked about."""
        return json.loads(self.body["messages"][1]["content"])["message"]


Answering: TypeAlias = Callable[[Asked], Reply]


def said(content: object) -> Reply:
    """A completion of this content; what is no text is sent as JSON."""
    text = content if isinstance(content, str) or content is None else json.dumps(content)
    return Reply(body=json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode())


def went_wrong(status: int, message: str = "no", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps({"error": {"message": message}}).encode(), named)


class Speaker:
    """The server: `answer` decides on each reply, `asked` keeps what came. Replies are kept back until `hold` is set
    and `on_hold` has returned."""

    def __init__(self) -> None:
        self.answer: Answering = lambda _: said({"facts": [], "entities": []})
        self.asked: list[Asked] = []
        self.hold = threading.Event()
        self.hold.set()
        self.on_hold: Callable[[Asked], object] = lambda _: None
        self.endless = False
        self._lock = threading.Lock()
        speaker = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                speaker.serve(self)

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """Whoever asked may have gone."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        asked = Asked(handler.path, dict(handler.headers.items()), body)
        with self._lock:
            self.asked.append(asked)
            reply = self.answer(asked)
        self.hold.wait()
        self.on_hold(asked)
        length = 10**9 if self.endless else reply.stated_length or len(reply.body)
        handler.close_connection |= length > len(reply.body)
        with suppress(OSError):  # whoever asked may have gone
            handler.send_response(reply.status)
            for name, value in reply.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(length))
            handler.end_headers()
            handler.wfile.write(reply.body)
            while self.endless:
                handler.wfile.write(b" ")

    def always(self, reply: Reply) -> None:
        """Sends this whatever it is asked."""
        self.answer = lambda _: reply

    def in_turn(self, replies: Sequence[Reply]) -> None:
        """Sends these, one after the other."""
        given = iter(replies)
        self.answer = lambda _: next(given)


@pytest.fixture
def speaker() -> Generator[Speaker]:
    found = Speaker()
    thread = threading.Thread(target=found.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    found.hold.set()
    found.server.shutdown()
    thread.join()
    found.server.server_close()


Opening: TypeAlias = Callable[..., ChatModel]


@pytest.fixture
def open_chat(speaker: Speaker) -> Generator[Opening]:
    """Makes a model at the server, that waits for nothing between its tries."""
    opened: list[ChatModel] = []

    def no_pause(_seconds: float) -> None:
        """Waits for nothing."""

    def opening(**options: Any) -> ChatModel:
        told: dict[str, Any] = {"model": "tiny", "api_key": KEY, "timeout": 20.0, "pause": no_pause} | options
        opened.append(ChatModel(told.pop("base_url", speaker.url), **told))
        return opened[-1]

    yield opening
    for one in opened:
        one.close()


def a_fact(words: str, predicate: str, name: str, **more: Json) -> dict[str, Json]:
    """A fact as a model claims it."""
    return {"words": words, "predicate": predicate, "object": name} | {
        "detail": None,
        "state": "holds",
        "since": None,
        "until": None,
        **more,
    }


class Names:
    """A vocabulary that knows nothing."""

    def entity(self, name: str, default_type: str) -> Entity:
        return Entity(default_type, name.strip().lower())


@pytest.fixture
def objects() -> Names:
    return Names()


@dataclass(frozen=True)
class Making:
    """What tests make replies and facts with: test modules import nothing from each other."""

    key: str = KEY
    said: Callable[[object], Reply] = said
    went_wrong: Callable[..., Reply] = went_wrong
    reply: Callable[..., Reply] = Reply
    fact: Callable[..., dict[str, Json]] = a_fact


@pytest.fixture
def make() -> Making:
    return Making()
