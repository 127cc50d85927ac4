"""Who is known."""

from dataclasses import dataclass

from kith.dashboard.data.asking import Api
from kith.dashboard.data.reading import reading

__all__ = ["MOST", "Known", "Person", "known"]

MOST = 1000
"""People that are offered to choose from; others are named by their id."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is known."""

    user_id: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """The first of all who are known, by id; `next` says that there are more."""

    items: tuple[Person, ...]
    next: str | None = None


@reading
def known(api: Api) -> Known:
    """Whom to choose from."""
    return api.get("users", Known, limit=MOST)
