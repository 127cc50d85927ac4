"""How pages look: headings, cards, notes, tables that page, and what is said where nothing is there."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import streamlit as st

from kith.dashboard.data.reading import Missing, Reading, Told
from kith.dashboard.wording import plain, whole

__all__ = [
    "Card",
    "Rows",
    "by_cursor",
    "cards",
    "choice",
    "dress",
    "empty",
    "heading",
    "missing",
    "section",
    "table",
    "tile",
    "tiles",
    "to_page",
    "to_run",
    "to_stores",
    "value_of",
]

T = TypeVar("T")
Rows: TypeAlias = Sequence[Mapping[str, Any]]
ROWS = 20
STYLE = """
<style>
[data-testid="stMainBlockContainer"] { max-width: 74rem; padding: 3rem 3rem 4rem; }
.stHorizontalBlock:has(> .stElementContainer > .stMetric) {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 0.75rem;
}
.stHorizontalBlock:has(> .stElementContainer > .stMetric) > .stElementContainer { width: auto !important; }
.stMetric > div { padding: 0.8rem 1rem !important; }
.stMetric { font-variant-numeric: tabular-nums; height: 100%; }
.stHorizontalBlock:has(> [data-testid="stLayoutWrapper"] > [class*="st-key-kith-tile"]) {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: 0.75rem;
}
.stHorizontalBlock > [data-testid="stLayoutWrapper"]:has(> [class*="st-key-kith-tile"]) {
  width: auto !important; height: auto !important; align-self: stretch; display: flex;
}
[class*="st-key-kith-tile"] { flex: 1; gap: 0.35rem; }
[data-testid="stCaptionContainer"] { color: inherit; opacity: 0.78; }
:focus-visible { outline: 2px solid var(--st-primary-color, #0b6e63) !important; outline-offset: 2px; }
h1, h2, h3 { padding-top: 0 !important; }
h3 { margin-top: 1rem; padding-bottom: 0.35rem !important; }
@media (min-width: 641px) {
  .stSidebar[data-collapsed="false"] {
    width: 15rem !important; min-width: 15rem !important; max-width: 15rem !important;
  }
}
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding: 3.6rem 1rem 3rem; }
  [data-testid="stMetricValue"] { font-size: 1.35rem; }
}
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
</style>
"""


@dataclass(frozen=True, slots=True)
class Card:
    """One figure. `note` stands below it; `told` says what it counts."""

    label: str
    value: str
    note: str | None = None
    told: str | None = None


@dataclass(frozen=True, slots=True)
class _Turned:
    """How far one has turned in what list: where each page after the first begins."""

    of: object
    cursors: tuple[str, ...] = ()


def dress() -> None:
    """What the theme cannot say."""
    st.html(STYLE)


def heading(title: str, told: str) -> None:
    """The page's title, and in a sentence what it shows."""
    st.title(title, anchor=False)
    st.caption(told)


def section(title: str, told: str | None = None) -> None:
    """The title of a part of a page."""
    st.subheader(title, anchor=False)
    if told is not None:
        st.caption(told)


def cards(shown: Sequence[Card]) -> None:
    """Figures beside each other, as many in a row as there is room for."""
    with st.container(horizontal=True, gap="small"):
        for card in shown:
            st.metric(
                card.label,
                card.value,
                delta=card.note,
                delta_color="off",
                delta_arrow="off",
                help=card.told,
                border=True,
                height="stretch",
            )


@contextmanager
def tiles() -> Generator[None]:
    """What stands in here as a `tile` is laid out in a grid."""
    with st.container(horizontal=True, gap="small"):
        yield


@contextmanager
def tile(name: str) -> Generator[None]:
    """A framed place for a few lines, of one height with those beside it. `name`: its own on the page."""
    with st.container(border=True, key=f"kith-tile-{name}"):
        yield


def missing(found: Missing) -> None:
    """Says what is missing, and what helps."""
    said = f"{plain(found.words)}  \n{_with_commands(found.remedy)}" if found.remedy else plain(found.words)
    if found.why in ("not_allowed", "no_key", "bad_key", "no_ledger"):
        st.info(said, icon=":material/key:" if found.why != "no_ledger" else ":material/info:")
    else:
        st.warning(said, icon=":material/cloud_off:")


def value_of(reading: Reading[T]) -> T | None:
    """What was asked for; where it is missing, says so and gives None."""
    match reading:
        case Told(value):
            return value
        case Missing():
            missing(reading)
            return None


def empty(words: str, remedy: str = "") -> None:
    """Says that there is nothing yet, and how that changes. Words between backticks are commands."""
    with st.container(border=True):
        st.markdown(f"{_with_commands(words)}  \n{_with_commands(remedy)}" if remedy else _with_commands(words))


def table(rows: Rows, *, key: str, told: str, columns: Mapping[str, Any] | None = None, size: int = ROWS) -> None:
    """Rows that were read, a page at a time. `told` says what they are; `columns`: `st.column_config`, by name.

    Cells are shown as they are: nothing in them is read as Markdown or as HTML.
    """
    shown, turn = _turned(rows, key, size)
    _frame(shown, hide_index=True, width="stretch", height="content", column_config=columns, alt=told)
    turn()


def choice(
    rows: Rows, *, key: str, told: str, columns: Mapping[str, Any] | None = None, size: int = ROWS
) -> Mapping[str, Any] | None:
    """The same, to choose one of: the row that was chosen."""
    shown, turn = _turned(rows, key, size)
    event = _frame(
        shown,
        hide_index=True,
        width="stretch",
        height="content",
        column_config=columns,
        alt=told,
        # Streamlit keeps the number of a row under the key: of other rows it would be another's.
        key=f"{key}.{hash(repr(shown)):x}",
        on_select="rerun",
        selection_mode="single-row",
    )
    turn()
    picked: list[int] = event.selection.rows
    return shown[picked[0]] if picked and picked[0] < len(shown) else None


def _frame(rows: Rows, **more: Any) -> Any:
    drawn: Any = st  # its types are those of pyarrow, which has none
    return drawn.dataframe(rows, placeholder="–", **more)


def _turned(rows: Rows, key: str, size: int) -> tuple[list[dict[str, Any]], Callable[[], None]]:
    """The rows of the page that one has turned to, and what shows the buttons that turn it."""
    pages = max(1, -(-len(rows) // size))
    at = min(int(st.session_state.get(f"{key}.page", 0)), pages - 1)
    shown = [dict(row) for row in rows[at * size : (at + 1) * size]]
    return shown, lambda: _pager(key, at=at, pages=pages, rows=len(rows)) if pages > 1 else None


def _pager(key: str, *, at: int, pages: int, rows: int) -> None:
    def turn(step: int) -> None:
        st.session_state[f"{key}.page"] = min(max(at + step, 0), pages - 1)

    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Back", key=f"{key}.back", icon=":material/chevron_left:", disabled=at == 0, on_click=turn, args=(-1,)
        )
        st.button(
            "Next",
            key=f"{key}.next",
            icon=":material/chevron_right:",
            disabled=at + 1 == pages,
            on_click=turn,
            args=(1,),
        )
        st.caption(f"Page {at + 1} of {pages}, {whole(rows)} rows")


def by_cursor(key: str, *, of: object = None) -> tuple[str | None, Callable[[str | None], None]]:
    """For a list that the server pages: where the page begins that one has turned to, and what shows the buttons.

    That is told where the list goes on, None at its end. `of`: what is listed; of something else it begins anew.
    """
    turned: _Turned | None = st.session_state.get(f"{key}.turned")
    if turned is None or turned.of != of:
        turned = st.session_state[f"{key}.turned"] = _Turned(of)
    kept = turned
    return kept.cursors[-1] if kept.cursors else None, lambda following: _newer_older(key, kept, following)


def _newer_older(key: str, turned: _Turned, following: str | None) -> None:
    def turn(*cursors: str) -> None:
        st.session_state[f"{key}.turned"] = _Turned(turned.of, cursors)

    newest, oldest = not turned.cursors, following is None
    if newest and oldest:
        return
    back, on = turned.cursors[:-1], (*turned.cursors, following)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Newer", key=f"{key}.newer", icon=":material/chevron_left:", disabled=newest, on_click=turn, args=back
        )
        st.button("Older", key=f"{key}.older", icon=":material/chevron_right:", disabled=oldest, on_click=turn, args=on)
        st.caption(f"Page {len(turned.cursors) + 1}")


def to_page(name: str, label: str, *, icon: str | None = None, **query: str) -> None:
    """A link to another page, which finds the rest in its address."""
    # Streamlit knows a page by its address alone: one made here stands for the one in the menu.
    there = st.Page(_nothing, title=name.capitalize(), url_path=name)
    st.page_link(there, label=label, icon=icon, query_params=query)


def to_run(run_id: str) -> None:
    """A link to a run."""
    to_page("runs", "See the run", icon=":material/timeline:", run=run_id)


def to_stores() -> None:
    """A link to what is known of the stores."""
    to_page("stores", "See the stores", icon=":material/database:")


def _nothing() -> None:
    """Shows nothing: it is never run."""


def _with_commands(words: str) -> str:
    """A sentence of ours, in which what stands between backticks is code; the rest is shown as it is."""
    parts = words.split("`")
    if len(parts) % 2 == 0:
        return plain(words)
    return "".join(f"`{part}`" if at % 2 else plain(part) for at, part in enumerate(parts))
