"""Documents on SQLite: the record in one file, for one machine."""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from kith.persona.identity import Json
from kith.persona.model import Campaign, Engagement, Message, User
from kith.stores.errors import RecordRefused, Terminal
from kith.stores.ports import StoreCard
from kith.stores.sqlite_file import Format, SqliteFile

__all__ = ["SqliteDocuments", "open_sqlite_documents"]

CHUNK = 500
"""Keys in one statement: below the 999 variables that the most modest build of SQLite allows."""

FORMAT = Format(
    holds="Kith's documents",
    application=int.from_bytes(b"Kdoc", "big"),
    version=1,
    schema=(
        """CREATE TABLE messages (
            tenant TEXT NOT NULL, key TEXT NOT NULL, user_id TEXT NOT NULL, conversation_id TEXT NOT NULL,
            timestamp INTEGER NOT NULL, content TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, key))""",
        "CREATE INDEX messages_of_user ON messages (tenant, user_id, key)",
        "CREATE INDEX messages_in_conversation ON messages (tenant, user_id, conversation_id, timestamp)",
        "CREATE TABLE users (tenant TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, id))",
        "CREATE TABLE campaigns (tenant TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, id))",
    ),
)
PUT_MESSAGE = """INSERT INTO messages (tenant, key, user_id, conversation_id, timestamp, content, body)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, key) DO UPDATE
    SET timestamp = excluded.timestamp, content = excluded.content, body = excluded.body
    WHERE (excluded.timestamp, excluded.content) > (messages.timestamp, messages.content)"""
MEET_USER = "INSERT INTO users (tenant, id, body) VALUES (?, ?, ?) ON CONFLICT (tenant, id) DO NOTHING"
PUT_USER = """INSERT INTO users (tenant, id, body) VALUES (?, ?, ?)
    ON CONFLICT (tenant, id) DO UPDATE SET body = excluded.body"""
PUT_CAMPAIGN = """INSERT INTO campaigns (tenant, id, body) VALUES (?, ?, ?)
    ON CONFLICT (tenant, id) DO UPDATE SET body = excluded.body"""
MESSAGE = "SELECT key, user_id, conversation_id, timestamp, content, body FROM messages"

Row = tuple[Any, ...]
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
        rows = [_message_row(tenant, message) for message in messages]
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

    def delete_messages(self, tenant: str, keys: Sequence[str]) -> int:
        return self._write(("DELETE FROM messages WHERE tenant = ? AND key = ?", [(tenant, key) for key in keys]))

    def put_users(self, tenant: str, users: Sequence[User]) -> None:
        self._write((PUT_USER, [_user_row(tenant, user) for user in users]))

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
        self._write((PUT_CAMPAIGN, [_campaign_row(tenant, campaign) for campaign in campaigns]))

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
        rows: list[Row] = []
        if not ids:
            return rows
        with self._file.reading() as connection:
            for start in range(0, len(ids), CHUNK):
                chunk = ids[start : start + CHUNK]
                marks = ", ".join("?" * len(chunk))
                rows += connection.execute(f"{statement} IN ({marks})", (tenant, *chunk))
        return rows

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
        return self._read(f"SELECT count(*) FROM {table} WHERE {clauses}", values)[0][0]  # noqa: S608

    def _message(self, tenant: str, row: Row) -> Message:
        key, user_id, conversation_id, timestamp, content, text = row
        made = self._made(key, lambda: _message_of(tenant, user_id, conversation_id, timestamp, json.loads(text)))
        if (made.key, made.content) != (key, content):
            raise self._damaged(key)
        return made

    def _user(self, tenant: str, row: Row) -> User:
        return self._made(row[0], lambda: User(tenant, row[0], **json.loads(row[1])))

    def _campaign(self, tenant: str, row: Row) -> Campaign:
        def make() -> Campaign:
            body: dict[str, Any] = json.loads(row[1])
            return Campaign(tenant, row[0], intents=tuple(body.pop("intents")), **body)

        return self._made(row[0], make)

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


def _body(kind: str, of: str, value: Mapping[str, Json]) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise RecordRefused(f"The {kind} {of!r} cannot be written as JSON: {error}. Leave the value out.") from error


STRANGER = _body("user", "", {"name": None, "metadata": {}})
"""A person of whom nothing is known but that they wrote."""


def _ours(kind: str, of: str, *, tenant: str, call: str) -> None:
    if tenant != call:
        raise RecordRefused(
            f"The {kind} {of!r} is of tenant {tenant!r} and was handed in for {call!r}. Write it under its own."
        )


def _message_row(tenant: str, message: Message) -> Row:
    _ours("message", message.key, tenant=message.tenant, call=tenant)
    done = message.engagement
    body: dict[str, Json] = {
        "text": message.text,
        "message_id": message.message_id,
        "role": message.role,
        "author": message.author,
        "campaign_id": message.campaign_id,
        "intent": message.intent,
        "engagement": None if done is None else {"kind": done.kind, "value": done.value},
        "metadata": dict(message.metadata),
    }
    text = _body("message", message.key, body)
    return (tenant, message.key, message.user_id, message.conversation_id, message.timestamp, message.content, text)


def _message_of(tenant: str, user_id: str, conversation_id: str, timestamp: int, body: dict[str, Any]) -> Message:
    done = body.pop("engagement")
    return Message(
        tenant=tenant,
        user_id=user_id,
        conversation_id=conversation_id,
        timestamp=timestamp,
        engagement=None if done is None else Engagement(**done),
        **body,
    )


def _user_row(tenant: str, user: User) -> Row:
    _ours("user", user.user_id, tenant=user.tenant, call=tenant)
    body: dict[str, Json] = {"name": user.name, "metadata": dict(user.metadata)}
    return (tenant, user.user_id, _body("user", user.user_id, body))


def _campaign_row(tenant: str, campaign: Campaign) -> Row:
    _ours("campaign", campaign.campaign_id, tenant=campaign.tenant, call=tenant)
    body: dict[str, Json] = {
        "title": campaign.title,
        "text": campaign.text,
        "intents": list(campaign.intents),
        "starts": campaign.starts,
        "ends": campaign.ends,
        "url": campaign.url,
        "metadata": dict(campaign.metadata),
    }
    return (tenant, campaign.campaign_id, _body("campaign", campaign.campaign_id, body))
