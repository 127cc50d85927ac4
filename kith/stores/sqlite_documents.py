"""Documents on SQLite: the record in one file, for one machine."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from kith.persona.model import Campaign, Message, User
from kith.stores.document_rows import bounded
from kith.stores.errors import Terminal
from kith.stores.ports import ALL, Narrowed, StoreCard
from kith.stores.sqlite_file import Format, SqliteFile
from kith.stores.sqlite_rows import (
    STRANGER,
    Row,
    campaign_of,
    campaign_row,
    message_kept,
    message_of,
    message_row,
    user_of,
    user_row,
)

__all__ = ["SqliteDocuments", "open_sqlite_documents"]

CHUNK = 500
"""Keys in one statement: below the 999 variables that the most modest build of SQLite allows."""

FORMAT = Format(
    holds="Kith's documents",
    application=int.from_bytes(b"Kdoc", "big"),
    steps=(
        (
            """CREATE TABLE messages (
                tenant TEXT NOT NULL, key TEXT NOT NULL, user_id TEXT NOT NULL, conversation_id TEXT NOT NULL,
                timestamp INTEGER NOT NULL, content TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, key))""",
            "CREATE INDEX messages_of_user ON messages (tenant, user_id, key)",
            "CREATE INDEX messages_in_conversation ON messages (tenant, user_id, conversation_id, timestamp)",
            "CREATE TABLE users (tenant TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, id))",
            """CREATE TABLE campaigns (
                tenant TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, id))""",
        ),
        # `said` is 0 for an event, whose text is empty. A body that is no JSON is told of when it is read.
        (
            "ALTER TABLE messages ADD COLUMN role TEXT NOT NULL DEFAULT 'user'",
            "ALTER TABLE messages ADD COLUMN said INTEGER NOT NULL DEFAULT 1",
            """UPDATE messages SET said = substr(body, 1, 10) <> '{"text":""',
                role = coalesce(CASE WHEN json_valid(body) THEN json_extract(body, '$.role') END, role)""",
            "DROP INDEX messages_in_conversation",
            "CREATE INDEX said_in_time ON messages (tenant, user_id, timestamp, key, role) WHERE said",
            """CREATE INDEX said_in_conversation
                ON messages (tenant, user_id, conversation_id, timestamp, key, role) WHERE said""",
        ),
    ),
)
PUT_MESSAGE = """INSERT INTO messages (tenant, key, user_id, conversation_id, timestamp, content, body, role, said)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, key) DO UPDATE
    SET timestamp = excluded.timestamp, content = excluded.content, body = excluded.body, role = excluded.role,
        said = excluded.said
    WHERE (excluded.timestamp, excluded.content) > (messages.timestamp, messages.content)"""
MEET_USER = "INSERT INTO users (tenant, id, body) VALUES (?, ?, ?) ON CONFLICT (tenant, id) DO NOTHING"
PUT_USER = """INSERT INTO users (tenant, id, body) VALUES (?, ?, ?)
    ON CONFLICT (tenant, id) DO UPDATE SET body = excluded.body"""
PUT_CAMPAIGN = """INSERT INTO campaigns (tenant, id, body) VALUES (?, ?, ?)
    ON CONFLICT (tenant, id) DO UPDATE SET body = excluded.body"""
MESSAGE = "SELECT key, user_id, conversation_id, timestamp, content, body FROM messages"
# The plus takes the column's affinity away: with it, SQLite finds the place by the time alone, and walks from there.
BESIDE = """SELECT json_group_array(key) FROM (
    SELECT key FROM messages
    WHERE tenant = this.tenant AND user_id = this.user_id AND conversation_id = this.conversation_id AND said
        AND (timestamp, key) {side} (this.timestamp, +this.key)
    ORDER BY timestamp {order}, key {order} LIMIT ?)"""
NEAR = f"""SELECT key, ({BESIDE.format(side="<", order="DESC")}), ({BESIDE.format(side=">", order="ASC")})
    FROM messages AS this WHERE said AND tenant = ? AND key"""  # noqa: S608 - of parts that stand above

T = TypeVar("T")


def open_sqlite_documents(path: Path, *, patience: float = 5.0) -> "SqliteDocuments":
    """Opens the file, or makes it. `patience`: seconds to wait for another process's lock before `Transient`."""
    return SqliteDocuments(SqliteFile(path, FORMAT, patience=patience))


class SqliteDocuments:
    """The `Documents` port over one SQLite file."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    def card(self) -> StoreCard:
        return StoreCard(kind="sqlite", version=sqlite3.sqlite_version, where=str(self._file.path))

    def put_messages(self, tenant: str, messages: Sequence[Message]) -> None:
        rows = [message_row(tenant, message) for message in messages]
        met = [(tenant, user_id, STRANGER) for user_id in dict.fromkeys(message.user_id for message in messages)]
        self._write((PUT_MESSAGE, rows), (MEET_USER, met))

    def get_messages(self, tenant: str, keys: Sequence[str]) -> dict[str, Message]:
        rows = self._get(f"{MESSAGE} WHERE tenant = ? AND key", tenant, keys)
        return {row[0]: self._message(tenant, row) for row in rows}

    def scan_messages(
        self, tenant: str, *, user_id: str | None = None, after: str | None = None, limit: int = 1000
    ) -> list[Message]:
        rows = self._scan(MESSAGE, "key", {"tenant": tenant, "user_id": user_id}, after=after, limit=limit)
        return [self._message(tenant, row) for row in rows]

    def page_messages(
        self,
        tenant: str,
        user_id: str,
        *,
        only: Narrowed = ALL,
        before: tuple[int, str] | None = None,
        limit: int = 50,
    ) -> list[Message]:
        clauses, values = _narrowed(
            {"tenant": tenant, "user_id": user_id, "conversation_id": only.conversation_id, "role": only.role}
        )
        if only.since is not None:
            clauses, values = f"{clauses} AND timestamp >= ?", [*values, bounded(only.since)]
        # No key comes before the empty one: what is said before a time comes before it.
        ends = [end for end in (before, None if only.until is None else (only.until, "")) if end is not None]
        if ends:
            timestamp, key = min(ends)
            clauses, values = f"{clauses} AND (timestamp, key) < (?, ?)", [*values, bounded(timestamp), key]
        statement = f"{MESSAGE} WHERE said AND {clauses} ORDER BY timestamp DESC, key DESC LIMIT ?"
        return [self._shown(tenant, row) for row in self._read(statement, [*values, max(limit, 0)])]

    def near(self, tenant: str, keys: Sequence[str], *, reach: int = 2) -> dict[str, tuple[Message, ...]]:
        reach = max(reach, 0)
        with self._file.reading() as connection:
            around = {
                row[0]: [row[0], *json.loads(row[1]), *json.loads(row[2])]
                for row in _each(connection, NEAR, [reach, reach, tenant], keys)
            }
            named = list({key for beside in around.values() for key in beside})
            rows = list(_each(connection, f"{MESSAGE} WHERE tenant = ? AND key", [tenant], named))
        there = {row[0]: self._shown(tenant, row) for row in rows}
        return {
            key: tuple(sorted((there[one] for one in beside), key=lambda one: (one.timestamp, one.key)))
            for key, beside in around.items()
        }

    def delete_messages(self, tenant: str, keys: Sequence[str]) -> int:
        return self._write(("DELETE FROM messages WHERE tenant = ? AND key = ?", [(tenant, key) for key in keys]))

    def put_users(self, tenant: str, users: Sequence[User]) -> None:
        self._write((PUT_USER, [user_row(tenant, user) for user in users]))

    def get_user(self, tenant: str, user_id: str) -> User | None:
        rows = self._get("SELECT id, body FROM users WHERE tenant = ? AND id", tenant, [user_id])
        return self._user(tenant, rows[0]) if rows else None

    def names(self, tenant: str, user_ids: Sequence[str]) -> dict[str, str]:
        rows = self._get("SELECT id, body FROM users WHERE tenant = ? AND id", tenant, user_ids)
        return {user.user_id: user.name for user in (self._user(tenant, row) for row in rows) if user.name}

    def scan_users(self, tenant: str, *, after: str | None = None, limit: int = 1000) -> list[User]:
        rows = self._scan("SELECT id, body FROM users", "id", {"tenant": tenant}, after=after, limit=limit)
        return [self._user(tenant, row) for row in rows]

    def delete_user(self, tenant: str, user_id: str) -> int:
        gone = self._write(
            ("DELETE FROM messages WHERE tenant = ? AND user_id = ?", [(tenant, user_id)]),
            ("DELETE FROM users WHERE tenant = ? AND id = ?", [(tenant, user_id)]),
        )
        if gone:
            self._file.scrub()
        return gone

    def put_campaigns(self, tenant: str, campaigns: Sequence[Campaign]) -> None:
        self._write((PUT_CAMPAIGN, [campaign_row(tenant, campaign) for campaign in campaigns]))

    def get_campaigns(self, tenant: str, campaign_ids: Sequence[str]) -> dict[str, Campaign]:
        rows = self._get("SELECT id, body FROM campaigns WHERE tenant = ? AND id", tenant, campaign_ids)
        return {row[0]: self._campaign(tenant, row) for row in rows}

    def scan_campaigns(self, tenant: str, *, after: str | None = None, limit: int = 1000) -> list[Campaign]:
        rows = self._scan("SELECT id, body FROM campaigns", "id", {"tenant": tenant}, after=after, limit=limit)
        return [self._campaign(tenant, row) for row in rows]

    def delete_campaigns(self, tenant: str, campaign_ids: Sequence[str]) -> int:
        return self._write(
            ("DELETE FROM campaigns WHERE tenant = ? AND id = ?", [(tenant, one) for one in campaign_ids])
        )

    def tenants(self) -> list[str]:
        # Whoever has messages stands in users too, which is far shorter.
        rows = self._read("SELECT tenant FROM users UNION SELECT tenant FROM campaigns ORDER BY tenant", ())
        return [row[0] for row in rows]

    def count_messages(self, tenant: str, *, user_id: str | None = None) -> int:
        return self._count("messages", {"tenant": tenant, "user_id": user_id})

    def count_users(self, tenant: str) -> int:
        return self._count("users", {"tenant": tenant})

    def count_campaigns(self, tenant: str) -> int:
        return self._count("campaigns", {"tenant": tenant})

    def close(self) -> None:
        self._file.close()

    def _write(self, *statements: tuple[str, Sequence[Row]]) -> int:
        """Runs each statement for each of its rows, all in one transaction; how many rows of the file changed."""
        if not any(rows for _, rows in statements):
            return 0
        with self._file.writing() as connection:
            return sum(connection.executemany(statement, rows).rowcount for statement, rows in statements if rows)

    def _read(self, statement: str, values: Sequence[str | int]) -> list[Row]:
        with self._file.reading() as connection:
            return connection.execute(statement, values).fetchall()

    def _get(self, statement: str, tenant: str, ids: Sequence[str]) -> list[Row]:
        """The rows of these ids, all from one moment."""
        with self._file.reading() as connection:
            return list(_each(connection, statement, [tenant], ids))

    def _scan(
        self, statement: str, by: str, where: Mapping[str, str | None], *, after: str | None, limit: int
    ) -> list[Row]:
        clauses, values = _narrowed(where)
        if after is not None:
            clauses, values = f"{clauses} AND {by} > ?", [*values, after]
        # SQLite takes a limit below 0 for none at all.
        return self._read(f"{statement} WHERE {clauses} ORDER BY {by} LIMIT ?", [*values, max(limit, 0)])

    def _count(self, table: str, where: Mapping[str, str | None]) -> int:
        clauses, values = _narrowed(where)
        return self._read(f"SELECT count(*) FROM {table} WHERE {clauses}", values)[0][0]  # noqa: S608 - names of ours

    def _message(self, tenant: str, row: Row) -> Message:
        made = self._made(row[0], lambda: message_of(tenant, row))
        if (made.key, made.content) != (row[0], row[4]):
            raise self._damaged(row[0])
        return made

    def _shown(self, tenant: str, row: Row) -> Message:
        """A message that is shown and no more: its digests are not worked out again."""
        return self._made(row[0], lambda: message_kept(tenant, row))

    def _user(self, tenant: str, row: Row) -> User:
        return self._made(row[0], lambda: user_of(tenant, row))

    def _campaign(self, tenant: str, row: Row) -> Campaign:
        return self._made(row[0], lambda: campaign_of(tenant, row))

    def _made(self, key: str, make: Callable[[], T]) -> T:
        try:
            return make()
        except (ValueError, KeyError, TypeError) as error:
            raise self._damaged(key) from error

    def _damaged(self, key: str) -> Terminal:
        place = str(self._file.path)
        return Terminal(
            f"The document {key!r} in {place!r} is not as it was written. Restore the file from a backup, "
            "together with the ledger."
        )


def _narrowed(where: Mapping[str, str | None]) -> tuple[str, list[str | int]]:
    given = {column: value for column, value in where.items() if value is not None}
    return " AND ".join(f"{column} = ?" for column in given), list(given.values())


def _each(
    connection: sqlite3.Connection, statement: str, values: Sequence[str | int], ids: Sequence[str]
) -> Iterator[Row]:
    """The rows of these ids, of a statement that ends before `IN`."""
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        marks = ", ".join("?" * len(chunk))
        yield from connection.execute(f"{statement} IN ({marks})", (*values, *chunk))
