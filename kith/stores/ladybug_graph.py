"""The graph on Ladybug: Cypher within this process, in one file.

Ladybug refuses a second writer at once, so writes wait for each other here. It admits a second opening of the file by
the same process, and when that one closes, the file is locked no more: a lock of our own, beside the file, refuses it.
"""

import os
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import Any, TypeVar, cast

import ladybug

from kith.stores.cypher import NODES, TIES, Columns, ColumnType, Dialect, Node, Run, Tie, unwritable
from kith.stores.cypher_graph import CypherGraph
from kith.stores.errors import StoreError, StoresHeld, Terminal, Transient, WrongFormat
from kith.stores.ports import StoreCard

__all__ = ["DIALECT", "LadybugGraph", "LadybugSession", "open_ladybug"]

FORMAT = "kith graph"
VERSION = 2
"""Of our tables. The file's own version is Ladybug's to check."""
SINCE: dict[int, Sequence[str]] = {
    2: (
        "ALTER TABLE STATED ADD IF NOT EXISTS detail STRING DEFAULT ''",
        "CREATE REL TABLE IF NOT EXISTS RELATED(FROM Entity TO Entity, user STRING, kind STRING, sources STRING[])",
    ),
}
"""By version, what makes one of a file of the version before."""
MEMORY = 256 << 20
"""Most bytes of pages and of unfinished writes in memory: enough to replace 300,000 ties in one call."""
ADDRESSES = 64 << 30
"""Most bytes of a file, for which addresses are set aside; Ladybug would take 8 TiB, which containers may not give."""
THREADS = 2
DIALECT = Dialect(writers="one", chunk=5000, unions=False)
TYPES: dict[ColumnType, str] = {
    "text": "STRING",
    "texts": "STRING[]",
    "integer": "INT64",
    "integer or none": "INT64",
    "real": "DOUBLE",
    "truth": "BOOLEAN",
}

OTHER_KITH = "Use the Kith that wrote it, or move the file away and run `kith rebuild graph`."

# Every error of Ladybug's is a RuntimeError: what it says is all there is to go by.
HELD = "Could not set lock on file"
FOREIGN = ("is not a valid Lbug database file", "a database file with a different version", "checkpoint format version")
UNFIT = "Unable to cast Python instance"
NOT_NOW = (
    "IO exception",
    "Buffer manager exception",
    "Timeout waiting for active",
    "Transaction committed successfully, but the post-commit checkpoint failed",
)

T = TypeVar("T")

if sys.platform == "win32":

    def _claim(path: Path) -> int | None:
        """Windows' locks keep the same process out too: Ladybug's own is enough."""
        return None
else:
    import fcntl

    def _claim(path: Path) -> int | None:
        try:
            fd = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as problem:
            raise Terminal(f"{str(path)!r} cannot be opened ({problem}). Check its folder.") from problem
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            raise _held(path) from None
        return fd


def _let_go(claimed: int | None) -> None:
    if claimed is not None:
        os.close(claimed)


def _remove(path: Path) -> None:
    """The file, and what Ladybug keeps beside it; not our lock."""
    beside = set(path.parent.glob(f"{escape(path.name)}.*")) - {path.with_name(f"{path.name}.lock")}
    for one in (path, *beside):
        one.unlink(missing_ok=True)


class LadybugGraph(CypherGraph):
    """The `Graph` port over one Ladybug file. Made by `open_ladybug`.

    What is deleted is gone for every query, while its bytes may stay in free pages of the file until they are used
    again: Ladybug has no VACUUM.
    """


def open_ladybug(path: Path, *, replace: bool = False) -> LadybugGraph:
    """Opens the file, or makes it. `StoresHeld` where it is open already, here or in another process.

    `replace` makes it anew whatever it holds, damaged or of another version.
    """
    return LadybugGraph(LadybugSession(path, replace=replace), DIALECT)


class LadybugSession:
    """One connection that writes, as many that read as there are readers."""

    def __init__(self, path: Path, *, replace: bool = False) -> None:
        self._path = path
        self._turn = threading.Lock()
        self._readers = threading.Condition()
        self._reading = 0
        self._idle: list[ladybug.Connection] = []
        self._connections: list[ladybug.Connection] = []
        self._closed = False
        self._claimed = _claim(path)
        try:
            if replace:
                _remove(path)
            with _translated(path):
                self._database = ladybug.Database(
                    path, buffer_pool_size=MEMORY, max_num_threads=THREADS, max_db_size=ADDRESSES
                )
        except BaseException:
            _let_go(self._claimed)
            raise
        try:
            self._writer = self._connect()
            self._check_or_make()
        except BaseException:
            self._release()
            raise

    def card(self) -> StoreCard:
        return StoreCard(kind="ladybug", version=ladybug.Database.get_version(), where=str(self._path))

    def read(self, work: Callable[[Run], T], *, of: tuple[Node, str] | None = None) -> T:
        """One moment of the graph, whatever is written meanwhile."""
        with self._reader() as connection, _translated(self._path):
            return _transaction(connection, work, "BEGIN TRANSACTION READ ONLY")

    def write(self, work: Callable[[Run], T]) -> T:
        """One transaction, on disk when it returns."""
        with self._turn, _translated(self._path):
            self._refuse_if_closed()
            return _transaction(self._writer, work, "BEGIN TRANSACTION")

    def close(self) -> None:
        """Waits for what is under way. May be called again."""
        with self._turn, self._readers:
            if self._closed:
                return
            self._closed = True
            self._readers.wait_for(lambda: self._reading == 0)
            with _translated(self._path):
                self._release()

    @contextmanager
    def _reader(self) -> Generator[ladybug.Connection]:
        with self._readers:
            self._refuse_if_closed()
            connection = self._idle.pop() if self._idle else self._connect()
            self._reading += 1
        try:
            yield connection
        finally:
            with self._readers:
                self._idle.append(connection)
                self._reading -= 1
                self._readers.notify_all()

    def _connect(self) -> ladybug.Connection:
        connection = ladybug.Connection(self._database)
        self._connections.append(connection)
        return connection

    def _check_or_make(self) -> None:
        def work(run: Run) -> None:
            tables = {name for (name,) in run("CALL show_tables() RETURN name")}
            if not tables:
                for statement in _schema():
                    run(statement)
                run("CREATE (:KithFormat {name: $name, version: $version})", name=FORMAT, version=VERSION)
            elif "KithFormat" not in tables:
                raise WrongFormat(f"{str(self._path)!r} is a graph that Kith did not make. Name another file.")
            else:
                self._bring_up_to_date(run)

        self.write(work)

    def _bring_up_to_date(self, run: Run) -> None:
        found = run("MATCH (f:KithFormat) RETURN f.name, f.version")
        if found not in ([[FORMAT, version]] for version in range(1, VERSION + 1)):
            raise WrongFormat(
                f"{str(self._path)!r} holds {found!r}, and this Kith reads {[[FORMAT, VERSION]]!r} and what came "
                f"before. {OTHER_KITH}"
            )
        missing = [version for version in SINCE if version > found[0][1]]
        for version in missing:
            for statement in SINCE[version]:
                run(statement)
        if missing:
            run("MATCH (f:KithFormat) SET f.version = $version", version=VERSION)

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise Terminal(f"The graph in {str(self._path)!r} has been closed. Open it again.")

    def _release(self) -> None:
        """Connections first, then the file, and our lock when nobody can write any more."""
        for connection in self._connections:
            connection.close()
        self._database.close()
        _let_go(self._claimed)


def _transaction(connection: ladybug.Connection, work: Callable[[Run], T], begin: str) -> T:
    def run(statement: str, /, **parameters: Any) -> list[list[Any]]:
        # One statement has one result, and rows are lists: the library's type allows for what we never ask.
        result = cast(ladybug.QueryResult, connection.execute(statement, parameters))
        with result:
            return cast("list[list[Any]]", result.get_all())

    connection.execute(begin)
    try:
        done = work(run)
        connection.execute("COMMIT")
    except BaseException:
        # After an error in a statement Ladybug has rolled back by itself, and complains of being asked again.
        with suppress(RuntimeError):
            connection.execute("ROLLBACK")
        raise
    return done


def _schema() -> list[str]:
    nodes = [_node_table(node) for node in NODES]
    ties = [_tie_table(tie) for tie in TIES]
    return ["CREATE NODE TABLE KithFormat(name STRING PRIMARY KEY, version INT64)", *nodes, *ties]


def _node_table(node: Node) -> str:
    columns = _typed((("tenant", "text"), *node.names, *node.columns))
    return f"CREATE NODE TABLE {node.label}(id STRING PRIMARY KEY, {columns})"


def _tie_table(tie: Tie) -> str:
    columns = _typed(tie.keys + tie.columns)
    ends = f"FROM {tie.source.label} TO {tie.target.label}"
    return f"CREATE REL TABLE {tie.name}({ends}{', ' if columns else ''}{columns})"


def _typed(columns: Columns) -> str:
    return ", ".join(f"{name} {TYPES[kind]}" for name, kind in columns)


@contextmanager
def _translated(path: Path) -> Generator[None]:
    try:
        yield
    except RuntimeError as problem:
        raise _error(path, str(problem)) from problem


def _error(path: Path, words: str) -> StoreError:
    if HELD in words:
        return _held(path)
    if any(sign in words for sign in FOREIGN):
        return WrongFormat(
            f"{str(path)!r} is not a graph that this Ladybug ({ladybug.Database.get_version()}) can read ({words}). "
            f"{OTHER_KITH}"
        )
    if UNFIT in words:
        return unwritable(words)
    if words.startswith(NOT_NOW):
        return Transient(
            f"The graph in {str(path)!r} could not do it now ({words}). Check the disk and "
            "try again, with fewer people in one call."
        )
    return Terminal(f"The graph in {str(path)!r} refused ({words}). Run `kith doctor`.")


def _held(path: Path) -> StoresHeld:
    return StoresHeld(f"The graph in {str(path)!r} is open already, here or in another process. Close it there first.")
