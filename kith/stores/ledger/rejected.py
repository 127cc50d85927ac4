"""What was turned away: records of rejections, each under an id that comes from what was read."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, select

from kith.persona.identity import identity
from kith.persona.model import Rejection
from kith.stores.ledger.engine import Database, chunks
from kith.stores.ledger.tables import rejections
from kith.stores.ledger_port import RejectionRow

__all__ = ["counts", "drop", "one", "record", "some"]

FIELDS = ("code", "detail", "source", "position", "raw", "user_id")
COLUMNS = [rejections.c[name] for name in ("id", "run_id", "rejected_at", *FIELDS)]


def record(connection: Connection, database: Database, tenant: str, found: Sequence[Rejection], *, run_id: str) -> None:
    """Keeps each once; one found again is dated and belongs to the run anew."""
    if not found:
        return
    now = database.now()
    rows: list[dict[str, Any]] = [
        {
            "id": identity("rejection", tenant, one.source, one.position, one.code, one.raw),
            "tenant": tenant,
            "run_id": run_id,
            "rejected_at": now,
            **{name: getattr(one, name) for name in FIELDS},
        }
        for one in found
    ]
    connection.execute(database.upsert(rejections), rows)


def some(
    connection: Connection, tenant: str, *, run_id: str | None, code: str | None, after: str | None, limit: int
) -> list[RejectionRow]:
    """By ascending id, from the one after `after`."""
    query = select(*COLUMNS).where(*_of(tenant, run_id))
    if code is not None:
        query = query.where(rejections.c.code == code)
    if after is not None:
        query = query.where(rejections.c.id > after)
    return [_row(*row) for row in connection.execute(query.order_by(rejections.c.id).limit(limit))]


def one(connection: Connection, tenant: str, rejection_id: str) -> RejectionRow | None:
    """The one with this id."""
    query = select(*COLUMNS).where(*_of(tenant, None), rejections.c.id == rejection_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _row(*row)


def drop(connection: Connection, tenant: str, ids: Sequence[str]) -> int:
    """Takes these off the record; how many there were."""
    named = (delete(rejections).where(*_of(tenant, None), rejections.c.id.in_(some)) for some in chunks(ids))
    return sum(connection.execute(statement).rowcount for statement in named)


def counts(connection: Connection, tenant: str, run_id: str | None) -> dict[str, int]:
    """How many, by code."""
    query = select(rejections.c.code, func.count()).where(*_of(tenant, run_id))
    return {code: number for code, number in connection.execute(query.group_by(rejections.c.code).order_by("code"))}


def _of(tenant: str, run_id: str | None) -> list[ColumnElement[bool]]:
    own = [rejections.c.tenant == tenant]
    return own if run_id is None else [*own, rejections.c.run_id == run_id]


def _row(rejection_id: str, run_id: str, rejected_at: int, *fields: Any) -> RejectionRow:
    return RejectionRow(rejection_id, run_id, rejected_at, Rejection(*fields))
