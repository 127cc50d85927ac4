"""Who is forgotten is nowhere: not in a store, nor in what is kept, waits or is on its way; until they are let in."""

import json
import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kith.etl.delivery import Delivery
from kith.etl.integrity import Integrity
from kith.etl.online import Online
from kith.persona.identity import Json, user_node_id
from kith.persona.model import User
from kith.serving.frame.house import House
from kith.serving.operations.jobs import Job
from kith.serving.people.intake import Intake
from kith.serving.shapes.people import Ingest
from kith.settings import Settings
from kith.wiring import App, house_of, open_app

Served: TypeAlias = Callable[[House], FastAPI]
AtWork: TypeAlias = Callable[[FastAPI], AbstractContextManager[TestClient]]
TENANT = "acme"
WHO = "wilhelmina-42"
WORD = "zugspitze"
OTHER = "ben"
PATHS = (
    "context?query=Where was she?",
    "context",
    "search?query=Zugspitze",
    "facts",
    "entities",
    "profile",
    "recommendations",
    "graph",
)


class Held:
    """A run that stands still at one place of its first batch, until it is let go."""

    def __init__(self, place: str) -> None:
        self._place = place
        self.there, self._on = threading.Event(), threading.Event()

    def __call__(self, place: str) -> None:
        if place == self._place and not self.there.is_set():
            self.there.set()
            self._on.wait()

    def let_go(self) -> None:
        self._on.set()


@pytest.fixture
def opened(tmp_path: Path) -> Generator[App]:
    settings = Settings(home=tmp_path / "own", embedder="hash", language="plain", tenant=TENANT)
    with open_app(settings, command="a test", create=True) as app:
        yield app


def record(user_id: str, n: int) -> dict[str, Json]:
    return {
        "user_id": user_id,
        "message": f"We climbed the {WORD.title()} on day {n}",
        "timestamp": f"2026-03-0{n}T10:00:00Z",
        "message_id": f"m{n}",
        "conversation_id": "c1",
        "intent": "plan_trip",
        "campaign_id": "spring",
        "engagement": {"kind": "like"},
    }


def lines(*records: dict[str, Json]) -> bytes:
    return "".join(json.dumps(one) + "\n" for one in records).encode()


def live(client: TestClient, house: House) -> None:
    """Has somebody leave traces wherever they can be left."""
    ok(client.post("/api/v1/campaigns", json={"id": "spring", "title": "Walks", "intents": ["plan_trip"]}))
    ok(client.post("/api/v1/users", json={"user_id": WHO, "name": "Wilhelmina", "metadata": {"town": WORD}}))
    said = {name: value for name, value in record(WHO, 1).items() if name != "user_id"}
    ok(client.post(f"/api/v1/ingest/{WHO}", json={"messages": [said, {"text": ""}]}, headers={"Idempotency-Key": "k1"}))
    body = lines(record(WHO, 2), record(OTHER, 2), {"user_id": WHO, "message": ""})
    run = ok(client.post("/api/v1/runs", params={"max_rejected": 1}, content=body))
    assert followed(client, run.headers["location"])["accepted"] == 2
    ok(client.post("/api/v1/feedback", json={"user_id": WHO, "campaign_id": "spring", "kind": "click"}))
    ok(client.post(f"/api/v1/rag/{WHO}/query", json={"query": "Where was she?"}))
    for path in PATHS:
        assert ok(client.get(f"/api/v1/users/{WHO}/{path}")).headers["x-cache"] == "MISS"
    assert house.stores.cache.count(TENANT, user_node_id(TENANT, WHO)) == len(PATHS)


def ok(answer: Any) -> Any:
    assert answer.status_code < 300, answer.text
    return answer


def followed(client: TestClient, where: str) -> dict[str, Any]:
    return json.loads(client.get(f"{where}/events").text.rsplit("event: done\ndata: ", 1)[1])


def receipt_of(client: TestClient, answer: Any) -> dict[str, Any]:
    while answer.status_code == 202:
        answer = client.get(answer.headers["location"])
    return ok(answer).json()


def nowhere(house: House) -> None:
    """Nothing of theirs is in any store, under any name."""
    stores = house.stores
    assert stores.documents.get_user(TENANT, WHO) is None
    assert stores.documents.scan_messages(TENANT, user_id=WHO) == []
    assert stores.vectors.count_messages(TENANT, user_id=WHO) == 0
    assert WHO not in {user_id for _, user_id, _ in stores.vectors.scan_messages(TENANT)}
    assert WHO not in stores.graph.scan_users(TENANT)
    ties = stores.graph.get_ties(TENANT, WHO)
    assert (ties.mentioned, ties.wants, ties.engaged, ties.seen_with, ties.related) == ((),) * 5
    assert set(stores.ledger.people.count(TENANT, WHO).values()) == {0}
    assert stores.ledger.insight.done_by(TENANT, WHO) == []
    assert stores.cache.count(TENANT, user_node_id(TENANT, WHO)) == 0
    assert Integrity(stores, tenant=TENANT).verify().as_json()["differences"] == []


def on_disk(house: House) -> list[str]:
    """Files of the folder that hold their id, or what they alone said."""
    stores = ("vectors", "graph")  # their files are the library's own; what a search could find is asked above
    return sorted(
        str(path.relative_to(house.home))
        for path in house.home.rglob("*")
        if path.is_file()
        and not path.relative_to(house.home).parts[0].startswith(stores)
        and WHO.encode() in path.read_bytes()
    )


def unknown(client: TestClient) -> None:
    """Whoever asks is told that nobody knows them."""
    for path in ("", *(f"/{one}" for one in PATHS), "/messages", "/export"):
        answer = client.get(f"/api/v1/users/{WHO}{path}")
        assert answer.status_code == 404, path
        assert WORD not in answer.text.casefold()
    assert client.post(f"/api/v1/rag/{WHO}/query", json={"query": "Where?"}).status_code == 404


@pytest.mark.parametrize("how", ["DELETE", "/forget"])
def test_nothing_is_left_anywhere(opened: App, at_work: AtWork, how: str, served: Served) -> None:
    house = house_of(opened)
    on = threading.Event()
    with at_work(app := served(house)) as client:
        live(client, house)
        # What waits: a request to be done later, whose process died, and an upload behind other work.
        online = Online(house.stores, house.tools, Delivery(house.new_writer(), clock=house.clock), clock=house.clock)
        order = Intake(house, online).order(TENANT, WHO, Ingest(content=f"Back to the {WORD}"), key=None, later=True)
        online.close()
        app.state.queue.add("verify", "nobody", partial(_wait, on))
        body = lines(record(WHO, 3), record(OTHER, 3))
        upload = ok(client.post("/api/v1/runs", params={"max_rejected": 1}, content=body))
        person, generation = User(TENANT, WHO, "Wilhelmina"), house.stores.ledger.batches.generation(TENANT, WHO)
        assert house.recalled.get(person, generation) is not None
        if how == "DELETE":
            receipt = receipt_of(client, client.delete(f"/api/v1/users/{WHO}"))
        else:
            receipt = ok(client.post("/api/v1/forget", json={"user_id": WHO})).json()
        assert set(receipt["second_look"].values()) == {0}
        assert receipt["deleted"]["cache"] == len(PATHS)
        assert house.recalled.get(person, generation) is None
        nowhere(house)
        assert house.stores.ledger.requests.get(TENANT, order.request_id or "") is None
        assert house.stores.ledger.requests.waiting() == []
        unknown(client)
        # Their lines in the upload are still on disk, and are refused when they come to the door.
        on.set()
        done = followed(client, upload.headers["location"])
        assert (done["accepted"], done["rejected"]) == (1, 1)
        nowhere(house)
        unknown(client)
        assert {path.name for path in (house.home / "uploads").glob("*/*")} == {"lock"}
        others = client.get(f"/api/v1/users/{OTHER}").json()
        assert others["messages"] == 2
    assert on_disk(house) == []


def _wait(on: threading.Event, _: Job) -> dict[str, Json]:
    on.wait()
    return {}


@pytest.mark.parametrize("place", ["before lease", "after documents", "before commit", "after commit"])
def test_a_run_in_flight_does_not_bring_them_back(opened: App, at_work: AtWork, place: str, served: Served) -> None:
    held = Held(place)
    house = replace(house_of(opened), new_runner=lambda: opened.runner(reached=held))
    with at_work(served(house)) as client:
        ok(client.post("/api/v1/users", json={"user_id": WHO}))
        body = lines(*(record(user_id, n) for n in (1, 2, 3) for user_id in (WHO, OTHER)))
        params = {"max_rejected": 1, "batch_size": 2}
        where = ok(client.post("/api/v1/runs", params=params, content=body)).headers["location"]
        held.there.wait()
        # The tombstone is there with the answer; the rest goes when the run has let go.
        answer = client.delete(f"/api/v1/users/{WHO}")
        assert answer.status_code == 202, answer.text
        held.let_go()
        followed(client, where)
        receipt = receipt_of(client, answer)
        assert set(receipt["second_look"].values()) == {0}
        nowhere(house)
        unknown(client)
        assert client.get(f"/api/v1/users/{OTHER}").json()["messages"] == 3


def test_they_may_come_in_again_with_what_is_new(opened: App, at_work: AtWork, served: Served) -> None:
    house = house_of(opened)
    with at_work(served(house)) as client:
        live(client, house)
        receipt_of(client, client.delete(f"/api/v1/users/{WHO}"))
        refused = client.post(f"/api/v1/ingest/{WHO}", json={"content": "Me again"})
        assert (refused.status_code, refused.json()["type"]) == (410, "urn:kith:problem:forgotten")
        event = {"user_id": WHO, "campaign_id": "spring", "kind": "like"}
        assert client.post("/api/v1/feedback", json=event).status_code == 410
        assert client.get(f"/api/v1/users/{WHO}/receipt").status_code == 200
        shown = client.post("/api/v1/users", json={"user_id": WHO})
        assert (shown.status_code, shown.json()["name"], shown.json()["messages"]) == (201, None, 0)
        done = followed(client, ok(client.post("/api/v1/runs", content=lines(record(WHO, 1)))).headers["location"])
        assert (done["accepted"], done["rejected"]) == (0, 1)
        assert ok(client.post(f"/api/v1/ingest/{WHO}", json={"content": "Me again"})).json()["accepted"] == 1
        found = client.get(f"/api/v1/users/{WHO}/context", params={"query": "Where was she?"})
        assert found.headers["x-cache"] == "MISS"
        assert [one["text"] for one in found.json()["messages"]] == ["Me again"]
        assert WORD not in found.text.casefold()
        assert Integrity(house.stores, tenant=TENANT).verify().as_json()["differences"] == []
