"""Engagement: what people do with campaigns, what they want, and how much of the catalogue is recommended to them."""

from collections.abc import Mapping

import streamlit as st

from kith.dashboard.data.coverage import catalogue
from kith.dashboard.data.engagement import (
    FEW,
    CampaignLine,
    Engagement,
    Every,
    Intents,
    campaigns_engaged,
    engagement,
    intents,
)
from kith.dashboard.data.history import Ledger
from kith.dashboard.data.reading import Missing
from kith.dashboard.door import look_again
from kith.dashboard.engagement_charts import (
    DONE,
    NAME,
    bounds_told,
    draw_funnel,
    draw_kinds,
    draw_ranked,
    draw_rates,
    draw_wanted,
    rate_told,
)
from kith.dashboard.looks import Card, cards, empty, heading, missing, section, table, value_of
from kith.dashboard.sight import Sight
from kith.dashboard.surveying import survey_coverage
from kith.dashboard.wording import count, moment, whole

__all__ = ["show"]

MOST_FREQUENT = 12
SENT = "They come with conversations, or by `POST /api/v1/feedback`."
ENCOUNTER = (
    "An encounter is one person with one campaign on one day; it is positive if they clicked, liked or converted. "
    "A line spans where the true rate lies with 95 % certainty, as far as encounters do not depend on each other."
)
FUNNEL = (
    "How many people went how far, and how often. The last column: of the people in the row above, those who did this "
    "too."
)


def show(sight: Sight) -> None:
    """The page."""
    heading("Engagement", "What people do with campaigns, what they want, and what they are recommended.")
    listed = value_of(catalogue(sight.api))
    names: Mapping[str, str] = {} if listed is None else listed.names()
    if sight.caller.may("admin"):
        _from_ledger(sight.ledger, names)
    else:
        words = "Figures over time are shown to a key that may administer."
        missing(Missing("not_allowed", words, "`kith keys create --name NAME --scope admin` makes one."))
    if listed is not None:
        survey_coverage(sight, listed)


def _from_ledger(ledger: Ledger, names: Mapping[str, str]) -> None:
    lines = value_of(campaigns_engaged(ledger))
    if lines is None:
        return
    if lines:
        _engagement(ledger, lines, names)
        _campaigns(lines, names)
    else:
        empty("Nobody has done anything with a campaign yet.", SENT)
    _intents(ledger)


@st.fragment
def _engagement(ledger: Ledger, lines: tuple[CampaignLine, ...], names: Mapping[str, str]) -> None:
    look_again()
    section("What people do", "With all campaigns or with one, as it happened; days are UTC. Read from the ledger.")
    campaign_id, every = _chosen(lines, names)
    done = value_of(engagement(ledger, every=every, campaign_id=campaign_id))
    if done is None:
        return
    if not done.spans:
        empty("Nobody has done anything with this campaign.", SENT)
        return
    _figures(done)
    draw_kinds(done.spans, every=every)
    section(f"Positive rate by {every}", ENCOUNTER)
    draw_rates(done.spans, every=every)
    with st.expander("In figures"):
        _rates(done, every)
    section("From view to conversion", FUNNEL)
    draw_funnel(done.funnel)
    _funnel(done)


def _chosen(lines: tuple[CampaignLine, ...], names: Mapping[str, str]) -> tuple[str | None, Every]:
    def label(campaign_id: str) -> str:
        return names.get(campaign_id, campaign_id) or "All campaigns"

    offered = ["", *(one.campaign_id for one in lines)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        campaign_id = st.selectbox("Campaign", offered, format_func=label, key="kith.engagement.campaign")
        every: Every | None = st.segmented_control(
            "By", ("day", "week"), default="day", format_func=str.capitalize, key="kith.engagement.every", required=True
        )
    return campaign_id or None, every or "day"


def _figures(done: Engagement) -> None:
    rate = done.taken
    cards(
        [
            Card("People", whole(done.people), None, "Who did anything, a dislike among it"),
            Card("Views", whole(done.times("view"))),
            Card("Clicks and likes", whole(done.times("click", "like"))),
            Card("Conversions", whole(done.times("convert"))),
            Card("Dislikes", whole(done.times("dislike"))),
            Card(
                "Positive rate",
                rate_told(rate),
                f"{whole(rate.part)} of {whole(rate.of)}",
                f"Of encounters, with 95 % certainty from {bounds_told(rate)}; {ENCOUNTER}",
            ),
        ]
    )


def _rates(done: Engagement, every: Every) -> None:
    table(
        [
            {
                every: one.start,
                "positive": one.taken.part,
                "encounters": one.taken.of,
                "rate": rate_told(one.taken),
                "certainly": bounds_told(one.taken),
                **{DONE[kind]: times for kind, times in one.events.items()},
            }
            for one in reversed(done.spans)
        ],
        key="kith.engagement.rates",
        told=f"What was done by {every}, the latest first.",
    )
    st.caption(f"Of fewer than {FEW} encounters no share is told: it would promise more than is known.")


def _funnel(done: Engagement) -> None:
    table(
        [
            {
                "step": DONE[one.kind],
                "people": one.people,
                "events": one.events,
                "of those before": "–" if one.of_before is None else rate_told(one.of_before),
            }
            for one in done.funnel
        ],
        key="kith.engagement.funnel",
        told="How many people went how far.",
    )


@st.fragment
def _campaigns(lines: tuple[CampaignLine, ...], names: Mapping[str, str]) -> None:
    look_again()
    section("Campaigns", f"{count(len(lines), 'campaign')} that somebody did something with, the busiest first.")
    table(
        [
            {
                "campaign": names.get(one.campaign_id, one.campaign_id),
                "events": one.times,
                "people": one.people,
                **{DONE[kind]: times for kind, times in one.events.items()},
                "positive rate": rate_told(one.taken),
                "encounters": one.taken.of,
            }
            for one in lines
        ],
        key="kith.engagement.campaigns",
        told="What was done with each campaign.",
        columns={"campaign": st.column_config.TextColumn(width=NAME)},
        size=10,
    )


@st.fragment
def _intents(ledger: Ledger) -> None:
    look_again()
    section("What people want", "Intents that their messages show, of everybody, whatever campaign is chosen above.")
    every: Every | None = st.segmented_control(
        "By", ("day", "week"), default="week", format_func=str.capitalize, key="kith.engagement.wanted", required=True
    )
    found = value_of(intents(ledger, every=every or "week"))
    if found is None:
        return
    if not found.lines:
        empty("No message has shown yet what somebody wants.")
        return
    _wanted(found, every or "week")


def _wanted(found: Intents, every: Every) -> None:
    top = found.lines[:MOST_FREQUENT]
    draw_ranked(
        [{"intent": one.intent, "times": one.times} for one in top],
        name="intent",
        number="times",
        unit="times",
        told=f"How often the {count(len(top), 'most frequent intent')} came up.",
    )
    draw_wanted(found.over_time, every=every)
    table(
        [
            {"intent": one.intent, "times": one.times, "people": one.people, "last": moment(one.last)}
            for one in found.lines
        ],
        key="kith.engagement.intents",
        told="What was wanted, how often and by how many people.",
        size=10,
    )
