"""One person: who they are, what they said, and what is on their mind."""

from dataclasses import dataclass
from math import exp

from kith.dashboard.data.asking import Api, path_of
from kith.dashboard.data.reading import reading
from kith.persona.model import Role

__all__ = ["MOST", "Minded", "Said", "Somebody", "Thing", "Utterance", "minded", "said", "somebody"]

MOST = 1000
"""Messages or things that the API lists at once."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person. `rereading`: what they said is being read again, in the light of a new name."""

    user_id: str
    name: str | None
    messages: int | None
    rereading: bool = False


@dataclass(frozen=True, slots=True)
class Utterance:
    """A message."""

    key: str
    conversation_id: str
    role: str
    author: str | None
    text: str
    timestamp: str


@dataclass(frozen=True, slots=True)
class Said:
    """Some of what was said, the newest first, and where it goes on."""

    items: tuple[Utterance, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that a person spoke of. `score` is its activation: the logarithm of its `strength`."""

    id: str
    name: str
    type: str
    count: int
    sentiment: float
    first: str
    last: str
    score: float | None

    @property
    def strength(self) -> float | None:
        """How present it is: the sum of 1/√days over the ages of all mentions; None where no time is known."""
        return None if self.score is None else exp(self.score)


@dataclass(frozen=True, slots=True)
class Minded:
    """What is on a person's mind, the strongest first, and what was missing."""

    items: tuple[Thing, ...]
    degraded: tuple[str, ...]


@reading
def somebody(api: Api, user_id: str) -> Somebody:
    """Who somebody is."""
    return api.get(path_of("users", user_id), Somebody)


@reading
def said(
    api: Api,
    user_id: str,
    *,
    role: Role | None = None,
    since: str | None = None,
    until: str | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Said:
    """What was said by one role or all, from a moment on, before another."""
    path = path_of("users", user_id, "messages")
    return api.get(path, Said, role=role, since=since, until=until, cursor=cursor, limit=limit)


@reading
def minded(api: Api, user_id: str, *, limit: int = 200) -> Minded:
    """What somebody has on their mind."""
    return api.get(path_of("users", user_id, "entities"), Minded, limit=limit)
