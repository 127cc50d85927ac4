"""From all that is known of a person and the campaigns to the list they are shown."""

from kith.persona.ranking.asking import Asked, Recommended
from kith.persona.ranking.diversity import drawn, places_to_draw, varied
from kith.persona.ranking.fallback import eligible, tiers
from kith.persona.ranking.reasons import reasons
from kith.persona.ranking.scoring import PARTS, Scored, score, signals
from kith.persona.ranking.weights import WEIGHTS, Weights

__all__ = ["recommend"]


def recommend(asked: Asked, *, weights: Weights = WEIGHTS) -> list[Recommended]:
    """At most `asked.limit` campaigns, by descending score, equals by id; the same for the same question.

    Which ones get in: the personal ones first, chosen for variety, then the fallbacks; one place in ten by lot.
    """
    allowed = eligible(asked)
    known = signals(asked, weights=weights)
    in_graph = {campaign_id for campaign_id, shared in asked.shared.items() if shared.intents or shared.entities}
    scored = [score(one, known, weights=weights, in_graph=one.campaign_id in in_graph) for one in allowed]
    by_lot = places_to_draw(asked.limit, eligible=len(allowed), weights=weights)
    chosen: list[Scored] = []
    for tier in tiers(scored):
        chosen += varied(tier, places=asked.limit - by_lot - len(chosen), beside=chosen, weights=weights)
    taken = {one.campaign.campaign_id for one in chosen}
    rest = [one for one in scored if one.campaign.campaign_id not in taken]
    lots = drawn(rest, asked, places=by_lot)
    chosen += [one for one in rest if one.campaign.campaign_id in lots]
    return [
        Recommended(
            campaign_id=one.campaign.campaign_id,
            title=one.campaign.title,
            score=one.parts / PARTS,
            rank=rank,
            source=one.source,
            reasons=reasons(one),
            propensity=lots.get(one.campaign.campaign_id),
        )
        for rank, one in enumerate(sorted(chosen, key=lambda one: one.order), start=1)
    ]
