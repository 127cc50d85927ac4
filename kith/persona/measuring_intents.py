"""How well intents are found: what was found in messages beside what people labelled there."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kith.persona.language.intents import IntentFinder, Judged
from kith.persona.measuring import Score

__all__ = ["THRESHOLDS", "AtThreshold", "Labelled", "Measured", "Mistaken", "measure"]

THRESHOLDS = tuple(step / 100 for step in range(10, 55, 5))
"""Those of the table that helps to choose one: scores about the centre of the examples are seldom above a half."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One message and its intent, None where it has none of the taxonomy's."""

    id: str
    text: str
    intent: str | None


@dataclass(frozen=True, slots=True)
class Mistaken:
    """A message with another answer than its label, and the intent that is nearest to it."""

    message: Labelled
    found: str | None
    nearest: Judged


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """What would be found if that were the threshold."""

    threshold: float
    score: Score


@dataclass(frozen=True, slots=True)
class Measured:
    """How a set of messages was judged. `scores` go by intent, in the order of the taxonomy."""

    scores: Mapping[str, Score]
    overall: Score
    """Over all messages, not a mean over intents."""
    empty: int
    """Messages that are labelled with no intent."""
    invented: int
    """How many of these were given one."""
    curve: tuple[AtThreshold, ...]
    mistaken: tuple[Mistaken, ...]


def measure(messages: Sequence[Labelled], judged: Sequence[Judged], finder: IntentFinder) -> Measured:
    """Compares the finder's answers with the labels. `judged` is what it thinks of each message's vector, in order."""
    texts = [message.text for message in messages]

    def answers(threshold: float) -> list[str | None]:
        return finder.answers(texts, judged, threshold=threshold)

    found = answers(finder.taxonomy.threshold)
    labels = [message.intent for message in messages]
    return Measured(
        scores=_by_intent(labels, found, finder.taxonomy.names),
        overall=_overall(labels, found),
        empty=labels.count(None),
        invented=sum(label is None and answer is not None for label, answer in zip(labels, found, strict=True)),
        curve=tuple(AtThreshold(threshold, _overall(labels, answers(threshold))) for threshold in THRESHOLDS),
        mistaken=tuple(
            Mistaken(message, answer, near)
            for message, answer, near in zip(messages, found, judged, strict=True)
            if answer != message.intent
        ),
    )


def _by_intent(labels: Sequence[str | None], found: Sequence[str | None], names: Sequence[str]) -> Mapping[str, Score]:
    labelled, given = Counter(labels), Counter(found)
    right = Counter(label for label, answer in zip(labels, found, strict=True) if label == answer)
    return {name: Score(labelled[name], given[name], right[name]) for name in names}


def _overall(labels: Sequence[str | None], found: Sequence[str | None]) -> Score:
    pairs = list(zip(labels, found, strict=True))
    return Score(
        labelled=sum(label is not None for label, _ in pairs),
        found=sum(answer is not None for _, answer in pairs),
        right=sum(label is not None and label == answer for label, answer in pairs),
    )
