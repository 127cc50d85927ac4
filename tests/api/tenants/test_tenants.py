"""One tenant never sees or touches what is another's: a walk over all routes with the ids of somebody else."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from kith.persona.identity import Json
from kith.serving.frame.app import ROUTES
from kith.stores.serving_port import Scope

THEIRS = "theirs"
WHO, GONE = "ida", "gone"
WORD = "quokka"
SCOPES: tuple[Scope, ...] = ("read", "write", "admin")
JSONL = {"Content-Type": "application/octet-stream"}

Outcome: TypeAlias = Literal["nobody", "nothing", "mine"]
"""What comes of it. `nobody`: 404, unless the caller knows a person of that id too; `nothing`: 404 in any case; `mine`:
it is done, for the caller's own."""


class Scene(Protocol):
    """An application in which one tenant, `theirs`, has some of everything."""

    api: FastAPI
    ids: Mapping[str, str]
    secrets: frozenset[str]
    talk: Json
    event: Json

    def client(self, tenant: str, *scopes: Scope) -> TestClient: ...
    def settled(self, client: TestClient, answer: Any) -> Any: ...
    def state(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Ask:
    """How a route is asked for what is another's. Names in braces stand for that tenant's ids."""

    outcome: Outcome
    query: dict[str, str] = field(default_factory=dict[str, str])
    body: Any = None
    content: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    named: dict[str, str] = field(default_factory=dict[str, str])
    """Other ids than the usual ones, for the address."""


FILE = json.dumps(
    {"user_id": WHO, "message": f"A {WORD} in a file", "message_id": "f1", "timestamp": "2026-03-04T10:00:00Z"}
).encode()
EVENT = {"user_id": WHO, "campaign_id": "spring", "kind": "like", "event_id": "e1", "timestamp": None}
SPRING = {"id": "spring", "title": f"Walks with a {WORD}", "intents": ["plan_trip"]}
NOW = {"messages": [{"message": "We saw Monte Rosa", "message_id": "m1"}]}

WALK: dict[str, Ask] = {
    # What is read.
    "GET /metrics": Ask("mine"),
    "GET /api/v1/users": Ask("mine", {"cursor": "{users_next}"}),
    "GET /api/v1/users/{user_id}": Ask("nobody"),
    "GET /api/v1/users/{user_id}/receipt": Ask("nothing", named={"user_id": GONE}),
    "GET /api/v1/users/{user_id}/export": Ask("nobody"),
    "GET /api/v1/users/{user_id}/messages": Ask("nobody", {"cursor": "{messages_next}", "conversation_id": "c1"}),
    "GET /api/v1/ingest/{user_id}/requests/{request_id}": Ask("nothing"),
    "GET /api/v1/users/{user_id}/context": Ask("nobody", {"query": "What does she love?"}),
    "GET /api/v1/users/{user_id}/search": Ask("nobody", {"query": "Monte Rosa"}),
    "GET /api/v1/users/{user_id}/facts": Ask("nobody"),
    "GET /api/v1/users/{user_id}/facts/{fact}/history": Ask("nothing"),
    "GET /api/v1/users/{user_id}/entities": Ask("nobody", {"query": "Monte Rosa"}),
    "GET /api/v1/users/{user_id}/entities/{entity_id}/messages": Ask("nothing", {"cursor": "{messages_next}"}),
    "GET /api/v1/entities/{entity_id}/messages": Ask("nothing", {"user_id": WHO}),
    "GET /api/v1/users/{user_id}/profile": Ask("nobody"),
    "GET /api/v1/users/{user_id}/graph": Ask("nobody"),
    "GET /api/v1/users/{user_id}/graph/path": Ask("nothing", {"to": "{entity_id}"}),
    "POST /api/v1/rag/{user_id}/query": Ask("nobody", body={"query": "What does she love?"}),
    "GET /api/v1/users/{user_id}/recommendations": Ask("nobody", {"exclude": "other"}),
    "GET /recommendations/{user_id}": Ask("nobody"),
    "GET /api/v1/popular": Ask("mine"),
    "GET /api/v1/campaigns": Ask("mine", {"cursor": "{campaigns_next}"}),
    "GET /api/v1/campaigns/{campaign_id}": Ask("nothing"),
    "GET /api/v1/campaigns/{campaign_id}/similar": Ask("nothing"),
    "GET /api/v1/runs": Ask("mine", {"cursor": "{runs_next}"}),
    "GET /api/v1/runs/{run_id}": Ask("nothing"),
    "GET /api/v1/runs/{run_id}/events": Ask("nothing"),
    "GET /api/v1/runs/{run_id}/log": Ask("nothing"),
    "GET /api/v1/jobs/{job_id}": Ask("nothing"),
    "GET /api/v1/jobs/{job_id}/events": Ask("nothing"),
    "GET /api/v1/rejections": Ask("mine", {"run": "{run_id}"}),
    "GET /api/v1/rejections/{rejection_id}": Ask("nothing"),
    "GET /api/v1/anomalies": Ask("mine"),
    "GET /api/v1/stores": Ask("mine"),
    "GET /api/v1/stats": Ask("mine"),
    "GET /api/v1/caller": Ask("mine"),
    "GET /api/v1/lineage/messages/{key}": Ask("nothing"),
    "GET /api/v1/profile": Ask("nobody", {"user_id": WHO}),
    "GET /api/v1/export": Ask("nobody", {"user_id": WHO}),
    # What is written, in an order in which none hides what the next one does.
    "POST /api/v1/runs/{run_id}/cancel": Ask("nothing"),
    "POST /api/v1/rejections/{rejection_id}/replay": Ask("nothing"),
    "POST /api/v1/rejections/replay": Ask("mine", body={"ids": ["{rejection_id}"]}),
    "PATCH /api/v1/campaigns/{campaign_id}": Ask("nothing", body={"title": "Mine now"}),
    "DELETE /api/v1/campaigns/{campaign_id}": Ask("nothing"),
    "PATCH /api/v1/users/{user_id}": Ask("nobody", body={"name": "Mine now"}),
    "DELETE /api/v1/users/{user_id}/messages/{key}": Ask("nothing"),
    "DELETE /api/v1/users/{user_id}": Ask("nobody"),
    "POST /api/v1/users": Ask("mine", body={"user_id": WHO, "name": "Mine now"}),
    "POST /api/v1/ingest/{user_id}": Ask("mine", body=NOW, headers={"Idempotency-Key": "k1"}),
    "POST /api/v1/feedback": Ask("mine", body=EVENT),
    "POST /api/v1/campaigns": Ask("mine", body=SPRING),
    "POST /api/v1/campaigns/load": Ask("mine", {"source": "c"}, content=json.dumps(SPRING).encode(), headers=JSONL),
    "POST /api/v1/runs": Ask("mine", {"source": f"{WORD}.jsonl"}, content=FILE, headers=JSONL),
    "POST /api/v1/verify": Ask("mine"),
    "POST /api/v1/repair": Ask("mine"),
    "POST /api/v1/rebuild": Ask("mine", body={"what": "vectors"}),
    "POST /api/v1/forget": Ask("mine", body={"user_id": WHO}),
    "POST /api/v1/admit": Ask("mine", body={"user_id": GONE}),
}
ANYONE = {"GET /healthz", "GET /readyz"}
FRONT = {"GET /", "GET /front/{name}"}
"""The API's own page, which is the same for everyone and no part of the API."""


def filled(given: Any, ids: Mapping[str, str]) -> Any:
    """With that tenant's ids in place of their names."""
    text = json.dumps(given)
    for name, value in ids.items():
        text = text.replace(f"{{{name}}}", value)
    return json.loads(text)


def asked(client: TestClient, route: str, ask: Ask, ids: Mapping[str, str]) -> Any:
    method, path = route.split(" ")
    address = filled(path, {"user_id": WHO, **ids, **ask.named})
    # Whose it is to be is said in every way that there might be.
    headers = {"X-Kith-Tenant": THEIRS, "X-Tenant": THEIRS, **ask.headers}
    query = {"tenant": THEIRS, **filled(ask.query, ids)}
    body = None if ask.body is None else filled(ask.body, ids)
    if ask.content is not None:
        return client.request(method, address, params=query, content=ask.content, headers=headers)
    return client.request(method, address, params=query, json=body, headers=headers)


def given_away(question: Any, answer: Any, secrets: frozenset[str]) -> set[str]:
    """What of theirs an answer tells that was not in the question: that may be told back."""
    sent = str(question.request.url) + question.request.content.decode()
    told = answer.text + json.dumps(dict(answer.headers))
    return {one for one in secrets if one in told and one not in sent}


@pytest.fixture(params=["nobody of that name", "a namesake"])
def mine(request: pytest.FixtureRequest, scene: Scene) -> Callable[[Scope], tuple[str, bool]]:
    """A tenant for each scope: one that has nothing, or one that has a person of the same id."""

    def make(scope: Scope) -> tuple[str, bool]:
        tenant, known = f"{request.param}, {scope}", request.param == "a namesake"
        if known:
            answer = scene.client(tenant).post(f"/api/v1/ingest/{WHO}", json={"content": "We went to Monte Rosa"})
            assert answer.status_code == 200
        return tenant, known

    return make


def scopes_of(described: dict[str, Any]) -> dict[str, str]:
    return {
        f"{method.upper()} {path}": operation["x-scope"]
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
    }


def test_the_walk_knows_every_route(scene: Scene) -> None:
    routes = scopes_of(scene.api.openapi())
    assert routes.keys() - ANYONE == WALK.keys(), "say in WALK how a new route is asked for what is another's"
    declared = {
        f"{method} {one.path}"
        for part in ROUTES
        for one in part.router.routes
        if isinstance(one, APIRoute)
        for method in one.methods or ()
    }
    assert declared - FRONT == routes.keys(), "each route stands in the OpenAPI"


@pytest.mark.parametrize("scope", SCOPES)
def test_nothing_of_theirs_is_seen_or_touched(scene: Scene, mine: Any, scope: Scope) -> None:
    tenant, known = mine(scope)
    client, watching = scene.client(tenant, scope), scene.client(tenant)
    before, needed = scene.state(), scopes_of(scene.api.openapi())
    for route, ask in WALK.items():
        answer = asked(client, route, ask, scene.ids)
        assert given_away(answer, answer, scene.secrets) == set(), route
        if SCOPES.index(scope) < SCOPES.index(needed[route]):  # type: ignore[arg-type]
            assert (answer.status_code, kind_of(answer)) == (403, "wrong-scope"), route
        elif ask.outcome == "nothing" or (ask.outcome == "nobody" and not known):
            assert answer.status_code == 404, f"{route}: {answer.status_code} {answer.text}"
            assert kind_of(answer) in ("unknown-user", "unknown-thing"), route
        else:
            assert answer.status_code < 300, f"{route}: {answer.status_code} {answer.text}"
            assert given_away(answer, scene.settled(watching, answer), scene.secrets) == set(), route
    assert scene.state() == before


def kind_of(answer: Any) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()["type"].removeprefix("urn:kith:problem:")


def test_without_a_credential_nothing_is_told(scene: Scene) -> None:
    before = scene.state()
    for given, kind in (({}, "no-credential"), ({"Authorization": "Bearer kith_a_b"}, "bad-credential")):
        client = TestClient(scene.api, headers=given, raise_server_exceptions=False)
        for route, ask in WALK.items():
            answer = asked(client, route, ask, scene.ids)
            assert (answer.status_code, kind_of(answer)) == (401, kind), route
            assert given_away(answer, answer, scene.secrets) == set(), route
    assert scene.state() == before


def test_what_two_tenants_send_alike_is_each_ones_own(scene: Scene) -> None:
    before, client = scene.state(), scene.client("alike")
    said = client.post(f"/api/v1/ingest/{WHO}", json=scene.talk, headers={"Idempotency-Key": "k1"})
    assert (said.json()["accepted"], said.headers.get("idempotent-replayed")) == (2, None)
    assert scene.ids["key"] not in said.json()["keys"]
    assert client.post("/api/v1/feedback", json=scene.event).json() == {"accepted": 1, "duplicate": 0, "rejected": []}
    assert client.post("/api/v1/campaigns", json=SPRING).json()["created"] == 1
    run = client.post("/api/v1/runs", params={"source": f"{WORD}.jsonl"}, content=FILE, headers=JSONL)
    counts: dict[str, Json] = scene.settled(client, run).json()
    assert (counts["status"], counts["accepted"], counts["sources_unchanged"]) == ("succeeded", 1, 0)
    shown = client.get(f"/api/v1/users/{WHO}").json()
    assert (shown["messages"], shown["name"], shown["metadata"]) == (4, None, {})
    assert client.get(f"/api/v1/users/{WHO}/context").headers["x-cache"] == "MISS"
    assert scene.state() == before
