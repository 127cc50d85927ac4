"""Where things came from, worked out by the ledger's database: what sources had turned away, who spoke of a thing."""

from dataclasses import dataclass

from sqlalchemy import func, select

from kith.persona.model import Entity
from kith.stores.ledger import catalogue
from kith.stores.ledger.engine import Database
from kith.stores.ledger.tables import mentions, rejections

__all__ = ["Provenance", "SourceFigure", "SpeakerFigure"]


@dataclass(frozen=True, slots=True)
class SourceFigure:
    """How many records of one source were turned away for one reason."""

    source: str
    code: str
    records: int


@dataclass(frozen=True, slots=True)
class SpeakerFigure:
    """In how many messages one person spoke of a thing, and between which times (milliseconds UTC)."""

    user_id: str
    messages: int
    first: int
    last: int


class Provenance:
    """Questions about the origin of what one tenant has."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def turned_away(self, tenant: str) -> list[SourceFigure]:
        """What stands on the list of rejections, by source and code."""
        r = rejections.c
        query = (
            select(r.source, r.code, func.count().label("records"))
            .where(r.tenant == tenant)
            .group_by(r.source, r.code)
            .order_by(r.source, r.code)
        )
        with self._database.read() as connection:
            return [SourceFigure(row.source, row.code, row.records) for row in connection.execute(query)]

    def entity(self, tenant: str, entity_id: str) -> Entity | None:
        """What it is called; None where nobody speaks of it."""
        with self._database.read() as connection:
            return catalogue.names(connection, tenant, [entity_id]).get(entity_id)

    def speakers(self, tenant: str, entity_id: str, *, limit: int = 1000) -> list[SpeakerFigure]:
        """Who spoke of a thing, those who did so most first."""
        m = mentions.c
        query = (
            select(
                m.user_id,
                func.count().label("messages"),
                func.min(m.timestamp).label("first"),
                func.max(m.timestamp).label("last"),
            )
            .where(m.tenant == tenant, m.entity_id == entity_id)
            .group_by(m.user_id)
            .order_by(func.count().desc(), m.user_id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [SpeakerFigure(row.user_id, row.messages, row.first, row.last) for row in connection.execute(query)]
