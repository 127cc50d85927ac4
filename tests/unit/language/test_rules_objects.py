"""How the object of a fact is written: in the singular, without its small words, one for each of a list."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from kith.persona.language.facts_said import said_of_person
from kith.persona.language.grammar import Parse
from kith.persona.language.vocabulary import Vocabulary
from kith.persona.model import Statement

WEDNESDAY = int(datetime(2024, 5, 15, 14, 30, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def told(parse: Callable[[str], Parse], vocabulary: Vocabulary) -> Callable[[str], tuple[Statement, ...]]:
    """All statements of a text that its person sends on a Wednesday in May 2024."""
    return lambda text: said_of_person(parse(text), names=frozenset(), said=WEDNESDAY, objects=vocabulary).statements


def states(found: tuple[Statement, ...]) -> set[tuple[str, str, str]]:
    """What is said, each as predicate, object and state."""
    return {
        (one.predicate, one.object.name, "denied" if one.denied else "holds" if one.until is None else "ended")
        for one in found
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I love dogs.", {("likes", "dog", "holds")}),
        ("I love board games.", {("likes", "board game", "holds")}),
        ("I love news podcasts.", {("likes", "news podcast", "holds")}),
        ("I love mathematics.", {("likes", "mathematics", "holds")}),
        ("I love red and white wine.", {("likes", "red wine", "holds"), ("likes", "white wine", "holds")}),
        ("I like all kinds of cheeses.", {("likes", "cheese", "holds")}),
        ("I love pizza with pineapple.", {("likes", "pizza with pineapple", "holds")}),
        ("I enjoy a glass of red wine.", {("likes", "glass of red wine", "holds")}),
        ("I love tea in the morning.", {("likes", "tea", "holds")}),
        ("I love rock and roll.", {("likes", "rock and roll", "holds")}),
        ("I love fish and chips.", {("likes", "fish and chips", "holds")}),
        ("I love to hike.", {("likes", "hiking", "holds")}),
        ("I love hiking in the Alps.", {("likes", "hiking", "holds")}),
        ("I enjoy reading fantasy novels.", {("likes", "reading fantasy novel", "holds")}),
        ("I like going to concerts.", {("likes", "going to concert", "holds")}),
        ("I like listening to old records.", {("likes", "listening to old record", "holds")}),
        ("I love swimming with friends.", {("likes", "swimming", "holds")}),
        ("I love taking photos of birds.", {("likes", "taking photos of bird", "holds")}),
        ("I love freshly baked bread.", {("likes", "baked bread", "holds")}),
        (
            "I love tea, coffee and cocoa.",
            {("likes", "tea", "holds"), ("likes", "coffee", "holds"), ("likes", "cocoa", "holds")},
        ),
        ("I really love my job.", {("likes", "job", "holds")}),
        ("I love singing and dancing.", {("likes", "singing", "holds"), ("likes", "dancing", "holds")}),
    ],
)
def test_the_object_of_a_liking(
    told: Callable[[str], tuple[Statement, ...]], text: str, expected: set[tuple[str, str, str]]
) -> None:
    assert states(told(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I own two pairs of skis.", {("owns", "ski", "holds")}),
        ("I own some old maps.", {("owns", "old map", "holds")}),
        ("I own my own boat.", {("owns", "boat", "holds")}),
        ("I bought a pair of hiking boots.", {("owns", "hiking boot", "holds")}),
        ("I own an e-bike.", {("owns", "electric bike", "holds")}),
        ("I own a TV.", {("owns", "television", "holds")}),
        ("I've got a bike with a basket.", {("owns", "bike with basket", "holds")}),
        ("We have a trampoline for the kids", {("owns", "trampoline", "holds")}),
        ("I was given a record player for Christmas.", {("owns", "record player", "holds")}),
        ("I own a kayak and a canoe.", {("owns", "kayak", "holds"), ("owns", "canoe", "holds")}),
        ("I have a 3D printer.", {("owns", "3d printer", "holds")}),
        ("I own a 1998 Volvo.", {("owns", "volvo", "holds")}),
        ("I own knives.", {("owns", "knife", "holds")}),
    ],
)
def test_the_object_of_a_belonging(
    told: Callable[[str], tuple[Statement, ...]], text: str, expected: set[tuple[str, str, str]]
) -> None:
    assert states(told(text)) == expected


@pytest.mark.parametrize(
    "text", ["I love it.", "I love one.", "I love @someone.", "I love 42.", "I have a box of old records."]
)
def test_what_is_no_object(told: Callable[[str], tuple[Statement, ...]], text: str) -> None:
    assert states(told(text)) == set()
