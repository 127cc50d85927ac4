"""Walks: whole, a page at a time, and side by side by ascending key."""

from collections.abc import Mapping
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from kith.etl.walking import aligned, nothing, pages, walk

SIDE = st.dictionaries(st.text(max_size=3), st.integers(), max_size=12)


def test_a_walk_goes_on_after_the_last_key_until_nothing_comes() -> None:
    asked: list[str | None] = []

    def scan(after: str | None) -> list[str]:
        asked.append(after)
        return list(islice((letter for letter in "abcde" if after is None or letter > after), 2))

    assert list(walk(scan, str)) == [(letter, letter) for letter in "abcde"]
    assert asked == [None, "b", "d", "e"]


@given(SIDE, SIDE, SIDE)
def test_side_by_side_each_key_comes_once_in_order_with_what_each_has(
    one: Mapping[str, int], two: Mapping[str, int], three: Mapping[str, int]
) -> None:
    found = list(aligned(*(iter(sorted(side.items())) for side in (one, two, three))))
    assert found == [
        (key, one.get(key), two.get(key), three.get(key)) for key in sorted(one.keys() | two.keys() | three.keys())
    ]


def test_two_side_by_side() -> None:
    assert list(aligned(iter([("a", 1)]), iter([("b", 2)]), nothing())) == [("a", 1, None, None), ("b", None, 2, None)]


@given(st.lists(st.integers()), st.integers(min_value=1, max_value=5))
def test_pages_hold_everything_in_order_and_no_more_than_their_size(things: list[int], size: int) -> None:
    found = list(pages(things, size))
    assert [thing for page in found for thing in page] == things
    assert {len(page) for page in found[:-1]} <= {size}
