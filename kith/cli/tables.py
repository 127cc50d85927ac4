"""Answers as people read them: tables with units."""

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kith.etl.summary import RunSummary

__all__ = ["number", "print_summary", "show", "table"]

IDLE = ("names", "sweep", "publish")
"""Steps that are told only where they dealt with something."""


def number(value: float, unit: str = "") -> str:
    """A figure with its unit: thousands apart, no more digits than it has."""
    digits = f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:,.2f}"
    return f"{digits} {unit}".rstrip()


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[int] = ()) -> Table:
    """Rows under headings; the columns of `right` hold figures."""
    made = Table(title=title or None, box=SIMPLE_HEAD, title_justify="left", title_style="bold", header_style="dim")
    for place, column in enumerate(columns):
        made.add_column(column, justify="right" if place in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(escape(str(cell)) for cell in row))
    return made


def show(*things: Table | str) -> None:
    """Prints to standard output; plain where it is no terminal."""
    console = Console(highlight=False)
    for thing in things:
        console.print(thing)


def print_summary(summary: RunSummary) -> None:
    """What a run came to."""
    counts = [
        ("read", summary.read),
        ("accepted", summary.accepted),
        ("duplicate", summary.duplicate),
        ("rejected", summary.rejected),
    ]
    colour = {"succeeded": "green", "interrupted": "yellow"}.get(summary.status, "red")
    show(f"\nrun [bold]{summary.run_id}[/] [{colour}]{summary.status}[/] in {number(summary.seconds, 's')}")
    show(table("", ["records", ""], [(name, number(count)) for name, count in counts], right=[1]))
    if summary.read:
        told = [s for s in summary.stages if s.records > 0 or s.stage not in IDLE]
        stages = [(s.stage, number(s.records), f"{s.seconds:,.2f}") for s in told]
        show(table("", ["step", "records", "seconds"], stages, right=[1, 2]))
    if summary.stores is not None:
        held = [(name, number(count)) for name, count in _held(summary)]
        show(table("", ["the stores hold", ""], held, right=[1]))
    if summary.accepted:
        show(f"[bold]{number(summary.messages_per_second)}[/] messages a second")
    elif not summary.rejected:
        unchanged = f" ({number(summary.sources_unchanged)} unchanged sources)" if summary.sources_unchanged else ""
        show(f"[bold]Nothing new[/]{unchanged}: all of this was taken in before.")


def _held(summary: RunSummary) -> list[tuple[str, int]]:
    stores = summary.stores
    if stores is None:
        return []
    return [
        ("messages (documents)", stores.documents),
        ("message vectors", stores.vectors),
        ("entities", stores.entities),
        ("ties in the graph", stores.edges),
        ("engagement events", stores.engagement),
    ]
