"""Rejections drawn: lying bars, so that names have room beside them."""

from collections.abc import Sequence

import altair as alt

from kith.dashboard.charts import draw
from kith.dashboard.wording import whole

__all__ = ["draw_rejections"]

ROOM, THICK = 90, 24
"""Pixels of what stands around the bars, and of each bar with what lies between it and the next."""
WIDEST = 170
"""Pixels of a name; the rest of it is cut."""


def draw_rejections(counts: Sequence[tuple[str, int]], *, by: str) -> None:
    """How many records were turned away, `by` what, in the order given."""
    chart = (
        alt.Chart(alt.Data(values=[{by: name, "records": number} for name, number in counts]))
        .mark_bar(cornerRadiusEnd=2, size=THICK - 8)
        .encode(
            y=alt.Y(f"{by}:N", title=None, sort=None, axis=alt.Axis(labelLimit=WIDEST, labelOverlap=False, grid=False)),
            x=alt.X("records:Q", title="records", scale=alt.Scale(zero=True), axis=alt.Axis(tickMinStep=1)),
            tooltip=[alt.Tooltip(f"{by}:N"), alt.Tooltip("records:Q", format=",")],
        )
        .properties(height=ROOM + THICK * len(counts))
    )
    draw(chart, told=f"Rejections by {by}: {', '.join(f'{whole(number)} {name}' for name, number in counts)}.")
