"""The same thing done by many threads, all of which begin together."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

__all__ = ["at_once"]

T = TypeVar("T")


def at_once(number: int, act: Callable[[int], T]) -> list[T]:
    """What each answers, by its number from 0 on; what one of them raises is raised."""
    start = Barrier(number)

    def begin(n: int) -> T:
        start.wait()
        return act(n)

    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(begin, range(number)))
