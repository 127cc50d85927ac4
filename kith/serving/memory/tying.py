"""A person's graph and the paths in it: from their own ties alone, so that nobody else's life shows."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from kith.persona.evidence import Ties
from kith.persona.identity import identity, nfc, user_node_id
from kith.persona.model import Entity, User
from kith.persona.surfaces import written
from kith.persona.time import iso
from kith.serving.shapes.memory import Edge, Node

__all__ = ["Net", "net_of"]


@dataclass(frozen=True, slots=True)
class Net:
    """The nodes by id, the person's own first among them, and each node's edges, the strongest first."""

    person: str
    nodes: Mapping[str, Node]
    edges: Mapping[str, tuple[Edge, ...]]

    def around(self, *, depth: int, limit: int) -> tuple[list[Node], list[Edge], bool]:
        """What lies within so many steps of the person, the nearest first; and whether there was more than `limit`.

        Edges are those that a step was or could have been taken along, between nodes that are shown.
        """
        steps = {self.person: 0}
        waiting = deque([self.person])
        cut = False
        while waiting:
            here = waiting.popleft()
            if steps[here] == depth:
                continue
            for other in self._beside(here):
                if other not in steps:
                    if len(steps) == limit:
                        cut = True
                        break
                    steps[other] = steps[here] + 1
                    waiting.append(other)
        shown = [
            edge
            for here in steps
            for edge in self.edges.get(here, ())
            if edge.source == here and edge.target in steps and min(steps[here], steps[edge.target]) < depth
        ]
        return [self.nodes[one].model_copy(update={"depth": far}) for one, far in steps.items()], shown, cut

    def path(self, start: str, end: str) -> tuple[list[Node], list[Edge]]:
        """The shortest way from one node to another, nothing where there is none; of equals the strongest first.

        All that a person speaks of is tied to them: their own node is passed through only where nothing else leads on.
        """
        edges = self._way(start, end, without=self.person) or self._way(start, end, without="")
        if start == end:
            return [self.nodes[start]], []
        places = [start]
        for edge in edges:
            places.append(_other(edge, places[-1]))
        return ([self.nodes[one] for one in places], edges) if edges else ([], [])

    def named(self, text: str) -> str | None:
        """The id of the node that has this id, or else this name: of several, the one most tied to."""
        if text in self.nodes:
            return text
        wanted = nfc(text).casefold()
        alike = [one.id for one in self.nodes.values() if one.name.casefold() == wanted]
        return max(alike, key=lambda one: (sum(edge.weight for edge in self.edges.get(one, ())), one), default=None)

    def _way(self, start: str, end: str, *, without: str) -> list[Edge]:
        came: dict[str, Edge | None] = {start: None}
        waiting = deque([start])
        while waiting and end not in came:
            here = waiting.popleft()
            for edge in self.edges.get(here, ()):
                other = _other(edge, here)
                if other not in came and (other != without or other in (start, end)):
                    came[other] = edge
                    waiting.append(other)
        way: list[Edge] = []
        here = end
        while (edge := came.get(here)) is not None:
            way.append(edge)
            here = _other(edge, here)
        return way[::-1]

    def _beside(self, here: str) -> Iterator[str]:
        return (_other(edge, here) for edge in self.edges.get(here, ()))


def _other(edge: Edge, one: str) -> str:
    return edge.target if edge.source == one else edge.source


def net_of(tenant: str, user: User, ties: Ties) -> Net:
    """The graph of one person, of all that ties them."""
    made = _Making(tenant, user, ties.surfaces)
    for one in ties.mentioned:
        made.tie(made.person, made.entity(one.entity), "mentioned", weight=one.count, last=one.last)
    for fact in ties.facts or ():
        made.tie(
            made.person,
            made.entity(fact.object),
            "stated",
            weight=len(fact.sources),
            label=fact.predicate,
            since=fact.since,
            until=fact.until,
        )
    for one in ties.wants:
        made.tie(made.person, made.intent(one.intent), "has_intent", weight=one.count, last=one.last)
    for one in ties.engaged:
        made.tie(made.person, made.campaign(one.campaign_id), "engaged_with", weight=one.score, last=one.last)
    for one in ties.seen_with:
        made.tie(made.entity(one.first), made.entity(one.second), "seen_with", weight=one.count)
    for one in ties.related:
        subject, other = made.entity(one.relation.subject), made.entity(one.relation.object)
        made.tie(subject, other, "related", weight=len(one.sources), label=one.relation.kind)
    return Net(made.person, made.nodes, _strongest_first(made.edges, made.nodes))


def _strongest_first(edges: Iterable[Edge], nodes: Mapping[str, Node]) -> dict[str, tuple[Edge, ...]]:
    at: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        at[edge.source].append(edge)
        if edge.target != edge.source:
            at[edge.target].append(edge)
    return {
        here: tuple(sorted(those, key=lambda one: (-one.weight, nodes[_other(one, here)].name, one.kind, one.label)))
        for here, those in at.items()
    }


@dataclass(slots=True)
class _Making:
    """The nodes and edges so far."""

    tenant: str
    user: User
    surfaces: Mapping[Entity, str]
    person: str = ""
    nodes: dict[str, Node] = field(default_factory=dict[str, Node])
    edges: list[Edge] = field(default_factory=list[Edge])

    def __post_init__(self) -> None:
        self.person = user_node_id(self.tenant, self.user.user_id)
        self._put(Node(id=self.person, kind="user", name=self.user.name or self.user.user_id))

    def entity(self, entity: Entity) -> str:
        name = written(entity, self.surfaces)
        return self._put(Node(id=entity.id_in(self.tenant), kind="entity", name=name, type=entity.type))

    def intent(self, intent: str) -> str:
        return self._put(Node(id=identity("intent", self.tenant, intent), kind="intent", name=intent))

    def campaign(self, campaign_id: str) -> str:
        node = Node(id=identity("campaign", self.tenant, campaign_id), kind="campaign", name=campaign_id)
        return self._put(node)

    def tie(
        self,
        source: str,
        target: str,
        kind: str,
        *,
        weight: float,
        label: str = "",
        since: int | None = None,
        until: int | None = None,
        last: int | None = None,
    ) -> None:
        times = {"since": since, "until": until, "last": last}
        told = {name: None if time is None else iso(time) for name, time in times.items()}
        self.edges.append(
            Edge.model_validate(
                {"source": source, "target": target, "kind": kind, "label": label, "weight": weight} | told
            )
        )

    def _put(self, node: Node) -> str:
        self.nodes.setdefault(node.id, node)
        return node.id
