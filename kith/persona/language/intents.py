"""What a message wants: the nearest of the intents of a taxonomy, or nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kith.persona.embedding import Vectors, usable
from kith.persona.identity import Json, content_digest
from kith.persona.language.asking import GATE, wants_something

__all__ = ["NEAREST", "Intent", "IntentFinder", "Judged", "Taxonomy"]

NEAREST = 4
"""How many of an intent's examples a message is compared with: those that are nearest to it."""

SCORING = "mean of the 4 nearest, about the centre of all examples, to 6 digits"
DIGITS = 6


@dataclass(frozen=True, slots=True)
class Intent:
    """Something that people want, with messages that want it."""

    name: str
    about: str
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Taxonomy:
    """The intents that are told apart, and when a message has none of them."""

    intents: tuple[Intent, ...]
    none: tuple[str, ...]
    """Messages that want nothing of the kind."""
    threshold: float
    """The least score that is an answer."""
    margin: float = 0.0
    """By how much that score must exceed the score of the messages that want nothing."""
    gate: bool = True
    """Whether only messages are looked at that, as English, may ask for something."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(intent.name for intent in self.intents)

    @property
    def texts(self) -> list[str]:
        """All examples, those of no intent last: what is to be embedded, in this order, for an `IntentFinder`."""
        return [text for group in self.groups for text in group]

    @property
    def groups(self) -> list[tuple[str, ...]]:
        """The examples of each intent, and those of none."""
        return [*(intent.examples for intent in self.intents), self.none]

    @cached_property
    def version(self) -> str:
        """12 hex digits that change whenever a message may be judged differently (by the same embedder)."""
        examples: list[Json] = [
            [name, *sorted(group)] for name, group in zip([*self.names, ""], self.groups, strict=True)
        ]
        rules: list[Json] = [self.threshold, self.margin, GATE if self.gate else "", SCORING]
        return content_digest({"examples": examples, "rules": rules})[:12]


@dataclass(frozen=True, slots=True)
class Judged:
    """The intent that is nearest to a message, how near, and how much nearer than the messages that want nothing."""

    intent: str
    score: float
    lead: float


class IntentFinder:
    """Finds the intents of messages by their vectors.

    A score is the mean cosine of a message to the nearest examples of an intent, measured about the centre of all
    examples: what they have in common, being short messages, tells nothing apart. Of equal scores the first intent's
    counts.

    Vectors may differ in their last bits from one machine to another, and so may scores in their last digits. An answer
    differs only where a score stands right at the threshold, the margin or another score.
    """

    def __init__(self, taxonomy: Taxonomy, vectors: Vectors) -> None:
        """`vectors` are those of `taxonomy.texts`, row by row."""
        if len(vectors) != len(taxonomy.texts):
            raise ValueError(f"{len(vectors)} vectors for the {len(taxonomy.texts)} examples of a taxonomy")
        self.taxonomy = taxonomy
        wide = vectors.astype(np.float64)
        self._centre = wide.mean(axis=0)
        self._examples = _unit(wide - self._centre)
        self._ends = np.cumsum([len(group) for group in taxonomy.groups]).tolist()

    def find(self, texts: Sequence[str], rows: Vectors) -> list[str | None]:
        """The intent of each message, by its words (where the taxonomy has a gate) and its vector."""
        return self.answers(texts, self.judge(rows), threshold=self.taxonomy.threshold)

    def nearest(self, rows: Vectors) -> list[str | None]:
        """The intent of each message by its vector alone."""
        return [self._answer(one, self.taxonomy.threshold) for one in self.judge(rows)]

    def answers(self, texts: Sequence[str], judged: Iterable[Judged], *, threshold: float) -> list[str | None]:
        """What `find` would say if that were the threshold."""
        gate = self.taxonomy.gate
        return [
            None if gate and not wants_something(text) else self._answer(one, threshold)
            for text, one in zip(texts, judged, strict=True)
        ]

    def judge(self, rows: Vectors) -> list[Judged]:
        """The nearest intent of each vector, whether or not it is near. One that cannot be compared is near to none."""
        good = usable(rows)
        scores = self._scores(np.where(good[:, None], rows, 0))
        best = scores[:, :-1].argmax(axis=1)
        top = np.where(good, scores[np.arange(len(rows)), best], -1.0)
        leads = np.round(top - scores[:, -1], DIGITS)
        names = self.taxonomy.names
        return [
            Judged(names[int(place)], float(score), float(lead))
            for place, score, lead in zip(best, top, leads, strict=True)
        ]

    def _answer(self, judged: Judged, threshold: float) -> str | None:
        near = judged.score >= threshold and judged.lead >= self.taxonomy.margin
        return judged.intent if near else None

    def _scores(self, rows: Vectors) -> NDArray[np.float64]:
        """A column for each intent, and one for none."""
        cosines = _unit(rows.astype(np.float64) - self._centre) @ self._examples.T
        scores = np.full((len(rows), len(self._ends)), -1.0)
        for column, (start, end) in enumerate(zip([0, *self._ends], self._ends, strict=False)):
            count = min(NEAREST, end - start)
            if count:
                group = np.sort(cosines[:, start:end], axis=1)
                scores[:, column] = group[:, -count:].mean(axis=1)
        return scores.round(DIGITS)


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of length 1; one that stands at the centre stays there, at a right angle to all."""
    norms: NDArray[np.float64] = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    norms[norms == 0] = 1.0
    return rows / norms[:, None]
