"""Runs a transaction again that the server undid for the sake of another's."""

import random
from collections.abc import Callable
from functools import wraps
from time import sleep
from typing import ParamSpec, TypeVar

from kith.stores.errors import Transient

__all__ = ["Undone", "again"]

TRIES = 5
PAUSE_SECONDS = 0.05

P = ParamSpec("P")
T = TypeVar("T")


class Undone(Transient):
    """Two transactions waited for each other, or could not both be: this one left no trace."""


def again(method: Callable[P, T]) -> Callable[P, T]:
    """For a method that is one transaction: begun anew, a few times, where the server undid it."""

    @wraps(method)
    def tried(*args: P.args, **kwargs: P.kwargs) -> T:
        for n in range(1, TRIES):
            try:
                return method(*args, **kwargs)
            except Undone:
                sleep(random.uniform(0, PAUSE_SECONDS * n))  # noqa: S311 - jitter guards nothing
        return method(*args, **kwargs)

    return tried
