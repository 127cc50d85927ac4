"""The ledger's rows by table, for a copy of it all; and the word that stands in it while it is no whole copy."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Column, Connection, Table, delete, func, select, text, tuple_, update

from kith.stores.copying_port import Reached, Row, Unfinished
from kith.stores.errors import Terminal
from kith.stores.ledger import tables
from kith.stores.ledger.engine import Database
from kith.stores.ledger.tables import secrets

__all__ = ["COPIED", "LEFT", "SqlCopying", "refuse_unfinished"]

LEFT = (tables.ledger_format, tables.secrets, tables.leases, tables.jobs)
"""What is of one place alone. Of the secrets one goes along, by `adopt`."""
COPIED: Mapping[str, Table] = {
    table.name: table
    for table in (
        tables.tombstones,
        tables.receipts,
        tables.generations,
        tables.deliveries,
        tables.open_batches,
        tables.open_items,
        tables.evidence_headers,
        tables.entities,
        tables.mentions,
        tables.statements,
        tables.intents,
        tables.relations,
        tables.user_engagement,
        tables.parted,
        tables.campaign_about,
        tables.campaign_entities,
        tables.pipeline_runs,
        tables.pipeline_stages,
        tables.run_events,
        tables.committed,
        tables.sequences,
        tables.source_marks,
        tables.rejections,
        tables.requests,
        tables.api_keys,
    )
}
"""Those who were forgotten come first: nobody is there before it stands that they must not be."""

PEOPLE = "people"
UNDER_WAY = "copying"
"""Names in `secrets`: of what people are hashed with, and of the word that a copy is under way."""
OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND application_name = current_setting('application_name')"
)


class SqlCopying:
    """The ledger's `Copying`.

    SQLite does not tell who else has its file. PostgreSQL tells of those who connect as the same user, under the same
    application name.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(self) -> dict[str, int]:
        with self._database.read() as connection:
            return {
                name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for name, table in COPIED.items()
            }

    def scan(self, table: str, *, after: Row | None = None, limit: int = 1000) -> list[Row]:
        key = _key(COPIED[table])
        query = select(COPIED[table]).order_by(*key).limit(limit)
        if after is not None:
            query = query.where(tuple_(*key) > tuple_(*after))
        with self._database.read() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def key(self, table: str, row: Row) -> Row:
        return tuple(row[at] for at, column in enumerate(COPIED[table].columns) if column.primary_key)

    def put(self, table: str, rows: Sequence[Row]) -> None:
        if not rows:
            return
        into = COPIED[table]
        names = [column.name for column in into.columns]
        only_key = all(column.primary_key for column in into.columns)
        statement = self._database.insert_new(into) if only_key else self._database.upsert(into)
        values: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in rows]
        with self._database.write() as connection:
            connection.execute(statement, values)

    def clear(self) -> None:
        with self._database.write() as connection:
            for table in COPIED.values():
                connection.execute(delete(table))

    def secret(self) -> str:
        with self._database.read() as connection:
            return connection.execute(select(secrets.c.value).where(secrets.c.name == PEOPLE)).scalar_one()

    def adopt(self, secret: str) -> None:
        with self._database.write() as connection:
            connection.execute(update(secrets).where(secrets.c.name == PEOPLE).values(value=secret))

    def others(self) -> int:
        with self._database.read() as connection:
            return 0 if connection.dialect.name == "sqlite" else connection.execute(OTHERS).scalar_one()

    def unfinished(self) -> Unfinished | None:
        with self._database.read() as connection:
            return _under_way(connection)

    def begin(self, copy: Unfinished) -> bool:
        said = self._database.insert_new(secrets).values(name=UNDER_WAY, value=_written(copy))
        with self._database.write() as connection:
            return connection.execute(said.returning(secrets.c.name)).first() is not None

    def note(self, copy: Unfinished) -> None:
        with self._database.write() as connection:
            connection.execute(update(secrets).where(secrets.c.name == UNDER_WAY).values(value=_written(copy)))

    def end(self) -> None:
        with self._database.write() as connection:
            connection.execute(delete(secrets).where(secrets.c.name == UNDER_WAY))


def refuse_unfinished(database: Database) -> None:
    """`Terminal` where a copy into this ledger was begun and is not done: what is there is not all."""
    with database.read() as connection:
        copy = _under_way(connection)
    if copy is not None:
        raise Terminal(
            f"A copy of {copy.place!r} into the ledger at {database.where!r}, and into the stores around it, was begun "
            f"and is not done. Finish it where that folder is, with: {copy.command}"
        )


def _key(table: Table) -> list[Column[Any]]:
    # As in `key`: in the order of the columns.
    return [column for column in table.columns if column.primary_key]


def _under_way(connection: Connection) -> Unfinished | None:
    found = connection.execute(select(secrets.c.value).where(secrets.c.name == UNDER_WAY)).scalar()
    if found is None:
        return None
    said = json.loads(found)
    reached = said.pop("reached")
    after = reached.pop("after")
    return Unfinished(**said, reached=Reached(**reached, after=None if after is None else tuple(after)))


def _written(copy: Unfinished) -> str:
    return json.dumps(asdict(copy))
