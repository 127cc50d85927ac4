"""What is known of a person: facts, things, messages, the packed context, and answers with citations."""

from typing import Annotated, Literal

from pydantic import Field

from kith.persona.model import Origin
from kith.serving.shapes.common import Channels, Degraded, Given, Key, Moment, Page, Shape
from kith.serving.shapes.people import LearnedThing, MessageItem

__all__ = [
    "Ask",
    "AskedAnswer",
    "Citation",
    "Context",
    "Edge",
    "Fact",
    "FactHistory",
    "Facts",
    "GraphPath",
    "GraphView",
    "Intent",
    "Line",
    "Mentions",
    "Node",
    "Profile",
    "Search",
    "Thing",
    "ThingFound",
    "Things",
]


class Fact(Shape):
    """What was true of a person, from when until when, and how we know."""

    id: str
    text: str
    predicate: str
    object: str
    type: str
    detail: str
    since: Moment
    until: Moment | None
    confidence: float
    origin: Origin
    sources: Annotated[list[Key], Field(description="Oldest first; in a context, the newest ten")]
    source_count: Annotated[int, Field(description="How many sources there are")]
    score: float | None = None


class Facts(Page[Fact]):
    """What was true at one time."""

    user_id: str
    as_of: Moment
    degraded: Degraded


class FactHistory(Shape):
    """One fact among those of its kind, the earliest first, with the messages that say so."""

    fact: Fact
    history: list[Fact]
    messages: list[MessageItem]
    degraded: Degraded


class Thing(Shape):
    """What is on a person's mind."""

    id: str
    name: str
    type: str
    activation: float


class ThingFound(Shape):
    """A thing that the person spoke of, and how near it is to what was asked."""

    id: str
    name: str
    type: str
    count: int
    sentiment: float
    first: Moment
    last: Moment
    score: float | None = None


class Things(Page[ThingFound]):
    """Things that the person spoke of, the nearest first; where nothing was asked, what is most on their mind."""

    user_id: str
    query: str | None
    degraded: Degraded


class Mentions(Page[MessageItem]):
    """What the person said of a thing, the newest first."""

    user_id: str
    entity: LearnedThing
    degraded: Degraded


class Intent(Shape):
    """What the person wanted."""

    intent: str
    count: int
    last: Moment


class Search(Shape):
    """Messages that answer, the best first."""

    user_id: str
    query: str
    items: list[MessageItem]
    channels: Channels
    degraded: Degraded


class Context(Shape):
    """What to know about a person right now, within a budget of tokens."""

    user_id: str
    query: str | None
    as_of: Moment
    tokens: int
    max_tokens: int
    profile: str
    facts: list[Fact]
    entities: list[Thing]
    messages: list[MessageItem]
    intents: list[Intent]
    text: str
    channels: Channels
    degraded: Degraded


class Line(Shape):
    """A line of the card, with the messages that it comes from."""

    text: str
    sources: list[Key]


class Profile(Shape):
    """The short card: what holds, and what it is about lately. The same to the byte while nothing changed."""

    user_id: str
    name: str | None
    static: list[Line]
    dynamic: list[Line]
    text: str
    degraded: Degraded


class Node(Shape):
    """Something in a person's graph. `depth`: in how many steps it is reached from the person."""

    id: str
    kind: Literal["user", "entity", "intent", "campaign"]
    name: str
    type: str | None = None
    depth: int | None = None


class Edge(Shape):
    """A tie between two nodes: `label` says what was stated, or how things are related; `weight` how strong it is."""

    source: str
    target: str
    kind: Literal["mentioned", "stated", "has_intent", "engaged_with", "seen_with", "related"]
    label: str = ""
    weight: float
    since: Moment | None = None
    until: Moment | None = None
    last: Moment | None = None


class GraphView(Shape):
    """What lies around a person. `truncated`: there is more than was asked for."""

    user_id: str
    nodes: list[Node]
    edges: list[Edge]
    truncated: bool
    degraded: Degraded


class GraphPath(Shape):
    """The shortest way between two nodes of a person's graph; no nodes where there is none."""

    user_id: str
    nodes: list[Node]
    edges: list[Edge]
    degraded: Degraded


class Ask(Given):
    """A question about a person."""

    query: Annotated[str, Field(min_length=1, max_length=4000, examples=["What are Alice's hobbies?"])]
    max_tokens: Annotated[int, Field(ge=50, le=100_000)] = 1500
    stream: Annotated[bool, Field(description="Answer as server-sent events")] = False


class Citation(Shape):
    """A message that the answer rests on, and the fact that was learned from it."""

    key: Key
    text: str
    timestamp: Moment
    fact: str | None = None


class AskedAnswer(Shape):
    """An answer with what it rests on; `unknown` where nothing that is known answers."""

    answer: str
    kind: Literal["llm", "extractive", "unknown"]
    citations: list[Citation]
    degraded: Degraded
    unsupported: list[str] = Field(
        default_factory=list[str], description="Sentences of a model's answer that nothing in the context supports"
    )
