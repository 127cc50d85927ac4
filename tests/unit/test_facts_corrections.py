"""Corrections: "actually it's decaf" speaks of what was said shortly before, whatever order the messages come in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.persona.facts import Stated, timeline
from kith.persona.model import Entity, Origin, Statement

MINUTE = 60_000
HOUR = 60 * MINUTE
COFFEE, DECAF, TEA = (Entity("thing", name) for name in ("coffee", "decaf", "tea"))
PARIS, ROME = Entity("place", "paris"), Entity("place", "rome")
LEA, HIKING = Entity("person", "lea"), Entity("activity", "hiking")


def stated(
    time: int,
    thing: Entity,
    predicate: str = "likes",
    *,
    since: int | None = None,
    until: int | None = None,
    key: str | None = None,
    detail: str = "",
    denied: bool = False,
    confidence: float = 1.0,
    origin: Origin = "rule",
) -> Stated:
    return Stated(
        key or f"m{time}", time, Statement(predicate, thing, since, until, confidence, origin, detail, denied)
    )


def actually(time: int, thing: Entity, *, key: str | None = None, detail: str = "") -> Stated:
    return stated(time, thing, "corrected", key=key, detail=detail)


def spans(*statements: Stated) -> list[tuple[str, str, int, int | None, tuple[str, ...]]]:
    facts = timeline("t", "u", statements)
    return [(fact.predicate, fact.object.name, fact.since, fact.until, fact.sources) for fact in facts]


def test_a_correction_ends_what_was_said_and_states_what_was_meant() -> None:
    assert spans(actually(20, DECAF), stated(10, COFFEE)) == [
        ("likes", "coffee", 10, 20, ("m10", "m20")),
        ("likes", "decaf", 20, None, ("m20",)),
    ]


def test_a_correction_that_finds_nothing_says_nothing() -> None:
    assert spans(actually(20, DECAF)) == []
    assert spans(stated(30, COFFEE), actually(20, DECAF)) == [("likes", "coffee", 30, None, ("m30",))]
    alone = [("likes", "coffee", 20, None, ("m20",))]
    assert spans(stated(20, COFFEE), actually(20, DECAF, key="m20")) == alone
    assert spans(stated(20, COFFEE), stated(30, DECAF, "corrected", denied=True)) == alone


def test_it_speaks_of_the_last_hour() -> None:
    assert spans(stated(10, COFFEE), actually(10 + HOUR, DECAF))[0] == (
        "likes",
        "coffee",
        10,
        10 + HOUR,
        ("m10", f"m{10 + HOUR}"),
    )
    assert spans(stated(10, COFFEE), actually(11 + HOUR, DECAF)) == [("likes", "coffee", 10, None, ("m10",))]


def test_it_speaks_of_the_latest_that_it_can_mean() -> None:
    said = [stated(10, TEA), stated(20, PARIS, "lives_in"), stated(30, LEA, "family")]
    tea, paris, lea = spans(said[0])[0], spans(said[1])[0], spans(said[2])[0]
    assert spans(*said, actually(40, ROME)) == [
        lea,
        tea,
        ("lives_in", "paris", 20, 40, ("m20", "m40")),
        ("lives_in", "rome", 40, None, ("m40",)),
    ]
    assert spans(*said, actually(40, DECAF)) == [
        lea,
        ("likes", "tea", 10, 40, ("m10", "m40")),
        ("likes", "decaf", 40, None, ("m40",)),
        paris,
    ]


@pytest.mark.parametrize(
    ("before", "meant", "agree"),
    [
        (HIKING, DECAF, True),
        (HIKING, Entity("activity", "running"), True),
        (COFFEE, Entity("activity", "running"), False),
        (PARIS, ROME, True),
        (PARIS, DECAF, False),
        (LEA, DECAF, False),
        (Entity("organisation", "novamet"), DECAF, False),
        (LEA, ROME, False),
    ],
)
def test_what_a_thing_can_have_been(before: Entity, meant: Entity, agree: bool) -> None:
    names = [fact.object for fact in timeline("t", "u", [stated(10, before), actually(20, meant)])]
    assert names == ([before, meant] if agree else [before])


def test_what_is_over_is_not_corrected() -> None:
    over = stated(20, COFFEE, until=20)
    assert spans(stated(5, TEA), stated(10, COFFEE), over, actually(30, DECAF)) == [
        ("likes", "tea", 5, 30, ("m5", "m30")),
        ("likes", "coffee", 10, 20, ("m10", "m20")),
        ("likes", "decaf", 30, None, ("m30",)),
    ]
    denied = stated(20, COFFEE, denied=True)
    ended = [("likes", "coffee", 10, 20, ("m10", "m20"))]
    assert spans(stated(10, COFFEE), denied, actually(30, DECAF)) == ended
    assert spans(stated(10, COFFEE, until=15), actually(30, DECAF)) == [("likes", "coffee", 10, 15, ("m10",))]


def test_a_denial_beside_the_correction_does_not_hide_what_it_speaks_of() -> None:
    assert spans(stated(10, COFFEE), stated(20, COFFEE, denied=True), actually(20, DECAF)) == [
        ("likes", "coffee", 10, 20, ("m10", "m20")),
        ("likes", "decaf", 20, None, ("m20",)),
    ]


def test_a_correction_can_be_corrected() -> None:
    assert spans(stated(10, COFFEE), actually(20, DECAF), actually(30, TEA)) == [
        ("likes", "coffee", 10, 20, ("m10", "m20")),
        ("likes", "decaf", 20, 30, ("m20", "m30")),
        ("likes", "tea", 30, None, ("m30",)),
    ]
    assert spans(stated(10, COFFEE), actually(20, DECAF), actually(30, COFFEE)) == [
        ("likes", "coffee", 10, 20, ("m10", "m20")),
        ("likes", "decaf", 20, 30, ("m20", "m30")),
        ("likes", "coffee", 30, None, ("m30",)),
    ]


def test_a_correction_of_the_very_same_confirms_it() -> None:
    assert spans(stated(10, DECAF), actually(20, DECAF)) == [("likes", "decaf", 10, None, ("m10", "m20"))]


def test_what_was_said_of_it_besides_is_kept() -> None:
    plan = stated(10, PARIS, "plans", since=50, until=90, detail="flight")
    assert [(fact.object, fact.since, fact.until, fact.detail) for fact in timeline("t", "u", [plan])] == [
        (PARIS, 50, 90, "flight")
    ]
    facts = timeline("t", "u", [plan, actually(20, ROME)])
    assert [(fact.object, fact.since, fact.until, fact.detail) for fact in facts] == [
        (PARIS, 50, 50, "flight"),
        (ROME, 50, 90, "flight"),
    ]


def test_a_kind_goes_with_what_it_was_the_kind_of() -> None:
    def details(before: Stated, correction: Stated) -> list[str]:
        return [fact.detail for fact in timeline("t", "u", [before, correction])]

    cat, dog, tom = (Entity("animal", name) for name in ("cat", "dog", "tom"))
    rex = Entity("animal", "rex")
    assert details(stated(10, cat, "has_pet", detail="cat"), actually(20, dog)) == ["cat", "dog"]
    assert details(stated(10, tom, "has_pet", detail="cat"), actually(20, rex)) == ["cat", "cat"]
    assert details(stated(10, tom, "has_pet", detail="cat"), actually(20, rex, detail="dog")) == ["cat", "dog"]


def test_how_sure_and_by_whom_is_the_correction_s_own() -> None:
    decaf = stated(20, DECAF, "corrected", confidence=0.6, origin="llm")
    coffee, found = timeline("t", "u", [stated(10, COFFEE, confidence=0.4), decaf])
    assert (coffee.confidence, coffee.origin) == (0.4, "rule")
    assert (found.confidence, found.origin) == (0.6, "llm")


times = st.integers(0, 8).map(lambda n: n * 20 * MINUTE)
one_stated = st.builds(
    stated,
    times,
    st.sampled_from([COFFEE, DECAF, PARIS, ROME]),
    st.sampled_from(["likes", "lives_in", "corrected", "corrected"]),
    since=st.none() | times,
    until=st.none() | times,
    key=st.sampled_from(["k1", "k2", "k3", "k4"]),
    detail=st.sampled_from(["", "coffee", "x"]),
    denied=st.integers(0, 4).map(lambda n: n == 0),
)
many_stated = st.lists(one_stated, max_size=8)


@given(many_stated.flatmap(lambda said: st.tuples(st.just(said), st.permutations(said))))
def test_the_order_of_arrival_does_not_matter(orders: tuple[list[Stated], list[Stated]]) -> None:
    said, shuffled = orders
    assert timeline("t", "u", said) == timeline("t", "u", shuffled)


@given(many_stated)
def test_twice_is_once(said: list[Stated]) -> None:
    assert timeline("t", "u", said + said) == timeline("t", "u", said)


@given(many_stated)
def test_a_correction_is_never_a_fact_and_facts_have_ids_of_their_own(said: list[Stated]) -> None:
    facts = timeline("t", "u", said)
    assert {fact.predicate for fact in facts} <= {"likes", "lives_in"}
    assert len({fact.id for fact in facts}) == len(facts)
    assert [fact for fact in facts if fact.until is not None and fact.until < fact.since] == []
    assert {key for fact in facts for key in fact.sources} <= {one.key for one in said}


@given(many_stated)
def test_without_corrections_nothing_is_corrected(said: list[Stated]) -> None:
    plain = [one for one in said if one.statement.predicate != "corrected"]
    late = [stated(one.timestamp + 10 * HOUR, one.statement.object, "corrected", key=one.key) for one in said]
    assert timeline("t", "u", plain + late) == timeline("t", "u", plain)
