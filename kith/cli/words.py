"""Figures, plurals and paths as people read them."""

import os
from pathlib import PurePath
from typing import Final

__all__ = ["count", "number", "seconds", "short_path"]

LONGEST_PATH: Final = 32


def number(value: float) -> str:
    """A figure with thousands apart, and no more digits than it has."""
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:,.2f}"


def count(value: int, one: str, many: str = "") -> str:
    """`1 unchanged source`, `2,000 unchanged sources`; `many` where the plural is more than an s."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def seconds(value: float, *, digits: int = 2) -> str:
    """A duration: `0.25 s`, `41 s`, `2 min 5 s`, `1 h 1 min`; so many digits below ten seconds."""
    if value < 60:
        return f"{value:.{digits if value < 10 else 0}f} s"
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def short_path(path: str, longest: int = LONGEST_PATH) -> str:
    """A path in a column: from here, if it lies below; else as much of its end as there is room for."""
    if path == "-":
        return "standard input"
    here = os.path.join(os.getcwd(), "")
    path = path.removeprefix(here)
    if len(path) <= longest:
        return path
    kept = ""
    for part in reversed(PurePath(path).parts):
        longer = os.path.join(part, kept) if kept else part
        if len(longer) + 2 > longest:
            break
        kept = longer
    return os.path.join("…", kept) if kept else "…" + path[1 - longest :]
