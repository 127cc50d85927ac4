"""The measure: what counts as right, wrong and missing, which days agree, and what must hold of any set."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.persona.facts import PREDICATES
from kith.persona.measuring import (
    Dates,
    Difference,
    Example,
    Label,
    Measured,
    Score,
    Trapped,
    Triple,
    measure,
    triple_of,
)
from kith.persona.model import Entity, Statement

SAID = datetime(2026, 6, 10, 9, 30, tzinfo=UTC)


NOW = int(SAID.timestamp() * 1000)


def at(year: int, month: int, day: int, *, hour: int = 0) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp() * 1000)


def said(predicate: str, name: str, *, since: int | None = None, until: int | None = None) -> Statement:
    return Statement(predicate, Entity("thing", name), since=since, until=until)


def example(*labels: Label, id: str = "f1", trap: str | None = None) -> Example:
    return Example(id, f"what {id} says", NOW, "u1", labels=labels, trap=trap)


HIKING = Label(Triple("likes", "hiking"))
GHENT = Label(Triple("lives_in", "ghent"), since=date(2026, 3, 1))
BIKE = Label(Triple("owns", "bike", "ended"))
MOVE = Label(Triple("plans", "move to lisbon"), until=date(2026, 9, 30))


def test_a_set_of_all_kinds() -> None:
    three = [
        example(HIKING, GHENT, id="f1"),
        example(id="f2", trap="question"),
        example(BIKE, id="f3", trap="question"),
    ]
    found = [
        [said("likes", "Hiking"), said("likes", "hiking"), said("lives_in", "ghent", since=at(2026, 2, 1))],
        [said("likes", "tea")],
        [said("owns", "bike")],
    ]
    wrong = Triple("likes", "tea")
    assert measure(three, found) == Measured(
        scores={"likes": Score(1, 2, 1), "lives_in": Score(1, 1, 1), "owns": Score(1, 1, 0)},
        overall=Score(3, 4, 2),
        dates=Dates(labelled=1, right=0),
        traps={"question": Trapped(messages=2, wrong=2)},
        differences=(
            Difference(three[0], "date", GHENT.triple, "labelled 2026-03-01 to …, found 2026-02-01 to …"),
            Difference(three[1], "wrong", wrong),
            Difference(three[2], "wrong", Triple("owns", "bike")),
            Difference(three[2], "missing", BIKE.triple),
        ),
    )


def test_shares() -> None:
    score = Score(labelled=8, found=5, right=4)
    assert (score.precision, score.recall, score.f1) == (0.8, 0.5, 8 / 13)
    assert (score.wrong, score.missing) == (1, 4)
    nothing = Score()
    assert (nothing.precision, nothing.recall, nothing.f1, Dates().share) == (None, None, None, None)


def test_predicates_stand_in_their_order_and_unknown_ones_last() -> None:
    found = [said("goal", "learn greek"), said("zodiac", "leo"), said("birthday", "1 may"), said("likes", "tea")]
    assert list(measure([example()], [found]).scores) == ["likes", "birthday", "goal", "zodiac"]


@pytest.mark.parametrize(
    ("statement", "triple"),
    [
        (said("lives_in", "ghent"), Triple("lives_in", "ghent")),
        (said("lives_in", "ghent", until=NOW), Triple("lives_in", "ghent", "ended")),
        (said("lives_in", "ghent", until=at(2020, 1, 1)), Triple("lives_in", "ghent", "ended")),
        (said("plans", "move to lisbon", until=NOW + 1), Triple("plans", "move to lisbon")),
        (Statement("likes", Entity("thing", "tea"), denied=True), None),
        (Statement("likes", Entity("thing", "tea"), until=NOW, denied=True), None),
        (said("corrected", "decaf"), None),
    ],
)
def test_what_a_statement_claims(statement: Statement, triple: Triple | None) -> None:
    assert triple_of(statement, said=NOW) == triple


def test_objects_compare_as_entities_are_named() -> None:
    assert Triple("likes", "  São  Paulo’s ") == Triple("likes", "são paulo")
    assert Triple("likes", "Cafe\u0301") == Triple("likes", "café")


DAYS: list[tuple[Label, Statement, bool]] = [
    (GHENT, said("lives_in", "ghent", since=at(2026, 3, 1)), True),
    (GHENT, said("lives_in", "ghent", since=at(2026, 3, 1, hour=23)), True),
    (GHENT, said("lives_in", "ghent", since=at(2026, 3, 2)), False),
    (GHENT, said("lives_in", "ghent"), False),
    (GHENT, said("lives_in", "ghent", since=at(2026, 3, 1), until=at(2027, 1, 1)), False),
    (MOVE, said("plans", "move to lisbon", until=at(2026, 9, 30)), True),
    (MOVE, said("plans", "move to lisbon", until=at(2026, 10, 1)), True),
    (MOVE, said("plans", "move to lisbon", until=at(2026, 10, 1) + 1), False),
    (MOVE, said("plans", "move to lisbon", until=at(2026, 9, 1)), False),
]


@pytest.mark.parametrize(("label", "statement", "right"), DAYS)
def test_which_days_agree(label: Label, statement: Statement, right: bool) -> None:
    measured = measure([example(label)], [[statement]])
    assert (measured.overall, measured.dates) == (Score(1, 1, 1), Dates(labelled=1, right=int(right)))
    assert [one.kind for one in measured.differences] == ([] if right else ["date"])


def test_a_triple_that_ended_on_no_named_day_may_end_at_any() -> None:
    assert measure([example(BIKE)], [[said("owns", "bike", until=NOW)]]).dates == Dates()


def test_days_where_the_label_has_none_are_invented() -> None:
    measured = measure([example(HIKING)], [[said("likes", "hiking", since=at(2020, 1, 1))]])
    assert (measured.overall, measured.dates) == (Score(1, 1, 1), Dates(invented=1))
    assert measured.differences == (
        Difference(example(HIKING), "date", HIKING.triple, "labelled … to …, found 2020-01-01 to …"),
    )


def test_of_one_triple_stated_twice_the_better_days_count() -> None:
    twice = [said("lives_in", "ghent"), said("lives_in", "ghent", since=at(2026, 3, 1))]
    assert measure([example(GHENT)], [twice]).dates == Dates(labelled=1, right=1)


def test_as_many_answers_as_examples() -> None:
    with pytest.raises(ValueError, match="shorter"):
        measure([example(), example(id="f2")], [[]])


DAY = st.dates(min_value=date(1990, 1, 1), max_value=SAID.date() - timedelta(days=1))


@st.composite
def labelled(draw: st.DrawFn) -> Label:
    name = draw(st.text(alphabet="abcdefgh", min_size=1, max_size=4))
    triple = Triple(draw(st.sampled_from(PREDICATES)), name, draw(st.sampled_from(("holds", "ended"))))
    since = draw(st.none() | DAY)
    until = draw(st.none() | DAY) if triple.state == "ended" else None
    return Label(triple, since, until)


@st.composite
def sets(draw: st.DrawFn) -> list[Example]:
    labels = st.lists(labelled(), max_size=4, unique_by=lambda label: label.triple)
    return [
        example(*some, id=f"f{place}", trap=draw(st.sampled_from((None, "question", "quote"))))
        for place, some in enumerate(draw(st.lists(labels, min_size=1, max_size=6)))
    ]


def midnight(day: date | None) -> int | None:
    return None if day is None else at(day.year, day.month, day.day)


def as_found(label: Label) -> Statement:
    """What an extractor that makes no mistake says: what ended on no named day ends when it is said."""
    triple = label.triple
    since, until = midnight(label.since), midnight(label.until)
    if until is None and triple.state == "ended":
        until = NOW
    return said(triple.predicate, triple.object.upper(), since=since, until=until)


def statements(examples: Sequence[Example]) -> list[list[Statement]]:
    return [[as_found(label) for label in one.labels] for one in examples]


@given(sets())
def test_a_perfect_reader_is_perfect(examples: list[Example]) -> None:
    measured = measure(examples, statements(examples))
    total = sum(len(one.labels) for one in examples)
    whole = 1.0 if total else None
    assert measured.overall == Score(total, total, total)
    assert (measured.overall.precision, measured.overall.recall, measured.overall.f1) == (whole, whole, whole)
    assert (measured.differences, measured.dates.invented) == ((), 0)
    assert measured.dates.share in (1.0, None)
    assert {trapped.wrong for trapped in measured.traps.values()} <= {0}


@given(sets())
def test_a_reader_that_finds_nothing_has_no_precision(examples: list[Example]) -> None:
    measured = measure(examples, [[] for _ in examples])
    total = sum(len(one.labels) for one in examples)
    assert measured.overall == Score(total, 0, 0)
    assert (measured.overall.precision, measured.overall.recall) == (None, 0.0 if total else None)
    assert [one.kind for one in measured.differences] == ["missing"] * total


@given(sets(), st.data())
def test_counts_add_up(examples: list[Example], data: st.DataObject) -> None:
    others = data.draw(st.lists(labelled(), max_size=5))
    found = [[*some[1:], *map(as_found, others)] for some in statements(examples)]
    measured = measure(examples, found)
    kinds = [one.kind for one in measured.differences]
    overall = measured.overall
    assert (kinds.count("wrong"), kinds.count("missing")) == (overall.wrong, overall.missing)
    scores = measured.scores.values()
    assert overall == Score(sum(s.labelled for s in scores), sum(s.found for s in scores), sum(s.right for s in scores))
    assert overall.right <= min(overall.labelled, overall.found)
