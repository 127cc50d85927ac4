"""Runs: when they were, how each step of one went, and how far it has come; starting one from files, and ending one."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from kith.dashboard.data.batches import Batch, Batches, Open, batches, rates
from kith.dashboard.data.overview import RunLine, latest_runs
from kith.dashboard.data.reading import Missing, Reading, Told
from kith.dashboard.data.runs import STEPS, Run, StepDone, log_of, run_of, steps_of
from kith.dashboard.door import look_again
from kith.dashboard.looks import Card, by_cursor, cards, empty, heading, missing, section, table, to_page, value_of
from kith.dashboard.run_charts import ENDS, draw_rates, draw_seconds, draw_steps, draw_timeline
from kith.dashboard.run_lines import run_rows
from kith.dashboard.run_live import live
from kith.dashboard.run_start import PICKED, start
from kith.dashboard.sight import Sight
from kith.dashboard.wording import ago, clock, count, moment, plain, seconds, share, whole

__all__ = ["show"]

LISTED, NEWEST = "kith.runs.listed", "kith.runs.newest"
"""The runs that are listed, and the newest of all."""
CHOSEN, NAMED, HELD = "kith.runs.chosen", "kith.runs.named", "kith.runs.held"
"""The run that is looked at, the one that the address named last, and what the ledger told of one that is over."""
ROWS = 20
STORES = {
    "documents": "Messages that came in this batch and stand as it brought them; those written again later stand there",
    "vectors": "One for each message with words; how many those are is not recorded",
    "graph": "People whose ties were set",
    "ledger": "Mentions, statements, intents, relations and engagement that these messages taught",
}


def show(sight: Sight) -> None:
    """The page. `?run=ID` in the address picks the one that is looked at."""
    heading("Runs", "What was taken in and when, how each step went, and how far it has come.")
    _arrive()
    start(sight)
    _listed(sight)
    chosen = _chosen(st.session_state.get(LISTED, ()))
    if chosen is not None:
        _one(sight, chosen)


def _arrive() -> None:
    """Picks the run that the address names, where a link led here."""
    named = st.query_params.get("run")
    if named and (named != st.session_state.get(NAMED) or CHOSEN not in st.session_state):
        st.session_state[PICKED] = st.session_state[NAMED] = named


@st.fragment(run_every=15)
def _listed(sight: Sight) -> None:
    """The list. A run may begin elsewhere at any moment, so that it is looked for now and then."""
    cursor, turn = by_cursor("kith.runs")
    found = value_of(latest_runs(sight.api, limit=ROWS, cursor=cursor))
    if found is None:
        return
    if cursor is None and found.items:
        st.session_state[NEWEST] = found.items[0].run_id
    before: Sequence[RunLine] | None = st.session_state.get(LISTED)
    st.session_state[LISTED] = found.items
    if before is not None and _names(before) != _names(found.items):
        st.rerun()
    section("When", "Each run at the time when it began, UTC.")
    if not found.items:
        empty("Nothing has run yet.", "Start a run from files above, or take them in with `kith run FILE`.")
        return
    draw_timeline(found.items)
    table(run_rows(found.items), key="kith.runs.table", told="Runs, the newest first.")
    turn(found.next)


def _names(runs: Sequence[RunLine]) -> list[str]:
    return [one.run_id for one in runs]


def _chosen(listed: Sequence[RunLine]) -> str | None:
    """Which run is looked at: the newest, until another is chosen or begun."""
    run_id: str | None = st.session_state.get(PICKED) or st.session_state.get(NEWEST)
    if run_id is None:
        return None
    offered = _names(listed)
    section("One run")
    st.session_state[CHOSEN] = run_id
    there = offered if run_id in offered else [run_id, *offered]
    chosen = st.selectbox("Run", there, format_func=_label, key=CHOSEN, on_change=_pick)
    if "run" in st.query_params:
        st.query_params["run"] = st.session_state[NAMED] = chosen
    return chosen


def _pick() -> None:
    st.session_state[PICKED] = st.session_state[CHOSEN]


def _label(run_id: str) -> str:
    """By when it was asked for, as its id says. It says the same at all times: a list knows what was chosen by that."""
    try:
        asked = datetime.strptime(run_id[:15], "%Y%m%dT%H%M%S")
    except ValueError:
        return run_id
    return f"{asked.day} {asked:%b %Y, %H:%M:%S} UTC · {run_id}"


def _one(sight: Sight, run_id: str) -> None:
    run = value_of(run_of(sight.api, run_id))
    if run is None:
        return
    if not run.over:
        live(sight, run)
        return
    _figures(run)
    _parts(sight, run)
    _log(sight, run)


@st.fragment
def _parts(sight: Sight, run: Run) -> None:
    look_again()
    held = _held(sight, run.run_id)
    _steps(run, held.value if isinstance(held, Told) else None)
    _batches(run, held)


def _held(sight: Sight, run_id: str) -> Reading[Batches] | None:
    """What the ledger tells of a run that is over, asked once: it looks at all deliveries. None: there is no ledger."""
    if not sight.ledger.url:
        return None
    before: tuple[str, Told[Batches]] | None = st.session_state.get(HELD)
    if before is not None and before[0] == run_id:
        return before[1]
    found = batches(sight.ledger, run_id)
    if isinstance(found, Told):
        st.session_state[HELD] = run_id, found
    return found


def _figures(run: Run) -> None:
    unchanged = count(run.sources_unchanged, "source")
    cards(
        [
            Card("Status", run.status, ago(run.finished_at), f"Began {moment(run.started_at)}"),
            Card("Read", whole(run.read), count(run.batches, "batch", "batches"), "Records that it has read"),
            Card("Accepted", whole(run.accepted), None, "Messages that were taken in"),
            Card("Duplicate", whole(run.duplicate), None, "Messages that were there already"),
            Card("Rejected", whole(run.rejected), share(run.rejected_share), "Records that were turned away"),
            Card("Took", seconds(run.seconds), f"{run.messages_per_second:,.1f} messages / s", "Accepted in a second"),
        ]
    )
    if run.error is not None:
        missing(Missing("not_now", f"It ended early: {run.error}"))
    if run.sources_unchanged:
        st.caption(f"{unchanged} had been read to the end before, and had nothing new.")
    if run.codes:
        told = ", ".join(f"{whole(number)} as {plain(code)}" for code, number in run.codes.items())
        st.caption(f"On the list of rejections: {told}.")
        to_page("quality", "See the records", icon=":material/rule:", run=run.run_id)


def _steps(run: Run, held: Batches | None) -> None:
    section("Steps", "Records, and seconds at work. Steps work beside each other: their seconds add up to more.")
    if not run.stages:
        st.caption("Nothing is on record of its steps: it ended before it could say.")
        return
    steps = steps_of(run, outcomes=None if held is None else held.outcomes)
    graph, beside = st.columns([2, 3], gap="large")
    with graph:
        draw_steps(steps)
    with beside:
        draw_seconds(steps)
        if any(one.outcome == "unknown" for one in steps):
            st.caption("How each step ended is shown to a key that may administer, where the ledger can be read.")
        with st.expander("As a table"):
            table(_step_rows(steps), key="kith.runs.steps", told="What each step did.")
        told = () if held is None else rates(held.commits)
        if told:
            section("Throughput", "Messages that were committed, by when, UTC.")
            draw_rates(told)


def _step_rows(steps: Sequence[StepDone]) -> list[dict[str, object]]:
    return [
        {
            "step": one.name,
            "records": one.records,
            "seconds": one.seconds,
            "outcome": ENDS[one.outcome][1],
            "what it does": STEPS.get(one.name, ""),
        }
        for one in steps
    ]


def _batches(run: Run, held: Reading[Batches] | None) -> None:
    section("Batches and stores")
    if held is None:
        st.caption(
            "What is in which store, and how fast it went, is read from the ledger: by a key that may administer, "
            "where the dashboard runs beside the stores."
        )
        return
    found = value_of(held)
    if found is None:
        return
    if not found.items and not found.opened:
        empty("Nothing stands under this run: what it brought was there before, was turned away, or is gone.")
        return
    _stood(found, run)


def _stood(found: Batches, run: Run) -> None:
    rows = [*map(_held_row, found.items), *map(_open_row, found.opened)]
    columns = {name: st.column_config.Column(help=told) for name, told in STORES.items()}
    table(
        rows, key=f"kith.runs.batches.{run.run_id}", told="Batches, and what each store has of them.", columns=columns
    )
    latest = f"The latest {whole(len(found.items))} of {whole(found.all)} batches."
    left = [latest] if found.all > len(found.items) else []
    bare = run.batches - found.all
    if bare > 0:
        left.append(f"Of {count(bare, 'batch', 'batches')} more no message stands as it was brought.")
    left.append(
        "A batch is committed when documents, vectors and graph have taken it; the ledger counts what it holds itself. "
        "How many vectors and ties came of a batch is not recorded: `kith verify` compares stores key by key. "
        "The cache holds answers, and nothing of batches."
    )
    st.caption(" ".join(left))


def _held_row(one: Batch) -> dict[str, object]:
    return {
        "batch": one.name,
        "committed (UTC)": clock(one.committed_at, seconds=True),
        "documents": count(one.messages, "message"),
        "vectors": "those with words",
        "graph": count(one.people, "person", "people"),
        "ledger": f"{whole(one.learned)} learned",
    }


def _open_row(one: Open) -> dict[str, object]:
    return {
        "batch": one.name,
        "committed (UTC)": "not yet",
        "documents": f"of {count(one.messages, 'message')}, not known",
        "vectors": "not known",
        "graph": "not known",
        "ledger": "in hand",
    }


def _log(sight: Sight, run: Run) -> None:
    with st.expander("Log"):
        told = value_of(log_of(sight.api, run.run_id))
        if told is not None:
            st.code(told or "Nothing was written down.", language=None, wrap_lines=True)
