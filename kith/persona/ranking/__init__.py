"""Which campaigns to show a person, in which order, and why: pure functions over what the stores gave."""

from kith.persona.ranking.asking import Asked, Neighbour, Reason, ReasonKind, Recommended, Shared, Source
from kith.persona.ranking.recommending import recommend
from kith.persona.ranking.weights import WEIGHTS, Weights

__all__ = [
    "WEIGHTS",
    "Asked",
    "Neighbour",
    "Reason",
    "ReasonKind",
    "Recommended",
    "Shared",
    "Source",
    "Weights",
    "recommend",
]
