"""From a person's ties to the rows that Cypher writes, and back."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, TypeVar

from kith.persona.evidence import Engaged, Mentioned, Related, SeenWith, Ties, Wants
from kith.persona.identity import identity, user_node_id
from kith.persona.model import Campaign, Entity, Fact, Relation
from kith.stores.cypher import (
    CAMPAIGN,
    ENGAGED_WITH,
    ENTITY,
    HAS_INTENT,
    INTENT,
    MENTIONED,
    RELATED,
    SEEN_WITH,
    STATED,
    USER,
    Key,
    Node,
    Row,
    Tie,
)
from kith.stores.ports import SharedCampaign, TieKind

__all__ = [
    "TIES_OF",
    "Catalogue",
    "Changes",
    "Nodes",
    "by_person",
    "campaign_node_id",
    "catalogue_of",
    "changes_of",
    "shared_from",
    "ties_from",
]

T = TypeVar("T")

TIES_OF: Mapping[TieKind, Tie] = {
    "mentioned": MENTIONED,
    "wants": HAS_INTENT,
    "engaged": ENGAGED_WITH,
    "seen_with": SEEN_WITH,
    "related": RELATED,
    "facts": STATED,
}
"""The kinds of ties that are of one person, by the field of `Ties` that holds them."""


def campaign_node_id(tenant: str, campaign_id: str) -> str:
    """The id of a campaign's node in one tenant."""
    return identity("campaign", tenant, campaign_id)


class Nodes:
    """The nodes that are named to it: each method names one, and returns its id."""

    def __init__(self, tenant: str) -> None:
        self.rows: dict[Node, dict[str, Row]] = defaultdict(dict)
        self._tenant = tenant
        self._entities: dict[Entity, str] = {}

    def user(self, user_id: str) -> str:
        return self._name(USER, user_node_id(self._tenant, user_id), user_id=user_id)

    def entity(self, entity: Entity) -> str:
        known = self._entities.get(entity)
        if known is None:
            known = self._entities[entity] = entity.id_in(self._tenant)
            self._name(ENTITY, known, type=entity.type, name=entity.name)
        return known

    def intent(self, name: str) -> str:
        return self._name(INTENT, identity("intent", self._tenant, name), name=name)

    def campaign(self, campaign_id: str) -> str:
        node = campaign_node_id(self._tenant, campaign_id)
        return self._name(CAMPAIGN, node, campaign_id=campaign_id, title="", loaded=False)

    def _name(self, node: Node, node_id: str, **columns: str | bool) -> str:
        self.rows[node][node_id] = {"id": node_id, "tenant": self._tenant, **columns}
        return node_id


@dataclass(slots=True)
class Changes:
    """What one `set_ties` writes, in the order of the fields.

    Of a tie that stands twice, the last one counts: both in one MERGE would make Ladybug store NULL.
    """

    nodes: Nodes
    bared: list[str] = field(default_factory=list[str])
    """Users, by node id, who lose all their ties first."""
    unstated: list[str] = field(default_factory=list[str])
    """Users who lose all their facts first."""
    cut: dict[Tie, dict[Key, Row]] = field(default_factory=lambda: defaultdict(dict))
    put: dict[Tie, dict[Key, Row]] = field(default_factory=lambda: defaultdict(dict))
    add: dict[Tie, dict[Key, Row]] = field(default_factory=lambda: defaultdict(dict))
    """Ties that cannot be there, since all of their kind went before."""


def changes_of(tenant: str, people: Sequence[Ties]) -> Changes:
    """What there is to write for these people."""
    changes = Changes(Nodes(tenant))
    # What is only named to be removed is not made.
    absent = Nodes(tenant)
    for ties in people:
        user = changes.nodes.user(ties.user_id)
        if ties.whole:
            changes.bared.append(user)
        elif ties.facts is not None:
            changes.unstated.append(user)
        present = changes.add if ties.whole else changes.put
        for tie, row, count in _counted(user, ties, nodes=changes.nodes, absent=absent):
            key = tie.key(row)
            if count:
                present[tie][key] = row
            else:
                present[tie].pop(key, None)
                changes.cut[tie][key] = row
        for place, fact in enumerate(ties.facts or ()):
            changes.add[STATED][user, place] = _fact_row(changes.nodes, user, fact)
    return changes


def by_person(tie: Tie, rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Rows of ties as statements take them that look through what each person has: theirs, by what tells them apart."""
    owner, known_by = tie.owner, tie.known_by
    people: dict[Any, dict[str, Row]] = defaultdict(dict)
    for row in rows:
        people[row[owner]]["".join(str(row[name]) for name in known_by)] = row
    return [{"id": person, "rows": theirs} for person, theirs in people.items()]


@dataclass(slots=True)
class Catalogue:
    """What one `set_campaigns` writes: of a campaign that stands twice, the last one."""

    nodes: Nodes
    loaded: dict[str, Row] = field(default_factory=dict[str, Row])
    targets: dict[Key, Row] = field(default_factory=dict[Key, Row])
    about: dict[Key, Row] = field(default_factory=dict[Key, Row])


def catalogue_of(tenant: str, campaigns: Sequence[tuple[Campaign, Sequence[Entity]]]) -> Catalogue:
    """What there is to write for these campaigns and what each is about."""
    catalogue = Catalogue(nodes := Nodes(tenant))
    for campaign, entities in {one.campaign_id: (one, entities) for one, entities in campaigns}.values():
        node = nodes.campaign(campaign.campaign_id)
        catalogue.loaded[node] = {"id": node, "title": campaign.title}
        for intent in map(nodes.intent, campaign.intents):
            catalogue.targets[node, intent] = {"a": node, "b": intent}
        for entity in map(nodes.entity, entities):
            catalogue.about[node, entity] = {"a": node, "b": entity}
    return catalogue


def _counted(user: str, ties: Ties, *, nodes: Nodes, absent: Nodes) -> Iterator[tuple[Tie, Row, int]]:
    for m in ties.mentioned:
        entity = (nodes if m.count else absent).entity(m.entity)
        row = {"count": m.count, "sentiment": float(m.sentiment), "first": m.first, "last": m.last}
        yield MENTIONED, {"a": user, "b": entity, **row, "surface": m.surface}, m.count
    for w in ties.wants:
        intent = (nodes if w.count else absent).intent(w.intent)
        yield HAS_INTENT, {"a": user, "b": intent, "count": w.count, "last": w.last}, w.count
    for e in ties.engaged:
        campaign = (nodes if e.count else absent).campaign(e.campaign_id)
        row = {"a": user, "b": campaign, "score": float(e.score), "count": e.count, "last": e.last}
        yield ENGAGED_WITH, row, e.count
    for s in ties.seen_with:
        named = nodes if s.count else absent
        row = {"a": named.entity(s.first), "b": named.entity(s.second), "user": user, "count": s.count}
        yield SEEN_WITH, row, s.count
    for r in ties.related:
        named, relation = nodes if r.sources else absent, r.relation
        ends = {"a": named.entity(relation.subject), "b": named.entity(relation.object)}
        yield RELATED, {**ends, "user": user, "kind": relation.kind, "sources": list(r.sources)}, len(r.sources)


def _fact_row(nodes: Nodes, user: str, fact: Fact) -> Row:
    return {
        "a": user,
        "b": nodes.entity(fact.object),
        "fact": fact.id,
        "predicate": fact.predicate,
        "since": fact.since,
        "until": fact.until or 0,
        "has_until": fact.until is not None,
        "confidence": float(fact.confidence),
        "origin": fact.origin,
        "sources": list(fact.sources),
        "detail": fact.detail,
    }


def ties_from(user_id: str, found: Mapping[Tie, Sequence[Sequence[Any]]]) -> Ties:
    """A person's ties: `found` has, by kind, the keys and columns of each tie (the person aside) after the names of the
    node it leads to; of a tie between two things, of both. They are whole where no kind is missing.
    """

    def told(tie: Tie, make: Callable[[Sequence[Any]], T], order: Callable[[Sequence[Any]], Any]) -> tuple[T, ...]:
        # Sorted while they are rows: tuples of strings compare sooner than what is made of them.
        return tuple(map(make, sorted(found.get(tie, ()), key=order)))

    return Ties(
        user_id,
        whole=all(tie in found for tie in TIES_OF.values()),
        mentioned=told(MENTIONED, _mentioned, itemgetter(0, 1)),
        wants=told(HAS_INTENT, lambda row: Wants(*row), itemgetter(0)),
        engaged=told(ENGAGED_WITH, lambda row: Engaged(*row), itemgetter(0)),
        seen_with=told(SEEN_WITH, _seen_with, itemgetter(0, 1, 2, 3)),
        related=told(RELATED, _related, itemgetter(0, 1, 4, 2, 3)),
        facts=told(STATED, _fact, itemgetter(3, 4, 0, 1, 2)) if STATED in found else None,
    )


def shared_from(intents: Sequence[Sequence[Any]], entities: Sequence[Sequence[Any]]) -> list[SharedCampaign]:
    """Campaigns by ascending id, from a row for each intent (its name after the campaign's id) and for each entity
    (its type and name) that one has in common with a person.
    """
    wanted: dict[str, set[str]] = defaultdict(set)
    mentioned: dict[str, set[Entity]] = defaultdict(set)
    for campaign_id, name in intents:
        wanted[campaign_id].add(name)
    for campaign_id, kind, name in entities:
        mentioned[campaign_id].add(Entity(kind, name))
    return [
        SharedCampaign(campaign_id, tuple(sorted(wanted[campaign_id])), tuple(sorted(mentioned[campaign_id])))
        for campaign_id in sorted({*wanted, *mentioned})
    ]


def _mentioned(row: Sequence[Any]) -> Mentioned:
    kind, name, count, sentiment, first, last, surface = row
    return Mentioned(Entity(kind, name), surface, count, sentiment, first, last)


def _seen_with(row: Sequence[Any]) -> SeenWith:
    first_type, first_name, second_type, second_name, count = row
    return SeenWith(Entity(first_type, first_name), Entity(second_type, second_name), count)


def _related(row: Sequence[Any]) -> Related:
    subject_type, subject_name, object_type, object_name, kind, sources = row
    relation = Relation(Entity(subject_type, subject_name), kind, Entity(object_type, object_name))
    return Related(relation, tuple(sources))


def _fact(row: Sequence[Any]) -> Fact:
    kind, name, fact, predicate, since, until, confidence, origin, sources, detail = row
    return Fact(fact, predicate, Entity(kind, name), since, until, confidence, origin, tuple(sources), detail)
