"""What all tests share: an open application on embedded stores of its own, and a server that plays a language model."""

import json
import os
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from kith.persona.identity import Json
from kith.settings import Settings
from kith.wiring import App, open_app

pytest_plugins = ["other_processes", "real_servers", "houses"]

Record: TypeAlias = dict[str, Json]


def pytest_configure() -> None:
    """No setting of whoever runs the tests reaches them, nor the size of their terminal."""
    for name in list(os.environ):
        ours = name.startswith("KITH_") and not name.startswith("KITH_TEST_")
        if ours or name in ("OPENLINEAGE_URL", "COLUMNS", "LINES"):
            del os.environ[name]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What goes to one process: a file; where files share servers that take long to fill, all that share them."""
    for item in items:
        file, _, _ = item.nodeid.partition("::")
        over = getattr(getattr(item, "callspec", None), "params", {}).get("opened")
        group = f"api on {over}" if over else "dashboard" if file.startswith("tests/dashboard/") else file
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a folder of this test's own, with the embedder that needs no model."""
    return Settings(home=tmp_path / "home", embedder="hash", language="plain", tenant="acme")


@pytest.fixture
def app(settings: Settings) -> Generator[App]:
    """Five embedded stores, empty."""
    with open_app(settings, command="a test", create=True) as opened:
        yield opened


@pytest.fixture
def talk() -> list[Record]:
    """240 messages of 12 people who speak of the same things, with intents, engagement, repeats and an edit."""
    places = ("New York", "Lake District", "Monte Rosa", "Porto")
    records: list[Record] = []
    for n in range(240):
        record: Record = {
            "user_id": f"u{n % 12}",
            "message": f"This week {n} I would rather see {places[n % 4]} than {places[(n // 5) % 4]} again",
            "timestamp": 1_770_000_000_000 + n * 60_000,
            "conversation_id": f"c{n // 12}",
            "message_id": f"m{n}",
        }
        if n % 3 == 0:
            record["intent"] = ("plan_trip", "buy_shoes")[n % 2]
        if n % 4 == 0:
            record |= {"campaign_id": f"spring-{n % 8}", "engagement": {"kind": "click", "value": 1}}
        records.append(record)
    records.append(records[17])
    records.append(records[30] | {"message": "I have changed my mind about Ben Nevis", "timestamp": 1_780_000_000_000})
    return records


@pytest.fixture
def talk_file(tmp_path: Path, talk: list[Record]) -> Path:
    """The same as a file of JSON Lines."""
    path = tmp_path / "talk.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in talk), encoding="utf-8")
    return path


KEY = "sk-a-key-that-nobody-may-see"

Gone: TypeAlias = Callable[[], object]
"""Waits until whoever asked has closed the connection."""


@dataclass(frozen=True)
class Reply:
    """What the server sends. `stated_length` is what it says the length is, where that is a lie.

    `parts`, where there are any, are sent instead of the body, each as soon as it is given; one that raises an OSError
    breaks off.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    stated_length: int | None = None
    parts: Callable[[Gone], Iterable[bytes]] | None = None


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


def chunk(text: str, **more: Json) -> bytes:
    """A piece of a completion, as it is sent while it is made."""
    return b"data: %s\n\n" % json.dumps({"choices": [{"index": 0, "delta": {"content": text}, **more}]}).encode()


DONE = b"data: [DONE]\n\n"


def streamed(*pieces: str) -> Reply:
    """A completion in these pieces."""
    return Reply(parts=lambda _: [*map(chunk, pieces), chunk("", finish_reason="stop"), DONE])


def went_wrong(status: int, message: str = "no", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps({"error": {"message": message}}).encode(), named)


class Speaker:
    """A server on this machine that speaks the chat-completions protocol as it is told to.

    `answer` decides on each reply, `asked` keeps what came. Replies are kept back until `hold` is set and `on_hold`
    has returned.
    """

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
            if reply.parts is not None:
                self._send_parts(handler, reply.parts)
                return
            handler.send_header("Content-Length", str(length))
            handler.end_headers()
            handler.wfile.write(reply.body)
            while self.endless:
                handler.wfile.write(b" ")

    def _send_parts(self, handler: BaseHTTPRequestHandler, parts: Callable[[Gone], Iterable[bytes]]) -> None:
        handler.close_connection = True
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for part in parts(lambda: handler.rfile.read(1)):
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        handler.wfile.write(b"0\r\n\r\n")

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


def a_fact(words: str, predicate: str, name: str, **more: Json) -> dict[str, Json]:
    """A fact as a model claims it."""
    return {"words": words, "predicate": predicate, "object": name} | {
        "detail": None,
        "state": "holds",
        "since": None,
        "until": None,
        **more,
    }


@dataclass(frozen=True)
class Making:
    """What tests make replies and facts with: test modules import nothing from each other."""

    key: str = KEY
    said: Callable[[object], Reply] = said
    chunk: Callable[..., bytes] = chunk
    done: bytes = DONE
    streamed: Callable[..., Reply] = streamed
    went_wrong: Callable[..., Reply] = went_wrong
    reply: Callable[..., Reply] = Reply
    fact: Callable[..., dict[str, Json]] = a_fact


@pytest.fixture
def make() -> Making:
    return Making()
