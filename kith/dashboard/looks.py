"""How pages look: headings, cards, notes, tables that page, and what is said where nothing is there."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import streamlit as st

from kith.dashboard.data.asking import Api
from kith.dashboard.data.people import MOST, known
from kith.dashboard.data.reading import Missing, Reading, Told
from kith.dashboard.wording import plain, whole

__all__ = [
    "Card",
    "Rows",
    "cards",
    "choice",
    "choose",
    "dress",
    "empty",
    "heading",
    "missing",
    "person_picker",
    "section",
    "table",
    "tile",
    "tiles",
    "value_of",
    "whom",
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
    if found.why in ("not_allowed", "no_key", "no_ledger"):
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
        key=f"{key}.{st.session_state.get(f'{key}.page', 0)}",
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


def person_picker(api: Api, *, key: str = "person") -> str | None:
    """Has somebody chosen, by typing; who is not offered can be named by their id. The same one on every page."""
    people = value_of(known(api))
    if people is None:
        return None
    if not people.items:
        empty("Nobody is known yet.", "Take conversations in with `kith run FILE`.")
        return None
    names = {one.user_id: one.name for one in people.items}
    before = st.session_state.get("kith.person")
    offered = list(names) if before is None or before in names else [before, *names]

    def label(user_id: str) -> str:
        name = names.get(user_id)
        return user_id if name is None else f"{name} ({user_id})"

    picked = st.selectbox(
        "Person",
        offered,
        index=None if before is None else offered.index(before),
        format_func=label,
        key=f"{key}.picker",
        placeholder="Type a name or an id",
        accept_new_options=True,
        help=None if people.next is None else f"The first {MOST:,} are offered; type the id of anybody else.",
    )
    st.session_state["kith.person"] = picked
    return picked


def whom(api: Api) -> str | None:
    """Who was chosen by typing or by the address, which names them: pages link to each other with `?person=ID`."""
    named = st.query_params.get("person")
    arrived = f"{_picker()}.picker" not in st.session_state
    if named and (arrived or named != st.session_state.get("kith.person.named")):
        choose(named)
    picked = person_picker(api, key=_picker())
    chosen: str | None = st.session_state.get("kith.person")
    st.session_state["kith.person.named"] = chosen
    if chosen is None:
        st.query_params.pop("person", None)
    elif chosen != named:
        st.query_params["person"] = chosen
    return picked


def choose(user_id: str | None) -> None:
    """Has somebody chosen, or nobody, whoever it was before."""
    st.session_state["kith.person"] = user_id
    st.session_state["kith.person.named"] = user_id
    # A picker that is on the page already would go on with what it showed: the next one is another.
    st.session_state["kith.person.turn"] = int(st.session_state.get("kith.person.turn", 0)) + 1
    if user_id is None:
        st.query_params.pop("person", None)


def _picker() -> str:
    return f"person.{st.session_state.get('kith.person.turn', 0)}"


def _with_commands(words: str) -> str:
    """A sentence of ours, in which what stands between backticks is code; the rest is shown as it is."""
    parts = words.split("`")
    if len(parts) % 2 == 0:
        return plain(words)
    return "".join(f"`{part}`" if at % 2 else plain(part) for at, part in enumerate(parts))
