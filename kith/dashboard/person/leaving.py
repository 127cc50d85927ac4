"""Handing out all that is held about a person, and forgetting them: two steps, and the receipt."""

import re

import streamlit as st

from kith.dashboard.data.leaving import Export, Receipt, export_of, forget, receipt_of
from kith.dashboard.data.person import Somebody
from kith.dashboard.data.reading import Missing, Told
from kith.dashboard.looks import missing, section, table, value_of
from kith.dashboard.picking import choose
from kith.dashboard.sight import Sight
from kith.dashboard.wording import count, moment, octets, plain, whole

__all__ = ["show_leaving", "show_receipt"]

KEY = "kith.people.leaving"
SURE, GONE, RECEIPT = f"{KEY}.sure", f"{KEY}.gone", f"{KEY}.receipt"
"""Who is about to be forgotten, who was just now, and the receipt for that, or why there is none to be had."""


def show_leaving(sight: Sight, who: Somebody) -> None:
    """What a person may ask for: their data, and that it goes."""
    section("Export", "All that is held about them, as JSON Lines: a record a line, each with its kind.")
    _export(sight, who.user_id)
    section("Forget", "Deletes them from every store. It cannot be undone.")
    if not sight.caller.may("write"):
        st.caption("A key that may write can have them forgotten.")
        return
    _forget(sight, who)


def _export(sight: Sight, user_id: str) -> None:
    if not st.button("Gather it", icon=":material/inventory_2:", key=f"{KEY}.gather"):
        return
    with st.spinner("Gathering…"):
        found = value_of(export_of(sight.api, user_id))
    if found is not None:
        _handed(found, user_id)


def _handed(found: Export, user_id: str) -> None:
    table(
        [{"kind": kind.replace("_", " "), "records": number} for kind, number in found.kinds.items()],
        key=f"{KEY}.kinds",
        told="How many records there are of each kind.",
    )
    lines = sum(found.kinds.values())
    st.download_button(
        f"Download {count(lines, 'record')} ({octets(len(found.lines))})",
        found.lines,
        file_name=f"{re.sub(r'[^0-9A-Za-z._-]', '_', user_id)}.jsonl",
        mime="application/jsonl",
        icon=":material/download:",
        key=f"{KEY}.download",
        on_click="ignore",  # the page would begin anew, and what was gathered go
    )


def _forget(sight: Sight, who: Somebody) -> None:
    if st.session_state.get(SURE) != who.user_id:
        st.button(
            "Forget this person…",
            icon=":material/person_remove:",
            on_click=_set,
            args=(who.user_id,),
            key=f"{KEY}.begin",
        )
        return
    with st.container(border=True):
        st.markdown(
            f"**What it means.** {count(who.messages or 0, 'message')} of {plain(who.user_id)}, all that was learned "
            "from them and all that they did with campaigns go from documents, vectors, graph, ledger and cache; "
            "a second look makes sure. From then on messages dated before now are refused, also where a source is "
            "read again. What stays: a receipt that counts what was deleted, and a mark that keeps them from coming "
            "back by mistake. Export first what is to be kept."
        )
        with st.form(f"{KEY}.form", border=False):
            typed = st.text_input("Type their id to confirm", key=f"{KEY}.typed", autocomplete="off")
            st.caption(f"Their id is {plain(who.user_id)}")
            sure = st.form_submit_button("Forget for good", type="primary", icon=":material/delete_forever:")
        st.button("Keep them", on_click=_set, args=(None,), key=f"{KEY}.keep")
    if not sure:
        return
    if typed.strip() != who.user_id.strip():
        missing(Missing("refused", f"{typed.strip()!r} is not their id: nobody was forgotten."))
        return
    _gone(sight, who.user_id)


def _set(user_id: str | None) -> None:
    st.session_state[SURE] = user_id


def _gone(sight: Sight, user_id: str) -> None:
    answer = forget(sight.api, user_id)
    if isinstance(answer, Missing):
        missing(answer)
        return
    _set(None)
    choose(None)
    st.session_state[GONE], st.session_state[RECEIPT] = user_id, answer.value
    st.rerun()


def show_receipt(sight: Sight) -> None:
    """What became of whoever was forgotten just now, until it was read."""
    user_id: str | None = st.session_state.get(GONE)
    if user_id is None:
        return
    found: Receipt | Missing | None = st.session_state.get(RECEIPT)
    if found is None:
        _wait(sight, user_id)
        return
    with st.container(border=True):
        if isinstance(found, Missing):
            missing(found)
        else:
            _receipt(found)
        _done()


def _done() -> None:
    st.button("Done", key=f"{KEY}.done", on_click=_read)


@st.fragment(run_every=1)
def _wait(sight: Sight, user_id: str) -> None:
    if st.session_state.get(GONE) is None:
        st.rerun()
    answer = receipt_of(sight.api, user_id)
    if isinstance(answer, Missing) and answer.why != "unknown":
        missing(answer)
        _done()
        return
    if isinstance(answer, Told) and answer.value is None:
        st.info(f"{plain(user_id)} is being forgotten…", icon=":material/hourglass_empty:")
        return
    st.session_state[RECEIPT] = answer if isinstance(answer, Missing) else answer.value
    st.rerun()


def _read() -> None:
    st.session_state.pop(GONE, None)
    st.session_state.pop(RECEIPT, None)


def _receipt(receipt: Receipt) -> None:
    left = sum(receipt.second_look.values())
    again = whole(left) if left else "nothing"
    st.success(
        f"{plain(receipt.user)} was forgotten at {moment(receipt.finished_at)}. A second look found {again} of theirs.",
        icon=":material/check_circle:",
    )
    table(
        [
            {"store": store, "deleted": number, "found by a second look": receipt.second_look.get(store)}
            for store, number in receipt.deleted.items()
        ],
        key=f"{KEY}.deleted",
        told="What was deleted where.",
    )
    st.caption(f"Receipt {plain(receipt.receipt_id)}, asked for at {moment(receipt.requested_at)}.")
