"""What is recommended to whom, and why: over embedded stores, with engagement that came in as records do."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

import pytest
from starlette.testclient import TestClient

from kith.etl.running import RunOptions
from kith.etl.sources import records_source
from kith.persona.identity import Json
from kith.serving.frame.house import House

Making: TypeAlias = Callable[..., dict[str, Json]]
HIKE = "which boots are good for a long hike in the mountains"


def items(client: TestClient, user: str, **asked: Any) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/users/{user}/recommendations", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def ids(client: TestClient, user: str, **asked: Any) -> list[str]:
    return [one["campaign_id"] for one in items(client, user, **asked)]


def test_who_talks_of_the_same_is_shown_what_was_liked_there(at: TestClient) -> None:
    answer = at.get("/api/v1/users/ana/recommendations", params={"limit": 2}).json()
    first, second = answer["items"]
    assert {**first, "score": None, "reasons": None} == {
        "campaign_id": "boots",
        "title": "Boots for Monte Rosa",
        "score": None,
        "rank": 1,
        "source": "similar",
        "reasons": None,
        "url": "https://example.org/boots",
        "propensity": None,
    }
    assert [(one["kind"], one["count"]) for one in first["reasons"]] == [("similar", 5), ("engagement", 4)]
    assert first["reasons"][0]["text"] == "5 people who talked about something like this took an interest in it"
    assert (second["campaign_id"], second["source"]) == ("hut", "similar")
    assert (answer["degraded"], answer["generated_at"]) == ([], "2026-02-12T02:40:00.000Z")


def test_what_was_done_in_another_conversation_of_the_same_person_counts_for_nothing(at: TestClient) -> None:
    piano = next(one for one in items(at, "ana") if one["campaign_id"] == "piano")
    assert (piano["source"], [one["kind"] for one in piano["reasons"]]) == ("popular", ["engagement"])


def test_shares_add_up_to_the_score_to_the_last_digit(at: TestClient) -> None:
    for user in ("ana", "bo", "cleo", "eve"):
        for one in items(at, user, include_seen=True):
            shares = [Decimal(repr(reason["share"])) for reason in one["reasons"]]
            assert sum(shares) == Decimal(repr(one["score"]))


def test_at_the_root_as_under_the_prefix(at: TestClient) -> None:
    root, prefixed = at.get("/recommendations/ana"), at.get("/api/v1/users/ana/recommendations")
    assert root.content == prefixed.content
    assert (root.headers["X-Cache"], prefixed.headers["X-Cache"]) in (("MISS", "HIT"), ("HIT", "HIT"))


def test_nobody_s_id_and_nobody_s_words_are_told(at: TestClient) -> None:
    for user in ("ana", "bo", "cleo", "dan", "eve"):
        answer = at.get(f"/api/v1/users/{user}/recommendations", params={"include_seen": True}).text
        for telling in ("hiker", "sailor", "walker", "skipper", "long hike", "c-"):
            assert telling not in answer


def test_what_was_seen_comes_back_only_if_asked_for_and_what_was_disliked_never(at: TestClient) -> None:
    assert "boots" not in ids(at, "cleo")
    assert "boots" in ids(at, "cleo", include_seen=True)
    assert "boots" not in ids(at, "dan", include_seen=True)


def test_what_has_ended_and_what_is_excluded_is_not_shown(at: TestClient) -> None:
    assert set(ids(at, "ana")) == {"boots", "hut", "sails", "tent", "piano"}
    assert set(ids(at, "ana", exclude=["boots", "nothing-like-it"])) == {"hut", "sails", "tent", "piano"}


def test_an_intent_narrows_where_anything_targets_it(at: TestClient) -> None:
    assert set(ids(at, "ana", intent="plan_trip")) == {"hut", "tent"}
    assert "boots" in ids(at, "ana", intent="fly_to_the_moon")


def test_what_the_graph_ties_to_a_person_is_shown_with_what_is_shared(at: TestClient) -> None:
    tent = next(one for one in items(at, "bo") if one["campaign_id"] == "tent")
    assert tent["source"] == "graph"
    assert tent["reasons"][0]["text"] == "fits what you look for: plan trip"


def test_someone_of_whom_nothing_is_known_is_shown_what_is_popular(at: TestClient) -> None:
    found = items(at, "silent")
    assert [one["source"] for one in found] == ["popular"] * 5
    assert [found[0]["campaign_id"], found[1]["campaign_id"]] == ["boots", "sails"]


def test_nobody_knows_them(at: TestClient) -> None:
    answer = at.get("/api/v1/users/zoe/recommendations")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:kith:problem:unknown-user")


def test_without_reasons(at: TestClient) -> None:
    assert [one["reasons"] for one in items(at, "ana", explain=False)] == [[]] * 5


class TestPages:
    def test_nothing_comes_twice_and_nothing_is_left_out(self, at: TestClient) -> None:
        told: list[str] = []
        asked: dict[str, Any] = {"limit": 2}
        while True:
            page = at.get("/api/v1/users/ana/recommendations", params=asked).json()
            assert [one["rank"] for one in page["items"]] == [len(told) + n + 1 for n in range(len(page["items"]))]
            told += [one["campaign_id"] for one in page["items"]]
            if page["next"] is None:
                break
            asked["cursor"] = page["next"]
        assert sorted(told) == ["boots", "hut", "piano", "sails", "tent"]

    @pytest.mark.parametrize("cursor", ["", "1", "nonsense", "1abc", "2AAAAAAAA", "1" + "A" * 4008, "1AAAAAAA="])
    def test_a_cursor_of_nobody_s(self, cursor: str, at: TestClient) -> None:
        answer = at.get("/api/v1/users/ana/recommendations", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:kith:problem:bad-cursor")


def test_of_one_tenant_nothing_reaches_another(client_of: Any, still: House, said: Making) -> None:
    other = client_of("another")
    still.new_runner().run(records_source([said("ana", HIKE, 50)]), RunOptions(tenant="another"))
    assert other.get("/api/v1/users/ana/recommendations").json()["items"] == []
    assert other.get("/api/v1/users/bo/recommendations").status_code == 404
    assert other.get("/api/v1/popular").json()["items"] == []


def test_popular(at: TestClient) -> None:
    found = at.get("/api/v1/popular", params={"limit": 2}).json()
    assert [(one["campaign_id"], one["count"]) for one in found["items"]] == [("boots", 4), ("sails", 3)]
    hut = at.get("/api/v1/popular", params={"intent": "plan_trip"}).json()["items"]
    assert [one["campaign_id"] for one in hut] == ["hut", "tent"]
    assert at.get("/api/v1/popular", params={"intent": "fly_to_the_moon"}).json()["items"] == []
