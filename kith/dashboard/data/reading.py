"""What a page is told: what it asked for, or in a sentence what is missing and what helps."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Generic, Literal, ParamSpec, TypeAlias, TypeVar

import httpx

from kith.persona.errors import KithError

__all__ = ["Missing", "Reading", "Told", "Unanswered", "Why", "reading"]

T = TypeVar("T")
P = ParamSpec("P")
Why: TypeAlias = Literal[
    "unreachable", "no_key", "bad_key", "not_allowed", "unknown", "too_old", "refused", "not_now", "no_ledger"
]


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """What was asked for."""

    value: T


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no answer, in a sentence, and the next step."""

    why: Why
    words: str
    remedy: str = ""


Reading: TypeAlias = Told[T] | Missing


class Unanswered(KithError):
    """There is no answer that was hoped for; `missing` says why. `answer`: what came in its place, where that helps."""

    def __init__(self, missing: Missing, answer: httpx.Response | None = None) -> None:
        super().__init__(missing.words)
        self.missing = missing
        self.answer = answer


def reading(ask: Callable[P, T]) -> Callable[P, Reading[T]]:
    """Has a function that asks tell what is missing in place of raising it."""

    @wraps(ask)
    def asked(*given: P.args, **named: P.kwargs) -> Reading[T]:
        try:
            return Told(ask(*given, **named))
        except Unanswered as error:
            return error.missing
        except KithError as error:
            return Missing("not_now", str(error))

    return asked
