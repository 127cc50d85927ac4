"""What was learned of one person, as the graph and the ledger have it: now, or as far as it was known at some time."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from kith.persona.by_name import by_name
from kith.persona.evidence import Evidence, Mentioned, Ties, Touched, Wants
from kith.persona.facts import timeline
from kith.persona.language.persons import names_of
from kith.persona.model import Entity, Fact, Message, User
from kith.serving.frame.attempts import Attempts
from kith.serving.frame.house import House
from kith.serving.memory.recalled import Learned, in_words, told
from kith.stores.ports import ALL_KINDS, Narrowed, TieKind

__all__ = [
    "authors_of",
    "facts_of",
    "holds",
    "known_by",
    "learned_of",
    "surfaces_of",
    "ties_between",
    "ties_of",
    "with_ties_of",
]

LATELY = 40
"""Of a person's messages, the newest, whose authors are known by name."""
LATEST_MENTIONS = 2000
"""Mentions of which each has its time."""
LOOKED_BACK = 500
"""Messages, the newest, from which things and intents are told as they were known at some time."""
OWN: tuple[TieKind, ...] = ("mentioned", "wants", "facts")
"""What is read of a person whatever the question is."""


def holds(fact: Fact, at: int) -> bool:
    """Whether a fact was so at some time."""
    return fact.since <= at and (fact.until is None or fact.until > at)


def ties_of(
    house: House, tenant: str, user_id: str, attempts: Attempts, *, kinds: Collection[TieKind] = ALL_KINDS
) -> Ties:
    """All that ties a person, or some kinds of it, from the graph; the ledger, of which it is made, tells all of it
    where the graph does not."""
    stores = house.stores
    ties = attempts.of("graph", lambda: stores.graph.get_ties(tenant, user_id, kinds=kinds), None)
    if ties is None:
        ties = attempts.of("ledger", lambda: stores.ledger.evidence.all_ties(tenant, user_id), None)
    return ties or Ties(user_id)


def facts_of(
    house: House, tenant: str, user_id: str, attempts: Attempts, *, known_at: int | None = None
) -> tuple[Fact, ...]:
    """All facts of a person with their times; with `known_at`, as the messages taken in by then tell them."""
    insight = house.stores.ledger.insight
    stated = attempts.of("ledger", lambda: insight.stated(tenant, user_id, known_at=known_at), None)
    if stated is not None:
        return timeline(tenant, user_id, stated)
    if known_at is not None:
        return ()
    ties = attempts.of("graph", lambda: house.stores.graph.get_ties(tenant, user_id, kinds=("facts",)), None)
    return () if ties is None else ties.facts or ()


def learned_of(
    house: House, tenant: str, user: User, attempts: Attempts, *, at: int, known_at: int | None = None
) -> Learned:
    """What was learned of a person, of what was said up to a time. Ties between things come `with_ties_of` some."""
    if known_at is not None:
        return _known_then(house, tenant, user, attempts, at=at, known_at=known_at)
    learned = _recalled(house, tenant, user, attempts)
    if learned.newest is None or learned.newest <= at:
        return learned
    return _learned(house, tenant, user, attempts, at=at)


def _recalled(house: House, tenant: str, user: User, attempts: Attempts) -> Learned:
    """All that was learned of a person, read where it is not at hand."""
    batches, recalled, who = house.stores.ledger.batches, house.recalled, (tenant, user.user_id)
    generation = attempts.of("ledger", lambda: batches.generation(*who), None)
    found = None if generation is None else recalled.get(user, generation)
    if found is not None:
        return found
    with recalled.reading(user) as keep:
        learned = _learned(house, tenant, user, attempts)
        if generation is not None and attempts.failed.isdisjoint(("graph", "ledger")):
            keep(generation, learned)
    # Whoever was forgotten by another process meanwhile must not stay here: their generation rose before they went.
    if generation is not None and attempts.of("ledger", lambda: batches.generation(*who), None) != generation:
        recalled.forget(*who)
    return learned


def _learned(house: House, tenant: str, user: User, attempts: Attempts, *, at: int | None = None) -> Learned:
    """All that was learned of a person; with `at`, of what was said up to then."""
    ties = ties_of(house, tenant, user.user_id, attempts, kinds=OWN)
    insight, until = house.stores.ledger.insight, None if at is None else at + 1
    latest = attempts.of(
        "ledger", lambda: insight.mention_times(tenant, user.user_id, until=until, limit=LATEST_MENTIONS), {}
    )
    # Of what was not spoken of lately the totals tell enough.
    before = {one.entity: [one.first, one.last][: one.count] for one in ties.mentioned if one.entity not in latest}
    times = before | latest
    wants = ties.wants
    if at is not None and any(one.last > at for one in wants):
        wanted = attempts.of("ledger", lambda: insight.intents_by_time(tenant, user.user_id, limit=5000), [])
        wants = _counted((time, intent) for time, intent in wanted if time <= at)
    learned = Learned(told(ties.facts or ()), wants, times, ties.seen_with, ties.related, ties.surfaces)
    return _as_things(user, replace(learned, authors=authors_of(house, tenant, user.user_id)))


def authors_of(house: House, tenant: str, user_id: str) -> tuple[str, ...]:
    """Whose names stand over what was said lately, theirs and others', sorted."""
    latest = house.stores.documents.page_messages(tenant, user_id, limit=LATELY)
    return tuple(sorted({one.author for one in latest if one.author is not None}))


def ties_between(house: House, tenant: str, user: User, learned: Learned, asked: Collection[Entity]) -> Ties:
    """What ties these things to others, as the graph has it; nothing is asked of it where there is nothing to tie."""
    if not asked:
        return Ties(user.user_id)
    entities = [*asked, *(one for one, best in learned.same.items() if best in asked)]
    return house.stores.graph.get_ties_between(tenant, user.user_id, entities)


def with_ties_of(
    house: House,
    tenant: str,
    user: User,
    learned: Learned,
    asked: Collection[Entity],
    attempts: Attempts,
    *,
    ties: Ties | None = None,
) -> Learned:
    """With the ties between these things and others, where they are not there yet: `ties`, if they were read before."""
    if not asked or learned.seen_with or learned.related:
        return learned
    if ties is None:
        ties = attempts.of("graph", lambda: ties_between(house, tenant, user, learned, asked), None)
    if ties is None:
        evidence = house.stores.ledger.evidence
        ties = attempts.of("ledger", lambda: evidence.all_ties(tenant, user.user_id), None)
    return learned if ties is None else replace(learned, seen_with=ties.seen_with, related=ties.related)


def _known_then(house: House, tenant: str, user: User, attempts: Attempts, *, at: int, known_at: int) -> Learned:
    """No ties between things: they carry no time, and would tell what was learned since."""
    stores = house.stores
    page = stores.documents.page_messages(tenant, user.user_id, only=Narrowed(until=at + 1), limit=LOOKED_BACK)
    known = list(known_by(house, tenant, page, known_at, attempts))
    evidence: Iterable[Evidence] = attempts.of(
        "ledger", lambda: stores.ledger.evidence.get_many(tenant, [one.key for one in known]).values(), ()
    )
    times: dict[Entity, list[int]] = defaultdict(list)
    wanted: list[tuple[int, str]] = []
    surfaces: dict[Entity, str] = {}
    for one in sorted(evidence, key=lambda one: (one.timestamp, one.key)):
        for mention in one.extraction.mentions:
            times[mention.entity].append(one.timestamp)
            surfaces[mention.entity] = mention.surface
        wanted += [(one.timestamp, intent) for intent in one.extraction.intents]
    facts = facts_of(house, tenant, user.user_id, attempts, known_at=known_at)
    return _as_things(user, Learned(told(facts), _counted(wanted), times, surfaces=surfaces))


def known_by(
    house: House, tenant: str, messages: Iterable[Message], known_at: int, attempts: Attempts
) -> Iterator[Message]:
    """Those of these messages that were taken in by then, as they are now; none while the ledger cannot tell."""
    batches = house.stores.ledger.batches
    for message in messages:
        found = attempts.of("ledger", lambda key=message.key: batches.lineage(tenant, key), None)
        if found is not None and found.committed_at <= known_at:
            yield message


def _counted(wanted: Iterable[tuple[int, str]]) -> tuple[Wants, ...]:
    counts: Counter[str] = Counter()
    last: dict[str, int] = {}
    for time, intent in wanted:
        counts[intent] += 1
        last[intent] = max(time, last.get(intent, time))
    return tuple(Wants(intent, count, last[intent]) for intent, count in sorted(counts.items()))


def surfaces_of(
    house: House, tenant: str, user_id: str, facts: Iterable[Fact], attempts: Attempts
) -> Mapping[Entity, str]:
    """How a person writes what these facts are about."""
    evidence = house.stores.ledger.evidence
    touched = Touched(user_id, entities=frozenset(fact.object for fact in facts))
    ties = attempts.of("ledger", lambda: evidence.ties(tenant, touched), None)
    return {} if ties is None else {one.entity: one.surface for one in ties.mentioned if one.count}


def _as_things(user: User, learned: Learned) -> Learned:
    """With each name once, and without what the person is called: nobody is on their own mind."""
    own = names_of(user.user_id, user.name)
    times = {one: found for one, found in learned.times.items() if one.name not in own}
    named: dict[str, list[Entity]] = defaultdict(list)
    for entity in times:
        named[entity.name].append(entity)
    same: dict[Entity, Entity] = {}
    together = dict(times)
    for several in named.values():
        if len(several) > 1:
            (best,) = by_name(Mentioned(one, "", len(times[one]), 0.0, 0, 0) for one in several)
            same |= {one: best.entity for one in several if one != best.entity}
            for one in several:
                del together[one]
            together[best.entity] = [time for one in several for time in times[one]]
    spoken_of = sorted(together, key=lambda one: (-max(together[one], default=0), one))
    spelled = {one: in_words(one.name) for one in together}
    return replace(learned, times=together, same=same, spoken_of=tuple(spoken_of), spelled=spelled)
