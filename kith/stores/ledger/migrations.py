"""Brings a ledger to the newest format, one numbered step after another, in one transaction.

A step must find its own work done without harm: a new ledger gets every table in its newest shape from the first
step, and then runs the others.
"""

from collections.abc import Callable
from secrets import token_hex
from typing import Any

from sqlalchemy import DDL, Column, Connection, func, inspect, select
from sqlalchemy.schema import CreateColumn

from kith.stores.errors import WrongFormat
from kith.stores.ledger.engine import Database
from kith.stores.ledger.tables import (
    api_keys,
    intents,
    jobs,
    ledger_format,
    mentions,
    metadata,
    relations,
    requests,
    secrets,
    statements,
    tombstones,
    user_engagement,
)

__all__ = ["NEWEST", "format_of", "migrate"]


def _make_tables(connection: Connection, database: Database) -> None:
    metadata.create_all(connection)
    connection.execute(database.insert_new(secrets).values(name="people", value=token_hex(32)))


def _add_details_and_relations(connection: Connection, _database: Database) -> None:
    for column in (statements.c.detail, statements.c.denied, tombstones.c.settled_at):
        _add_column(connection, column)
    relations.create(connection, checkfirst=True)


def _add_keys_requests_and_order_by_time(connection: Connection, _database: Database) -> None:
    for table in (api_keys, requests):
        table.create(connection, checkfirst=True)
    for table in (mentions, intents, user_engagement):
        for index in table.indexes:
            index.create(connection, checkfirst=True)
    for replaced in ("mentions_of_person", "mentions_of_tie"):
        connection.execute(DDL(f"DROP INDEX IF EXISTS {replaced}"))


def _add_jobs_and_requests_in_hand(connection: Connection, _database: Database) -> None:
    jobs.create(connection, checkfirst=True)
    for index in requests.indexes:
        index.create(connection, checkfirst=True)


def _add_column(connection: Connection, column: Column[Any]) -> None:
    table = column.table.name
    if column.name not in {there["name"] for there in inspect(connection).get_columns(table)}:
        # As the table declares it, in this database's words; a default fills the rows that stand.
        declared = CreateColumn(column).compile(dialect=connection.dialect)
        connection.execute(DDL(f"ALTER TABLE {table} ADD COLUMN {declared}"))


STEPS: tuple[Callable[[Connection, Database], None], ...] = (
    _make_tables,
    _add_details_and_relations,
    _add_keys_requests_and_order_by_time,
    _add_jobs_and_requests_in_hand,
)
NEWEST = len(STEPS)


def format_of(database: Database) -> int:
    """The number of the last step that was applied; 0 where there is no ledger yet. A format from later is refused."""
    with database.read() as connection:
        return _applied(connection, database)


def migrate(database: Database) -> None:
    """Applies what is missing; writes nothing where nothing is."""
    if format_of(database) == NEWEST:
        return
    with database.alone() as connection:
        for number in range(_applied(connection, database) + 1, NEWEST + 1):
            STEPS[number - 1](connection, database)
            connection.execute(ledger_format.insert().values(version=number, applied_at=database.now()))


def _applied(connection: Connection, database: Database) -> int:
    if not inspect(connection).has_table(ledger_format.name):
        return 0
    version = connection.execute(select(func.max(ledger_format.c.version))).scalar() or 0
    if version > NEWEST:
        raise WrongFormat(
            f"The ledger at {database.where!r} has format {version}, and this version of Kith knows {NEWEST} at most: "
            "use the newer version that wrote it."
        )
    return version
