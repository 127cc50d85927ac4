"""Each store failing while it is asked: a lesser answer that says what it lacks, or a problem that tells no place."""

import json
import logging
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kith.etl.retry import Patience
from kith.persona.identity import Json, user_node_id
from kith.serving.frame.access import Access
from kith.serving.frame.house import House
from kith.serving.frame.middleware import Limits
from kith.serving.operations.jobs import UNTOLD
from kith.stores.cache import MemoryCache
from kith.stores.errors import StoreError, Terminal, Transient
from kith.wiring import App, house_of

TENANT = "failing"
STORES = ("documents", "vectors", "graph", "ledger", "cache")
PARTS = frozenset({"batches", "evidence", "insight", "leases", "people", "requests", "runs"})
"""Parts of the ledger; its keys answer, so that there is somebody to refuse the answer to."""
PLACE = "/secret/place/store.db"
ERRORS: Mapping[str, type[StoreError]] = {"Transient": Transient, "Terminal": Terminal, "StoreError": StoreError}
SPRING = {"id": "spring", "title": "Boots for Monte Rosa", "intents": ["plan_trip"]}
TALK = [
    {"message": "We saw Monte Rosa", "message_id": "m1", "intent": "plan_trip", "conversation_id": "c1"},
    {"message": "Boots for Monte Rosa, please", "message_id": "m2", "conversation_id": "c1"},
]

SHORT = Patience(seconds=0.02, first=0.01)

AnApp: TypeAlias = Callable[..., FastAPI]
AtWork: TypeAlias = Callable[[FastAPI], Any]
Fail: TypeAlias = Callable[[], object]


class Failing:
    """A store, or a part of one, of which every call ends in `fail` first; it still says what it is."""

    def __init__(self, inner: Any, fail: Fail, *, abilities: frozenset[str] | None = None) -> None:
        self._inner = inner
        self._fail = fail
        self._abilities = abilities

    def card(self) -> Any:
        found = self._inner.card()
        return found if self._abilities is None else replace(found, abilities=self._abilities)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name in PARTS:
            return Failing(found, self._fail)
        if not callable(found) or name in ("close", "model"):
            return found

        def call(*given: Any, **named: Any) -> Any:
            self._fail()
            return found(*given, **named)

        return call


@dataclass
class Hanging:
    """What does not come back until it is let go."""

    on: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> None:
        self.on.wait()


def failing_with(error: type[StoreError]) -> Fail:
    def fail() -> None:
        raise error(f"the store at {PLACE!r} does not answer")

    return fail


@pytest.fixture(scope="module", autouse=True)
def furnished(house: House, client_of: Callable[..., TestClient]) -> None:
    """People of a tenant of their own, who like something."""
    client = client_of(TENANT)
    assert client.post("/api/v1/campaigns", json=[SPRING, SPRING | {"id": "maps", "title": "Maps"}]).status_code == 201
    for user_id in ("ada", "ben"):
        messages = [one | {"message": f"{one['message']}, says {user_id}"} for one in TALK]
        assert client.post(f"/api/v1/ingest/{user_id}", json={"messages": messages}).status_code == 200
    liked = {"user_id": "ben", "campaign_id": "maps", "kind": "like", "conversation_id": "c1"}
    assert client.post("/api/v1/feedback", json=liked).status_code == 200


@pytest.fixture
def without(opened: App, an_app: AnApp, at_work: AtWork) -> Callable[..., Any]:
    """Has the application begin over stores that answer, and lets some fail while it is at work.

    It is open to this machine, or there for who has a key, where `headers` hold one.
    """

    @contextmanager
    def make(
        *names: str, fail: Fail, limits: Limits | None = None, headers: Mapping[str, str] | None = None
    ) -> Generator[TestClient]:
        begun = threading.Event()

        def once_begun() -> None:
            if begun.is_set():
                fail()

        # A cache of its own, and one that is asked in a thread: what it keeps is given without any store.
        cache = Failing(MemoryCache(), once_begun if "cache" in names else lambda: None, abilities=frozenset())
        down: dict[str, Any] = {
            name: Failing(getattr(opened.stores, name), once_begun) for name in names if name != "cache"
        }
        broken = replace(opened, stores=replace(opened.stores, **{**down, "cache": cache}))
        house = replace(house_of(broken), new_writer=lambda: broken.writer(patience=SHORT))
        app = an_app(limits, house=house, open_tenant=TENANT)
        if headers is not None:
            app.state.access = Access(
                opened.stores.ledger.keys, open_tenant=None, default_tenant="", owner_token=None, clock=house.clock
            )
        with at_work(app) as client:
            client.headers.update(headers or {})
            begun.set()
            yield client
            begun.clear()

    return make


def get(client: TestClient, path: str) -> Any:
    """An answer that came, and names no place."""
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    assert PLACE not in answer.text
    return answer.json()


def problem(answer: Any) -> tuple[int, str]:
    """What an answer that did not come says, which names no place and shows no code."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert PLACE not in answer.text
    assert "Traceback" not in answer.text
    return answer.status_code, answer.json()["type"].removeprefix("urn:kith:problem:")


CONTEXT = "/users/ada/context?query=What about Monte Rosa?"


@pytest.mark.parametrize("error", ERRORS)
class TestLess:
    """A store that fails makes a lesser answer, however it fails."""

    def test_context_without_vectors_is_of_the_newest_messages(self, without: Any, error: str) -> None:
        with without("vectors", fail=failing_with(ERRORS[error])) as client:
            found = get(client, CONTEXT)
        assert found["degraded"] == ["vectors"]
        assert found["channels"] == {"dense": False, "lexical": False, "graph": True}
        assert {one["text"] for one in found["messages"]} == {f"{one['message']}, says ada" for one in TALK}
        assert {one["name"] for one in found["entities"]} >= {"monte rosa"}
        assert [one["intent"] for one in found["intents"]] == ["plan_trip"]

    def test_context_without_vectors_and_graph_is_the_same(self, without: Any, error: str) -> None:
        with without("vectors", "graph", fail=failing_with(ERRORS[error])) as client:
            found = get(client, CONTEXT)
        assert found["degraded"] == ["vectors", "graph"]
        assert {one["text"] for one in found["messages"]} == {f"{one['message']}, says ada" for one in TALK}
        assert [one["intent"] for one in found["intents"]] == ["plan_trip"]

    def test_context_without_all_but_documents_is_what_was_said(self, without: Any, error: str) -> None:
        with without("vectors", "graph", "ledger", "cache", fail=failing_with(ERRORS[error])) as client:
            found = get(client, CONTEXT)
        assert found["degraded"] == ["vectors", "graph", "ledger"]
        assert len(found["messages"]) == 2

    def test_recommendations_without_the_graph_are_of_what_was_done(self, without: Any, error: str) -> None:
        with without("graph", fail=failing_with(ERRORS[error])) as client:
            found = get(client, "/users/ada/recommendations")
        assert found["degraded"] == ["graph"]
        assert {one["campaign_id"]: one["source"] for one in found["items"]}["maps"] == "similar"

    def test_recommendations_without_vectors_are_of_the_graph_and_popular(self, without: Any, error: str) -> None:
        with without("vectors", fail=failing_with(ERRORS[error])) as client:
            found = get(client, "/users/ada/recommendations")
        assert found["degraded"] == ["vectors"]
        assert {one["source"] for one in found["items"]} <= {"graph", "intent", "popular"}
        assert len(found["items"]) == 2

    def test_without_the_cache_all_is_worked_out(self, without: Any, error: str) -> None:
        with without("cache", fail=failing_with(ERRORS[error])) as client:
            for path in (CONTEXT, "/users/ada/recommendations", "/users/ada/profile", "/popular"):
                answer = client.get(f"/api/v1{path}")
                assert (answer.status_code, answer.headers["x-cache"]) == (200, "BYPASS")
                assert answer.json().get("degraded", []) == []

    def test_without_the_ledger_nobody_can_tell_what_still_holds(self, without: Any, error: str) -> None:
        with without("ledger", fail=failing_with(ERRORS[error])) as client:
            answer = client.get(f"/api/v1{CONTEXT}")
        assert (answer.status_code, answer.headers["x-cache"]) == (200, "BYPASS")
        assert answer.json()["degraded"] == ["ledger"]

    @pytest.mark.parametrize("store", STORES)
    def test_who_watches_is_told(self, without: Any, error: str, store: str) -> None:
        with without(store, fail=failing_with(ERRORS[error])) as client:
            answer = client.get("/readyz")
            assert client.get("/healthz").status_code == 200
        assert (answer.status_code, answer.json()["ready"], PLACE in answer.text) == (503, False, False)
        wrong = {name: one["error"] for name, one in answer.json()["stores"].items() if not one["ok"]}
        assert wrong == {store: error}


ASKED: list[tuple[str, str, dict[str, Json] | None]] = [
    ("GET", "/users", None),
    ("GET", "/users/ada", None),
    ("GET", "/users/ada/messages", None),
    ("GET", CONTEXT, None),
    ("GET", "/users/ada/search?query=Monte Rosa", None),
    ("GET", "/users/ada/recommendations", None),
    ("GET", "/users/ada/graph", None),
    ("GET", "/users/ada/export", None),
    ("GET", "/campaigns", None),
    ("POST", "/rag/ada/query", {"query": "Monte Rosa?"}),
    ("POST", "/rag/ada/query", {"query": "Monte Rosa?", "stream": True}),
    ("POST", "/users", {"user_id": "eve"}),
    ("PATCH", "/users/ada", {"metadata": {}}),
]


@pytest.mark.parametrize(("method", "path", "body"), ASKED)
@pytest.mark.parametrize("error", ERRORS)
def test_without_documents_there_is_a_problem(
    without: Any, error: str, method: str, path: str, body: dict[str, Json] | None
) -> None:
    with without("documents", fail=failing_with(ERRORS[error])) as client:
        answer = client.request(method, f"/api/v1{path}", json=body)
    assert problem(answer) == (503, "store-unavailable")
    assert answer.headers.get("retry-after") == ("1" if error == "Transient" else None)


class _AnyId(dict[str, str]):
    """Ids for any address: of somebody whom nobody misses."""

    def __missing__(self, name: str) -> str:
        return {"user_id": "guinea-pig", "campaign_id": "nothing"}.get(name, "0" * 32)


@pytest.mark.parametrize("store", ["documents", "vectors", "graph", "ledger"])
def test_no_route_tells_a_place(without: Any, keys: Any, described: dict[str, Any], store: str) -> None:
    """Whatever is asked, and whichever store is down."""
    with without(store, fail=failing_with(Terminal), headers=keys.headers(TENANT, "write")) as client:
        for path, operations in described["paths"].items():
            for method in operations:
                address = path.format_map(_AnyId())
                answer = client.request(method, address, params={"query": "x", "user_id": "ada", "to": "x"}, json={})
                assert PLACE not in answer.text, f"{method} {path}"
                assert "Traceback" not in answer.text, f"{method} {path}"
                assert answer.status_code != 500, f"{method} {path}"


@pytest.mark.parametrize(("scope", "told"), [("write", False), ("admin", True)])
def test_why_a_run_failed_is_told_whole_to_whoever_sees_the_stores(
    without: Any, keys: Any, scope: str, told: bool
) -> None:
    line = json.dumps({"user_id": "dora", "message": f"Never, says {scope}", "timestamp": 1_770_000_000})
    with without("vectors", fail=failing_with(Terminal), headers=keys.headers(TENANT, scope)) as client:
        where = client.post("/api/v1/runs", content=line).headers["location"]
        followed = client.get(f"{where}/events").text
        shown = [client.get(path) for path in (where, f"{where}/log", "/api/v1/runs")]
    assert '"type":"Terminal"' in followed
    assert [PLACE in text for text in (followed, *(one.text for one in shown))] == [told] * 4
    assert (shown[0].json()["status"], shown[0].json()["error"] == UNTOLD) == ("failed", not told)


def test_a_stream_that_breaks_off_tells_no_place(without: Any) -> None:
    """The person is known, and then a store is gone."""
    asked: list[int] = []

    def after_the_first() -> None:
        asked.append(1)
        if len(asked) > 2:
            failing_with(Transient)()

    with without("documents", fail=after_the_first) as client:
        answer = client.post("/api/v1/rag/ada/query", json={"query": "Monte Rosa?", "stream": True})
    assert (answer.status_code, PLACE in answer.text) == (200, False)
    assert "event: problem" in answer.text
    assert "urn:kith:problem:store-unavailable" in answer.text


class _Heard(logging.Handler):
    """Does something as soon as an answer was too late."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__(logging.INFO)
        self._act = act

    def emit(self, record: logging.LogRecord) -> None:
        if json.loads(record.getMessage())["status"] == 504:
            self._act()


class TestHanging:
    """A store that does not come back costs whoever needs it their patience, and nobody else."""

    @pytest.fixture
    def hanging(self, monkeypatch: pytest.MonkeyPatch) -> Generator[Hanging]:
        """Lets go once somebody was told that it took too long."""
        monkeypatch.setattr("kith.serving.frame.live.LONGEST", 0.05)
        found = Hanging()
        log, heard = logging.getLogger("kith.access"), _Heard(found.on.set)
        log.addHandler(heard)
        before = log.level
        log.setLevel(logging.INFO)
        yield found
        log.setLevel(before)
        log.removeHandler(heard)
        found.on.set()

    @pytest.mark.parametrize(
        ("store", "path", "beside"),
        [
            ("vectors", f"/api/v1{CONTEXT}", "/api/v1/users/ada/messages"),
            ("graph", "/api/v1/users/ada/graph", "/api/v1/users/ada/search?query=Monte Rosa"),
            ("documents", "/api/v1/users/ada", "/api/v1/runs"),
        ],
    )
    def test_who_needs_it_is_told_in_time(
        self, without: Any, hanging: Hanging, store: str, path: str, beside: str
    ) -> None:
        with without(store, fail=hanging, limits=Limits(seconds=1.0)) as client:
            ready = client.get("/readyz").json()
            assert {name: one["error"] for name, one in ready["stores"].items() if not one["ok"]} == {store: "too slow"}
            assert client.get(beside).status_code == 200
            assert client.get("/healthz").status_code == 200
            assert problem(client.get(path)) == (504, "too-slow")
            assert client.get(path).status_code == 200


def test_what_is_written_while_a_store_fails_is_whole_when_it_is_back(
    house: House, without: Any, client_of: Callable[..., TestClient]
) -> None:
    down = threading.Event()
    down.set()

    def fail() -> None:
        if down.is_set():
            failing_with(Terminal)()

    body = {"messages": [{"message": "Back to Lake Como", "message_id": "late"}]}
    with without("vectors", fail=fail) as client:
        refused = client.post("/api/v1/ingest/cleo", json=body, headers={"Idempotency-Key": "k"})
        assert problem(refused)[0] == 503
        down.clear()
        again = client.post("/api/v1/ingest/cleo", json=body, headers={"Idempotency-Key": "k"})
        assert (again.status_code, again.json()["accepted"]) == (200, 1)
    verdict = client_of(TENANT).post("/api/v1/verify")
    told = client_of(TENANT).get(f"{verdict.headers['location']}/events").text
    assert '"differences":[]' in told
    assert house.stores.cache.count(TENANT, user_node_id(TENANT, "cleo")) == 0
