"""Reads JSON Lines: a line that is no record costs that line alone, and reading can go on where it ended."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b
from typing import Final

from kith.etl.decoding import Unreadable
from kith.etl.documents import values_in
from kith.etl.forms import Place, records_in
from kith.etl.json_text import JsonText, NotJson
from kith.etl.window import Window
from kith.persona.records import MAX_RECORD_BYTES, Problem, Raw
from kith.stores.ledger_port import SourceMark

__all__ = ["LineReader", "Prefix"]

BLANK: Final = " \t\r"
CUT_SHORT: Final = Problem("not_json", "the line ends before the value does; give each record one line, whole")
TRAILING: Final = Problem("not_json", "more stands after the value; give each record a line of its own")


class Prefix:
    """The bytes of a source that have been read: how many, their digest, and how many lines they end."""

    def __init__(self) -> None:
        self.size = 0
        self.lines = 0
        self._digest = blake2b()

    def add(self, octets: bytes) -> None:
        self.size += len(octets)
        self.lines += octets.count(b"\n")
        self._digest.update(octets)

    def copy(self) -> "Prefix":
        twin = Prefix()
        twin.size, twin.lines, twin._digest = self.size, self.lines, self._digest.copy()
        return twin

    def hexdigest(self) -> str:
        """The blake2b of the bytes."""
        return self._digest.hexdigest()


class LineReader:
    """Records of a source from where `prefix` ends. A line may be blank, one record, or a conversation."""

    def __init__(self, chunks: Iterator[bytes], source: str, prefix: Prefix) -> None:
        self._chunks = chunks
        self._source = source
        self._settled = prefix
        self._finished = False
        self._cut_off = False
        self._json = JsonText()
        self._buffer = b""
        self._at = 0

    def mark(self) -> SourceMark:
        """The end of the last line all of whose records have been handed out."""
        return SourceMark(self._source, self._settled.size, self._settled.hexdigest(), finished=self._finished)

    def records(self) -> Iterator[Raw]:
        """All records; where the source can't be read on, one more that says why."""
        try:
            while True:
                end = self._buffer.find(b"\n", self._at)
                if (end if end >= 0 else len(self._buffer)) - self._at > MAX_RECORD_BYTES:
                    yield from self._long_line()
                elif end >= 0:
                    raws = self._of_line(self._buffer[self._at : end], end=end + 1)
                    yield from raws
                elif not self._fill():
                    break
            yield from self._last_line()
        except Unreadable as error:
            text = self._buffer[self._at :].decode(errors="replace")
            yield self._place().raw(text, problem=error.problem)

    def _place(self) -> Place:
        return Place(self._source, f"line {self._settled.lines + 1}")

    def _fill(self) -> bool:
        """Reads on, and lets go of what was passed."""
        chunk = next(self._chunks, None)
        self._buffer = self._buffer[self._at :] + (chunk or b"")
        self._at = 0
        return chunk is not None

    def _settle(self, end: int) -> None:
        self._settled.add(self._buffer[self._at : end])
        self._at = end

    def _of_line(self, octets: bytes, *, end: int) -> Iterator[Raw]:
        """The records of a line; when the last of them is handed out, the line is settled."""
        raws = self._parse(octets.decode("utf-8", "surrogateescape").strip(BLANK), last=False)
        yield from raws[:-1]
        self._settle(end)
        yield from raws[-1:]

    def _parse(self, text: str, *, last: bool) -> list[Raw]:
        if not text:
            return []
        place = self._place()
        self._json.flawed = False
        try:
            value, end = self._json.decode_at(text, 0)
        except NotJson as error:
            cut_short = error.why == "incomplete" and not last
            return [place.raw(text, problem=CUT_SHORT if cut_short else error.problem)]
        problem = TRAILING if end < len(text) else None
        return list(records_in(value, place, text=text, flawed=self._json.flawed, problem=problem))

    def _last_line(self) -> Iterator[Raw]:
        """What follows the last line end. If it is cut off, it stays unsettled: it may be in the middle of a write."""
        raws = self._parse(self._buffer[self._at :].decode("utf-8", "surrogateescape").strip(BLANK), last=True)
        yield from raws[:-1]
        self._cut_off = self._cut_off or any(_is_cut_off(raw) for raw in raws)
        if not self._cut_off:
            self._settle(len(self._buffer))
            self._finished = True
        yield from raws[-1:]

    def _long_line(self) -> Iterator[Raw]:
        """Reads a line piece by piece. It may be a conversation; if it is one record, that is too large."""
        passed = self._settled.copy()
        pieces = self._pieces(passed)
        before: Raw | None = None
        try:
            for raw in _in_long_value(pieces, self._place()):
                if before is not None:
                    yield before
                before = raw
            for _ in pieces:
                pass
        except Unreadable:
            if before is not None:
                yield before
            raise
        if before is not None and _is_cut_off(before):
            self._cut_off = passed.lines == self._settled.lines
            before = before if self._cut_off else replace(before, problem=CUT_SHORT)
        if not self._cut_off:
            self._settled = passed
        if before is not None:
            yield before

    def _pieces(self, passed: Prefix) -> Iterator[bytes]:
        """The bytes up to the end of the line, which are passed but not settled yet."""
        while True:
            end = self._buffer.find(b"\n", self._at)
            piece = self._buffer[self._at : end + 1 if end >= 0 else len(self._buffer)]
            self._at += len(piece)
            passed.add(piece)
            yield piece
            if end >= 0 or not self._fill():
                return


def _is_cut_off(raw: Raw) -> bool:
    return raw.problem is not None and raw.problem.code == "truncated"


def _in_long_value(pieces: Iterator[bytes], place: Place) -> Iterator[Raw]:
    """The records of a line that holds one value; where it doesn't, one more that says why."""
    window = Window(pieces)
    if not window.peek():
        return
    try:
        yield from values_in(window, place)
        problem = TRAILING if window.peek() else None
    except NotJson as error:
        problem = error.problem
    if problem is not None:
        yield place.raw(window.head(), problem=problem)
