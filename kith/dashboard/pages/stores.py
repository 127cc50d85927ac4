"""Stores: whether they are well, what they are, how large, and whether they agree."""

import streamlit as st

from kith.dashboard.data.jobs import begin
from kith.dashboard.data.reading import Missing, Reading
from kith.dashboard.data.stores import NAMES, Health, Store, StoreHealth, Stores, Verdict, health, stores, verdict_of
from kith.dashboard.jobs_view import Work, follow, take_up
from kith.dashboard.looks import Card, cards, empty, heading, missing, section, table, tile, tiles, value_of
from kith.dashboard.sight import Sight
from kith.dashboard.wording import count, octets, plain, whole

__all__ = ["show"]

VERIFY = Work("kith.stores.verify", doing="Comparing…", failed="It could not be done")
HOLDS = {
    "documents": "The record: all that came from outside",
    "vectors": "What messages and entities are near to",
    "graph": "People, entities, intents, campaigns, and what ties them",
    "ledger": "Evidence, runs, deliveries, leases",
    "cache": "Answers, kept for a while",
}
COUNTED = ("documents", "vectors", "entities", "edges", "engagement")


def show(sight: Sight) -> None:
    """The page."""
    heading("Stores", "Five of them: what each is, whether it answers, and whether all say the same.")
    _health(sight, stores(sight.api) if sight.caller.may("admin") else None)
    _agreement(sight)


@st.fragment(run_every=15)
def _health(sight: Sight, told: Reading[Stores] | None) -> None:
    """Whether they answer, looked at again and again; `told`, for which all of them count, once."""
    state = value_of(health(sight.api))
    if state is None:
        return
    _verdict_line(state)
    known = None if told is None else value_of(told)
    with tiles():
        for name in NAMES:
            _store(name, state.stores.get(name), None if known is None else known.stores.get(name))
    if state.off:
        off = ", ".join(state.off)
        missing(Missing("not_now", f"These stores cannot do {off} search: every answer says so.", ""))
    if known is None:
        st.caption("Sizes, versions and places are shown to a key that may administer.")
        return
    _holds(known)


def _verdict_line(state: Health) -> None:
    down = [name for name, one in state.stores.items() if not one.ok]
    if not down:
        st.success("All stores answer.", icon=":material/check_circle:")
        return
    verb = "does" if len(down) == 1 else "do"
    st.error(
        f"{plain(', '.join(down).capitalize())} {verb} not answer: what rests on it is missing from answers. "
        "`kith doctor` looks at each.",
        icon=":material/error:",
    )


def _store(name: str, state: StoreHealth | None, told: Store | None) -> None:
    with tile(name):
        well = state is not None and state.ok
        light = ":green[:material/check_circle:]" if well else ":red[:material/error:]"
        st.markdown(f"{light} **{name.capitalize()}**")
        st.caption(HOLDS[name])
        st.markdown("  \n".join(_lines(state, told)))


def _lines(state: StoreHealth | None, told: Store | None) -> list[str]:
    kind = (told.kind if told else None) or (state.kind if state else None) or "unknown"
    lines = [f"{plain(kind)} {plain(told.version)}" if told else plain(kind)]
    if state is not None:
        lines.append(f"answered in {state.ms:.0f} ms" if state.ok else f"no answer: {plain(state.error or 'unknown')}")
    if told is not None:
        lines.append(octets(told.bytes) if told.bytes is not None else "no size of its own")
    return lines


def _holds(known: Stores) -> None:
    section("What they hold", "For your tenant.")
    cards([Card(name.capitalize(), whole(known.counts.get(name))) for name in COUNTED])
    model = known.model
    section("Where they are")
    table(
        [{"store": name, "where": one.where, "abilities": ", ".join(one.abilities)} for name, one in _sorted(known)],
        key="kith.stores.places",
        told="Where each store is, and what it can do.",
    )
    st.caption(
        f"Vectors were made by {plain(model.name)}, {whole(model.dimension)} dimensions, "
        f"digest `{plain(model.digest[:12])}`."
    )


def _sorted(known: Stores) -> list[tuple[str, Store]]:
    return [(name, known.stores[name]) for name in NAMES if name in known.stores]


def _agreement(sight: Sight) -> None:
    section("Do they agree?", "`kith verify` compares all five by key and content, beside whoever writes.")
    if not sight.caller.may("admin"):
        st.caption("A key that may administer can have them compared.")
        return
    _compared(sight)


@st.fragment
def _compared(sight: Sight) -> None:
    if st.button("Compare them now", type="primary", icon=":material/fact_check:", key="kith.stores.compare"):
        begun = value_of(begin(sight.api, "verify"))
        if begun is None:
            return
        take_up(VERIFY, begun)
    job = follow(sight, VERIFY)
    verdict = None if job is None else verdict_of(job)
    if verdict is not None:
        _judged(verdict)
    elif VERIFY.key not in st.session_state:
        empty("They have not been compared in this session.")


def _judged(verdict: Verdict) -> None:
    looked_at = ", ".join(f"{whole(number)} {plain(what)}" for what, number in verdict.counts.items())
    pending = f" {whole(verdict.pending)} are in batches that are open now." if verdict.pending else ""
    if verdict.ok:
        st.success(f"They agree. Looked at: {looked_at}.{pending}", icon=":material/check_circle:")
        return
    differences = count(len(verdict.differences), "difference")
    st.error(f"{differences} found; `kith repair` mends them from documents.{pending}", icon=":material/error:")
    table(
        [{"store": one.store, "what": one.kind, "key": one.key, "detail": one.detail} for one in verdict.differences],
        key="kith.stores.differences",
        told="Where stores say something else than documents do.",
    )
