"""A graph in words: what nodes and ties are called, what a tie says, and the rows of its tables."""

from collections.abc import Mapping, Sequence

from kith.dashboard.data.exploring import Whole
from kith.dashboard.data.graph import Edge, Node, Way
from kith.dashboard.looks import Rows
from kith.dashboard.wording import count, day, moment

__all__ = [
    "TIES",
    "arrow",
    "edge_rows",
    "kind_of",
    "label_of",
    "node_rows",
    "sort_of",
    "tie_words",
    "told_of",
    "way_words",
]

KINDS = {"user": "person", "entity": "thing", "intent": "intent", "campaign": "campaign"}
TIES = {
    "mentioned": "spoke of",
    "stated": "stated",
    "has_intent": "wanted",
    "engaged_with": "engaged with",
    "seen_with": "named together",
    "related": "related",
}
"""What ties are called where their kind alone is told."""


def kind_of(node: Node) -> str:
    """`thing (place)`, `intent`."""
    return f"{KINDS[node.kind]} ({sort_of(node.type)})" if node.type else KINDS[node.kind]


def sort_of(sort: str) -> str:
    """A type or a kind, as it is called."""
    return KINDS.get(sort, sort.replace("_", " "))


def label_of(edge: Edge) -> str:
    """What is written at a tie: what was stated, or how things are related; else nothing."""
    return edge.label.replace("_", " ")


def tie_words(edge: Edge) -> str:
    """What a tie says, without its ends: `lives in, since 8 Feb 2026`."""
    times = round(edge.weight)
    last = f", last on {day(edge.last)}" if edge.last else ""
    match edge.kind:
        case "mentioned":
            return f"spoke of it {count(times, 'time')}{last}"
        case "stated":
            began = f", since {day(edge.since)}" if edge.since else ""
            return f"{label_of(edge)}{began}{f', until {day(edge.until)}' if edge.until else ''}"
        case "has_intent":
            return f"wanted it {count(times, 'time')}{last}"
        case "engaged_with":
            return f"engaged with it, strength {edge.weight:.2f}{last}"
        case "seen_with":
            return f"named together in {count(times, 'message')}"
        case "related":
            return f"{label_of(edge)}, by {count(times, 'message')}"


def told_of(node: Node, whole: Whole) -> str:
    """A node in one line, for who cannot see it."""
    thing = whole.things.get(node.id)
    active = f", activation {thing.score:.2f}" if thing is not None and thing.score is not None else ""
    return f"{node.name}, {kind_of(node)}{active}, {count(len(whole.ties.get(node.id, ())), 'tie')}"


def arrow(edge: Edge, here: str) -> str:
    """Which way a tie goes, from this end of it."""
    if edge.kind == "seen_with":
        return "–"
    return "→" if edge.source == here else "←"


def way_words(way: Way) -> list[tuple[str, str, str, str]]:
    """A way step by step: a node, which way the tie goes, the next node, and what the tie says."""
    pairs = zip(way.nodes, way.edges, way.nodes[1:], strict=False)
    return [(here.name, arrow(edge, here.id), there.name, tie_words(edge)) for here, edge, there in pairs]


def node_rows(nodes: Sequence[Node], whole: Whole) -> Rows:
    """A row for each node."""
    return [_node_row(one, whole) for one in nodes]


def _node_row(node: Node, whole: Whole) -> Mapping[str, object]:
    thing = whole.things.get(node.id)
    return {
        "name": node.name,
        "what": kind_of(node),
        "activation": None if thing is None else thing.score,
        "spoken of": None if thing is None else thing.count,
        "first": "" if thing is None else moment(thing.first),
        "last": _last(node, whole),
        "ties": len(whole.ties.get(node.id, ())),
    }


def _last(node: Node, whole: Whole) -> str:
    if node.id == whole.person:
        return ""
    thing = whole.things.get(node.id)
    told = [edge.last for edge in whole.ties.get(node.id, ()) if edge.last] + ([thing.last] if thing else [])
    return moment(max(told)) if told else ""


def edge_rows(edges: Sequence[Edge], nodes: Mapping[str, Node]) -> Rows:
    """A row for each tie."""
    return [
        {
            "from": nodes[one.source].name,
            "tie": TIES[one.kind] if one.kind != "stated" else label_of(one),
            "to": nodes[one.target].name,
            "what it says": tie_words(one),
            "weight": one.weight,
            "since": "" if one.since is None else day(one.since),
            "until": "" if one.until is None else day(one.until),
            "last": "" if one.last is None else day(one.last),
        }
        for one in edges
    ]
