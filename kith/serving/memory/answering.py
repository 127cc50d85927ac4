"""Answers to questions about a person: by a language model where there is one, else in the words that are there."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from kith.etl.llm import Chat, LlmError
from kith.persona.model import Entity, Message, User
from kith.persona.retrieval.answering import answer
from kith.persona.retrieval.facts_asked import Told, facts_asked
from kith.persona.time import iso
from kith.serving.frame.attempts import Attempts
from kith.serving.frame.house import House
from kith.serving.memory.asking_model import ask_model
from kith.serving.memory.contexts import context_of, found_by
from kith.serving.memory.finding import Found
from kith.serving.memory.judging import Judge, Said
from kith.serving.memory.learned import learned_of, ties_of
from kith.serving.memory.recalled import Learned, told
from kith.serving.memory.telling import Teller
from kith.serving.shapes.memory import AskedAnswer, Citation, Context

__all__ = [
    "UNKNOWN",
    "Asking",
    "Shown",
    "answer_by_model",
    "answer_in_their_words",
    "answer_to",
    "asking_of",
    "citations",
]

log = logging.getLogger("kith.serving")

UNKNOWN = "Nothing that is known answers this."


@dataclass(frozen=True, slots=True)
class Shown:
    """What a language model is shown, of all that was learned, and what holds its sentences against that as soon as it
    can."""

    chat: Chat
    learned: Learned
    context: Context
    judge: Future[Judge]


@dataclass(frozen=True, slots=True)
class Asking:
    """A question about a person, and what was found for it. One per answer, for one thread at a time."""

    house: House
    tenant: str
    user: User
    found: Found
    attempts: Attempts
    shown: Shown | None
    """Where there is a model to be asked."""

    @property
    def query(self) -> str:
        return self.found.question.text

    def without_model(self, error: LlmError) -> None:
        """Notes that the model did not answer."""
        log.warning("answered without a model: %s", error)
        self.attempts.failed.add("llm")


def asking_of(house: House, tenant: str, user: User, query: str, *, max_tokens: int) -> Asking:
    """A question, with all that is needed to answer it."""
    attempts, at, chat = Attempts(), house.clock(), house.chat
    if chat is None:  # what was learned is read by whoever shows it
        found = found_by(house, tenant, user, query, Learned(), attempts, at=at)
        return Asking(house, tenant, user, found, attempts, shown=None)
    learned = learned_of(house, tenant, user, attempts, at=at)
    found = found_by(house, tenant, user, query, learned, attempts, at=at)
    context = context_of(
        house,
        tenant,
        user,
        attempts,
        query=query,
        found=found,
        learned=learned,
        at=at,
        max_tokens=max_tokens,
    )
    judge = house.beside.submit(Judge, house.tools.embedder, context)  # while the model reads
    return Asking(house, tenant, user, found, attempts, Shown(chat, learned, context, judge))


def answer_to(asking: Asking) -> AskedAnswer:
    """The answer to a question; `unknown` where nothing that is known answers."""
    shown = asking.shown
    if shown is not None:
        try:
            claims = ask_model(shown.chat, shown.context, asking.query)
        except LlmError as error:
            asking.without_model(error)
        else:
            said = [shown.judge.result().judged(one) for one in claims]
            keys = sorted({key for one in said for key in one.keys})
            messages = asking.house.stores.documents.get_messages(asking.tenant, keys)
            return answer_by_model(asking, said, messages)
    return answer_in_their_words(asking)


def answer_by_model(asking: Asking, said: Sequence[Said], messages: Mapping[str, Message]) -> AskedAnswer:
    """What a model said, with those of these messages that it rests on."""
    keys = dict.fromkeys(key for one in said for key in one.keys)
    return AskedAnswer(
        answer=" ".join(one.text for one in said) or UNKNOWN,
        kind="llm" if said else "unknown",
        citations=citations(asking, keys, messages),
        degraded=asking.attempts.degraded,
        unsupported=[one.text for one in said if not one.supported],
    )


def citations(asking: Asking, keys: Iterable[str], messages: Mapping[str, Message]) -> list[Citation]:
    """Those of these messages that are there, each with the fact that was learned from it."""
    shown = asking.shown
    facts = {} if shown is None else {key: fact.id for fact in shown.context.facts for key in fact.sources}
    return [
        Citation(key=key, text=messages[key].text, timestamp=iso(messages[key].timestamp), fact=facts.get(key))
        for key in keys
        if key in messages
    ]


def answer_in_their_words(asking: Asking) -> AskedAnswer:
    """The sentences and facts that answer, as they were said and learned."""
    found, attempts = asking.found, asking.attempts
    known, surfaces = _known(asking)
    # For these alone the messages are fetched that show how their names are written.
    facts = [one.fact for one in facts_asked(found.question, known)]
    teller = Teller.of(asking.house.stores.documents, asking.tenant, facts, surfaces=surfaces)
    in_words = [Told(fact, teller.words(fact), teller.said(fact)) for fact in facts]
    given = answer(found.question, in_words, found.scored)
    if given is None:
        return AskedAnswer(answer=UNKNOWN, kind="unknown", citations=[], degraded=attempts.degraded)
    return AskedAnswer(
        answer=given.text,
        kind="extractive",
        citations=[
            Citation(key=one.key, text=one.text, timestamp=iso(one.timestamp), fact=one.fact) for one in given.citations
        ],
        degraded=attempts.degraded,
    )


def _known(asking: Asking) -> tuple[Sequence[Told], Mapping[Entity, str]]:
    """The facts, and how the person writes what they mention: as a model was shown them, else read now."""
    if asking.shown is not None:
        return asking.shown.learned.told, asking.shown.learned.surfaces
    ties = ties_of(asking.house, asking.tenant, asking.user.user_id, asking.attempts, kinds=("mentioned", "facts"))
    return told(ties.facts or ()), ties.surfaces
