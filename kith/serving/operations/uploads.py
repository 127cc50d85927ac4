"""Files that are sent to be taken in: kept on disk until their run is over, and read from there as sources.

A body is one file, in any form that can be read, or a tar archive of several (`application/x-tar`), of which each
member is a source under its own name. They lie under `KITH_HOME/uploads`, for its user alone to read, in a folder of
the process that took them, each beside the ticket that says what is to be done with it, and are gone when that is done:
who was told that it will be finds it done, whatever ended the server. Whoever is forgotten meanwhile is refused when
their lines come to the door.
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
from threading import Lock
from typing import BinaryIO, Literal

from fastapi.concurrency import run_in_threadpool
from pydantic import TypeAdapter, ValidationError

from kith.etl.archives import Part, unpack
from kith.etl.source_file import KnownMark, SourceFile
from kith.etl.source_paths import STDIN, is_campaigns
from kith.etl.sources import Sources
from kith.persona.raw_records import Raw
from kith.serving.frame.problems import Refusal
from kith.serving.operations.claims import Claim
from kith.stores.errors import Terminal

__all__ = ["Spool", "Ticket", "Upload"]

log = logging.getLogger("kith.serving")

FOLDER = "uploads"
TICKET = ".ticket"
NEW = ".new"
WRITTEN_AT_ONCE = 1 << 20
LEFT_FREE = 256 << 20
"""Bytes of disk that no upload may take: the stores need them."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is to be done with an upload: all that whoever takes it up again needs to know.

    `name` is that of its source: where there is none, nothing is remembered of how far it was read.
    """

    job_id: str
    what: Literal["run", "campaigns"]
    tenant: str
    name: str | None
    packed: bool
    full: bool = False
    batch_size: int = 256
    max_rejected: float = 0.05
    limit: int | None = None
    names: tuple[str, ...] = ()
    """Which fields hold what, each as `message=body`."""


TICKETS = TypeAdapter(Ticket)


@dataclass(frozen=True, slots=True)
class Upload:
    """What was sent: one file, or an archive, and its ticket."""

    path: Path
    ticket: Ticket

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
        if self.ticket.packed:
            with unpack(self.path) as parts:
                yield parts
        else:
            name = self.ticket.name
            once = name in (None, STDIN)
            yield [Part(name or "upload", self.path.stat().st_size, once, self._opened)]


def _source(part: Part, known: KnownMark | None) -> SourceFile:
    return SourceFile(part.name, part.open, known=None if part.once else known)


def _not_kept(error: OSError) -> Terminal:
    return Terminal(f"the upload cannot be kept ({error.strerror}); check the disk of the server")


def _ticket_of(path: Path) -> Path:
    return path.with_suffix(TICKET)


def _kept(ticket: Path) -> Upload | None:
    """The upload of a ticket; None where either cannot be read, which is told."""
    path = ticket.with_suffix("")
    try:
        upload = Upload(path, TICKETS.validate_json(ticket.read_bytes()))
        path.stat()
    except (OSError, ValidationError) as error:
        log.error("the upload %s cannot be taken up again; delete it, and have it sent once more: %s", path, error)
        return None
    return upload


class Spool:
    """Where uploads wait. Any thread may call."""

    def __init__(self, home: Path) -> None:
        self._all = home / FOLDER
        self._claims: list[Claim] = []
        self._own: Claim | None = None
        self._lock = Lock()

    def left(self) -> list[Upload]:
        """What processes that are gone were to do and did not, in the order in which it came: it is ours from now on.

        What nobody was told would be done goes: a process died while it was sent.
        """
        if not self._all.exists():
            return []
        found: list[Path] = []
        for folder in self._all.iterdir():
            claim = Claim.take(folder) if folder.is_dir() else None
            if claim is None:
                continue
            self._claims.append(claim)
            for path in claim.paths():
                if path.suffix == TICKET:
                    found.append(path)
                elif path.suffix == NEW or not _ticket_of(path).exists():
                    self._delete(path)
        found.sort(key=lambda path: path.stat().st_mtime_ns)
        return [upload for upload in map(_kept, found) if upload is not None]

    def close(self) -> None:
        """What is still to be done is whoever's who starts next."""
        with self._lock:
            claims, self._claims, self._own = self._claims, [], None
        for claim in claims:
            claim.release()

    def keep(self, path: Path, ticket: Ticket) -> Upload:
        """What lies there is to be done as the ticket says: from now on, whatever becomes of this process."""
        new = path.with_suffix(NEW)
        try:
            for kept, octets in ((path, b""), (new, TICKETS.dump_json(ticket))):
                with open(kept, "ab", opener=partial(os.open, mode=0o600)) as file:
                    file.write(octets)
                    file.flush()
                    os.fsync(file.fileno())
            new.replace(_ticket_of(path))
        except OSError as error:
            new.unlink(missing_ok=True)
            if not _ticket_of(path).exists():  # what has one was promised to somebody
                self._delete(path)
            raise _not_kept(error) from error
        return Upload(path, ticket)

    async def receive(self, body: AsyncIterator[bytes], *, length: int | None) -> Path:
        """Writes what is sent to a file. `length` is what it will be, where the sender says so."""
        path, file = await run_in_threadpool(self._new, length or 0)
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
        """Deletes an upload: its ticket first, so that nobody does again what is done."""
        self._delete(_ticket_of(path))
        self._delete(path)

    def _delete(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("an upload that is not needed any more stays: %s", error)

    def _new(self, length: int) -> tuple[Path, BinaryIO]:
        with self._lock:
            if self._own is None:
                self._own = Claim.new(self._all)
                self._claims.append(self._own)
            folder = self._own.folder
        self._check_room(length)
        path = folder / token_hex(8)
        return path, open(path, "xb", opener=partial(os.open, mode=0o600))

    def _write(self, file: BinaryIO, octets: bytearray) -> None:
        self._check_room(len(octets))
        try:
            file.write(octets)
        except OSError as error:
            raise _not_kept(error) from error

    def _check_room(self, size: int) -> None:
        free = shutil.disk_usage(self._all).free
        if size > free - LEFT_FREE:
            raise Refusal(
                "too-large",
                f"there is no room for this upload: {free >> 20:,} MiB of disk are free, and {LEFT_FREE >> 20} must "
                "stay so; make room, or send less at once",
                {"Connection": "close"},
            )
