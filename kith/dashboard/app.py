"""The application: its pages, and what stands in their place while nobody may look."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from kith.dashboard.data.reading import Missing, Unanswered
from kith.dashboard.door import enter, shut, who_looks
from kith.dashboard.looks import dress, missing
from kith.dashboard.pages import engagement, graph, lineage, overview, people, quality, runs, stores
from kith.dashboard.place import Place
from kith.dashboard.sight import Sight
from kith.persona.errors import KithError

__all__ = ["PAGES", "Listed", "main", "show_page"]

log = logging.getLogger("kith.dashboard")

STATIC = Path(__file__).parent / "static"
Show: TypeAlias = Callable[[Sight], None]


@dataclass(frozen=True, slots=True)
class Listed:
    """A page: its name in the address, its title, and what shows it."""

    name: str
    title: str
    icon: str
    show: Show


PAGES: tuple[Listed, ...] = (
    Listed("overview", "Overview", ":material/space_dashboard:", overview.show),
    Listed("runs", "Runs", ":material/timeline:", runs.show),
    Listed("quality", "Quality", ":material/rule:", quality.show),
    Listed("engagement", "Engagement", ":material/ads_click:", engagement.show),
    Listed("people", "People", ":material/group:", people.show),
    Listed("graph", "Graph", ":material/hub:", graph.show),
    Listed("lineage", "Lineage", ":material/conversion_path:", lineage.show),
    Listed("stores", "Stores", ":material/database:", stores.show),
)
"""In the order of the menu; the first is where one comes in."""


def main() -> None:
    """Shows the page that was asked for."""
    st.set_page_config(page_title="Kith", page_icon=str(STATIC / "mark.svg"), layout="wide")
    st.logo(str(STATIC / "wordmark.svg"), icon_image=str(STATIC / "mark.svg"), size="large")
    dress()
    place = _place()
    sight = enter(place)
    chosen = st.navigation([_page(one, place, sight) for one in PAGES])
    who_looks(place, sight)
    chosen.run()


def show_page(name: str) -> None:
    """Shows one page and nothing around it."""
    place = _place()
    _show(next(one for one in PAGES if one.name == name), place, enter(place))


def _place() -> Place:
    return Place.of(st.secrets["kith"])


def _page(listed: Listed, place: Place, sight: Sight | Missing) -> StreamlitPage:
    return st.Page(
        lambda: _show(listed, place, sight),
        title=listed.title,
        icon=listed.icon,
        url_path=listed.name,
        default=listed is PAGES[0],
    )


def _show(listed: Listed, place: Place, sight: Sight | Missing) -> None:
    if isinstance(sight, Missing):
        shut(place, sight)
        return
    try:
        listed.show(sight)
    except Unanswered as error:
        missing(error.missing)
    except KithError as error:
        log.warning("the page %r could not be shown: %s", listed.name, error)
        missing(Missing("not_now", str(error), "Try again in a moment."))
