"""Batches from open to commit: what a writer has in hand, and what is settled when it is done."""

import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, delete, exists, select

from kith.stores.ledger import delivery, progress, rejected
from kith.stores.ledger.again import again
from kith.stores.ledger.engine import Database, chunks
from kith.stores.ledger.leases import hold
from kith.stores.ledger.persons import Persons
from kith.stores.ledger.tables import open_batches, open_items
from kith.stores.ledger_port import (
    CATALOGUE,
    BatchKind,
    Commit,
    Delivered,
    Item,
    Lease,
    Lineage,
    OpenBatch,
    Opened,
    SourceMark,
)

__all__ = ["SqlBatches"]

ITEM = [open_items.c[name] for name in ("key", "user_id", "content", "timestamp", "source", "position")]


class SqlBatches:
    """The ledger's `Batches`.

    A batch that was halved stays open until its last piece is committed: opening a piece leaves the row's other keys in
    it, and committing one takes its own keys out.
    `remove` takes away campaigns under a lease of the catalogue, messages under one of people's shards.
    """

    def __init__(self, database: Database, persons: Persons) -> None:
        self._database = database
        self._persons = persons

    def known(self, tenant: str, items: Sequence[Item]) -> set[str]:
        if not items:
            return set()
        with self._database.read() as connection:
            return set(delivery.decide(connection, self._persons, tenant, items).duplicates)

    @again
    def open(self, lease: Lease, batch: OpenBatch) -> Opened:
        with self._database.write() as connection:
            hold(connection, lease, self._database)
            opened = delivery.decide(connection, self._persons, batch.tenant, batch.items)
            _clear(connection, batch.batch_id, batch.holder, keys=[item.key for item in batch.items])
            _write_row(connection, self._database, batch, [item for item in batch.items if item.key in opened.accepted])
            return opened

    def opened(self, shards: Sequence[int] | None = None) -> list[OpenBatch]:
        wanted = None if shards is None else set(shards)
        with self._database.read() as connection:
            return [
                OpenBatch(
                    batch_id=row.batch_id,
                    run_id=row.run_id,
                    kind=row.kind,
                    tenant=row.tenant,
                    holder=row.holder,
                    shards=tuple(json.loads(row.shards)),
                    opened_at=row.opened_at,
                    items=_items(connection, row.batch_id, row.holder),
                )
                for row in _rows(connection)
                if wanted is None or wanted.intersection(json.loads(row.shards))
            ]

    @again
    def settle(self, lease: Lease, batch: OpenBatch, *, delivered: Sequence[Item], clear: bool) -> None:
        with self._database.write() as connection:
            hold(connection, lease, self._database)
            delivery.deliver(
                connection,
                self._database,
                delivered,
                tenant=batch.tenant,
                batch_id=batch.batch_id,
                run_id=batch.run_id,
            )
            changed = {""} if batch.kind == "campaigns" else {item.user_id for item in delivered}
            self._persons.raise_generations(connection, batch.tenant, changed)
            if clear:
                _clear(connection, batch.batch_id, batch.holder)

    @again
    def commit(self, lease: Lease, commit: Commit) -> dict[str, int]:
        database = self._database
        with database.write() as connection:
            hold(connection, lease, database)
            delivery.deliver(
                connection,
                database,
                commit.items,
                tenant=commit.tenant,
                batch_id=commit.batch_id,
                run_id=commit.run_id,
            )
            rejected.record(connection, database, commit.tenant, commit.rejections, run_id=commit.run_id)
            progress.record(connection, database, commit)
            done = None if commit.last_piece else [item.key for item in commit.items]
            _clear(connection, commit.batch_id, lease.holder, keys=done)
            return self._persons.raise_generations(connection, commit.tenant, {item.user_id for item in commit.items})

    @again
    def remove(self, lease: Lease, tenant: str, keys: Sequence[str]) -> None:
        kinds: list[BatchKind] = ["campaigns"] if CATALOGUE in lease.epochs else []
        if lease.epochs.keys() - {CATALOGUE}:
            kinds.append("messages")
        with self._database.write() as connection:
            hold(connection, lease, self._database)
            delivery.withdraw(connection, tenant, keys, kinds=kinds)

    def scan(self, tenant: str, *, after: str | None = None, limit: int = 1000) -> list[Delivered]:
        with self._database.read() as connection:
            return delivery.scan(connection, tenant, after=after, limit=limit)

    def get(self, tenant: str, keys: Sequence[str]) -> dict[str, Delivered]:
        with self._database.read() as connection:
            return delivery.get(connection, tenant, keys)

    def lineage(self, tenant: str, key: str) -> Lineage | None:
        with self._database.read() as connection:
            return delivery.lineage(connection, tenant, key)

    def count(self, tenant: str) -> int:
        with self._database.read() as connection:
            return delivery.count(connection, tenant)

    def mark(self, tenant: str, source: str) -> SourceMark | None:
        with self._database.read() as connection:
            return progress.mark(connection, tenant, source)

    def generation(self, tenant: str, user_id: str) -> int:
        with self._database.read() as connection:
            return self._persons.generation(connection, tenant, user_id)


def _rows(connection: Connection):
    return connection.execute(select(open_batches).order_by(open_batches.c.opened_at, open_batches.c.batch_id)).all()


def _items(connection: Connection, batch_id: str, holder: str) -> tuple[Item, ...]:
    query = select(*ITEM).where(open_items.c.batch_id == batch_id, open_items.c.holder == holder)
    return tuple(Item(*row) for row in connection.execute(query.order_by(open_items.c.place, open_items.c.key)))


def _write_row(connection: Connection, database: Database, batch: OpenBatch, items: Sequence[Item]) -> None:
    if not items:
        return
    own = {"batch_id": batch.batch_id, "holder": batch.holder, "tenant": batch.tenant}
    shards = json.dumps(list(batch.shards))
    row = {**own, "run_id": batch.run_id, "kind": batch.kind, "shards": shards, "opened_at": batch.opened_at}
    connection.execute(database.upsert(open_batches).values(row))
    rows: list[dict[str, Any]] = [
        {
            **own,
            "key": item.key,
            "place": place,
            "user_id": item.user_id,
            "content": item.content,
            "timestamp": item.timestamp,
            "source": item.source,
            "position": item.position,
        }
        for place, item in enumerate(items)
    ]
    connection.execute(open_items.insert(), rows)


def _clear(connection: Connection, batch_id: str, holder: str, *, keys: Collection[str] | None = None) -> None:
    """Takes these keys out of a row (None: all), and the row with the last of them."""
    items = delete(open_items).where(open_items.c.batch_id == batch_id, open_items.c.holder == holder)
    if keys is None:
        connection.execute(items)
    else:
        for some in chunks(list(keys)):
            connection.execute(items.where(open_items.c.key.in_(some)))
    row = delete(open_batches).where(open_batches.c.batch_id == batch_id, open_batches.c.holder == holder)
    named = exists().where(
        open_items.c.batch_id == open_batches.c.batch_id, open_items.c.holder == open_batches.c.holder
    )
    # One that names nothing has nothing to finish. Others' rows may be in the middle of being written.
    connection.execute(row.where(~named))
