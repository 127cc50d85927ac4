"""Exploring a graph: what is drawn of it, what is added when a node is opened, and what a filter leaves."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from kith.dashboard.data.graph import Edge, Graph, Node, Way
from kith.dashboard.data.person import Minded, Thing

__all__ = [
    "ADDED",
    "ALL",
    "Drawn",
    "Explored",
    "Filter",
    "Span",
    "Whole",
    "begun",
    "beside",
    "drawn",
    "opened",
    "with_way",
]

ADDED = 12
"""Nodes that are added when one is opened: so many more can be taken in at a glance."""
Span = tuple[str, str | None]
"""From when until when, in ISO 8601; None: it goes on."""


@dataclass(frozen=True, slots=True)
class Whole:
    """All of a person's graph, and how active its things are: what exploring goes through."""

    person: str
    nodes: Mapping[str, Node]
    ties: Mapping[str, tuple[Edge, ...]]
    """Those of each node, the strongest first."""
    things: Mapping[str, Thing]
    """By the node."""

    @classmethod
    def of(cls, graph: Graph, things: Minded) -> "Whole":
        """From what the API tells. The person comes first in their graph."""
        at: dict[str, list[Edge]] = defaultdict(list)
        for edge in graph.edges:
            for end in {edge.source, edge.target}:
                at[end].append(edge)
        # What was taken for several types is one thing to the API, and has one activation under all of them.
        by_name = {one.name.casefold(): one for one in reversed(things.items)}
        by_id = {one.id: one for one in things.items}
        found = {
            one.id: thing
            for one in graph.nodes
            if one.kind == "entity" and (thing := by_id.get(one.id) or by_name.get(one.name.casefold()))
        }
        ties = {one: tuple(sorted(edges, key=lambda edge: -edge.weight)) for one, edges in at.items()}
        return cls(graph.nodes[0].id, {one.id: one for one in graph.nodes}, ties, found)

    def activity(self) -> dict[str, float]:
        """How active each thing is, from 0 for the least of this person's to 1 for the most."""
        scores = {one: thing.score for one, thing in self.things.items() if thing.score is not None}
        least, most = min(scores.values(), default=0.0), max(scores.values(), default=0.0)
        return {one: (score - least) / (most - least) if most > least else 0.5 for one, score in scores.items()}

    def times(self) -> tuple[date, date] | None:
        """The first and the last day of which anything is told."""
        told = [time[:10] for one in self.nodes for span in self.spans(one) for time in span if time is not None]
        return (date.fromisoformat(min(told)), date.fromisoformat(max(told))) if told else None

    def spans(self, node: str) -> list[Span]:
        """When a node had its ties to the person, as far as ties have a time."""
        return [span for edge in self.ties.get(node, ()) if (span := self.span(edge)) is not None]

    def span(self, edge: Edge) -> Span | None:
        """When a tie was; None where it tells no time. Of intents and engagement only the last time is told."""
        if edge.since is not None:
            return edge.since, edge.until
        if edge.last is None:
            return None
        thing = self.things.get(edge.target) if edge.kind == "mentioned" else None
        return min(edge.last, thing.first) if thing else edge.last, edge.last


@dataclass(frozen=True, slots=True)
class Filter:
    """What is to be seen: all, where something is empty or None."""

    sorts: Collection[str] = ()
    ties: Collection[str] = ()
    since: date | None = None
    until: date | None = None

    def covers(self, span: Span) -> bool:
        """Whether some of a span lies in the time."""
        begin, end = span
        late = self.until is not None and begin[:10] > self.until.isoformat()
        early = self.since is not None and end is not None and end[:10] < self.since.isoformat()
        return not (late or early)


ALL = Filter()


@dataclass(frozen=True, slots=True)
class Explored:
    """How far somebody has come: what is drawn, which nodes are open, and the way that they asked for."""

    nodes: tuple[str, ...]
    open: frozenset[str]
    """Those whose ties to what is drawn are drawn too."""
    chosen: str
    way: Way | None = None

    @property
    def along(self) -> frozenset[str]:
        """The nodes of the way."""
        return frozenset(one.id for one in self.way.nodes) if self.way else frozenset()


@dataclass(frozen=True, slots=True)
class Drawn:
    """What there is to see. `hidden`: nodes that the filter keeps from it."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    hidden: int = 0


def begun(graph: Graph, *, depth: int, limit: int) -> Explored:
    """The start: the first so many nodes that lie within so many steps of the person, whose own comes before all.

    A graph tells the nearest first, so that what was asked for with fewer steps is where that with more begins.
    """
    near = {one.id: one.depth for one in graph.nodes if one.depth is not None and one.depth <= depth}
    nodes = tuple(near)[:limit]
    return Explored(nodes, frozenset(one for one in nodes if near[one] < depth), graph.nodes[0].id)


def beside(explored: Explored, whole: Whole, node: str) -> tuple[str, ...]:
    """What is tied to a node and not drawn, the most strongly tied first."""
    there = set(explored.nodes)
    return tuple(dict.fromkeys(end for edge in whole.ties.get(node, ()) if (end := edge.other(node)) not in there))


def opened(explored: Explored, whole: Whole, node: str) -> Explored:
    """With a node chosen and opened, and some more of what is tied to it."""
    more = beside(explored, whole, node)[:ADDED]
    return replace(explored, nodes=(*explored.nodes, *more), open=explored.open | {node}, chosen=node)


def with_way(explored: Explored, way: Way | None) -> Explored:
    """With a way in place of the one before, or none. What that one added stays."""
    there = set(explored.nodes)
    more = [one.id for one in way.nodes if one.id not in there] if way else []
    return replace(explored, nodes=(*explored.nodes, *more), way=way)


def drawn(explored: Explored, whole: Whole, only: Filter = ALL) -> Drawn:
    """What there is to see of it. The person, and the way, are there whatever is to be seen."""
    there = [one for one in explored.nodes if one in whole.nodes]
    kept = {whole.person, *explored.along}
    wanted = {one for one in there if one in kept or _wanted(whole, one, only)}
    stretch = explored.way.edges if explored.way else ()
    seen = [
        edge
        for edge in _ties(explored, whole, there)
        if edge.source in wanted and edge.target in wanted and (edge in stretch or _seen(whole, edge, only))
    ]
    tied = kept | {end for edge in seen for end in (edge.source, edge.target)}
    nodes = tuple(whole.nodes[one] for one in there if one in tied)
    return Drawn(nodes, tuple(seen), len(there) - len(nodes))


def _ties(explored: Explored, whole: Whole, there: Iterable[str]) -> Iterable[Edge]:
    """The ties of what is open to what is drawn, and those along the way.

    Of each there is one, by its ends, kind and label: of what was stated for several times, what holds or held last.
    """
    nodes = set(there)
    found = [
        edge
        for one in there
        if one in explored.open
        for edge in whole.ties.get(one, ())
        if edge.source in nodes and edge.target in nodes
    ]
    found.sort(key=lambda edge: (edge.until is None, edge.since or ""))
    stretch = explored.way.edges if explored.way else ()
    return {(one.source, one.target, one.kind, one.label): one for one in (*found, *stretch)}.values()


def _wanted(whole: Whole, node: str, only: Filter) -> bool:
    spans = whole.spans(node)
    in_time = not spans or any(only.covers(one) for one in spans)
    return in_time and (not only.sorts or whole.nodes[node].sort in only.sorts)


def _seen(whole: Whole, edge: Edge, only: Filter) -> bool:
    span = whole.span(edge)
    return (not only.ties or edge.kind in only.ties) and (span is None or only.covers(span))
