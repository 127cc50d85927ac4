"""The embedded Milvus: its folder, the line of milvus-lite that it belongs to, and how it is opened.

The 2.x line is a program of its own; the 3.x line, the only one on Windows, runs inside our process.
"""

import importlib
import json
import sqlite3
from contextlib import closing, suppress
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

from kith.persona.embedding import ModelCard
from kith.stores.errors import StoreError, StoresHeld, Terminal, WrongFormat
from kith.stores.milvus import MilvusVectors
from kith.stores.milvus_client import Address
from kith.stores.milvus_connection import Connection
from kith.stores.ports import StoreCard
from kith.stores.turns import Turns

__all__ = ["open_milvus_lite"]

PATIENCE = 10.0
"""Seconds to wait for what an owner that was killed has left running."""

_DATABASE = "milvus.db"
_LINE = "milvus-lite.json"


def open_milvus_lite(
    folder: Path, model: ModelCard | None, *, replace: bool = False, patience: float = PATIENCE
) -> MilvusVectors:
    """The vectors in a folder of their own. Without a model they must be there, and are opened as they are.

    `ModelMismatch` if another model made them, unless they are replaced; `WrongFormat` if the other line of
    milvus-lite did; `StoresHeld` if a living process has them.
    """
    folder = folder.absolute()
    version = _installed()
    line = int(version.split(".")[0])
    if model is None and not (folder / _LINE).exists():
        raise Terminal(f"there are no vectors in {str(folder)!r} yet: `kith run` makes them")
    _claim(folder, line)
    card = StoreCard("milvus-lite", version, str(folder))
    # Two upserts of one row at once leave it twice, and a reader may come between a row's deletion and insertion.
    turns = Turns()
    server = _start(folder, line, patience=patience)
    try:
        return _Embedded(folder / _DATABASE, server, model, card=card, replace=replace, turns=turns)
    except BaseException:
        server.stop()
        raise


class _Server(Protocol):
    @property
    def uri(self) -> str: ...
    def fault(self) -> StoreError | None: ...
    def stop(self) -> None: ...


class _Embedded(MilvusVectors):
    """Vectors of which nobody else has the file: it keeps nothing of a person who was deleted."""

    def __init__(
        self,
        database: Path,
        server: _Server,
        model: ModelCard | None,
        *,
        card: StoreCard,
        replace: bool,
        turns: Turns,
    ) -> None:
        connection = Connection(
            Address(server.uri), where=card.where, turns=turns, fault=server.fault, stop=server.stop
        )
        super().__init__(connection, model, card=card, replace=replace)
        self._database = database
        self._turn = turns

    def delete_user(self, tenant: str, user_id: str) -> int:
        there = super().delete_user(tenant, user_id)
        if there:
            self._scrub()
        return there

    def _scrub(self) -> None:
        """Writes the 2.x line's SQLite file anew: what was deleted would stay in its free pages.

        The program holds no lock on it between two calls. Where the disk has no room, the next deletion does it.
        """
        if self._database.is_file():
            file = sqlite3.connect(self._database, isolation_level=None)
            with self._turn.writing(), closing(file), suppress(sqlite3.Error):
                file.execute("VACUUM")


def _start(folder: Path, line: int, *, patience: float) -> _Server:
    if line == 2:
        from kith.stores import milvus_program  # cannot be imported on Windows

        return milvus_program.start(folder, database=_DATABASE, patience=patience)
    return _Inside(folder)


class _Inside:
    """The server of the 3.x line, in a thread of this process."""

    def __init__(self, folder: Path) -> None:
        self._database = str(folder / _DATABASE)
        self._servers: Any = importlib.import_module("milvus_lite.server_manager").server_manager_instance
        uri: str | None = self._servers.start_and_get_uri(self._database)
        if uri is None:
            raise StoresHeld(f"the vectors in {str(folder)!r} could not be opened: another process may have them")
        self.uri = uri

    def fault(self) -> StoreError | None:
        return None

    def stop(self) -> None:
        self._servers.release_server(self._database)


def _installed() -> str:
    try:
        return metadata.version("milvus-lite")
    except metadata.PackageNotFoundError as error:
        raise Terminal(
            "milvus-lite is not installed: run `pip install milvus-lite`, or set KITH_VECTORS_URL"
        ) from error


def _claim(folder: Path, line: int) -> None:
    """Writes down which line of milvus-lite the folder belongs to, and refuses that of the other."""
    record = folder / _LINE
    try:
        found: object = json.loads(record.read_text("utf-8"))["line"]
    except FileNotFoundError:
        if (folder / _DATABASE).exists():
            raise WrongFormat(f"{str(folder)!r} holds a Milvus that Kith did not make: move it away") from None
        folder.mkdir(parents=True, exist_ok=True)
        partial = record.with_suffix(".partial")
        partial.write_text(json.dumps({"line": line}) + "\n", "utf-8")
        partial.replace(record)
        return
    except (ValueError, KeyError, TypeError) as error:
        raise WrongFormat(
            f"{str(record)!r} cannot be read: move the folder away and run `kith rebuild vectors`"
        ) from error
    if found != line:
        raise WrongFormat(
            f"the vectors in {str(folder)!r} were written by milvus-lite {found}.x, and {line}.x is installed: install "
            f"the other, or move the folder away and run `kith rebuild vectors`"
        )
