"""Answers as people read them: lines and tables that fit the terminal, plain and unfolded where they are piped."""

import io
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO, cast

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.columns import Columns
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from kith.cli.output import print_text, visible

__all__ = ["beside", "inset", "line", "show", "table"]

PIPED = 10_000
"""Columns where nothing needs to fit: who reads a pipe wants a row on one line."""
SIDE_BY_SIDE = 120
"""Columns of a pipe within which tables stand side by side."""
GAP = 2


def _console(page: io.TextIOWrapper | None = None, *, width: int = PIPED) -> Console:
    """One that writes on `page` as it would on standard output."""
    out = cast("TextIO | None", sys.stdout)  # None where it was closed before we began
    terminal = out is not None and out.isatty()
    console = Console(file=page, force_terminal=True if terminal else None, highlight=False)
    if not console.is_terminal:
        console.width = width
    return console


def _page() -> io.TextIOWrapper:
    out = cast("TextIO | None", sys.stdout)
    return io.TextIOWrapper(io.BytesIO(), encoding=out.encoding if out else "utf-8", errors="backslashreplace")


def line(*parts: str | tuple[str, str]) -> Text:
    """A line of words; a pair is words and their style."""
    plain = [visible(part) if isinstance(part, str) else (visible(part[0]), part[1]) for part in parts]
    return Text.assemble(*plain)


def inset(words: str) -> Padding:
    """Words under the line before."""
    return Padding(line(words), (0, 0, 0, 4))


def table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    right: Sequence[str] = (),
    whole: Sequence[str] = (),
    spare: Sequence[str] = (),
) -> Table:
    """Rows under headings. `right` hold figures; `whole` are never folded; `spare` go, the first first, for room."""
    cells = [[visible(str(cell)) for cell in row] for row in rows]
    shown = _that_fit(columns, cells, spare, width=_console().width)
    made = Table(
        title=visible(title) or None,
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, GAP - 1, 0, 0),
        title_justify="left",
        title_style="bold",
        header_style="dim",
    )
    for place in shown:
        name = columns[place]
        figures = name in right
        made.add_column(name, justify="right" if figures else "left", no_wrap=figures or name in whole, overflow="fold")
    for row in cells:
        made.add_row(*(Text(row[place]) for place in shown))
    return made


def _that_fit(columns: Sequence[str], cells: Sequence[Sequence[str]], spare: Sequence[str], *, width: int) -> list[int]:
    """The places of the columns that are shown."""
    widths = [max(cell_len(name), *(cell_len(row[n]) for row in cells), 0) for n, name in enumerate(columns)]
    shown = list(range(len(columns)))
    for name in spare:
        if sum(widths[n] + GAP for n in shown) - GAP <= width:
            break
        shown.remove(columns.index(name))
    return shown


def beside(*tables: Table) -> Columns:
    """Tables side by side, as many as there is room for."""
    return Columns(tables, padding=(1, 4))


def show(*things: RenderableType) -> None:
    """Prints to standard output; plain where it is no terminal."""
    for thing in things:
        page = _page()
        console = _console(page, width=SIDE_BY_SIDE if isinstance(thing, Columns) else PIPED)
        console.print(line(thing) if isinstance(thing, str) else thing)
        page.seek(0)
        print_text("".join(row.rstrip() + "\n" for row in page))
