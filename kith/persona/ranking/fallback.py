"""Who gets into a list: what is personal first, then what suits an intent, then what is popular."""

from collections.abc import Iterable

from kith.persona.model import Campaign
from kith.persona.ranking.asking import Asked
from kith.persona.ranking.scoring import Scored

__all__ = ["eligible", "running", "tiers"]


def eligible(asked: Asked) -> list[Campaign]:
    """The campaigns that may be shown: running now, not disliked ever, not excluded, and not seen unless asked for.

    Where an intent is asked for and some of them target it, only those.
    """
    never = {did.campaign_id for did in asked.own if not asked.include_seen or did.engagement.kind == "dislike"}
    never |= set(asked.exclude)
    allowed = {
        campaign.campaign_id: campaign
        for campaign in asked.candidates
        if campaign.campaign_id not in never and running(campaign, asked.now)
    }
    meant = [campaign for campaign in allowed.values() if asked.intent in campaign.intents]
    return meant or list(allowed.values())


def running(campaign: Campaign, now: int) -> bool:
    """Whether a campaign may be shown at this time: from its start to before its end."""
    return (campaign.starts is None or campaign.starts <= now) and (campaign.ends is None or now < campaign.ends)


def tiers(scored: Iterable[Scored]) -> tuple[list[Scored], list[Scored], list[Scored]]:
    """Personal (`similar` and `graph`), then `intent`, then `popular`, each the best first.

    A lower tier only fills the places that the higher ones leave empty.
    """
    personal: list[Scored] = []
    suiting: list[Scored] = []
    popular: list[Scored] = []
    for one in sorted(scored, key=lambda one: one.order):
        (popular if one.source == "popular" else suiting if one.source == "intent" else personal).append(one)
    return personal, suiting, popular
