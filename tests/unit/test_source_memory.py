"""A source of any size takes the memory of a batch."""

import io
import tracemalloc
from collections.abc import Callable, Generator, Iterator

import pytest

from kith.etl.sources import open_sources


class Made(io.BytesIO):
    """A stream that is made as it is read, and that nobody holds as a whole."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces

    def read(self, size: int | None = -1) -> bytes:
        return next(self._pieces, b"")


def a_long_line() -> Generator[bytes]:
    yield b'{"n": 1}\n{"text": "'
    yield from (b"x" * 65_536 for _ in range(800))
    yield b'"}\n{"n": 2}\n'


def a_long_element() -> Generator[bytes]:
    yield b'[{"n": 1}, {"text": ["'
    yield from (b'x\\"' * 21_845 for _ in range(800))
    yield b'"]}, {"n": 2}]'


def a_long_array() -> Generator[bytes]:
    yield b'[{"n": 1}'
    yield from (b', {"n": "' + b"x" * 65_000 + b'"}' for _ in range(800))
    yield b"]"


def a_long_conversation() -> Generator[bytes]:
    yield b'{"user_id": "u", "messages": [{"n": 1}'
    yield from (b', {"n": "' + b"x" * 65_000 + b'"}' for _ in range(800))
    yield b"]}"


@pytest.mark.parametrize(
    ("pieces", "records", "mebibytes"),
    [(a_long_line, 3, 8), (a_long_element, 3, 8), (a_long_array, 801, 8), (a_long_conversation, 801, 40)],
)
def test_memory_is_that_of_a_batch(pieces: Callable[[], Iterator[bytes]], records: int, mebibytes: int):
    """Fifty megabytes go through; a conversation is held for as long as what it hands down may still follow."""
    sources = open_sources(["-"], known=lambda _: None, full=False, stdin=Made(pieces()))
    tracemalloc.start()
    try:
        count = sum(len(batch.records) for batch in sources.batches(4))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == records
    assert peak < mebibytes * 1024 * 1024
