"""Answers to questions about a person: by a language model where there is one, else in the words that are there."""

import logging
from collections.abc import Mapping, Sequence

from kith.etl.llm import LlmError
from kith.persona.model import Fact, Message, User
from kith.persona.retrieval.answering import answer
from kith.persona.retrieval.facts_asked import Told, facts_asked
from kith.persona.time import iso
from kith.persona.wording import fact_text
from kith.serving.frame.attempts import Attempts
from kith.serving.frame.house import House
from kith.serving.memory.asking_model import Said, ask_model
from kith.serving.memory.contexts import context_of
from kith.serving.memory.finding import Found
from kith.serving.memory.learned import learned_of, ties_of
from kith.serving.memory.telling import Teller
from kith.serving.shapes.memory import AskedAnswer, Citation, Context

__all__ = ["UNKNOWN", "answer_to"]

log = logging.getLogger("kith.serving")

UNKNOWN = "Nothing that is known answers this."


def answer_to(
    house: House, tenant: str, user: User, found: Found, attempts: Attempts, *, at: int, max_tokens: int
) -> AskedAnswer:
    """The answer to the question that `found` was found for; `unknown` where nothing that is known answers."""
    if house.chat is not None:
        query, learned = found.question.text, learned_of(house, tenant, user, attempts, at=at)
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
        try:
            said = ask_model(house.chat, house.tools.embedder, context, query)
        except LlmError as error:
            log.warning("answered without a model: %s", error)
            attempts.failed.add("llm")
        else:
            return _by_model(said, context, _sources(house, tenant, said), attempts)
    return _in_their_words(house, tenant, user, found, attempts)


def _sources(house: House, tenant: str, said: Sequence[Said]) -> Mapping[str, Message]:
    return house.stores.documents.get_messages(tenant, sorted({key for one in said for key in one.keys}))


def _by_model(
    said: Sequence[Said], context: Context, messages: Mapping[str, Message], attempts: Attempts
) -> AskedAnswer:
    facts = {key: fact.id for fact in context.facts for key in fact.sources}
    cited = dict.fromkeys(key for one in said for key in one.keys if key in messages)
    return AskedAnswer(
        answer=" ".join(one.text for one in said) or UNKNOWN,
        kind="llm" if said else "unknown",
        citations=[
            Citation(key=key, text=messages[key].text, timestamp=iso(messages[key].timestamp), fact=facts.get(key))
            for key in cited
        ],
        degraded=attempts.degraded,
        unsupported=[one.text for one in said if not one.supported],
    )


def _in_their_words(house: House, tenant: str, user: User, found: Found, attempts: Attempts) -> AskedAnswer:
    ties = ties_of(house, tenant, user.user_id, attempts)
    surfaces = {one.entity: one.surface for one in ties.mentioned}
    facts = _asked_for(found, ties.facts or ())
    teller = Teller.of(house.stores.documents, tenant, facts, surfaces=surfaces)
    told = [Told(fact, teller.words(fact), teller.said(fact)) for fact in facts]
    given = answer(found.question, told, found.scored)
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


def _asked_for(found: Found, facts: Sequence[Fact]) -> list[Fact]:
    """The facts that answer: for these alone the messages are fetched that show how their names are written."""
    plain = [Told(fact, fact_text(fact)) for fact in facts]
    return [one.fact for one in facts_asked(found.question, plain)]
