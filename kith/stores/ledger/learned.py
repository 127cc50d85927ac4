"""Evidence as rows, one message at a time: written, taken away, and put together again exactly as it was."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from sqlalchemy import Connection, Select, Table, delete, select

from kith.persona.evidence import Evidence, Extraction, Touched
from kith.persona.identity import identity
from kith.persona.model import Engagement, Entity, Mention, Relation, Statement
from kith.stores.ledger.catalogue import names
from kith.stores.ledger.engine import Database, chunks, iso
from kith.stores.ledger.tables import (
    evidence_headers,
    intents,
    mentions,
    parted,
    relations,
    statements,
    user_engagement,
)

__all__ = ["insert", "load", "part", "remove", "statement_of", "tie", "touched"]

TABLES: tuple[Table, ...] = (evidence_headers, mentions, statements, intents, relations, user_engagement)


def tie(tenant: str, user_id: str, entity_id: str) -> str:
    """A person and an entity as one value."""
    return identity("digest", tenant, user_id, entity_id)


def statement_of(row: Any, entity: Entity) -> Statement:
    """A row of `statements` as what was stated."""
    return Statement(row.predicate, entity, row.since, row.until, row.confidence, row.origin, row.detail, row.denied)


@dataclass(slots=True)
class _Parts:
    """What the tables hold of one message beside its header."""

    mentions: list[Mention] = field(default_factory=list[Mention])
    statements: list[Statement] = field(default_factory=list[Statement])
    intents: list[str] = field(default_factory=list[str])
    relations: list[Relation] = field(default_factory=list[Relation])
    engaged: tuple[str | None, Engagement] | None = None


def load(connection: Connection, tenant: str, keys: Sequence[str]) -> dict[str, Evidence]:
    """What these messages taught, by key."""
    found: dict[str, Evidence] = {}
    for some in chunks(keys):
        headers = connection.execute(_of(evidence_headers, tenant, some)).all()
        if not headers:
            continue
        parts = _parts(connection, tenant, [row.message_key for row in headers])
        for row in headers:
            part = parts[row.message_key]
            campaign_id, engagement = (row.campaign_id, None) if part.engaged is None else part.engaged
            found[row.message_key] = Evidence(
                key=row.message_key,
                user_id=row.user_id,
                content=row.content,
                timestamp=row.timestamp,
                conversation_id=row.conversation_id,
                extractor=row.extractor,
                campaign_id=campaign_id,
                engagement=engagement,
                extraction=Extraction(
                    tuple(part.mentions), tuple(part.statements), tuple(part.intents), tuple(part.relations)
                ),
            )
    return found


def _of(table: Table, tenant: str, keys: Sequence[str]) -> Select[Any]:
    return select(table).where(table.c.tenant == tenant, table.c.message_key.in_(keys))


def _parts(connection: Connection, tenant: str, keys: Sequence[str]) -> dict[str, _Parts]:
    parts: dict[str, _Parts] = defaultdict(_Parts)
    mentioned = connection.execute(_of(mentions, tenant, keys).order_by(mentions.c.place)).all()
    stated = connection.execute(_of(statements, tenant, keys).order_by(statements.c.place)).all()
    related = connection.execute(_of(relations, tenant, keys).order_by(relations.c.place)).all()
    ends = [entity_id for row in related for entity_id in (row.subject_id, row.object_id)]
    named = names(connection, tenant, [*(row.entity_id for row in (*mentioned, *stated)), *ends])
    for row in mentioned:
        if row.entity_id in named:
            mention = Mention(named[row.entity_id], row.surface, row.occurrences, row.sentiment)
            parts[row.message_key].mentions.append(mention)
    for row in stated:
        if row.entity_id in named:
            parts[row.message_key].statements.append(statement_of(row, named[row.entity_id]))
    for row in related:
        if named.keys() >= {row.subject_id, row.object_id}:
            relation = Relation(named[row.subject_id], row.kind, named[row.object_id])
            parts[row.message_key].relations.append(relation)
    for row in connection.execute(_of(intents, tenant, keys).order_by(intents.c.place)):
        parts[row.message_key].intents.append(row.intent)
    for row in connection.execute(_of(user_engagement, tenant, keys)):
        parts[row.message_key].engaged = (row.campaign_id, Engagement(row.kind, row.value))
    return parts


def insert(connection: Connection, tenant: str, evidence: Sequence[Evidence]) -> None:
    """Writes rows for messages that have none, of entities that are on record."""
    rows = _rows(tenant, evidence)
    for table in TABLES:
        if rows[table]:
            connection.execute(table.insert(), rows[table])


def _rows(tenant: str, evidence: Iterable[Evidence]) -> dict[Table, list[dict[str, Any]]]:
    rows: dict[Table, list[dict[str, Any]]] = {table: [] for table in TABLES}
    for one in evidence:
        of_message = {"tenant": tenant, "message_key": one.key, "user_id": one.user_id}
        rows[evidence_headers].append(_header(of_message, one))
        for place, mention in enumerate(one.extraction.mentions):
            rows[mentions].append(_mention(of_message, place, mention, one.timestamp))
        for place, statement in enumerate(one.extraction.statements):
            rows[statements].append(_statement(of_message, place, statement, one.timestamp))
        for place, intent in enumerate(one.extraction.intents):
            rows[intents].append({**of_message, "place": place, "intent": intent, "timestamp": one.timestamp})
        for place, relation in enumerate(one.extraction.relations):
            rows[relations].append(_relation(of_message, place, relation, one.timestamp))
        if one.engagement is not None:
            rows[user_engagement].append(_engagement(of_message, one, one.engagement))
    return rows


def _header(of_message: dict[str, str], one: Evidence) -> dict[str, Any]:
    return {
        **of_message,
        "content": one.content,
        "timestamp": one.timestamp,
        "conversation_id": one.conversation_id,
        "campaign_id": one.campaign_id,
        "extractor": one.extractor,
        "digest": one.digest,
    }


def _mention(of_message: dict[str, str], place: int, mention: Mention, timestamp: int) -> dict[str, Any]:
    entity_id = mention.entity.id_in(of_message["tenant"])
    return {
        **of_message,
        "place": place,
        "entity_id": entity_id,
        "tie": tie(of_message["tenant"], of_message["user_id"], entity_id),
        "surface": mention.surface,
        "occurrences": mention.count,
        "sentiment": mention.sentiment,
        "timestamp": timestamp,
    }


def _statement(of_message: dict[str, str], place: int, statement: Statement, timestamp: int) -> dict[str, Any]:
    return {
        **of_message,
        "place": place,
        "predicate": statement.predicate,
        "entity_id": statement.object.id_in(of_message["tenant"]),
        "since": statement.since,
        "until": statement.until,
        "confidence": statement.confidence,
        "origin": statement.origin,
        "timestamp": timestamp,
        "detail": statement.detail,
        "denied": statement.denied,
    }


def _relation(of_message: dict[str, str], place: int, relation: Relation, timestamp: int) -> dict[str, Any]:
    return {
        **of_message,
        "place": place,
        "subject_id": relation.subject.id_in(of_message["tenant"]),
        "kind": relation.kind,
        "object_id": relation.object.id_in(of_message["tenant"]),
        "timestamp": timestamp,
    }


def _engagement(of_message: dict[str, str], one: Evidence, engagement: Engagement) -> dict[str, Any]:
    return {
        **of_message,
        "campaign_id": one.campaign_id,
        "kind": engagement.kind,
        "value": engagement.value,
        "timestamp": iso(one.timestamp),
        "conversation_id": one.conversation_id,
        "event_id": identity("event", of_message["tenant"], one.key),
    }


def remove(connection: Connection, tenant: str, keys: Sequence[str]) -> None:
    """Takes away all rows of these messages; entities stay on record."""
    for some in chunks(keys):
        for table in TABLES:
            connection.execute(delete(table).where(table.c.tenant == tenant, table.c.message_key.in_(some)))


def part(connection: Connection, database: Database, tenant: str, gone: Iterable[Evidence]) -> None:
    """Remembers which entities stood together in messages that are taken away: their tie may have to go to 0."""
    pairs = {
        (one.user_id, first.id_in(tenant), second.id_in(tenant))
        for one in gone
        for first, second in combinations(sorted({mention.entity for mention in one.extraction.mentions}), 2)
    }
    rows: list[dict[str, Any]] = [
        {"tenant": tenant, "user_id": user_id, "first_id": first_id, "second_id": second_id}
        for user_id, first_id, second_id in sorted(pairs)
    ]
    if rows:
        connection.execute(database.insert_new(parted), rows)


def touched(evidence: Iterable[Evidence]) -> list[Touched]:
    """Everything that this evidence bears on, per person, by ascending user id."""
    of_people: dict[str, list[Evidence]] = defaultdict(list)
    for one in evidence:
        of_people[one.user_id].append(one)
    return [
        Touched(
            user_id=user_id,
            entities=frozenset(mention.entity for one in own for mention in one.extraction.mentions),
            intents=frozenset(intent for one in own for intent in one.extraction.intents),
            campaigns=frozenset(one.campaign_id for one in own if one.engagement and one.campaign_id is not None),
            relations=frozenset(relation for one in own for relation in one.extraction.relations),
            facts=any(one.extraction.statements for one in own),
        )
        for user_id, own in sorted(of_people.items())
    ]
