"""Overview: how much is known, how the last run went, how the API answers, and what needs attention."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from kith.dashboard.charts import bars, draw
from kith.dashboard.data.history import days
from kith.dashboard.data.overview import Anomalies, Anomaly, Held, RunLine, anomalies, held, latest_runs
from kith.dashboard.data.reading import Missing, Reading
from kith.dashboard.data.served import Served, served
from kith.dashboard.looks import (
    Card,
    cards,
    empty,
    heading,
    missing,
    section,
    table,
    to_page,
    to_run,
    to_stores,
    value_of,
)
from kith.dashboard.run_lines import draw_runs
from kith.dashboard.sight import Sight
from kith.dashboard.wording import ago, clock, count, moment, plain, seconds, share, whole

__all__ = ["show"]

LOOKED = "kith.overview.looked"
AGAIN = 300.0
"""Seconds for which what needs attention is not looked for again by itself: it means reading all that is stored."""
RUNS = 12
FEW = 5
COUNTED = (
    Card("People", "people", None, "Everybody who is known"),
    Card("Messages", "messages", None, "All that was said and taken in"),
    Card("Entities", "entities", None, "People, places, things and topics that were spoken of"),
    Card("Facts stated", "statements", None, "Each time somebody says what is so; said twice, it counts twice"),
    Card("Campaigns", "campaigns", None, "What can be recommended"),
    Card("Engagement", "engagement", None, "Views, clicks, likes, conversions and dislikes"),
)
"""By the names that the server counts them under."""
KINDS = {
    "failed_run": "A run failed",
    "empty_stage": "A step did nothing",
    "bad_embedding": "A vector is unusable",
    "rejection_spike": "Many records rejected",
    "slow_run": "A run was slow",
    "old_evidence": "Learned by another version",
    "stores_disagree": "Stores disagree",
}


OF_RUNS: Mapping[str, str] = {
    "failed_run": "runs",
    "slow_run": "runs",
    "empty_stage": "runs",
    "rejection_spike": "quality",
}
"""Of what needs attention and has a run for its subject: the page that shows more of it. Of the rest it is Stores."""


@dataclass(frozen=True, slots=True)
class _Looked:
    found: Reading[Anomalies]
    at: float


def show(sight: Sight) -> None:
    """The page."""
    heading("Overview", "What is known, how it came in, and how well it is served.")
    _figures(sight)
    _over_time(sight)
    _attention(sight)


@st.fragment(run_every=15)
def _figures(sight: Sight) -> None:
    counts, runs = held(sight.api), latest_runs(sight.api, limit=RUNS)
    known = value_of(counts)
    if known is not None:
        _known(known)
    listed = value_of(runs)
    if listed is not None:
        section("The last run")
        _last(listed.items)
    _served(sight)


def _last(runs: Sequence[RunLine]) -> None:
    if not runs:
        empty("Nothing has run yet.", "Take conversations in with `kith run FILE`, or `kith run data/sample`.")
        return
    _last_run(runs[0])
    draw_runs(runs)


def _known(known: Held) -> None:
    cards([Card(card.label, whole(known.count(card.value)), card.note, card.told) for card in COUNTED])


def _last_run(run: RunLine) -> None:
    at_work = run.finished_at is None
    cards(
        [
            Card("Status", run.status, "now" if at_work else ago(run.finished_at), f"Run {run.run_id}"),
            Card("Read", whole(run.read), count(run.batches, "batch", "batches"), "Records that it has read"),
            Card(
                "Rejected",
                share(run.rejected_share),
                f"{whole(run.rejected)} of {whole(run.read)}",
                "The share of the records read that were turned away",
            ),
            Card("Took", seconds(run.seconds), clock(run.started_at), f"Began at {moment(run.started_at)}"),
            Card("Messages / s", whole(round(run.messages_per_second)), None, "Accepted in a second of the run"),
        ]
    )
    if run.error is not None:
        missing(Missing("not_now", f"It ended early: {run.error}", f"`kith runs show {run.run_id}` tells more."))
        to_run(run.run_id)


def _served(sight: Sight) -> None:
    section("How the API answers", "Since it began, of all tenants. Times are estimated from the buckets of /metrics.")
    if not sight.caller.may("admin"):
        st.caption("How the API answers is shown to a key that may administer.")
        return
    found = value_of(served(sight.api))
    if found is None:
        return
    if not found.requests:
        empty("Nobody has asked the API anything yet.")
        return
    _served_cards(found)
    with st.expander("By route"):
        table(
            [
                {"route": one.route, "requests": one.requests, "p50": seconds(one.p50), "p99": _late(one.p99)}
                for one in found.routes
            ],
            key="kith.overview.routes",
            told="How often each route was asked, and how long it took.",
        )


def _served_cards(found: Served) -> None:
    looked_up = sum(found.cache.values())
    cards(
        [
            Card("Requests", whole(found.requests), f"{whole(found.failed)} failed", "Failed: a status of 500 or more"),
            Card("Half within", seconds(found.p50), "p50", "Half of all requests were answered within this time"),
            Card("99 % within", _late(found.p99), "p99", "99 of 100 requests were answered within this time"),
            Card(
                "Cache hits",
                share(found.hit_rate),
                f"of {count(looked_up, 'answer')}",
                "The share of contexts, profiles and recommendations that were kept from before",
            ),
        ]
    )


def _late(spent: float | None) -> str:
    return "over 30 s" if spent is None else seconds(spent)


def _over_time(sight: Sight) -> None:
    if not sight.ledger.url:
        return
    found = value_of(days(sight.ledger))
    if not found:
        return
    section("Messages by day", "By when they were said, UTC; read from the ledger.")
    rows = [{"day": one.day.isoformat(), "messages": one.messages} for one in found]
    draw(bars(rows, x="day", y="messages", y_title="messages"), told=f"Messages on each of {len(rows)} days.")


def _attention(sight: Sight) -> None:
    section("What needs attention")
    if not sight.caller.may("admin"):
        st.caption("Runs that failed and stores that disagree are shown to a key that may administer.")
        return
    _looked_for(sight)


@st.fragment
def _looked_for(sight: Sight) -> None:
    looked: _Looked | None = st.session_state.get(LOOKED)
    again = st.button("Look again", icon=":material/refresh:", key="kith.overview.again")
    if looked is None or again or time.monotonic() - looked.at > AGAIN:
        with st.spinner("Looking at runs and stores…"):
            looked = _Looked(anomalies(sight.api), time.monotonic())
        st.session_state[LOOKED] = looked
    found = value_of(looked.found)
    if found is None:
        return
    if not found.items:
        st.success("Nothing: runs ended well, and the stores agree.", icon=":material/check_circle:")
        return
    for one in found.items[:FEW]:
        with st.container(border=True):
            st.markdown(f"**{KINDS.get(one.kind, plain(one.kind))}** · {plain(one.subject)}  \n{plain(one.detail)}")
            st.code(one.remedy, language=None)
            _where(one)
    if len(found.items) > FEW:
        table(
            [
                {"what": KINDS.get(one.kind, one.kind), "where": one.subject, "why": one.detail, "helps": one.remedy}
                for one in found.items
            ],
            key="kith.overview.anomalies",
            told="All that needs attention.",
        )


def _where(one: Anomaly) -> None:
    """A link to where there is more of it to see."""
    match OF_RUNS.get(one.kind):
        case "quality":
            to_page("quality", "See the records", icon=":material/rule:", run=one.subject)
        case "runs":
            to_run(one.subject)
        case _:
            to_stores()
