"""Entities on record, and what campaigns are about."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, select, tuple_, union

from kith.persona.model import Entity
from kith.stores.ledger.engine import Database, chunks
from kith.stores.ledger.tables import campaign_about, campaign_entities, entities, mentions, relations, statements
from kith.stores.ledger_port import CampaignAbout

__all__ = [
    "campaigns",
    "delete_campaigns",
    "drop_orphans",
    "entities_in_order",
    "mentioned_by",
    "names",
    "orphans",
    "put_on_record",
    "write_campaigns",
]

IN_ORDER = (entities.c.type, entities.c.name)
PAGE = 1000
SPOKEN_OF = (mentions.c.entity_id, statements.c.entity_id, relations.c.subject_id, relations.c.object_id)
"""Where a person's evidence names an entity. Each has an index."""


def names(connection: Connection, tenant: str, entity_ids: Iterable[str]) -> dict[str, Entity]:
    """Entities by id. Rows are named by this rather than by a join, which SQLite would begin with all entities."""
    e = entities.c
    query = select(e.entity_id, e.type, e.name).where(e.tenant == tenant)
    return {
        row.entity_id: Entity(row.type, row.name)
        for some in chunks(sorted(set(entity_ids)))
        for row in connection.execute(query.where(e.entity_id.in_(some)))
    }


def put_on_record(connection: Connection, database: Database, tenant: str, spoken_of: Iterable[Entity]) -> list[Entity]:
    """Makes sure that entities are on record until this transaction ends; returns those that were not, in order."""
    by_id = {entity.id_in(tenant): entity for entity in spoken_of}
    insert = database.insert_new(entities).returning(entities.c.entity_id)
    new: set[str] = set()
    wanted = sorted(by_id)
    while wanted:
        held = _hold(connection, tenant, wanted)
        rows: list[dict[str, Any]] = [
            {"tenant": tenant, "entity_id": entity_id, "type": by_id[entity_id].type, "name": by_id[entity_id].name}
            for entity_id in wanted
            if entity_id not in held
        ]
        if rows:
            new.update(connection.execute(insert, rows).scalars())
        # One that somebody else put there in between is to be held too.
        wanted = [row["entity_id"] for row in rows if row["entity_id"] not in new]
    return sorted(by_id[entity_id] for entity_id in new)


def _hold(connection: Connection, tenant: str, entity_ids: Sequence[str]) -> set[str]:
    """Those that are there. Nobody drops one as an orphan before our mention of it is seen; all may speak of it."""
    held: set[str] = set()
    for some in chunks(entity_ids):
        there = select(entities.c.entity_id).where(entities.c.tenant == tenant, entities.c.entity_id.in_(some))
        locked = there.order_by(entities.c.entity_id).with_for_update(read=True, key_share=True)
        held.update(connection.execute(locked).scalars())
    return held


def write_campaigns(connection: Connection, database: Database, tenant: str, about: Sequence[CampaignAbout]) -> None:
    """Replaces what each campaign is about."""
    newest = {one.campaign_id: one for one in about}
    delete_campaigns(connection, tenant, list(newest))
    headers: list[dict[str, Any]] = []
    named: list[dict[str, Any]] = []
    for campaign_id, one in newest.items():
        of_campaign = {"tenant": tenant, "campaign_id": campaign_id}
        about_it = {"content": one.content, "extractor": one.extractor, "intents": json.dumps(one.intents)}
        headers.append({**of_campaign, **about_it})
        for place, entity in enumerate(one.entities):
            named.append({**of_campaign, "place": place, "entity_id": entity.id_in(tenant)})
    put_on_record(connection, database, tenant, [entity for one in newest.values() for entity in one.entities])
    for table, rows in ((campaign_about, headers), (campaign_entities, named)):
        if rows:
            connection.execute(table.insert(), rows)


def delete_campaigns(connection: Connection, tenant: str, campaign_ids: Sequence[str]) -> None:
    """Takes what they are about off the record; entities stay."""
    for some in chunks(campaign_ids):
        for table in (campaign_about, campaign_entities):
            connection.execute(delete(table).where(table.c.tenant == tenant, table.c.campaign_id.in_(some)))


def campaigns(connection: Connection, tenant: str) -> list[CampaignAbout]:
    """By ascending campaign id."""
    spoken_of: dict[str, list[Entity]] = defaultdict(list)
    c = campaign_entities.c
    rows = connection.execute(select(campaign_entities).where(c.tenant == tenant).order_by(c.place)).all()
    named = names(connection, tenant, (row.entity_id for row in rows))
    for row in rows:
        if row.entity_id in named:
            spoken_of[row.campaign_id].append(named[row.entity_id])
    headers = select(campaign_about).where(campaign_about.c.tenant == tenant).order_by(campaign_about.c.campaign_id)
    return [
        CampaignAbout(
            campaign_id=row.campaign_id,
            content=row.content,
            extractor=row.extractor,
            intents=tuple(json.loads(row.intents)),
            entities=tuple(spoken_of[row.campaign_id]),
        )
        for row in connection.execute(headers)
    ]


def entities_in_order(database: Database, tenant: str) -> Iterator[Entity]:
    """All on record, a page at a time: no transaction waits for who reads slowly."""
    query = select(*IN_ORDER).where(entities.c.tenant == tenant).order_by(*IN_ORDER).limit(PAGE)
    page: list[Entity] = []
    while not page or len(page) == PAGE:
        after = [tuple_(*IN_ORDER) > (page[-1].type, page[-1].name)] if page else []
        with database.read() as connection:
            page = [Entity(*row) for row in connection.execute(query.where(*after))]
        yield from page
        if not page:
            return


def orphans(connection: Connection, tenant: str) -> list[Entity]:
    """Entities that no mention, statement, relation or campaign speaks of, in order."""
    query = select(*IN_ORDER).where(entities.c.tenant == tenant, *_unspoken()).order_by(*IN_ORDER)
    return [Entity(*row) for row in connection.execute(query)]


def _unspoken() -> list[ColumnElement[bool]]:
    return [
        ~exists().where(named.table.c.tenant == entities.c.tenant, named == entities.c.entity_id)
        for named in (*SPOKEN_OF, campaign_entities.c.entity_id)
    ]


def drop_orphans(connection: Connection, tenant: str, named: Sequence[Entity]) -> list[Entity]:
    """Drops those that are orphans now; returns those that are not."""
    spoken_of: set[Entity] = set()
    for some in chunks(sorted(one.id_in(tenant) for one in set(named))):
        own = and_(entities.c.tenant == tenant, entities.c.entity_id.in_(some))
        # Held first, looked at after: who mentions one of them now waits, or is seen.
        query = select(entities.c.entity_id).where(own).order_by(entities.c.entity_id).with_for_update()
        held = list(connection.execute(query).scalars())
        connection.execute(
            delete(entities).where(entities.c.tenant == tenant, entities.c.entity_id.in_(held), *_unspoken())
        )
        spoken_of |= {Entity(*row) for row in connection.execute(select(*IN_ORDER).where(own))}
    return sorted(spoken_of)


def mentioned_by(connection: Connection, tenant: str, entity: Entity) -> list[str]:
    """Users whose mentions, statements or relations speak of an entity, sorted."""
    entity_id = entity.id_in(tenant)
    users = (
        select(named.table.c.user_id).where(named.table.c.tenant == tenant, named == entity_id) for named in SPOKEN_OF
    )
    return sorted(connection.execute(union(*users)).scalars())
