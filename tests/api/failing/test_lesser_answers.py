"""A store that fails makes a lesser answer, which says what it lacks."""

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from starlette.testclient import TestClient

from kith.serving.frame.house import House

FailingWith: TypeAlias = Callable[[str], Callable[[], object]]
ERRORS = ("Transient", "Terminal", "StoreError")
STORES = ("documents", "vectors", "graph", "ledger", "cache")
PLACE = "/secret/place/store.db"
SAID = {"We saw Monte Rosa, says ada", "Boots for Monte Rosa, please, says ada"}
CONTEXT = "/users/ada/context?query=What about Monte Rosa?"


def get(client: TestClient, path: str) -> Any:
    """An answer that came, and names no place."""
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    assert PLACE not in answer.text
    return answer.json()


@pytest.mark.parametrize("error", ERRORS)
class TestLess:
    """A store that fails makes a lesser answer, however it fails."""

    def test_context_without_vectors_is_of_the_newest_messages(
        self, without: Any, error: str, failing_with: FailingWith
    ) -> None:
        with without("vectors", fail=failing_with(error)) as client:
            found = get(client, CONTEXT)
        assert found["degraded"] == ["vectors"]
        assert found["channels"] == {"dense": False, "lexical": False, "graph": True}
        assert {one["text"] for one in found["messages"]} == SAID
        assert {one["name"] for one in found["entities"]} >= {"monte rosa"}
        assert [one["intent"] for one in found["intents"]] == ["plan_trip"]

    def test_context_without_vectors_and_graph_is_the_same(
        self, without: Any, error: str, failing_with: FailingWith
    ) -> None:
        with without("vectors", "graph", fail=failing_with(error)) as client:
            found = get(client, CONTEXT)
        assert found["degraded"] == ["vectors", "graph"]
        assert {one["text"] for one in found["messages"]} == SAID
        assert [one["intent"] for one in found["intents"]] == ["plan_trip"]

    def test_context_without_all_but_documents_is_what_was_said(
        self, without: Any, error: str, failing_with: FailingWith
    ) -> None:
        with without("vectors", "graph", "ledger", "cache", fail=failing_with(error)) as client:
            found = get(client, CONTEXT)
        assert found["degraded"] == ["vectors", "graph", "ledger"]
        assert len(found["messages"]) == 2

    def test_recommendations_without_the_graph_are_of_what_was_done(
        self, without: Any, error: str, failing_with: FailingWith
    ) -> None:
        with without("graph", fail=failing_with(error)) as client:
            found = get(client, "/users/ada/recommendations")
        assert found["degraded"] == ["graph"]
        assert {one["campaign_id"]: one["source"] for one in found["items"]}["maps"] == "similar"

    def test_recommendations_without_vectors_are_of_the_graph_and_popular(
        self, without: Any, error: str, failing_with: FailingWith
    ) -> None:
        with without("vectors", fail=failing_with(error)) as client:
            found = get(client, "/users/ada/recommendations")
        assert found["degraded"] == ["vectors"]
        assert {one["source"] for one in found["items"]} <= {"graph", "intent", "popular"}
        assert len(found["items"]) == 2

    def test_without_the_cache_all_is_worked_out(
        self, without: Any, error: str, failing_with: FailingWith, house: House
    ) -> None:
        with without("cache", fail=failing_with(error)) as client:
            for path in (CONTEXT, "/users/ada/recommendations", "/users/ada/profile", "/popular"):
                answer = client.get(f"/api/v1{path}")
                assert (answer.status_code, answer.headers["x-cache"]) == (200, "BYPASS")
                assert set(answer.json().get("degraded", [])) <= {*house.off}

    def test_without_the_ledger_nobody_can_tell_what_still_holds(
        self, without: Any, error: str, failing_with: FailingWith, house: House
    ) -> None:
        with without("ledger", fail=failing_with(error)) as client:
            answer = client.get(f"/api/v1{CONTEXT}")
        assert (answer.status_code, answer.headers["x-cache"]) == (200, "BYPASS")
        assert answer.json()["degraded"] == [*house.off, "ledger"]

    @pytest.mark.parametrize("store", STORES)
    def test_who_watches_is_told(self, without: Any, error: str, store: str, failing_with: FailingWith) -> None:
        with without(store, fail=failing_with(error)) as client:
            answer = client.get("/readyz")
            assert client.get("/healthz").status_code == 200
        assert (answer.status_code, answer.json()["ready"], PLACE in answer.text) == (503, False, False)
        wrong = {name: one["error"] for name, one in answer.json()["stores"].items() if not one["ok"]}
        assert wrong == {store: error}
