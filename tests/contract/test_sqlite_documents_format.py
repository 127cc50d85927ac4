"""Documents files of an earlier format are brought up to date, and what is shown is found by its index."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from kith.persona.model import Campaign, Engagement, Message, User
from kith.stores.errors import Terminal
from kith.stores.ports import Narrowed
from kith.stores.sqlite_documents import FORMAT, SqliteDocuments, open_sqlite_documents
from kith.stores.sqlite_file import SqliteFile

WORDS = [
    Message("t", "ana", text, n, conversation_id="c", message_id=f"m{n}", role="assistant" if n % 2 else "user")
    for n, text in enumerate(["hello", '"', "\0", '{"text":""', "é 日本語"])
]
EVENT = Message("t", "ana", "", 2, conversation_id="c", message_id="e", engagement=Engagement("click"))
NEWEST_FIRST = sorted(WORDS, key=lambda one: (one.timestamp, one.key), reverse=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "documents.db"


def body(one: Message) -> str:
    """A message's body as the first format has it."""
    done = one.engagement
    return json.dumps(
        {
            "text": one.text,
            "message_id": one.message_id,
            "role": one.role,
            "author": one.author,
            "campaign_id": one.campaign_id,
            "intent": one.intent,
            "engagement": None if done is None else {"kind": done.kind, "value": done.value},
            "metadata": dict(one.metadata),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def make_first(path: Path) -> None:
    """A file as the first version left it."""
    file = SqliteFile(path, replace(FORMAT, steps=FORMAT.steps[:1]), patience=0)
    with closing(file), file.writing() as connection:
        connection.executemany(
            "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (one.tenant, one.key, one.user_id, one.conversation_id, one.timestamp, one.content, body(one))
                for one in [*WORDS, EVENT]
            ],
        )
        connection.execute("INSERT INTO users VALUES ('t', 'ana', '{\"name\":\"Ana\",\"metadata\":{}}')")
        connection.execute(
            "INSERT INTO campaigns VALUES ('t', 'trail', ?)",
            [
                '{"title":"Trail","text":"","intents":["run"],"starts":null,"ends":null,"url":null,"metadata":{}}',
            ],
        )


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as other:
        found: int = other.execute("PRAGMA user_version").fetchone()[0]
    return found


def test_a_file_of_the_first_format_is_brought_up_to_date_and_loses_nothing(path: Path) -> None:
    make_first(path)
    assert version(path) == 1
    for _ in range(2):
        with closing(open_sqlite_documents(path)) as documents:
            assert version(path) == FORMAT.version == 2
            everything = sorted([*WORDS, EVENT], key=lambda one: one.key)
            assert documents.scan_messages("t") == everything
            assert documents.get_user("t", "ana") == User("t", "ana", name="Ana")
            assert documents.scan_campaigns("t") == [Campaign("t", "trail", "Trail", intents=("run",))]
            assert documents.page_messages("t", "ana") == NEWEST_FIRST
            for role in ("user", "assistant"):
                shown = documents.page_messages("t", "ana", only=Narrowed(role=role))
                assert shown == [one for one in NEWEST_FIRST if one.role == role]
            keys = [one.key for one in everything]
            assert documents.near("t", keys, reach=9) == {one.key: tuple(reversed(NEWEST_FIRST)) for one in WORDS}
            documents.put_messages("t", [*WORDS, EVENT])
            assert documents.scan_messages("t") == everything


def test_many_bring_the_same_file_up_to_date_at_once(path: Path) -> None:
    make_first(path)
    together = Barrier(6)

    def shown() -> list[Message]:
        together.wait()
        with closing(open_sqlite_documents(path)) as documents:
            return documents.page_messages("t", "ana")

    with ThreadPoolExecutor(6) as pool:
        looks = [pool.submit(shown) for _ in range(6)]
        assert [look.result() for look in looks] == [NEWEST_FIRST] * 6


def test_a_step_that_fails_leaves_the_file_as_it_was(path: Path) -> None:
    make_first(path)
    broken = replace(FORMAT, steps=[*FORMAT.steps, ["DELETE FROM messages", "SELECT nothing"]])
    with pytest.raises(Terminal, match="nothing"):
        SqliteFile(path, broken, patience=0)
    assert version(path) == 1
    with closing(open_sqlite_documents(path)) as documents:
        assert documents.page_messages("t", "ana") == NEWEST_FIRST


def test_a_row_that_was_damaged_before_keeps_nobody_out(path: Path) -> None:
    make_first(path)
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE messages SET body = 'no JSON' WHERE timestamp = 0")
        other.execute("UPDATE messages SET body = json_remove(body, '$.role') WHERE timestamp = 1")
        other.commit()
    with closing(open_sqlite_documents(path)) as documents:
        assert documents.page_messages("t", "ana", limit=3) == NEWEST_FIRST[:3]
        for one in WORDS[:2]:
            with pytest.raises(Terminal, match=f"{one.key!r} .* is not as it was written"):
                documents.get_messages("t", [one.key])


def test_what_is_shown_is_found_by_index_down_to_the_key(path: Path) -> None:
    """A walk over all that was said at one time would be as slow as an import is large: its times are all one."""
    file = SqliteFile(path, FORMAT, patience=0)
    with closing(SqliteDocuments(file)) as documents:
        documents.put_messages("t", WORDS)
        asked: list[str] = []
        with file.reading() as connection:  # put back when the block ends, and taken by the next to read
            connection.set_trace_callback(asked.append)
        documents.near("t", [one.key for one in WORDS])
        for only in (Narrowed(), Narrowed("c"), Narrowed(role="user", until=9), Narrowed("c", "user", 0, 9)):
            documents.page_messages("t", "ana", only=only, before=(3, "f"))
        selects = [statement for statement in asked if statement.startswith("SELECT")]
        assert len(selects) == 6
        for statement in selects:
            with file.reading() as connection:
                plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
            touching = [line for line in plan if "messages" in line or "this" in line or "TREE" in line]
            assert all(line.startswith("SEARCH") for line in touching), plan
            said = [line for line in touching if "said_in" in line]
            assert all("(timestamp,key)" in line for line in said), plan
            assert len(said) == (2 if "json_group_array" in statement else 0 if " IN (" in statement else 1)
