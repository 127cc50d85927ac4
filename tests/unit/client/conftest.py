"""A real server on loopback that answers as each test tells it to, and a `Kith` that asks it."""

import json
import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kith import Kith
from kith.client.http import Retries

KEY = "kith_abc123_a-secret-that-nobody-may-see"
PROFILE: dict[str, Any] = {"user_id": "u", "name": None, "static": [], "dynamic": [], "text": "", "degraded": []}


@dataclass
class Said:
    """One answer; None: the connection is cut."""

    status: int | None = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict[str, str])


@dataclass
class Heard:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    octets: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.octets)

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


class Server:
    """Answers in turn as `answers` says, the last of them for ever; `heard` keeps what came."""

    def __init__(self) -> None:
        self.answers: list[Said] = [Said(200, PROFILE)]
        self.heard: list[Heard] = []
        self.hold = threading.Event()
        self.hold.set()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                server.answer(self)

            do_GET = do_POST = do_DELETE = answer

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        class Listening(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """Whoever asked may have gone."""

        self.listening = Listening(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.listening.server_address[1]}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        octets = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.heard.append(Heard(handler.command, handler.path, headers, octets))
        said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.hold.wait()
        if said.status is None:
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        body = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
        handler.send_response(said.status)
        for name, value in (said.headers | {"Content-Length": str(len(body))}).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)


@contextmanager
def listening() -> Generator[Server]:
    found = Server()
    thread = threading.Thread(target=found.listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    found.hold.set()
    found.listening.shutdown()
    thread.join()
    found.listening.server_close()


@pytest.fixture
def server() -> Generator[Server]:
    with listening() as found:
        yield found


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Generator[Server]:
    """What the environment names for whatever is asked over HTTP."""
    for name in ("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with listening() as found:
        for name in ("HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(name, found.url)
        yield found


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited between tries: none of it really."""
    pauses: list[float] = []
    monkeypatch.setattr("kith.client.Retries", lambda: Retries(sleep=pauses.append))
    return pauses


@pytest.fixture
def k(server: Server, slept: list[float]) -> Iterator[Kith]:
    with Kith(server.url, key=KEY) as found:
        yield found


@pytest.fixture(scope="session")
def said() -> Callable[..., Said]:
    """An answer of this status, body and headers."""
    return Said


@pytest.fixture(scope="session")
def problem() -> Callable[..., Said]:
    """An answer that is a problem of this kind and status."""

    def make(kind: str, status: int, detail: str = "what went wrong", **more: Any) -> Said:
        told = {"type": f"urn:kith:problem:{kind}", "title": "A title", "status": status, "detail": detail, **more}
        return Said(status, told, {"Content-Type": "application/problem+json", "X-Request-Id": "r1"})

    return make
