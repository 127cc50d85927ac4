"""A campaign's score, .70 N + .20 G + .10 B (`Weights`): the sum of shares that its reasons will name."""

from dataclasses import dataclass

from kith.persona.model import Campaign
from kith.persona.ranking.asking import Asked, Source
from kith.persona.ranking.signals import Followed, Overlap, Response, followed, overlaps, responses, unseen
from kith.persona.ranking.weights import Weights

__all__ = ["PARTS", "Scored", "Signals", "score", "signals"]

PARTS = 1_000_000
"""Shares are whole millionths: they are rounded first and added up then, so nothing is lost."""

NO_OVERLAP = Overlap(0.0, 0.0, (), ())
NOBODY = Followed(0.0, 0, frozenset())


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of all campaigns, by id."""

    followed: dict[str, Followed]
    overlaps: dict[str, Overlap]
    responses: dict[str, Response]
    unseen: Response


@dataclass(frozen=True, slots=True)
class Scored:
    """A campaign with its signals, what each gives to the score in millionths, and where the most of it comes from."""

    campaign: Campaign
    near: Followed
    overlap: Overlap
    response: Response
    by_similar: int
    by_intents: int
    by_entities: int
    by_engagement: int
    source: Source

    @property
    def parts(self) -> int:
        """The score in millionths."""
        return self.by_similar + self.by_intents + self.by_entities + self.by_engagement

    @property
    def order(self) -> tuple[int, str]:
        """Best first, equals by id."""
        return (-self.parts, self.campaign.campaign_id)

    @property
    def features(self) -> frozenset[object]:
        """What it is like others by: its intents, and the entities that the person shares."""
        return frozenset[object]([*self.campaign.intents, *self.overlap.intents, *self.overlap.entities])


def signals(asked: Asked, *, weights: Weights) -> Signals:
    """The three signals of all campaigns."""
    return Signals(
        followed=followed(asked, weights),
        overlaps=overlaps(asked),
        responses=responses(asked.day_counts, now=asked.now, weights=weights),
        unseen=unseen(weights),
    )


def score(campaign: Campaign, known: Signals, *, weights: Weights, in_graph: bool) -> Scored:
    """One campaign's score. `in_graph`: it is the graph that says what it shares with the person."""
    near = known.followed.get(campaign.campaign_id, NOBODY)
    overlap = known.overlaps.get(campaign.campaign_id, NO_OVERLAP)
    response = known.responses.get(campaign.campaign_id, known.unseen)
    by_similar = round(weights.similar * near.value * PARTS)
    by_intents = round(weights.shared * overlap.by_intents * PARTS)
    by_entities = round(weights.shared * overlap.by_entities * PARTS)
    return Scored(
        campaign=campaign,
        near=near,
        overlap=overlap,
        response=response,
        by_similar=by_similar,
        by_intents=by_intents,
        by_entities=by_entities,
        by_engagement=round(weights.engagement * response.value * PARTS),
        source=_source(by_similar, by_intents + by_entities, in_graph=in_graph),
    )


def _source(similar: int, shared: int, *, in_graph: bool) -> Source:
    """The greater of what similar people and the graph gave; where neither gave any, what is left."""
    if similar and (similar >= shared or not in_graph):
        return "similar"
    if shared:
        return "graph" if in_graph else "intent"
    return "popular"
