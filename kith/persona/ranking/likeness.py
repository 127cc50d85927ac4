"""Which campaigns are like one another: in what they are about, and in what they say."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum, log1p, sqrt
from typing import TypeAlias

from kith.persona.model import Entity
from kith.persona.ranking.asking import Shared

__all__ = ["Alike", "alike"]

ABOUT, SAYS = 0.5, 0.5
"""Shares of the two parts, each in [0, 1]: neither was seen to be the better one everywhere."""
DECIMALS = 6

Feature: TypeAlias = "str | Entity"


@dataclass(frozen=True, slots=True)
class Alike:
    """A campaign that is like another, how much (0 to 1), and what both are about, the rarest first."""

    campaign_id: str
    score: float
    shared: tuple[str, ...]


def alike(of: str, about: Mapping[str, Shared], cosines: Mapping[str, float], *, limit: int) -> list[Alike]:
    """The campaigns most like one of them, equals by id. `cosines` are of its text to the others', where known.

    What few campaigns are about says more than what many are.
    """
    features: dict[str, frozenset[Feature]] = {
        name: frozenset([*shared.intents, *shared.entities]) for name, shared in about.items()
    }
    having = Counter(one for own in features.values() for one in own)
    rare = {one: log1p(len(features) / count) for one, count in having.items()}
    length = {name: sqrt(fsum(rare[one] ** 2 for one in own)) for name, own in features.items()}
    found: list[Alike] = []
    for name, own in features.items():
        both = sorted(own & features[of], key=lambda one: (-rare[one], _called(one)))
        common = fsum(rare[one] ** 2 for one in both) / (length[name] * length[of]) if both else 0.0
        score = round(ABOUT * common + SAYS * max(0.0, cosines.get(name, 0.0)), DECIMALS)
        if name != of and score > 0:
            found.append(Alike(name, score, tuple(dict.fromkeys(map(_called, both)))))
    return sorted(found, key=lambda one: (-one.score, one.campaign_id))[:limit]


def _called(feature: Feature) -> str:
    return feature if isinstance(feature, str) else feature.name
