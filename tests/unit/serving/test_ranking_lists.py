"""Lists of recommendations: who gets in, in which order, and what holds whatever goes in."""

from dataclasses import replace
from math import fsum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kith.persona.engagement import DayCount, Did
from kith.persona.model import ENGAGEMENT_KINDS, Campaign, Engagement, EngagementKind, Entity
from kith.persona.ranking import WEIGHTS, Asked, Neighbour, Recommended, Shared, Weights, recommend

DAY = 24 * 60 * 60 * 1000
NOW = 1_000 * DAY
PLAIN = replace(WEIGHTS, explore_every=0)


def campaign(name: str, *intents: str, starts: int | None = None, ends: int | None = None) -> Campaign:
    return Campaign("t", name, name.title(), intents=intents, starts=starts, ends=ends)


def did(user: str, name: str, kind: EngagementKind = "like") -> Did:
    return Did(user, name, "c", Engagement(kind), NOW)


def likes(name: str, count: int) -> DayCount:
    return DayCount(name, "like", NOW // DAY, count, count)


def ids(asked: Asked, weights: Weights = PLAIN) -> list[str]:
    return [one.campaign_id for one in recommend(asked, weights=weights)]


def sources(asked: Asked) -> list[tuple[str, str]]:
    return [(one.campaign_id, one.source) for one in recommend(asked, weights=PLAIN)]


FOUR = [campaign("hat"), campaign("map", "plan_trip"), campaign("shoes"), campaign("tea")]
WARM = Asked(
    "me",
    NOW,
    FOUR,
    limit=4,
    neighbours=[Neighbour("a", "c", 0.8)],
    done_there=[did("a", "shoes")],
    shared={"tea": Shared((), (Entity("thing", "tea"),))},
    wanted={"plan_trip": 2},
    day_counts=[likes("hat", 500)],
)


def test_personal_ones_get_in_first_and_the_fallbacks_fill_what_is_left() -> None:
    assert [sources(replace(WARM, limit=limit)) for limit in range(5)] == [
        [],
        [("shoes", "similar")],
        [("shoes", "similar"), ("tea", "graph")],
        [("shoes", "similar"), ("map", "intent"), ("tea", "graph")],
        [("shoes", "similar"), ("map", "intent"), ("tea", "graph"), ("hat", "popular")],
    ]


def test_a_person_nobody_knows_gets_what_is_popular_and_is_told_so() -> None:
    cold = Asked("new", NOW, FOUR, day_counts=[likes("tea", 50), likes("hat", 5)])
    assert sources(cold) == [("tea", "popular"), ("hat", "popular"), ("map", "popular"), ("shoes", "popular")]


def test_without_the_graph_intents_are_still_met() -> None:
    assert sources(replace(WARM, shared={}, neighbours=()))[0] == ("map", "intent")


def test_a_whole_recommendation() -> None:
    found = recommend(Asked("new", NOW, [campaign("tea")], day_counts=[likes("tea", 4)]))
    assert [(one.campaign_id, one.title, one.score, one.rank, one.source, one.propensity) for one in found] == [
        ("tea", "Tea", 0.025, 1, "popular", None)
    ]


def test_an_intent_narrows_to_the_campaigns_that_target_it_where_there_are_any() -> None:
    assert ids(replace(WARM, intent="plan_trip")) == ["map"]
    assert sorted(ids(replace(WARM, intent="nothing_targets_this"))) == ["hat", "map", "shoes", "tea"]


@pytest.mark.parametrize("kind", ENGAGEMENT_KINDS)
def test_what_was_seen_is_left_out_unless_asked_for_and_what_was_disliked_for_ever(kind: EngagementKind) -> None:
    asked = replace(WARM, own=[did("me", "shoes", kind)])
    assert "shoes" not in ids(asked)
    assert ("shoes" in ids(replace(asked, include_seen=True))) == (kind != "dislike")


def test_what_is_disliked_stays_out_whatever_was_done_before_or_after() -> None:
    own = [did("me", "shoes"), did("me", "shoes", "dislike"), did("me", "shoes", "convert")]
    assert "shoes" not in ids(replace(WARM, own=own, include_seen=True))


def test_what_the_caller_excludes_stays_out() -> None:
    assert ids(replace(WARM, exclude=["shoes", "map"])) == ["tea", "hat"]


def test_only_what_runs_now_is_shown() -> None:
    candidates = [
        campaign("over", ends=NOW),
        campaign("last day", starts=NOW - 1, ends=NOW + 1),
        campaign("starts", starts=NOW),
        campaign("to come", starts=NOW + 1),
        campaign("always"),
    ]
    assert ids(Asked("me", NOW, candidates)) == ["always", "last day", "starts"]


def test_of_two_alike_the_unlike_third_takes_the_place_of_one() -> None:
    candidates = [campaign("a", "buy"), campaign("b", "buy"), campaign("z", "plan_trip")]
    asked = Asked("me", NOW, candidates, limit=2, day_counts=[likes("a", 50), likes("b", 49), likes("z", 45)])
    assert ids(asked) == ["a", "z"]
    assert ids(asked, replace(PLAIN, variety=1.0)) == ["a", "b"]


MANY = Asked("me", NOW, [campaign(f"x{n:02}") for n in range(50)], limit=20, day_counts=[likes("x07", 9)])


def by_lot(asked: Asked) -> list[Recommended]:
    return [one for one in recommend(asked) if one.propensity is not None]


def test_one_place_in_ten_is_drawn_by_lot_and_says_how_likely_it_was() -> None:
    assert [
        (len(by_lot(replace(MANY, limit=limit))), len(ids(replace(MANY, limit=limit), WEIGHTS)))
        for limit in (9, 10, 19, 20)
    ] == [
        (0, 9),
        (1, 10),
        (1, 19),
        (2, 20),
    ]
    assert {one.propensity for one in by_lot(MANY)} == {2 / 32}


def test_a_person_sees_the_same_draw_all_day() -> None:
    first = [one.campaign_id for one in by_lot(MANY)]
    assert [one.campaign_id for one in by_lot(replace(MANY, now=NOW + DAY - 1))] == first
    drawn = {tuple(one.campaign_id for one in by_lot(replace(MANY, now=NOW + n * DAY))) for n in range(20)}
    others = {tuple(one.campaign_id for one in by_lot(replace(MANY, user_id=f"u{n}"))) for n in range(20)}
    assert len(drawn) > 10
    assert len(others) > 10


def test_where_all_can_be_shown_nothing_is_drawn() -> None:
    assert by_lot(replace(MANY, limit=50)) == []


names = st.sampled_from([f"k{n}" for n in range(14)])
users = st.sampled_from(["me", "anna-secret", "bob-secret", "cleo-secret"])
rooms = st.sampled_from(["room-1", "room-2", ""])
intents = st.sampled_from(["buy", "plan_trip", "learn_skill"])
done = st.builds(
    Did,
    users,
    names,
    rooms,
    st.builds(Engagement, st.sampled_from(ENGAGEMENT_KINDS), st.floats(0, 5)),
    st.integers(NOW - 200 * DAY, NOW + DAY),
)
asking = st.builds(
    Asked,
    st.just("me"),
    st.integers(NOW, NOW + 3 * DAY),
    st.lists(
        st.builds(campaign, names, intents, starts=st.none() | st.integers(NOW - DAY, NOW + 2 * DAY)),
        max_size=14,
        unique_by=lambda one: one.campaign_id,
    ),
    limit=st.integers(0, 12),
    neighbours=st.lists(st.builds(Neighbour, users, rooms, st.floats(-1, 1)), max_size=8),
    done_there=st.lists(done, max_size=12),
    own=st.lists(st.builds(replace, done, user_id=st.just("me")), max_size=4),
    shared=st.dictionaries(
        names,
        st.builds(
            Shared,
            st.lists(intents, max_size=2, unique=True).map(tuple),
            st.lists(st.sampled_from([Entity("thing", "tea"), Entity("thing", "jam")]), unique=True).map(tuple),
        ),
        max_size=5,
    ),
    wanted=st.dictionaries(intents, st.integers(1, 30), max_size=3),
    day_counts=st.lists(
        st.builds(
            DayCount,
            names,
            st.sampled_from(ENGAGEMENT_KINDS),
            st.integers(NOW // DAY - 90, NOW // DAY + 1),
            st.integers(0, 500),
            st.just(1.0),
        ),
        max_size=12,
    ),
    intent=st.none() | intents,
    include_seen=st.booleans(),
    exclude=st.frozensets(names, max_size=3),
)


@settings(max_examples=150)
@given(asking)
def test_whatever_goes_in_shares_add_up_and_nothing_forbidden_comes_out(asked: Asked) -> None:
    found = recommend(asked)
    assert [one.rank for one in found] == list(range(1, len(found) + 1))
    assert found == sorted(found, key=lambda one: (-one.score, one.campaign_id))
    for one in found:
        assert round(fsum(reason.share for reason in one.reasons), 6) == one.score
        assert 0 < one.score <= 1
        assert all(
            reason.share > 0 and "secret" not in reason.text and "room" not in reason.text for reason in one.reasons
        )
    shown = [one.campaign_id for one in found]
    assert len(shown) == len(set(shown)) <= asked.limit
    never = {did.campaign_id for did in asked.own if not asked.include_seen or did.engagement.kind == "dislike"}
    assert not set(shown) & (never | set(asked.exclude))
    allowed = (
        {one.campaign_id for one in asked.candidates if one.starts is None or one.starts <= asked.now}
        - never
        - set(asked.exclude)
    )
    assert set(shown) <= allowed
    assert bool(shown) == bool(allowed and asked.limit)


@settings(max_examples=100)
@given(asking, st.data())
def test_no_order_of_what_goes_in_changes_the_list(asked: Asked, data: st.DataObject) -> None:
    shuffled = replace(
        asked,
        candidates=data.draw(st.permutations(asked.candidates)),
        neighbours=data.draw(st.permutations(asked.neighbours)),
        done_there=data.draw(st.permutations(asked.done_there)),
        own=data.draw(st.permutations(asked.own)),
        day_counts=data.draw(st.permutations(asked.day_counts)),
        shared={one: asked.shared[one] for one in data.draw(st.permutations(list(asked.shared)))},
    )
    assert recommend(shuffled) == recommend(asked)


@settings(max_examples=60)
@given(asking)
def test_what_the_person_did_in_conversations_like_their_own_changes_nothing(asked: Asked) -> None:
    others = replace(asked, done_there=[one for one in asked.done_there if one.user_id != "me"])
    assert recommend(others) == recommend(asked)
