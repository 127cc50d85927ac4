"""Walks over what stores hold, a page at a time, and over several stores side by side."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

__all__ = ["PAGE", "aligned", "nothing", "pages", "walk"]

PAGE = 500
"""Rows that are held in memory at a time."""

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


def walk(scan: Callable[[str | None], Sequence[T]], key: Callable[[T], str]) -> Iterator[tuple[str, T]]:
    """All that a scan gives, each with its key; `scan` is handed the key to go on after."""
    after: str | None = None
    while page := scan(after):
        for one in page:
            yield key(one), one
        after = key(page[-1])


def aligned(
    first: Iterator[tuple[str, A]], second: Iterator[tuple[str, B]], third: Iterator[tuple[str, C]]
) -> Iterator[tuple[str, A | None, B | None, C | None]]:
    """Three walks by ascending key as one: for each key what each of them has."""
    a, b, c = next(first, None), next(second, None), next(third, None)
    while keys := [one[0] for one in (a, b, c) if one is not None]:
        key = min(keys)
        of_first = of_second = of_third = None
        if a is not None and a[0] == key:
            of_first, a = a[1], next(first, None)
        if b is not None and b[0] == key:
            of_second, b = b[1], next(second, None)
        if c is not None and c[0] == key:
            of_third, c = c[1], next(third, None)
        yield key, of_first, of_second, of_third


def nothing() -> Iterator[tuple[str, None]]:
    """A walk that ends at once: for two walks side by side."""
    return iter(())


def pages(things: Iterable[T], size: int = PAGE) -> Iterator[list[T]]:
    """The things in lists of a bounded length."""
    left = iter(things)
    while page := list(islice(left, size)):
        yield page
