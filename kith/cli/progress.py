"""What a person at a terminal sees while a command works: a line while it opens things, then bars."""

import sys
import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, TextIO, cast

if TYPE_CHECKING:
    from rich.console import Console

    from kith.pipeline import Pulses

__all__ = ["beating", "following", "ticking", "waiting", "watched"]

OPENING = "opening the stores"


def watched(*, quiet: bool) -> bool:
    """Whether somebody looks at standard error, and wants to see how things go."""
    err = cast("TextIO | None", sys.stderr)  # None where it was closed before we began
    return not quiet and err is not None and err.isatty()


def _console() -> "Console":
    from rich.console import Console

    return Console(stderr=True, highlight=False)


@contextmanager
def waiting(words: str = OPENING, *, quiet: bool) -> Generator[Callable[[str], None]]:
    """A line that says what is waited for, where somebody looks. What this gives changes the words; none end it."""
    if not watched(quiet=quiet):
        yield lambda _: None
        return
    with _console().status(words) as status:

        def say(other: str) -> None:
            if other:
                status.update(other)
            else:
                status.stop()

        yield say


def following(
    *, stop: threading.Event, limit: int | None, loads: bool, begin: Callable[[], None], quiet: bool
) -> "Pulses":
    """Bars for the steps of a run, where somebody looks; `begin` is called before they are drawn."""

    def pulses(share: Callable[[], float | None]) -> AbstractContextManager[Callable[..., None] | None]:
        begin()
        if not watched(quiet=quiet):
            return nullcontext()
        from kith.cli.bars import step_bars
        from kith.cli.reckoning import Reckoning

        return step_bars(Reckoning(share, limit=limit), stop=stop, console=_console(), loads=loads)

    return pulses


@contextmanager
def ticking(
    words: str, *, total: int | None = None, unit: str = "", note: str = "", quiet: bool
) -> Generator[Callable[[int], None]]:
    """One bar, where somebody looks; call what it gives with how many more are done. `note` stands until the first."""
    if not watched(quiet=quiet):
        yield lambda _: None
        return
    from kith.cli.bars import one_bar

    with one_bar(words, total=total, unit=unit, note=note, console=_console()) as tick:
        yield tick


@contextmanager
def beating(*, note: str = OPENING, quiet: bool) -> Generator[Callable[[str, int, int], None]]:
    """A bar for each step, where somebody looks; call what it gives with a step, how many more, and of how many."""
    if not watched(quiet=quiet):
        yield lambda _step, _more, _total: None
        return
    from kith.cli.bars import own_bars

    with own_bars(note=note, console=_console()) as beat:
        yield beat
