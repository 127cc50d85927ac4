"""What was true of a person, from when until when, and the messages that say so."""

from collections.abc import Iterator
from dataclasses import dataclass

from kith.dashboard.data.asking import Api, path_of
from kith.dashboard.data.graph import MOST_NODES, Edge, Graph, Node
from kith.dashboard.data.person import Utterance
from kith.dashboard.data.reading import reading
from kith.persona.facts import fact_id
from kith.persona.model import Entity
from kith.persona.model import Fact as Stated
from kith.persona.timestamps import milliseconds
from kith.persona.wording import fact_text

__all__ = ["Fact", "Grounds", "OverTime", "Span", "facts_over_time", "grounds_of", "stated_by"]


@dataclass(frozen=True, slots=True)
class Fact:
    """What was true, from when until when, and how we know."""

    id: str
    text: str
    predicate: str
    object: str
    type: str
    since: str
    until: str | None
    confidence: float
    origin: str
    sources: tuple[str, ...]
    source_count: int


@dataclass(frozen=True, slots=True)
class Span:
    """A fact in a picture of time. `fact`: as it was known at the time that was asked about, where it was so then."""

    id: str
    text: str
    predicate: str
    since: str
    until: str | None
    sources: int
    fact: Fact | None = None


@dataclass(frozen=True, slots=True)
class OverTime:
    """All that was ever true, by kind and start, and the moment that was asked about.

    `cut`: there is more than the API tells of at once.
    """

    as_of: str
    spans: tuple[Span, ...]
    degraded: tuple[str, ...]
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Grounds:
    """A fact among those of its kind, the earliest first, and the messages that say so."""

    fact: Fact
    history: tuple[Fact, ...]
    messages: tuple[Utterance, ...]
    degraded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Facts:
    items: tuple[Fact, ...]
    as_of: str
    degraded: tuple[str, ...]


@reading
def facts_over_time(
    api: Api, tenant: str, user_id: str, *, as_of: str | None = None, known_at: str | None = None
) -> OverTime:
    """All facts of a person that are known, and which were so at one time, as it was known at another."""
    held = api.get(path_of("users", user_id, "facts"), _Facts, as_of=as_of, known_at=known_at)
    graph = api.get(path_of("users", user_id, "graph"), Graph, depth=1, limit=MOST_NODES)
    spans = {one.id: one for one in _spans(tenant, graph)} | {one.id: _so(one) for one in held.items}
    degraded = tuple(sorted({*held.degraded, *graph.degraded}))
    return OverTime(held.as_of, tuple(sorted(spans.values(), key=_order)), degraded, graph.truncated)


@reading
def grounds_of(api: Api, user_id: str, fact_id: str) -> Grounds:
    """What a fact rests on."""
    return api.get(path_of("users", user_id, "facts", fact_id, "history"), Grounds)


def stated_by(tenant: str, user_id: str, edge: Edge) -> str | None:
    """The id of the fact that a tie of a person's graph stands for; None where it stands for none."""
    if edge.kind != "stated" or edge.since is None:
        return None
    return fact_id(tenant, user_id, edge.label, edge.target, since=milliseconds(edge.since))


def _spans(tenant: str, graph: Graph) -> Iterator[Span]:
    nodes = {one.id: one for one in graph.nodes}
    for edge in graph.edges:
        stated = stated_by(tenant, graph.user_id, edge)
        if stated is not None and edge.since is not None and edge.target in nodes:
            yield Span(
                id=stated,
                text=_words(edge.label, nodes[edge.target]),
                predicate=edge.label,
                since=edge.since,
                until=edge.until,
                sources=round(edge.weight),
            )


def _words(predicate: str, node: Node) -> str:
    thing = Entity(node.type or "", node.name)
    return fact_text(Stated("", predicate, thing, since=0, until=None, confidence=1, origin="rule", sources=()))


def _so(fact: Fact) -> Span:
    return Span(fact.id, fact.text, fact.predicate, fact.since, fact.until, fact.source_count, fact)


def _order(one: Span) -> tuple[str, str, str]:
    return one.predicate, one.since, one.text
