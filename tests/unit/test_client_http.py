"""`Kith(url)`: what it sends, what it sends again, what it makes of answers, and that nobody gets to see the key.

The server is a real one on loopback, and answers as each test tells it to.
"""

import gc
import json
import logging
import socket
import threading
import traceback
import warnings
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import pytest

from kith import ApiError, Forgotten, Kith, KithError, NoAccess, NotFound, Refused, Unavailable
from kith.client.http import Retries
from kith.persona.errors import BadInput

KEY = "kith_abc123_a-secret-that-nobody-may-see"
TAKEN: dict[str, Any] = {
    "accepted": 1,
    "duplicate": 0,
    "rejected": [],
    "keys": ["k"],
    "learned": {"entities": [{"name": "hiking", "type": "activity"}], "facts": [], "intents": ["plan_trip"]},
}
FEEDBACK: dict[str, Any] = {"accepted": 1, "duplicate": 0, "rejected": []}
PROFILE: dict[str, Any] = {"user_id": "u", "name": None, "static": [], "dynamic": [], "text": "", "degraded": []}
ITEM = {
    "key": "k",
    "message_id": None,
    "conversation_id": "",
    "role": "user",
    "author": None,
    "text": "hi",
    "timestamp": "2026-03-01T09:30:00Z",
    "score": None,
}
RECEIPT = {
    "receipt_id": "r",
    "user": "u",
    "requested_at": "2026-03-01T09:30:00Z",
    "finished_at": "2026-03-01T09:30:01Z",
    "deleted": {"documents": 3},
    "second_look": {"documents": 0},
}


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


@pytest.fixture
def server() -> Generator[Server]:
    found = Server()
    thread = threading.Thread(target=found.listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    found.hold.set()
    found.listening.shutdown()
    thread.join()
    found.listening.server_close()


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


def problem(kind: str, status: int, detail: str = "what went wrong", **more: Any) -> Said:
    told = {"type": f"urn:kith:problem:{kind}", "title": "A title", "status": status, "detail": detail, **more}
    return Said(status, told, {"Content-Type": "application/problem+json", "X-Request-Id": "r1"})


def ask_for_profile(k: Kith) -> object:
    return k.profile("u")


def add(k: Kith) -> object:
    return k.add("hi", user_id="u")


def give_feedback(k: Kith) -> object:
    return k.feedback("c", "click", user_id="u")


def ask_a_question(k: Kith) -> object:
    return k.ask("What?", user_id="u")


def delete(k: Kith) -> object:
    return k.delete("key", user_id="u")


def forget(k: Kith) -> object:
    return k.forget("u")


def test_what_is_sent(server: Server, k: Kith) -> None:
    k.profile("alice")
    (heard,) = server.heard
    assert heard.line == "GET /api/v1/users/alice/profile"
    assert (heard.headers["authorization"], heard.headers["user-agent"]) == (f"Bearer {KEY}", "kith/0.1.0")


@pytest.mark.parametrize(
    ("user_id", "segment"),
    [("a/b", "a%2Fb"), ("..", "%2E%2E"), (".", "%2E"), ("a b?#%", "a%20b%3F%23%25"), ("Zoë", "Zo%C3%AB"), ("-", "-")],
)
def test_ids_in_addresses(server: Server, k: Kith, user_id: str, segment: str) -> None:
    k.profile(user_id)
    assert server.heard[0].path == f"/api/v1/users/{segment}/profile"


@pytest.mark.parametrize("user_id", ["", "half \ud800"])
def test_ids_that_cannot_be_sent(server: Server, k: Kith, user_id: str) -> None:
    with pytest.raises(BadInput):
        k.profile(user_id)
    assert server.heard == []


def test_parameters_are_sent_where_they_are_given(server: Server, k: Kith) -> None:
    server.answers = [
        Said(200, {"items": [], "next": None, "generated_at": "2026-03-01T00:00:00Z", "degraded": []}),
        Said(
            200,
            {
                "user_id": "u",
                "query": "q",
                "items": [],
                "channels": {"dense": True, "lexical": True, "graph": True},
                "degraded": [],
            },
        ),
    ]
    k.recommend("u", limit=3, exclude=["a", "b"], explain=False)
    k.search("q", user_id="u", since=datetime(2026, 3, 1), until=datetime(2026, 4, 1, tzinfo=UTC), metadata={"n": 1})
    assert [one.path.partition("?")[2] for one in server.heard] == [
        "limit=3&include_seen=false&exclude=a&exclude=b&explain=false",
        "query=q&limit=10&since=2026-03-01T00%3A00%3A00%2B00%3A00&until=2026-04-01T00%3A00%3A00%2B00%3A00&metadata.n=1",
    ]


@pytest.mark.parametrize(
    ("messages", "more", "body"),
    [
        ("I love hiking", {}, {"content": "I love hiking"}),
        (
            "I love hiking",
            {"conversation_id": "c1", "timestamp": datetime(2026, 3, 1, 9, 30)},
            {"messages": [{"conversation_id": "c1", "timestamp": "2026-03-01T09:30:00Z", "message": "I love hiking"}]},
        ),
        ({"role": "user", "content": "Hi"}, {}, {"messages": [{"role": "user", "content": "Hi"}]}),
        (
            [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho", "metadata": {"a": 2}}],
            {"metadata": {"a": 1}},
            {
                "messages": [
                    {"metadata": {"a": 1}, "role": "user", "content": "Hi"},
                    {"metadata": {"a": 2}, "role": "assistant", "content": "Ho"},
                ]
            },
        ),
        (({"message": text} for text in ("a", "b")), {}, {"messages": [{"message": "a"}, {"message": "b"}]}),
        ([], {}, {"messages": []}),
    ],
)
def test_what_add_takes(server: Server, k: Kith, messages: Any, more: dict[str, Any], body: Any) -> None:
    server.answers = [Said(200, TAKEN)]
    assert k.add(messages, user_id="u", **more).accepted == 1
    (heard,) = server.heard
    assert (heard.line, heard.body) == ("POST /api/v1/ingest/u", body)
    assert heard.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        (None, "add was given NoneType: give a text, a message, or a list of messages"),
        (b"text", "add was given bytes: give a text, a message, or a list of messages"),
        (["text"], "add was given str as message 0: give {'role': …, 'content': …}"),
        ([{"message": object()}], "this cannot be sent as JSON: Type is not JSON serializable: object"),
    ],
)
def test_what_add_refuses(server: Server, k: Kith, messages: Any, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        k.add(messages, user_id="u")
    assert (str(refused.value), server.heard) == (words, [])


def test_many_messages_go_in_parts(server: Server, k: Kith) -> None:
    refused = {"index": 4, "code": "empty_text", "detail": "d"}
    second = TAKEN | {"rejected": [refused], "keys": ["l"], "accepted": 999}
    server.answers = [Said(200, TAKEN), Said(200, second), Said(200, TAKEN)]
    told = k.add(({"message": str(n)} for n in range(2500)), user_id="u")
    assert [len(one.body["messages"]) for one in server.heard] == [1000, 1000, 500]
    assert len({one.headers["idempotency-key"] for one in server.heard}) == 3
    assert (told.accepted, told.keys) == (1001, ["k", "l", "k"])
    assert told.rejected[0].model_dump() == refused | {"index": 1004}
    assert (len(told.learned.entities), told.learned.intents) == (1, ["plan_trip"])


def test_large_messages_go_in_parts(server: Server, k: Kith) -> None:
    server.answers = [Said(200, TAKEN)]
    k.add([{"message": "x" * 900_000} for _ in range(10)], user_id="u")
    assert [len(one.body["messages"]) for one in server.heard] == [4, 4, 2]


def test_a_part_that_fails_says_what_the_others_brought(server: Server, k: Kith) -> None:
    server.answers = [Said(200, TAKEN), problem("too-large", 413)]
    with pytest.raises(Refused) as refused:
        k.add([{"message": "m"}] * 1001, user_id="u")
    assert refused.value.__notes__ == ["the first 1,000 messages were taken"]


@pytest.mark.parametrize("failure", [Said(503), Said(429), Said(502), Said(None)], ids=str)
@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (ask_for_profile, PROFILE),
        (add, TAKEN),
        (give_feedback, FEEDBACK),
    ],
)
def test_what_can_do_no_harm_is_sent_again(
    server: Server, k: Kith, slept: list[float], failure: Said, ask: Callable[[Kith], object], answer: Any
) -> None:
    server.answers = [failure, failure, Said(200, answer)]
    ask(k)
    assert (len(server.heard), len(slept)) == (3, 2)
    assert slept[0] < slept[1]
    assert len({(one.line, one.octets, one.headers.get("idempotency-key")) for one in server.heard}) == 1


def test_not_for_ever(server: Server, k: Kith, slept: list[float]) -> None:
    server.answers = [problem("too-busy", 503)]
    with pytest.raises(Unavailable, match="what went wrong"):
        k.profile("u")
    assert (len(server.heard), len(slept)) == (3, 2)


def test_the_server_says_how_long_to_wait(server: Server, k: Kith, slept: list[float]) -> None:
    server.answers = [Said(503, {}, {"Retry-After": "7"}), Said(503, {}, {"Retry-After": "70"}), Said(200, PROFILE)]
    k.profile("u")
    assert slept == [7.0, 10.0]


@pytest.mark.parametrize("failure", [problem("too-busy", 503), Said(None)], ids=str)
@pytest.mark.parametrize("ask", [ask_a_question, delete, forget])
def test_what_might_do_harm_is_not_sent_again(
    server: Server, k: Kith, failure: Said, ask: Callable[[Kith], object]
) -> None:
    server.answers = [failure]
    with pytest.raises(Unavailable):
        ask(k)
    assert len(server.heard) == 1


def test_what_took_too_long_is_not_asked_again(server: Server, slept: list[float]) -> None:
    server.hold.clear()
    late = pytest.raises(Unavailable, match=r"did not answer .* it may have been done all the same")
    with Kith(server.url, timeout=0.05) as k, late:
        k.add("hi", user_id="u")
    assert (len(server.heard), slept) == (1, [])


def test_nobody_listens(slept: list[float]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Kith(f"http://127.0.0.1:{port}") as k, pytest.raises(Unavailable, match="cannot be reached") as gone:
        k.ask("What?", user_id="u")
    assert (gone.value.type, gone.value.status, len(slept)) == (None, None, 2)


@pytest.mark.parametrize(
    ("kind", "status", "error"),
    [
        ("bad-input", 400, Refused),
        ("no-credential", 401, NoAccess),
        ("wrong-scope", 403, NoAccess),
        ("unknown-user", 404, NotFound),
        ("already-there", 409, Refused),
        ("forgotten", 410, Forgotten),
        ("invalid-request", 422, Refused),
        ("internal", 500, ApiError),
        ("store-unavailable", 503, Unavailable),
        ("too-slow", 504, Unavailable),
    ],
)
def test_problems_are_errors(server: Server, k: Kith, kind: str, status: int, error: type[ApiError]) -> None:
    server.answers = [problem(kind, status, errors=[{"index": 0}])]
    with pytest.raises(KithError) as raised:
        k.profile("u")
    found = raised.value
    assert type(found) is error
    assert isinstance(found, ApiError)
    assert str(found) == found.detail == "what went wrong"
    assert (found.type, found.kind, found.status) == (f"urn:kith:problem:{kind}", kind, status)
    assert (found.errors, found.request_id) == (({"index": 0},), "r1")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Said(404, b"<html>"), "answered 404 and no problem that Kith tells: check the address"),
        (Said(307, b"", {"Location": "http://elsewhere.example/"}), "answered 307 and no problem"),
        (Said(200, b"<html>"), "answered what is no Profile"),
        (Said(200, {"user_id": 3}), r"answered what is no Profile \(degraded, dynamic, name, static, text\)"),
    ],
)
def test_somebody_else_answers(server: Server, k: Kith, said: Said, words: str) -> None:
    server.answers = [said]
    with pytest.raises(ApiError, match=words) as raised:
        k.profile("u")
    assert type(raised.value) is ApiError
    assert len(server.heard) == 1


def test_fields_that_a_newer_server_adds_are_left_alone(server: Server, k: Kith) -> None:
    server.answers = [Said(200, PROFILE | {"mood": "good"})]
    assert k.profile("u").model_dump() == PROFILE


def test_all_pages_are_asked_for(server: Server, k: Kith) -> None:
    server.answers = [Said(200, {"items": [ITEM], "next": "on"}), Said(200, {"items": [ITEM | {"key": "l"}]})]
    assert [one.key for one in k.get_all("u", role="user")] == ["k", "l"]
    assert [one.path for one in server.heard] == [
        "/api/v1/users/u/messages?role=user&limit=500",
        "/api/v1/users/u/messages?role=user&limit=500&cursor=on",
    ]


def test_forgetting_waits_for_the_receipt(server: Server, k: Kith) -> None:
    underway = Said(202, {"status": "forgetting"}, {"Location": "/elsewhere"})
    server.answers = [underway, underway, Said(503), Said(200, RECEIPT)]
    assert k.forget("u").model_dump() == RECEIPT
    assert [one.line for one in server.heard] == [
        "DELETE /api/v1/users/u",
        *["GET /api/v1/users/u/receipt"] * 3,
    ]
    server.answers = [underway]
    with pytest.raises(Unavailable, match=r"forgetting 'u' takes over 0 s: ask again for the receipt"):
        k.forget("u", timeout=0)


def test_nobody_gets_to_see_the_key(server: Server, k: Kith, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = [repr(k), str(k)]
    for said in (problem("wrong-scope", 403), Said(200, b"no"), Said(None)):
        server.answers = [said]
        with pytest.raises(ApiError) as raised:
            k.profile("u")
        told += [repr(raised.value), repr(vars(raised.value)), *traceback.format_exception(raised.value)]
    told += [caplog.text, *(repr(vars(record)) for record in caplog.records)]
    assert [one for one in told if "secret" in one] == []


@pytest.mark.parametrize("key", ["", "two words", f"{KEY}\n", "schlüssel"])
def test_keys_that_are_none(key: str) -> None:
    with pytest.raises(BadInput) as refused:
        Kith("http://127.0.0.1:8000", key=key)
    assert not key or key.strip() not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["", "localhost:8000", "ftp://x.example", "http://", "http://[", "http://a:b@x.example", "http://x/?a=1"]
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(BadInput, match="url"):
        Kith(url)


def test_the_address_may_be_that_of_the_api(server: Server) -> None:
    with Kith(f"{server.url}/api/v1/") as k:
        k.profile("u")
        assert repr(k) == f"<Kith of {server.url}>"
    assert server.heard[0].path == "/api/v1/users/u/profile"
    assert "authorization" not in server.heard[0].headers


def test_stores_or_a_server() -> None:
    with pytest.raises(BadInput, match="key is for a server"):
        cast("Any", Kith)(key=KEY)
    with pytest.raises(BadInput, match="are for stores in this process"):
        cast("Any", Kith)("http://127.0.0.1:8000", tenant="acme")


def leave_open(url: str) -> None:
    Kith(url)
    gc.collect()


def test_closing(server: Server) -> None:
    with pytest.warns(ResourceWarning, match="unclosed <Kith of http"):
        leave_open(server.url)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        k = Kith(server.url)
        k.close()
        k.close()
        assert repr(k) == f"<Kith of {server.url}, closed>"
        with pytest.raises(KithError, match="this Kith was closed"):
            k.profile("u")
        del k
        gc.collect()
