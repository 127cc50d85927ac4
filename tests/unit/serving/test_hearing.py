"""A model's answer heard piece by piece: each sentence once it is complete, and none that the whole does not have."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kith.serving.memory.hearing import LONGEST_ANSWER, MOST_SENTENCES, Claim, Hearing, NotAsAsked

WORDS = st.text(max_size=12) | st.sampled_from(
    ['"}],', "\\", "{[", '\\"', "She saw Dr. Who at 3 p.m. in St. Ives.", "\n"]
)
SENTENCES = st.lists(st.fixed_dictionaries({"text": WORDS, "sources": st.lists(WORDS, max_size=2)}), max_size=4)
MORE = st.dictionaries(WORDS, st.recursive(WORDS | st.booleans(), lambda one: st.lists(one, max_size=2)), max_size=2)
PLACES = st.lists(st.integers(min_value=0), max_size=6)


def cut(text: str, places: list[int]) -> list[str]:
    bounds = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in pairwise(bounds)]


def heard(pieces: list[str]) -> tuple[list[list[Claim]], list[Claim]]:
    hearing = Hearing()
    told = [hearing.feed(piece) for piece in pieces]
    return told, hearing.whole()


@given(SENTENCES, MORE, PLACES, st.booleans(), st.sampled_from([None, 1]))
@example([{"text": "She saw Dr. Who.", "sources": ["ab"]}], {}, [*range(200)], False, None)
def test_what_is_told_early_is_the_whole(
    sentences: list[dict[str, Any]], more: dict[str, Any], places: list[int], as_ascii: bool, indent: int | None
) -> None:
    reply: dict[str, Any] = {"answered": True, "sentences": sentences}
    text = json.dumps(more | reply | {"x": more}, ensure_ascii=as_ascii, indent=indent)
    told, whole = heard(cut(text, places))
    claims = [Claim(" ".join(one["text"].split()), tuple(one["sources"])) for one in sentences]
    assert whole == [one for one in claims if one.text]
    assert [one for early in told for one in early] == whole


def test_each_sentence_comes_with_its_last_character() -> None:
    sentences: list[dict[str, Any]] = [
        {"text": "She saw Dr. Who. Twice.", "sources": ["aa"]},
        {"text": "And 3.5 others", "sources": []},
    ]
    text = json.dumps({"answered": True, "sentences": sentences})
    told, whole = heard(list(text))
    assert whole == [Claim("She saw Dr. Who. Twice.", ("aa",)), Claim("And 3.5 others", ())]
    places = [at for at, early in enumerate(told) if early]
    assert [told[at] for at in places] == [[one] for one in whole]
    assert places == [text.index("}"), text.rindex("}]")]


@pytest.mark.parametrize(
    "text",
    [
        '{"answered": false, "sentences": [{"text": "a", "sources": []}]}',
        '{"answered": true, "sentences": []}',
        '{"answered": true}',
        '{"answered": true, "sentences": [{"text": " \\n", "sources": []}]}',
    ],
)
def test_where_nothing_answers_nothing_is_told(text: str) -> None:
    assert heard(list(text)) == ([[]] * len(text), [])


@pytest.mark.parametrize(
    "text",
    [
        '{"sentences": [{"text": "a", "sources": []}], "answered": true}',
        '{"\\u0061nswered": true, "sentences": [{"text": "a"}]}',
        '{"x": {"answered": false}, "sentences": [{"text": "a"}], "answered": true}',
    ],
)
def test_where_it_is_not_known_in_time_whether_it_answers_all_is_told_at_the_end(text: str) -> None:
    assert heard(list(text)) == ([[]] * len(text), [Claim("a", ())])


@pytest.mark.parametrize(
    ("text", "early", "whole"),
    [
        ('{"answered": true, "sentences": [{"text": "a"}], "sentences": [{"text": "b"}]}', ["a", "b"], ["b"]),
        ('{"answered": true, "sentences": [{"text": "a"}], "answered": false}', ["a"], []),
    ],
)
def test_of_a_name_that_stands_twice_the_last_counts(text: str, early: list[str], whole: list[str]) -> None:
    told, said = heard([text])
    assert ([one.text for one in told[0]], [one.text for one in said]) == (early, whole)


@pytest.mark.parametrize(
    ("begun", "told"),
    [
        ("A", []),
        ("\n`", []),
        ("[", []),
        ('{"answered": true, "sentences": [{"text": "a"}, {"text": 7}', ["a"]),
        ('{"answered": true, "sentences": [{"text": "a"}, {}', ["a"]),
        ('{"answered": true, "sentences": [{"text": "a"}, {"text": "b" "c"}', ["a"]),
        ('{"answered": true, "sentences": [{"text": "%s"}' % ("a" * 4001), []),
        ('{"answered": true, "sentences": [' + ",".join(['{"text": "a"}'] * 41), ["a"] * MOST_SENTENCES),
        ('{"answered": true' + " " * LONGEST_ANSWER, []),
    ],
)
def test_what_can_be_no_answer_any_more_is_not_waited_for(begun: str, told: list[str]) -> None:
    hearing, found = Hearing(), list[Claim]()
    *before, last = [begun] if len(begun) > 9000 else begun
    for piece in before:
        found += hearing.feed(piece)
    with pytest.raises(NotAsAsked):
        hearing.feed(last)
    assert [one.text for one in found] == told


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"answered": true, "sentences": [{"text": "a"}',
        '{"answered": true, "sentences": [{"text": "a"}]} That is all.',
        '{"answered": 1, "sentences": [{"text": "a"}]}',
        '{"answered": true, "sentences": {"0": {"text": "a"}}}',
        '{"answered": true, "sentences": ["a"]}',
    ],
)
def test_what_is_half_or_of_another_form_is_no_answer(text: str) -> None:
    hearing = Hearing()
    hearing.feed(text)
    with pytest.raises(NotAsAsked):
        hearing.whole()
