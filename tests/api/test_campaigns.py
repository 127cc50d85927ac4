"""The catalogue over HTTP: listed, set, changed, removed, and which campaigns are like one another."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from kith.etl.integrity import Integrity
from kith.serving.frame.house import House

SPRING = {
    "id": "spring",
    "title": "A spring in Porto",
    "text": "The Douro valley",
    "intents": ["plan_trip"],
    "starts": "2026-03-01T00:00:00Z",
    "url": "https://example.org/spring",
    "metadata": {"colour": "green"},
}
TOLD = SPRING | {"starts": "2026-03-01T00:00:00.000Z", "ends": None, "about": ["douro", "porto"]}


@pytest.fixture
def client(client_of: Callable[..., TestClient], request: pytest.FixtureRequest) -> TestClient:
    """A client of a tenant that has nothing yet."""
    return client_of(request.node.name)


@pytest.fixture(autouse=True)
def agreed(house: House, request: pytest.FixtureRequest) -> Any:
    """Stores agree with each other after each test."""
    yield
    verdict = Integrity(house.stores, tenant=request.node.name).verify()
    assert (verdict.as_json()["differences"], verdict.pending) == ([], 0)


def path(campaign_id: str = "") -> str:
    return f"/api/v1/campaigns{campaign_id and '/'}{campaign_id}"


def kind_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:kith:problem:")


def test_set_read_changed_and_removed(client: TestClient) -> None:
    first = client.post(path(), json=SPRING)
    assert (first.status_code, first.json()) == (
        201,
        {"items": [TOLD], "created": 1, "changed": 0, "unchanged": 0, "rejected": []},
    )
    again = client.post(path(), json=SPRING)
    assert (again.status_code, again.json()) == (200, first.json() | {"created": 0, "unchanged": 1})
    assert client.get(path("spring")).json() == TOLD

    other = client.post(path(), json=SPRING | {"title": "A spring in Lisbon"})
    assert (other.status_code, other.json()["changed"], other.json()["items"][0]["about"]) == (
        200,
        1,
        ["douro", "lisbon"],
    )
    changed = client.patch(path("spring"), json={"text": "", "starts": None, "intents": ["rest"]})
    expected = TOLD | {"title": "A spring in Lisbon", "text": "", "starts": None, "intents": ["rest"]}
    assert (changed.status_code, changed.json()) == (200, expected | {"about": ["lisbon"]})
    assert client.patch(path("spring"), json={}).json() == changed.json()

    assert client.delete(path("spring")).status_code == 204
    assert kind_of(client.delete(path("spring"))) == (404, "unknown-thing")
    assert kind_of(client.get(path("spring"))) == (404, "unknown-thing")
    assert kind_of(client.patch(path("spring"), json={"title": "x"})) == (404, "unknown-thing")
    assert client.get(path()).json() == {"items": [], "next": None}


def test_several_at_once_and_what_cannot_be_taken(client: TestClient) -> None:
    given = [
        SPRING,
        {"id": "late", "title": "Late", "starts": "2027-01-01", "ends": "2026-01-01"},
        {"id": "autumn", "title": "Autumn"},
        {"id": "autumn", "title": "Autumn again"},
    ]
    answer = client.post(path(), json=given)
    assert answer.status_code == 201
    told = answer.json()
    assert [(one["id"], one["title"]) for one in told["items"]] == [
        ("spring", "A spring in Porto"),
        ("autumn", "Autumn again"),
    ]
    assert (told["created"], told["changed"], told["unchanged"]) == (2, 0, 1)
    assert [(one["index"], one["code"]) for one in told["rejected"]] == [(1, "bad_value")]
    assert client.post(path(), json=[]).json() == {
        "items": [],
        "created": 0,
        "changed": 0,
        "unchanged": 0,
        "rejected": [],
    }


def test_one_that_cannot_be_taken_is_a_problem(client: TestClient) -> None:
    assert kind_of(client.post(path(), json={"id": "x", "title": " "})) == (400, "bad-input")
    assert kind_of(client.post(path(), json={"id": "x"})) == (422, "invalid-request")
    assert kind_of(client.post(path(), json={"id": "x", "title": "x", "titel": "x"})) == (422, "invalid-request")
    client.post(path(), json=SPRING)
    assert kind_of(client.patch(path("spring"), json={"ends": "2026-01-01"})) == (400, "bad-input")
    assert kind_of(client.patch(path("spring"), json={"title": None})) == (400, "bad-input")
    assert kind_of(client.patch(path("spring"), json={"id": "summer"})) == (422, "invalid-request")
    assert client.get(path("spring")).json() == TOLD


def test_pages_go_on_after_the_last_one_told(client: TestClient) -> None:
    client.post(path(), json=[{"id": f"c{n}", "title": f"Number {n}"} for n in range(5)])
    first = client.get(path(), params={"limit": 2}).json()
    assert [one["id"] for one in first["items"]] == ["c0", "c1"]
    client.delete(path("c1"))
    client.post(path(), json={"id": "b", "title": "before all"})
    second = client.get(path(), params={"limit": 3, "cursor": first["next"]}).json()
    assert ([one["id"] for one in second["items"]], second["next"]) == (["c2", "c3", "c4"], None)
    assert kind_of(client.get(path(), params={"cursor": "nonsense"})) == (400, "bad-cursor")


def test_ids_of_any_kind(client: TestClient) -> None:
    name = "spring/été 2026?"
    client.post(path(), json={"id": name, "title": "An odd one"})
    assert client.get(path("spring%2F%C3%A9t%C3%A9%202026%3F")).json()["id"] == name
    assert client.get(path("spring%2F%C3%A9t%C3%A9%202026%3F/similar")).json()["items"] == []
    assert client.delete(path("spring%2F%C3%A9t%C3%A9%202026%3F")).status_code == 204


def test_whoever_only_reads_changes_nothing(client_of: Callable[..., TestClient]) -> None:
    reader = client_of("test_whoever_only_reads_changes_nothing", "read")
    assert kind_of(reader.post(path(), json=SPRING)) == (403, "wrong-scope")
    assert kind_of(reader.patch(path("spring"), json={})) == (403, "wrong-scope")
    assert kind_of(reader.delete(path("spring"))) == (403, "wrong-scope")
    assert reader.get(path()).json()["items"] == []


class TestSimilar:
    @pytest.fixture
    def some(self, client: TestClient) -> TestClient:
        client.post(
            path(),
            json=[
                SPRING,
                {"id": "cellars", "title": "The cellars of Porto", "intents": ["taste"]},
                {"id": "coast", "title": "Down the coast", "intents": ["plan_trip"]},
                {"id": "rest", "title": "A rest", "intents": ["plan_trip", "rest"]},
                {"id": "piano", "title": "piano lessons", "intents": ["learn"]},
            ],
        )
        return client

    def test_the_most_alike_first_with_what_is_shared(self, some: TestClient) -> None:
        found = some.get(path("spring/similar")).json()
        assert [(one["campaign_id"], one["shared"]) for one in found["items"]][:3] == [
            ("cellars", ["porto"]),
            ("coast", ["plan_trip"]),
            ("rest", ["plan_trip"]),
        ]
        assert "spring" not in [one["campaign_id"] for one in found["items"]]
        assert all(0 < one["score"] <= 1 for one in found["items"])
        assert found["degraded"] == []
        assert len(some.get(path("spring/similar"), params={"limit": 1}).json()["items"]) == 1

    def test_what_changes_shows_at_once(self, some: TestClient) -> None:
        assert some.get(path("spring/similar")).headers["X-Cache"] == "MISS"
        assert some.get(path("spring/similar")).headers["X-Cache"] == "HIT"
        some.delete(path("cellars"))
        some.post(path(), json=SPRING | {"id": "twin"})
        found = some.get(path("spring/similar")).json()["items"]
        assert (found[0]["campaign_id"], found[0]["shared"]) == ("twin", ["douro", "porto", "plan_trip"])
        assert found[0]["score"] == pytest.approx(1)
        assert "cellars" not in [one["campaign_id"] for one in found]

    def test_of_one_that_is_not_there(self, some: TestClient) -> None:
        assert kind_of(some.get(path("nothing/similar"))) == (404, "unknown-thing")
