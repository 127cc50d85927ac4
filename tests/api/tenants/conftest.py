"""A tenant that has some of everything, and what it has in every store: whatever others ask, that stays as it is."""

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kith.etl.integrity import Integrity
from kith.etl.people import export_person
from kith.persona.identity import Json, user_node_id
from kith.serving.frame.access import Access, new_key
from kith.serving.frame.app import build_app
from kith.serving.frame.house import House
from kith.settings import Settings
from kith.stores.serving_port import Scope
from kith.wiring import house_of, open_app

THEIRS = "theirs"
WHO, GONE = "ida", "gone"
WORD = "quokka"
SCOPES: tuple[Scope, ...] = ("read", "write", "admin")
JSONL = {"Content-Type": "application/octet-stream"}


FILE = json.dumps(
    {"user_id": WHO, "message": f"A {WORD} in a file", "message_id": "f1", "timestamp": "2026-03-04T10:00:00Z"}
).encode()
EVENT: Json = {
    "user_id": WHO,
    "campaign_id": "spring",
    "kind": "like",
    "event_id": "e1",
    "timestamp": "2026-03-05T10:00:00Z",
}
SPRING = {"id": "spring", "title": f"Walks with a {WORD}", "intents": ["plan_trip"]}
TALK: Json = {
    "messages": [
        {
            "message": f"I love hiking. We saw a {WORD} on Monte Rosa.",
            "message_id": "m1",
            "timestamp": "2026-03-01T10:00:00Z",
            "conversation_id": "c1",
        },
        {
            "message": f"I live in Porto with my {WORD}.",
            "message_id": "m2",
            "timestamp": "2026-03-02T10:00:00Z",
            "conversation_id": "c1",
        },
    ]
}


@dataclass(frozen=True)
class Scene:
    """An application in which one tenant, `theirs`, has some of everything, and whose ids these are."""

    house: House
    api: FastAPI
    ids: Mapping[str, str]
    secrets: frozenset[str]
    talk: Json
    event: Json
    """What it sent, that others may send too."""

    def client(self, tenant: str, *scopes: Scope) -> TestClient:
        return client_of(self.house, self.api, tenant, *scopes)

    def settled(self, client: TestClient, answer: Any) -> Any:
        """The answer, once what it began is over."""
        return settled(client, answer)

    def state(self) -> dict[str, Any]:
        """All that `theirs` has, in every store."""
        stores, clock = self.house.stores, self.house.clock
        assert clock
        people = [one.user_id for one in stores.documents.scan_users(THEIRS)]
        verdict = Integrity(stores, tenant=THEIRS).verify()
        assert verdict.ok
        return {
            "verdict": verdict.as_json(),
            "people": {one: list(export_person(stores, THEIRS, one)) for one in people},
            "generations": {one: stores.ledger.batches.generation(THEIRS, one) for one in ["", *people]},
            "campaigns": stores.documents.scan_campaigns(THEIRS),
            "about": stores.ledger.evidence.campaigns(THEIRS),
            "runs": stores.ledger.runs.latest(THEIRS, limit=100),
            "rejections": stores.ledger.runs.rejections(THEIRS),
            "request": stores.ledger.requests.get(THEIRS, self.ids["request_id"]),
            "mark": stores.ledger.batches.mark(THEIRS, f"{WORD}.jsonl"),
            "gone": stores.ledger.people.tombstone(THEIRS, GONE),
            "receipts": stores.ledger.people.receipts(THEIRS, GONE),
            "kept": stores.cache.count(THEIRS, user_node_id(THEIRS, WHO)),
            "job": self.api.state.queue.look(self.ids["job_id"], THEIRS).state,
        }


def client_of(house: House, api: FastAPI, tenant: str, *scopes: Scope) -> TestClient:
    key, row = new_key(tenant=tenant, name="a test", scopes=scopes or SCOPES, now=house.clock(), expires_at=None)
    house.stores.ledger.keys.add(row)
    return TestClient(api, headers={"Authorization": f"Bearer {key}"}, raise_server_exceptions=False)


def settled(client: TestClient, answer: Any) -> Any:
    """The answer, once what it began is over."""
    where = answer.headers.get("location", "")
    if answer.status_code == 202 and ("/jobs/" in where or "/runs/" in where):
        assert "event: done" in client.get(f"{where}/events").text
        return client.get(where)
    while answer.status_code == 202 and where:
        again = client.get(where)
        if again.status_code != 202 and again.json().get("status") != "waiting":
            return again
    return answer


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Generator[Scene]:
    settings = Settings(home=tmp_path_factory.mktemp("tenants") / "home", embedder="hash", tenant="acme")
    with open_app(settings, command="a test", create=True) as app:
        house = house_of(app)
        access = Access(
            house.stores.ledger.keys, open_tenant=None, default_tenant="acme", owner_token=None, clock=house.clock
        )
        api = build_app(house, access, version="0.0.0")
        with TestClient(api):
            client = client_of(house, api, THEIRS)
            ids = furnish(client)
            keys = [one["key"] for one in client.get(f"/api/v1/users/{WHO}/messages").json()["items"]]
            yield Scene(house, api, ids, frozenset({WORD, *ids.values(), *keys}), TALK, EVENT)


def furnish(client: TestClient) -> dict[str, str]:
    """Gives a tenant some of everything; its ids."""

    def ask(method: str, path: str, **more: Any) -> Any:
        answer = settled(client, client.request(method, f"/api/v1{path}", **more))
        assert answer.status_code < 300, answer.text
        return answer

    ask("POST", "/users", json={"user_id": WHO, "name": f"Ida {WORD}", "metadata": {"pet": WORD}})
    [key, _] = ask("POST", f"/ingest/{WHO}", json=TALK, headers={"Idempotency-Key": "k1"}).json()["keys"]
    ask("POST", f"/ingest/{WHO}", json={"messages": [{"message": "x"}, {"text": "", "about": WORD}]})
    ask("POST", "/ingest/zoe", json={"content": f"Nobody has a {WORD} like mine."})
    ask("POST", f"/ingest/{GONE}", json={"content": f"Forget my {WORD}."})
    ask("DELETE", f"/users/{GONE}")
    later = client.post(
        f"/api/v1/ingest/{WHO}", json={"content": f"A {WORD}, later"}, headers={"Prefer": "respond-async"}
    )
    settled(client, later)
    ask("POST", "/campaigns", json=[SPRING, {"id": "summer", "title": f"Swim with a {WORD}"}])
    ask("POST", "/feedback", json=EVENT)
    run = client.post("/api/v1/runs", params={"source": f"{WORD}.jsonl"}, content=FILE, headers=JSONL)
    settled(client, run)
    job = client.post("/api/v1/verify")
    settled(client, job)
    facts = ask("GET", f"/users/{WHO}/facts").json()["items"]
    things = {one["name"]: one["id"] for one in ask("GET", f"/users/{WHO}/entities").json()["items"]}
    for path in ("context?query=What does she love?", "recommendations", "profile", "facts", "entities"):
        ask("GET", f"/users/{WHO}/{path}")  # so that an answer is kept
    return {
        "key": key,
        "fact": facts[0]["id"],
        "entity_id": things["hiking"],
        "campaign_id": "spring",
        "run_id": run.json()["run_id"],
        "job_id": job.json()["id"],
        "rejection_id": ask("GET", "/rejections").json()["items"][0]["id"],
        "request_id": later.headers["location"].rsplit("/", 1)[1],
        "receipt": ask("GET", f"/users/{GONE}/receipt").json()["receipt_id"],
        "users_next": ask("GET", "/users", params={"limit": 1}).json()["next"],
        "messages_next": ask("GET", f"/users/{WHO}/messages", params={"limit": 1}).json()["next"],
        "campaigns_next": ask("GET", "/campaigns", params={"limit": 1}).json()["next"],
        "runs_next": ask("GET", "/runs", params={"limit": 1}).json()["next"],
    }
