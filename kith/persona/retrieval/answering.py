"""The answer that needs no language model: facts and sentences that are there, cited, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kith.persona.language.dates.cycles import MONTH_NAMES, day_of
from kith.persona.model import Message
from kith.persona.retrieval.cues import asks, has_number, has_time, names_in, sentences
from kith.persona.retrieval.facts_asked import Told, content_stems, facts_asked
from kith.persona.retrieval.lexical import stems
from kith.persona.retrieval.question import Question, first_name
from kith.persona.retrieval.scoring import Scored
from kith.persona.retrieval.weights import METHOD, Method

__all__ = ["Answer", "Citation", "Told", "answer"]


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a part of an answer stands: in this message, with these words; `fact` is the id of what it shows."""

    key: str
    text: str
    timestamp: int
    fact: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found, in the words in which it was said or learned."""

    text: str
    citations: tuple[Citation, ...]


def answer(
    question: Question, told: Sequence[Told], scored: Sequence[Scored], *, method: Method = METHOD
) -> Answer | None:
    """The facts that answer, or else the sentences of the best messages; None where neither does.

    It never says yes or no: it shows what bears on the question. `scored` comes from `Weighed.ranked`, the best first.
    """
    facts = facts_asked(question, told)[: method.most_facts]
    if facts:
        return Answer(" ".join(_sentence(one, question) for one in facts), tuple(map(_of_fact, facts)))
    quoted = [
        (one.message, said)
        for one in scored[: method.most_quoted]
        if _supports(one, question, best=scored[0].score, method=method)
        and (said := _answering(one.message, question, method=method)) is not None
    ]
    if not quoted:
        return None
    return Answer(
        "\n".join(_quoted(message, said, question) for message, said in quoted),
        tuple(Citation(message.key, said, message.timestamp) for message, said in quoted),
    )


def _sentence(told: Told, question: Question) -> str:
    """A fact as a sentence, which says so where it is over."""
    until = told.fact.until
    over = until is not None and until <= question.asked
    ended = f" (until {_day(until)})" if over and until is not None else ""
    return f"{told.text[:1].upper()}{told.text[1:]}{ended}."


def _of_fact(told: Told) -> Citation:
    """The newest message that says it; of one that is not at hand, the fact's own words."""
    if told.said:
        newest = told.said[-1]
        return Citation(newest.key, newest.text, newest.timestamp, told.fact.id)
    return Citation(told.fact.sources[-1] if told.fact.sources else "", told.text, told.fact.since, told.fact.id)


def _supports(one: Scored, question: Question, *, best: float, method: Method) -> bool:
    """Whether a message says enough of what is asked: by its vector and score, without one by the words it shares."""
    if best - one.score > method.quoted_within:
        return False
    if one.cosine is not None:
        return one.cosine + method.support_of_score * one.score >= method.least_support
    asked = content_stems(question.searched)
    shared = set(asked).intersection(stems(one.message.text))
    return len(shared) >= method.least_shared * max(1, len(asked))


def _answering(message: Message, question: Question, *, method: Method) -> str | None:
    """What a message says, questions left out; of a long one the sentence with most of what is asked for."""
    said = [one for one in sentences(message.text) if not asks(one)]
    if sum(map(len, said)) <= method.short_message:
        return " ".join(said) or None
    asked = set(content_stems(question.searched))
    besides = {first_name(name) for name in question.talking}

    def worth(sentence: str) -> int:
        wants = question.wants
        return (
            len(asked.intersection(stems(sentence)))
            + (wants.when and has_time(sentence))
            + (wants.number and has_number(sentence))
            + (wants.name and names_in(sentence, besides=besides) > 0)
        )

    return max(said, key=worth)


def _quoted(message: Message, said: str, question: Question) -> str:
    """A sentence with who said it, where several talk, and when, where that is asked."""
    author = f"{message.author}: " if message.author is not None and len(question.talking) > 1 else ""
    return f"{author}{said} ({_day(message.timestamp)})" if question.wants.when else f"{author}{said}"


def _day(timestamp: int) -> str:
    day = date.fromordinal(day_of(timestamp))
    return f"{day.day} {MONTH_NAMES[day.month - 1].capitalize()} {day.year}"
