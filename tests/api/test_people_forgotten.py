"""What people take back over HTTP, forgetting that leaves nothing, and names that are read into what was said."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

from fastapi import FastAPI
from starlette.testclient import TestClient

from kith.etl.integrity import Integrity
from kith.persona.identity import user_node_id
from kith.persona.model import User
from kith.serving.frame.house import House
from kith.settings import Settings
from kith.stores.ports import CacheKey
from kith.stores.serving_port import RequestRow
from kith.wiring import house_of, open_app

Served: TypeAlias = Callable[[House], FastAPI]
Problem: TypeAlias = Callable[[Any], tuple[int, str]]
Say: TypeAlias = Callable[..., list[str]]
ReceiptOf: TypeAlias = Callable[[TestClient, Any], dict[str, Any]]
AtWork: TypeAlias = Callable[[FastAPI], AbstractContextManager[TestClient]]
Own: TypeAlias = tuple[House, TestClient]
TENANT = "acme"
USERS = "/api/v1/users"


def at(user_id: str, *more: str) -> str:
    # Clients take dots that stand alone for steps through folders.
    return "/".join([USERS, quote(user_id, safe="").replace(".", "%2E"), *more])


def test_a_message_taken_back_leaves_nothing(own: Own, problem: Problem, say: Say) -> None:
    house, client = own
    first, second = say(
        client,
        "ana",
        {"message": "We saw Monte Rosa from the Lake District", "message_id": "m1"},
        {"message": "Monte Rosa again", "message_id": "m2"},
    )
    assert client.delete(at("ana", "messages", first)).status_code == 204
    assert [item["key"] for item in client.get(at("ana", "messages")).json()["items"]] == [second]
    verdict = Integrity(house.stores, tenant=TENANT).verify()
    assert (verdict.as_json()["differences"], verdict.pending) == ([], 0)
    assert {entity.name for entity in house.stores.ledger.evidence.entities(TENANT)} == {"monte rosa"}
    assert problem(client.delete(at("ana", "messages", first))) == (404, "unknown-thing")
    again = client.post(
        "/api/v1/ingest/ana", json={"messages": [{"message": "Another time", "message_id": "m1"}]}
    ).json()
    assert (again["accepted"], again["keys"]) == (1, [first])
    assert client.delete(at("ana", "messages", first)).status_code == 204
    assert client.delete(at("ana", "messages", second)).status_code == 204
    assert client.get(at("ana")).json()["messages"] == 0
    assert Integrity(house.stores, tenant=TENANT).verify().as_json()["differences"] == []


def test_nobody_takes_back_what_others_said(
    client: TestClient, client_of: Callable[..., TestClient], problem: Problem, say: Say
) -> None:
    [key] = say(client, "bea", "Mine alone")
    client.post(USERS, json={"user_id": "bob"})
    other = client_of("elsewhere")
    other.post(USERS, json={"user_id": "bea"})
    for asker, whose in ((client, "bob"), (other, "bea")):
        assert problem(asker.delete(at(whose, "messages", key))) == (404, "unknown-thing")
    for name in ("x", "%00", "..%2f..", key.upper(), "%ff"):
        assert problem(client.delete(at("bea", "messages", name))) == (404, "unknown-thing")
    assert [item["key"] for item in client.get(at("bea", "messages")).json()["items"]] == [key]


def test_a_change_raises_the_generation_that_the_cache_knows(own: Own, say: Say, receipt_of: ReceiptOf) -> None:
    house, client = own
    person = user_node_id(TENANT, "ana")
    known: list[int | None] = []

    def look() -> None:
        known.append(house.stores.cache.generation(TENANT, person))
        assert known[-1] == house.stores.ledger.batches.generation(TENANT, "ana")

    keys = say(client, "ana", {"message": "One", "message_id": "1"}, {"message": "Two", "message_id": "2"})
    look()
    client.patch(at("ana"), json={"name": "Ana"})
    look()
    client.delete(at("ana", "messages", keys[0]))
    look()
    receipt_of(client, client.delete(at("ana")))
    look()
    assert known == sorted({one for one in known if one is not None})


def test_of_who_never_spoke_no_answer_is_kept_over_a_change(own: Own) -> None:
    house, client = own
    client.post(USERS, json={"user_id": "ana"})
    person = user_node_id(TENANT, "ana")
    kept = CacheKey(TENANT, person, 0, 0, "route", "")
    house.stores.cache.put(kept, b"old", seconds=60)
    client.patch(at("ana"), json={"name": "Ana"})
    assert house.stores.cache.count(TENANT, person) == 0


def test_who_is_forgotten_is_gone_and_stays_gone(own: Own, problem: Problem, receipt_of: ReceiptOf) -> None:
    house, client = own
    person = user_node_id(TENANT, "ana")
    body = {"messages": [{"message": "Back to Lake Como", "timestamp": "2026-03-01T09:30:00Z"}]}
    client.post("/api/v1/ingest/ana", json=body, headers={"Idempotency-Key": "k"})
    client.post("/api/v1/ingest/ana", json={"content": ""})
    house.stores.cache.put(CacheKey(TENANT, person, 1, 0, "route", ""), b"kept", seconds=60)
    asked = client.delete(at("ana"))
    assert (asked.status_code, asked.headers["location"]) == (202, at("ana", "receipt"))
    refused = client.post("/api/v1/ingest/ana", json=body, headers={"Idempotency-Key": "k"})
    assert problem(refused) == (410, "forgotten")
    receipt = receipt_of(client, asked)
    assert receipt["deleted"]["documents"] == 2
    assert receipt["second_look"] == dict.fromkeys(("cache", "documents", "graph", "ledger", "vectors"), 0)
    assert house.stores.cache.count(TENANT, person) == 0
    assert client.delete(at("ana")).json() == receipt
    assert client.get(at("ana", "receipt")).json() == receipt
    for call in (client.get(at("ana")), client.get(at("ana", "export")), client.patch(at("ana"), json={"name": "A"})):
        assert problem(call) == (404, "unknown-user")
    # let in again, of before nothing is taken
    assert client.post(USERS, json={"user_id": "ana"}).status_code == 201
    old = client.post("/api/v1/ingest/ana", json=body)
    assert problem(old) == (410, "forgotten")
    assert client.post("/api/v1/ingest/ana", json={"content": "New here"}).json()["accepted"] == 1
    assert client.get(at("ana", "receipt")).json() == receipt
    latest = receipt_of(client, client.delete(at("ana")))
    assert latest["receipt_id"] != receipt["receipt_id"]


def test_a_stranger_is_not_forgotten(client: TestClient, problem: Problem, receipt_of: ReceiptOf) -> None:
    assert problem(client.delete(at("nobody-of-that-name"))) == (404, "unknown-user")
    assert problem(client.get(at("nobody-of-that-name", "receipt"))) == (404, "unknown-user")
    client.post("/api/v1/ingest/only-rejected", json={"content": " "})
    assert problem(client.get(at("only-rejected"))) == (404, "unknown-user")
    assert receipt_of(client, client.delete(at("only-rejected")))["deleted"]["ledger"] == 1


def test_who_died_midway_of_forgetting_gives_the_receipt_after_the_next_start(
    settings: Settings,
    at_work: AtWork,
    served: Served,
    say: Say,
    receipt_of: ReceiptOf,
) -> None:
    with open_app(settings, command="a test", create=True) as app:
        house = house_of(app)
        with at_work(served(house)) as client:
            say(client, "ana", "Back to Lake Como")
        house.stores.ledger.people.bury(TENANT, "ana")
        house.stores.ledger.people.bury(TENANT, "of whom nothing was left")
    with open_app(settings, command="a test") as app, at_work(served(house_of(app))) as client:
        receipt = client.get(at("ana", "receipt"))
        assert (receipt.status_code, receipt.json()["deleted"]["documents"]) == (200, 2)
        assert receipt_of(client, client.get(at("of whom nothing was left", "receipt")))["deleted"]["documents"] == 0


def test_whoever_is_let_in_while_they_are_forgotten_is_new(client: TestClient, say: Say) -> None:
    for n in range(5):
        say(client, "to and fro", f"Once more {n}")
        assert client.delete(at("to and fro")).status_code == 202
        assert client.post(USERS, json={"user_id": "to and fro"}).status_code == 201
        shown = client.get(at("to and fro")).json()
        assert (shown["messages"], shown["name"]) == (0, None)


def test_a_name_is_read_into_what_was_said(tmp_path: Path, at_work: AtWork, served: Served, say: Say) -> None:
    settings = Settings(home=tmp_path / "own", embedder="hash", tenant=TENANT)

    def objects(house: House) -> set[str]:
        ties = house.stores.graph.get_ties(TENANT, "u1")
        assert Integrity(house.stores, tenant=TENANT).verify().as_json()["differences"] == []
        return {f"{fact.predicate} {fact.object.name}" for fact in ties.facts or ()}

    def read(client: TestClient) -> None:
        while client.get(at("u1")).json()["rereading"]:
            pass

    with open_app(settings, command="a test", create=True) as app:
        house = house_of(app)
        with at_work(served(house)) as client:
            say(client, "u1", "Alice loves hiking.", "I live in Porto.")
            assert objects(house) == {"lives_in porto"}
            client.patch(at("u1"), json={"name": "Alice"})
            read(client)
            assert objects(house) == {"lives_in porto", "likes hiking"}
            client.post(USERS, json={"user_id": "u1", "name": None})
            read(client)
            assert objects(house) == {"lives_in porto"}
        # one who died after the name was set, and before anything was read again
        row = RequestRow(TENANT, "name-1", "u1", "", 1, payload="{}")
        house.stores.ledger.requests.take(row)
        house.stores.documents.put_users(TENANT, [User(TENANT, "u1", "Alice")])
    with open_app(settings, command="a test") as app:
        house = house_of(app)
        with at_work(served(house)) as client:
            read(client)
            assert objects(house) == {"lives_in porto", "likes hiking"}
        assert house.stores.ledger.requests.count()["waiting"] == 0
