"""One SQL database: connections, transactions, errors, and all that differs between SQLite and PostgreSQL."""

import os
import sqlite3
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import TypeAlias, TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Table,
    cast,
    create_engine,
    event,
    extract,
    func,
    literal,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, TimeoutError
from sqlalchemy.pool import QueuePool

from kith.persona.errors import BadInput
from kith.stores.errors import RecordRefused, StoreError, Terminal, Transient
from kith.stores.ports import StoreCard

__all__ = ["Database", "Insert", "chunks", "iso", "milliseconds", "now_ms", "open_database"]

Insert: TypeAlias = sqlite.Insert | postgresql.Insert
T = TypeVar("T")

PATIENCE_SECONDS = 30.0
"""How long a writer waits for another process's transaction before it is told `Transient`."""

SQLITE = "sqlite:///"
POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")
NOT_NOW = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now_ms() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


def iso(moment: int) -> str:
    """Milliseconds UTC as text that sorts by time: '2026-03-01T09:30:00.000Z'."""
    return (EPOCH + timedelta(milliseconds=moment)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(moment: str) -> int:
    """The inverse of `iso`."""
    return (datetime.fromisoformat(moment) - EPOCH) // timedelta(milliseconds=1)


def chunks(values: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """The values in order, at most `size` at a time: few enough for the variables of one statement."""
    return (values[start : start + size] for start in range(0, len(values), size))


class Database:
    """Transactions over one engine, and the statements that the dialects spell differently.

    Every error leaves as one of `kith.stores.errors`. Parameters never stand in a message: they hold people's words.
    """

    def __init__(self, engine: Engine, *, where: str, clock: Callable[[], int] | None = None) -> None:
        self.where = where
        self.now = clock or now_ms
        self._clock = clock
        self._engine = engine
        self._sqlite = engine.dialect.name == "sqlite"
        # SQLite polls for its lock; threads of one process wait in line instead.
        self._turn: AbstractContextManager[object] = Lock() if self._sqlite else nullcontext()

    @contextmanager
    def read(self) -> Generator[Connection]:
        """A transaction that sees one moment of the database."""
        isolation = {} if self._sqlite else {"isolation_level": "REPEATABLE READ"}
        with self._errors(), self._engine.connect().execution_options(**isolation) as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Generator[Connection]:
        """A transaction that is on disk when it ends, or undone as a whole when anything is raised."""
        connect = self._engine.connect
        with self._errors(), self._turn, connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def alone(self) -> Generator[Connection]:
        """A transaction that writes, beside nobody else who asks for the same; it may take as long as it takes."""
        with self.write() as connection:
            if self._sqlite:
                yield connection
            else:
                from kith.stores.ledger import postgres

                with postgres.alone(connection):
                    yield connection

    def moment(self) -> ColumnElement[int]:
        """Now, as all agree on it who write here: by the database's clock, unless one was given."""
        if self._sqlite or self._clock is not None:
            return literal(self.now(), BigInteger)
        return cast(func.floor(extract("epoch", func.clock_timestamp()) * 1000), BigInteger)

    def insert(self, table: Table) -> Insert:
        return sqlite.insert(table) if self._sqlite else postgresql.insert(table)

    def insert_new(self, table: Table) -> Insert:
        """An insert that leaves a row alone where its key stands already."""
        return self.insert(table).on_conflict_do_nothing()

    def upsert(self, table: Table, *, where: Callable[[Table, Insert], ColumnElement[bool]] | None = None) -> Insert:
        """An insert that replaces the row with the same key, if `where` holds of the stored and the new one."""
        statement = self.insert(table)
        key: list[Column[object]] = list(table.primary_key.columns)
        rest = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
        condition = None if where is None else where(table, statement)
        return statement.on_conflict_do_update(index_elements=key, set_=rest, where=condition)

    def card(self) -> StoreCard:
        if self._sqlite:
            return StoreCard(kind="sqlite", version=sqlite3.sqlite_version, where=self.where)
        with self.read() as connection:
            version = str(connection.exec_driver_sql("SHOW server_version").scalar_one())
        return StoreCard(kind="postgresql", version=version, where=self.where)

    def scrub(self, tables: Sequence[Table]) -> None:
        """Leaves nothing of what was deleted from these, as far as nobody else holds on to it now.

        SQLite's file and its log are written anew. PostgreSQL's tables and indexes are swept; the pages that it swept
        may hold the old bytes until something is written there, its log until that is recycled, and copies and
        replicas for as long as they are kept. Where the sweep is not allowed, or takes too long, the server's own
        does it later.
        """
        if not self._sqlite:
            if tables:
                with suppress(StoreError), self._errors(), self._engine.connect() as connection:
                    connection.execution_options(isolation_level="AUTOCOMMIT")
                    names = ", ".join(table.name for table in tables)
                    connection.exec_driver_sql(f"VACUUM (INDEX_CLEANUP ON, SKIP_LOCKED) {names}")
            return
        with self._turn, suppress(sqlite3.Error, SQLAlchemyError):
            connection = self._engine.raw_connection()
            try:
                for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                    connection.cursor().execute(statement)
            finally:
                connection.close()

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _errors(self) -> Generator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            # A server's own words may quote rows: they go no further.
            raise _translated(error, self.where) from (error if self._sqlite else None)
        except (UnicodeError, OverflowError) as error:
            raise _refused(error, self.where) from error


def _refused(reason: object, where: str) -> RecordRefused:
    return RecordRefused(f"The ledger at {where!r} cannot keep a value of this call ({reason}): leave that record out.")


def _translated(error: SQLAlchemyError, where: str) -> StoreError:
    kind, reason = _meaning(error)
    if issubclass(kind, RecordRefused):
        return _refused(reason, where)
    if issubclass(kind, Transient):
        return kind(f"The ledger at {where!r} does not answer now ({reason}): try again.")
    return kind(f"The ledger at {where!r} refused ({reason}): nothing of this call was kept. See `kith doctor`.")


def _meaning(error: SQLAlchemyError) -> tuple[type[StoreError], object]:
    if not isinstance(error, DBAPIError):
        return Transient if isinstance(error, TimeoutError) else Terminal, error
    if isinstance(error.orig, sqlite3.Error):
        # Operational is also what SQLite calls a missing table, a full disk, or a file that cannot be opened.
        code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_MISUSE) & 0xFF
        return Transient if code in NOT_NOW else Terminal, error.orig
    from kith.stores.ledger import postgres

    return postgres.meaning_of(error.orig)


def open_database(url: str, *, clock: Callable[[], int] | None = None, read_only: bool = False) -> Database:
    """Connects to nothing yet: the first transaction does."""
    scheme = url.partition("://")[0]
    if url.startswith(SQLITE):
        path = _path_of(url)
        return Database(_sqlite_engine(path, read_only=read_only), where=str(path), clock=clock)
    if scheme not in POSTGRES:
        raise Terminal(f"No ledger is kept in {scheme!r}: set KITH_LEDGER_URL to sqlite:///… or postgresql://….")
    try:
        from kith.stores.ledger import postgres
    except ImportError as error:
        raise BadInput(f"A ledger on PostgreSQL needs psycopg ({error}): pip install 'kith[servers]'.") from error
    engine, where = postgres.open_engine(url, read_only=read_only)
    return Database(engine, where=where, clock=clock)


def _path_of(url: str) -> Path:
    # All that follows is the path: a question mark is as good a letter in it as any.
    path = url.removeprefix(SQLITE)
    if path in ("", ":memory:"):
        raise Terminal("A ledger in memory would not outlive its process: give KITH_LEDGER_URL a file, sqlite:///….")
    return Path(path).absolute()


def _sqlite_engine(path: Path, *, read_only: bool) -> Engine:
    if not read_only:
        _make_file(path)

    def connect() -> sqlite3.Connection:
        # No implicit transactions: `_begin` below says when one starts, and of which kind.
        connection = sqlite3.connect(
            f"{path.as_uri()}?mode={'ro' if read_only else 'rw'}",
            uri=True,
            timeout=PATIENCE_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        if not read_only:
            _turn_on_wal(connection)
            for pragma in ("synchronous = FULL", "fullfsync = ON", "secure_delete = ON"):
                connection.execute(f"PRAGMA {pragma}")
        return connection

    engine = create_engine(
        "sqlite://", creator=connect, hide_parameters=True, poolclass=QueuePool, pool_size=4, max_overflow=-1
    )
    event.listen(engine, "begin", _begin)
    return engine


def _make_file(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            # What was learned of people is nobody else's to read, whatever the umask.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise Terminal(f"The ledger {str(path)!r} cannot be made ({error}): set KITH_LEDGER_URL elsewhere.") from error


def _turn_on_wal(connection: sqlite3.Connection) -> None:
    # SQLite waits for locks everywhere but here: two who make the file at once meet.
    deadline = time.monotonic() + PATIENCE_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in NOT_NOW or time.monotonic() >= deadline:
                raise
            time.sleep(0.005)


def _begin(connection: Connection) -> None:
    # A writer takes its lock at the start: one that began as a reader could not become a writer later.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")
