"""Which messages answer a question: vectors, words and cues added up over a pool of candidates, best first."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from kith.persona.model import Message
from kith.persona.retrieval.cues import date_match, has_number, has_time, names_in, question_share, says_i
from kith.persona.retrieval.lexical import Floats, Weighted, bm25
from kith.persona.retrieval.question import Question, first_name
from kith.persona.retrieval.weights import METHOD, Method

__all__ = ["Said", "Scored", "Weighed", "weigh"]

Said: TypeAlias = tuple[Message, tuple[Message, ...]]
"""A message that may answer, and what was said around it, itself among it, by ascending time."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A message and how well it answers. The parts that came into play add up to the score."""

    message: Message
    score: float
    parts: Mapping[str, float]
    cosine: float | None = None
    """As it came in: unlike the score, it means something outside its pool."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A pool as its words tell it, before a vector is known: messages by ascending key, and numbers in their order."""

    question: Question
    """With all who talk in the pool."""
    messages: tuple[Message, ...]
    lexical: Floats
    """How well each has the question's words, standardised."""
    cues: Mapping[str, Floats]
    method: Method

    def ranked(self, cosines: Mapping[str, float], signals: Mapping[str, float] | None = None) -> list[Scored]:
        """All messages, the best first; of equals the newer, then the lesser key.

        `cosines` of question and message, and `signals`, any second measure that a caller has, by key. Where no cosine
        is known words alone count; where some are, the others are taken to be like the mean.
        """
        if not self.messages:
            return []
        messages, method = self.messages, self.method
        parts = self._found(_known(messages, cosines), _known(messages, signals or {}))
        if self.question.about is not None:
            parts["writer"] = method.writer * _each(messages, self.question.wrote)
        if "signal" not in parts:
            parts["conversation"] = _of_conversation(messages, _total(parts, len(messages)), method=method)
        parts |= self.cues
        rows = zip(*(values.tolist() for values in parts.values()), strict=True)
        scored = [
            Scored(message, score, dict(zip(parts, row, strict=True)), cosines.get(message.key))
            for message, score, row in zip(messages, _total(parts, len(messages)).tolist(), rows, strict=True)
        ]
        return sorted(scored, key=lambda one: (-one.score, -one.message.timestamp, one.message.key))

    def _found(self, cosines: Floats | None, signals: Floats | None) -> dict[str, Floats]:
        """What found them: vectors, words, and a second signal where there is one. All of it is standardised."""
        method = self.method
        share = 1.0 if signals is None else method.beside_signal
        parts = {"lexical": share * method.lexical * self.lexical}
        if cosines is not None:
            parts["dense"] = share * method.dense * cosines
        if signals is not None:
            parts["signal"] = method.signal * signals
        return parts


def weigh(question: Question, said: Iterable[Said], *, method: Method = METHOD) -> Weighed:
    """All that needs no vector, of messages and what was said around each: it may be done while vectors are awaited.

    Each message stands there once; their order makes no difference.
    """
    # One order for all sums: what is added up in another order differs in its last digits.
    pool = sorted(said, key=lambda one: one[0].key)
    messages = tuple(message for message, _ in pool)
    question = _with_authors(question, messages)
    weighted = [_weighted(message, window, method=method) for message, window in pool]
    words = bm25(question.searched, weighted, k1=method.k1, b=method.b)
    lexical = _standardised(words) if messages else words
    return Weighed(question, messages, lexical, _cues(question, messages, method=method), method)


def _with_authors(question: Question, messages: Iterable[Message]) -> Question:
    """The question, where it did not know of everybody who talks here."""
    unknown = {message.author for message in messages if message.author is not None}.difference(question.talking)
    return question.among(sorted(unknown)) if unknown else question


def _weighted(message: Message, window: Sequence[Message], *, method: Method) -> list[Weighted]:
    """The text for words: the message, and what was said around it."""
    weighted = [(message.text, method.own)] if method.own else []
    own = next((place for place, said in enumerate(window) if said.key == message.key), None)
    if own is not None:
        for place, said in enumerate(window):
            weight = method.beside if abs(place - own) == 1 else method.beyond
            if weight and place != own:
                weighted.append((said.text, weight))
    return weighted


def _known(messages: Sequence[Message], values: Mapping[str, float]) -> Floats | None:
    """The standardised values, 0 where one is not known; None where none is."""
    of_each = [values.get(message.key) for message in messages]
    known = np.array([value is not None for value in of_each])
    if not known.any():
        return None
    found = np.zeros(len(of_each))
    found[known] = _standardised(np.array([value for value in of_each if value is not None]))
    return found


def _standardised(values: Floats) -> Floats:
    """With mean 0 and deviation 1; all 0 where they don't differ by more than what rounding makes of equals."""
    deviation = float(values.std())
    if deviation <= 1e-9 * float(np.abs(values).max()):
        return np.zeros(len(values))
    return (values - values.mean()) / deviation


def _of_conversation(messages: Sequence[Message], scores: Floats, *, method: Method) -> Floats:
    """What the best messages of each one's conversation say for it."""
    spoken: dict[tuple[str, str], list[float]] = defaultdict(list)
    for message, score in zip(messages, scores.tolist(), strict=True):
        spoken[message.user_id, message.conversation_id].append(score)
    best = {which: sorted(those, reverse=True)[: method.best_of_conversation] for which, those in spoken.items()}
    means = {which: sum(those) / len(those) for which, those in best.items()}
    return method.conversation * np.array([means[message.user_id, message.conversation_id] for message in messages])


def _cues(question: Question, messages: Sequence[Message], *, method: Method) -> dict[str, Floats]:
    """What the question asks for besides its subject, and who only asks. Nothing is looked for that is not asked."""
    wants = question.wants
    cues = {"asking back": method.asking_back * _each(messages, _asks_back)}
    if question.periods:
        cues["date"] = method.date * _each(
            messages, lambda one: max(date_match(one.timestamp, named, method=method) for named in question.periods)
        )
    if wants.when:
        cues["time"] = method.time * _each(messages, lambda one: has_time(one.text))
    if wants.number:
        cues["number"] = method.number * _each(messages, lambda one: has_number(one.text))
    if wants.name:
        talking = {first_name(name) for name in question.talking}
        named = _each(messages, lambda one: names_in(one.text, besides=talking, most=method.most_names))
        cues["name"] = method.name * named
    return cues


def _asks_back(message: Message) -> float:
    return 0.0 if says_i(message.text) else question_share(message.text)


def _each(messages: Sequence[Message], worth: Callable[[Message], float]) -> Floats:
    return np.array([worth(message) for message in messages], dtype=np.float64)


def _total(parts: Mapping[str, Floats], count: int) -> Floats:
    return np.sum([*parts.values(), np.zeros(count)], axis=0)
