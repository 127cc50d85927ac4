"""A person's graph, as the API tells it: what lies around them, ways in it, what was said there."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from kith.dashboard.data.asking import Api, path_of
from kith.dashboard.data.person import Said, Utterance
from kith.dashboard.data.reading import reading

__all__ = [
    "DEEPEST",
    "FEW",
    "MOST_NODES",
    "Edge",
    "Graph",
    "Node",
    "Way",
    "around",
    "said_lately",
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
def said_lately(api: Api, user_id: str) -> tuple[Utterance, ...]:
    """The last of what was said in a person's conversations, the newest first."""
    return api.get(path_of("users", user_id, "messages"), Said, limit=FEW).items
