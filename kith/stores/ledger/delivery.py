"""What is delivered: it decides whether a key is new, an edit, a duplicate, or of somebody forgotten."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, or_, select

from kith.stores.ledger.engine import Database, Insert, chunks
from kith.stores.ledger.persons import Persons
from kith.stores.ledger.tables import deliveries
from kith.stores.ledger_port import BatchKind, Delivered, Item, Lineage, Opened, Tombstone

__all__ = ["count", "decide", "deliver", "get", "lineage", "scan", "withdraw"]

KINDS: tuple[BatchKind, ...] = ("campaigns", "messages")
COLUMNS = [deliveries.c[name] for name in ("key", "user_id", "content", "timestamp", "batch_id", "source", "position")]


def _kind(item: Item) -> BatchKind:
    return "messages" if item.user_id else "campaigns"


def decide(connection: Connection, persons: Persons, tenant: str, items: Sequence[Item]) -> Opened:
    """Puts each item where it belongs, by what is committed now."""
    buried = persons.tombstones(connection, tenant, sorted({item.user_id for item in items if item.user_id}))
    stored = _versions(connection, tenant, items)
    accepted: set[str] = set()
    edits: set[str] = set()
    duplicates: set[str] = set()
    forgotten: set[str] = set()
    for item in items:
        before = stored.get((_kind(item), item.key))
        if _refused(item, buried.get(item.user_id)):
            forgotten.add(item.key)
        elif before is None:
            accepted.add(item.key)
        elif before[1] == item.content or before > (item.timestamp, item.content):
            duplicates.add(item.key)
        else:
            accepted.add(item.key)
            edits.add(item.key)
    return Opened(frozenset(accepted), frozenset(edits), frozenset(duplicates), frozenset(forgotten))


def _refused(item: Item, tombstone: Tombstone | None) -> bool:
    if tombstone is None:
        return False
    return tombstone.admitted_at is None or item.timestamp <= tombstone.forgotten_at


def _versions(
    connection: Connection, tenant: str, items: Sequence[Item]
) -> dict[tuple[BatchKind, str], tuple[int, str]]:
    found: dict[tuple[BatchKind, str], tuple[int, str]] = {}
    columns = (deliveries.c.kind, deliveries.c.key, deliveries.c.timestamp, deliveries.c.content)
    for some in chunks(items):
        kinds: set[BatchKind] = {_kind(item) for item in some}
        for kind in kinds:
            keys = [item.key for item in some if _kind(item) == kind]
            for row in connection.execute(select(*columns).where(_among(tenant, keys), deliveries.c.kind == kind)):
                found[(kind, row.key)] = (row.timestamp, row.content)
    return found


def _among(tenant: str, keys: Sequence[str]) -> ColumnElement[bool]:
    return and_(deliveries.c.tenant == tenant, deliveries.c.key.in_(keys))


def deliver(
    connection: Connection, database: Database, items: Sequence[Item], *, tenant: str, batch_id: str, run_id: str
) -> None:
    """Sets the items as delivered, save where a version that is as great stands already."""
    if not items:
        return
    now = database.now()
    rows: list[dict[str, Any]] = [
        {
            "tenant": tenant,
            "kind": _kind(item),
            "key": item.key,
            "user_id": item.user_id,
            "content": item.content,
            "timestamp": item.timestamp,
            "batch_id": batch_id,
            "run_id": run_id,
            "source": item.source,
            "position": item.position,
            "committed_at": now,
        }
        for item in items
    ]
    connection.execute(database.upsert(deliveries, where=_is_greater), rows)


def _is_greater(stored: Table, statement: Insert) -> ColumnElement[bool]:
    new = statement.excluded
    return or_(
        new.timestamp > stored.c.timestamp,
        and_(new.timestamp == stored.c.timestamp, new.content > stored.c.content),
    )


def withdraw(connection: Connection, tenant: str, keys: Sequence[str], *, kinds: Sequence[BatchKind]) -> None:
    """Takes keys of these kinds off the record."""
    for some in chunks(keys):
        connection.execute(delete(deliveries).where(_among(tenant, some), deliveries.c.kind.in_(kinds)))


def get(connection: Connection, tenant: str, keys: Sequence[str]) -> dict[str, Delivered]:
    """By key; where a campaign's id is a message's key too, the message."""
    return {
        row.key: Delivered(*row)
        for some in chunks(keys)
        for kind in KINDS
        for row in connection.execute(select(*COLUMNS).where(_among(tenant, some), deliveries.c.kind == kind))
    }


def scan(connection: Connection, tenant: str, *, after: str | None, limit: int) -> list[Delivered]:
    """Messages by ascending key."""
    query = select(*COLUMNS).where(deliveries.c.tenant == tenant, deliveries.c.kind == "messages")
    if after is not None:
        query = query.where(deliveries.c.key > after)
    return [Delivered(*row) for row in connection.execute(query.order_by(deliveries.c.key).limit(limit))]


def lineage(connection: Connection, tenant: str, key: str) -> Lineage | None:
    """Where a message came from."""
    query = select(*COLUMNS, deliveries.c.run_id, deliveries.c.committed_at).where(
        deliveries.c.tenant == tenant, deliveries.c.kind == "messages", deliveries.c.key == key
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Lineage(Delivered(*row[: len(COLUMNS)]), row.run_id, row.committed_at)


def count(connection: Connection, tenant: str) -> int:
    """How many messages are delivered."""
    query = select(func.count()).where(deliveries.c.tenant == tenant, deliveries.c.kind == "messages")
    return connection.execute(query.select_from(deliveries)).scalar_one()
