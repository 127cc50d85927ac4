"""How well campaigns are recommended: what people took to later, beside what they would have been shown before."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, log2

import numpy as np

from kith.persona.engagement import Did
from kith.persona.ranking.signals import POSITIVE

__all__ = [
    "JUDGED_AT",
    "Case",
    "Gain",
    "Listed",
    "Measured",
    "by_count",
    "cases",
    "gain",
    "hit",
    "measure",
    "ndcg",
    "recall",
    "taken",
]

JUDGED_AT = 10
"""Places of a list that count."""
RESAMPLES = 10_000
SEED = 20_260_301
"""Of the bootstrap: the same lists have the same interval."""


@dataclass(frozen=True, slots=True)
class Case:
    """A person at a moment, and what they took to from then on in the conversation they were in."""

    user_id: str
    now: int
    """What happened before it is known."""
    targets: frozenset[str]


def cases(done: Iterable[Did]) -> list[Case]:
    """Each person at the first engagement of their last conversation that has one, by time, then id.

    What they had to do with before is no target; whoever is left with none is no case.
    """
    own: dict[str, dict[str, list[Did]]] = defaultdict(lambda: defaultdict(list))
    for one in done:
        own[one.user_id][one.conversation_id].append(one)
    found: list[Case] = []
    for user_id, talks in own.items():
        began = {name: min(one.timestamp for one in talk) for name, talk in talks.items()}
        last = max(talks, key=lambda name: (began[name], name))
        before = {one.campaign_id for talk in talks.values() for one in talk if one.timestamp < began[last]}
        taken = {one.campaign_id for one in talks[last] if one.engagement.kind in POSITIVE}
        if taken - before:
            found.append(Case(user_id, began[last], frozenset(taken - before)))
    return sorted(found, key=lambda case: (case.now, case.user_id))


def ndcg(ranked: Sequence[str], targets: Collection[str], *, at: int = JUDGED_AT) -> float:
    """Normalised discounted cumulative gain, a target being worth 1 and anything else nothing."""
    gained = fsum(1 / log2(place + 1) for place, one in enumerate(ranked[:at], start=1) if one in targets)
    return gained / fsum(1 / log2(place + 1) for place in range(1, min(at, len(targets)) + 1))


def recall(ranked: Sequence[str], targets: Collection[str], *, at: int = JUDGED_AT) -> float:
    """The share of the targets that stand in the list."""
    return sum(one in targets for one in ranked[:at]) / len(targets)


def hit(ranked: Sequence[str], targets: Collection[str], *, at: int = JUDGED_AT) -> float:
    """1 if any target stands in the list."""
    return float(any(one in targets for one in ranked[:at]))


@dataclass(frozen=True, slots=True)
class Listed:
    """One person's list, the best first, and how often people had taken to each campaign in it by then."""

    case: Case
    ranked: tuple[str, ...]
    popularity: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """One way to recommend, over all people: means, and None where there is nobody."""

    ndcg: float | None
    recall: float | None
    hit_rate: float | None
    coverage: float
    """The share of the catalogue that was shown to anybody."""
    popularity: float | None
    """Of what was shown: how often people had taken to it by then."""


def measure(listed: Sequence[Listed], *, catalogue: int) -> Measured:
    """Measures the first places of each list."""
    shown = {one for each in listed for one in each.ranked[:JUDGED_AT]}
    return Measured(
        ndcg=_mean([ndcg(one.ranked, one.case.targets) for one in listed]),
        recall=_mean([recall(one.ranked, one.case.targets) for one in listed]),
        hit_rate=_mean([hit(one.ranked, one.case.targets) for one in listed]),
        coverage=len(shown) / catalogue if catalogue else 0.0,
        popularity=_mean([count for one in listed for count in one.popularity[:JUDGED_AT]]),
    )


def _mean(values: Sequence[float]) -> float | None:
    return fsum(values) / len(values) if values else None


@dataclass(frozen=True, slots=True)
class Gain:
    """How much more NDCG one way has than another, in whom both were measured.

    `low` and `high` hold 95 in 100 of the differences in people drawn anew; `times` is None where the other has none.
    """

    difference: float
    low: float
    high: float
    times: float | None


def gain(listed: Sequence[Listed], *, over: Sequence[Listed]) -> Gain | None:
    """By a paired bootstrap over people; None without any."""
    mine = np.array([ndcg(one.ranked, one.case.targets) for one in listed])
    theirs = np.array([ndcg(one.ranked, one.case.targets) for one in over])
    if not len(mine):
        return None
    apart = mine - theirs
    draws = np.random.default_rng(SEED)
    means = [float(apart[draws.integers(len(apart), size=len(apart))].mean()) for _ in range(RESAMPLES)]
    low, high = np.percentile(means, [2.5, 97.5])
    times = float(mine.mean() / theirs.mean()) if theirs.any() else None
    return Gain(float(apart.mean()), float(low), float(high), times)


def by_count(counts: Mapping[str, int], *, then: Mapping[str, int]) -> list[str]:
    """What has any, the most first; equals by the other count, then by id."""
    return sorted(
        (one for one, count in counts.items() if count > 0), key=lambda one: (-counts[one], -then.get(one, 0), one)
    )


def taken(done: Iterable[Did]) -> Counter[str]:
    """How often each campaign was taken to."""
    return Counter(one.campaign_id for one in done if one.engagement.kind in POSITIVE)
