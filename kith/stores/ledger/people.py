"""Who was forgotten, and everything that the ledger holds of one person."""

import json
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import ColumnElement, Table, and_, bindparam, case, delete, exists, func, select, update

from kith.persona.identity import Json, canonical
from kith.stores.ledger import rejected
from kith.stores.ledger.again import again
from kith.stores.ledger.engine import Database
from kith.stores.ledger.leases import hold
from kith.stores.ledger.persons import Persons
from kith.stores.ledger.tables import ABOUT_PEOPLE, jobs, open_items, receipts, rejections, tombstones
from kith.stores.ledger_port import Lease, Tombstone

__all__ = ["SqlPeople"]


class SqlPeople:
    """The ledger's `People`."""

    def __init__(self, database: Database, persons: Persons) -> None:
        self._database = database
        self._persons = persons

    def bury(self, tenant: str, user_id: str) -> Tombstone:
        t = tombstones.c
        row = {"person": self._persons.person(tenant, user_id), "forgotten_at": self._database.now()}
        statement = self._database.insert(tombstones).values(row)
        new = statement.excluded.forgotten_at
        later = case((new > t.forgotten_at, new), else_=t.forgotten_at)
        buried = statement.on_conflict_do_update(
            index_elements=[t.person], set_={"forgotten_at": later, "admitted_at": None, "settled_at": None}
        ).returning(t.person, t.forgotten_at, t.admitted_at)
        with self._database.write() as connection:
            return Tombstone(*connection.execute(buried).one())

    def tombstone(self, tenant: str, user_id: str) -> Tombstone | None:
        return self.forgotten(tenant, [user_id]).get(user_id)

    def admit(self, tenant: str, user_id: str) -> bool:
        """True where this call let them in: not where nobody was forgotten, nor where they are in already."""
        person = self._persons.person(tenant, user_id)
        with self._database.write() as connection:
            admitted = connection.execute(
                update(tombstones)
                .where(tombstones.c.person == person, tombstones.c.admitted_at.is_(None))
                .values(admitted_at=self._database.now())
            )
            return admitted.rowcount > 0

    def forgotten(self, tenant: str, user_ids: Sequence[str]) -> dict[str, Tombstone]:
        if not user_ids:
            return {}
        with self._database.read() as connection:
            return self._persons.tombstones(connection, tenant, user_ids)

    def unpurged(self) -> list[Tombstone]:
        since = and_(receipts.c.person == tombstones.c.person, receipts.c.kept_at >= tombstones.c.forgotten_at)
        t = tombstones.c
        waiting = select(t.person, t.forgotten_at, t.admitted_at).where(
            t.admitted_at.is_(None), t.settled_at.is_(None), ~exists().where(since).correlate(tombstones)
        )
        with self._database.read() as connection:
            return [Tombstone(*row) for row in connection.execute(waiting.order_by(t.person))]

    def settle(self, waiting: Sequence[Tombstone]) -> None:
        if not waiting:
            return
        t = tombstones.c
        same = and_(t.person == bindparam("whose"), t.forgotten_at == bindparam("since"))
        with self._database.write() as connection:
            connection.execute(
                update(tombstones).where(same).values(settled_at=self._database.now()),
                [{"whose": one.person, "since": one.forgotten_at} for one in waiting],
            )

    @again
    def delete(self, lease: Lease, tenant: str, user_id: str) -> dict[str, int]:
        with self._database.write() as connection:
            hold(connection, lease, self._database)
            gone = {
                # A batch in hand keeps its keys, without their person: whoever has it may be asleep with a write in
                # hand, and whoever finishes it must find what that write left.
                table.name: connection.execute(
                    (update(table).values(user_id="") if table is open_items else delete(table)).where(own)
                ).rowcount
                for table, own in _rows_about(tenant, user_id)
            }
            # What came of a job may name anybody.
            connection.execute(delete(jobs).where(jobs.c.tenant == tenant, jobs.c.state == "over"))
            self._persons.raise_generations(connection, tenant, [user_id])
        self._database.scrub([table for table in (*ABOUT_PEOPLE, rejections) if gone[table.name]])
        return gone

    def count(self, tenant: str, user_id: str) -> dict[str, int]:
        with self._database.read() as connection:
            return {
                table.name: connection.execute(select(func.count()).select_from(table).where(own)).scalar_one()
                for table, own in _rows_about(tenant, user_id)
            }

    def keep_receipt(self, receipt_id: str, tenant: str, user_id: str, receipt: Mapping[str, Json]) -> None:
        with self._database.write() as connection:
            connection.execute(
                self._database.upsert(receipts).values(
                    receipt_id=receipt_id,
                    person=self._persons.person(tenant, user_id),
                    kept_at=self._database.now(),
                    receipt=canonical(dict(receipt)),
                )
            )

    def receipts(self, tenant: str, user_id: str) -> list[dict[str, Json]]:
        own = receipts.c.person == self._persons.person(tenant, user_id)
        query = select(receipts.c.receipt).where(own).order_by(receipts.c.kept_at, receipts.c.receipt_id)
        with self._database.read() as connection:
            return [json.loads(receipt) for receipt in connection.execute(query).scalars()]


def _rows_about(tenant: str, user_id: str) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    for table in ABOUT_PEOPLE:
        yield table, and_(table.c.tenant == tenant, table.c.user_id == user_id)
    yield rejections, rejected.about(tenant, user_id)
