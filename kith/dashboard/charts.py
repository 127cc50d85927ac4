"""Charts: one look, a unit on each axis, and bars that begin at zero."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Literal, TypeAlias

import altair as alt
import streamlit as st

__all__ = [
    "BAD",
    "COUNTS",
    "GOOD",
    "INFO",
    "LEGEND",
    "QUIET",
    "RECORDS",
    "ROW",
    "WARN",
    "Rows",
    "bars",
    "draw",
    "lines",
    "lying",
    "values",
]

# Altair asks whether there is a pandas, and trips over one that another session's thread is half done importing.
import_module("pandas")

Rows: TypeAlias = Sequence[Mapping[str, Any]]
GOOD, BAD, WARN, INFO, QUIET = "#1f9c80", "#d0574e", "#d0a146", "#4c7fd0", "#8a938f"
"""Colours that can be told apart on light and dark: well, not well, on the way to that, and neither of them."""
HEIGHT = 240
ROW, ROUND = 24, 90
"""Pixels for a bar that lies, and for the axis below such bars."""
UTC = alt.Scale(type="utc")
"""Days are UTC's: on a clock behind it they would stand a day too early."""
LEGEND = alt.Legend(
    title=None, orient="top", symbolOpacity=1, columns=alt.ExprRef("width < 150 ? 1 : width < 460 ? 2 : 0")
)
"""Above the chart, on one line where there is room."""
COUNTS = alt.Axis(tickMinStep=1, tickCount=6, format=",d")
"""Of how many there are: with nothing between one and two."""
RECORDS = {"accepted": GOOD, "duplicate": WARN, "rejected": BAD}
"""What became of records, in their colours."""


def bars(
    rows: Rows,
    *,
    x: str,
    y: str,
    x_title: str = "",
    y_title: str,
    kind: Literal["time", "name"] = "time",
    until: str | None = None,
    split: str | None = None,
    colours: Mapping[str, str] | None = None,
) -> alt.Chart:
    """Bars from zero. `y_title` names the unit; `split`: by which field a bar is parted, in these colours.

    `until`: the field of the time at which a bar ends, where bars are to be as wide as what they stand for.
    """
    # Rounded and parted, bars that end somewhere would be drawn without a width; told of one by one, as if times were
    # numbers. What `draw` is told says it for those.
    mark: dict[str, Any] = {"cornerRadiusEnd": 2} if until is None else {"aria": False}
    chart = alt.Chart(values(rows)).mark_bar(**mark)
    binned: dict[str, Any] = {} if until is None else {"bin": "binned"}
    across = (
        alt.X(f"{x}:T", title=x_title or None, axis=_axis(kind), scale=UTC, **binned)
        if kind == "time"
        else alt.X(f"{x}:N", title=x_title or None, axis=_axis(kind), sort=None)
    )
    encoded: dict[str, Any] = {
        "x": across,
        "y": alt.Y(f"{y}:Q", title=y_title, scale=alt.Scale(zero=True), axis=alt.Axis(tickMinStep=1)),
        "tooltip": _tooltip(x, y, split=split, kind=kind, unit=y_title),
    }
    if until is not None:
        encoded["x2"] = alt.X2(f"{until}:T")
    if split is not None:
        encoded["color"] = _colour(split, colours)
    return chart.encode(**encoded).properties(height=HEIGHT)


def lines(rows: Rows, *, x: str, y: str, y_title: str, x_title: str = "", split: str | None = None) -> alt.Chart:
    """Lines over time, from zero, with a dot where there is a figure."""
    chart = alt.Chart(values(rows)).mark_line(point=True, interpolate="monotone")
    encoded: dict[str, Any] = {
        "x": alt.X(f"{x}:T", title=x_title or None, axis=_axis("time"), scale=UTC),
        "y": alt.Y(f"{y}:Q", title=y_title, scale=alt.Scale(zero=True)),
        "tooltip": _tooltip(x, y, split=split, kind="time", unit=y_title),
    }
    if split is not None:
        encoded["color"] = _colour(split, None)
    return chart.encode(**encoded).properties(height=HEIGHT)


def lying(
    rows: Rows,
    *,
    name: str,
    number: str,
    unit: str,
    tooltip: Sequence[alt.Tooltip] | None = None,
    ticks: alt.Axis | None = None,
    labels: int = 170,
) -> alt.Chart:
    """Bars that lie, from zero, in the order of the rows: so names have room beside them, of `labels` pixels."""
    axis = alt.Axis(labelLimit=labels, labelOverlap=False, grid=False)
    told = tooltip or [alt.Tooltip(f"{name}:N"), alt.Tooltip(f"{number}:Q", title=unit, format=",")]
    return (
        alt.Chart(values(rows))
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X(f"{number}:Q", title=unit, scale=alt.Scale(zero=True), axis=ticks or alt.Axis(tickCount=6)),
            y=alt.Y(f"{name}:N", title=None, sort=None, axis=axis),
            tooltip=list(told),
        )
        .properties(height=ROW * len({row[name] for row in rows}) + ROUND)
    )


def values(rows: Rows) -> alt.Data:
    """Rows as a chart takes them."""
    return alt.Data(values=[dict(row) for row in rows])


def draw(chart: alt.Chart | alt.LayerChart, *, told: str) -> None:
    """Draws a chart; `told` says in a sentence what it shows, to who cannot see it."""
    # Streamlit's own theme follows light and dark, in the colours of `config.toml`.
    st.altair_chart(chart, width="stretch", theme="streamlit", alt=told)


def _axis(kind: Literal["time", "name"]) -> alt.Axis:
    if kind == "time":
        # In words of its own: a format would be read as a number's where bars end somewhere.
        return alt.Axis(labelExpr="utcFormat(datum.value, '%-d %b')", labelOverlap=True, tickCount=8, grid=False)
    return alt.Axis(labelAngle=-30, labelLimit=140, grid=False)


def _colour(split: str, colours: Mapping[str, str] | None) -> alt.Color:
    if colours is None:
        return alt.Color(f"{split}:N", legend=LEGEND)
    return alt.Color(f"{split}:N", legend=LEGEND, scale=alt.Scale(domain=list(colours), range=list(colours.values())))


def _tooltip(x: str, y: str, *, split: str | None, kind: Literal["time", "name"], unit: str) -> list[alt.Tooltip]:
    day = alt.Tooltip(f"{x}:T", title="day", timeUnit="utcyearmonthdate", format="%-d %b %Y")
    when = day if kind == "time" else alt.Tooltip(f"{x}:N")
    what = [] if split is None else [alt.Tooltip(f"{split}:N")]
    return [when, *what, alt.Tooltip(f"{y}:Q", title=unit, format=",")]
