"""Databases on a real PostgreSQL: made for tests, emptied between them, and dropped after them."""

from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg import sql

__all__ = ["empty_database", "new_database", "run_on", "version_of", "with_options"]

HOSTILE = sql.SQL(" LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
"""An order of text that is nothing like that of code points; servers know it from 15 on."""


@contextmanager
def new_database(server: str) -> Generator[str]:
    """The URL of an empty database on this server, which is there until it is left."""
    name = f"kith_{uuid4().hex}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(create + HOSTILE if connection.info.server_version >= 150_000 else create)
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def empty_database(url: str, *, but: tuple[str, ...] = ()) -> None:
    """Takes all rows from all tables but these. Much faster than a new database."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (name,) in found:
            if name not in but:
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))


def run_on(url: str, statements: str) -> list[tuple[object, ...]]:
    """What these give, outside of a transaction."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statements.encode())
        return cursor.fetchall() if cursor.description else []


def version_of(url: str) -> int:
    """The server's, without what follows the first point."""
    with psycopg.connect(url) as connection:
        return connection.info.server_version // 10_000


def with_options(url: str, **options: str) -> str:
    """The URL with settings of the server's for its connections."""
    return f"{url}?options={'%20'.join(f'-c%20{name}%3D{value}' for name, value in options.items())}"
