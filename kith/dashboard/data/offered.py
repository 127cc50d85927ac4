"""What comes out for a person: the context that a language model would get, and what to show them, with reasons."""

from dataclasses import dataclass

from kith.dashboard.data.asking import Api, path_of
from kith.dashboard.data.reading import reading
from kith.persona.model import EngagementKind

__all__ = [
    "Channels",
    "Context",
    "Offer",
    "Offers",
    "Reason",
    "Taken",
    "context_for",
    "offers_for",
    "tell_deed",
]


@dataclass(frozen=True, slots=True)
class Channels:
    """Which ways of finding were open."""

    dense: bool
    lexical: bool
    graph: bool


@dataclass(frozen=True, slots=True)
class Context:
    """What to know about a person, packed into a budget of tokens, and what was missing."""

    tokens: int
    max_tokens: int
    facts: tuple[object, ...]
    entities: tuple[object, ...]
    intents: tuple[object, ...]
    messages: tuple[object, ...]
    text: str
    channels: Channels
    degraded: tuple[str, ...]

    @property
    def closed(self) -> tuple[str, ...]:
        """The ways of finding that were not open."""
        names = ("dense", "lexical", "graph")
        return tuple(name for name in names if not getattr(self.channels, name))


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of a score, in words."""

    kind: str
    share: float
    text: str


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to show. The shares of its reasons add up to its score."""

    campaign_id: str
    title: str
    score: float
    rank: int
    source: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Offers:
    """What to show, the best first, and what was missing."""

    items: tuple[Offer, ...]
    generated_at: str
    degraded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an event was not taken."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an event."""

    accepted: int
    duplicate: int
    rejected: tuple[Refused, ...]


@reading
def context_for(api: Api, user_id: str, *, query: str, max_tokens: int) -> Context:
    """The context for a query; without one, that of the newest messages."""
    return api.get(path_of("users", user_id, "context"), Context, query=query or None, max_tokens=max_tokens)


@reading
def offers_for(api: Api, user_id: str, *, seen: bool = False, limit: int = 10) -> Offers:
    """What to show a person. `seen`: what they have seen too."""
    return api.get(path_of("users", user_id, "recommendations"), Offers, include_seen=seen, limit=limit)


@reading
def tell_deed(api: Api, user_id: str, campaign_id: str, deed: EngagementKind) -> Taken:
    """Tells what a person did with a campaign, now."""
    return api.post("feedback", Taken, {"user_id": user_id, "campaign_id": campaign_id, "kind": deed})
