"""Variety in a list, and the places in it that are drawn by lot."""

from collections.abc import Sequence
from hashlib import blake2b
from random import Random

from kith.persona.ranking.asking import Asked
from kith.persona.ranking.scoring import Scored
from kith.persona.ranking.weights import Weights

__all__ = ["drawn", "places_to_draw", "varied"]

DAY = 24 * 60 * 60 * 1000


def varied(ranked: Sequence[Scored], *, places: int, beside: Sequence[Scored], weights: Weights) -> list[Scored]:
    """So many of a ranked list, chosen one after the other: good, and unlike those that are chosen already.

    The first is the best, unless something stands `beside` the list already.
    """
    left = list(ranked[: weights.looked_at * places])
    likest = [max((_likeness(one, other) for other in beside), default=0.0) for one in left]
    best = max((one.parts for one in left), default=0) or 1
    chosen: list[Scored] = []
    while left and len(chosen) < places:
        worth = [
            weights.variety * one.parts / best - (1 - weights.variety) * like
            for one, like in zip(left, likest, strict=True)
        ]
        at = worth.index(max(worth))
        taken = left.pop(at)
        likest.pop(at)
        likest = [max(like, _likeness(one, taken)) for one, like in zip(left, likest, strict=True)]
        chosen.append(taken)
    return chosen


def _likeness(one: Scored, other: Scored) -> float:
    """The share of what both have of what either has."""
    either = len(one.features | other.features)
    return len(one.features & other.features) / either if either else 0.0


def places_to_draw(limit: int, *, eligible: int, weights: Weights) -> int:
    """How many places of a list go to campaigns drawn by lot: none where all can be shown anyway."""
    return limit // weights.explore_every if weights.explore_every > 0 and eligible > limit else 0


def drawn(rest: Sequence[Scored], asked: Asked, *, places: int) -> dict[str, float]:
    """Campaigns drawn from the rest, each as likely as any other, and how likely that was.

    One person sees the same draw all day, as long as the rest is the same.
    """
    if not rest or places <= 0:
        return {}
    seed = blake2b(f"{asked.now // DAY}:{asked.user_id}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    pool = sorted(one.campaign.campaign_id for one in rest)
    lots = Random(int.from_bytes(seed, "big"))  # noqa: S311 - to be repeated, not to be secret
    places = min(places, len(pool))
    return dict.fromkeys(lots.sample(pool, places), places / len(pool))
