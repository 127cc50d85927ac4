"""What each step of a run did: records, seconds, outcome; and the pulse that a progress bar follows."""

import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

from kith.stores.ledger_port import StageRow

__all__ = ["Clock", "Pulse", "Trace"]

Clock = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Pulse:
    """One step is done with a batch of which so many records had been read."""

    step: str
    read: int


class _Stage:
    __slots__ = ("finished_at", "records", "seconds", "started_at", "status")

    def __init__(self, started_at: int) -> None:
        self.started_at = self.finished_at = started_at
        self.records = 0
        self.seconds = 0.0
        self.status: Literal["succeeded", "failed", "interrupted"] = "succeeded"


class Trace:
    """Gathers what steps did, from any thread. `pulse` hears of every step of every batch."""

    def __init__(self, *, clock: Clock, pulse: Callable[[Pulse], None] | None = None) -> None:
        self._clock = clock
        self._pulse = pulse
        self._lock = threading.Lock()
        self._stages: dict[str, _Stage] = {}

    def expect(self, steps: Iterable[str]) -> None:
        """Names the steps in the order in which they will be told, so that idle ones show too."""
        now = self._clock()
        with self._lock:
            for step in steps:
                self._stages.setdefault(step, _Stage(now))

    @contextmanager
    def step(self, name: str) -> Generator[Callable[[int, int], None]]:
        """Times one step over one batch; call what it gives with the records that it deals with, and that were read."""
        begun = perf_counter()
        counted = passed = 0

        def count(records: int, read: int) -> None:
            nonlocal counted, passed
            counted, passed = records, read

        failed = True
        try:
            yield count
            failed = False
        finally:
            self._add(name, counted, perf_counter() - begun, failed=failed)
        if self._pulse is not None:
            self._pulse(Pulse(name, passed))

    def _add(self, name: str, records: int, seconds: float, *, failed: bool) -> None:
        now = self._clock()
        with self._lock:
            stage = self._stages.setdefault(name, _Stage(now))
            stage.records += records
            stage.seconds += seconds
            stage.finished_at = now
            stage.status = "failed" if failed else "succeeded"

    def rows(self) -> tuple[StageRow, ...]:
        """One row per step, in the order expected."""
        with self._lock:
            return tuple(
                StageRow(name, s.records, round(s.seconds, 6), s.status, s.started_at, s.finished_at)
                for name, s in self._stages.items()
            )
