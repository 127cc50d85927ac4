"""What fails for want of a store is a problem that tells no place, and costs nobody else their patience."""

import json
import logging
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pytest
from starlette.testclient import TestClient

from kith.persona.identity import Json, user_node_id
from kith.serving.frame.house import House
from kith.serving.frame.middleware import Limits
from kith.serving.operations.jobs import UNTOLD

FailingWith: TypeAlias = Callable[[str], Callable[[], object]]
TENANT = "failing"
ERRORS = ("Transient", "Terminal", "StoreError")
CONTEXT = "/users/ada/context?query=What about Monte Rosa?"
PLACE = "/secret/place/store.db"


def problem(answer: Any) -> tuple[int, str]:
    """What an answer that did not come says, which names no place and shows no code."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert PLACE not in answer.text
    assert "Traceback" not in answer.text
    return answer.status_code, answer.json()["type"].removeprefix("urn:kith:problem:")


@dataclass
class Hanging:
    """What does not come back until it is let go."""

    on: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> None:
        self.on.wait()


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


def test_who_asks_is_told_while_no_store_answers(without: Any, house: House, failing_with: FailingWith) -> None:
    with without("documents", "vectors", "graph", "ledger", "cache", fail=failing_with("Transient")) as client:
        told = client.get("/api/v1/caller")
    where = house.stores.ledger.card().where
    assert told.json() == {"tenant": TENANT, "scopes": ["read", "write", "admin"], "ledger": where}


@pytest.mark.parametrize(("method", "path", "body"), ASKED)
@pytest.mark.parametrize("error", ERRORS)
def test_without_documents_there_is_a_problem(
    without: Any, error: str, method: str, path: str, body: dict[str, Json] | None, failing_with: FailingWith
) -> None:
    with without("documents", fail=failing_with(error)) as client:
        answer = client.request(method, f"/api/v1{path}", json=body)
    assert problem(answer) == (503, "store-unavailable")
    assert answer.headers.get("retry-after") == ("1" if error == "Transient" else None)


class _AnyId(dict[str, str]):
    """Ids for any address: of somebody whom nobody misses."""

    def __missing__(self, name: str) -> str:
        return {"user_id": "guinea-pig", "campaign_id": "nothing"}.get(name, "0" * 32)


@pytest.mark.parametrize("store", ["documents", "vectors", "graph", "ledger"])
def test_no_route_tells_a_place(
    without: Any, keys: Any, described: dict[str, Any], store: str, failing_with: FailingWith
) -> None:
    """Whatever is asked, and whichever store is down."""
    with without(store, fail=failing_with("Terminal"), headers=keys.headers(TENANT, "write")) as client:
        for path, operations in described["paths"].items():
            for method in operations:
                address = path.format_map(_AnyId())
                answer = client.request(method, address, params={"query": "x", "user_id": "ada", "to": "x"}, json={})
                assert PLACE not in answer.text, f"{method} {path}"
                assert "Traceback" not in answer.text, f"{method} {path}"
                assert answer.status_code != 500, f"{method} {path}"


@pytest.mark.parametrize(("scope", "told"), [("write", False), ("admin", True)])
def test_why_a_run_failed_is_told_whole_to_whoever_sees_the_stores(
    without: Any, keys: Any, scope: str, told: bool, failing_with: FailingWith
) -> None:
    line = json.dumps({"user_id": "dora", "message": f"Never, says {scope}", "timestamp": 1_770_000_000})
    with without("vectors", fail=failing_with("Terminal"), headers=keys.headers(TENANT, scope)) as client:
        where = client.post("/api/v1/runs", content=line).headers["location"]
        followed = client.get(f"{where}/events").text
        shown = [client.get(path) for path in (where, f"{where}/log", "/api/v1/runs")]
    assert '"type":"Terminal"' in followed
    assert [PLACE in text for text in (followed, *(one.text for one in shown))] == [told] * 4
    assert (shown[0].json()["status"], shown[0].json()["error"] == UNTOLD) == ("failed", not told)


def test_a_stream_that_breaks_off_tells_no_place(without: Any, failing_with: FailingWith) -> None:
    """The person is known, and then a store is gone."""
    asked: list[int] = []

    def after_the_first() -> None:
        asked.append(1)
        if len(asked) > 2:
            failing_with("Transient")()

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
        monkeypatch.setattr("kith.serving.frame.live.LONGEST", 0.5)
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
        with without(store, fail=hanging, limits=Limits(seconds=5.0)) as client:
            ready = client.get("/readyz").json()
            assert {name: one["error"] for name, one in ready["stores"].items() if not one["ok"]} == {store: "too slow"}
            assert client.get(beside).status_code == 200
            assert client.get("/healthz").status_code == 200
            assert problem(client.get(path)) == (504, "too-slow")
            assert client.get(path).status_code == 200


def test_what_is_written_while_a_store_fails_is_whole_when_it_is_back(
    house: House, without: Any, client_of: Callable[..., TestClient], failing_with: FailingWith
) -> None:
    down = threading.Event()
    down.set()

    def fail() -> None:
        if down.is_set():
            failing_with("Terminal")()

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
