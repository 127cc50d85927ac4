"""One SQLite file: one connection that writes, as many that read as there are readers, and errors of our own.

A write is on disk (WAL, `synchronous=FULL`) when its block has ended. Another process may read the file while this one
writes.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from kith.stores.errors import RecordRefused, StoreError, Terminal, Transient, WrongFormat

__all__ = ["Format", "SqliteFile"]

ADVICE = {
    sqlite3.SQLITE_FULL: "Nothing of this call was kept. Free some space and try again",
    sqlite3.SQLITE_IOERR: "Nothing of this call was kept. Check the disk, its space and the limit on file sizes, "
    "then try again",
    sqlite3.SQLITE_READONLY: "Check who may write the file and its folder",
    sqlite3.SQLITE_PERM: "Check who may read and write the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "Check that it is a file, and who may read and write it and its folder",
    sqlite3.SQLITE_CORRUPT: "The file is damaged: restore it from a backup, together with the ledger",
}
HEADER = """SELECT (SELECT count(*) FROM sqlite_master), application_id, user_version
    FROM pragma_application_id, pragma_user_version"""
NOT_NOW = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}


@dataclass(frozen=True, slots=True)
class Format:
    """What a file is made of. Two numbers in its header say so: `application`, and how many steps it has behind it."""

    holds: str
    """For messages: "Kith's documents"."""
    application: int
    steps: Sequence[Sequence[str]]
    """The statements that lead from each version to the next, the first from an empty file. What was released stays."""

    @property
    def version(self) -> int:
        return len(self.steps)


class SqliteFile:
    """A file of one format: made where there is none, refused where it is something else. Any thread may call.

    One of an earlier version is brought up to ours when it is opened.
    """

    def __init__(self, path: Path, fmt: Format, *, patience: float) -> None:
        """`patience`: seconds to wait for another process's lock."""
        self.path = path
        self._format = fmt
        self._patience = patience
        self._turn = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        with self._translated():
            self._writer = self._open_or_make()

    @contextmanager
    def writing(self) -> Generator[sqlite3.Connection]:
        """One transaction: kept when the block ends, undone when it fails."""
        with self._turn, self._translated():
            self._refuse_if_closed()
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                self._undo()
                raise

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        """One moment of the file, whatever is written meanwhile."""
        with self._translated():
            self._refuse_if_closed()
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._connect("PRAGMA query_only = ON")
            try:
                connection.execute("BEGIN")
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                connection.close()
                raise
            self._idle.append(connection)
            if self._closed:
                self._close_idle()

    def scrub(self) -> None:
        """Writes the file anew without what was deleted, and cuts the write-ahead log to nothing.

        `secure_delete` alone leaves copies behind in pages that were split. Where the disk has no room for this, or a
        reader in another process holds on past our patience, the next scrub does it.
        """
        with self._turn, suppress(sqlite3.Error):
            self._writer.execute("VACUUM")
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Waits for a write under way; a reader under way closes its own connection. May be called again."""
        with self._turn, self._translated():
            self._closed = True
            self._close_idle()
            self._writer.close()

    def _close_idle(self) -> None:
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _undo(self) -> None:
        # After some errors SQLite has rolled back by itself. The first error is the one to tell.
        if self._writer.in_transaction:
            with suppress(sqlite3.Error):
                self._writer.execute("ROLLBACK")

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise Terminal(f"The store in {str(self.path)!r} has been closed. Open it again.")

    def _connect(self, *pragmas: str) -> sqlite3.Connection:
        # `mode=rw`: a file that was taken away while we run is an error, not an empty store.
        address = f"{self.path.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(
            address, uri=True, timeout=self._patience, isolation_level=None, check_same_thread=False
        )
        try:
            for pragma in pragmas:
                connection.execute(pragma)
        except BaseException:
            connection.close()
            raise
        return connection

    def _open_or_make(self) -> sqlite3.Connection:
        with suppress(FileExistsError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # What people wrote is nobody else's to read, whatever the umask.
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        # Without fullfsync, macOS calls a write done that the drive still holds in its memory.
        connection = self._connect("PRAGMA synchronous = FULL", "PRAGMA fullfsync = ON", "PRAGMA secure_delete = ON")
        try:
            if self._version(connection) < self._format.version:
                self._turn_on_wal(connection)
                connection.execute("BEGIN IMMEDIATE")
                # Another process may have made it since the first look.
                self._lead_on(connection, self._version(connection))
                connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        return connection

    def _turn_on_wal(self, connection: sqlite3.Connection) -> None:
        # SQLite waits for locks everywhere but here: two who make the file at once meet.
        deadline = time.monotonic() + self._patience
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in NOT_NOW or time.monotonic() >= deadline:
                    raise
                time.sleep(0.005)
            else:
                return

    def _lead_on(self, connection: sqlite3.Connection, version: int) -> None:
        """Brings the file from this version to ours."""
        for step in self._format.steps[version:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {self._format.application}")
        connection.execute(f"PRAGMA user_version = {self._format.version}")

    def _version(self, connection: sqlite3.Connection) -> int:
        """The version of the file, 0 while it is empty; one of another format, or newer than ours, is refused."""
        # In one statement: another process may be making the file just now.
        tables, application, version = connection.execute(HEADER).fetchone()
        if (tables, application, version) == (0, 0, 0):
            return 0
        place, ours = str(self.path), self._format
        if application != ours.application:
            raise WrongFormat(f"{place!r} is an SQLite database, but does not hold {ours.holds}. Name another file.")
        if not 1 <= version <= ours.version:
            raise WrongFormat(
                f"{place!r} holds {ours.holds} in format {version}; this version of Kith reads format {ours.version}. "
                "Use the version of Kith that wrote it, or a newer one."
            )
        return version

    @contextmanager
    def _translated(self) -> Generator[None]:
        place = str(self.path)
        try:
            yield
        except sqlite3.Error as error:
            raise _translation(error, place) from error
        except (UnicodeEncodeError, OverflowError) as error:
            raise RecordRefused(f"A value in the call cannot be kept in {place!r}: {error}. Leave it out.") from error
        except OSError as error:
            raise Terminal(f"{place!r} cannot be made: {error}. Check who may write its folder.") from error


def _translation(error: sqlite3.Error, place: str) -> StoreError:
    # Errors of the Python module itself carry no code. Of SQLite's, the low byte says what, the rest says where.
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in NOT_NOW:
        return Transient(f"{place!r} is held by another process: {error}. Try again.")
    if code == sqlite3.SQLITE_NOTADB:
        return WrongFormat(f"{place!r} is not an SQLite database. Name another file, or move this one away.")
    if code == sqlite3.SQLITE_TOOBIG or isinstance(error, sqlite3.DataError):
        return RecordRefused(f"A value in the call is too large for {place!r}: {error}. Leave it out.")
    return Terminal(f"{place!r}: {error}. {ADVICE.get(code, 'This was not foreseen: run `kith doctor`')}.")
