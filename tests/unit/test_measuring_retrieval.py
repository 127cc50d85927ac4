"""The measure of retrieval: shares by hand, what is left out, changes with their give, fusion, and what must hold."""

from math import isclose, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.persona.measuring_retrieval import (
    CUTS,
    Answered,
    Gain,
    Half,
    Kind,
    Measured,
    Posed,
    Recall,
    answered,
    fused,
    gain,
    measure,
)

NOTHING = Recall(0, dict.fromkeys(CUTS))


def posed(id: str, *answers: str, kind: Kind = "one", half: Half | None = None) -> Posed:
    return Posed(id, kind, frozenset(answers), half)


ONE = posed("q1", "a", half="tune")
MANY = posed("q2", "a", "b", "c", "d", kind="many", half="held")
NONE = posed("q3", kind="none", half="held")
FILLED = [f"x{n}" for n in range(60)]


def test_shares_by_hand() -> None:
    first = ["x", "a"]
    second = [*FILLED[:4], "a", *FILLED[4:8], "b", *FILLED[8:17], "c", *FILLED[17:], "d"]
    sixth = {5: 1.0, 10: 1.0, 20: 1.0, 50: 1.0}
    quarters = {5: 0.25, 10: 0.5, 20: 0.75, 50: 0.75}
    assert [second.index(key) + 1 for key in "abcd"] == [5, 10, 20, 64]
    assert measure([ONE, MANY, NONE], [first, second, FILLED]) == Measured(
        overall=Recall(2, {5: 0.625, 10: 0.75, 20: 0.875, 50: 0.875}),
        kinds={"one": Recall(1, sixth), "many": Recall(1, quarters)},
        halves={"tune": Recall(1, sixth), "held": Recall(1, quarters)},
    )


def test_nothing_to_measure() -> None:
    assert measure([NONE], [FILLED]) == Measured(NOTHING, {}, {})
    assert gain([NONE], [FILLED], over=[[]]) is None


def test_a_question_without_a_half_counts_among_all() -> None:
    found = measure([posed("q", "a")], [["a"]])
    assert (found.overall.questions, dict(found.halves)) == (1, {})


def test_each_question_needs_its_answer() -> None:
    with pytest.raises(ValueError, match="zip"):
        measure([ONE, MANY], [["a"]])


def test_a_gain_question_by_question() -> None:
    asked = [posed("q1", "a"), posed("q2", "a"), posed("q3", "a", "b"), NONE]
    found = gain(asked, [["a"], ["a"], ["a", "b"], []], over=[["a"], [], ["a"], FILLED])
    give = 1.96 * sqrt((0.25 + 0.25 + 0.0) / 2 / 3)
    assert found is not None
    assert (found.difference, found.low, found.high) == pytest.approx((0.5, 0.5 - give, 0.5 + give))
    assert gain([ONE], [["a"]], over=[[]]) is None


def test_fusion_by_reciprocal_rank() -> None:
    assert fused([["a", "b", "c"], ["c", "a"], ["b"]], limit=10) == ["a", "b", "c"]
    assert fused([["b"], ["a"]], limit=10) == ["a", "b"]
    assert fused([["b"], ["a"]], limit=1) == ["a"]
    assert fused([], limit=10) == []


def test_answers() -> None:
    asked = [ONE, MANY, posed("q4", "a"), NONE, posed("q5", kind="none")]
    assert answered(asked, [["x", "a"], ["x"], None, ["x"], None]) == Answered(
        answerable=3, answered=2, right=1, unanswerable=2, invented=1
    )
    assert answered([], []) == Answered(0, 0, 0, 0, 0)


KEYS = st.sampled_from("abcdefgh")
RANKINGS = st.lists(KEYS, unique=True)
ASKED = st.lists(
    st.tuples(st.sets(KEYS, min_size=1).map(lambda keys: posed("q", *keys)), RANKINGS), min_size=1, max_size=5
)


@given(ASKED)
def test_shares_rise_with_what_is_looked_at(asked: list[tuple[Posed, list[str]]]) -> None:
    questions, rankings = [one for one, _ in asked], [found for _, found in asked]
    found = measure(questions, rankings).overall
    shares = [share for share in found.at.values() if share is not None]
    assert len(shares) == len(CUTS)
    assert shares == sorted(shares)
    assert shares[0] >= 0
    assert shares[-1] <= 1
    assert gain(questions, rankings, over=rankings) in (None, Gain(0.0, 0.0, 0.0))


@given(ASKED, st.data())
def test_a_gain_is_the_difference_of_the_means(asked: list[tuple[Posed, list[str]]], data: st.DataObject) -> None:
    questions, rankings = [one for one, _ in asked], [found for _, found in asked]
    others = [data.draw(RANKINGS) for _ in asked]
    mine, theirs = (measure(questions, one).overall.at[10] for one in (rankings, others))
    gained = gain(questions, rankings, over=others)
    assert mine is not None
    assert theirs is not None
    assert gained is None or isclose(gained.difference, mine - theirs, abs_tol=1e-12)


@given(st.lists(RANKINGS, max_size=3))
def test_fusion_keeps_each_key_once_in_any_order_of_rankings(rankings: list[list[str]]) -> None:
    together = fused(rankings, limit=100)
    assert set(together) == {key for one in rankings for key in one}
    assert len(set(together)) == len(together)
    if len(rankings) == 1:
        assert together == rankings[0]
