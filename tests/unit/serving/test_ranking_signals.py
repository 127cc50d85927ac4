"""The three signals of a score, worked out by hand."""

from math import log1p, sqrt
from typing import cast

import pytest

from kith.persona.engagement import DayCount, Did
from kith.persona.model import Campaign, Engagement, EngagementKind, Entity
from kith.persona.ranking import WEIGHTS, Asked, Neighbour, Shared
from kith.persona.ranking.signals import Followed, Overlap, Response, followed, overlaps, responses, unseen

DAY = 24 * 60 * 60 * 1000
NOW = 1_000 * DAY
TRAIL, TEA = Entity("activity", "trail running"), Entity("thing", "tea")


def about(figure: float) -> float:
    """Equal to a figure, to within what floats can tell."""
    return cast("float", pytest.approx(figure))


def did(
    user: str, campaign: str, *, there: str = "c", kind: EngagementKind = "like", value: float = 1.0, days: float = 0
) -> Did:
    return Did(user, campaign, there, Engagement(kind, value), NOW - round(days * DAY))


def campaign(name: str, *intents: str) -> Campaign:
    return Campaign("t", name, name.title(), intents=intents)


def n_of(neighbours: list[Neighbour], done: list[Did]) -> dict[str, Followed]:
    return followed(Asked("me", NOW, (), neighbours=neighbours, done_there=done), WEIGHTS)


def test_n_is_the_weight_of_conversations_in_which_it_was_liked_beside_the_best_liked() -> None:
    near = [Neighbour("a", "c", 0.8), Neighbour("b", "c", 0.5), Neighbour("d", "c", 0.25)]
    done = [
        did("a", "shoes"),
        did("b", "shoes", kind="click", days=30),
        did("b", "hat", kind="view"),
        did("d", "socks"),
    ]
    shoes = 0.5 * 1 + 0.2 * 0.5 * 0.5
    assert n_of(near, done) == {
        "shoes": Followed(about(shoes / (shoes + 1.0)), 2, frozenset({"like", "click"})),
        "hat": Followed(about(0.2 * 0.15 / (shoes + 1.0)), 1, frozenset({"view"})),
    }


def test_only_what_was_done_in_that_very_conversation_counts() -> None:
    near = [Neighbour("a", "c1", 0.8)]
    assert n_of(near, [did("a", "shoes", there="c2"), did("b", "shoes", there="c1")]) == {}


def test_the_person_is_no_neighbour_of_their_own() -> None:
    assert n_of([Neighbour("me", "c", 0.9)], [did("me", "shoes")]) == {}


def test_a_conversation_found_twice_counts_as_its_best_and_a_person_in_two_as_one() -> None:
    near = [Neighbour("a", "c1", 0.2), Neighbour("a", "c1", 0.8), Neighbour("a", "c2", 0.8)]
    done = [did("a", "shoes", there="c1"), did("a", "shoes", there="c2")]
    assert n_of(near, done) == {"shoes": Followed(about(1.0 / 2.0), 1, frozenset({"like"}))}


def test_the_strongest_of_what_one_did_counts_and_a_dislike_undoes_it() -> None:
    near = [Neighbour("a", "c", 0.8)]
    done = [did("a", "shoes", kind="view"), did("a", "shoes", kind="convert", value=49.9, days=30)]
    assert n_of(near, done) == {"shoes": Followed(about(0.5 * 0.5 / (0.5 * 0.5 + 1.0)), 1, frozenset({"convert"}))}
    assert n_of(near, [*done, did("a", "shoes", kind="dislike")]) == {}


def test_the_nearest_fifty_are_asked() -> None:
    near = [Neighbour(f"u{n:02}", "c", 0.9 - n / 1000) for n in range(60)]
    done = [did(f"u{n:02}", f"x{n:02}") for n in range(60)]
    assert sorted(n_of(near[::-1], done)) == [f"x{n:02}" for n in range(50)]


def test_a_clock_that_runs_ahead_makes_nothing_count_for_more() -> None:
    near = [Neighbour("a", "c", 0.8)]
    assert n_of(near, [did("a", "shoes", days=-3)]) == n_of(near, [did("a", "shoes")])


def test_g_is_the_cosine_of_what_is_shared_the_rarer_the_heavier() -> None:
    candidates = [campaign("shoes", "buy", "plan_trip"), campaign("hat", "buy"), campaign("tea")]
    shared = {"shoes": Shared(("buy",), (TRAIL,)), "tea": Shared((), (TEA,))}
    found = overlaps(Asked("me", NOW, candidates, shared=shared, wanted={"buy": 1, "complain": 7}))
    buy, rare = log1p(3 / 2), log1p(3 / 1)
    person = sqrt(buy**2 + 2 * rare**2)
    shoes = sqrt(buy**2 + 2 * rare**2)
    assert found == {
        "shoes": Overlap(about(buy**2 / person / shoes), about(rare**2 / person / shoes), ("buy",), (TRAIL,)),
        "hat": Overlap(about(buy**2 / person / buy), 0.0, ("buy",), ()),
        "tea": Overlap(0.0, about(rare**2 / person / rare), (), (TEA,)),
    }


def test_an_intent_shown_often_weighs_more() -> None:
    candidates = [campaign("shoes", "buy"), campaign("trip", "plan_trip")]
    found = overlaps(Asked("me", NOW, candidates, wanted={"buy": 1, "plan_trip": 20}))
    assert found["trip"].value > found["shoes"].value > 0


def test_the_intent_that_is_asked_for_counts_as_shown() -> None:
    assert overlaps(Asked("me", NOW, [campaign("shoes", "buy")], intent="buy")) == {
        "shoes": Overlap(about(1.0), 0.0, ("buy",), ())
    }


def test_b_is_smoothed_and_decayed() -> None:
    today = NOW // DAY
    counts = [
        DayCount("shoes", "view", today, 100, 100.0),
        DayCount("shoes", "click", today, 30, 30.0),
        DayCount("shoes", "like", today - 30, 20, 20.0),
        DayCount("shoes", "dislike", today, 5, 5.0),
        DayCount("hat", "like", today - 30, 8, 8.0),
        DayCount("hat", "dislike", today, 2, 2.0),
    ]
    assert responses(counts, now=NOW, weights=WEIGHTS) == {
        "shoes": Response(about((40 + 2) / (100 + 20)), 50, 100),
        "hat": Response(about((4 + 2) / (6 + 20)), 8, 10),
    }
    assert unseen(WEIGHTS) == Response(0.1, 0, 0)
