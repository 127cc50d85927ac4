"""People over HTTP: who they are, what they are called, and what they said."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from kith.serving.frame.cursors import cursor_of, place_of, text_place_of
from kith.serving.frame.problems import Refusal

Problem: TypeAlias = Callable[[Any], tuple[int, str]]
Say: TypeAlias = Callable[..., list[str]]
ReceiptOf: TypeAlias = Callable[[TestClient, Any], dict[str, Any]]
Json: TypeAlias = Any
USERS = "/api/v1/users"
STRANGE = ["Ana/Bo", "a%2Fb", "ä ö/ü?#&=%", "..", ". /\\..", "名前\U0001f600", "q\"'`{{}}", "messages", "x" * 256]


def at(user_id: str, *more: str) -> str:
    # Clients take dots that stand alone for steps through folders.
    return "/".join([USERS, quote(user_id, safe="").replace(".", "%2E"), *more])


@pytest.mark.parametrize("user_id", STRANGE)
def test_any_id_is_one_person(
    client: TestClient, user_id: str, problem: Problem, say: Say, receipt_of: ReceiptOf
) -> None:
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
def test_what_is_no_id_is_told(client: TestClient, address: str, words: str, call: str, problem: Problem) -> None:
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
def test_what_nobody_can_be_called_is_told(client: TestClient, body: Json, where: str, problem: Problem) -> None:
    answer = client.post(USERS, content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert problem(answer) == (422, "invalid-request")
    assert answer.json()["errors"][0]["at"].startswith(where)


def test_of_who_is_known_what_is_given_is_set(client: TestClient, problem: Problem) -> None:
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
def test_a_cursor_that_is_none_of_ours_is_told(
    client: TestClient, people: list[str], cursor: str, problem: Problem
) -> None:
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


def test_messages_by_conversation_role_and_time(client: TestClient, problem: Problem, say: Say) -> None:
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
