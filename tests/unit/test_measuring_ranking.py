"""Recommendations are measured as `ranx` measures them, on whom and as of when they should be."""

from dataclasses import astuple

import pytest

from kith.persona.engagement import Did
from kith.persona.measuring_ranking import Case, Listed, Measured, by_count, cases, gain, hit, measure, ndcg, recall
from kith.persona.model import Engagement, EngagementKind

LISTS = ["abcdefghij", "abcdefghij", "abcdefghij", "abcdef", "abcdefghij"]
TARGETS = ["a", "cgx", "bdfhjklmnopq", "fyz", "uvw"]
# By ranx 0.3.21: evaluate(Qrels, Run, ...) of these lists, with relevance 1.
NDCG = [1.0, 0.39106560501896365, 0.44510108735750953, 0.16716045496620227, 0.0]
RECALL = [1.0, 0.6666666666666666, 0.4166666666666667, 0.3333333333333333, 0.0]
HIT = [1.0, 1.0, 1.0, 1.0, 0.0]


def listed(number: int) -> Listed:
    """One of the lists; what stands further down was taken to less often."""
    ranked = tuple(LISTS[number])
    return Listed(Case(f"u{number}", 0, frozenset(TARGETS[number])), ranked, tuple(range(len(ranked), 0, -1)))


@pytest.mark.parametrize("number", range(len(LISTS)))
def test_as_ranx_has_it(number: int) -> None:
    ranked, targets = list(LISTS[number]), set(TARGETS[number])
    assert ndcg(ranked, targets) == pytest.approx(NDCG[number], abs=1e-12)
    assert recall(ranked, targets) == pytest.approx(RECALL[number], abs=1e-12)
    assert hit(ranked, targets) == HIT[number]


def test_over_all_people() -> None:
    found = measure([listed(number) for number in range(5)], catalogue=40)
    expected = (0.4006654294685351, 0.4833333333333333, 0.8, 0.25, (4 * 55 + 21) / 46)
    assert astuple(found) == pytest.approx(expected, abs=1e-12)
    assert measure([], catalogue=0) == Measured(None, None, None, 0.0, None)


def test_places_beyond_the_tenth_do_not_count() -> None:
    assert ndcg("abcdefghijk", "k") == recall("abcdefghijk", "k") == hit("abcdefghijk", "k") == 0


class TestGain:
    def test_the_same_lists_gain_nothing(self) -> None:
        all_of_them = [listed(number) for number in range(5)]
        found = gain(all_of_them, over=all_of_them)
        assert found is not None
        assert (found.difference, found.low, found.high, found.times) == (0, 0, 0, 1)

    def test_the_interval_holds_the_difference_and_is_the_same_each_time(self) -> None:
        best = [Listed(listed(n).case, tuple(TARGETS[n]), (1,) * len(TARGETS[n])) for n in range(5)]
        found = gain(best, over=[listed(number) for number in range(5)])
        assert found is not None
        assert found.difference == pytest.approx(1 - sum(NDCG) / 5)
        assert 0 < found.low < found.difference < found.high < 1
        assert found.times == pytest.approx(5 / sum(NDCG))
        assert gain(best, over=[listed(number) for number in range(5)]) == found

    def test_over_nothing_found_and_of_nobody(self) -> None:
        none = [Listed(listed(0).case, (), ())]
        found = gain([listed(0)], over=none)
        assert found is not None
        assert (found.difference, found.times) == (1, None)
        assert gain([], over=[]) is None


def did(user: str, campaign: str, talk: str, at: int, kind: EngagementKind = "like") -> Did:
    return Did(user, campaign, talk, Engagement(kind), at)


class TestCases:
    def test_the_last_conversation_as_of_its_first_engagement(self) -> None:
        done = [
            did("ana", "a", "one", 10),
            did("ana", "b", "two", 20, "view"),
            did("ana", "c", "two", 25),
            did("ana", "d", "two", 26, "convert"),
            did("ana", "e", "two", 27, "dislike"),
            did("bo", "c", "one", 5, "click"),
        ]
        assert cases(done) == [Case("bo", 5, frozenset("c")), Case("ana", 20, frozenset("cd"))]

    def test_what_they_had_to_do_with_before_is_no_target(self) -> None:
        done = [did("ana", "a", "one", 10, "view"), did("ana", "a", "two", 20), did("ana", "b", "two", 21)]
        assert cases(done) == [Case("ana", 20, frozenset("b"))]
        assert cases(done[:2]) == []

    def test_whoever_only_looked_is_no_case(self) -> None:
        assert cases([did("ana", "a", "one", 10, "view"), did("ana", "b", "one", 11, "dislike")]) == []


def test_the_most_first_and_nothing_of_none() -> None:
    assert by_count({"a": 1, "b": 3, "c": 1, "d": 0, "e": 1}, then={"c": 5}) == ["b", "c", "a", "e"]
