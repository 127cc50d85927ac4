"""Files that are sent to be taken in: kept on disk until their run is over, and read from there as sources.

A body is one file, in any form that can be read, or a tar archive of several (`application/x-tar`), of which each
member is a source under its own name. They lie under `KITH_HOME/uploads`, for its user alone to read, and are gone when
their run is over, or at the next start. Whoever is forgotten meanwhile is refused when their lines come to the door.
"""

import logging
import os
import shutil
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from fastapi.concurrency import run_in_threadpool

from kith.etl.archives import Part, unpack
from kith.etl.source_file import KnownMark, SourceFile
from kith.etl.source_paths import STDIN, is_campaigns
from kith.etl.sources import Sources
from kith.persona.raw_records import Raw
from kith.serving.frame.problems import Refusal
from kith.stores.errors import Terminal

__all__ = ["Spool", "Upload"]

log = logging.getLogger("kith.serving")

FOLDER = "uploads"
WRITTEN_AT_ONCE = 1 << 20
LEFT_FREE = 256 << 20
"""Bytes of disk that no upload may take: the stores need them."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What was sent: one file under `name`, of which nothing is remembered where there is none, or an archive."""

    path: Path
    name: str | None
    packed: bool

    @contextmanager
    def sources(self, *, known: KnownMark) -> Generator[tuple[Sources, list[SourceFile]]]:
        """Its conversations, to be read once, and its files of campaigns: told by their names, as in a folder."""
        with self._parts() as parts:
            talk = [part for part in parts if not is_campaigns(part.name)]
            campaigns = [_source(part, None) for part in parts if is_campaigns(part.name)]
            total = sum(part.size for part in talk)
            yield Sources([_source(part, known) for part in talk], total_bytes=total), campaigns

    @contextmanager
    def records(self) -> Generator[Iterator[Raw]]:
        """All records of all its files."""
        with self._parts() as parts:
            yield (raw for part in parts for raw in _source(part, None).records())

    def _opened(self) -> BinaryIO:
        return open(self.path, "rb")

    @contextmanager
    def _parts(self) -> Generator[list[Part]]:
        if self.packed:
            with unpack(self.path) as parts:
                yield parts
        else:
            once = self.name in (None, STDIN)
            yield [Part(self.name or "upload", self.path.stat().st_size, once, self._opened)]


def _source(part: Part, known: KnownMark | None) -> SourceFile:
    return SourceFile(part.name, part.open, known=None if part.once else known)


class Spool:
    """The folder where uploads wait."""

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER
        self.clear()

    def clear(self) -> None:
        """Takes out whatever a process that died left behind."""
        shutil.rmtree(self._folder, ignore_errors=True)

    async def receive(self, body: AsyncIterator[bytes], *, length: int | None) -> Path:
        """Writes what is sent to a file. `length` is what it will be, where the sender says so."""
        path = self._folder / token_hex(8)
        file = await run_in_threadpool(self._new, path, length or 0)
        try:
            with file:
                held = bytearray()
                async for chunk in body:
                    held += chunk
                    if len(held) >= WRITTEN_AT_ONCE:
                        await run_in_threadpool(self._write, file, held)
                        held = bytearray()
                await run_in_threadpool(self._write, file, held)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path

    def discard(self, path: Path) -> None:
        """Deletes an upload; one that cannot be deleted now is gone at the next start."""
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("an upload stays until the next start: %s", error)

    def _new(self, path: Path, length: int) -> BinaryIO:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._check_room(length)
        return open(path, "xb", opener=partial(os.open, mode=0o600))

    def _write(self, file: BinaryIO, octets: bytearray) -> None:
        self._check_room(len(octets))
        try:
            file.write(octets)
        except OSError as error:
            raise Terminal(f"the upload cannot be kept ({error.strerror}); check the disk of the server") from error

    def _check_room(self, size: int) -> None:
        free = shutil.disk_usage(self._folder).free
        if size > free - LEFT_FREE:
            raise Refusal(
                "too-large",
                f"there is no room for this upload: {free >> 20:,} MiB of disk are free, and {LEFT_FREE >> 20} must "
                "stay so; make room, or send less at once",
                {"Connection": "close"},
            )
