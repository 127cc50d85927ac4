"""Engagement drawn: by kind over time, how many took to it and how sure that is, the funnel, and ranked bars."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import altair as alt

from kith.dashboard.charts import BAD, COUNTS, GOOD, INFO, LEGEND, ROW, Rows, bars, draw, lines, lying, values
from kith.dashboard.data.engagement import FEW, Every, Rate, Span, Step, Wanted
from kith.dashboard.wording import count, share, whole
from kith.persona.model import EngagementKind

__all__ = [
    "DONE",
    "NAME",
    "bounds_told",
    "draw_funnel",
    "draw_kinds",
    "draw_ranked",
    "draw_rates",
    "draw_wanted",
    "rate_told",
]

DONE: Mapping[EngagementKind, str] = {
    "view": "views",
    "click": "clicks",
    "like": "likes",
    "convert": "conversions",
    "dislike": "dislikes",
}
DOERS: Mapping[EngagementKind, str] = {"view": "viewed", "click": "clicked", "like": "liked", "convert": "converted"}
COLOURS = {
    "views": "#8a9da3",
    "clicks": INFO,
    "likes": GOOD,
    "conversions": "#c98a2b",
    "dislikes": BAD,
}
"""Of what was done, in colours that can be told apart on light and dark."""
UNITS = {"people": GOOD, "events": "#8a9da3"}
SURE = {f"{FEW} encounters or more": GOOD, f"fewer than {FEW}": "#a9aaa5"}
WEEKS: Mapping[Every, str] = {"day": "", "week": "weeks that begin on a Monday"}
EPOCH = date(1970, 1, 1)
HEIGHT = 290
NAME = 260
"""Pixels for the name of a campaign in a table: something stands beside it on a telephone too."""
ROUND = 130
"""Pixels for the axis and the legend of bars that lie."""


def draw_kinds(spans: Sequence[Span], *, every: Every) -> None:
    """How often each thing was done."""
    rows = [
        {"start": _milliseconds(one.start), "end": _milliseconds(one.end), "kind": DONE[kind], "events": times}
        for one in spans
        for kind, times in one.events.items()
        if times
    ]
    chart = bars(
        rows, x="start", until="end", x_title=WEEKS[every], y="events", y_title="events", split="kind", colours=COLOURS
    )
    draw(chart.properties(height=HEIGHT), told=f"Events by kind, {count(len(spans), every)} with any.")


def draw_rates(spans: Sequence[Span], *, every: Every) -> None:
    """Which share of encounters people took to, with the bounds within which it is certain."""
    rows = [_rate_row(one, every) for one in spans]
    base = alt.Chart(values(rows)).encode(
        x=alt.X(
            "middle:T",
            title=WEEKS[every] or None,
            scale=alt.Scale(type="utc"),
            axis=alt.Axis(format="%-d %b", labelOverlap=True, tickCount=8, grid=False),
        ),
        color=alt.Color(
            "sure:N",
            legend=LEGEND,
            scale=alt.Scale(domain=list(SURE), range=list(SURE.values())),
        ),
        tooltip=[alt.Tooltip(f"{name}:N") for name in (every, "positive", "rate", "certainly")],
    )
    scale, axis = alt.Scale(domain=[0, 1]), alt.Axis(format="%", tickCount=5)
    reach = base.mark_rule(strokeWidth=2, opacity=0.45).encode(
        y=alt.Y("low:Q", title="positive, share of encounters", scale=scale, axis=axis), y2="high:Q"
    )
    dots = base.mark_circle(size=60, opacity=1).encode(y=alt.Y("value:Q", scale=scale, axis=axis))
    told = f"The share of encounters that people took to, and its bounds, for {count(len(spans), every)}."
    draw(alt.LayerChart(layer=[reach, dots]).properties(height=HEIGHT), told=told)


def draw_funnel(steps: Sequence[Step]) -> None:
    """How far people went, as people and as events."""
    rows = [
        {"step": DOERS[one.kind], "unit": unit, "number": number}
        for one in steps
        for unit, number in (("people", one.people), ("events", one.events))
    ]
    base = alt.Chart(values(rows)).encode(
        x=alt.X(
            "number:Q",
            title="people, events",
            scale=alt.Scale(zero=True),
            axis=COUNTS,
        ),
        y=alt.Y("step:N", title=None, sort=None, axis=alt.Axis(labelLimit=140, labelOverlap=False)),
        yOffset=alt.YOffset("unit:N", sort=list(UNITS)),
        color=alt.Color(
            "unit:N",
            legend=LEGEND,
            scale=alt.Scale(domain=list(UNITS), range=list(UNITS.values())),
        ),
        tooltip=[alt.Tooltip("step:N"), alt.Tooltip("unit:N"), alt.Tooltip("number:Q", format=",d")],
    )
    told = "; ".join(f"{DOERS[one.kind]}: {whole(one.people)} people, {whole(one.events)} events" for one in steps)
    draw(base.mark_bar(cornerRadiusEnd=2).properties(height=2 * ROW * len(steps) + ROUND), told=f"{told}.")


def draw_ranked(
    rows: Rows, *, name: str, number: str, unit: str, told: str, parted: Mapping[str, str] | None = None
) -> None:
    """Bars that lie, in the order of the rows; parted by their field `part`, where there are colours for parts."""
    part = [] if parted is None else [alt.Tooltip("part:N", title="found")]
    tooltip = [alt.Tooltip(f"{name}:N"), *part, alt.Tooltip(f"{number}:Q", title=unit, format=",d")]
    chart = lying(rows, name=name, number=number, unit=unit, tooltip=tooltip, ticks=COUNTS)
    chart = chart.properties(height=ROW * len({row[name] for row in rows}) + ROUND)
    if parted is not None:
        scale = alt.Scale(domain=list(parted), range=list(parted.values()))
        chart = chart.encode(color=alt.Color("part:N", legend=LEGEND, scale=scale))
    draw(chart, told=told)


def draw_wanted(wanted: Sequence[Wanted], *, every: Every) -> None:
    """How often the most frequent intents were shown over time."""
    rows = [{"start": _milliseconds(one.start), "intent": one.intent, "times": one.times} for one in wanted]
    names = len({one.intent for one in wanted})
    chart = lines(rows, x="start", y="times", x_title=WEEKS[every], y_title=f"times a {every}", split="intent")
    draw(chart.properties(height=HEIGHT), told=f"How often {count(names, 'intent')} came up, by {every}.")


def rate_told(rate: Rate) -> str:
    """`46.0 %`; of few, how many of them: a share would promise more than is known."""
    if not rate.of:
        return "–"
    return f"{whole(rate.part)} of {whole(rate.of)}" if rate.few else share(rate.value)


def bounds_told(rate: Rate) -> str:
    """`41.2 % to 50.9 %`."""
    low, high = rate.within
    return f"{share(low)} to {share(high)}"


def _rate_row(one: Span, every: Every) -> Mapping[str, Any]:
    low, high = one.taken.within
    return {
        "middle": (_milliseconds(one.start) + _milliseconds(one.end)) // 2,
        "value": one.taken.value,
        "low": low,
        "high": high,
        "sure": list(SURE)[one.taken.few],
        every: f"{one.start.day} {one.start:%b %Y}",
        "positive": f"{whole(one.taken.part)} of {whole(one.taken.of)}",
        "rate": share(one.taken.value),
        "certainly": bounds_told(one.taken),
    }


def _milliseconds(day: date) -> int:
    """Since 1970, of the day's beginning: a chart reads a date that is written out in the time of who looks."""
    return (day - EPOCH).days * 86_400_000
