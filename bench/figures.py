"""What measurements share: the records, the turns that they take, the table, and the line that names the machine."""

import os
import platform
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import psutil

from kith.data.generate import write_dataset

__all__ = ["A_PERSON", "Machine", "Say", "columns", "dataset", "in_turns", "machine", "say_on_terminal", "silent"]

Say: TypeAlias = Callable[[str], None]
"""Told what is going on, for whoever waits."""

A_PERSON = 33
"""Messages to a person, about as in the sample."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where figures were taken, and how busy it was before."""

    system: str
    processors: int
    memory_gb: float
    python: str
    load_before: float
    """Processes that ran or waited to, on average over the last minute."""

    def table(self) -> str:
        """One line."""
        return (
            f"{self.processors} processors, {self.memory_gb:.0f} GB, {self.system}, Python {self.python}; "
            f"load before: {self.load_before:.1f}"
        )


def machine() -> Machine:
    """The one at hand, as it is now."""
    return Machine(
        system=f"{platform.system()} {platform.machine()}",
        processors=os.cpu_count() or 1,
        memory_gb=psutil.virtual_memory().total / 1e9,
        python=platform.python_version(),
        load_before=psutil.getloadavg()[0],
    )


def dataset(folder: Path, *, messages: int) -> Path:
    """A folder with so many made-up messages and the campaigns that they speak of; the same each time."""
    write_dataset(folder, users=max(1, messages // A_PERSON), messages=messages, seed=7)
    return folder


def in_turns(
    ways: Mapping[str, Callable[[], float]], *, rounds: int, doing: str, say: Say, rotate: bool = True
) -> dict[str, float]:
    """The median of the seconds that each way tells; each round begins with the next of them, if `rotate`.

    So a slow minute of the machine falls on all.
    """
    names = list(ways)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        first = turn % len(names) if rotate else 0
        for name in names[first:] + names[:first]:
            say(f"{doing}: round {turn + 1} of {rounds}, {name}")
            seconds[name].append(ways[name]())
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def columns(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A plain table: the first column to the left, the others to the right."""
    table = [list(headings), *map(list, rows)]
    widths = [max(len(row[at]) for row in table) for at in range(len(headings))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in table
    ]
    return "\n".join(line.rstrip() for line in lines)


def silent(_words: str) -> None:
    """Nobody waits."""


def say_on_terminal(words: str) -> None:
    """One line on standard error that the next one replaces, if a person looks at it."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[2K{words}")
        sys.stderr.flush()
