"""How those who wait hear of how much is done."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias, TypeVar

__all__ = ["Tick", "in_parts"]

T = TypeVar("T")
Tick: TypeAlias = Callable[[int], None]
"""Hears how many more are done."""
AT_ONCE = 64
"""How many are worked on between two ticks."""


def in_parts(given: Sequence[T], *, tick: Tick) -> Iterator[Sequence[T]]:
    """All that is given, some at once; `tick` hears of them when the next are asked for, and of the last at the end."""
    for start in range(0, len(given), AT_ONCE):
        some = given[start : start + AT_ONCE]
        yield some
        tick(len(some))
