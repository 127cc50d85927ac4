"""Coverage asked about: some people are looked at one after the other, and what they are recommended is counted."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import streamlit as st

from kith.dashboard.data.asking import Api
from kith.dashboard.data.coverage import PLACES, Catalogue, Coverage, Recommended, coverage, recommended, some_of
from kith.dashboard.data.people import known
from kith.dashboard.data.reading import Missing, Reading, Told
from kith.dashboard.engagement_charts import NAME, draw_ranked
from kith.dashboard.looks import Card, cards, empty, missing, section, table, value_of
from kith.dashboard.sight import Sight
from kith.dashboard.wording import count, plain, share, whole

__all__ = ["Survey", "survey_coverage"]

SURVEY = "kith.engagement.survey"
SIZES = (20, 50, 100, 200)
USUAL = 50
DRAWN = 15
SOURCES = {"similar": "talk", "graph": "ties", "intent": "intent", "popular": "popular"}
"""How the API says that it found a campaign, in a word."""
COLOURS = dict(zip(SOURCES.values(), ("#1f9c80", "#4c7fd0", "#c98a2b", "#8a9da3"), strict=True))


@dataclass(frozen=True, slots=True)
class Survey:
    """People who are asked about, and what came of it so far."""

    people: tuple[str, ...]
    of: str
    """Whom they stand for, in words."""
    answers: tuple[Recommended, ...] = ()
    gone: int = 0
    """People who were forgotten since they were listed."""
    stopped: bool = False
    failed: Missing | None = None

    @property
    def asked(self) -> int:
        return len(self.answers) + self.gone

    @property
    def over(self) -> bool:
        return self.stopped or self.failed is not None or self.asked == len(self.people)

    def after(self, found: Reading[Recommended]) -> "Survey":
        """With the next person's answer."""
        if isinstance(found, Told):
            return replace(self, answers=(*self.answers, found.value))
        return replace(self, gone=self.gone + 1) if found.why == "unknown" else replace(self, failed=found)


@st.fragment
def survey_coverage(sight: Sight, listed: Catalogue) -> None:
    """Asks about as many people as are wished for, and shows what came of it."""
    section(
        "Coverage of recommendations",
        f"Which share of the campaigns is recommended, and how evenly: some people are asked about, {PLACES} campaigns "
        "each. What they have seen is left out.",
    )
    if not listed.campaigns:
        empty("There are no campaigns to recommend yet.", "Take them in with `kith campaigns load FILE`.")
        return
    survey = _asked_for(sight)
    if survey is None:
        empty("Nobody has been asked about in this session.")
        return
    if not survey.over:
        survey = _go_on(sight.api, survey)
    _show(survey, listed)


def _asked_for(sight: Sight) -> Survey | None:
    """The survey that is there, or the one that was begun just now."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number: int | None = st.segmented_control(
            "People", SIZES, default=USUAL, format_func=str, key="kith.engagement.people", required=True
        )
        begun = st.button("Ask about them", type="primary", icon=":material/play_arrow:", key="kith.engagement.ask")
    if begun:
        people = value_of(known(sight.api))
        if people is None:
            return None
        some = some_of(people.items, number or USUAL)
        first = "the first " if people.next else ""
        st.session_state[SURVEY] = Survey(some, f"{first}{whole(len(people.items))} by id")
    return st.session_state.get(SURVEY)


def _go_on(api: Api, survey: Survey) -> Survey:
    """Asks about those who are left, one by one. Where the page is shown anew meanwhile, it goes on there."""
    place = st.empty()
    with place.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(survey.asked / len(survey.people), _progress(survey))
        st.button("Stop", icon=":material/stop:", key="kith.engagement.stop", on_click=_stop)
    while not survey.over:
        survey = survey.after(recommended(api, survey.people[survey.asked]))
        st.session_state[SURVEY] = survey
        bar.progress(survey.asked / len(survey.people), _progress(survey))
    place.empty()
    return survey


def _progress(survey: Survey) -> str:
    return f"{survey.asked} of {count(len(survey.people), 'person', 'people')}"


def _stop() -> None:
    st.session_state[SURVEY] = replace(st.session_state[SURVEY], stopped=True)


def _show(survey: Survey, listed: Catalogue) -> None:
    if survey.failed is not None:
        missing(survey.failed)
    if not survey.answers:
        empty("There is nobody to ask about.", "Take conversations in with `kith run FILE`.")
        return
    found = coverage(listed.campaigns, survey.answers, now=datetime.now(UTC))
    _cards(found)
    _said(survey, found, listed)
    _ranked(found, listed)


def _cards(found: Coverage) -> None:
    top = found.shown[0] if found.shown else None
    cards(
        [
            Card(
                "Of the catalogue",
                share(found.share),
                f"{whole(found.reached)} of {whole(len(found.shown))}",
                "Campaigns that anybody is recommended, of those that run now",
            ),
            Card(
                "As varied as",
                "–" if found.as_varied_as is None else f"{found.as_varied_as:.1f}",
                "campaigns, evenly",
                "So many campaigns, recommended equally often, would be as varied (inverse Simpson index): all that "
                "are reached where none comes before another, near 1 where one goes to everybody",
            ),
            Card(
                "The most frequent",
                share(top.people / found.people) if top and top.people else "–",
                "of those asked about",
                "The share of people who are recommended the same one campaign",
            ),
            Card("Asked about", whole(found.people), f"{whole(found.unserved)} got nothing", "People"),
        ]
    )


def _said(survey: Survey, found: Coverage, listed: Catalogue) -> None:
    """What one must know to judge the figures."""
    said = [
        f"{count(survey.asked, 'person', 'people')}, spread evenly over {survey.of}.",
        "Colours say how a campaign was found: by similar talk, by common ties, by an intent, or as popular.",
    ]
    if survey.asked < len(survey.people):
        said.append(f"It ended before all {whole(len(survey.people))} were asked about.")
    if survey.gone:
        said.append(f"{whole(survey.gone)} of them are not known any more.")
    if found.degraded:
        said.append(f"From {count(found.degraded, 'answer')} something was missing: see the page Stores.")
    if not listed.whole:
        said.append(f"The first {whole(len(listed.campaigns))} campaigns by id are looked at, and what else came.")
    st.caption(plain(" ".join(said)))


def _ranked(found: Coverage, listed: Catalogue) -> None:
    names = listed.names()
    rows = [
        {
            "campaign": names.get(one.campaign_id, one.campaign_id),
            "part": SOURCES.get(source, source),
            "people": people,
        }
        for one in found.shown[:DRAWN]
        for source, people in one.sources.items()
    ]
    if rows:
        told = f"To how many people each of {count(min(DRAWN, found.reached), 'campaign')} is recommended."
        draw_ranked(rows, name="campaign", number="people", unit="people", parted=COLOURS, told=told)
    table(
        [
            {
                "campaign": names.get(one.campaign_id, one.campaign_id),
                "people": one.people,
                "share": share(one.people / found.people),
                **{told: one.sources.get(source, 0) for source, told in SOURCES.items()},
            }
            for one in found.shown
        ],
        key="kith.engagement.shown",
        told="To how many of those who were asked about each campaign is recommended.",
        columns={"campaign": st.column_config.TextColumn(width=NAME)},
        size=10,
    )
