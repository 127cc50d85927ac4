"""How well retrieval finds what answers a question: which share of it is among the first messages that it gives."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev
from typing import Literal, TypeAlias, get_args

__all__ = [
    "CUTS",
    "HALVES",
    "JUDGED_AT",
    "KINDS",
    "Answered",
    "Gain",
    "Half",
    "Kind",
    "Measured",
    "Posed",
    "Recall",
    "answered",
    "fused",
    "gain",
    "measure",
]

Kind: TypeAlias = Literal["one", "many", "time", "inference", "none"]
Half: TypeAlias = Literal["tune", "held"]
KINDS: tuple[Kind, ...] = get_args(Kind)
HALVES: tuple[Half, ...] = get_args(Half)
CUTS = (5, 10, 20, 50)
"""How many of the first messages are looked at."""
JUDGED_AT = 10
"""The one of these at which ways are compared."""
DAMPING = 60
"""Of reciprocal-rank fusion: the usual value."""
SURE = 1.96
"""Standard errors to either side that 95 in 100 means of samples keep to."""


@dataclass(frozen=True, slots=True)
class Posed:
    """A question, and the keys of the messages that answer it: none for one of the kind `none`, and only for that."""

    id: str
    kind: Kind
    answers: frozenset[str]
    half: Half | None = None


@dataclass(frozen=True, slots=True)
class Recall:
    """The share of the answering messages among the first of what was given, by how many: a mean over questions.

    None where there is no question.
    """

    questions: int
    at: Mapping[int, float | None]


@dataclass(frozen=True, slots=True)
class Measured:
    """How well one way of finding does: on all questions that have an answer, by kind, and by half."""

    overall: Recall
    kinds: Mapping[Kind, Recall]
    halves: Mapping[Half, Recall]


@dataclass(frozen=True, slots=True)
class Gain:
    """How much more one way finds than another among the first `JUDGED_AT`, as a share: the mean over questions.

    With 95 in 100, the mean over all questions of that kind lies from `low` to `high`.
    """

    difference: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Answered:
    """How questions were answered without a language model."""

    answerable: int
    answered: int
    """Of the answerable."""
    right: int
    """Of the answered: those that cite a message that answers."""
    unanswerable: int
    invented: int
    """Of the unanswerable: those that were answered all the same."""


def measure(posed: Sequence[Posed], given: Sequence[Sequence[str]]) -> Measured:
    """Measures what was given for each question: keys, the best first. Kinds and halves without any are left out."""
    shares: list[tuple[Posed, Mapping[int, float]]] = [
        (one, {cut: _share(one, keys, cut=cut) for cut in CUTS})
        for one, keys in zip(posed, given, strict=True)
        if one.answers
    ]
    kinds: dict[Kind, list[Mapping[int, float]]] = defaultdict(list)
    halves: dict[Half, list[Mapping[int, float]]] = defaultdict(list)
    for one, share in shares:
        kinds[one.kind].append(share)
        if one.half is not None:
            halves[one.half].append(share)
    return Measured(
        overall=_mean([share for _, share in shares]),
        kinds={kind: _mean(kinds[kind]) for kind in KINDS if kinds[kind]},
        halves={half: _mean(halves[half]) for half in HALVES if halves[half]},
    )


def gain(posed: Sequence[Posed], given: Sequence[Sequence[str]], *, over: Sequence[Sequence[str]]) -> Gain | None:
    """How much more is found in `given` than in `over`, question by question; None of fewer than two."""
    gained = [
        _share(one, keys, cut=JUDGED_AT) - _share(one, others, cut=JUDGED_AT)
        for one, keys, others in zip(posed, given, over, strict=True)
        if one.answers
    ]
    if len(gained) < 2:
        return None
    mean = fmean(gained)
    give = SURE * stdev(gained, mean) / sqrt(len(gained))
    return Gain(mean, mean - give, mean + give)


def fused(rankings: Iterable[Sequence[str]], *, limit: int) -> list[str]:
    """Reciprocal-rank fusion: what stands high in several rankings, first; of equals the lesser key."""
    scores: dict[str, float] = defaultdict(float)
    for ranking in rankings:
        for place, key in enumerate(ranking, start=1):
            scores[key] += 1 / (DAMPING + place)
    return sorted(scores, key=lambda key: (-scores[key], key))[:limit]


def answered(posed: Sequence[Posed], cited: Sequence[Sequence[str] | None]) -> Answered:
    """Counts the answers; `cited` are the keys that each rests on, None where there was no answer."""
    pairs = list(zip(posed, cited, strict=True))
    given = [(one, keys) for one, keys in pairs if keys is not None]
    return Answered(
        answerable=sum(bool(one.answers) for one, _ in pairs),
        answered=sum(bool(one.answers) for one, _ in given),
        right=sum(not one.answers.isdisjoint(keys) for one, keys in given),
        unanswerable=sum(not one.answers for one, _ in pairs),
        invented=sum(not one.answers for one, _ in given),
    )


def _share(posed: Posed, keys: Sequence[str], *, cut: int) -> float:
    return len(posed.answers.intersection(keys[:cut])) / len(posed.answers)


def _mean(shares: Sequence[Mapping[int, float]]) -> Recall:
    at = {cut: sum(share[cut] for share in shares) / len(shares) if shares else None for cut in CUTS}
    return Recall(len(shares), at)
