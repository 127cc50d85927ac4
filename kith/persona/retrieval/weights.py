"""Every constant of the retrieval method in one table, and how each part of it is switched off."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

__all__ = ["METHOD", "PARTS", "Method", "Part", "without"]

Part: TypeAlias = Literal[
    "dense",
    "lexical",
    "neighbours",
    "names left out",
    "writer",
    "conversation",
    "asking back",
    "date",
    "time",
    "number",
    "name",
]


@dataclass(frozen=True, slots=True)
class Method:
    """The weights of the method. They are round on purpose: finer ones gained at home and lost on other people's talk.

    What is weighed by `dense`, `lexical` and `signal` is standardised within the pool, so that 1 is one deviation.
    """

    nearest: int = 50
    """Candidates by vector; a hundred do no better."""
    best_by_words: int = 50
    """Candidates by words: what the vectors miss is found here."""
    reach: int = 2
    """Messages before and after each candidate that join the pool: an answer stands beside what it answers."""

    names_left_out: bool = True
    """Who talks is not searched for: their names would drag in every message that has one."""
    dense: float = 1.0
    """Meaning; as much as words, as neither is better on all questions."""
    lexical: float = 1.0
    """Words, by BM25 of the message among its neighbours."""
    k1: float = 1.2
    """How soon repetition stops counting: the usual value."""
    b: float = 0.6
    """How much length counts against: less than usual, as all texts are made of a few short messages."""
    own: float = 4.0
    """How often the message itself is repeated in its text for BM25."""
    beside: float = 2.0
    """The messages just before and after: what "yes, on Friday" answers."""
    beyond: float = 1.0
    """Those beyond them."""

    writer: float = 1.0
    """For the one person of those who talk whom the question names: people ask what somebody said of themselves."""
    conversation: float = 0.3
    """Times the mean of the conversation's best: where much fits, the rest fits better."""
    best_of_conversation: int = 3
    """How many of its messages speak for a conversation."""
    asking_back: float = -1.5
    """Times the share of questions, where nobody says I: who asks does not tell."""

    date: float = 2.0
    """Times how near the message is to a day, month or year that is asked for."""
    day_steps: tuple[tuple[int, float], ...] = ((1, 1.0), (8, 0.7), (31, 0.3))
    """Within so many days of a day, and what that counts: one speaks of a day before and after it."""
    month_days: int = 12
    """Days after a month (or another period of up to 31 days) in which it is still spoken of."""
    after_month: float = 0.5
    """What these count."""
    long_period: float = 0.3
    """What a message in a longer period counts: a year has many."""

    time: float = 1.4
    """For a time expression, where it is asked when or how long."""
    number: float = 0.7
    """For a number, where it is asked how many, how often, how old."""
    name: float = 0.85
    """For each name or title, where it is asked who, where or which."""
    most_names: int = 3
    """Names that count: a list of them answers no better."""

    signal: float = 1.0
    """A second signal that a caller brings with each message, standardised."""
    beside_signal: float = 0.5
    """What `dense` and `lexical` are multiplied with beside it. `conversation` goes, as such a signal holds it."""

    most_facts: int = 12
    """Facts in an answer without a language model."""
    most_quoted: int = 3
    """Messages that it quotes."""
    quoted_within: float = 1.5
    """How far below the best one a message may score to be quoted beside it."""
    short_message: int = 240
    """Characters of a message that is quoted whole: a chat's sentences lean on each other."""
    support_of_score: float = 1 / 30
    """A score beside a cosine, when it is judged whether a message answers at all. The two together tell it better than
    either: the score alone is only relative to the pool."""
    least_support: float = 0.65
    """Cosine and score together, from which on a message answers. Of the development set's questions that nothing
    answers a fifth reaches it, and of first messages that are right five in six do."""
    least_shared: float = 0.55
    """Where there is no cosine: the share of the question's words that a message must have. Only a quarter of the right
    ones have it, and next to none of the wrong ones: with less, a third of what nothing answers is answered."""


METHOD = Method()

PARTS: tuple[Part, ...] = get_args(Part)
_OFF: Mapping[Part, Mapping[str, Any]] = {
    "dense": {"dense": 0.0},
    "lexical": {"lexical": 0.0},
    "neighbours": {"beside": 0.0, "beyond": 0.0},
    "names left out": {"names_left_out": False},
    "writer": {"writer": 0.0},
    "conversation": {"conversation": 0.0},
    "asking back": {"asking_back": 0.0},
    "date": {"date": 0.0},
    "time": {"time": 0.0},
    "number": {"number": 0.0},
    "name": {"name": 0.0},
}


def without(part: Part, method: Method = METHOD) -> Method:
    """The method with one part switched off."""
    return replace(method, **_OFF[part])
