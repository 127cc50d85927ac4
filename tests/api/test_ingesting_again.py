"""Messages sent again, or answered later: once, however often they are sent, and whoever dies in between."""

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any, TypeAlias
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kith.etl.delivery import Delivery
from kith.etl.integrity import Integrity
from kith.etl.online import Online
from kith.persona.time import iso
from kith.serving.frame.house import House
from kith.serving.people.intake import Intake
from kith.serving.shapes.people import Ingest, Ingested
from kith.settings import Settings
from kith.stores.serving_port import Answer
from kith.wiring import App, house_of, open_app

Served: TypeAlias = Callable[[House], FastAPI]
Problem: TypeAlias = Callable[[Any], tuple[int, str]]
Send: TypeAlias = Callable[..., Any]
MessagesOf: TypeAlias = Callable[[TestClient, str], list[dict[str, Any]]]
AtWork: TypeAlias = Callable[[FastAPI], AbstractContextManager[TestClient]]
Own: TypeAlias = tuple[House, TestClient]
Json: TypeAlias = Any
TENANT = "acme"
WHEN = "2026-03-01T09:30:00Z"
NOTHING: dict[str, Any] = {"entities": [], "facts": [], "intents": []}


def at(user_id: str) -> str:
    return f"/api/v1/ingest/{quote(user_id, safe='')}"


def done(client: TestClient, where: str) -> dict[str, Json]:
    """What became of a request, once it is done."""
    while True:
        answer = client.get(where)
        assert answer.status_code == 200, answer.text
        if answer.json() != {"status": "waiting"}:
            return answer.json()


@contextmanager
def another(house: House) -> Generator[tuple[Intake, Online]]:
    """An intake as a process has one that dies before it answers."""
    online = Online(house.stores, house.tools, Delivery(house.new_writer(), clock=house.clock), clock=house.clock)
    try:
        yield Intake(house, online), online
    finally:
        online.close()


def test_one_tenant_has_nothing_of_another(
    client_of: Callable[..., TestClient], client: TestClient, problem: Problem, send: Send
) -> None:
    other = client_of("elsewhere")
    body = {"messages": [{"message": "Mine", "message_id": "1", "tenant": "acme"}]}
    mine, theirs = (send(one, "mia", body, Idempotency_Key="k").json() for one in (client, other))
    assert mine["accepted"] == theirs["accepted"] == 1
    assert set(mine["keys"]).isdisjoint(theirs["keys"])
    where = send(client, "mia", {"content": "Later"}, Prefer="respond-async").headers["location"]
    assert problem(other.get(where)) == (404, "unknown-thing")
    done(client, where)
    assert problem(client_of("acme", "read").post(at("mia"), json={"content": "x"})) == (403, "wrong-scope")


def test_a_request_sent_again_is_the_same(own: Own, problem: Problem, send: Send) -> None:
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
def test_a_key_that_is_none_is_told(client: TestClient, key: str, problem: Problem) -> None:
    answer = client.post(at("pia"), json={"content": "x"}, headers=[(b"Idempotency-Key", key.encode("latin-1"))])
    assert problem(answer) == (422, "invalid-request")
    assert answer.json()["errors"][0]["at"] == "header.idempotency-key"


def test_the_same_request_from_many_at_once_has_one_effect(own: Own, send: Send) -> None:
    house, client = own
    body = {"messages": [{"message": "Back to Lake Como"}, {"message": "By train"}]}
    with ThreadPoolExecutor(6) as pool:
        sent = [pool.submit(send, client, "quin", body, Idempotency_Key="k") for _ in range(12)]
        answers = [one.result() for one in sent]
    assert {(one.status_code, one.content) for one in answers} == {(200, answers[0].content)}
    assert answers[0].json()["accepted"] == 2
    assert house.stores.documents.count_messages(TENANT) == 2


@pytest.mark.parametrize("written", [False, True])
def test_who_dies_before_the_answer_answers_the_next_time(
    own: Own, written: bool, send: Send, messages_of: MessagesOf
) -> None:
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


def test_an_answer_may_come_later(own: Own, problem: Problem, send: Send, messages_of: MessagesOf) -> None:
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


def test_who_waits_for_what_was_to_be_later_gets_the_same(own: Own, send: Send) -> None:
    house, client = own
    with another(house) as (intake, _):
        order = intake.order(TENANT, "tea", Ingest(content="Back to Lake Como"), key="k", later=True)
    answer = send(client, "tea", {"content": "Back to Lake Como"}, Idempotency_Key="k").json()
    assert answer["accepted"] == 1
    assert done(client, f"{at('tea')}/requests/{order.request_id}") == {"status": "done", **answer}
    assert house.stores.ledger.requests.count() == {"waiting": 0, "answered": 1}


def test_what_waits_is_done_by_the_next_process(
    settings: Settings,
    at_work: AtWork,
    served: Served,
    problem: Problem,
    send: Send,
    messages_of: MessagesOf,
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
