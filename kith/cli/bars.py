"""Progress bars that tell the truth: counted in records, with what is only reckoned called so."""

import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from kith.cli.interrupting import FINISHING
from kith.cli.reckoning import Reckoning
from kith.etl.trace import Pulse

__all__ = ["one_bar", "own_bars", "step_bars"]

SHOWN = ("ingest", "validate", "known?", "embed", "extract", "documents", "vectors", "evidence", "graph", "commit")
"""Steps that have a bar; the others take next to no time."""
WIDTH = 30


class _Count(ProgressColumn):
    """`1,280 of about 20,000 records`."""

    def __init__(self, *, exact: Callable[[], bool], unit: str) -> None:
        super().__init__()
        self._exact = exact
        self._unit = unit

    def render(self, task: Task) -> Text:
        note = str(task.fields.get("note", ""))
        if note and not task.completed:
            return Text(note, style="dim")
        whole = "" if task.total is None else f" of {'' if self._exact() else 'about '}{task.total:,.0f}"
        return Text(f"{task.completed:,.0f}{whole} {self._unit}".rstrip())


class _Steps(Progress):
    """Bars with a line below: how long it has taken, and how long it may still take."""

    def __init__(self, reckoning: Reckoning, stop: threading.Event, console: Console) -> None:
        columns = (
            TextColumn("{task.description:>9}"),
            BarColumn(bar_width=WIDTH),
            _Count(exact=lambda: reckoning.exact, unit=""),
        )
        self._reckoning = reckoning
        self._stop = stop
        super().__init__(*columns, console=console, transient=True)

    def get_renderables(self) -> Iterable[RenderableType]:
        yield self.make_tasks_table(self.tasks)
        yield Text(self._below(), style="yellow" if self._stop.is_set() else "dim")

    def _below(self) -> str:
        if self._stop.is_set():
            return f"          {FINISHING}"
        last = self.tasks[-1] if self.tasks else None
        passed = 0.0 if last is None else last.elapsed or 0.0
        words = f"          {clock(passed)}"
        if last is not None and last.completed and last.total and last.completed < last.total:
            words += f", about {clock(passed * (last.total - last.completed) / last.completed)} left"
        return words


def clock(seconds: float) -> str:
    """`0:12`, `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@contextmanager
def step_bars(
    reckoning: Reckoning, *, stop: threading.Event, console: Console, loads: bool
) -> Generator[Callable[[Pulse], None]]:
    """A bar per step. `loads`: the first batch waits for a model. They vanish at the end: the summary says it all."""
    with _Steps(reckoning, stop, console) as progress:
        tasks: dict[str, TaskID] = {step: progress.add_task(step, total=None, note="") for step in SHOWN}
        done: dict[str, int] = dict.fromkeys(SHOWN, 0)

        def beat(pulse: Pulse) -> None:
            if pulse.step == "ingest":
                reckoning.add(pulse.read)
            if pulse.step not in done:
                return
            # A batch that is begun again is told twice.
            done[pulse.step] = min(done[pulse.step] + pulse.read, reckoning.read)
            if loads and pulse.step == "known?":
                progress.update(tasks["embed"], note="loading the model")
            for step, task in tasks.items():
                progress.update(task, completed=done[step], total=reckoning.total)

        yield beat


@contextmanager
def one_bar(
    words: str, *, total: int | None, unit: str, note: str, console: Console
) -> Generator[Callable[[int], None]]:
    """One bar; call what it gives with how many more are done."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=WIDTH),
        _Count(exact=lambda: True, unit=unit),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(words, total=total, note=note)
        yield lambda more: progress.advance(task, more)


@contextmanager
def own_bars(*, note: str, console: Console) -> Generator[Callable[[str, int, int], None]]:
    """A bar for each step, from when it begins; call what it gives with a step, how many more, and of how many.

    `note` stands until the first.
    """
    columns = (
        TextColumn("{task.description:>10}"),
        BarColumn(bar_width=WIDTH),
        _Count(exact=lambda: True, unit=""),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        opening = progress.add_task("", total=None, note=note)
        tasks: dict[str, TaskID] = {}

        def beat(step: str, more: int, total: int) -> None:
            progress.update(opening, visible=False)
            if step not in tasks:
                tasks[step] = progress.add_task(step, total=total, note="")
            progress.advance(tasks[step], more)

        yield beat
