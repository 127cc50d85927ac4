"""Choosing somebody: the same person on every page, by typing, by an id, or by the address."""

import time
from dataclasses import dataclass

import streamlit as st

from kith.dashboard.data.asking import Api
from kith.dashboard.data.people import MOST, Known, known
from kith.dashboard.data.reading import Told
from kith.dashboard.looks import empty, value_of

__all__ = ["choose", "person_picker", "whom"]

OFFERED = "kith.person.offered"
REMEMBERED = 30.0
"""Seconds for which those that are offered are not asked for again."""


@dataclass(frozen=True, slots=True)
class _Offered:
    people: Known
    at: float


def person_picker(api: Api, *, key: str = "person") -> str | None:
    """Has somebody chosen, by typing; who is not offered can be named by their id. The same one on every page."""
    people = _offered(api)
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


def _offered(api: Api) -> Known | None:
    kept: _Offered | None = st.session_state.get(OFFERED)
    if kept is not None and time.monotonic() - kept.at < REMEMBERED:
        return kept.people
    found = known(api)
    if isinstance(found, Told):
        st.session_state[OFFERED] = _Offered(found.value, time.monotonic())
    return value_of(found)


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
    """Has somebody chosen, or nobody, whoever it was before: then those that are offered are asked for anew."""
    st.session_state["kith.person"] = user_id
    st.session_state["kith.person.named"] = user_id
    # A picker that is on the page already would go on with what it showed: the next one is another.
    st.session_state["kith.person.turn"] = int(st.session_state.get("kith.person.turn", 0)) + 1
    if user_id is None:
        st.query_params.pop("person", None)
        st.session_state.pop(OFFERED, None)


def _picker() -> str:
    return f"person.{st.session_state.get('kith.person.turn', 0)}"
