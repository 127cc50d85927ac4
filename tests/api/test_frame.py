"""What all endpoints share: problems, limits, ids, the log, the OpenAPI; and that none forgets its scope."""

import asyncio
import json
import logging
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from httpx import ASGITransport, AsyncClient
from starlette.testclient import TestClient

from kith.etl.online import Busy
from kith.persona.errors import BadInput, KithError
from kith.serving.frame.middleware import Limits
from kith.serving.frame.problems import KINDS
from kith.serving.frame.routes import Routes
from kith.serving.shapes.common import Given
from kith.stores.errors import Terminal, Transient

AtWork = Callable[[FastAPI], Any]
ERRORS: dict[str, Exception] = {
    "bad-input": BadInput("no such thing"),
    "too-busy": Busy("20,000 records wait to be written: send this again in a moment"),
    "store-unavailable": Transient("the ledger at '/secret/place' does not answer"),
    "store-broken": Terminal("the ledger at '/secret/place' refused"),
    "internal": KithError("the file at '/secret/place' is gone"),
    "unforeseen": ZeroDivisionError("at '/secret/place'"),
}


class Note(Given):
    text: str


@pytest.fixture
def some(an_app: Callable[..., FastAPI]) -> Callable[..., FastAPI]:
    """An application with endpoints that do what is wanted of them here."""
    hold = threading.Event()

    def make(limits: Limits | None = None) -> FastAPI:
        routes = Routes("test", prefix="/test")

        @routes.post("/notes", scope="write")
        async def notes(note: Note) -> int:  # pyright: ignore[reportUnusedFunction]
            return len(note.text)

        @routes.post("/uploads", scope="write", patient=True, max_body=100_000)
        async def uploads(request: Request) -> int:  # pyright: ignore[reportUnusedFunction]
            return sum([len(chunk) async for chunk in request.stream()])

        @routes.get("/errors/{name}", scope="read")
        def errors(name: str) -> None:  # pyright: ignore[reportUnusedFunction]
            raise ERRORS[name]

        @routes.get("/slow", scope="read")
        def slow() -> str:  # pyright: ignore[reportUnusedFunction]
            hold.wait()
            return "too late"

        @routes.get("/free", scope="read")
        def free() -> str:  # pyright: ignore[reportUnusedFunction]
            hold.set()
            return "free"

        @routes.get("/patient", scope="read", patient=True)
        def patient() -> str:  # pyright: ignore[reportUnusedFunction]
            threading.Event().wait(0.1)
            return "in the end"

        @routes.get("/stream", scope="read")
        def stream() -> StreamingResponse:  # pyright: ignore[reportUnusedFunction]
            def parts() -> Any:
                yield b"first, "
                threading.Event().wait(0.1)
                yield b"second"

            return StreamingResponse(parts())

        app = an_app(limits)
        app.include_router(routes.router)
        return app

    return make


def problem(response: Any) -> dict[str, Any]:
    """The problem that an answer is, whose parts agree with each other."""
    told = response.json()
    assert response.headers["content-type"] == "application/problem+json", response.text
    kind = told["type"].removeprefix("urn:kith:problem:")
    assert (told["status"], told["title"]) == (KINDS[kind].status, KINDS[kind].title)
    assert response.status_code == told["status"]
    return {"kind": kind, "status": told["status"], "detail": told["detail"], "instance": told["instance"]}


def test_a_route_without_a_scope_fails_at_import() -> None:
    routes = Routes("test")
    with pytest.raises(TypeError, match="scope"):
        routes.get("/things")  # pyright: ignore[reportCallIssue]


def test_no_route_was_declared_in_another_way(described: dict[str, Any]) -> None:
    scopes = {
        f"{method} {path}": operation.get("x-scope")
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
    }
    assert [route for route, scope in scopes.items() if scope not in ("read", "write", "admin", "anyone")] == []
    assert {route for route, scope in scopes.items() if scope == "anyone"} == {"get /healthz", "get /readyz"}


def test_every_route_tells_its_problems(described: dict[str, Any]) -> None:
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            if operation["x-scope"] == "anyone":
                continue
            told = operation["responses"]
            assert {"401", "403", "422", "500", "503", "504"} <= told.keys(), f"{method} {path}"
            problems = [answer for status, answer in told.items() if status >= "400"]
            assert all("application/problem+json" in answer["content"] for answer in problems), f"{method} {path}"
            assert operation["security"] == [{"key": []}]


def test_the_openapi_knows_what_it_speaks_of(described: dict[str, Any]) -> None:
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(described)))
    assert named <= described["components"]["schemas"].keys()
    problem = described["components"]["schemas"]["Problem"]
    assert set(problem["properties"]) == {"type", "title", "status", "detail", "instance", "errors"}


def test_the_page_of_documentation_needs_no_network(client: TestClient) -> None:
    page = client.get("/docs").text
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//", page) == []
    sources: list[str] = re.findall(r"(?:src|href)=\"([^\"]+)\"", page)
    assert [client.get(source).status_code for source in sources] == [200] * 3


def test_nothing_answers_there(client: TestClient) -> None:
    assert problem(client.get("/nowhere?user=secret")) == {
        "kind": "no-such-route",
        "status": 404,
        "detail": "nothing answers at '/nowhere'; see /docs",
        "instance": "/nowhere",
    }


def test_another_method_is_wanted(client: TestClient) -> None:
    response = client.post("/healthz")
    assert problem(response)["kind"] == "wrong-method"
    assert response.headers["allow"] == "GET"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{", "body.1: JSON decode error"),
        (b"\xff", "body.0: JSON decode error"),
        (b"[" * 100_000, "JSON decode error"),
        (b'{"text": NaN}', "body.9: JSON decode error"),
        (b"[1]", "body: Input should be"),
        (b'{"text": "a", "\\ud800": 1}', "JSON decode error"),
        (b'{"text": "\\ud800"}', "JSON decode error"),
        (b"", "body: Field required"),
    ],
)
def test_a_body_that_cannot_be_read(some: Callable[..., FastAPI], at_work: AtWork, body: bytes, told: str) -> None:
    with at_work(some()) as client:
        answer = problem(client.post("/test/notes", content=body, headers={"Content-Type": "application/json"}))
    assert (answer["kind"], answer["status"]) == ("invalid-request", 422)
    assert told.lower() in answer["detail"].lower()


def test_fields_that_are_wrong_are_named(some: Callable[..., FastAPI], at_work: AtWork) -> None:
    with at_work(some()) as client:
        response = client.post("/test/notes", json={"text": 1, "other": 2})
    assert response.json()["errors"] == [
        {"at": "body.text", "problem": "Input should be a valid string"},
        {"at": "body.other", "problem": "Extra inputs are not permitted"},
    ]


@pytest.mark.parametrize("stated", [True, False])
def test_a_body_that_is_too_large(some: Callable[..., FastAPI], at_work: AtWork, stated: bool) -> None:
    body = b'{"text": "' + b"a" * 1000 + b'"}'
    with at_work(some(Limits(body=1000))) as client:
        response = client.post(
            "/test/notes",
            content=body if stated else iter([body[:500], body[500:]]),
            headers={"Content-Type": "application/json"},
        )
    assert problem(response)["kind"] == "too-large"
    assert problem(response)["detail"] == "a body here has 1,000 bytes at most; send less"
    assert response.headers["connection"] == "close"


def test_an_endpoint_may_take_more(some: Callable[..., FastAPI], at_work: AtWork) -> None:
    with at_work(some(Limits(body=1000))) as client:
        assert client.post("/test/uploads", content=iter([b"a" * 60_000, b"b" * 40_000])).json() == 100_000
        assert problem(client.post("/test/uploads", content=iter([b"a" * 60_000] * 2)))["kind"] == "too-large"


def test_an_address_that_is_too_long(some: Callable[..., FastAPI], at_work: AtWork) -> None:
    with at_work(some(Limits(address=100))) as client:
        assert client.get("/healthz?" + "a" * 90).status_code == 200
        assert problem(client.get("/healthz?" + "a" * 100))["kind"] == "too-long"


@pytest.mark.parametrize(
    ("name", "kind", "detail"),
    [
        ("bad-input", "bad-input", "no such thing"),
        ("too-busy", "too-busy", "20,000 records wait to be written: send this again in a moment"),
        (
            "store-unavailable",
            "store-unavailable",
            "a store does not answer now: try again; see /readyz and the server's log",
        ),
        ("store-broken", "store-unavailable", "see the server's log"),
        ("internal", "internal", "see the server's log"),
        ("unforeseen", "internal", "see the server's log"),
    ],
)
def test_errors_are_problems_and_name_no_place(
    some: Callable[..., FastAPI], at_work: AtWork, name: str, kind: str, detail: str
) -> None:
    with at_work(some()) as client:
        response = client.get(f"/test/errors/{name}", headers={"X-Request-Id": "mine"})
    assert problem(response) == {
        "kind": kind,
        "status": KINDS[kind].status,
        "detail": detail,
        "instance": f"/test/errors/{name}",
    }
    assert response.headers["x-request-id"] == "mine"
    assert ("retry-after" in response.headers) == (name in ("too-busy", "store-unavailable"))


def test_an_answer_that_takes_too_long(some: Callable[..., FastAPI]) -> None:
    app = some(Limits(seconds=0.05))
    sent: list[Any] = []

    async def ask_slowly(told: asyncio.Event) -> None:
        """What a server does: hears of the answer before the application has ended."""

        async def send(message: Any) -> None:
            sent.append(message)
            if not message.get("more_body", message["type"] == "http.response.start"):
                told.set()

        async def receive() -> Any:
            return {"type": "http.request"}

        headers = [(b"host", b"127.0.0.1")]
        scope = {"type": "http", "method": "GET", "path": "/test/slow", "query_string": b"", "headers": headers}
        await app({**scope, "root_path": ""}, receive, send)

    async def play() -> None:
        told = asyncio.Event()
        async with (
            app.router.lifespan_context(app),
            AsyncClient(transport=ASGITransport(app), base_url="http://127.0.0.1") as client,
        ):
            slow = asyncio.create_task(ask_slowly(told))
            await told.wait()
            # What was begun keeps nobody out, and ends when it can; nothing of it goes out any more.
            assert not slow.done()
            assert (await client.get("/test/free")).json() == "free"
            await slow

    asyncio.run(play())
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    answer = json.loads(sent[1]["body"])
    assert (sent[0]["status"], answer["type"]) == (504, "urn:kith:problem:too-slow")
    assert answer["detail"] == "no answer within 0.05 s; what was sent to be written may still be written"


def test_patient_endpoints_and_streams_may_take_longer(some: Callable[..., FastAPI], at_work: AtWork) -> None:
    with at_work(some(Limits(seconds=0.05))) as client:
        assert client.get("/test/patient").json() == "in the end"
        assert client.get("/test/stream").text == "first, second"


@pytest.mark.parametrize("given", ["a-b_c:1/2=", "x" * 128])
def test_a_request_keeps_its_id(client: TestClient, given: str) -> None:
    assert client.get("/healthz", headers={"X-Request-Id": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "two words", "x" * 129, "größe".encode(), None])
def test_a_request_without_a_good_id_gets_one(client: TestClient, given: Any) -> None:
    headers = {} if given is None else {"X-Request-Id": given}
    found = client.get("/healthz", headers=headers).headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{24}", found)


def test_one_line_in_the_log_for_each_request(
    some: Callable[..., FastAPI], at_work: AtWork, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="kith.access"), at_work(some()) as client:
        client.get("/test/errors/secret-user?query=secret", headers={"X-Request-Id": "one"})
        client.post("/test/notes", json={"text": "secret"}, headers={"X-Request-Id": "two"})
    lines = [json.loads(record.message) for record in caplog.records if record.name == "kith.access"]
    assert [sorted(line) for line in lines] == [["key_id", "method", "ms", "request_id", "route", "status"]] * 2
    assert [(line["method"], line["route"], line["status"], line["request_id"]) for line in lines] == [
        ("GET", "/test/errors/{name}", 500, "one"),
        ("POST", "/test/notes", 200, "two"),
    ]
    assert "secret" not in "".join(json.dumps(line) for line in lines)
