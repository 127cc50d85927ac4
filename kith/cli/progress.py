"""Progress bars that tell the truth: one per step, in records, on a terminal only."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from kith.etl.trace import Pulse

__all__ = ["bar", "step_bars"]

SHOWN = ("ingest", "validate", "known?", "embed", "extract", "documents", "vectors", "evidence", "graph", "commit")


def _watched(*, quiet: bool) -> bool:
    return not quiet and sys.stderr.isatty()


@contextmanager
def step_bars(share_read: Callable[[], float | None], *, quiet: bool) -> Generator[Callable[[Pulse], None] | None]:
    """A bar per step. What is to come is reckoned from the share of the bytes that have been read: `share_read`."""
    if not _watched(quiet=quiet):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description:>10}"),
        BarColumn(bar_width=36),
        MofNCompleteColumn(),
        TextColumn("records"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        tasks = {step: progress.add_task(step, total=None) for step in SHOWN}
        read = 0

        def beat(pulse: Pulse) -> None:
            nonlocal read
            task = tasks.get(pulse.step)
            if task is None:
                return
            progress.advance(task, pulse.read)
            if pulse.step == "ingest":
                read += pulse.read
                share = share_read()
                total = None if not share else max(read, round(read / min(1.0, share)))
                for each in tasks.values():
                    progress.update(each, total=total)

        yield beat
        for task in tasks.values():
            progress.update(task, total=max(read, 1), completed=read or 1)


@contextmanager
def bar(what: str, *, total: int | None, quiet: bool) -> Generator[Callable[[int], None]]:
    """One bar; call what it gives with how many more are done."""
    if not _watched(quiet=quiet):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=36), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(what, total=total)
        yield lambda more: progress.advance(task, more)
