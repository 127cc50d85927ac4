"""Trying again what may go through later: with backoff and jitter, for a bounded time."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event
from time import monotonic
from typing import TypeVar

from kith.stores.errors import LeaseLost, Transient

__all__ = ["Patience"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to go on trying, and how long to wait between tries: doubling from `first` to `longest`."""

    seconds: float = 60.0
    first: float = 0.02
    longest: float = 2.0

    def pauses(self) -> Iterator[None]:
        """One turn per try, after a pause from the second on; ends when the time is over."""
        until = monotonic() + self.seconds
        pause = self.first
        waiter = Event()
        while True:
            yield
            left = until - monotonic()
            if left <= 0:
                return
            waiter.wait(min(left, pause * random.uniform(0.5, 1.0)))  # noqa: S311 - jitter guards nothing
            pause = min(self.longest, pause * 2)

    def call(self, action: Callable[[], T]) -> T:
        """What `action` gives, tried again while it raises `Transient`. A lost lease is not for waiting."""
        latest: Transient | None = None
        for _ in self.pauses():
            try:
                return action()
            except LeaseLost:
                raise
            except Transient as problem:
                latest = problem
        if latest is None:
            raise AssertionError("a patience always makes one try")
        raise latest
