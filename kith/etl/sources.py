"""Where records come from: files in any of the forms, standard input, iterables; streamed, in batches with marks."""

import json
import reprlib
import sys
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from datetime import date
from itertools import islice
from os import stat
from stat import S_ISREG
from typing import BinaryIO, Final, Protocol, cast

from kith.etl.forms import Place, records_in
from kith.etl.json_text import JsonText, NotJson
from kith.etl.source_file import KnownMark, SourceFile
from kith.etl.source_paths import STDIN, find_sources, source_name
from kith.persona.errors import BadInput
from kith.persona.records import Problem, Raw
from kith.stores.ledger_port import SourceMark

__all__ = ["RawBatch", "Sources", "open_sources", "read_campaigns", "records_source"]

GIVEN: Final = "records"
"""What an iterable is called, as a source."""


@dataclass(frozen=True, slots=True)
class RawBatch:
    """Some records, and how far each source that was touched has been read once they are settled."""

    records: tuple[Raw, ...]
    marks: tuple[SourceMark, ...] = ()


class _Source(Protocol):
    """One source. `mark` is None for what cannot be read again, and for what was found unchanged."""

    @property
    def name(self) -> str: ...
    @property
    def bytes_read(self) -> int: ...
    @property
    def unchanged(self) -> bool: ...
    def records(self) -> Generator[Raw]: ...
    def mark(self) -> SourceMark | None: ...


class Sources:
    """Records of some sources, one source after the other; to be read once."""

    def __init__(
        self, sources: Iterable[_Source], *, total_bytes: int | None = None, campaign_paths: Sequence[str] = ()
    ) -> None:
        self.total_bytes = total_bytes
        """On disk; None where that can't be known."""
        self.unchanged: list[str] = []
        """Sources of which nothing was read again; filled as reading goes."""
        self.campaign_paths = list(campaign_paths)
        """Files of campaigns that were found beside the sources."""
        self._sources = sources
        self._bytes_before = 0
        self._current: _Source | None = None

    @property
    def bytes_read(self) -> int:
        """On disk, up to now; another thread may ask."""
        return self._bytes_before + (self._current.bytes_read if self._current is not None else 0)

    def batches(self, size: int, *, limit: int | None = None) -> Iterator[RawBatch]:
        """Batches of `size` records, the last one smaller; not more than `limit` records in all.

        The marks of a batch hold once it and all before it are settled. One with marks alone is possible.
        """
        records: list[Raw] = []
        marks: dict[str, SourceMark] = {}
        left = limit
        for source in self._sources:
            if left == 0:
                break
            self._current = source
            with closing(source.records()) as found:
                for raw in islice(found, left):
                    records.append(raw)
                    left = left - 1 if left is not None else None
                    if len(records) == size:
                        marks |= _mark_of(source)
                        yield RawBatch(tuple(records), tuple(marks.values()))
                        records, marks = [], {}
            marks |= _mark_of(source)
            self._bytes_before, self._current = self.bytes_read, None
            if source.unchanged:
                self.unchanged.append(source.name)
        if records or marks:
            yield RawBatch(tuple(records), tuple(marks.values()))


def open_sources(paths: Sequence[str], *, known: KnownMark, full: bool, stdin: BinaryIO | None = None) -> Sources:
    """The sources that the paths name. `known` says how far each was read before; `full` reads from the start anyway.

    Raises `BadInput` for a path that names nothing that can be read; later on, for one that can't be read any more.
    """
    found = find_sources(paths)
    total = 0
    streams = STDIN in found.sources
    files: list[_Source] = []
    for path in found.sources:
        if path == STDIN:
            given = stdin or sys.stdin.buffer
            files.append(SourceFile(STDIN, lambda given=given: nullcontext(given), known=None))
            continue
        size = _size_of(path)
        total += size or 0
        streams = streams or size is None
        files.append(_file(path, known=None if size is None else (lambda _: None) if full else known))
    return Sources(files, total_bytes=None if streams else total, campaign_paths=found.campaigns)


def records_source(records: Iterable[object]) -> Sources:
    """Records that a program holds or makes: each a mapping, taken as the JSON that it would be."""
    return Sources([_Given(records)])


def read_campaigns(path: str) -> Iterator[Raw]:
    """The records of a file of campaigns, in any of the forms."""
    found = find_sources([path])
    for one in [*found.sources, *found.campaigns]:
        yield from _file(one, known=None).records()


def _file(path: str, *, known: KnownMark | None) -> SourceFile:
    return SourceFile(source_name(path), lambda: open(path, "rb"), known=known)


def _size_of(path: str) -> int | None:
    """None for what is no regular file: a pipe can be read once, from its start."""
    try:
        found = stat(path)
    except OSError as error:
        raise BadInput(f"{path!r} cannot be read ({error.strerror}); check that it is there.") from error
    return found.st_size if S_ISREG(found.st_mode) else None


def _mark_of(source: _Source) -> dict[str, SourceMark]:
    mark = source.mark()
    return {} if mark is None else {source.name: mark}


class _Given:
    """An iterable as a source."""

    name = GIVEN
    bytes_read = 0
    unchanged = False

    def __init__(self, records: Iterable[object]) -> None:
        self._records = records

    def mark(self) -> None:
        """Nothing is known of it the next time."""

    def records(self) -> Generator[Raw]:
        for number, record in enumerate(self._records, start=1):
            yield from _given(record, Place(GIVEN, f"item {number}"))


def _given(record: object, place: Place) -> Iterator[Raw]:
    plain = dict(cast("Mapping[str, object]", record)) if isinstance(record, Mapping) else record
    decoder = JsonText()
    try:
        text = json.dumps(plain, ensure_ascii=False, default=_written)
        value, _ = decoder.decode_at(text, 0)
    except NotJson as error:
        yield place.raw(reprlib.repr(plain), problem=error.problem)
    except (TypeError, ValueError, RecursionError) as error:
        detail = f"the record is not JSON ({error}); give text, numbers, lists and mappings"
        yield place.raw(reprlib.repr(plain), problem=Problem("bad_type", detail))
    else:
        yield from records_in(value, place, text=text, flawed=decoder.flawed)


def _written(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not JSON")
