"""Figures, plurals, paths, what is reckoned, and what is written out for safety."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.cli.output import visible
from kith.cli.reckoning import Reckoning
from kith.cli.words import count, number, seconds, short_path


def test_numbers_and_plurals() -> None:
    assert [number(value) for value in (0, 7, 1234567, 0.256, 1234.5)] == ["0", "7", "1,234,567", "0.26", "1,234"]
    assert [
        count(1, "unchanged source"),
        count(2000, "record"),
        count(1, "person", "people"),
        count(0, "person", "people"),
    ] == [
        "1 unchanged source",
        "2,000 records",
        "1 person",
        "0 people",
    ]
    assert [seconds(value) for value in (0.256, 41.2, 125, 3660)] == ["0.26 s", "41 s", "2 min 5 s", "1 h 1 min"]


def test_paths_are_shortened_from_the_front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    deep = "/var/lib/exports/2026/march/conversations.jsonl"
    assert short_path(str(tmp_path / "in" / "talk.jsonl")) == os.path.join("in", "talk.jsonl")
    assert short_path(deep) == "…/2026/march/conversations.jsonl"
    assert short_path("/short/talk.jsonl") == "/short/talk.jsonl"
    assert short_path("/x/" + "y" * 50) == "…" + "y" * 31
    assert short_path("-") == "standard input"


@given(st.text(min_size=1), st.integers(8, 60))
def test_a_short_path_is_never_longer_than_asked(path: str, longest: int) -> None:
    assert path == "-" or len(short_path(path, longest)) <= longest


@given(st.text())
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    shown = visible(text)
    assert not any((ord(c) < 32 and c not in "\t\n") or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066" for c in shown)
    assert visible(shown) == shown


class Disk:
    """So many bytes of a file have been read."""

    def __init__(self, shares: list[float | None]) -> None:
        self._shares = iter(shares)

    def __call__(self) -> float | None:
        return next(self._shares)


def reckoned(shares: list[float | None], reads: list[int], *, limit: int | None = None) -> list[Any]:
    reckoning = Reckoning(Disk(shares), limit=limit)
    found: list[Any] = []
    for read in reads:
        reckoning.add(read)
        found.append((reckoning.total, reckoning.exact))
    return found


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            lambda: reckoned([0.1, 0.2, 0.3], [100, 100, 100, 0]),
            [(None, False), (1000, False), (1000, False), (300, True)],
        ),
        (lambda: reckoned([0.9, 0.95], [100, 100]), [(None, False), (300, False)]),
        (lambda: reckoned([1.0, 1.0], [100, 100, 0]), [(None, False), (None, False), (200, True)]),
        (lambda: reckoned([None], [100, 0]), [(None, False), (100, True)]),
        (lambda: reckoned([0.1, 0.2], [100, 100], limit=500), [(500, False), (500, False)]),
        (lambda: reckoned([None], [100], limit=500), [(500, False)]),
    ],
)
def test_what_is_to_come_is_reckoned_from_the_bytes_since_the_first_record(
    told: Callable[[], list[Any]], expected: list[Any]
) -> None:
    assert told() == expected
