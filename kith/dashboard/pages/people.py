"""People: find somebody; what is known of them and since when, what they said, what comes out for them; forget them."""

from collections.abc import Callable

import streamlit as st

from kith.dashboard.data.person import Somebody, somebody
from kith.dashboard.looks import heading, to_page, value_of
from kith.dashboard.person.context import show_context
from kith.dashboard.person.facts import show_facts
from kith.dashboard.person.leaving import show_leaving, show_receipt
from kith.dashboard.person.messages import show_messages
from kith.dashboard.person.mind import show_mind
from kith.dashboard.person.offers import show_offers
from kith.dashboard.picking import whom
from kith.dashboard.sight import Sight
from kith.dashboard.wording import count, plain

__all__ = ["show"]

PARTS: dict[str, Callable[[Sight, str], None]] = {
    "Facts": show_facts,
    "On their mind": show_mind,
    "Messages": show_messages,
    "Context": show_context,
    "Recommendations": show_offers,
}
LEAVING = "Export and forget"


def show(sight: Sight) -> None:
    """The page."""
    heading("People", "What is known of somebody, since when, and from which words; and what comes out for them.")
    show_receipt(sight)
    user_id = whom(sight.api)
    if user_id is None:
        return
    who = value_of(somebody(sight.api, user_id))
    if who is None:
        return
    _person(who)
    part = st.segmented_control(
        "What to see",
        [*PARTS, LEAVING],
        default="Facts",
        required=True,
        key="part",
        bind="query-params",
        wrap=True,
        label_visibility="collapsed",
    )
    if part == LEAVING:
        show_leaving(sight, who)
    else:
        PARTS[part](sight, user_id)


def _person(who: Somebody) -> None:
    st.header(plain(who.name or who.user_id), anchor=False)
    told = [] if who.name is None else [f"id {plain(who.user_id)}"]
    told.append(count(who.messages or 0, "message"))
    if who.rereading:
        told.append("what they said is being read again in the light of their new name")
    st.caption(" · ".join(told))
    to_page("graph", "Their graph", icon=":material/hub:", person=who.user_id)
