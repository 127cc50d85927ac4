"""Taking messages in over HTTP: whose they are, when, and what they taught."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeAlias, cast

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kith.persona.identity import user_node_id
from kith.persona.time import iso
from kith.serving.frame.house import House
from kith.settings import Settings
from kith.wiring import house_of, open_app

Served: TypeAlias = Callable[[House], FastAPI]
Problem: TypeAlias = Callable[[Any], tuple[int, str]]
Send: TypeAlias = Callable[..., Any]
MessagesOf: TypeAlias = Callable[[TestClient, str], list[dict[str, Any]]]
AtWork: TypeAlias = Callable[[FastAPI], AbstractContextManager[TestClient]]
Json: TypeAlias = Any
TENANT = "acme"
WHEN = "2026-03-01T09:30:00Z"
NOTHING: dict[str, Any] = {"entities": [], "facts": [], "intents": []}


def test_free_text_is_a_message_that_teaches(
    client: TestClient, house: House, send: Send, messages_of: MessagesOf
) -> None:
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


def test_messages_without_a_time_keep_their_order(client: TestClient, send: Send, messages_of: MessagesOf) -> None:
    given = [{"message": f"Line {n}"} for n in range(5)]
    given[2]["created_at"] = WHEN
    answer = send(client, "hal", {"messages": given}).json()
    found = messages_of(client, "hal")
    assert [one["text"][-1] for one in found] == ["2", "0", "1", "3", "4"]
    assert (answer["accepted"], set(answer["keys"])) == (5, {one["key"] for one in found})
    times = {one["text"]: one["timestamp"] for one in found}
    assert times["Line 2"] == "2026-03-01T09:30:00.000Z"
    assert int(times["Line 4"][-4:-1]) - int(times["Line 0"][-4:-1]) in (4, 4 - 1000)


def test_the_address_says_whose_it_is(
    client: TestClient, problem: Problem, send: Send, messages_of: MessagesOf
) -> None:
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


def test_it_is_what_a_run_would_make_of_it(client: TestClient, house: House, send: Send) -> None:
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
def test_what_is_wrong_is_told_by_its_place(
    client: TestClient, message: Json, code: str, problem: Problem, send: Send
) -> None:
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
def test_a_body_that_is_none_is_told(client: TestClient, body: Json, where: str, problem: Problem, send: Send) -> None:
    answer = send(client, "kim", body)
    assert problem(answer) == (422, "invalid-request")
    assert answer.json()["errors"][0]["at"] == where


@pytest.mark.parametrize(
    "body", [{"content": "half \ud800"}, {"messages": [{"message": "x", "metadata": {"a": float("nan")}}]}]
)
def test_what_is_no_json_is_told(client: TestClient, body: Json, problem: Problem, send: Send) -> None:
    assert problem(send(client, "kim", body)) == (422, "invalid-request")


def test_a_thousand_at_once(client: TestClient, send: Send) -> None:
    given = [{"message": f"Number {n}", "message_id": str(n)} for n in range(1000)]
    answer = send(client, "lou", {"messages": given}).json()
    assert (answer["accepted"], len(set(answer["keys"]))) == (1000, 1000)
    assert send(client, "lou", {"messages": []}).json()["keys"] == []


def test_the_first_session_teaches_what_she_loves(tmp_path: Path, at_work: AtWork, served: Served, send: Send) -> None:
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
