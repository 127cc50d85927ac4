"""What an embedder must do, and what is embedded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kith.persona.model import Entity

__all__ = ["Embedder", "ModelCard", "Vectors", "entity_text", "usable"]

Vectors: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Which model made the vectors of a collection: kept with it, and compared before anything is written."""

    name: str
    digest: str
    """Of the weights (sha256, hex), or of the recipe where there are none."""
    dimension: int


class Embedder(Protocol):
    """Turns texts into vectors.

    Promises: one row of `card.dimension` float32 per text, in the order given; length 1; the same text gives the same
    row to within 0.999 cosine, whatever else is in the call; an empty call gives an array of shape (0, dimension).
    """

    @property
    def card(self) -> ModelCard: ...

    def embed(self, texts: Sequence[str]) -> Vectors: ...


def entity_text(entity: Entity) -> str:
    """What is embedded for an entity: its name and its type, where the type says something."""
    return entity.name if entity.type == "name" else f"{entity.name} ({entity.type})"


def usable(vectors: Vectors) -> NDArray[np.bool_]:
    """Which rows are vectors that can be searched: finite, and not all zero."""
    finite = np.isfinite(vectors).all(axis=1)
    return finite & (np.abs(np.where(np.isfinite(vectors), vectors, 0)).max(axis=1, initial=0) > 0)
