"""What a person has on their mind: how often and how lately they spoke of a thing, and how near it is to a query.

Base-level activation is that of ACT-R, ln Σ age^-d over all mentions; a query's entities spread to their neighbours.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, log

from kith.persona.evidence import Related, SeenWith
from kith.persona.model import Entity

__all__ = ["Activated", "activated"]

DAY = 24 * 60 * 60 * 1000

DECAY = 0.5
"""d of the base level: the value that fits people's forgetting in most of the studies behind ACT-R."""

YOUNGEST = 1 / 24
"""The least age in days. Within an hour all is of now: without a floor, one mention a second ago would hide a year."""

ASKED = 6.0
"""What an entity gains that the query is wholly about: some more than lies between what was said once, a year ago
(-3), and what was said once, now (1.6), so that what is asked for comes before what merely is on one's mind."""

STEP = 0.5
"""The share of it that all neighbours of such an entity have together."""


@dataclass(frozen=True, slots=True)
class Activated:
    """An entity that a person has mentioned, and how much it is on their mind: `activation` = `base` + `spread`."""

    entity: Entity
    activation: float
    base: float
    spread: float
    count: int
    """How often it was mentioned by then."""
    last: int
    """When it was mentioned last, by then."""


def activated(
    times: Mapping[Entity, Sequence[int]],
    *,
    now: int,
    asked: Mapping[Entity, float],
    ties: Sequence[SeenWith],
    related: Sequence[Related],
) -> list[Activated]:
    """All that was mentioned by `now`, the most active first, equals by name.

    `times` are of each mention; later ones do not count. `asked` says how much the query is about an entity (0 to 1).
    `ties` and `related` are the person's own; they carry no time of their own, so they spread whenever one asks.
    """
    spread = _spread(asked, _pairs(ties, related))
    found: list[Activated] = []
    for entity, mentioned in times.items():
        known, last = mentioned, max(mentioned, default=now)
        if last > now:
            known = [time for time in mentioned if time <= now]
            last = max(known, default=now)
        if known:
            base, gained = _base_level(known, now), spread.get(entity, 0.0)
            found.append(Activated(entity, base + gained, base, gained, len(known), last))
    return sorted(found, key=lambda one: (-one.activation, one.entity.name, one.entity.type))


def _base_level(times: Sequence[int], now: int) -> float:
    ages = [(now - time) / DAY for time in times]
    return log(fsum([(age if age > YOUNGEST else YOUNGEST) ** -DECAY for age in ages]))


def _pairs(ties: Sequence[SeenWith], related: Sequence[Related]) -> Iterator[tuple[Entity, Entity, int]]:
    """Two entities, and how many messages tie them."""
    yield from ((tie.first, tie.second, tie.count) for tie in ties)
    yield from ((one.relation.subject, one.relation.object, len(one.sources)) for one in related)


def _spread(asked: Mapping[Entity, float], pairs: Iterable[tuple[Entity, Entity, int]]) -> dict[Entity, float]:
    """What each entity gains: by being asked for, and from each neighbour that is, by count over that one's fan."""
    sources = {entity: weight for entity, weight in asked.items() if weight > 0}
    tied: dict[Entity, dict[Entity, int]] = {source: defaultdict(int) for source in sources}
    for first, second, count in pairs:
        if first != second and count > 0:
            for source, other in ((first, second), (second, first)):
                if source in tied:
                    tied[source][other] += count
    gains: dict[Entity, list[float]] = defaultdict(list)
    for source, weight in sources.items():
        gains[source].append(ASKED * weight)
        fan = sum(tied[source].values())
        for entity, count in tied[source].items():
            gains[entity].append(ASKED * STEP * weight * count / fan)
    return {entity: fsum(parts) for entity, parts in gains.items()}
