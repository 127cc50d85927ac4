"""What people did with campaigns, over HTTP: taken as a run takes it, once, and known at once."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kith.etl.integrity import Integrity
from kith.etl.running import RunOptions
from kith.etl.sources import records_source
from kith.persona.engagement import Did
from kith.persona.identity import user_node_id
from kith.persona.model import Engagement
from kith.serving.frame.access import Access
from kith.serving.frame.app import build_app
from kith.serving.frame.house import House
from kith.settings import Settings
from kith.wiring import house_of, open_app

Problem: TypeAlias = Callable[[Any], tuple[int, str]]
Json: TypeAlias = Any
TENANT = "acme"
FEEDBACK = "/api/v1/feedback"
WHEN = 1_772_357_400_000


def event(user_id: str, **fields: Json) -> dict[str, Json]:
    return {"user_id": user_id, "campaign_id": "spring", "kind": "click", **fields}


def send(client: TestClient, body: Json) -> Any:
    return client.post(FEEDBACK, content=json.dumps(body), headers={"Content-Type": "application/json"})


def test_one_event_is_known_at_once(client: TestClient, house: House) -> None:
    given = event("f-ana", value=2, timestamp="2026-03-01T09:30:00Z", conversation_id="c9", event_id="e1")
    answer = send(client, given)
    assert (answer.status_code, answer.json()) == (200, {"accepted": 1, "duplicate": 0, "rejected": []})
    did = Did("f-ana", "spring", "c9", Engagement("click", 2.0), WHEN)
    assert house.stores.ledger.insight.done_by(TENANT, "f-ana") == [did]
    person = user_node_id(TENANT, "f-ana")
    assert house.stores.cache.generation(TENANT, person) == 1
    assert send(client, given).json() == {"accepted": 0, "duplicate": 1, "rejected": []}
    assert house.stores.ledger.insight.done_by(TENANT, "f-ana") == [did]
    assert client.get("/api/v1/users/f-ana/messages").json()["items"] == []


def test_several_of_several_people(client: TestClient, house: House) -> None:
    given = [
        event("f-bo", event_id="1"),
        event("f-bo", event_id="1"),
        event("f-cy", event_id="1", campaign_id="nobody knows it"),
        event("f-cy", timestamp="soon"),
        event("f-\0"),
        event("f-cy", conversation_id="\0"),
        event("f-cy", kind="dislike"),
        event("f-cy", kind="dislike"),
    ]
    answer = send(client, {"events": given}).json()
    assert (answer["accepted"], answer["duplicate"]) == (4, 1)
    codes = [(one["index"], one["code"]) for one in answer["rejected"]]
    assert codes == [(3, "bad_timestamp"), (4, "bad_value"), (5, "bad_value")]
    done = house.stores.ledger.insight.done_by(TENANT, "f-cy")
    assert [one.engagement.kind for one in done] == ["dislike", "dislike", "click"]
    assert done[0].timestamp == done[1].timestamp + 1
    assert send(client, {"events": []}).json() == {"accepted": 0, "duplicate": 0, "rejected": []}


def test_a_thousand_at_once(client: TestClient, problem: Problem) -> None:
    given = [event(f"f-{n % 7}", event_id=str(n)) for n in range(1000)]
    assert send(client, {"events": given}).json() == {"accepted": 1000, "duplicate": 0, "rejected": []}
    assert problem(send(client, {"events": [*given, given[0]]})) == (422, "invalid-request")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "body.one.user_id"),
        ({"user_id": "a", "campaign_id": "b", "kind": "buy"}, "body.one.kind"),
        ({"user_id": "a", "campaign_id": "b", "kind": "view", "value": -1}, "body.one.value"),
        ({"user_id": "a", "campaign_id": "b", "kind": "view", "value": 1e7}, "body.one.value"),
        ({"user_id": "a", "campaign_id": "b", "kind": "view", "timestamp": True}, "body.one.timestamp.str"),
        ({"user_id": "a", "campaign_id": "x" * 129, "kind": "view"}, "body.one.campaign_id"),
        ({"user_id": "", "campaign_id": "b", "kind": "view"}, "body.one.user_id"),
        ({"user_id": "a", "campaign_id": "b", "kind": "view", "tenant": "c"}, "body.one.tenant"),
        ({"events": [event("a"), {}]}, "body.several.events.1.user_id"),
        ({"events": [], "user_id": "a"}, "body.several.user_id"),
        ({"events": None}, "body.several.events"),
        ([event("a")], "body.one"),
        ("view", "body.one"),
    ],
)
def test_what_is_no_feedback_is_told(client: TestClient, body: Json, where: str, problem: Problem) -> None:
    answer = send(client, body)
    assert problem(answer) == (422, "invalid-request")
    assert answer.json()["errors"][0]["at"] == where


def test_where_nothing_was_taken_the_answer_is_a_problem(client: TestClient, problem: Problem) -> None:
    assert problem(send(client, event("f-\0"))) == (400, "bad-input")
    send(client, event("f-gone"))
    assert client.delete("/api/v1/users/f-gone").status_code == 202
    assert problem(send(client, event("f-gone"))) == (410, "forgotten")
    both = send(client, {"events": [event("f-gone"), event("f-here")]}).json()
    assert (both["accepted"], [one["code"] for one in both["rejected"]]) == (1, ["forgotten"])


def test_a_run_and_the_api_make_the_same_of_an_event(
    tmp_path: Path, at_work: Callable[[FastAPI], AbstractContextManager[TestClient]]
) -> None:
    given = [
        event("ana", event_id="1", timestamp=WHEN),
        event("ana", kind="like", timestamp=WHEN + 5, value=3.5, conversation_id="c"),
        event("bo", event_id="1", timestamp="2026-03-01T09:30:00Z", campaign_id="of no catalogue"),
    ]
    digests: list[dict[str, str]] = []
    for way in ("run", "api"):
        settings = Settings(home=tmp_path / way, embedder="hash", language="plain", tenant=TENANT)
        with open_app(settings, command="a test", create=True) as app:
            house = house_of(app)
            if way == "run":
                records = [
                    {name: value for name, value in one.items() if name not in ("kind", "value")}
                    | {"engagement": {"kind": one["kind"], "value": one.get("value", 1)}}
                    for one in given
                ]
                app.runner().run(records_source(records), RunOptions(tenant=TENANT))
            else:
                keys = house.stores.ledger.keys
                access = Access(keys, open_tenant=TENANT, default_tenant=TENANT, owner_token=None, clock=house.clock)
                with at_work(build_app(house, access, version="0.0.0")) as client:
                    assert send(client, {"events": given}).json()["accepted"] == 3
            verdict = Integrity(app.stores, tenant=TENANT).verify()
            assert verdict.as_json()["differences"] == []
            digests.append(dict(verdict.digests))
    assert digests[0] == digests[1]
