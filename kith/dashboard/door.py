"""Coming in: who looks, with which key; what is shown where nobody may, or where the API is down."""

import time
from dataclasses import dataclass

import streamlit as st

from kith.dashboard.data.asking import Api
from kith.dashboard.data.callers import Caller, alive, caller_of
from kith.dashboard.data.history import Ledger, alone, ledger_beside
from kith.dashboard.data.reading import Missing, Told, Unanswered, Why
from kith.dashboard.data.stores import health
from kith.dashboard.looks import Card, cards, empty, heading, missing, section, table
from kith.dashboard.place import Place
from kith.dashboard.run_lines import draw_runs, run_rows
from kith.dashboard.sight import Sight
from kith.dashboard.wording import plain, whole

__all__ = ["enter", "look_again", "shut", "who_looks"]

KEY, ENTERED = "kith.key", "kith.entered"
"""Where a session keeps the key, and who it found that to be. Neither leaves the session."""
REMEMBERED = 30.0
"""Seconds for which who asks is not looked up again."""
AGAIN = 3.0
"""Seconds after which a page that could not be shown tries again."""
PASSING: tuple[Why, ...] = ("not_now", "unreachable")
"""What may keep the API from saying who asks. It says nothing against them."""
SCOPES = {"read": "read", "write": "write", "admin": "administer"}


@dataclass(frozen=True, slots=True)
class _Entered:
    place: Place
    sight: Sight
    at: float


def enter(place: Place) -> Sight | Missing:
    """What this session may look at, or why nothing."""
    key: str | None = st.session_state.get(KEY)
    if place.guarded and key is None:
        words = "This dashboard is open to other machines, and shows nothing without a key."
        return Missing("no_key", words, "Make one with `kith keys create --name NAME --scope read`.")
    known: _Entered | None = st.session_state.get(ENTERED)
    try:
        api = Api(place.api, key=key) if known is None else known.sight.api
    except Unanswered as error:
        return error.missing
    answers = alive(api)
    if isinstance(answers, Missing):
        st.session_state.pop(ENTERED, None)
        return answers
    if known is not None and time.monotonic() - known.at < REMEMBERED:
        return known.sight
    caller = caller_of(api)
    if isinstance(caller, Told):
        if known is not None and known.sight.caller.tenant != caller.value.tenant:
            _forget_all(but=key)
        return _keep(place, Sight(api, caller.value, ledger_beside(api, caller.value, place.ledger)))
    if known is not None and caller.why in PASSING:
        return _keep(place, known.sight)
    st.session_state.pop(ENTERED, None)
    return caller


def _keep(place: Place, sight: Sight) -> Sight:
    st.session_state[ENTERED] = _Entered(place, sight, time.monotonic())
    return sight


def look_again() -> None:
    """Begins the page anew where whoever looks may not any more, or is another now.

    For a fragment that reads the ledger, which asks nobody: by itself it would go on after the key was revoked.
    """
    known: _Entered | None = st.session_state.get(ENTERED)
    if known is not None and time.monotonic() - known.at < REMEMBERED:
        return
    if known is None or enter(known.place) != known.sight:
        st.rerun()


def who_looks(place: Place, sight: Sight | Missing) -> None:
    """Says beside the pages whom the dashboard asks, as whom, and what they may do."""
    with st.sidebar:
        st.caption(f"API at {plain(place.api)}")
        if isinstance(sight, Sight):
            _say_caller(sight.caller)
        if st.session_state.get(KEY) is not None:
            st.button("Use another key", icon=":material/key:", on_click=_forget_key, width="stretch")


def _say_caller(caller: Caller) -> None:
    may = [SCOPES[scope] for scope in caller.scopes]
    told = may[0] if len(may) == 1 else f"{', '.join(may[:-1])} and {may[-1]}"
    st.markdown(f"Tenant **{plain(caller.tenant)}**  \nMay {told}")


def _forget_key() -> None:
    _forget_all()
    st.query_params.clear()


def _forget_all(*, but: str | None = None) -> None:
    """What was shown to one is not for the next: all goes, but this key."""
    st.session_state.clear()
    if but is not None:
        st.session_state[KEY] = but


def shut(place: Place, found: Missing) -> None:
    """In place of a page: asks for a key, or says why there is nothing, until there is."""
    if found.why in ("no_key", "bad_key"):
        _ask_for_key(found)
        return
    if found.why == "unreachable":
        heading("The API does not answer", "The dashboard goes on by itself as soon as it does.")
    else:
        heading("The dashboard cannot begin", "It goes on by itself as soon as it can.")
    missing(found)
    _wait(place, found.why, time.monotonic())


def _ask_for_key(found: Missing) -> None:
    heading("A key, please", "It says whose people you see, and what you may do. It stays in this session alone.")
    if found.why == "bad_key":
        missing(found)
    with st.form("kith.door", clear_on_submit=True, width=460):
        given = st.text_input("API key", type="password", placeholder="kith_…", autocomplete="off")
        if st.form_submit_button("Enter", type="primary") and given:
            _forget_all(but=given.strip())  # not the address: a link may have led here
            st.rerun()
    st.caption("`kith keys create --name NAME --scope read` makes one; `write` and `admin` let you do more.")


@st.fragment(run_every=AGAIN)
def _wait(place: Place, why: Why, since: float) -> None:
    """Tries again what failed, but not in the moment in which it did."""
    if time.monotonic() - since >= AGAIN / 2:
        found = enter(place)
        if isinstance(found, Sight) or found.why != why:
            st.rerun()
    if why == "not_now":
        _unwell(place)
    elif why == "unreachable" and not place.guarded and not place.named:
        _without_api(Ledger(place.ledger, place.tenant))


def _unwell(place: Place) -> None:
    """Which stores do not answer: of that the API tells anyone."""
    state = health(Api(place.api))
    if isinstance(state, Told):
        for name, one in state.value.stores.items():
            if not one.ok:
                st.markdown(f"**{plain(name.capitalize())}**: {plain(one.error or 'does not answer')}")


def _without_api(ledger: Ledger) -> None:
    answer = alone(ledger)
    if isinstance(answer, Missing):
        if ledger.url:
            missing(answer)
        return
    held = answer.value
    section("Meanwhile, from the ledger", f"Read beside whoever is writing, for tenant {plain(held.tenant)}.")
    names = ("people", "messages", "entities", "campaigns", "pending")
    cards([Card(name.capitalize(), whole(held.counts.get(name))) for name in names])
    if not held.runs:
        empty("Nothing has run yet.", "Take conversations in with `kith run FILE`.")
        return
    draw_runs(held.runs)
    table(run_rows(held.runs), key="kith.alone", told="The latest runs.")
