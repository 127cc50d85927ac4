"""Timelines of facts: what was true when, whatever order the messages come in."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.persona.facts import Stated, timeline
from kith.persona.identity import identity
from kith.persona.model import Entity, Fact, Origin, Statement

A, B, C = (Entity("place", name) for name in ("paris", "lisbon", "rome"))


def stated(
    time: int,
    thing: Entity,
    *,
    predicate: str = "lives_in",
    since: int | None = None,
    until: int | None = None,
    origin: Origin = "rule",
    confidence: float = 1.0,
    key: str | None = None,
    detail: str = "",
    denied: bool = False,
) -> Stated:
    return Stated(
        key or f"m{time}", time, Statement(predicate, thing, since, until, confidence, origin, detail, denied)
    )


def spans(*statements: Stated) -> list[tuple[str, int, int | None, tuple[str, ...]]]:
    return [(fact.object.name, fact.since, fact.until, fact.sources) for fact in timeline("t", "u", statements)]


times = st.integers(min_value=0, max_value=12)
one_stated = st.builds(
    stated,
    times,
    st.sampled_from([A, B, C]),
    predicate=st.sampled_from(["lives_in", "likes"]),
    since=st.none() | times,
    until=st.none() | times,
    origin=st.sampled_from(["rule", "llm", "hand"]),
    confidence=st.sampled_from([0.5, 0.9]),
    key=st.sampled_from(["k1", "k2", "k3"]),
    detail=st.sampled_from(["", "flat", "house"]),
    denied=st.integers(0, 3).map(lambda n: n == 0),
)
many_stated = st.lists(one_stated, max_size=8)


def test_a_fact_as_a_whole_never_changes() -> None:
    said = stated(5, A, since=3, until=9, origin="llm", confidence=0.8, key="k1", detail="flat")
    fact = Fact("0bc809d87589482eb453f420c141e97c", "lives_in", A, 3, 9, 0.8, "llm", ("k1",), "flat")
    assert timeline("t", "u", [said]) == (fact,)
    assert fact.id == identity("fact", "t", "u", "lives_in", A.id_in("t"), "3")


def test_nothing_said_is_nothing_known() -> None:
    assert timeline("t", "u", []) == ()


def test_the_same_statement_twice_is_one_fact_with_two_sources() -> None:
    expected = [("paris", 10, None, ("m10", "m20"))]
    assert spans(stated(10, A), stated(20, A)) == expected
    assert spans(stated(10, A, predicate="likes"), stated(20, A, predicate="likes")) == expected


def test_two_statements_of_one_message_are_one_source() -> None:
    assert spans(stated(10, A, key="k"), stated(10, A, key="k", since=4)) == [("paris", 4, None, ("k",))]


def test_the_best_confidence_and_a_hand_count() -> None:
    said = [stated(10, A, confidence=0.4, origin="llm"), stated(20, A, confidence=0.9, origin="hand")]
    [fact] = timeline("t", "u", said)
    assert (fact.confidence, fact.origin) == (0.9, "hand")


def test_a_detail_is_the_one_said_last() -> None:
    said = [stated(10, A, detail="flat"), stated(30, A), stated(20, A, since=1, detail="house")]
    assert [fact.detail for fact in timeline("t", "u", said)] == ["house"]


def test_a_birthday_is_one_and_the_last_one_said() -> None:
    first, second = (stated(time, thing, predicate="birthday") for time, thing in ((10, A), (20, B)))
    assert spans(first, second) == [("paris", 10, 20, ("m10",)), ("lisbon", 20, None, ("m20",))]


def test_a_new_home_closes_the_old_one_and_a_new_liking_does_not() -> None:
    assert spans(stated(10, A), stated(20, B)) == [("paris", 10, 20, ("m10",)), ("lisbon", 20, None, ("m20",))]
    assert spans(stated(10, A, predicate="likes"), stated(20, B, predicate="likes")) == [
        ("paris", 10, None, ("m10",)),
        ("lisbon", 20, None, ("m20",)),
    ]


def test_there_and_back_again_are_three_intervals() -> None:
    assert spans(stated(10, A), stated(20, B), stated(30, A)) == [
        ("paris", 10, 20, ("m10",)),
        ("lisbon", 20, 30, ("m20",)),
        ("paris", 30, None, ("m30",)),
    ]


def test_a_late_message_changes_history_and_not_the_present() -> None:
    assert spans(stated(10, A), stated(30, C), stated(20, B)) == [
        ("paris", 10, 20, ("m10",)),
        ("lisbon", 20, 30, ("m20",)),
        ("rome", 30, None, ("m30",)),
    ]


def test_what_a_statement_says_of_its_time_counts_more_than_when_it_was_said() -> None:
    assert spans(stated(10, B), stated(20, A, since=1, until=6)) == [
        ("paris", 1, 6, ("m20",)),
        ("lisbon", 10, None, ("m10",)),
    ]


def test_an_end_of_its_own_leaves_a_gap() -> None:
    assert spans(stated(10, A, until=15), stated(20, B)) == [
        ("paris", 10, 10 + 5, ("m10",)),
        ("lisbon", 20, None, ("m20",)),
    ]
    assert spans(stated(10, A, until=50), stated(20, B))[0] == ("paris", 10, 20, ("m10",))


@pytest.mark.parametrize("predicate", ["lives_in", "likes"])
def test_what_ended_and_began_again_is_two_facts(predicate: str) -> None:
    first = stated(10, A, predicate=predicate, since=1, until=5)
    assert spans(first, stated(20, A, predicate=predicate)) == [
        ("paris", 1, 5, ("m10",)),
        ("paris", 20, None, ("m20",)),
    ]


@pytest.mark.parametrize("predicate", ["lives_in", "likes"])
def test_something_that_is_over_ends_the_fact_it_is_said_of(predicate: str) -> None:
    over = stated(50, A, predicate=predicate, until=40)
    assert spans(stated(10, A, predicate=predicate), over) == [("paris", 10, 40, ("m10", "m50"))]
    assert spans(over) == [("paris", 40, 40, ("m50",))]


def test_something_that_is_over_closes_nothing_else() -> None:
    assert spans(stated(10, B), stated(50, A, until=40)) == [
        ("lisbon", 10, None, ("m10",)),
        ("paris", 40, 40, ("m50",)),
    ]
    assert spans(stated(10, A), stated(20, B), stated(50, A, until=40)) == [
        ("paris", 10, 20, ("m10", "m50")),
        ("lisbon", 20, None, ("m20",)),
    ]
    assert spans(stated(10, A), stated(50, C, until=15), stated(20, A)) == [
        ("paris", 10, None, ("m10", "m20")),
        ("rome", 15, 15, ("m50",)),
    ]


@pytest.mark.parametrize("predicate", ["lives_in", "likes"])
def test_what_is_denied_is_over_from_then_on(predicate: str) -> None:
    first, again = (stated(time, A, predicate=predicate) for time in (10, 30))
    denied = stated(20, A, predicate=predicate, denied=True, confidence=0.9, detail="house")
    assert spans(first, denied) == [("paris", 10, 20, ("m10", "m20"))]
    assert spans(first, replace(denied, statement=replace(denied.statement, until=15))) == [
        ("paris", 10, 15, ("m10", "m20"))
    ]
    assert spans(first, denied, again) == [("paris", 10, 20, ("m10", "m20")), ("paris", 30, None, ("m30",))]


def test_what_was_never_said_can_be_denied_without_a_trace() -> None:
    assert spans(stated(20, A, denied=True), stated(30, A, since=2, until=15, denied=True)) == []
    assert spans(stated(10, B), stated(20, A, denied=True)) == [("lisbon", 10, None, ("m10",))]
    assert spans(stated(10, A, until=15), stated(20, A, denied=True)) == [("paris", 10, 15, ("m10",))]


def test_what_is_said_again_later_was_denied_in_vain() -> None:
    assert spans(stated(10, A), stated(20, A, denied=True), stated(30, A, since=5)) == [
        ("paris", 5, None, ("m10", "m20", "m30"))
    ]


def test_a_denial_tells_nothing_of_what_it_denies() -> None:
    denied = stated(20, A, denied=True, confidence=0.9, detail="house")
    [fact] = timeline("t", "u", [stated(10, A, confidence=0.4, detail="flat"), denied])
    assert (fact.confidence, fact.detail) == (0.4, "flat")


def test_what_is_over_and_begins_again_later_is_found_again() -> None:
    assert spans(stated(10, A, until=5), stated(20, A)) == [("paris", 5, 5, ("m10",)), ("paris", 20, None, ("m20",))]


def test_an_end_is_the_one_said_last() -> None:
    assert spans(stated(10, A, until=60), stated(20, A, until=50)) == [("paris", 10, 50, ("m10", "m20"))]
    assert spans(stated(10, A, until=50), stated(20, A, until=60)) == [("paris", 10, 60, ("m10", "m20"))]


def test_an_end_stands_until_something_said_after_it_denies_it() -> None:
    planned = stated(10, A, until=50)
    assert spans(planned, stated(20, A)) == [("paris", 10, 50, ("m10", "m20"))]
    assert spans(planned, stated(60, A, since=10)) == [("paris", 10, None, ("m10", "m60"))]


def test_of_two_homes_from_one_moment_the_one_said_last_stays() -> None:
    assert spans(stated(20, A, since=5), stated(30, B, since=5), stated(40, A, since=5)) == [
        ("lisbon", 5, 5, ("m30",)),
        ("paris", 5, None, ("m20", "m40")),
    ]


def test_facts_are_sorted_by_predicate_start_and_object() -> None:
    said = [stated(10, B, predicate="likes"), stated(10, A, predicate="likes"), stated(30, C), stated(5, A)]
    facts = timeline("t", "u", said)
    assert list(facts) == sorted(facts, key=lambda fact: (fact.predicate, fact.since, fact.object))


@given(many_stated.flatmap(lambda said: st.tuples(st.just(said), st.permutations(said))))
def test_the_order_of_arrival_does_not_matter(orders: tuple[list[Stated], list[Stated]]) -> None:
    said, shuffled = orders
    assert timeline("t", "u", said) == timeline("t", "u", shuffled)


@given(many_stated)
def test_twice_is_once(said: list[Stated]) -> None:
    assert timeline("t", "u", said + said) == timeline("t", "u", said)


@given(many_stated)
def test_facts_have_ids_of_their_own_and_end_after_they_begin(said: list[Stated]) -> None:
    facts = timeline("t", "u", said)
    assert len({fact.id for fact in facts}) == len(facts)
    assert [fact for fact in facts if fact.until is not None and fact.until < fact.since] == []
    so = [one for one in said if not one.statement.denied]
    assert {one.key for one in so} <= {key for fact in facts for key in fact.sources} <= {one.key for one in said}
    assert {fact.object for fact in facts} == {one.statement.object for one in so}


@given(many_stated)
def test_one_home_at_a_time(said: list[Stated]) -> None:
    homes = [fact for fact in timeline("t", "u", said) if fact.predicate == "lives_in" and fact.until != fact.since]
    overlaps = [(one, after) for one, after in pairwise(homes) if one.until is None or one.until > after.since]
    assert overlaps == []


@given(many_stated, one_stated)
def test_what_is_said_of_the_past_leaves_the_home_of_today(said: list[Stated], late: Stated) -> None:
    def homes(statements: list[Stated]) -> list[Entity]:
        return [
            fact.object for fact in timeline("t", "u", statements) if fact.predicate == "lives_in" and not fact.until
        ]

    said = [
        replace(one, timestamp=one.timestamp + 100, statement=replace(one.statement, since=None, until=None))
        for one in said
    ]
    past = replace(late, key="late", statement=replace(late.statement, until=late.statement.until or 1))
    assert homes([*said, past]) == homes(said)


@given(many_stated)
def test_predicates_do_not_touch_each_other(said: list[Stated]) -> None:
    apart = [
        fact
        for predicate in ("likes", "lives_in")
        for fact in timeline("t", "u", [one for one in said if one.statement.predicate == predicate])
    ]
    assert list(timeline("t", "u", said)) == apart


def test_people_do_not_share_facts() -> None:
    said = [stated(10, A)]
    ids = {fact.id for tenant, user in (("t", "u"), ("t", "v"), ("s", "u")) for fact in timeline(tenant, user, said)}
    assert len(ids) == 3
