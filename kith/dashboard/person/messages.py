"""What a person said and was told, the newest first, a page at a time."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import streamlit as st

from kith.dashboard.data.person import said
from kith.dashboard.looks import by_cursor, empty, section, value_of
from kith.dashboard.person.lines import start_of, utterances
from kith.dashboard.sight import Sight
from kith.persona.model import ROLES, Role

__all__ = ["show_messages"]

KEY = "kith.people.messages"
PAGE = 15


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose messages, and which."""

    user_id: str
    role: Role | None
    since: str | None
    until: str | None


def show_messages(sight: Sight, user_id: str) -> None:
    """Messages of one role or all, from a day on, up to another."""
    section("Messages", "The newest first, days in UTC.")
    asked = _asked(user_id)
    cursor, turn = by_cursor(KEY, of=asked)
    page = value_of(
        said(sight.api, user_id, role=asked.role, since=asked.since, until=asked.until, cursor=cursor, limit=PAGE)
    )
    if page is None:
        return
    if not page.items:
        empty("There are no messages here.", "Choose other days or another role, or take some in with `kith run FILE`.")
        return
    with st.container(border=True):
        utterances(page.items)
    turn(page.next)


def _asked(user_id: str) -> _Asked:
    first, last = date(1970, 1, 1), datetime.now(UTC).date()
    with st.container(horizontal=True):
        role = st.selectbox("Role", ROLES, index=None, key=f"{KEY}.role", placeholder="All", width=160)
        since = st.date_input("From", None, min_value=first, max_value=last, key=f"{KEY}.since", width=160)
        until = st.date_input("Up to", None, min_value=first, max_value=last, key=f"{KEY}.until", width=160)
    return _Asked(
        user_id,
        role,
        None if since is None else start_of(since),
        None if until is None else start_of(until + timedelta(days=1)),
    )
