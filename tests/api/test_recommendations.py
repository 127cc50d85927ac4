"""What is recommended to whom, and why: over embedded stores, with engagement that came in as records do."""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeAlias, cast

import pytest
from starlette.testclient import TestClient

from kith.etl.catalogue import load_campaigns
from kith.etl.running import RunOptions
from kith.etl.sources import records_source
from kith.persona.identity import Json
from kith.persona.records import Raw
from kith.serving.frame.house import House
from kith.stores.cache import MemoryCache
from kith.stores.errors import Transient

Record: TypeAlias = dict[str, Json]
DAY = 86_400_000
START = 1_770_000_000_000
NOW = START + 10 * DAY
TENANT = "trails"

CAMPAIGNS: list[Record] = [
    {"id": "boots", "title": "Boots for Monte Rosa", "intents": ["buy_boots"], "url": "https://example.org/boots"},
    {"id": "hut", "title": "A night in a mountain hut", "intents": ["plan_trip"]},
    {"id": "sails", "title": "Sails and ropes", "intents": ["sail"]},
    {"id": "ended", "title": "Last year's maps", "intents": ["plan_trip"], "ends": "2025-01-01T00:00:00Z"},
    {"id": "tent", "title": "A light tent", "intents": ["plan_trip"]},
    {"id": "piano", "title": "Piano lessons", "intents": ["learn_piano"]},
]
HIKE = "which boots are good for a long hike in the mountains"
SEA = "the boat needs new sails before the summer"


def said(user: str, text: str, at: int, **more: Json) -> Record:
    """A message of the `at`-th minute."""
    return {"user_id": user, "message": text, "timestamp": START + at * 60_000, "conversation_id": f"c-{user}", **more}


def did(user: str, campaign: str, kind: str, at: int, **more: Json) -> Record:
    """An event of the `at`-th minute."""
    return {
        "user_id": user,
        "timestamp": START + at * 60_000,
        "campaign_id": campaign,
        "engagement": {"kind": kind},
        "conversation_id": f"c-{user}",
        **more,
    }


RECORDS: list[Record] = [
    *(said(f"hiker{n}", f"{HIKE}, says walker {n}", n) for n in range(4)),
    *(did(f"hiker{n}", "boots", "like", n + 10) for n in range(4)),
    did("hiker0", "hut", "convert", 20),
    # Elsewhere: in a conversation that is about something else.
    said("hiker1", "my piano is out of tune", 21, conversation_id="elsewhere"),
    did("hiker1", "piano", "like", 22, conversation_id="elsewhere"),
    *(said(f"sailor{n}", f"{SEA}, says skipper {n}", n + 30) for n in range(3)),
    *(did(f"sailor{n}", "sails", "click", n + 40) for n in range(3)),
    said("ana", HIKE, 50),
    said("bo", SEA, 51, intent="plan_trip"),
    said("cleo", HIKE, 52),
    did("cleo", "boots", "view", 53),
    said("dan", HIKE, 54),
    did("dan", "boots", "dislike", 55),
    did("eve", "tent", "view", 56),
    said("silent", "ok", 60, role="assistant"),
]


def take_in(house: House, tenant: str, records: Iterable[Record]) -> None:
    house.new_runner().run(records_source(list(records)), RunOptions(tenant=tenant))


def raws(campaigns: Sequence[Record]) -> list[Raw]:
    return [Raw("a test", f"item {at}", "", cast("Json", one)) for at, one in enumerate(campaigns)]


@dataclass
class Clock:
    """A clock that stands still."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now


def furnish(house: House, tenant: str) -> None:
    take_in(house, tenant, RECORDS)
    load_campaigns(house.new_writer(), tenant, raws(CAMPAIGNS), clock=house.clock)


@pytest.fixture(scope="module")
def still(house: House) -> House:
    """The house, ten days after what happened in it, with people and campaigns of a tenant of its own."""
    found = replace(house, clock=Clock())
    furnish(found, TENANT)
    return found


@pytest.fixture
def at(still: House, an_app: Any, at_work: Any) -> Generator[TestClient]:
    """A client of that tenant."""
    with at_work(an_app(house=still, open_tenant=TENANT)) as client:
        yield client


@dataclass
class Moving:
    """The same people and campaigns once more, of whom more may be told."""

    house: House
    tenant: str
    client: TestClient

    def happens(self, *records: Record) -> None:
        take_in(self.house, self.tenant, records)


@pytest.fixture
def moving(still: House, an_app: Any, at_work: Any, request: pytest.FixtureRequest) -> Generator[Moving]:
    tenant = request.node.name
    furnish(still, tenant)
    with at_work(an_app(house=still, open_tenant=tenant)) as client:
        yield Moving(still, tenant, client)


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

    def test_not_even_while_things_change(self, moving: Moving) -> None:
        first = moving.client.get("/api/v1/users/ana/recommendations", params={"limit": 2}).json()
        shown = [one["campaign_id"] for one in first["items"]]
        moving.happens(said("ana", SEA, 62), did("ana", "tent", "view", 63), did("bo", "piano", "like", 64))
        rest = ids(moving.client, "ana", limit=10, cursor=first["next"])
        assert sorted([*shown, *rest, "tent"]) == ["boots", "hut", "piano", "sails", "tent"]

    @pytest.mark.parametrize("cursor", ["", "1", "nonsense", "1abc", "2AAAAAAAA", "1" + "A" * 4008, "1AAAAAAA="])
    def test_a_cursor_of_nobody_s(self, cursor: str, at: TestClient) -> None:
        answer = at.get("/api/v1/users/ana/recommendations", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:kith:problem:bad-cursor")


class TestAtOnce:
    """What a person did shows in the very next answer."""

    def test_a_dislike_never_comes_back_and_a_click_is_seen(self, moving: Moving) -> None:
        client = moving.client
        assert {"boots", "hut"} <= set(ids(client, "ana"))
        assert client.get("/api/v1/users/ana/recommendations").headers["X-Cache"] == "HIT"
        moving.happens(did("ana", "boots", "dislike", 71), did("ana", "hut", "click", 72))
        assert set(ids(client, "ana")) == {"sails", "tent", "piano"}
        assert set(ids(client, "ana", include_seen=True)) == {"hut", "sails", "tent", "piano"}

    def test_feedback_shows_in_the_very_next_answer(self, moving: Moving) -> None:
        client = moving.client
        assert set(ids(client, "ana")) == {"boots", "hut", "sails", "tent", "piano"}
        events = [
            {"event_id": "e1", "user_id": "ana", "campaign_id": "sails", "kind": "dislike"},
            {"event_id": "e2", "user_id": "ana", "campaign_id": "boots", "kind": "click"},
        ]
        assert client.post("/api/v1/feedback", json={"events": events}).json()["accepted"] == 2
        assert set(ids(client, "ana")) == {"hut", "tent", "piano"}
        assert set(ids(client, "ana", include_seen=True)) == {"boots", "hut", "tent", "piano"}

    def test_a_campaign_that_is_new_is_shown_and_one_that_is_removed_no_more(self, moving: Moving) -> None:
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


def test_of_one_tenant_nothing_reaches_another(client_of: Any, still: House) -> None:
    other = client_of("another")
    take_in(still, "another", [said("ana", HIKE, 50)])
    assert other.get("/api/v1/users/ana/recommendations").json()["items"] == []
    assert other.get("/api/v1/users/bo/recommendations").status_code == 404
    assert other.get("/api/v1/popular").json()["items"] == []


def test_popular(at: TestClient) -> None:
    found = at.get("/api/v1/popular", params={"limit": 2}).json()
    assert [(one["campaign_id"], one["count"]) for one in found["items"]] == [("boots", 4), ("sails", 3)]
    hut = at.get("/api/v1/popular", params={"intent": "plan_trip"}).json()["items"]
    assert [one["campaign_id"] for one in hut] == ["hut", "tent"]
    assert at.get("/api/v1/popular", params={"intent": "fly_to_the_moon"}).json()["items"] == []
