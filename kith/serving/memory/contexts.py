"""What to know about a person right now, packed into a budget of tokens: facts, things, intents and messages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kith.persona.model import Entity, Fact, Message, User
from kith.persona.packing import Packed, pack
from kith.persona.retrieval.scoring import Scored
from kith.persona.surfaces import NAMED
from kith.persona.time import iso
from kith.serving.frame.attempts import Attempts
from kith.serving.frame.house import House
from kith.serving.memory.finding import Asked, Found, find
from kith.serving.memory.learned import holds, known_by, with_ties_of
from kith.serving.memory.offering import IN_A_LINE, Wish, newest_first, offered, persona_line
from kith.serving.memory.recalled import Learned
from kith.serving.memory.telling import Teller, intent_shown, rounded, thing_shown
from kith.serving.shapes.common import Channels
from kith.serving.shapes.memory import Context
from kith.serving.shapes.people import MessageItem
from kith.stores.ports import Narrowed

__all__ = ["MAX_TOKENS", "NOW", "SOURCES", "Moments", "channels_of", "context_of", "found_by"]

MAX_TOKENS = 1500
SOURCES = 10
"""Messages, the newest, that a fact of a context names as its sources: some were said a thousand times."""
RANKED = 100
"""Messages, the best, that are looked at for what was known at some time."""
NEWEST = 100
"""Messages that are offered where nothing is asked."""


@dataclass(frozen=True, slots=True)
class Moments:
    """What was true at `as_of`, as it was known at `known_at`; now, where they are left out."""

    as_of: int | None = None
    known_at: int | None = None


NOW = Moments()


def found_by(
    house: House, tenant: str, user: User, query: str, learned: Learned, attempts: Attempts, *, at: int
) -> Found:
    """The messages up to a time that answer a question, asked at that time, and what of all that was learned it is
    about."""
    return find(house, Asked(tenant, user, query, at, only=Narrowed(until=at + 1), learned=learned), attempts)


def channels_of(house: House, found: Found | None, attempts: Attempts) -> Channels:
    """Which ways of finding were open; where nothing was asked, which would have been."""
    if found is not None:
        return Channels(dense=found.dense, lexical=found.lexical, graph="graph" not in attempts.failed)
    down = "vectors" in attempts.failed
    lexical = "lexical" in house.stores.vectors.card().abilities
    return Channels(dense=not down, lexical=lexical and not down, graph="graph" not in attempts.failed)


def context_of(
    house: House,
    tenant: str,
    user: User,
    attempts: Attempts,
    *,
    query: str | None,
    found: Found | None,
    learned: Learned,
    at: int,
    max_tokens: int = MAX_TOKENS,
    known_at: int | None = None,
    sources: int | None = None,
) -> Context:
    """What was to be known of a person at a time, for the question that `found` answers, where one was asked.

    Each fact comes with so many of its sources, or with all.
    """
    ranked = _newest(house, tenant, user, at) if found is None else found.scored
    if known_at is not None:
        ranked = _known_then(house, tenant, ranked[:RANKED], known_at, attempts)
    asked = dict[Entity, float]() if found is None else found.things
    if found is not None and known_at is None:  # ties between things have no time at which they were known
        learned = with_ties_of(house, tenant, user, learned, asked, attempts, ties=found.ties)
    wish = Wish(at, max_tokens, None if found is None else found.question, ranked, asked)
    chosen = offered(learned, wish)
    teller = _teller(house, tenant, learned, [one.piece for one in chosen.facts])
    surface = teller.surface(one.piece for one in chosen.facts)
    first = [one for one in learned.facts if one.predicate in IN_A_LINE and holds(one, at)]
    packed = pack(chosen, budget=max_tokens, count=house.count_tokens, surface=surface)
    facts = {one.piece.id: one.score for one in chosen.facts}
    return Context(
        user_id=user.user_id,
        query=query,
        as_of=iso(at),
        tokens=packed.tokens,
        max_tokens=max_tokens,
        profile=persona_line(user.name or user.user_id, [(one, teller.words(one)) for one in first]),
        facts=[teller.fact(one, score=facts[one.id], sources=sources) for one in packed.known.facts],
        entities=[thing_shown(one, tenant, surface) for one in packed.known.entities],
        messages=_messages(packed, ranked if found is not None else ()),
        intents=[intent_shown(one) for one in packed.known.intents],
        text=packed.text,
        channels=channels_of(house, found, attempts),
        degraded=attempts.degraded,
    )


def _teller(house: House, tenant: str, learned: Learned, facts: Iterable[Fact]) -> Teller:
    """For these facts. What has a name that is known needs no message to show how it is written."""
    unnamed = [one for one in facts if one.object.type not in NAMED or one.object not in learned.surfaces]
    return Teller.of(house.stores.documents, tenant, unnamed, surfaces=learned.surfaces)


def _newest(house: House, tenant: str, user: User, at: int) -> list[Scored]:
    page = house.stores.documents.page_messages(tenant, user.user_id, only=Narrowed(until=at + 1), limit=NEWEST)
    return newest_first(page)


def _known_then(house: House, tenant: str, ranked: Sequence[Scored], known_at: int, attempts: Attempts) -> list[Scored]:
    known = {one.key for one in known_by(house, tenant, (one.message for one in ranked), known_at, attempts)}
    return [one for one in ranked if one.message.key in known]


def _messages(packed: Packed, ranked: Sequence[Scored]) -> list[MessageItem]:
    scores = {one.message.key: one.score for one in ranked}

    def item(message: Message) -> MessageItem:
        return MessageItem.of(message, score=rounded(scores[message.key]) if message.key in scores else None)

    return [item(one) for one in packed.known.messages]
