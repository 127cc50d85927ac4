"""BM25 over a pool, by hand; stems; weights are repetition."""

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.persona.retrieval.lexical import Weighted, bm25, stems

WORDS = st.sampled_from(("dog", "dogs", "dying", "die", "skies", "sky", "run", "running", "ran", "été", "42", "don't"))
TEXTS = st.lists(WORDS, max_size=6).map(" ".join)


def scores(query: str, *pool: list[Weighted]) -> list[float]:
    return [round(score, 9) for score in bm25(query, pool, k1=1.2, b=0.6).tolist()]


def test_by_hand() -> None:
    # Both texts have the mean length, so that k1 alone damps: 1 · 2.2 / (1 + 1.2), times ln(1 + 1.5 / 1.5).
    assert scores("cats", [("a cat", 1)], [("the dog", 1)]) == [round(log(2), 9), 0]


def test_length_and_repetition_by_hand() -> None:
    # Lengths 3 and 1, mean 2. Of two texts that both have the word it is worth ln(1 + 0.5 / 2.5).
    worth = log(1.2)
    first = 2 * 2.2 / (2 + 1.2 * (0.4 + 0.6 * 3 / 2))
    second = 1 * 2.2 / (1 + 1.2 * (0.4 + 0.6 * 1 / 2))
    assert scores("cat", [("cat cat dog", 1)], [("cat", 1)]) == [round(worth * first, 9), round(worth * second, 9)]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("running", "she runs"),
        ("die", "is it dying?"),
        ("sky", "SKIES"),
        ("Ana's boats", "a boat"),
        ("don\u2019t", "don't"),
    ],
)
def test_words_are_found_in_other_forms(query: str, text: str) -> None:
    found = scores(query, [(text, 1)], [("nothing", 1)])
    assert found[0] > 0 == found[1]


def test_nothing_to_look_for_and_nowhere_to_look() -> None:
    assert scores("?!", [("a cat", 1)]) == [0]
    assert scores("cat") == []
    assert scores("cat", [("", 1)], []) == [0, 0]


@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=4), st.integers(1, 3))
def test_a_weight_is_a_repetition(query: str, texts: list[str], weight: int) -> None:
    once: list[list[Weighted]] = [[(text, weight)] for text in texts]
    repeated: list[list[Weighted]] = [[(" ".join([text] * weight), 1)] for text in texts]
    assert scores(query, *once) == scores(query, *repeated)


@given(TEXTS, TEXTS)
def test_a_text_scores_exactly_if_it_shares_a_stem(query: str, text: str) -> None:
    shared = not set(stems(query)).isdisjoint(stems(text))
    assert (scores(query, [(text, 1)], [("nothing", 1)])[0] > 0) == shared
