"""What many people took to, lately more than long ago."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum

from kith.persona.engagement import DayCount
from kith.persona.evidence import strength
from kith.persona.model import Campaign
from kith.persona.ranking.signals import POSITIVE
from kith.persona.ranking.weights import WEIGHTS, Weights

__all__ = ["Favourite", "favourites"]

DAY = 24 * 60 * 60 * 1000
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Favourite:
    """A campaign, the decayed strength of all that was done with it, and how often somebody took to it."""

    campaign: Campaign
    score: float
    count: int


def favourites(
    campaigns: Iterable[Campaign],
    day_counts: Sequence[DayCount],
    *,
    now: int,
    limit: int,
    weights: Weights = WEIGHTS,
) -> list[Favourite]:
    """The best of these campaigns, equals by id. What more was done against than for is nobody's favourite."""
    days: dict[str, list[DayCount]] = defaultdict(list)
    for one in day_counts:
        days[one.campaign_id].append(one)
    scored = [
        Favourite(
            campaign,
            round(fsum(_left(one, now // DAY, weights) for one in counts), DECIMALS),
            sum(one.count for one in counts if one.kind in POSITIVE),
        )
        for campaign in campaigns
        if (counts := days.get(campaign.campaign_id))
    ]
    liked = [one for one in scored if one.score > 0]
    return sorted(liked, key=lambda one: (-one.score, one.campaign.campaign_id))[:limit]


def _left(one: DayCount, today: int, weights: Weights) -> float:
    """What is left by today of all that was done in one way on one day."""
    return strength(one.kind) * one.count * 0.5 ** (max(0, today - one.day) / weights.half_life_days)
