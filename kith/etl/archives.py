"""Several sources in one stream: a tar archive, in which each member is a source under its own name."""

import os
import shutil
import tarfile
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from stat import S_ISREG
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from kith.etl.source_paths import STDIN, source_name
from kith.persona.errors import BadInput

__all__ = ["LONGEST_NAME", "TAR", "Part", "pack", "pieces", "unpack"]

TAR = "application/x-tar"
ONCE = "KITH.once"
"""The header of a member that cannot be read again: nothing is remembered of how far it was read."""
MOST = 10_000
LONGEST_NAME = 4096
PIECE = 256 * 1024
LARGEST_READ = 1 << 20
"""Bytes. Files are read in smaller pieces: what asks for more is a header, which would be held in memory whole."""


@dataclass(frozen=True, slots=True)
class Part:
    """One source of an archive, to be opened while the archive is."""

    name: str
    size: int
    once: bool
    open: Callable[[], AbstractContextManager[BinaryIO]]


def pack(paths: Iterable[str], *, stdin: BinaryIO) -> Iterator[bytes]:
    """The files at these paths, one after the other. What has no length, as a pipe, is kept aside until it ends."""
    for path in paths:
        try:
            with nullcontext(stdin) if path == STDIN else open(path, "rb") as stream:
                yield from _packed(path, stream)
        except OSError as error:
            raise BadInput(f"{path!r} cannot be read ({error.strerror}); check that it is there.") from error
    yield bytes(2 * tarfile.BLOCKSIZE)


def _packed(path: str, stream: BinaryIO) -> Iterator[bytes]:
    found = os.fstat(stream.fileno()) if path != STDIN else None
    if found is not None and S_ISREG(found.st_mode):
        yield from _member(path, stream, found.st_size, once=False)
        return
    with TemporaryFile() as kept:
        shutil.copyfileobj(stream, kept, PIECE)
        size = kept.tell()
        kept.seek(0)
        yield from _member(path, kept, size, once=True)


def _member(path: str, stream: BinaryIO, size: int, *, once: bool) -> Iterator[bytes]:
    head = tarfile.TarInfo(source_name(path))
    head.size = size
    head.pax_headers = {ONCE: "1"} if once else {}
    yield head.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
    left = size
    for piece in pieces(stream):
        yield piece[:left]
        left -= len(piece)
        if left <= 0:  # it has grown meanwhile: the rest is for the next time
            break
    if left > 0:
        raise BadInput(f"{path!r} became shorter while it was read; see that nobody writes it, then run again.")
    yield bytes(-size % tarfile.BLOCKSIZE)


def pieces(stream: BinaryIO) -> Iterator[bytes]:
    """A stream to its end, as it comes."""
    while piece := stream.read(PIECE):
        yield piece


@contextmanager
def unpack(path: Path) -> Generator[list[Part]]:
    """The sources in an archive; `BadInput` for what is none, and for one that holds links."""
    try:
        with (
            _Archive(path) as file,
            tarfile.open(fileobj=file, mode="r:", encoding="utf-8", errors="surrogateescape") as archive,
        ):
            yield [_part(archive, one) for one in _members(archive)]
    except tarfile.TarError as error:
        raise BadInput(f"this is no tar archive that can be read ({error}); pack it again, uncompressed") from error


class _Archive(FileIO):
    """The bytes of an archive, of which no header takes much memory."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > LARGEST_READ:
            raise tarfile.ReadError(f"a header has over {LARGEST_READ:,} bytes")
        return super().read(size)


def _members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    for count, one in enumerate(archive, start=1):
        if count > MOST:  # folders too, as each takes memory
            raise BadInput(f"there are over {MOST:,} files and folders in this archive: send it in parts")
        if one.isdir():
            continue
        if len(one.name) > LONGEST_NAME:
            raise BadInput(
                f"{one.name[:80]!r}… in this archive is a name of over {LONGEST_NAME:,} characters: shorten it"
            )
        if not one.isreg() or one.issparse():
            raise BadInput(f"{one.name!r} in this archive is a link, or no plain file: leave it out")
        yield one


def _part(archive: tarfile.TarFile, one: tarfile.TarInfo) -> Part:
    name = one.name.encode(errors="surrogateescape").decode(errors="replace")

    def opened() -> BinaryIO:
        return cast("BinaryIO", archive.extractfile(one))  # None is for what is no plain file

    return Part(name, one.size, ONCE in one.pax_headers, opened)
