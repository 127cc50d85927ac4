"""How the object of a fact is written: in the singular, without its small words, one for each of a list."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

Facts: TypeAlias = set[tuple[str, str, str]]
Told: TypeAlias = Callable[..., Facts]


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
def test_the_object_of_a_liking(told_in_may: Told, text: str, expected: Facts) -> None:
    assert told_in_may(text) == expected


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
def test_the_object_of_a_belonging(told_in_may: Told, text: str, expected: Facts) -> None:
    assert told_in_may(text) == expected


@pytest.mark.parametrize(
    "text", ["I love it.", "I love one.", "I love @someone.", "I love 42.", "I have a box of old records."]
)
def test_what_is_no_object(told_in_may: Told, text: str) -> None:
    assert told_in_may(text) == set()
