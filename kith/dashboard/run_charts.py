"""Runs drawn: when they were, their steps as a graph, how long each took, and how fast one went."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import altair as alt
import streamlit as st

from kith.dashboard.charts import BAD, GOOD, INFO, QUIET, WARN, draw, lying, values
from kith.dashboard.data.batches import Throughput
from kith.dashboard.data.overview import RunLine
from kith.dashboard.data.runs import AFTER, Outcome, StepDone
from kith.dashboard.wording import clock, count, moment, seconds, whole
from kith.persona.time import iso

__all__ = ["ENDS", "draw_rates", "draw_seconds", "draw_steps", "draw_timeline", "steps_dot", "steps_told"]

STATUSES = {"succeeded": GOOD, "running": INFO, "interrupted": WARN, "abandoned": "#97908a", "failed": BAD}
"""How runs end, in their colours."""
ENDS: Mapping[Outcome, tuple[str, str]] = {
    "succeeded": (GOOD, "succeeded"),
    "failed": (BAD, "failed"),
    "interrupted": (WARN, "interrupted"),
    "working": (INFO, "at work"),
    "waiting": (QUIET, "to come"),
    "idle": (QUIET, "had nothing to do"),
    "unknown": (QUIET, "not known how it ended"),
}
"""How a step stands: the colour of its frame, and the words."""
SAID: frozenset[Outcome] = frozenset({"failed", "interrupted", "idle", "unknown"})
"""What is said in words too: colour alone tells not everybody."""
TEXTS = """
<style>
.st-key-kith-run-steps { align-items: center; }
.st-key-kith-run-steps text { fill: currentColor; }
.st-key-kith-run-steps svg { display: block; max-width: 100%; height: auto; }
</style>
"""
"""Graphviz knows of no theme: its words are in the colour of those around them."""


def draw_timeline(runs: Sequence[RunLine]) -> None:
    """When which run began, how much it read, and how it ended."""
    rows = [_run_row(one) for one in runs if one.started_at is not None]
    began = [datetime.fromisoformat(str(row["began"])) for row in rows]
    statuses = [name for name in STATUSES if any(row["status"] == name for row in rows)]
    colour = alt.Color(
        "status:N",
        legend=alt.Legend(title=None, orient="top"),
        scale=alt.Scale(domain=statuses, range=[STATUSES[name] for name in statuses]),
    )
    base = alt.Chart(values(rows)).encode(
        x=_when("began", lasted=max(began) - min(began), padding=24),
        color=colour,
        tooltip=[
            alt.Tooltip("when:N", title="began"),
            alt.Tooltip("status:N"),
            alt.Tooltip("read:Q", title="records read", format=","),
            alt.Tooltip("took:N"),
            alt.Tooltip("run:N"),
        ],
    )
    read = alt.Y("read:Q", title="records read", scale=alt.Scale(zero=True), axis=alt.Axis(tickMinStep=1, format=",d"))
    stems = base.mark_rule(strokeWidth=2).encode(y=read, y2=alt.datum(0))
    heads = base.mark_circle(size=90, opacity=1).encode(y=read)
    told = f"{count(len(rows), 'run')} by when each began: how many records it read, and how it ended."
    draw(alt.LayerChart(layer=[stems, heads]).properties(height=200), told=told)


def _run_row(one: RunLine) -> dict[str, Any]:
    return {
        "run": one.run_id,
        "began": one.started_at,
        "when": moment(one.started_at),
        "read": one.read,
        "status": one.status,
        "took": seconds(one.seconds) if one.finished_at else "at work",
    }


def _when(field: str, *, lasted: timedelta, padding: int = 0) -> alt.X:
    """The time, in UTC as everywhere on these pages, by as much of it as tells moments apart."""
    told = "%-d %b" if lasted > timedelta(days=3) else "%-d %b, %H:%M" if lasted > timedelta(hours=20) else "%H:%M"
    told = "%H:%M:%S" if lasted < timedelta(minutes=5) else told
    axis = alt.Axis(grid=False, format=told, labelOverlap=True, tickCount=5)
    return alt.X(f"{field}:T", title=None, axis=axis, scale=alt.Scale(type="utc", padding=padding))


def draw_steps(steps: Sequence[StepDone]) -> None:
    """The graph of the steps, from the first to the last."""
    st.html(TEXTS)
    with st.container(key="kith-run-steps"):
        drawn: Any = st  # its types are those of graphviz, which is not needed
        drawn.graphviz_chart(steps_dot(steps), width="content", alt=steps_told(steps))


def steps_told(steps: Sequence[StepDone]) -> str:
    """The same in words."""
    told = "; ".join(f"{one.name}: {count(one.records, 'record')}, {ENDS[one.outcome][1]}" for one in steps)
    return f"The steps of the run. {told}."


def steps_dot(steps: Sequence[StepDone]) -> str:
    """The same for Graphviz, top to bottom: so it is legible on a narrow page too."""
    named = {one.name for one in steps}
    lines = [
        "digraph steps {",
        "rankdir=TB; bgcolor=transparent; nodesep=0.18; ranksep=0.2; pad=0.05",
        'node [shape=box, style=rounded, fontname=Helvetica, fontsize=11, margin="0.14,0.045", height=0.3, '
        "penwidth=1.6]",
        f'edge [color="{QUIET}", arrowsize=0.55]',
    ]
    lines += [_node(one) for one in steps]
    lines += [
        f"{_quoted(before)} -> {_quoted(one.name)}"
        for one in steps
        for before in AFTER.get(one.name, ())
        if before in named
    ]
    return "\n".join([*lines, "}"])


def _node(one: StepDone) -> str:
    colour, words = ENDS[one.outcome]
    style = "rounded,dashed" if one.outcome in ("waiting", "idle", "unknown") else "rounded"
    lines = [one.name]
    if one.outcome != "waiting":
        lines.append(whole(one.records) if one.seconds is None else f"{whole(one.records)} · {seconds(one.seconds)}")
    if one.outcome in SAID:
        lines.append(words)
    label = "\n".join(lines)
    about = f"{one.name}: {words}"
    return f'{_quoted(one.name)} [label={_quoted(label)}, color="{colour}", style="{style}", tooltip={_quoted(about)}]'


def _quoted(text: str) -> str:
    """As DOT writes a text: nothing in it is read as DOT."""
    told = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{told}"'


def draw_seconds(steps: Sequence[StepDone]) -> None:
    """How long each step was at work, in their order."""
    rows = [
        {"step": one.name, "seconds": one.seconds, "records": one.records, "outcome": ENDS[one.outcome][1]}
        for one in steps
        if one.seconds is not None
    ]
    tooltip = [
        alt.Tooltip("step:N"),
        alt.Tooltip("seconds:Q", format=",.3f"),
        alt.Tooltip("records:Q", format=","),
        alt.Tooltip("outcome:N"),
    ]
    chart = lying(rows, name="step", number="seconds", unit="seconds", tooltip=tooltip).properties(
        height=22 * len(rows) + 40
    )
    draw(chart, told=f"Seconds for which each of {count(len(rows), 'step')} was at work.")


def draw_rates(rates: Sequence[Throughput]) -> None:
    """How many messages were committed in a second, over the time of the run."""
    span = (rates[0].ended - rates[0].begun) / 1000
    rows: list[dict[str, Any]] = [
        {
            "begun": one.begun,
            "ended": one.ended,
            "from": _clock(one.begun),
            "until": _clock(one.ended),
            "rate": one.per_second,
        }
        for one in rates
    ]
    chart = (
        alt.Chart(values(rows))
        .mark_rect(xOffset=1, x2Offset=-1)
        .encode(
            x=_when("begun", lasted=timedelta(milliseconds=rates[-1].ended - rates[0].begun)),
            x2="ended:T",
            y=alt.Y("rate:Q", title="messages / s", scale=alt.Scale(zero=True)),
            y2=alt.datum(0),
            tooltip=[
                alt.Tooltip("from:N"),
                alt.Tooltip("until:N"),
                alt.Tooltip("rate:Q", title="messages / s", format=",.1f"),
            ],
        )
        .properties(height=200)
    )
    draw(chart, told=f"Messages committed in a second, for each {span:g} seconds of the run.")


def _clock(at: int) -> str:
    return clock(iso(at), seconds=True)
