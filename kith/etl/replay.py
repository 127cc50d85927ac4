"""Rejected records as an intake of their own: each read again from what was kept of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from kith.etl.forms import Place, index_in, records_in
from kith.etl.json_text import JsonText, NotJson
from kith.persona.model import Rejection, RejectionCode
from kith.persona.records import MAX_RAW_BYTES, Raw
from kith.stores.ledger_port import SourceMark

__all__ = ["Replay", "can_replay"]


UNREADABLE: Final[tuple[RejectionCode, ...]] = ("not_json", "truncated", "bad_encoding")
"""What was read is no record, or holds what could not be kept as it was: it must be mended in its source."""

LONGEST_CHARACTER: Final = 4
"""Bytes of UTF-8 that a cut may have taken with it."""


def can_replay(rejection: Rejection) -> bool:
    """Whether all of the record was kept as it was."""
    if not rejection.raw or rejection.code in UNREADABLE:
        return False
    return len(rejection.raw.encode()) <= MAX_RAW_BYTES - LONGEST_CHARACTER


@dataclass(frozen=True, slots=True)
class _Some:
    records: tuple[Raw, ...]
    marks: tuple[SourceMark, ...] = ()


class Replay:
    """An intake of rejections. Each record keeps its own source and position."""

    def __init__(self, rejections: Sequence[Rejection]) -> None:
        self._rejections = rejections
        self.unchanged: list[str] = []

    def batches(self, size: int, *, limit: int | None = None) -> Iterator[_Some]:
        """See `Intake`."""
        raws = [raw for rejection in self._rejections[:limit] for raw in _read(rejection)]
        for start in range(0, len(raws), size):
            yield _Some(tuple(raws[start : start + size]))


def _read(rejection: Rejection) -> Iterator[Raw]:
    place = Place(rejection.source, rejection.position)
    decoder = JsonText()
    text = rejection.raw.strip()
    try:
        value, end = decoder.decode_at(text, 0)
    except NotJson as problem:
        yield place.raw(text, problem=problem.problem)
        return
    if end < len(text):
        yield place.raw(text, problem=NotJson("malformed", "something follows the record on its line", end).problem)
        return
    for raw in records_in(value, place, text=text, flawed=decoder.flawed):
        index = index_in(rejection.position) if raw.conversations else 0
        yield replace(raw, position=rejection.position, index=index)
