"""One source of bytes: opened, unpacked, judged by its form, and read from where an earlier reading ended."""

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from hashlib import blake2b
from itertools import chain
from typing import BinaryIO, Final, Protocol, TypeAlias

from kith.etl.decoding import Unreadable, head_of, utf8_chunks
from kith.etl.documents import DocumentReader
from kith.etl.forms import Place
from kith.etl.lines import LineReader, Prefix
from kith.etl.sniffing import form_of
from kith.persona.errors import BadInput
from kith.persona.records import MAX_RECORD_BYTES, Problem, Raw
from kith.stores.ledger_port import SourceMark

__all__ = ["KnownMark", "Opener", "SourceFile"]

KnownMark: TypeAlias = Callable[[str], SourceMark | None]
HEAD_BYTES: Final = 64 * 1024
"""How much of a source is looked at, to judge its form, if it has short lines."""

Opener: TypeAlias = Callable[[], AbstractContextManager[BinaryIO]]


class _Reader(Protocol):
    """Reads the records of a source that has been opened."""

    def records(self) -> Iterator[Raw]: ...
    def mark(self) -> SourceMark: ...


class _Refused:
    """Reads a source that holds no records at all: one rejection, and it is looked at again the next time."""

    def __init__(self, source: str, head: bytes, problem: Problem) -> None:
        self._raw = Place(source, "start").raw(head.decode(errors="replace"), problem=problem)

    def records(self) -> Iterator[Raw]:
        yield self._raw

    def mark(self) -> SourceMark:
        return SourceMark(self._raw.source, 0, blake2b().hexdigest(), finished=False)


class SourceFile:
    """A source that can be opened. With `known`, it can be opened again, and reading goes on where it ended."""

    def __init__(self, name: str, opener: Opener, *, known: KnownMark | None) -> None:
        self.name = name
        self.bytes_read = 0
        self.unchanged = False
        self._opener = opener
        self._known = known
        self._reader: _Reader | None = None

    def mark(self) -> SourceMark | None:
        """How far it has been read; None where nothing was read, or where it can't be read again."""
        return self._reader.mark() if self._reader is not None and self._known is not None else None

    def records(self) -> Generator[Raw]:
        """Its records from where the known mark says; from the start where what is before that mark has changed."""
        mark = self._known(self.name) if self._known is not None else None
        try:
            if mark is not None:
                with self._opener() as stream:
                    self._reader = self._resumed(stream, mark)
                    if self._reader is not None:
                        yield from self._reader.records()
            if self._reader is None and not self.unchanged:
                with self._opener() as stream:
                    head, chunks = self._opened(stream)
                    self._reader = self._reader_for(head, chunks)
                    yield from self._reader.records()
        except OSError as error:
            reason = error.strerror or str(error)
            raise BadInput(
                f"{self.name!r} cannot be read on ({reason}); see that it is there, then run again."
            ) from error

    def _opened(self, stream: BinaryIO) -> tuple[bytes, Iterator[bytes]]:
        self.bytes_read = 0
        return head_of(utf8_chunks(stream, self._count), HEAD_BYTES, lines_within=MAX_RECORD_BYTES)

    def _count(self, size: int) -> None:
        self.bytes_read += size

    def _reader_for(self, head: bytes, chunks: Iterator[bytes]) -> _Reader:
        form = form_of(head)
        if isinstance(form, Problem):
            return _Refused(self.name, head, form)
        return LineReader(chunks, self.name, Prefix()) if form == "lines" else DocumentReader(chunks, self.name)

    def _resumed(self, stream: BinaryIO, mark: SourceMark) -> _Reader | None:
        """A reader for what follows the mark; None, and `unchanged` if so, where there is none."""
        head, chunks = self._opened(stream)
        form = form_of(head)
        if isinstance(form, Problem) or (form == "document" and not mark.finished):
            return None
        prefix = Prefix()
        try:
            chunks = _past(chunks, mark.offset, prefix)
        except Unreadable:
            return None
        if prefix.size != mark.offset or prefix.hexdigest() != mark.prefix:
            return None
        try:
            following = next((chunk for chunk in chunks if chunk), None)
        except Unreadable as error:
            following, chunks = b"", _ending_in(error)
        if following is None and mark.finished:
            self.unchanged = True
            return None
        if form == "document":
            return None
        return LineReader(chain([following or b""], chunks), self.name, prefix)


def _past(chunks: Iterator[bytes], offset: int, prefix: Prefix) -> Iterator[bytes]:
    """Takes so many bytes into the prefix; what follows them."""
    rest = b""
    while prefix.size < offset:
        chunk = next(chunks, None)
        if chunk is None:
            break
        rest = chunk[offset - prefix.size :]
        prefix.add(chunk[: offset - prefix.size])
    return chain([rest], chunks)


def _ending_in(error: Unreadable) -> Iterator[bytes]:
    yield from ()
    raise error
