"""Questions about one person, and about what everybody did: each answered by an index, and nothing is written."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, column, exists, func, select, tuple_, values

from kith.persona.corrections import Stated
from kith.persona.engagement import DayCount, Did
from kith.persona.model import Engagement, Entity
from kith.stores.ledger import catalogue
from kith.stores.ledger.engine import Database, chunks, iso, milliseconds
from kith.stores.ledger.learned import statement_of, tie
from kith.stores.ledger.tables import deliveries, intents, mentions, statements, user_engagement
from kith.stores.ledger.tables.columns import WORDS

__all__ = ["SqlInsight"]

EPOCH_DAY = date(1970, 1, 1).toordinal()
E = user_engagement.c
DID = (E.user_id, E.campaign_id, E.conversation_id, E.kind, E.value, E.timestamp)


class SqlInsight:
    """The ledger's `Insight`.

    An edited message was committed when the edit was. `until` is not included. Messages of one time go by descending
    key. An entity that is not on record any more has no name, and is left out.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def stated(self, tenant: str, user_id: str, *, known_at: int | None = None) -> list[Stated]:
        s = statements.c
        query = select(statements).where(s.tenant == tenant, s.user_id == user_id)
        if known_at is not None:
            query = query.where(_committed_by(tenant, s.message_key, known_at))
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            named = catalogue.names(connection, tenant, (row.entity_id for row in rows))
        return [
            Stated(row.message_key, row.timestamp, statement_of(row, named[row.entity_id]))
            for row in rows
            if row.entity_id in named
        ]

    def mention_times(
        self, tenant: str, user_id: str, *, until: int | None = None, limit: int = 5000
    ) -> dict[Entity, list[int]]:
        m = mentions.c
        query = select(m.entity_id, m.timestamp).where(m.tenant == tenant, m.user_id == user_id)
        if until is not None:
            query = query.where(m.timestamp < until)
        newest = query.order_by(m.timestamp.desc(), m.entity_id.desc()).limit(limit)
        times: dict[str, list[int]] = defaultdict(list)
        with self._database.read() as connection:
            for entity_id, timestamp in connection.execute(newest):
                times[entity_id].append(timestamp)
            named = catalogue.names(connection, tenant, times)
        return {named[entity_id]: found for entity_id, found in times.items() if entity_id in named}

    def mentioning(
        self, tenant: str, user_id: str, entity: Entity, *, before: tuple[int, str] | None = None, limit: int = 50
    ) -> list[tuple[int, str]]:
        m = mentions.c
        query = select(m.timestamp, m.message_key).where(m.tie == tie(tenant, user_id, entity.id_in(tenant)))
        if before is not None:
            query = query.where(tuple_(m.timestamp, m.message_key) < before)
        newest = query.order_by(m.timestamp.desc(), m.message_key.desc()).limit(limit)
        with self._database.read() as connection:
            return [(timestamp, key) for timestamp, key in connection.execute(newest)]

    def entity(self, tenant: str, entity_id: str) -> Entity | None:
        with self._database.read() as connection:
            return catalogue.names(connection, tenant, [entity_id]).get(entity_id)

    def intents_by_time(self, tenant: str, user_id: str, *, limit: int = 50) -> list[tuple[int, str]]:
        i = intents.c
        query = select(i.timestamp, i.intent).where(i.tenant == tenant, i.user_id == user_id)
        newest = query.order_by(i.timestamp.desc(), i.message_key.desc(), i.place).limit(limit)
        with self._database.read() as connection:
            return [(timestamp, intent) for timestamp, intent in connection.execute(newest)]

    def done_by(self, tenant: str, user_id: str) -> list[Did]:
        own = select(*DID, E.message_key).where(E.tenant == tenant, E.user_id == user_id, E.campaign_id.is_not(None))
        with self._database.read() as connection:
            # Sorted here: asked for an order, SQLite might read a whole tenant in that order instead.
            rows = sorted(connection.execute(own), key=lambda row: (row.timestamp, row.message_key), reverse=True)
        return [_did(row) for row in rows]

    def done_in(self, tenant: str, conversations: Sequence[tuple[str, str]]) -> list[Did]:
        with self._database.read() as connection:
            return [one for some in chunks(sorted(set(conversations))) for one in _done_in(connection, tenant, some)]

    def done_by_day(self, tenant: str, *, since: int) -> list[DayCount]:
        # What comes before the T of "2026-03-01T09:30:00.000Z".
        day = func.substr(E.timestamp, 1, 10).label("day")
        what = (E.campaign_id, E.kind)
        query = (
            select(*what, day, func.count().label("times"), func.sum(E.value).label("total"))
            .where(E.tenant == tenant, E.timestamp >= iso(since), E.campaign_id.is_not(None))
            .group_by(*what, "day")
            .order_by(*what, "day")
        )
        with self._database.read() as connection:
            return [
                DayCount(row.campaign_id, row.kind, _day(row.day), row.times, row.total)
                for row in connection.execute(query)
            ]


def _committed_by(tenant: str, key: ColumnElement[str], moment: int) -> ColumnElement[bool]:
    d = deliveries.c
    return exists().where(d.tenant == tenant, d.kind == "messages", d.key == key, d.committed_at <= moment)


def _done_in(connection: Connection, tenant: str, conversations: Sequence[tuple[str, str]]) -> Iterator[Did]:
    # Joined rather than asked for by IN: of pairs, SQLite would not look any up.
    names = (column("user_id", WORDS), column("conversation_id", WORDS))
    asked = values(*names, name="asked").data(conversations).cte("asked")
    same = and_(E.user_id == asked.c.user_id, E.conversation_id == asked.c.conversation_id)
    own = and_(E.tenant == tenant, E.campaign_id.is_not(None))
    return map(_did, connection.execute(select(*DID).join_from(asked, user_engagement, same).where(own)))


def _did(row: Any) -> Did:
    engagement = Engagement(row.kind, row.value)
    return Did(row.user_id, row.campaign_id, row.conversation_id, engagement, milliseconds(row.timestamp))


def _day(moment: str) -> int:
    return date.fromisoformat(moment).toordinal() - EPOCH_DAY
