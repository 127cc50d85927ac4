"""Evidence by message, its totals by person, and the entities that it speaks of."""

from collections.abc import Iterator, Sequence

from sqlalchemy import func, select

from kith.persona.evidence import Evidence, Ties, Touched
from kith.persona.model import Entity
from kith.stores.ledger import catalogue, learned, totals
from kith.stores.ledger.again import again
from kith.stores.ledger.engine import Database
from kith.stores.ledger.leases import hold
from kith.stores.ledger.tables import (
    entities,
    evidence_headers,
    intents,
    mentions,
    relations,
    statements,
    user_engagement,
)
from kith.stores.ledger_port import CampaignAbout, EvidenceHeader, Lease, Written

__all__ = ["SqlEvidence"]

COUNTED = {
    "messages": evidence_headers,
    "mentions": mentions,
    "statements": statements,
    "intents": intents,
    "relations": relations,
    "engagement": user_engagement,
    "entities": entities,
}


class SqlEvidence:
    """The ledger's `EvidenceTable`.

    SEEN_WITH is named with 0 for pairs that stood together once, in messages edited or deleted since.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, lease: Lease, tenant: str, evidence: Sequence[Evidence]) -> Written:
        newest = {one.key: one for one in evidence}
        return self._replace(lease, tenant, list(newest), list(newest.values()))

    def delete_messages(self, lease: Lease, tenant: str, keys: Sequence[str]) -> list[Touched]:
        return list(self._replace(lease, tenant, list(dict.fromkeys(keys)), []).touched)

    @again
    def _replace(self, lease: Lease, tenant: str, keys: list[str], new: list[Evidence]) -> Written:
        with self._database.write() as connection:
            hold(connection, lease, self._database)
            old = learned.load(connection, tenant, keys)
            learned.part(connection, self._database, tenant, old.values())
            learned.remove(connection, tenant, keys)  # also rows whose header is lost
            spoken_of = {entity for one in new for entity in one.entities}
            new_entities = catalogue.put_on_record(connection, self._database, tenant, spoken_of)
            learned.insert(connection, tenant, new)
            return Written(tuple(learned.touched([*old.values(), *new])), tuple(new_entities))

    def ties(self, tenant: str, touched: Touched) -> Ties:
        return self.ties_many(tenant, [touched])[0]

    def ties_many(self, tenant: str, touched: Sequence[Touched]) -> list[Ties]:
        if not touched:
            return []
        with self._database.read() as connection:
            return totals.of_touched(connection, tenant, touched)

    def all_ties(self, tenant: str, user_id: str) -> Ties:
        with self._database.read() as connection:
            return totals.of_person(connection, tenant, user_id)

    def get(self, tenant: str, key: str) -> Evidence | None:
        with self._database.read() as connection:
            return learned.load(connection, tenant, [key]).get(key)

    def get_many(self, tenant: str, keys: Sequence[str]) -> dict[str, Evidence]:
        with self._database.read() as connection:
            return learned.load(connection, tenant, keys)

    def versions(self, tenant: str) -> dict[str, int]:
        h = evidence_headers.c
        query = select(h.extractor, func.count().label("messages")).where(h.tenant == tenant).group_by(h.extractor)
        with self._database.read() as connection:
            return {row.extractor: row.messages for row in connection.execute(query.order_by(h.extractor))}

    def headers(self, tenant: str, *, after: str | None = None, limit: int = 1000) -> list[tuple[EvidenceHeader, str]]:
        h = evidence_headers.c
        query = select(h.message_key, h.user_id, h.content, h.extractor, h.digest).where(h.tenant == tenant)
        if after is not None:
            query = query.where(h.message_key > after)
        with self._database.read() as connection:
            found = [EvidenceHeader(*row) for row in connection.execute(query.order_by(h.message_key).limit(limit))]
            now = learned.load(connection, tenant, [header.key for header in found])
        return [(header, now[header.key].digest) for header in found]

    def users(self, tenant: str, *, after: str | None = None, limit: int = 1000) -> list[str]:
        h = evidence_headers.c
        query = select(h.user_id).distinct().where(h.tenant == tenant)
        if after is not None:
            query = query.where(h.user_id > after)
        with self._database.read() as connection:
            return list(connection.execute(query.order_by(h.user_id).limit(limit)).scalars())

    @again
    def write_campaigns(self, lease: Lease, tenant: str, about: Sequence[CampaignAbout]) -> None:
        with self._database.write() as connection:
            hold(connection, lease, self._database)
            catalogue.write_campaigns(connection, self._database, tenant, about)

    def delete_campaigns(self, lease: Lease, tenant: str, campaign_ids: Sequence[str]) -> None:
        with self._database.write() as connection:
            hold(connection, lease, self._database)
            catalogue.delete_campaigns(connection, tenant, campaign_ids)

    def campaigns(self, tenant: str) -> list[CampaignAbout]:
        with self._database.read() as connection:
            return catalogue.campaigns(connection, tenant)

    def entities(self, tenant: str) -> Iterator[Entity]:
        return catalogue.entities_in_order(self._database, tenant)

    def orphans(self, tenant: str) -> list[Entity]:
        with self._database.read() as connection:
            return catalogue.orphans(connection, tenant)

    @again
    def drop_orphans(self, tenant: str, entities: Sequence[Entity]) -> list[Entity]:
        if not entities:
            return []
        with self._database.write() as connection:
            return catalogue.drop_orphans(connection, tenant, entities)

    def mentioned_by(self, tenant: str, entity: Entity) -> list[str]:
        with self._database.read() as connection:
            return catalogue.mentioned_by(connection, tenant, entity)

    def counts(self, tenant: str) -> dict[str, int]:
        with self._database.read() as connection:
            return {
                name: connection.execute(
                    select(func.count()).select_from(table).where(table.c.tenant == tenant)
                ).scalar_one()
                for name, table in COUNTED.items()
            }
