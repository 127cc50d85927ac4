"""What to show a person: each recommendation as a bar parted into its reasons, and feedback on them."""

from collections.abc import Sequence

import streamlit as st

from kith.dashboard.charts import draw
from kith.dashboard.data.coverage import told_apart
from kith.dashboard.data.offered import Offer, Offers, offers_for, tell_deed
from kith.dashboard.data.reading import Missing
from kith.dashboard.looks import empty, missing, section, value_of
from kith.dashboard.person.drawn import REASONS, shares
from kith.dashboard.person.lines import say_degraded
from kith.dashboard.sight import Sight
from kith.dashboard.wording import count, plain
from kith.persona.model import ENGAGEMENT_KINDS

__all__ = ["show_offers"]

KEY = "kith.people.offers"
FROM = {
    "similar": "people who talk like them",
    "graph": "what they look for and speak of",
    "intent": "what is popular for what they look for",
    "popular": "what is popular",
}
"""Where a recommendation comes from."""


def show_offers(sight: Sight, user_id: str) -> None:
    """Recommendations, the best first."""
    section("Recommendations", "What to show them. Each bar is a score; its parts are the reasons, and add up to it.")
    seen = st.toggle("Also what they have seen", key=f"{KEY}.seen")
    found = value_of(offers_for(sight.api, user_id, seen=seen))
    if found is None:
        return
    say_degraded(found.degraded)
    if not found.items:
        empty("There is nothing to show them.", "Load campaigns with `kith campaigns load FILE`.")
        return
    _drawn(found)
    if sight.caller.may("write"):
        _feedback(sight, user_id, found.items)


def _drawn(found: Offers) -> None:
    draw(shares(_parts(found.items)), told=f"The scores of {count(len(found.items), 'campaign')}, parted by reason.")
    with st.container(border=True):
        for one in found.items:
            why = "\n".join(f"- {reason.share:.6f}: {plain(reason.text)}" for reason in one.reasons)
            st.markdown(f"**{one.rank}\\. {plain(one.title)}** · {_scored(one)}\n{why}")


def _scored(one: Offer) -> str:
    return f"score {one.score:.6f} · from {FROM.get(one.source, plain(one.source))}"


def _parts(offers: Sequence[Offer]) -> list[dict[str, str | float]]:
    kinds = list(REASONS)
    return [
        {
            "title": f"{one.rank}. {one.title}",
            "part": REASONS.get(reason.kind, reason.kind),
            "order": kinds.index(reason.kind) if reason.kind in kinds else len(kinds),
            "reason": reason.text,
            "share": reason.share,
            "score": one.score,
        }
        for one in offers
        for reason in one.reasons
    ]


def _feedback(sight: Sight, user_id: str, offers: Sequence[Offer]) -> None:
    titles = told_apart({one.campaign_id: one.title for one in offers})
    with st.expander("Say what they did with one"), st.form(f"{KEY}.form", border=False):
        campaign = st.selectbox(
            "Campaign", list(titles), index=None, format_func=lambda one: titles[one], key=f"{KEY}.campaign"
        )
        deed = st.segmented_control("What they did", ENGAGEMENT_KINDS, key=f"{KEY}.deed")
        if not st.form_submit_button("Tell") or campaign is None or deed is None:
            return
        taken = value_of(tell_deed(sight.api, user_id, campaign, deed))
        if taken is None:
            return
        if taken.rejected:
            missing(Missing("refused", f"It was not taken: {taken.rejected[0].detail}."))
        else:
            st.success(f"Taken: {deed} of {plain(titles[campaign])}. The next recommendations know.")
