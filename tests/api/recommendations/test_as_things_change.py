"""Recommendations as things change: what a person has just done, and stores that have just gone."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import pytest
from starlette.testclient import TestClient

from kith.persona.identity import Json
from kith.serving.frame.house import House
from kith.stores.cache import MemoryCache
from kith.stores.errors import Transient

Making: TypeAlias = Callable[..., dict[str, Json]]
TENANT = "trails"
SEA = "the boat needs new sails before the summer"


def ids(client: TestClient, user: str, **asked: Any) -> list[str]:
    answer = client.get(f"/api/v1/users/{user}/recommendations", params=asked)
    assert answer.status_code == 200, answer.text
    return [one["campaign_id"] for one in answer.json()["items"]]


class TestAtOnce:
    """What a person did shows in the very next answer."""

    def test_nothing_comes_twice_while_things_change(self, moving: Any, said: Making, did: Making) -> None:
        first = moving.client.get("/api/v1/users/ana/recommendations", params={"limit": 2}).json()
        shown = [one["campaign_id"] for one in first["items"]]
        moving.happens(said("ana", SEA, 62), did("ana", "tent", "view", 63), did("bo", "piano", "like", 64))
        rest = ids(moving.client, "ana", limit=10, cursor=first["next"])
        assert sorted([*shown, *rest, "tent"]) == ["boots", "hut", "piano", "sails", "tent"]

    def test_a_dislike_never_comes_back_and_a_click_is_seen(self, moving: Any, did: Making) -> None:
        client = moving.client
        assert {"boots", "hut"} <= set(ids(client, "ana"))
        assert client.get("/api/v1/users/ana/recommendations").headers["X-Cache"] == "HIT"
        moving.happens(did("ana", "boots", "dislike", 71), did("ana", "hut", "click", 72))
        assert set(ids(client, "ana")) == {"sails", "tent", "piano"}
        assert set(ids(client, "ana", include_seen=True)) == {"hut", "sails", "tent", "piano"}

    def test_feedback_shows_in_the_very_next_answer(self, moving: Any) -> None:
        client = moving.client
        assert set(ids(client, "ana")) == {"boots", "hut", "sails", "tent", "piano"}
        events = [
            {"event_id": "e1", "user_id": "ana", "campaign_id": "sails", "kind": "dislike"},
            {"event_id": "e2", "user_id": "ana", "campaign_id": "boots", "kind": "click"},
        ]
        assert client.post("/api/v1/feedback", json={"events": events}).json()["accepted"] == 2
        assert set(ids(client, "ana")) == {"hut", "tent", "piano"}
        assert set(ids(client, "ana", include_seen=True)) == {"boots", "hut", "tent", "piano"}

    def test_a_campaign_that_is_new_is_shown_and_one_that_is_removed_no_more(self, moving: Any) -> None:
        client = moving.client
        assert "brief" not in ids(client, "ana")
        assert client.post("/api/v1/campaigns", json={"id": "brief", "title": "Boots, briefly"}).status_code == 201
        assert "brief" in ids(client, "ana")
        assert client.delete("/api/v1/campaigns/brief").status_code == 204
        assert client.delete("/api/v1/campaigns/boots").status_code == 204
        assert set(ids(client, "ana")) == {"hut", "sails", "tent", "piano"}


class Broken:
    """A store that does not answer; of the ledger, `batches` does, unless it is named."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        if name in ("card", "model", "close"):
            return getattr(self._inner, name)
        if name in ("insight", "evidence", "batches"):
            return Broken(getattr(self._inner, name))
        if name.startswith("_") or not callable(getattr(self._inner, name)):
            return getattr(self._inner, name)

        def fail(*_: object, **__: object) -> object:
            raise Transient("it is down")

        return fail


def without(house: House, name: str) -> House:
    # A cache of its own: what is kept is given without any store.
    broken: dict[str, Any] = {"cache": MemoryCache(), name: Broken(getattr(house.stores, name))}
    return replace(house, stores=replace(house.stores, **broken))


class TestOneStoreDown:
    @pytest.fixture
    def ask(self, still: House, an_app: Any, at_work: Any) -> Callable[[str, str], dict[str, Any]]:
        def asked(store: str, user: str) -> dict[str, Any]:
            with at_work(an_app(house=without(still, store), open_tenant=TENANT)) as client:
                answer = client.get(f"/api/v1/users/{user}/recommendations")
                assert answer.status_code == 200, answer.text
                return answer.json()

        return asked

    def test_without_the_graph_engagement_still_counts(self, ask: Any) -> None:
        answer = ask("graph", "cleo")
        assert answer["degraded"] == ["graph"]
        assert (answer["items"][0]["campaign_id"], answer["items"][0]["source"]) == ("hut", "similar")
        by_intent = {one["campaign_id"]: one["source"] for one in ask("graph", "bo")["items"]}
        assert by_intent["tent"] == "intent"

    def test_without_vectors_the_graph_and_what_is_popular(self, ask: Any) -> None:
        answer = ask("vectors", "bo")
        assert answer["degraded"] == ["vectors"]
        assert {one["source"] for one in answer["items"]} == {"graph", "popular"}

    def test_without_the_ledger_the_graph_and_no_dislike_comes_back(self, ask: Any) -> None:
        answer = ask("ledger", "bo")
        assert answer["degraded"] == ["ledger"]
        assert {one["campaign_id"]: one["source"] for one in answer["items"]}["tent"] == "graph"
        assert "boots" not in {one["campaign_id"] for one in ask("ledger", "dan")["items"]}

    def test_without_the_cache(self, ask: Any) -> None:
        assert ask("cache", "ana")["items"][0]["campaign_id"] == "boots"
