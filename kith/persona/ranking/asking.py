"""What is asked for a recommendation, and what comes out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from kith.persona.engagement import DayCount, Did
from kith.persona.model import Campaign, Entity

__all__ = ["Asked", "Neighbour", "Reason", "ReasonKind", "Recommended", "Shared", "Source"]

Source: TypeAlias = Literal["similar", "graph", "intent", "popular"]
ReasonKind: TypeAlias = Literal["similar", "intent", "entity", "engagement"]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A conversation that is like what the person said last, and how like it is (cosine)."""

    user_id: str
    conversation_id: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Shared:
    """What a campaign has in common with the person, as the graph says."""

    intents: tuple[str, ...] = ()
    entities: tuple[Entity, ...] = ()


def _nothing_shared() -> Mapping[str, Shared]:
    return {}


def _nothing_wanted() -> Mapping[str, int]:
    return {}


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what, and all that is known for the answer. Nothing depends on the order of any of it."""

    user_id: str
    now: int
    candidates: Sequence[Campaign]
    """The whole catalogue, or what is left of it; how rare an intent is, is counted over these."""
    limit: int = 10
    neighbours: Sequence[Neighbour] = ()
    """Conversations in any order, the person's own included or not: they don't count."""
    done_there: Sequence[Did] = ()
    """What was done in the neighbours' conversations."""
    own: Sequence[Did] = ()
    """All that the person ever did."""
    shared: Mapping[str, Shared] = field(default_factory=_nothing_shared)
    """By campaign id."""
    wanted: Mapping[str, int] = field(default_factory=_nothing_wanted)
    """The person's intents, and how often each was shown."""
    day_counts: Sequence[DayCount] = ()
    intent: str | None = None
    """Narrows to the campaigns that target it, where there are any."""
    include_seen: bool = False
    exclude: Collection[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of a score in words: never who, nor what they said. `count` is of people, things or times."""

    kind: ReasonKind
    share: float
    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Recommended:
    """A campaign to show. The shares of its reasons add up to its score, to six decimals."""

    campaign_id: str
    title: str
    score: float
    rank: int
    source: Source
    reasons: tuple[Reason, ...]
    propensity: float | None = None
    """How likely it was to be drawn, where it stands in the list by lot."""
