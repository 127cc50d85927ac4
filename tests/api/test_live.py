"""Whether it lives, whether it can work, and what it has counted."""

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from kith.serving.frame.house import House
from kith.serving.frame.metrics import Metrics
from kith.stores.bundle import Stores
from kith.stores.errors import Terminal, Transient

STORES = ("documents", "vectors", "graph", "ledger", "cache")
KINDS = {"documents": "sqlite", "vectors": "milvus-lite", "graph": "ladybug", "ledger": "sqlite", "cache": "memory"}
KINDS_OF_SERVERS = dict(zip(KINDS, ("mongodb", "milvus", "neo4j", "postgresql", "redis"), strict=True))


@dataclass
class Spoiled:
    """A store of which some calls do something else first."""

    store: object
    calls: dict[str, Callable[[], None]] = field(default_factory=dict[str, Callable[[], None]])

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.store, name)

        def call(*given: Any, **named: Any) -> Any:
            self.calls[name]()
            return found(*given, **named)

        return call if name in self.calls else found


def fail() -> None:
    raise Transient("the store at '/secret/place' does not answer")


@pytest.fixture
def spoiled(house: House, an_app: Callable[..., FastAPI], at_work: Callable[[FastAPI], Any]) -> Callable[..., Any]:
    """Has the application at work over stores of which some are spoiled."""

    def make(**stores: Spoiled) -> Any:
        parts: dict[str, Any] = dict(stores)
        return at_work(an_app(house=replace(house, stores=replace(house.stores, **parts))))

    return make


def test_it_lives(api: FastAPI) -> None:
    assert TestClient(api).get("/healthz").json() == {"alive": True, "version": "0.0.0"}


def test_it_is_ready(api: FastAPI, house: House) -> None:
    answer = TestClient(api).get("/readyz")
    told = answer.json()
    assert answer.status_code == 200
    assert [one.pop("ms") < 1000 for one in told["stores"].values()] == [True] * 5
    shown = {name: one["kind"] for name, one in told["stores"].items()}
    assert shown in (KINDS, KINDS_OF_SERVERS)
    stores = {name: {"ok": True, "kind": kind, "error": None} for name, kind in shown.items()}
    assert told == {"ready": True, "stores": stores, "off": [*house.off]}


@pytest.mark.parametrize(
    ("store", "call"), [("documents", "get_user"), ("vectors", "get_messages"), ("graph", "get_campaign")]
)
def test_a_store_that_fails(house: House, spoiled: Callable[..., Any], store: str, call: str) -> None:
    with spoiled(**{store: Spoiled(getattr(house.stores, store), {call: fail})}) as client:
        answer = client.get("/readyz")
        assert client.get("/healthz").status_code == 200
    told = answer.json()
    assert (answer.status_code, told["ready"]) == (503, False)
    assert {name: one["error"] for name, one in told["stores"].items() if not one["ok"]} == {store: "Transient"}
    assert "/secret/place" not in answer.text


def test_a_store_that_hangs_costs_one_thread_and_comes_back(
    house: House, spoiled: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kith.serving.frame.live.LONGEST", 0.02)
    hold = threading.Event()
    asked: list[int] = []

    def hang() -> None:
        asked.append(1)
        hold.wait()

    with spoiled(graph=Spoiled(house.stores.graph, {"get_campaign": hang})) as client:
        for _ in range(3):
            told = client.get("/readyz").json()
            assert told["stores"]["graph"]["error"] == "too slow"
            assert told["stores"]["graph"]["kind"] is None
        assert asked == [1]
        hold.set()
        monkeypatch.setattr("kith.serving.frame.live.LONGEST", 60.0)
        assert client.get("/readyz").json()["stores"]["graph"]["ok"]


def test_a_channel_that_is_off_is_named(house: House, spoiled: Callable[..., Any]) -> None:
    class Dumb(Spoiled):
        def card(self) -> Any:
            return replace(house.stores.vectors.card(), abilities=frozenset[str]())

    with spoiled(vectors=Dumb(house.stores.vectors)) as client:
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["off"]) == (200, ["lexical"])


@pytest.fixture
def families(client: TestClient) -> Callable[[], dict[str, Any]]:
    """What /metrics tells now, by name."""

    def tell() -> dict[str, Any]:
        text = client.get("/metrics").text
        return {family.name: family for family in text_string_to_metric_families(text)}

    return tell


def values(family: Any, **labels: str) -> float:
    """The sum of a counter's series that have these labels."""
    return sum(
        sample.value
        for sample in family.samples
        if sample.name.endswith(("_total", "_count")) and labels.items() <= sample.labels.items()
    )


def test_who_may_see_what_was_counted(client_of: Callable[..., TestClient]) -> None:
    assert client_of("acme", "write").get("/metrics").status_code == 403
    answer = client_of("other", "admin").get("/metrics")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")


def test_requests_are_counted_by_their_template(client: TestClient, families: Callable[[], dict[str, Any]]) -> None:
    before = families()["kith_http_requests"]
    for n in range(3):
        client.get(f"/api/v1/campaigns/nothing-{n}")
    client.get("/nowhere/at/all")
    client.request("BREW", "/healthz")
    after = families()
    counted = after["kith_http_requests"]
    for labels, count in (
        ({"route": "/api/v1/campaigns/{campaign_id}", "method": "GET", "status": "404"}, 3),
        ({"route": "unmatched", "method": "GET", "status": "404"}, 1),
        ({"route": "/healthz", "method": "other", "status": "405"}, 1),
    ):
        assert values(counted, **labels) - values(before, **labels) == count
    assert "nothing-" not in client.get("/metrics").text
    assert values(after["kith_http_request_duration_seconds"], route="unmatched") >= 1


def test_the_ledger_tells_of_the_pipeline(families: Callable[[], dict[str, Any]], house: House) -> None:
    told = families()
    ledger = house.stores.ledger
    runs = [run for tenant in ledger.tenants() for run in ledger.runs.latest(tenant, limit=1000)]
    working = [run for run in runs if run.status == "running"]
    assert values(told["kith_pipeline_records"], outcome="accepted") == sum(run.accepted for run in runs) > 0
    assert values(told["kith_pipeline_batches"]) == sum(run.batches for run in runs)
    assert values(told["kith_pipeline_runs"]) == len(runs) - len(working) > 0
    assert [sample.value for sample in told["kith_pipeline_runs_in_progress"].samples] == [len(working)]
    assert values(told["kith_pipeline_stage_records"], stage="embed") > 0
    assert [sample.value for sample in told["kith_online_waiting_records"].samples] == [0]


def test_without_the_ledger_the_rest_is_told(house: House, spoiled: Callable[..., Any]) -> None:
    class Silent(Spoiled):
        @property
        def runs(self) -> Spoiled:
            return Spoiled(house.stores.ledger.runs, {"totals": fail})

    with spoiled(ledger=Silent(house.stores.ledger)) as client:
        answer = client.get("/metrics")
    assert answer.status_code == 200
    assert "kith_http_requests_total" in answer.text
    assert "kith_pipeline" not in answer.text


def test_calls_of_stores_are_timed_and_their_errors_counted(house: House) -> None:
    metrics = Metrics()
    plain = house.stores
    stores = Stores(plain.documents, plain.vectors, plain.graph, plain.ledger, plain.cache)
    broken = replace(stores, graph=Spoiled(stores.graph, {"scan_users": fail, "counts": refuse}))  # type: ignore[arg-type]
    watched = metrics.watch(broken)
    assert (watched.cache is stores.cache) == ("near" in stores.cache.card().abilities)
    assert watched.ledger.batches.generation("acme", "") == stores.ledger.batches.generation("acme", "")
    assert watched.documents.get_user("acme", "nobody") is None
    for call in (lambda: watched.graph.scan_users("acme"), lambda: watched.graph.counts("acme")):
        with pytest.raises((Transient, Terminal)):
            call()
    told = {one.name: one for one in text_string_to_metric_families(metrics.as_text().decode())}
    counts = {name: values(told["kith_store_call_duration_seconds"], store=name) for name in STORES}
    assert counts == {"documents": 1, "vectors": 0, "graph": 2, "ledger": 1, "cache": 0}
    assert {(s.labels["call"], s.labels["error"]): s.value for s in told["kith_store_errors"].samples} == {
        ("scan_users", "Transient"): 1,
        ("counts", "Terminal"): 1,
    }


def refuse() -> None:
    raise Terminal("not this")


def test_names_and_units_are_as_prometheus_wants_them(client: TestClient) -> None:
    """The rules of `promtool check metrics`."""
    text = client.get("/metrics").text
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, flags=re.MULTILINE))
    helped = dict(re.findall(r"^# HELP (\S+) (.+)$", text, flags=re.MULTILINE))
    assert types.keys() == helped.keys()
    for name, kind in types.items():
        assert re.fullmatch(r"kith(_[a-z]+)+", name)
        assert name.endswith("_total") == (kind == "counter"), name
        assert not re.search(r"_(?:count|sum|bucket|created|info)$", name), name
        assert not re.search(r"_(?:counter|gauge|histogram|summary)(?:_|$)", name), name
        assert not re.search(r"milli|micro|_ms|minute|hour|_mb|kilo", name), name
        assert ("seconds" in name) == bool(re.search(r"duration_seconds$|seconds_total$", name)), name
    series = re.findall(r"^([a-z_]+)(?:\{|\s)", text, flags=re.MULTILINE)
    assert {re.sub(r"_(?:bucket|sum|count)$", "", one) for one in series} <= types.keys()
    labels = set(re.findall(r"[{,]([a-zA-Z_]+)=", text))
    assert labels == {"route", "method", "status", "outcome", "store", "call", "error", "stage", "le"} & labels


@pytest.fixture(scope="module")
def promtool() -> str:
    """Prometheus's own checker."""
    found = shutil.which(os.environ.get("KITH_TEST_PROMTOOL", "promtool"))
    if found is not None:
        return found
    missing = "promtool is missing: `apt-get install prometheus`, or name it in KITH_TEST_PROMTOOL"
    if os.environ.get("KITH_TEST_REQUIRE_SERVERS") == "1":
        pytest.fail(missing)
    pytest.skip(missing)


def test_prometheus_has_nothing_to_say_against_it(
    client_of: Callable[..., TestClient], people: list[str], house: House, promtool: str
) -> None:
    """After some of everything that is counted."""
    client = client_of()
    uses = [client.get(f"/api/v1/users/{people[0]}/context?query=what").headers["X-Cache"] for _ in range(2)]
    assert uses == ["MISS", "HIT"]
    assert client.get("/api/v1/users/nobody/context").status_code == 404
    told = {"user_id": people[0], "message": "Porto again", "timestamp": 1_770_000_000_000}
    run = client_of("counted").post("/api/v1/runs", content=json.dumps(told).encode())
    assert "event: done" in client_of("counted").get(run.headers["Location"] + "/events").text
    graph: Any = Spoiled(house.stores.graph, {"counts": refuse})
    with pytest.raises(Terminal):
        house.metrics.watch(replace(house.stores, graph=graph)).graph.counts("acme")
    text = client.get("/metrics").text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert [name for name, family in families.items() if not family.samples] == []
    checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
