"""What to show a person, what they did with it, and the catalogue."""

from typing import Annotated, Literal, TypeAlias

from fastapi import Body
from pydantic import Discriminator, Field, StrictFloat, StrictInt, Tag

from kith.persona.model import EngagementKind
from kith.persona.record_fields import MAX_ID, MAX_LABEL
from kith.serving.shapes.common import Degraded, Given, Metadata, Moment, Shape
from kith.serving.shapes.people import Refused

__all__ = [
    "Campaign",
    "CampaignChange",
    "Event",
    "Events",
    "Feedback",
    "NewCampaign",
    "Popular",
    "PopularCampaigns",
    "Reason",
    "Recommendation",
    "Recommendations",
    "Similar",
    "SimilarCampaigns",
    "Stored",
    "Taken",
]

MOST_EVENTS = 1000


class Reason(Shape):
    """A part of the score, in words. Shares add up to the score; `count` is how many people or times it speaks of."""

    kind: str
    share: float
    text: str
    count: int


class Recommendation(Shape):
    """Something to show."""

    campaign_id: str
    title: str
    score: float
    rank: int
    source: Literal["similar", "graph", "intent", "popular"]
    reasons: list[Reason]
    url: str | None = None
    propensity: Annotated[float | None, Field(description="Of a slot that explores: how likely this was drawn")] = None


class Recommendations(Shape):
    """What to show, the best first."""

    items: list[Recommendation]
    next: str | None = None
    generated_at: Moment
    degraded: Degraded


class Event(Given):
    """What a person did with a campaign. Sent again with the same `event_id` it counts once."""

    event_id: Annotated[str | None, Field(min_length=1, max_length=MAX_ID)] = None
    user_id: Annotated[str, Field(min_length=1, max_length=MAX_ID)]
    campaign_id: Annotated[str, Field(min_length=1, max_length=MAX_LABEL)]
    kind: EngagementKind
    value: Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)] = 1.0
    timestamp: Annotated[
        str | StrictInt | StrictFloat | None, Field(description="ISO 8601, or seconds or milliseconds since 1970")
    ] = None
    conversation_id: Annotated[str, Field(max_length=MAX_ID)] = ""


class Events(Given):
    """Several events."""

    events: Annotated[list[Event], Field(max_length=MOST_EVENTS)]


def _form(body: object) -> Literal["one", "several"]:
    """Which form of feedback a body has, so that what is wrong with it is told of that form alone."""
    several = isinstance(body, Events) or (isinstance(body, dict) and "events" in body)
    return "several" if several else "one"


Feedback: TypeAlias = Annotated[
    Annotated[Event, Tag("one")] | Annotated[Events, Tag("several")],
    Discriminator(_form),
    Body(description="One event, or up to 1,000"),
]


class Taken(Shape):
    """What became of the events."""

    accepted: int
    duplicate: int
    rejected: list[Refused]


class NewCampaign(Given):
    """Something that can be shown."""

    id: Annotated[str, Field(min_length=1, max_length=128)]
    title: Annotated[str, Field(min_length=1, max_length=512)]
    text: Annotated[str, Field(max_length=20_000)] = ""
    intents: list[str] = Field(default_factory=list[str])
    starts: str | None = None
    ends: str | None = None
    url: str | None = None
    metadata: Metadata = Field(default_factory=dict)


class CampaignChange(Given):
    """What to set; what is left out stays."""

    title: Annotated[str | None, Field(min_length=1, max_length=512)] = None
    text: Annotated[str | None, Field(max_length=20_000)] = None
    intents: list[str] | None = None
    starts: str | None = None
    ends: str | None = None
    url: str | None = None
    metadata: Metadata | None = None


class Campaign(Shape):
    """Something that can be shown, and what it is about."""

    id: str
    title: str
    text: str
    intents: list[str]
    starts: Moment | None
    ends: Moment | None
    url: str | None
    metadata: Metadata
    about: list[str] = Field(default_factory=list[str])


class Stored(Shape):
    """What became of campaigns that were given. `items` are those that stand now, in the order given."""

    items: list[Campaign]
    created: Annotated[int, Field(description="How many were not there before")]
    changed: int
    unchanged: int
    rejected: list[Refused]


class Similar(Shape):
    """A campaign like another, how much, and which intents and things both are about, the rarest first."""

    campaign_id: str
    title: str
    score: float
    shared: list[str]


class SimilarCampaigns(Shape):
    """Campaigns like one, the most alike first."""

    items: list[Similar]
    next: None = None
    degraded: Degraded


class Popular(Shape):
    """A campaign that many engage with, lately more than long ago; `count` is how often somebody took to it."""

    campaign_id: str
    title: str
    score: float
    count: int


class PopularCampaigns(Shape):
    """The campaigns that people take to, the best first."""

    items: list[Popular]
    next: None = None
    generated_at: Moment
