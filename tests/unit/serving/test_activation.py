"""What is on a person's mind: base levels and spreading worked out by hand, and what no order may change."""

from math import log
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.persona.activation import ASKED, DAY, STEP, YOUNGEST, Activated, activated
from kith.persona.evidence import Related, SeenWith
from kith.persona.model import Entity, Relation

HIKING, TEA, LEA, BERLIN = (
    Entity("activity", "hiking"),
    Entity("thing", "tea"),
    Entity("person", "lea"),
    Entity("place", "berlin"),
)
NOW = 1_000 * DAY


def about(figure: float) -> float:
    """Equal to a figure, to within what floats can tell."""
    return cast("float", pytest.approx(figure))


def days_ago(*days: float) -> list[int]:
    return [NOW - round(one * DAY) for one in days]


def test_the_base_level_is_the_logarithm_of_what_is_left_of_each_mention() -> None:
    found = activated({HIKING: days_ago(4, 100), TEA: days_ago(1)}, now=NOW, asked={}, ties=(), related=())
    assert found == [
        Activated(TEA, 0.0, 0.0, 0.0, 1, NOW - DAY),
        Activated(HIKING, about(log(0.5 + 0.1)), about(log(0.6)), 0.0, 2, NOW - 4 * DAY),
    ]


def test_within_the_least_age_all_is_of_now() -> None:
    found = activated({TEA: [NOW], HIKING: days_ago(YOUNGEST / 2)}, now=NOW, asked={}, ties=(), related=())
    assert [(one.entity, one.base) for one in found] == [
        (HIKING, about(log(YOUNGEST**-0.5))),
        (TEA, about(log(YOUNGEST**-0.5))),
    ]


def test_what_was_mentioned_later_does_not_count() -> None:
    times = {TEA: [NOW - DAY, NOW + 1], HIKING: [NOW + 1], LEA: list[int]()}
    assert activated(times, now=NOW, asked={HIKING: 1.0}, ties=(), related=()) == [
        Activated(TEA, 0.0, 0.0, 0.0, 1, NOW - DAY)
    ]


def test_a_query_spreads_one_step_by_count_over_fan() -> None:
    times = {one: days_ago(1) for one in (HIKING, TEA, LEA, BERLIN)}
    ties = [SeenWith(HIKING, TEA, 3), SeenWith(BERLIN, HIKING, 0), SeenWith(BERLIN, TEA, 9)]
    related = [Related(Relation(LEA, "likes", HIKING), ("m1",)), Related(Relation(HIKING, "is", HIKING), ("m2",))]
    found = activated(times, now=NOW, asked={HIKING: 0.5, BERLIN: -1.0}, ties=ties, related=related)
    assert [(one.entity, one.spread, one.base) for one in found] == [
        (HIKING, ASKED * 0.5, 0.0),
        (TEA, ASKED * STEP * 0.5 * 3 / 4, 0.0),
        (LEA, ASKED * STEP * 0.5 * 1 / 4, 0.0),
        (BERLIN, 0.0, 0.0),
    ]


def test_what_is_asked_for_comes_before_what_is_merely_on_ones_mind() -> None:
    often_lately = days_ago(*range(1, 20))
    found = activated({TEA: often_lately, LEA: days_ago(365)}, now=NOW, asked={LEA: 1.0}, ties=(), related=())
    assert [one.entity for one in found] == [LEA, TEA]


entities = st.sampled_from([HIKING, TEA, LEA, BERLIN])
moments = st.integers(NOW - 800 * DAY, NOW + DAY)


@given(
    times=st.dictionaries(entities, st.lists(moments, max_size=6)),
    asked=st.dictionaries(entities, st.floats(0, 1)),
    ties=st.lists(st.builds(SeenWith, entities, entities, st.integers(0, 5)), max_size=6),
    data=st.data(),
)
def test_no_order_of_what_goes_in_changes_what_comes_out(
    times: dict[Entity, list[int]], asked: dict[Entity, float], ties: list[SeenWith], data: st.DataObject
) -> None:
    found = activated(times, now=NOW, asked=asked, ties=ties, related=())
    shuffled = {one: data.draw(st.permutations(times[one])) for one in data.draw(st.permutations(list(times)))}
    again = activated(
        shuffled,
        now=NOW,
        asked={one: asked[one] for one in data.draw(st.permutations(list(asked)))},
        ties=data.draw(st.permutations(ties)),
        related=(),
    )
    assert again == found
    assert [one.activation for one in found] == sorted((one.activation for one in found), reverse=True)
    assert all(one.activation == one.base + one.spread for one in found)
    assert {one.entity for one in found} == {one for one in times if any(time <= NOW for time in times[one])}


@given(st.lists(st.integers(NOW - 800 * DAY, NOW), min_size=1, max_size=6), st.integers(NOW - 800 * DAY, NOW))
def test_one_more_mention_never_lowers_the_base_level(times: list[int], another: int) -> None:
    before = activated({TEA: times}, now=NOW, asked={}, ties=(), related=())[0]
    after = activated({TEA: [*times, another]}, now=NOW, asked={}, ties=(), related=())[0]
    assert after.base >= before.base
