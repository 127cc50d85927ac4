"""A person's graph, as the API tells it: what lies around them, ways in it, what was said of a thing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from kith.dashboard.data.asking import Api, path_of
from kith.dashboard.data.person import Said, Utterance
from kith.dashboard.data.reading import Unanswered, reading

__all__ = [
    "DEEPEST",
    "MOST_NODES",
    "Campaign",
    "Edge",
    "Graph",
    "Node",
    "Way",
    "around",
    "campaign_of",
    "said_lately",
    "said_of",
    "way_between",
]

Kind: TypeAlias = Literal["user", "entity", "intent", "campaign"]
Tie: TypeAlias = Literal["mentioned", "stated", "has_intent", "engaged_with", "seen_with", "related"]

DEEPEST, MOST_NODES = 6, 5000
"""As far, and as many, as the API tells at once."""
FEW = 5
"""Messages that are shown beside a node."""


@dataclass(frozen=True, slots=True)
class Node:
    """Something in a person's graph. `depth`: in how many steps it is reached; ways do not tell it."""

    id: str
    kind: Kind
    name: str
    type: str | None = None
    depth: int | None = None

    @property
    def sort(self) -> str:
        """What it is filtered by: the type of a thing, or else the kind."""
        return self.type or self.kind


@dataclass(frozen=True, slots=True)
class Edge:
    """A tie between two nodes."""

    source: str
    target: str
    kind: Tie
    weight: float
    label: str = ""
    since: str | None = None
    until: str | None = None
    last: str | None = None

    def other(self, one: str) -> str:
        """The end that is not this one."""
        return self.target if self.source == one else self.source


@dataclass(frozen=True, slots=True)
class Graph:
    """What lies around a person, by their own ties alone. `truncated`: there is more than was asked for."""

    user_id: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    truncated: bool = False
    degraded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """The shortest way between two nodes, from end to end; nothing where there is none."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Campaign:
    """What a campaign is called and what it is about."""

    id: str
    title: str
    intents: tuple[str, ...]
    about: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Fact:
    id: str
    predicate: str
    object: str
    type: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Facts:
    items: tuple[_Fact, ...]


@dataclass(frozen=True, slots=True)
class _History:
    messages: tuple[Utterance, ...]


@reading
def around(api: Api, user_id: str, *, depth: int, limit: int) -> Graph:
    """So many nodes within so many steps of a person, the nearest and the strongest first."""
    return api.get(path_of("users", user_id, "graph"), Graph, depth=depth, limit=limit)


@reading
def way_between(api: Api, user_id: str, start: str, end: str) -> Way:
    """The way from one node of a person's graph to another, both by their ids."""
    path = path_of("users", user_id, "graph", "path")
    return api.read(Way, api.send("GET", path, parameters={"from": start, "to": end}))


@reading
def campaign_of(api: Api, campaign_id: str) -> Campaign:
    """A campaign by its id."""
    return api.get(path_of("campaigns", campaign_id), Campaign)


@reading
def said_lately(api: Api, user_id: str) -> tuple[Utterance, ...]:
    """The last of what was said in a person's conversations, the newest first."""
    return api.get(path_of("users", user_id, "messages"), Said, limit=FEW).items


@reading
def said_of(api: Api, user_id: str, thing: Node, stated: Sequence[Edge]) -> tuple[Utterance, ...]:
    """What the person said of a thing, the newest first. `stated`: the facts about it, for one that is in facts alone.

    None, where no message can be found any more.
    """
    try:
        return api.get(path_of("users", user_id, "entities", thing.id, "messages"), Said, limit=FEW).items
    except Unanswered as error:
        if error.missing.why != "unknown":
            raise
    found = {one.key: one for edge in stated for one in _sources(api, user_id, thing, edge)}
    return tuple(sorted(found.values(), key=lambda one: (one.timestamp, one.key), reverse=True)[:FEW])


def _sources(api: Api, user_id: str, thing: Node, edge: Edge) -> tuple[Utterance, ...]:
    """The messages that state a fact, which is looked up by when it began to hold."""
    held = api.get(path_of("users", user_id, "facts"), _Facts, as_of=edge.since).items
    name = thing.name.casefold()
    fact = next((one for one in held if (one.predicate, one.type, one.object) == (edge.label, thing.type, name)), None)
    if fact is None:
        return ()
    told = api.get(path_of("users", user_id, "facts", fact.id, "history"), _History).messages
    return tuple(one for one in told if one.key in fact.sources)
