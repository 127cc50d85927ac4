"""What `Kith(url)` sends: addresses, parameters, and messages in parts."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pytest

from kith import Kith, Refused
from kith.persona.errors import BadInput

Answering: TypeAlias = Callable[..., Any]
KEY = "kith_abc123_a-secret-that-nobody-may-see"
TAKEN: dict[str, Any] = {
    "accepted": 1,
    "duplicate": 0,
    "rejected": [],
    "keys": ["k"],
    "learned": {"entities": [{"name": "hiking", "type": "activity"}], "facts": [], "intents": ["plan_trip"]},
}


def test_what_is_sent(server: Any, k: Kith) -> None:
    k.profile("alice")
    (heard,) = server.heard
    assert heard.line == "GET /api/v1/users/alice/profile"
    assert (heard.headers["authorization"], heard.headers["user-agent"]) == (f"Bearer {KEY}", "kith/0.1.0")


@pytest.mark.parametrize(
    ("user_id", "segment"),
    [("a/b", "a%2Fb"), ("..", "%2E%2E"), (".", "%2E"), ("a b?#%", "a%20b%3F%23%25"), ("Zoë", "Zo%C3%AB"), ("-", "-")],
)
def test_ids_in_addresses(server: Any, k: Kith, user_id: str, segment: str) -> None:
    k.profile(user_id)
    assert server.heard[0].path == f"/api/v1/users/{segment}/profile"


@pytest.mark.parametrize("user_id", ["", "half \ud800"])
def test_ids_that_cannot_be_sent(server: Any, k: Kith, user_id: str) -> None:
    with pytest.raises(BadInput):
        k.profile(user_id)
    assert server.heard == []


def test_what_is_too_long_to_be_asked_is_told_in_a_sentence(server: Any, k: Kith) -> None:
    for asked in (lambda: k.profile("u" * 66_000), lambda: k.search("q" * 66_000, user_id="u")):
        with pytest.raises(BadInput, match=r"^this cannot be asked \(.*too long\): shorten the id, or the words"):
            asked()
    assert server.heard == []


def test_parameters_are_sent_where_they_are_given(server: Any, k: Kith, said: Answering) -> None:
    server.answers = [
        said(200, {"items": [], "next": None, "generated_at": "2026-03-01T00:00:00Z", "degraded": []}),
        said(
            200,
            {
                "user_id": "u",
                "query": "q",
                "items": [],
                "channels": {"dense": True, "lexical": True, "graph": True},
                "degraded": [],
            },
        ),
    ]
    k.recommend("u", limit=3, exclude=["a", "b"], explain=False)
    k.search("q", user_id="u", since=datetime(2026, 3, 1), until=datetime(2026, 4, 1, tzinfo=UTC), metadata={"n": 1})
    assert [one.path.partition("?")[2] for one in server.heard] == [
        "limit=3&include_seen=false&exclude=a&exclude=b&explain=false",
        "query=q&limit=10&since=2026-03-01T00%3A00%3A00%2B00%3A00&until=2026-04-01T00%3A00%3A00%2B00%3A00&metadata.n=1",
    ]


@pytest.mark.parametrize(
    ("messages", "more", "body"),
    [
        ("I love hiking", {}, {"content": "I love hiking"}),
        (
            "I love hiking",
            {"conversation_id": "c1", "timestamp": datetime(2026, 3, 1, 9, 30)},
            {"messages": [{"conversation_id": "c1", "timestamp": "2026-03-01T09:30:00Z", "message": "I love hiking"}]},
        ),
        ({"role": "user", "content": "Hi"}, {}, {"messages": [{"role": "user", "content": "Hi"}]}),
        (
            [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho", "metadata": {"a": 2}}],
            {"metadata": {"a": 1}},
            {
                "messages": [
                    {"metadata": {"a": 1}, "role": "user", "content": "Hi"},
                    {"metadata": {"a": 2}, "role": "assistant", "content": "Ho"},
                ]
            },
        ),
        (({"message": text} for text in ("a", "b")), {}, {"messages": [{"message": "a"}, {"message": "b"}]}),
        ([], {}, {"messages": []}),
    ],
)
def test_what_add_takes(server: Any, k: Kith, messages: Any, more: dict[str, Any], body: Any, said: Answering) -> None:
    server.answers = [said(200, TAKEN)]
    assert k.add(messages, user_id="u", **more).accepted == 1
    (heard,) = server.heard
    assert (heard.line, heard.body) == ("POST /api/v1/ingest/u", body)
    assert heard.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        (None, "add was given NoneType: give a text, a message, or a list of messages"),
        (b"text", "add was given bytes: give a text, a message, or a list of messages"),
        (["text"], "add was given str as message 0: give {'role': …, 'content': …}"),
        ([{"message": object()}], "this cannot be sent as JSON: Type is not JSON serializable: object"),
    ],
)
def test_what_add_refuses(server: Any, k: Kith, messages: Any, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        k.add(messages, user_id="u")
    assert (str(refused.value), server.heard) == (words, [])


def test_many_messages_go_in_parts(server: Any, k: Kith, said: Answering) -> None:
    refused = {"index": 4, "code": "empty_text", "detail": "d"}
    second = TAKEN | {"rejected": [refused], "keys": ["l"], "accepted": 999}
    server.answers = [said(200, TAKEN), said(200, second), said(200, TAKEN)]
    told = k.add(({"message": str(n)} for n in range(2500)), user_id="u")
    assert [len(one.body["messages"]) for one in server.heard] == [1000, 1000, 500]
    assert len({one.headers["idempotency-key"] for one in server.heard}) == 3
    assert (told.accepted, told.keys) == (1001, ["k", "l", "k"])
    assert told.rejected[0].model_dump() == refused | {"index": 1004}
    assert (len(told.learned.entities), told.learned.intents) == (1, ["plan_trip"])


def test_large_messages_go_in_parts(server: Any, k: Kith, said: Answering) -> None:
    server.answers = [said(200, TAKEN)]
    k.add([{"message": "x" * 900_000} for _ in range(10)], user_id="u")
    assert [len(one.body["messages"]) for one in server.heard] == [4, 4, 2]


def test_a_part_that_fails_says_what_the_others_brought(
    server: Any, k: Kith, said: Answering, problem: Answering
) -> None:
    server.answers = [said(200, TAKEN), problem("too-large", 413)]
    with pytest.raises(Refused) as refused:
        k.add([{"message": "m"}] * 1001, user_id="u")
    assert refused.value.__notes__ == ["the first 1,000 messages were taken"]
