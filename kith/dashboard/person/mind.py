"""What is on a person's mind: the things they spoke of, by how often and how lately."""

import streamlit as st

from kith.dashboard.charts import draw
from kith.dashboard.data.person import Thing, minded
from kith.dashboard.looks import empty, section, table, value_of
from kith.dashboard.person.drawn import strengths
from kith.dashboard.person.lines import say_degraded
from kith.dashboard.sight import Sight
from kith.dashboard.wording import count, day

__all__ = ["show_mind"]

DRAWN = 12


def show_mind(sight: Sight, user_id: str) -> None:
    """Things by activation."""
    section("On their mind", "What they speak of often and lately comes first; what they no longer name fades.")
    found = value_of(minded(sight.api, user_id))
    if found is None:
        return
    say_degraded(found.degraded)
    if not found.items:
        empty("They have not spoken of anything yet.", "Places, people and things come from what they say themselves.")
        return
    strong = [_bar(one) for one in found.items[:DRAWN] if one.strength is not None]
    if strong:
        draw(strengths(strong), told=f"The {count(len(strong), 'thing')} that are most on their mind.")
    table(
        [
            {
                "thing": one.name,
                "type": one.type,
                "mentions": one.count,
                "feeling": one.sentiment,
                "first": day(one.first),
                "last": day(one.last),
                "activation": one.score,
            }
            for one in found.items
        ],
        key=f"kith.people.mind.{user_id}",
        told="All that they spoke of, the most active first.",
        columns={
            "feeling": st.column_config.NumberColumn(format="%.2f", help="From -1, bad, to 1, good"),
            "activation": st.column_config.NumberColumn(format="%.2f", help="The logarithm of what the bars show"),
        },
    )


def _bar(one: Thing) -> dict[str, str | float | None]:
    return {"thing": one.name, "type": one.type, "strength": one.strength, "mentions": one.count, "last": day(one.last)}
