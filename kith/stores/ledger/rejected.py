"""What was turned away: records of rejections, each under an id that comes from what was read."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, union_all

from kith.persona.identity import identity
from kith.persona.model import Rejection
from kith.stores.ledger.engine import Database, chunks
from kith.stores.ledger.tables import rejections
from kith.stores.ledger_port import RejectionRow

__all__ = ["about", "counts", "drop", "one", "record", "some"]

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
    # In one order everywhere: two runs may turn the same records away.
    connection.execute(database.upsert(rejections), sorted(rows, key=lambda row: row["id"]))


def about(tenant: str, user_id: str) -> ColumnElement[bool]:
    """Which are about a person: theirs, and those of nobody whose raw text holds the id as a JSON string."""
    r = rejections.alias("about_a_person").c
    in_text = [
        # What changes when a text is taken out of another stands in it: alike on every database, and case counts.
        func.replace(r.raw, json.dumps(user_id, ensure_ascii=escaped), "") != r.raw
        for escaped in (True, False)
    ]
    theirs = select(r.id).where(r.user_id == user_id, r.tenant == tenant)
    of_nobody = select(r.id).where(r.user_id.is_(None), r.tenant == tenant, or_(*in_text))
    # Two questions, so that each has its index: of one with OR, SQLite makes a walk through the whole tenant.
    return rejections.c.id.in_(union_all(theirs, of_nobody))


def some(
    connection: Connection,
    tenant: str,
    *,
    run_id: str | None,
    code: str | None,
    user_id: str | None,
    after: str | None,
    limit: int,
) -> list[RejectionRow]:
    """By ascending id, from the one after `after`."""
    query = select(*COLUMNS).where(rejections.c.tenant == tenant if user_id is None else about(tenant, user_id))
    if run_id is not None:
        query = query.where(rejections.c.run_id == run_id)
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
