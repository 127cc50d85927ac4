"""The short card of a person for a system prompt: what holds of them, and what they are about lately.

The same to the byte while nothing changed: time is counted back from what the person said last, never from now.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kith.persona.activation import Activated, activated
from kith.persona.evidence import Evidence, Wants
from kith.persona.language.persons import names_of
from kith.persona.model import Entity, Fact, User
from kith.persona.prompt_text import profile_text
from kith.serving.frame.attempts import Attempts
from kith.serving.frame.house import House
from kith.serving.memory.learned import holds, ties_of
from kith.serving.memory.telling import Teller
from kith.serving.shapes.memory import Line, Profile
from kith.stores.ports import Narrowed

__all__ = ["card_of"]

DAY = 24 * 60 * 60 * 1000
LATELY = 30 * DAY
"""How far before somebody's newest message it is lately."""
LOOKED_AT = 200
"""Of those messages, the newest."""
FACTS, PLANS, INTENTS, THINGS = 40, 8, 5, 10
"""Lines of each kind: a card that stands before every conversation is short."""
SOURCES = 3
"""Messages, the newest, that stand for an intent or a thing."""
PLANNED = "plans"


@dataclass(slots=True)
class _Lately:
    """What was spoken of and wanted, with the time and the key of each message, the newest first."""

    things: dict[Entity, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    intents: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))


def card_of(house: House, tenant: str, user: User) -> Profile:
    """The card of one person; one who has said nothing has an empty one."""
    attempts, documents = Attempts(), house.stores.documents
    newest = documents.page_messages(tenant, user.user_id, limit=1)
    at = newest[0].timestamp if newest else 0
    ties = ties_of(house, tenant, user.user_id, attempts, kinds=("mentioned", "facts"))
    facts = [fact for fact in ties.facts or () if holds(fact, at)]
    static = _surest((fact for fact in facts if fact.predicate != PLANNED), most=FACTS)
    plans = sorted((fact for fact in facts if fact.predicate == PLANNED), key=lambda one: (-one.since, one.id))[:PLANS]
    lately = _lately(house, tenant, user, attempts, at=at)
    intents = _intents(lately.intents)
    told = names_of(user.user_id, user.name) | {one.object.name for one in (*static, *plans)}
    times = {thing: [time for time, _ in said] for thing, said in lately.things.items() if thing.name not in told}
    things = activated(times, now=at, asked={}, ties=(), related=())[:THINGS]
    teller = Teller.of(documents, tenant, [*static, *plans], surfaces=ties.surfaces)
    surface = teller.surface([*static, *plans])
    dynamic = [Line(text=teller.words(one), sources=list(one.sources)) for one in plans]
    dynamic += [Line(text=one.intent, sources=_keys(lately.intents[one.intent])) for one in intents]
    dynamic += [Line(text=surface(one.entity), sources=_keys(lately.things[one.entity])) for one in things]
    return Profile(
        user_id=user.user_id,
        name=user.name,
        static=[Line(text=teller.words(one), sources=list(one.sources)) for one in static],
        dynamic=dynamic,
        text=profile_text(static, plans=plans, intents=intents, entities=_by_time(things), surface=surface),
        degraded=attempts.degraded,
    )


def _surest(facts: Iterable[Fact], *, most: int) -> list[Fact]:
    """Those that are most certain, of equals the latest; by predicate and start."""
    best = sorted(facts, key=lambda one: (one.origin != "hand", -one.confidence, -one.since, one.id))[:most]
    return sorted(best, key=lambda one: (one.predicate, one.since, one.id))


def _lately(house: House, tenant: str, user: User, attempts: Attempts, *, at: int) -> _Lately:
    page = house.stores.documents.page_messages(
        tenant, user.user_id, only=Narrowed(role="user", since=at - LATELY), limit=LOOKED_AT
    )
    keys = [one.key for one in page]
    taught: Mapping[str, Evidence] = attempts.of(
        "ledger", lambda: house.stores.ledger.evidence.get_many(tenant, keys), {}
    )
    lately = _Lately()
    for message in page:
        if message.key in taught:
            found, said = taught[message.key].extraction, (message.timestamp, message.key)
            for thing in {mention.entity for mention in found.mentions}:
                lately.things[thing].append(said)
            for intent in set(found.intents):
                lately.intents[intent].append(said)
    return lately


def _intents(wanted: Mapping[str, Sequence[tuple[int, str]]]) -> list[Wants]:
    found = [Wants(intent, len(said), said[0][0]) for intent, said in wanted.items()]
    return sorted(found, key=lambda one: (-one.last, one.intent))[:INTENTS]


def _by_time(things: Sequence[Activated]) -> list[Activated]:
    return sorted(things, key=lambda one: (-one.last, one.entity))


def _keys(said: Sequence[tuple[int, str]]) -> list[str]:
    return [key for _, key in said[:SOURCES]]
