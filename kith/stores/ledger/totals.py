"""What all evidence of people amounts to: the ties that the graph must hold. A few queries for many people at once."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, and_, func, select

from kith.persona.evidence import Engaged, Mentioned, Related, SeenWith, Ties, Touched, Wants, strength
from kith.persona.facts import Stated, timeline
from kith.persona.model import Entity, Relation
from kith.stores.ledger import catalogue
from kith.stores.ledger.engine import chunks, milliseconds
from kith.stores.ledger.learned import statement_of, tie
from kith.stores.ledger.tables import intents, mentions, parted, relations, statements, user_engagement

__all__ = ["of_person", "of_touched"]

ONE, OTHER = mentions.alias("one"), mentions.alias("other")
PEOPLE_AT_ONCE = 64
"""Few, because intents and campaigns are looked up crosswise: people times names."""


@dataclass(slots=True)
class _Spoken:
    """How one person speaks of one entity, gathered surface by surface."""

    surfaces: dict[str, int] = field(default_factory=dict[str, int])
    feeling: float = 0.0
    first: int = 0
    last: int = 0

    def add(self, surface: str, count: int, feeling: float, first: int, last: int) -> None:
        self.first = min(self.first, first) if self.surfaces else first
        self.last = max(self.last, last) if self.surfaces else last
        self.surfaces[surface] = count
        self.feeling += feeling

    def of(self, entity: Entity) -> Mentioned:
        count = sum(self.surfaces.values())
        surface = min(self.surfaces, key=lambda one: (-self.surfaces[one], one), default="")
        return Mentioned(entity, surface, count, self.feeling / count if count else 0.0, self.first, self.last)


@dataclass(slots=True)
class _Person:
    """One person's totals as they are gathered. Entities by id; only what is named, unless `whole`."""

    user_id: str
    whole: bool = False
    named: Mapping[str, Entity] = field(default_factory=dict[str, Entity])
    """Whose mentions and pairs are asked for."""
    ends: Mapping[str, Entity] = field(default_factory=dict[str, Entity])
    """Of the relations that are asked for."""
    spoken: dict[str, _Spoken] = field(default_factory=dict[str, _Spoken])
    pairs: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    wants: dict[str, Wants] = field(default_factory=dict[str, Wants])
    events: dict[str, list[tuple[float, int]]] = field(default_factory=dict[str, list[tuple[float, int]]])
    related: dict[tuple[str, str, str], set[str]] = field(default_factory=dict[tuple[str, str, str], set[str]])
    """Subject, kind and object, and the keys of the messages that say so."""
    stated: list[Any] = field(default_factory=list[Any])
    with_facts: bool = True

    def unnamed(self) -> set[str]:
        of_pairs = (entity_id for pair in self.pairs for entity_id in pair)
        of_relations = (entity_id for subject, _, what in self.related for entity_id in (subject, what))
        every = {*self.spoken, *of_pairs, *of_relations, *(row.entity_id for row in self.stated)}
        return every - self.named.keys() - self.ends.keys()

    def ties(self, tenant: str, names: Mapping[str, Entity]) -> Ties:
        # An entity that is not on record any more has no name: `verify` says so, and this is not the place to fail.
        names = {**names, **self.named, **self.ends}
        mentioned = [spoken.of(names[one]) for one, spoken in self.spoken.items() if one in names]
        pairs = [
            (*sorted(names[one] for one in pair), count)
            for pair, count in self.pairs.items()
            if names.keys() >= {*pair}
        ]
        stated = [
            Stated(row.message_key, row.timestamp, statement_of(row, names[row.entity_id]))
            for row in self.stated
            if row.entity_id in names
        ]
        return Ties(
            user_id=self.user_id,
            whole=self.whole,
            mentioned=tuple(sorted(mentioned, key=lambda one: one.entity)),
            wants=tuple(want for _, want in sorted(self.wants.items())),
            engaged=tuple(_engaged(campaign_id, events) for campaign_id, events in sorted(self.events.items())),
            seen_with=tuple(SeenWith(first, second, count) for first, second, count in sorted(pairs)),
            related=tuple(sorted(self._related(names), key=lambda one: one.relation)),
            facts=timeline(tenant, self.user_id, stated) if self.with_facts else None,
        )

    def _related(self, names: Mapping[str, Entity]) -> Iterator[Related]:
        for (subject, kind, what), keys in self.related.items():
            if names.keys() >= {subject, what}:
                yield Related(Relation(names[subject], kind, names[what]), tuple(sorted(keys)))


def _engaged(campaign_id: str, events: Sequence[tuple[float, int]]) -> Engaged:
    score = math.fsum(one for one, _ in events)
    return Engaged(campaign_id, score, len(events), max((moment for _, moment in events), default=0))


def of_person(connection: Connection, tenant: str, user_id: str) -> Ties:
    """All totals of one person."""
    person = _Person(user_id, whole=True)
    people = {user_id: person}
    _add_mentions(connection, people, _own(mentions, tenant, [user_id]))
    _add_pairs(connection, people, _own(ONE, tenant, [user_id]))
    _add_intents(connection, people, _own(intents, tenant, [user_id]))
    _add_events(connection, people, _own(user_engagement, tenant, [user_id]))
    _add_relations(connection, people, _own(relations, tenant, [user_id]))
    _add_statements(connection, people, _own(statements, tenant, [user_id]))
    return person.ties(tenant, catalogue.names(connection, tenant, person.unnamed()))


def of_touched(connection: Connection, tenant: str, touched: Sequence[Touched]) -> list[Ties]:
    """The totals of what is named, in the order given."""
    return [ties for some in chunks(touched, PEOPLE_AT_ONCE) for ties in _of_some(connection, tenant, some)]


def _of_some(connection: Connection, tenant: str, touched: Sequence[Touched]) -> Iterator[Ties]:
    people = {one.user_id: _named(tenant, one) for one in touched}
    named = [tie(tenant, user_id, one) for user_id, person in people.items() for one in person.spoken]
    for some in chunks(named):
        _add_mentions(connection, people, mentions.c.tie.in_(some))
        _add_pairs(connection, people, ONE.c.tie.in_(some))
    if named:
        _add_parted(connection, people, tenant)
    wanted = sorted({intent for person in people.values() for intent in person.wants})
    for some in chunks(wanted):
        _add_intents(connection, people, and_(_own(intents, tenant, list(people)), intents.c.intent.in_(some)))
    campaigns = sorted({campaign for person in people.values() for campaign in person.events})
    for some in chunks(campaigns):
        of_campaigns = and_(_own(user_engagement, tenant, list(people)), user_engagement.c.campaign_id.in_(some))
        _add_events(connection, people, of_campaigns)
    subjects = sorted({subject for person in people.values() for subject, _, _ in person.related})
    for some in chunks(subjects):
        of_subjects = and_(_own(relations, tenant, list(people)), relations.c.subject_id.in_(some))
        _add_relations(connection, people, of_subjects)
    factual = [person.user_id for person in people.values() if person.with_facts]
    if factual:
        _add_statements(connection, people, _own(statements, tenant, factual))
    unnamed = set[str]().union(*(person.unnamed() for person in people.values()))
    names = catalogue.names(connection, tenant, unnamed)
    return (people[one.user_id].ties(tenant, names) for one in touched)


def _named(tenant: str, touched: Touched) -> _Person:
    """What is named stands at 0 until something is found of it."""
    named = {entity.id_in(tenant): entity for entity in touched.entities}
    return _Person(
        touched.user_id,
        named=named,
        spoken={entity_id: _Spoken() for entity_id in named},
        wants={intent: Wants(intent, 0, 0) for intent in touched.intents},
        events={campaign_id: [] for campaign_id in touched.campaigns},
        ends={one.id_in(tenant): one for r in touched.relations for one in (r.subject, r.object)},
        related={(r.subject.id_in(tenant), r.kind, r.object.id_in(tenant)): set() for r in touched.relations},
        with_facts=touched.facts,
    )


def _own(table: FromClause, tenant: str, user_ids: Sequence[str]) -> ColumnElement[bool]:
    return and_(table.c.tenant == tenant, table.c.user_id.in_(user_ids))


def _add_mentions(connection: Connection, people: Mapping[str, _Person], which: ColumnElement[bool]) -> None:
    m = mentions.c
    query = select(
        m.user_id,
        m.entity_id,
        m.surface,
        func.sum(m.occurrences).label("times"),
        func.sum(m.sentiment * m.occurrences).label("feeling"),
        func.min(m.timestamp).label("first"),
        func.max(m.timestamp).label("last"),
    )
    for row in connection.execute(query.where(which).group_by(m.user_id, m.entity_id, m.surface)).all():
        spoken = people[row.user_id].spoken.setdefault(row.entity_id, _Spoken())
        spoken.add(row.surface, int(row.times), row.feeling, row.first, row.last)


def _add_pairs(connection: Connection, people: Mapping[str, _Person], which: ColumnElement[bool]) -> None:
    one, other = ONE.c, OTHER.c
    ids = (one.user_id, one.entity_id.label("one_id"), other.entity_id.label("other_id"))
    # Each pair comes twice: an order between the two would only tempt SQLite to look the other up by it.
    query = (
        select(*ids, func.count(one.message_key.distinct()).label("messages"))
        .join_from(ONE, OTHER, and_(other.tenant == one.tenant, other.message_key == one.message_key))
        .where(which, one.entity_id != other.entity_id)
        .group_by(*ids)
    )
    for row in connection.execute(query).all():
        pair = (min(row.one_id, row.other_id), max(row.one_id, row.other_id))
        people[row.user_id].pairs[pair] = row.messages


def _add_parted(connection: Connection, people: Mapping[str, _Person], tenant: str) -> None:
    for row in connection.execute(select(parted).where(_own(parted, tenant, list(people)))):
        person = people[row.user_id]
        if row.first_id in person.named or row.second_id in person.named:
            person.pairs.setdefault((min(row.first_id, row.second_id), max(row.first_id, row.second_id)), 0)


def _add_intents(connection: Connection, people: Mapping[str, _Person], which: ColumnElement[bool]) -> None:
    i = intents.c
    query = select(
        i.user_id,
        i.intent,
        func.count(i.message_key.distinct()).label("messages"),
        func.max(i.timestamp).label("last"),
    )
    for row in connection.execute(query.where(which).group_by(i.user_id, i.intent)):
        person = people[row.user_id]
        if person.whole or row.intent in person.wants:
            person.wants[row.intent] = Wants(row.intent, row.messages, row.last)


def _add_events(connection: Connection, people: Mapping[str, _Person], which: ColumnElement[bool]) -> None:
    e = user_engagement.c
    query = select(e.user_id, e.campaign_id, e.kind, e.value, e.timestamp).where(which, e.campaign_id.is_not(None))
    for row in connection.execute(query).all():
        person = people[row.user_id]
        if person.whole or row.campaign_id in person.events:
            event = (strength(row.kind, row.value), milliseconds(row.timestamp))
            person.events.setdefault(row.campaign_id, []).append(event)


def _add_relations(connection: Connection, people: Mapping[str, _Person], which: ColumnElement[bool]) -> None:
    r = relations.c
    for row in connection.execute(select(r.user_id, r.message_key, r.subject_id, r.kind, r.object_id).where(which)):
        person, relation = people[row.user_id], (row.subject_id, row.kind, row.object_id)
        if person.whole or relation in person.related:
            person.related.setdefault(relation, set()).add(row.message_key)


def _add_statements(connection: Connection, people: Mapping[str, _Person], which: ColumnElement[bool]) -> None:
    s = statements.c
    columns = (
        s.message_key,
        s.user_id,
        s.predicate,
        s.entity_id,
        s.since,
        s.until,
        s.confidence,
        s.origin,
        s.timestamp,
        s.detail,
        s.denied,
    )
    for row in connection.execute(select(*columns).where(which)).all():
        people[row.user_id].stated.append(row)
