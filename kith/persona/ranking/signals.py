"""The three signals of a score, each in [0, 1] for every campaign: similar conversations, things shared, engagement.

w(n) = max(0, similarity(n) - floor)
s(c) = Σ w(n)·e(n,c)                              e = strength x 2^(-age / half-life), of what was done there
N(c) = s(c) / (greatest s + pull)
G(c) = cosine of shared intents and entities, weighted by how rare they are
B(c) = (positives + m·p0) / (shown + m)           decayed
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, log, log1p, sqrt
from typing import TypeAlias

from kith.persona.engagement import DayCount, Did
from kith.persona.evidence import strength
from kith.persona.model import EngagementKind, Entity
from kith.persona.ranking.asking import Asked, Shared
from kith.persona.ranking.weights import Weights

__all__ = ["Followed", "Overlap", "Response", "followed", "overlaps", "responses", "unseen"]

DAY = 24 * 60 * 60 * 1000

POSITIVE: frozenset[EngagementKind] = frozenset({"click", "like", "convert"})

Feature: TypeAlias = "str | Entity"
"""An intent by its name, or an entity."""


@dataclass(frozen=True, slots=True)
class Followed:
    """N of one campaign: how many people took to it in a similar conversation, and what they did."""

    value: float
    people: int
    kinds: frozenset[EngagementKind]


@dataclass(frozen=True, slots=True)
class Overlap:
    """G of one campaign, as the part of its shared intents and that of its shared entities; each list best first."""

    by_intents: float
    by_entities: float
    intents: tuple[str, ...]
    entities: tuple[Entity, ...]

    @property
    def value(self) -> float:
        return self.by_intents + self.by_entities


@dataclass(frozen=True, slots=True)
class Response:
    """B of one campaign, with the counts behind it, undecayed."""

    value: float
    positives: int
    shown: int


def followed(asked: Asked, weights: Weights) -> dict[str, Followed]:
    """N of each campaign that somebody took to in one of the nearest conversations.

    Of several things done there with one campaign the strongest counts; whoever disliked it there adds nothing. It is
    set against the best liked: against all neighbours, few of whom ever take to the same, it would be next to nothing
    and what everybody takes to would decide.
    """
    near = _nearest(asked, weights)
    done: dict[tuple[str, tuple[str, str]], list[Did]] = defaultdict(list)
    for did in asked.done_there:
        where = (did.user_id, did.conversation_id)
        if near.get(where, 0.0) > 0:
            done[did.campaign_id, where].append(did)
    parts: dict[str, list[float]] = defaultdict(list)
    people: dict[str, set[str]] = defaultdict(set)
    kinds: dict[str, set[EngagementKind]] = defaultdict(set)
    for (campaign_id, where), there in done.items():
        strongest = max(there, key=lambda did: (_taken(did, asked.now, weights), did.engagement.kind))
        taken = _taken(strongest, asked.now, weights)
        if taken > 0 and all(did.engagement.kind != "dislike" for did in there):
            parts[campaign_id].append(near[where] * taken)
            people[campaign_id].add(where[0])
            kinds[campaign_id].add(strongest.engagement.kind)
    sums = {campaign_id: fsum(shares) for campaign_id, shares in parts.items()}
    best = max(sums.values(), default=0.0) + weights.pull
    return {
        campaign_id: Followed(total / best, len(people[campaign_id]), frozenset(kinds[campaign_id]))
        for campaign_id, total in sums.items()
    }


def _nearest(asked: Asked, weights: Weights) -> dict[tuple[str, str], float]:
    """The weight of each of the nearest conversations of other people; one found twice counts as its best."""
    best: dict[tuple[str, str], float] = {}
    for one in asked.neighbours:
        if one.user_id != asked.user_id:
            where = (one.user_id, one.conversation_id)
            best[where] = max(one.similarity, best.get(where, one.similarity))
    order = sorted(best, key=lambda where: (-best[where], where))
    return {where: max(0.0, best[where] - weights.floor) for where in order[: weights.neighbours]}


def _taken(did: Did, now: int, weights: Weights) -> float:
    full = min(1.0, max(0.0, strength(did.engagement.kind, did.engagement.value)))
    return full * _left((now - did.timestamp) / DAY, weights)


def _left(days: float, weights: Weights) -> float:
    """What is left of something after so many days; a clock that runs ahead makes nothing count for more."""
    return 0.5 ** (max(0.0, days) / weights.half_life_days)


def overlaps(asked: Asked) -> dict[str, Overlap]:
    """G of each campaign that shares something with the person: what the graph says, and what its own intents say.

    An entity is known of a campaign only where the person shares it: what it is about besides makes it no less like.
    """
    sought = asked.wanted.keys() | ({asked.intent} if asked.intent is not None else set[str]())
    own: dict[str, frozenset[Feature]] = {}
    common: dict[str, frozenset[Feature]] = {}
    for campaign in asked.candidates:
        graph = asked.shared.get(campaign.campaign_id, Shared())
        common[campaign.campaign_id] = frozenset([*graph.intents, *graph.entities, *(sought & set(campaign.intents))])
        own[campaign.campaign_id] = common[campaign.campaign_id] | set(campaign.intents)
    rare = _rarity(own.values())
    person = {one: rare[one] * _often(one, asked.wanted) for features in common.values() for one in features}
    length = _length(person.values())
    return {
        campaign_id: _overlap({one: person[one] * rare[one] for one in features}, length * _length(lengths))
        for campaign_id, features in common.items()
        if features and (lengths := [rare[one] for one in own[campaign_id]])
    }


def _rarity(campaigns: Collection[Collection[Feature]]) -> dict[Feature, float]:
    """How rare each feature is among the campaigns: what all have in common still says a little."""
    having = Counter(one for features in campaigns for one in features)
    return {one: log1p(len(campaigns) / count) for one, count in having.items()}


def _often(feature: Feature, wanted: Mapping[str, int]) -> float:
    """An intent shown often weighs more, but not by as much."""
    return 1.0 + log(max(1, wanted.get(feature, 1))) if isinstance(feature, str) else 1.0


def _length(weights: Iterable[float]) -> float:
    return sqrt(fsum(weight * weight for weight in weights))


def _overlap(products: Mapping[Feature, float], lengths: float) -> Overlap:
    intents = {one: product / lengths for one, product in products.items() if isinstance(one, str)}
    entities = {one: product / lengths for one, product in products.items() if isinstance(one, Entity)}
    return Overlap(
        by_intents=fsum(intents.values()),
        by_entities=fsum(entities.values()),
        intents=tuple(sorted(intents, key=lambda one: (-intents[one], one))),
        entities=tuple(sorted(entities, key=lambda one: (-entities[one], one.name, one.type))),
    )


def responses(day_counts: Sequence[DayCount], *, now: int, weights: Weights) -> dict[str, Response]:
    """B of each campaign that anybody did anything with.

    Where views are recorded each answer is to one of them; where they are not, the answers are all that was shown.
    """
    days: dict[str, list[DayCount]] = defaultdict(list)
    for one in day_counts:
        days[one.campaign_id].append(one)
    return {campaign_id: _response(counts, now // DAY, weights) for campaign_id, counts in days.items()}


def unseen(weights: Weights) -> Response:
    """B of a campaign that nobody did anything with."""
    return _response((), 0, weights)


def _response(counts: Sequence[DayCount], today: int, weights: Weights) -> Response:
    decayed: dict[EngagementKind, list[float]] = defaultdict(list)
    total: Counter[EngagementKind] = Counter()
    for one in counts:
        decayed[one.kind].append(one.count * _left(today - one.day, weights))
        total[one.kind] += one.count
    positives = fsum(count for kind in POSITIVE for count in decayed[kind])
    shown = max(fsum(decayed["view"]), positives + fsum(decayed["dislike"]))
    prior, all_positives = weights.prior_showings, sum(total[kind] for kind in POSITIVE)
    return Response(
        value=(positives + prior * weights.prior_rate) / (shown + prior),
        positives=all_positives,
        shown=max(total["view"], all_positives + total["dislike"]),
    )
