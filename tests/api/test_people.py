"""People over HTTP: who they are, what they said, what is taken back, and forgetting that leaves nothing."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from kith.etl.integrity import Integrity
from kith.persona.identity import user_node_id
from kith.persona.model import User
from kith.serving.frame.access import Access
from kith.serving.frame.app import build_app
from kith.serving.frame.cursors import cursor_of, place_of, text_place_of
from kith.serving.frame.house import House
from kith.serving.frame.problems import Refusal
from kith.settings import Settings
from kith.stores.ports import CacheKey
from kith.stores.serving_port import RequestRow
from kith.wiring import App, house_of, open_app

Json: TypeAlias = Any
TENANT = "acme"
USERS = "/api/v1/users"
STRANGE = ["Ana/Bo", "a%2Fb", "ä ö/ü?#&=%", "..", ". /\\..", "名前\U0001f600", "q\"'`{{}}", "messages", "x" * 256]


def at(user_id: str, *more: str) -> str:
    # Clients take dots that stand alone for steps through folders.
    return "/".join([USERS, quote(user_id, safe="").replace(".", "%2E"), *more])


def say(client: TestClient, user_id: str, *messages: dict[str, Json] | str) -> list[str]:
    """Has somebody say this; the keys."""
    given = [{"message": one} if isinstance(one, str) else one for one in messages]
    answer = client.post(at(user_id).replace("users", "ingest", 1), json={"messages": given})
    assert answer.status_code == 200, answer.text
    return answer.json()["keys"]


def receipt_of(client: TestClient, answer: Any) -> dict[str, Json]:
    """The receipt that a DELETE leads to, once it is there."""
    while answer.status_code == 202:
        assert answer.json() == {"status": "forgetting"}
        answer = client.get(answer.headers["location"])
    assert answer.status_code == 200, answer.text
    return answer.json()


def problem(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["type"].removeprefix("urn:kith:problem:")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "own", embedder="hash", language="plain", tenant=TENANT)


def served(app: App) -> tuple[House, FastAPI]:
    """An application of its own, open to loopback."""
    house = house_of(app)
    access = Access(
        house.stores.ledger.keys, open_tenant=TENANT, default_tenant=TENANT, owner_token=None, clock=house.clock
    )
    return house, build_app(house, access, version="0.0.0")


@pytest.fixture
def own(
    settings: Settings, at_work: Callable[[FastAPI], AbstractContextManager[TestClient]]
) -> Generator[tuple[House, TestClient]]:
    """Empty stores of this test's own, and a client of what serves them."""
    with open_app(settings, command="a test", create=True) as app:
        house, api = served(app)
        with at_work(api) as client:
            yield house, client


@pytest.mark.parametrize("user_id", STRANGE)
def test_any_id_is_one_person(client: TestClient, user_id: str) -> None:
    made = client.post(USERS, json={"user_id": user_id})
    shown: dict[str, Json] = {"user_id": user_id, "name": None, "metadata": {}, "messages": 0, "rereading": False}
    assert (made.status_code, made.json()) == (201, shown)
    assert (client.get(at(user_id)).status_code, client.get(at(user_id)).json()) == (200, shown)
    [key] = say(client, user_id, "Hello there")
    [item] = client.get(at(user_id, "messages")).json()["items"]
    assert (item["key"], item["text"]) == (key, "Hello there")
    exported = [json.loads(line) for line in client.get(at(user_id, "export")).text.splitlines()]
    assert {record["user_id"] for record in exported if "user_id" in record} == {user_id}
    receipt = receipt_of(client, client.delete(at(user_id)))
    assert (receipt["user"], set(receipt["second_look"].values())) == (user_id, {0})
    assert problem(client.get(at(user_id))) == (404, "unknown-user")


def test_an_id_is_the_same_in_every_normal_form(client: TestClient) -> None:
    assert client.post(USERS, json={"user_id": "Zoe\u0308"}).json()["user_id"] == "Zoë"
    assert client.post(USERS, json={"user_id": "Zoë"}).status_code == 200
    assert client.get(at("Zoe\u0308")).json()["user_id"] == "Zoë"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("%00", "NUL"),
        ("a%00b", "NUL"),
        ("%ED%A0%80", "surrogate"),
        ("%ff", "not UTF-8"),
        ("%20", "is empty"),
        ("x" * 257, "257 characters"),
    ],
)
@pytest.mark.parametrize("call", ["GET", "PATCH", "DELETE", "messages", "export", "receipt", "ingest"])
def test_what_is_no_id_is_told(client: TestClient, address: str, words: str, call: str) -> None:
    if call == "ingest":
        answer = client.post(f"/api/v1/ingest/{address}", json={"content": "x"})
    elif call.isupper():
        answer = client.request(call, f"{USERS}/{address}", json={} if call == "PATCH" else None)
    else:
        answer = client.get(f"{USERS}/{address}/{call}")
    assert problem(answer) == (422, "invalid-request")
    assert answer.json()["errors"][0]["at"] == "path.user_id"
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "body.user_id"),
        ({"user_id": ""}, "body.user_id"),
        ({"user_id": " "}, "body.user_id"),
        ({"user_id": 7}, "body.user_id"),
        ({"user_id": "a\0"}, "body.user_id"),
        ({"user_id": "\ud800"}, "body"),
        ({"user_id": "x" * 300}, "body.user_id"),
        ({"user_id": "x", "name": "\udc2f"}, "body"),
        ({"user_id": "x", "name": "n" * 257}, "body.name"),
        ({"user_id": "x", "metadata": {"a": "\0"}}, "body.metadata"),
        ({"user_id": "x", "metadata": {"a": "b" * 70_000}}, "body.metadata"),
        ({"user_id": "x", "metadata": {"a": float("inf")}}, "body"),
        ({"user_id": "x", "metadata": []}, "body.metadata"),
        ({"user_id": "x", "tenant": "other"}, "body.tenant"),
    ],
)
def test_what_nobody_can_be_called_is_told(client: TestClient, body: Json, where: str) -> None:
    answer = client.post(USERS, content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert problem(answer) == (422, "invalid-request")
    assert answer.json()["errors"][0]["at"].startswith(where)


def test_of_who_is_known_what_is_given_is_set(client: TestClient) -> None:
    first = client.post(USERS, json={"user_id": "ed", "name": "Ed", "metadata": {"plan": "free"}})
    again = client.post(USERS, json={"user_id": "ed", "metadata": {"plan": "paid"}})
    same = client.post(USERS, json={"user_id": "ed"})
    expected = {"user_id": "ed", "name": "Ed", "metadata": {"plan": "paid"}, "messages": 0, "rereading": False}
    assert [one.status_code for one in (first, again, same)] == [201, 200, 200]
    assert (again.json(), same.json()) == (expected, expected)
    assert client.patch(at("ed"), json={"name": "Eddy"}).json() == expected | {"name": "Eddy"}
    assert client.patch(at("ed"), json={}).json() == expected | {"name": "Eddy"}
    assert client.patch(at("ed"), json={"name": None, "metadata": {}}).json() == expected | {
        "name": None,
        "metadata": {},
    }
    assert problem(client.patch(at("nobody-of-that-name"), json={"name": "X"})) == (404, "unknown-user")


def test_lists_go_on_where_they_ended(client_of: Callable[..., TestClient]) -> None:
    client = client_of("of-lists")
    ids = sorted(["a", "b/c", "ä", "名前", "z z"])
    for user_id in ids:
        client.post(USERS, json={"user_id": user_id})
    found: list[str] = []
    asked: dict[str, Json] = {"limit": 2}
    while True:
        page = client.get(USERS, params=asked).json()
        found += [user["user_id"] for user in page["items"]]
        assert all(user["messages"] is None for user in page["items"])
        if page["next"] is None:
            break
        asked["cursor"] = page["next"]
    assert found == ids


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "WyJhIl0=", "é", cursor_of(1, "a"), cursor_of("a", "b"), urlsafe_b64encode(b"[" * 2000).decode(), "W10"],
)
def test_a_cursor_that_is_none_of_ours_is_told(client: TestClient, people: list[str], cursor: str) -> None:
    assert problem(client.get(USERS, params={"cursor": cursor})) == (400, "bad-cursor")
    if cursor != cursor_of(1, "a"):
        answer = client.get(at(people[0], "messages"), params={"cursor": cursor})
        assert problem(answer) == (400, "bad-cursor")


@given(st.text().filter(lambda text: text.isprintable()), st.integers(-(1 << 60), 1 << 60))
def test_a_cursor_says_what_it_was_made_of(text: str, moment: int) -> None:
    assert text_place_of(cursor_of(text)) == text
    assert place_of(cursor_of(moment, text)) == (moment, text)
    with pytest.raises(Refusal):
        place_of(cursor_of(text))
    with pytest.raises(Refusal):
        text_place_of(cursor_of(moment, text))


def test_messages_by_conversation_role_and_time(client: TestClient) -> None:
    told: list[dict[str, Json]] = [
        {
            "message": f"Number {n}",
            "timestamp": 1_770_000_000_000 + n // 2,
            "conversation_id": f"c{n % 2}",
            "role": ("user", "assistant")[n // 5],
            "message_id": f"m{n}",
        }
        for n in range(10)
    ]
    client.post(USERS, json={"user_id": "talker"})
    assert client.get(at("talker", "messages")).json() == {"items": [], "next": None}
    keys = dict(zip(say(client, "talker", *told), told, strict=True))

    def ask(**params: Json) -> list[str]:
        found: list[dict[str, Json]] = []
        while True:
            answer = client.get(at("talker", "messages"), params=params)
            assert answer.status_code == 200, answer.text
            found += answer.json()["items"]
            if answer.json()["next"] is None:
                break
            params["cursor"] = answer.json()["next"]
        assert [item["text"] for item in found] == [keys[item["key"]]["message"] for item in found]
        return [item["message_id"] for item in found]

    everything = sorted(keys, key=lambda key: (keys[key]["timestamp"], key), reverse=True)
    names = [keys[key]["message_id"] for key in everything]
    assert ask() == names
    assert ask(limit=3) == names
    assert ask(conversation_id="c1", limit=2) == [name for name in names if int(name[1:]) % 2]
    assert ask(role="assistant") == [name for name in names if int(name[1:]) >= 5]
    assert ask(since="1770000000001", until="2026-02-02T02:40:00.003Z") == [n for n in names if n[1:] in "2345"]
    assert problem(client.get(at("talker", "messages"), params={"since": "yesterday"})) == (422, "invalid-request")
    assert problem(client.get(at("talker", "messages"), params={"role": "boss"})) == (422, "invalid-request")
    assert problem(client.get(at("nobody-of-that-name", "messages"))) == (404, "unknown-user")


def test_a_message_taken_back_leaves_nothing(own: tuple[House, TestClient]) -> None:
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


def test_nobody_takes_back_what_others_said(client: TestClient, client_of: Callable[..., TestClient]) -> None:
    [key] = say(client, "bea", "Mine alone")
    client.post(USERS, json={"user_id": "bob"})
    other = client_of("elsewhere")
    other.post(USERS, json={"user_id": "bea"})
    for asker, whose in ((client, "bob"), (other, "bea")):
        assert problem(asker.delete(at(whose, "messages", key))) == (404, "unknown-thing")
    for name in ("x", "%00", "..%2f..", key.upper(), "%ff"):
        assert problem(client.delete(at("bea", "messages", name))) == (404, "unknown-thing")
    assert [item["key"] for item in client.get(at("bea", "messages")).json()["items"]] == [key]


def test_a_change_raises_the_generation_that_the_cache_knows(own: tuple[House, TestClient]) -> None:
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


def test_of_who_never_spoke_no_answer_is_kept_over_a_change(own: tuple[House, TestClient]) -> None:
    house, client = own
    client.post(USERS, json={"user_id": "ana"})
    person = user_node_id(TENANT, "ana")
    kept = CacheKey(TENANT, person, 0, 0, "route", "")
    house.stores.cache.put(kept, b"old", seconds=60)
    client.patch(at("ana"), json={"name": "Ana"})
    assert house.stores.cache.count(TENANT, person) == 0


def test_who_is_forgotten_is_gone_and_stays_gone(own: tuple[House, TestClient]) -> None:
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


def test_a_stranger_is_not_forgotten(client: TestClient) -> None:
    assert problem(client.delete(at("nobody-of-that-name"))) == (404, "unknown-user")
    assert problem(client.get(at("nobody-of-that-name", "receipt"))) == (404, "unknown-user")
    client.post("/api/v1/ingest/only-rejected", json={"content": " "})
    assert problem(client.get(at("only-rejected"))) == (404, "unknown-user")
    assert receipt_of(client, client.delete(at("only-rejected")))["deleted"]["ledger"] == 1


def test_who_died_midway_of_forgetting_gives_the_receipt_after_the_next_start(
    settings: Settings, at_work: Callable[[FastAPI], AbstractContextManager[TestClient]]
) -> None:
    with open_app(settings, command="a test", create=True) as app:
        house, api = served(app)
        with at_work(api) as client:
            say(client, "ana", "Back to Lake Como")
        house.stores.ledger.people.bury(TENANT, "ana")
        house.stores.ledger.people.bury(TENANT, "of whom nothing was left")
    with open_app(settings, command="a test") as app, at_work(served(app)[1]) as client:
        receipt = client.get(at("ana", "receipt"))
        assert (receipt.status_code, receipt.json()["deleted"]["documents"]) == (200, 2)
        assert receipt_of(client, client.get(at("of whom nothing was left", "receipt")))["deleted"]["documents"] == 0


def test_whoever_is_let_in_while_they_are_forgotten_is_new(client: TestClient) -> None:
    for n in range(5):
        say(client, "to and fro", f"Once more {n}")
        assert client.delete(at("to and fro")).status_code == 202
        assert client.post(USERS, json={"user_id": "to and fro"}).status_code == 201
        shown = client.get(at("to and fro")).json()
        assert (shown["messages"], shown["name"]) == (0, None)


def test_a_name_is_read_into_what_was_said(
    tmp_path: Path, at_work: Callable[[FastAPI], AbstractContextManager[TestClient]]
) -> None:
    settings = Settings(home=tmp_path / "own", embedder="hash", tenant=TENANT)

    def objects(house: House) -> set[str]:
        ties = house.stores.graph.get_ties(TENANT, "u1")
        assert Integrity(house.stores, tenant=TENANT).verify().as_json()["differences"] == []
        return {f"{fact.predicate} {fact.object.name}" for fact in ties.facts or ()}

    def read(client: TestClient) -> None:
        while client.get(at("u1")).json()["rereading"]:
            pass

    with open_app(settings, command="a test", create=True) as app:
        house, api = served(app)
        with at_work(api) as client:
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
        house, api = served(app)
        with at_work(api) as client:
            read(client)
            assert objects(house) == {"lives_in porto", "likes hiking"}
        assert house.stores.ledger.requests.count()["waiting"] == 0
