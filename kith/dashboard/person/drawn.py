"""The pictures of a person: facts as bars in time, what is on their mind, and scores by what they are made of."""

from typing import Any

import altair as alt

from kith.dashboard.charts import GOOD, Rows, lying, values

__all__ = ["REASONS", "SO", "shares", "spans", "strengths"]

SO = {"so then": GOOD, "at other times": "#98a5a3"}
"""What was so at the time that was asked about, and what was not; told apart by how light they are, too."""
REASONS = {
    "similar": "people like them",
    "intent": "what they look for",
    "entity": "their interests",
    "engagement": "how others took it",
}
"""The parts of a score, in words."""
COLOURS = ("#4c86c6", "#c4701b", "#7a68c4", GOOD)
STEP, MARGIN, LEGEND = 26, 130, 60
LABEL = 135
NOW = "#c4701b"


def spans(rows: Rows, *, at: str) -> alt.LayerChart:
    """Bars from `since` to `end`, a row for each `fact`, and a line `at` the time that was asked about.

    What was over at once is a dot.
    """
    base = alt.Chart(values(rows)).encode(
        y=_names("fact"),
        color=alt.Color(
            "so:N",
            legend=alt.Legend(title=None, orient="top"),
            scale=alt.Scale(domain=list(SO), range=list(SO.values())),
        ),
        tooltip=[
            alt.Tooltip("fact:N"),
            alt.Tooltip("from:N", title="since"),
            alt.Tooltip("to:N", title="until"),
            alt.Tooltip("sources:Q", title="messages"),
        ],
    )
    since = alt.X(
        "since:T",
        title=f"{_years(rows)}, UTC",
        scale=alt.Scale(type="utc", nice=False),
        axis=alt.Axis(labelOverlap=True, labelBound=True, tickCount=6),
    )
    line = alt.Chart(values([{"at": at}])).mark_rule(color=NOW, strokeDash=[5, 4], strokeWidth=2).encode(x="at:T")
    bars = base.mark_bar(height=12, cornerRadius=3).encode(x=since, x2="end:T")
    dots = base.transform_filter("datum.since === datum.end").mark_circle(size=80, opacity=1).encode(x=since)
    return alt.LayerChart(layer=[bars, dots, line]).properties(height=_height({row["fact"] for row in rows}))


def strengths(rows: Rows) -> alt.Chart:
    """Bars from zero: how present each `thing` is."""
    tooltip = [
        alt.Tooltip("thing:N"),
        alt.Tooltip("type:N"),
        alt.Tooltip("strength:Q", format=".3f"),
        alt.Tooltip("mentions:Q"),
        alt.Tooltip("last:N"),
    ]
    unit = "Σ 1/√days since each mention"
    chart = lying(rows, name="thing", number="strength", unit=unit, tooltip=tooltip, labels=LABEL)
    return chart.properties(height=_height(rows))


def shares(rows: Rows) -> alt.Chart:
    """Bars from zero, each parted into the shares of a score. One row is one share of one `title`."""
    chart = alt.Chart(values(rows)).mark_bar()
    return chart.encode(
        x=alt.X("share:Q", title="score", stack="zero", scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=6)),
        y=_names("title"),
        color=alt.Color(
            "part:N",
            legend=alt.Legend(title=None, orient="top", columns=1),
            scale=alt.Scale(domain=list(REASONS.values()), range=list(COLOURS)),
        ),
        order=alt.Order("order:Q"),
        tooltip=[
            alt.Tooltip("title:N"),
            alt.Tooltip("reason:N"),
            alt.Tooltip("share:Q", format=".6f"),
            alt.Tooltip("score:Q", format=".6f"),
        ],
    ).properties(height=LEGEND + _height({row["title"] for row in rows}))


def _years(rows: Rows) -> str:
    first, last = min(row["since"] for row in rows)[:4], max(row["end"] for row in rows)[:4]
    return first if first == last else f"{first} – {last}"


def _names(field: str) -> alt.Y:
    return alt.Y(
        f"{field}:N",
        title=None,
        sort=None,
        axis=alt.Axis(labelLimit=LABEL, labelOverlap=False, domain=False, ticks=False),
    )


def _height(rows: Any) -> int:
    return MARGIN + STEP * len(rows)
