"""What documents on SQLite promise besides the port: crashes, full disks, strange files, other processes."""

import json
import os
import random
import resource
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from stat import S_IMODE
from typing import TypeAlias

import pytest
from at_once import at_once

from kith.persona.model import Message, User
from kith.stores.errors import StoreError, Terminal, Transient, WrongFormat
from kith.stores.sqlite_documents import FORMAT, SqliteDocuments, open_sqlite_documents
from kith.stores.sqlite_file import SqliteFile

Child: TypeAlias = Callable[[str, Path], AbstractContextManager[subprocess.Popen[str]]]
PRELUDE = """
import json, resource, signal, sys
from pathlib import Path
from kith.persona.model import Message
from kith.stores.errors import StoreError
from kith.stores.sqlite_documents import open_sqlite_documents

def messages(start, many, words=5):
    return [Message("t", f"u{n % 3}", f"text {n} " * words, n, message_id=f"m{n}") for n in range(start, start + many)]

documents = open_sqlite_documents(Path(sys.argv[1]))
"""


def messages(start: int, many: int, *, words: int = 5) -> list[Message]:
    return [Message("t", f"u{n % 3}", f"text {n} " * words, n, message_id=f"m{n}") for n in range(start, start + many)]


def line(of: subprocess.Popen[str]) -> str:
    assert of.stdout is not None
    return of.stdout.readline().strip()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "documents.db"


class TestOtherProcesses:
    def test_whatever_was_acknowledged_outlives_kill_9(self, path: Path, child: Child) -> None:
        program = """
start = documents.count_messages("t")
while True:
    documents.put_messages("t", messages(start, 7))
    start += 7
    print(start, flush=True)
"""
        chance = random.Random(7)
        acknowledged = 0
        for _ in range(4):
            with child(PRELUDE + program, path) as writer:
                for _ in range(chance.randrange(1, 60)):
                    acknowledged = int(line(writer))
                writer.send_signal(signal.SIGKILL)
                writer.wait()
            with closing(open_sqlite_documents(path)) as documents:
                there = documents.count_messages("t")
                assert there >= acknowledged
                assert there % 7 == 0
                assert documents.scan_messages("t", limit=there) == sorted(messages(0, there), key=lambda m: m.key)
            acknowledged = there

    def test_one_reads_while_another_writes(self, path: Path, child: Child) -> None:
        program = """
print("ready", flush=True)
seen = []
while not seen or seen[-1] < 2000:
    seen.append(documents.count_messages("t"))
    assert len(documents.scan_messages("t", limit=5000)) >= seen[-1]
print(json.dumps([seen == sorted(seen), all(n % 20 == 0 for n in seen)]), flush=True)
"""
        with closing(open_sqlite_documents(path)) as documents, child(PRELUDE + program, path) as reader:
            assert line(reader) == "ready"
            for start in range(0, 2000, 20):
                documents.put_messages("t", messages(start, 20))
            assert json.loads(line(reader)) == [True, True]

    def test_a_lock_of_another_is_transient_and_keeps_no_reader_out(self, path: Path) -> None:
        with closing(open_sqlite_documents(path, patience=0)) as documents:
            documents.put_messages("t", messages(0, 1))
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                with pytest.raises(Transient, match="held by another process"):
                    documents.put_messages("t", messages(1, 1))
                assert documents.count_messages("t") == 1
            documents.put_messages("t", messages(1, 1))
            assert documents.count_messages("t") == 2

    def test_many_make_the_same_file_at_once(self, path: Path) -> None:
        def write(n: int) -> None:
            with closing(open_sqlite_documents(path)) as documents:
                documents.put_messages("t", messages(n, 1))

        at_once(8, write)
        with closing(open_sqlite_documents(path)) as documents:
            assert documents.count_messages("t") == 8


class TestFullDisk:
    def test_a_file_that_may_not_grow(self, path: Path, child: Child) -> None:
        program = """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
documents.put_messages("t", messages(0, 100))
most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, most))
try:
    documents.put_messages("t", messages(100, 5000, words=40))
except StoreError as error:
    print(json.dumps([type(error).__name__, str(error)]), flush=True)
print(documents.count_messages("t"), flush=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
documents.put_messages("t", messages(100, 5000, words=40))
print(documents.count_messages("t"), flush=True)
documents.close()
"""
        assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
        with child(PRELUDE + program, path) as writer:
            name, said = json.loads(line(writer))
            assert name == "Terminal"
            assert repr(str(path)) in said
            assert "Nothing of this call was kept" in said
            assert [line(writer), line(writer)] == ["100", "5100"]
        with closing(open_sqlite_documents(path)) as documents:
            assert documents.count_messages("t") == 5100

    def test_no_page_left(self, path: Path) -> None:
        file = SqliteFile(path, FORMAT, patience=0)
        with closing(SqliteDocuments(file)) as documents:
            documents.put_messages("t", messages(0, 100))
            with file.writing() as connection:
                connection.execute("PRAGMA max_page_count = 40")
            with pytest.raises(Terminal, match=r"full.*Free some space and try again"):
                documents.put_messages("t", messages(100, 5000))
            assert documents.count_messages("t") == 100
            assert documents.scan_users("t") == [User("t", f"u{n}") for n in range(3)]
            assert documents.delete_user("t", "u1") == 34


def make_text(path: Path) -> None:
    path.write_text("user,message\nu1,hello\n" * 100)


def make_other_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE messages (id)")


def make_newer(path: Path) -> None:
    open_sqlite_documents(path).close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 99")


class TestStrangeFiles:
    @pytest.mark.parametrize(
        ("make", "said"),
        [
            (make_text, "is not an SQLite database"),
            (make_other_database, "does not hold Kith's documents"),
            (make_newer, "in format 99; this version of Kith reads format 2"),
        ],
    )
    def test_is_refused_and_left_as_it_is(self, tmp_path: Path, make: Callable[[Path], None], said: str) -> None:
        path = tmp_path / "strange.db"
        make(path)
        before = path.read_bytes()
        with pytest.raises(WrongFormat, match=said) as refused:
            open_sqlite_documents(path)
        assert repr(str(path)) in str(refused.value)
        assert path.read_bytes() == before

    def test_an_empty_file_is_a_new_one(self, path: Path) -> None:
        path.parent.mkdir()
        path.touch()
        with closing(open_sqlite_documents(path)) as documents:
            documents.put_messages("t", messages(0, 1))
            assert documents.count_messages("t") == 1

    def test_what_cannot_be_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        for path in (tmp_path, tmp_path / "file" / "documents.db", tmp_path / "file" / "deeper" / "documents.db"):
            with pytest.raises(Terminal) as refused:
                open_sqlite_documents(path)
            assert repr(str(path)) in str(refused.value)

    def test_a_damaged_file_says_so(self, path: Path) -> None:
        with closing(open_sqlite_documents(path)) as documents:
            documents.put_messages("t", messages(0, 2000))
        octets = bytearray(path.read_bytes())
        octets[4096 * 8 :] = random.Random(1).randbytes(len(octets) - 4096 * 8)
        path.write_bytes(octets)
        with closing(open_sqlite_documents(path)) as documents:
            with pytest.raises(Terminal, match="damaged: restore it from a backup"):
                documents.scan_messages("t", limit=2000)
            with pytest.raises(Terminal, match="damaged: restore it from a backup"):
                documents.put_messages("t", messages(0, 2000, words=50))

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ("json_set(body, '$.text', 'put in their mouth')", "another text"),
            ("json_remove(body, '$.text')", "less than a message"),
            ("json_set(body, '$.more', 1)", "more than a message"),
            ("substr(body, 2)", "no JSON"),
        ],
    )
    def test_a_row_that_another_changed_says_so(self, path: Path, change: str, why: str) -> None:
        with closing(open_sqlite_documents(path)) as documents:
            [one] = messages(0, 1)
            documents.put_messages("t", [one])
            with closing(sqlite3.connect(path)) as other:
                other.execute(f"UPDATE messages SET body = {change}")  # noqa: S608
                other.commit()
            with pytest.raises(Terminal, match=f"{one.key!r} .* is not as it was written"):
                documents.get_messages("t", [one.key])

    def test_a_file_that_was_taken_away_is_no_empty_store(self, path: Path) -> None:
        with closing(open_sqlite_documents(path)) as documents:
            documents.put_messages("t", messages(0, 1))
            path.rename(path.with_suffix(".gone"))
            with pytest.raises(Terminal, match="Check that it is a file"):
                documents.count_messages("t")
            path.with_suffix(".gone").rename(path)
            assert documents.count_messages("t") == 1


class TestTheFile:
    def test_is_for_its_user_alone_whatever_the_umask(self, path: Path) -> None:
        before = os.umask(0)
        try:
            with closing(open_sqlite_documents(path)) as documents:
                documents.put_messages("t", messages(0, 1))
                documents.count_messages("t")
                modes = {one.name: S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
        finally:
            os.umask(before)
        assert modes == {"documents.db": 0o600, "documents.db-wal": 0o600, "documents.db-shm": 0o600}
        assert S_IMODE(path.parent.stat().st_mode) == 0o700
        assert [one.name for one in path.parent.iterdir()] == ["documents.db"]

    def test_is_synced_at_every_call(self, path: Path) -> None:
        file = SqliteFile(path, FORMAT, patience=0)
        with closing(SqliteDocuments(file)), file.writing() as connection:
            asked = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "journal_mode")]
        assert asked == [2, "wal"]

    @pytest.mark.parametrize("seed", range(3))
    def test_keeps_nothing_of_who_was_deleted(self, path: Path, seed: int) -> None:
        chance = random.Random(seed)
        with closing(open_sqlite_documents(path)) as documents:
            everyone = ["lisbeth-zq", *(f"u{n}" for n in range(20))]
            for start in range(0, 3000, 97):
                batch: list[Message] = []
                for n in range(start, start + 97):
                    who = chance.choice(everyone)
                    # The id of some stands twice, so that longer texts replace shorter ones and pages are split.
                    text = ("secret-zq " if who == "lisbeth-zq" else "other words ") * chance.choice([1, 3, 20, 600])
                    batch.append(Message("t", who, text, n, conversation_id=who, message_id=f"m{n % 2000}"))
                documents.put_messages("t", batch)
            assert documents.delete_user("t", "lisbeth-zq") > 1
            for file in path.parent.iterdir():
                octets = file.read_bytes()
                assert b"zq" not in octets, file.name


def test_every_error_of_sqlite_becomes_one_of_ours(path: Path) -> None:
    file = SqliteFile(path, FORMAT, patience=0)
    with closing(SqliteDocuments(file)) as documents:
        for statement in ("SELECT", "SELECT * FROM nothing", "INSERT INTO users VALUES (NULL, NULL, NULL)"):
            with pytest.raises(StoreError) as raised, file.writing() as connection:
                connection.execute(statement)
            assert isinstance(raised.value, Terminal)
            assert isinstance(raised.value.__cause__, sqlite3.Error)
        with pytest.raises(Terminal), file.reading() as connection:
            connection.execute("DELETE FROM users")
        documents.put_messages("t", messages(0, 1))
        assert documents.count_messages("t") == 1
