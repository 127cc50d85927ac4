"""Taking messages in over HTTP: whose they are, when, what they taught; and once, however often they are sent."""

import json
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias, cast
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kith.etl.delivery import Delivery
from kith.etl.integrity import Integrity
from kith.etl.online import Online
from kith.persona.identity import user_node_id
from kith.persona.time import iso
from kith.serving.frame.access import Access
from kith.serving.frame.app import build_app
from kith.serving.frame.house import House
from kith.serving.people.intake import Intake
from kith.serving.shapes.people import Ingest, Ingested
from kith.settings import Settings
from kith.stores.serving_port import Answer
from kith.wiring import App, house_of, open_app

Json: TypeAlias = Any
TENANT = "acme"
WHEN = "2026-03-01T09:30:00Z"
NOTHING: dict[str, Any] = {"entities": [], "facts": [], "intents": []}


def at(user_id: str) -> str:
    return f"/api/v1/ingest/{quote(user_id, safe='')}"


def send(client: TestClient, user_id: str, body: Json, **headers: str) -> Any:
    """Posts it, halves of characters and all."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(at(user_id), content=json.dumps(body), headers={"Content-Type": "application/json", **named})


def messages_of(client: TestClient, user_id: str) -> list[dict[str, Json]]:
    """What somebody said, the oldest first."""
    return client.get(f"/api/v1/users/{quote(user_id, safe='')}/messages").json()["items"][::-1]


def problem(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["type"].removeprefix("urn:kith:problem:")


def done(client: TestClient, where: str) -> dict[str, Json]:
    """What became of a request, once it is done."""
    while True:
        answer = client.get(where)
        assert answer.status_code == 200, answer.text
        if answer.json() != {"status": "waiting"}:
            return answer.json()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "own", embedder="hash", language="plain", tenant=TENANT)


def served(house: House) -> FastAPI:
    """An application of its own, open to loopback."""
    access = Access(
        house.stores.ledger.keys, open_tenant=TENANT, default_tenant=TENANT, owner_token=None, clock=house.clock
    )
    return build_app(house, access, version="0.0.0")


@pytest.fixture
def own(
    settings: Settings, at_work: Callable[[FastAPI], AbstractContextManager[TestClient]]
) -> Generator[tuple[House, TestClient]]:
    """Empty stores of this test's own, and a client of what serves them."""
    with open_app(settings, command="a test", create=True) as app:
        house = house_of(app)
        with at_work(served(house)) as client:
            yield house, client


@contextmanager
def another(house: House) -> Generator[tuple[Intake, Online]]:
    """An intake as a process has one that dies before it answers."""
    online = Online(house.stores, house.tools, Delivery(house.new_writer(), clock=house.clock), clock=house.clock)
    try:
        yield Intake(house, online), online
    finally:
        online.close()


def test_free_text_is_a_message_that_teaches(client: TestClient, house: House) -> None:
    before = house.clock()
    answer = send(client, "gail", {"content": "Back to Lake Como"}).json()
    [item] = messages_of(client, "gail")
    assert iso(before) <= item["timestamp"] <= iso(house.clock())
    assert answer == {
        "accepted": 1,
        "duplicate": 0,
        "rejected": [],
        "keys": [item["key"]],
        "learned": NOTHING | {"entities": [{"name": "lake como", "type": "name"}]},
    }
    assert item | {"timestamp": None} == {
        "key": item["key"],
        "message_id": None,
        "conversation_id": "",
        "role": "user",
        "author": None,
        "text": "Back to Lake Como",
        "timestamp": None,
        "score": None,
    }
    assert client.get("/api/v1/users/gail").json()["messages"] == 1
    person = user_node_id(TENANT, "gail")
    known = house.stores.cache.generation(TENANT, person)
    assert known == house.stores.ledger.batches.generation(TENANT, "gail") == 1


def test_messages_without_a_time_keep_their_order(client: TestClient) -> None:
    given = [{"message": f"Line {n}"} for n in range(5)]
    given[2]["created_at"] = WHEN
    answer = send(client, "hal", {"messages": given}).json()
    found = messages_of(client, "hal")
    assert [one["text"][-1] for one in found] == ["2", "0", "1", "3", "4"]
    assert (answer["accepted"], set(answer["keys"])) == (5, {one["key"] for one in found})
    times = {one["text"]: one["timestamp"] for one in found}
    assert times["Line 2"] == "2026-03-01T09:30:00.000Z"
    assert int(times["Line 4"][-4:-1]) - int(times["Line 0"][-4:-1]) in (4, 4 - 1000)


def test_the_address_says_whose_it_is(client: TestClient) -> None:
    given: list[dict[str, Json]] = [
        {"message": "a", "user_id": "Zoe\u0308"},
        {"message": "b", "user": "Zoë", "author": "Zo"},
        {"message": "c", "userId": "ian"},
        {"message": "d", "uid": 7},
        {"message": "e", "user_id": ["Zoë"]},
        {"message": "f", "user_id": None, "sender": "Zo"},
        {"message": "g", "metadata": {"user_id": "ian"}},
    ]
    for one in given:
        one["timestamp"] = WHEN
    answer = send(client, "Zoë", {"messages": given}).json()
    assert (answer["accepted"], len(answer["keys"])) == (4, 4)
    found = {item["text"]: item["author"] for item in messages_of(client, "Zoë")}
    assert found == {"a": None, "b": "Zo", "f": "Zo", "g": None}
    assert [(one["index"], one["code"]) for one in answer["rejected"]] == [
        (2, "bad_value"),
        (3, "bad_value"),
        (4, "bad_value"),
    ]
    detail = "'userId' is 'ian', and the address says 'Zoë'; leave it out, or send it there"
    assert answer["rejected"][0]["detail"] == detail
    assert problem(client.get("/api/v1/users/ian")) == (404, "unknown-user")


def test_it_is_what_a_run_would_make_of_it(client: TestClient, house: House) -> None:
    record: dict[str, Json] = {
        "message": "Any trail shoes?",
        "timestamp": WHEN,
        "conversation_id": "c9",
        "message_id": "m1",
        "campaign_id": "spring",
        "intent": "buy_shoes",
        "engagement": {"kind": "click", "value": 2},
        "author": "Jo",
        "lang": "en",
    }
    answer = send(client, "jo", {"messages": [record, record | {"message": "Any boots?"}, record]}).json()
    assert (answer["accepted"], answer["duplicate"], len(set(answer["keys"]))) == (1, 2, 1)
    again = send(client, "jo", {"messages": [record]}).json()
    assert again == {"accepted": 0, "duplicate": 1, "rejected": [], "keys": answer["keys"][:1], "learned": NOTHING}
    [message] = house.stores.documents.scan_messages(TENANT, user_id="jo")
    assert (message.metadata, message.intent, message.campaign_id) == ({"lang": "en"}, "buy_shoes", "spring")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"message": "NUL \0"}, "bad_value"),
        ({"message": "x" * 200_001}, "too_large"),
        ({"message": "x" * 1_100_000}, "too_large"),
        ({"message": "x", "note": "y" * 1_100_000}, "too_large"),
        ({"message": " "}, "empty_text"),
        ({"message": None}, "missing_field"),
        ({}, "missing_field"),
        ({"message": {"a": 1}}, "bad_type"),
        ({"message": "x", "timestamp": "soon"}, "bad_timestamp"),
        ({"message": "x", "role": "boss"}, "bad_value"),
        ({"message": "x", "conversation_id": "\0"}, "bad_value"),
        ({"message": "x", "message_id": "y" * 300}, "too_large"),
        ({"message": "x", "metadata": {"a": "\0"}}, "bad_value"),
        ({"messages": [{"message": "inside"}]}, "missing_field"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(client: TestClient, message: Json, code: str) -> None:
    beside = send(client, "kim", {"messages": [{"message": "fine", "timestamp": WHEN}, message]})
    assert beside.status_code == 200
    assert [(one["index"], one["code"]) for one in beside.json()["rejected"]] == [(1, code)]
    alone = send(client, "kim", {"messages": [message]})
    assert problem(alone) == ((413, "too-large") if code == "too_large" else (400, "bad-input"))
    [error] = alone.json()["errors"]
    assert (error["index"], error["code"]) == (0, code)
    assert error["problem"] in alone.json()["detail"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "body"),
        ({"content": "a", "messages": []}, "body"),
        ({"content": 7}, "body.content"),
        ({"messages": {}}, "body.messages"),
        ({"messages": ["a"]}, "body.messages.0"),
        ({"messages": [{"message": "a"}] * 1001}, "body.messages"),
        ({"content": "a", "user_id": "kim"}, "body.user_id"),
        ([], "body"),
    ],
)
def test_a_body_that_is_none_is_told(client: TestClient, body: Json, where: str) -> None:
    answer = send(client, "kim", body)
    assert problem(answer) == (422, "invalid-request")
    assert answer.json()["errors"][0]["at"] == where


@pytest.mark.parametrize(
    "body", [{"content": "half \ud800"}, {"messages": [{"message": "x", "metadata": {"a": float("nan")}}]}]
)
def test_what_is_no_json_is_told(client: TestClient, body: Json) -> None:
    assert problem(send(client, "kim", body)) == (422, "invalid-request")


def test_a_thousand_at_once(client: TestClient) -> None:
    given = [{"message": f"Number {n}", "message_id": str(n)} for n in range(1000)]
    answer = send(client, "lou", {"messages": given}).json()
    assert (answer["accepted"], len(set(answer["keys"]))) == (1000, 1000)
    assert send(client, "lou", {"messages": []}).json()["keys"] == []


def test_one_tenant_has_nothing_of_another(client_of: Callable[..., TestClient], client: TestClient) -> None:
    other = client_of("elsewhere")
    body = {"messages": [{"message": "Mine", "message_id": "1", "tenant": "acme"}]}
    mine, theirs = (send(one, "mia", body, Idempotency_Key="k").json() for one in (client, other))
    assert mine["accepted"] == theirs["accepted"] == 1
    assert set(mine["keys"]).isdisjoint(theirs["keys"])
    where = send(client, "mia", {"content": "Later"}, Prefer="respond-async").headers["location"]
    assert problem(other.get(where)) == (404, "unknown-thing")
    done(client, where)
    assert problem(client_of("acme", "read").post(at("mia"), json={"content": "x"})) == (403, "wrong-scope")


def test_a_request_sent_again_is_the_same(own: tuple[House, TestClient]) -> None:
    house, client = own
    body: Json = {"messages": [{"message": "Back to Lake Como"}, {"message": " "}]}
    first = send(client, "ned", body, Idempotency_Key="k 1")
    again = send(client, "ned", {"messages": list(body["messages"])}, Idempotency_Key="k 1")
    assert (first.status_code, first.json()["accepted"]) == (200, 1)
    assert (again.status_code, again.content) == (200, first.content)
    assert [one.headers.get("idempotent-replayed") for one in (first, again)] == [None, "true"]
    assert problem(send(client, "ned", {"content": "Else"}, Idempotency_Key="k 1")) == (422, "key-reused")
    assert send(client, "ned", body, Idempotency_Key="k 2").json()["keys"] != first.json()["keys"]
    assert send(client, "ola", body, Idempotency_Key="k 1").json()["accepted"] == 1
    assert house.stores.documents.count_messages(TENANT, user_id="ned") == 2
    refused = [send(client, "ned", {"content": ""}, Idempotency_Key="k 3") for _ in range(2)]
    assert [problem(one) for one in refused] == [(400, "bad-input")] * 2
    assert refused[0].content == refused[1].content


@pytest.mark.parametrize("key", ["", "x" * 201, "tab\there", "é"])
def test_a_key_that_is_none_is_told(client: TestClient, key: str) -> None:
    answer = client.post(at("pia"), json={"content": "x"}, headers=[(b"Idempotency-Key", key.encode("latin-1"))])
    assert problem(answer) == (422, "invalid-request")
    assert answer.json()["errors"][0]["at"] == "header.idempotency-key"


def test_the_same_request_from_many_at_once_has_one_effect(own: tuple[House, TestClient]) -> None:
    house, client = own
    body = {"messages": [{"message": "Back to Lake Como"}, {"message": "By train"}]}
    with ThreadPoolExecutor(6) as pool:
        sent = [pool.submit(send, client, "quin", body, Idempotency_Key="k") for _ in range(12)]
        answers = [one.result() for one in sent]
    assert {(one.status_code, one.content) for one in answers} == {(200, answers[0].content)}
    assert answers[0].json()["accepted"] == 2
    assert house.stores.documents.count_messages(TENANT) == 2


@pytest.mark.parametrize("written", [False, True])
def test_who_dies_before_the_answer_answers_the_next_time(own: tuple[House, TestClient], written: bool) -> None:
    house, client = own
    given: list[dict[str, Json]] = [
        {"message": "Back to Lake Como", "message_id": "1", "timestamp": WHEN},
        {"message": "On to Monte Rosa", "message_id": "1", "timestamp": "2026-03-02T09:30:00Z"},
        {"message": "By train"},
        {"message": " "},
    ]
    with another(house) as (intake, online):
        order = intake.order(TENANT, "rae", Ingest(messages=given), key="k", later=False)
        raws = order.raws()
        if written:
            online.take(TENANT, raws).result()
    answer = send(client, "rae", {"messages": given}, Idempotency_Key="k")
    assert answer.json()["rejected"] == [
        {"index": 3, "code": "empty_text", "detail": answer.json()["rejected"][0]["detail"]}
    ]
    assert {name: answer.json()[name] for name in ("accepted", "duplicate")} == {"accepted": 2, "duplicate": 1}
    assert {one["name"] for one in answer.json()["learned"]["entities"]} == {"monte rosa"}
    assert send(client, "rae", {"messages": given}, Idempotency_Key="k").content == answer.content
    assert iso(order.arrived_at + 2) in {one["timestamp"] for one in messages_of(client, "rae")}
    assert Integrity(house.stores, tenant=TENANT).verify().as_json()["differences"] == []


def test_an_answer_may_come_later(own: tuple[House, TestClient]) -> None:
    _, client = own
    body: Json = {"messages": [{"message": "Back to Lake Como"}, {"message": " "}]}
    first = send(client, "Sam/1", body, Prefer="return=minimal, Respond-Async; wait=1", Idempotency_Key="k")
    assert (first.status_code, first.json()) == (202, {"status": "waiting"})
    assert first.headers["preference-applied"] == "respond-async"
    assert first.headers["location"].startswith("/api/v1/ingest/Sam%2F1/requests/")
    found = done(client, first.headers["location"])
    [item] = messages_of(client, "Sam/1")
    assert (found["status"], found["accepted"], found["keys"]) == ("done", 1, [item["key"]])
    again = [send(client, "Sam/1", body, Idempotency_Key="k", Prefer=wish) for wish in ("respond-async", "x")]
    assert [one.json() | {"status": "done"} for one in again] == [found] * 2
    for where in ("requests/x", "requests/name-1"):
        assert problem(client.get(f"/api/v1/ingest/Sam%2F1/{where}")) == (404, "unknown-thing")
    elsewhere = first.headers["location"].replace("Sam%2F1", "sue")
    assert problem(client.get(elsewhere)) == (404, "unknown-thing")


def test_who_waits_for_what_was_to_be_later_gets_the_same(own: tuple[House, TestClient]) -> None:
    house, client = own
    with another(house) as (intake, _):
        order = intake.order(TENANT, "tea", Ingest(content="Back to Lake Como"), key="k", later=True)
    answer = send(client, "tea", {"content": "Back to Lake Como"}, Idempotency_Key="k").json()
    assert answer["accepted"] == 1
    assert done(client, f"{at('tea')}/requests/{order.request_id}") == {"status": "done", **answer}
    assert house.stores.ledger.requests.count() == {"waiting": 0, "answered": 1}


def test_what_waits_is_done_by_the_next_process(
    settings: Settings, at_work: Callable[[FastAPI], AbstractContextManager[TestClient]]
) -> None:
    with open_app(settings, command="a test", create=True) as app:
        with another(house_of(app)) as (intake, _):
            orders = [
                intake.order(TENANT, user_id, Ingest(content="Back to Lake Como"), key=None, later=True)
                for user_id in ("uma", "val")
            ]
        app.stores.ledger.people.bury(TENANT, "val")
    with open_app(settings, command="a test") as app:
        with at_work(served(house_of(app))) as client:
            found = done(client, f"{at('uma')}/requests/{orders[0].request_id}")
            assert found["accepted"] == 1
            assert [one["timestamp"] for one in messages_of(client, "uma")] == [iso(orders[0].arrived_at)]
            gone = client.get(f"{at('val')}/requests/{orders[1].request_id}")
            assert problem(gone) == (410, "forgotten")
            assert problem(send(client, "val", {"content": "x"})) == (410, "forgotten")
        assert app.stores.ledger.requests.count()["waiting"] == 0
        assert app.stores.documents.get_user(TENANT, "val") is None


def test_answers_are_dropped_when_they_are_old(settings: Settings) -> None:
    with open_app(settings, command="a test", create=True) as app:
        now = [1_770_000_000_000]
        house = house_of(_by(app, now))
        requests = house.stores.ledger.requests
        with another(house) as (intake, online):

            def ask(key: str) -> str:
                order = intake.order(TENANT, "wes", Ingest(content="Back"), key=key, later=False)
                assert order.request_id is not None
                if order.answer is None:
                    taken = online.take(TENANT, order.raws()).result()
                    assert len(taken.accepted) == 1
                    answer = Ingested.model_validate(
                        {"accepted": 1, "duplicate": 0, "rejected": [], "keys": [], "learned": NOTHING}
                    )
                    requests.answer(TENANT, order.request_id, Answer(200, answer.model_dump_json()))
                return order.request_id

            first = ask("k1")
            now[0] += 23 * 60 * 60 * 1000
            ask("k2")
            assert ask("k1") == first
            now[0] += 2 * 60 * 60 * 1000
            ask("k3")
            assert requests.get(TENANT, first) is None
            assert requests.count() == {"waiting": 0, "answered": 2}


def _by(app: App, now: list[int]) -> App:
    return replace(app, clock=lambda: now[0])


def test_the_first_session_teaches_what_she_loves(
    tmp_path: Path, at_work: Callable[[FastAPI], AbstractContextManager[TestClient]]
) -> None:
    settings = Settings(home=tmp_path / "own", embedder="hash", tenant=TENANT)
    text = "Alice is a software engineer who loves hiking and photography."
    with (
        open_app(settings, command="a test", create=True) as app,
        at_work(served(house_of(app))) as client,
    ):
        client.post("/api/v1/users", json={"user_id": "alice123"})
        answer = send(client, "alice123", {"content": text}).json()
        [key] = answer["keys"]
        learned = cast("dict[str, Json]", answer["learned"])
        told = {(fact["text"], fact["source"], fact["until"]) for fact in learned["facts"]}
        assert told == {
            ("is a software engineer", key, None),
            ("likes hiking", key, None),
            ("likes photography", key, None),
        }
        moved = [
            {"message": "I live in Berlin.", "timestamp": "2026-03-01", "message_id": "1"},
            {"message": "I moved to Porto.", "timestamp": "2026-04-01", "message_id": "2"},
        ]
        answer = send(client, "alice123", {"messages": moved}).json()
        told = {(fact["text"], fact["until"] is None) for fact in answer["learned"]["facts"]}
        assert told == {("lives in Berlin", False), ("lives in Porto", True)}
