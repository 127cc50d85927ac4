"""Which messages answer a question: vectors, words and cues added up over a pool of candidates, best first."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kith.persona.model import Message
from kith.persona.retrieval.cues import date_match, has_number, has_time, names_in, question_share, says_i
from kith.persona.retrieval.lexical import Floats, Weighted, bm25
from kith.persona.retrieval.question import Question, first_name, read_question
from kith.persona.retrieval.weights import METHOD, Method

__all__ = ["Candidate", "Scored", "rank"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message that may answer. `window` is what was said around it, itself among it, by ascending time.

    `cosine` of question and message, None where it is not known; `signal` is any second measure that a caller has.
    """

    message: Message
    window: tuple[Message, ...]
    cosine: float | None = None
    signal: float | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """A message and how well it answers. The parts that came into play add up to the score."""

    message: Message
    score: float
    parts: Mapping[str, float]
    cosine: float | None = None
    """As it came in: unlike the score, it means something outside its pool."""


def rank(question: Question, candidates: Sequence[Candidate], *, method: Method = METHOD) -> list[Scored]:
    """All candidates, each message once among them, the best first; of equals the newer, then the lesser key.

    Their order makes no difference. Where no cosine is known words alone count; where some are, the others are taken to
    be like the mean.
    """
    if not candidates:
        return []
    # One order for all sums: what is added up in another order differs in its last digits.
    pool = sorted(candidates, key=lambda candidate: candidate.message.key)
    messages = [candidate.message for candidate in pool]
    question = _with_authors(question, messages, method=method)
    parts = _found(question, pool, method=method)
    if question.about is not None:
        parts["writer"] = method.writer * _each(messages, question.wrote)
    if "signal" not in parts:
        parts["conversation"] = _of_conversation(messages, _total(parts, len(pool)), method=method)
    parts |= _cues(question, messages, method=method)
    total = _total(parts, len(pool))
    rows = {name: values.tolist() for name, values in parts.items()}
    scored = [
        Scored(candidate.message, score, {name: row[place] for name, row in rows.items()}, candidate.cosine)
        for place, (candidate, score) in enumerate(zip(pool, total.tolist(), strict=True))
    ]
    return sorted(scored, key=lambda one: (-one.score, -one.message.timestamp, one.message.key))


def _with_authors(question: Question, messages: Sequence[Message], *, method: Method) -> Question:
    """The question, where it did not know of everybody who talks here."""
    authors = {message.author for message in messages if message.author is not None}
    unknown = authors.difference(question.talking)
    if not unknown:
        return question
    return read_question(
        question.text,
        asked=question.asked,
        person=question.person,
        others=(*question.talking, *sorted(unknown)),
        method=method,
    )


def _found(question: Question, pool: Sequence[Candidate], *, method: Method) -> dict[str, Floats]:
    """What found them: vectors, words, and a second signal where there is one. All of it is standardised."""
    weighted = [_weighted(candidate, method=method) for candidate in pool]
    words = _standardised(bm25(question.searched, weighted, k1=method.k1, b=method.b))
    cosines = _known([candidate.cosine for candidate in pool])
    signals = _known([candidate.signal for candidate in pool])
    share = 1.0 if signals is None else method.beside_signal
    parts = {"lexical": share * method.lexical * words}
    if cosines is not None:
        parts["dense"] = share * method.dense * cosines
    if signals is not None:
        parts["signal"] = method.signal * signals
    return parts


def _weighted(candidate: Candidate, *, method: Method) -> list[Weighted]:
    """The text for words: the message, and what was said around it."""
    key = candidate.message.key
    own = next((place for place, said in enumerate(candidate.window) if said.key == key), None)
    around = [] if own is None else [(said, abs(place - own)) for place, said in enumerate(candidate.window)]
    weighted = [(candidate.message.text, method.own)]
    weighted += [(said.text, method.beside if away == 1 else method.beyond) for said, away in around if away]
    return [(text, weight) for text, weight in weighted if weight]


def _known(values: Sequence[float | None]) -> Floats | None:
    """The standardised values, 0 where one is not known; None where none is."""
    known = np.array([value is not None for value in values])
    if not known.any():
        return None
    found = np.zeros(len(values))
    found[known] = _standardised(np.array([value for value in values if value is not None]))
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
