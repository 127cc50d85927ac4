"""What was learned of one person, as the graph and the ledger have it: now, or as far as it was known at some time."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kith.persona.activation import Activated, activated
from kith.persona.by_name import by_name
from kith.persona.evidence import Evidence, Mentioned, Related, SeenWith, Ties, Touched, Wants
from kith.persona.facts import timeline
from kith.persona.language.persons import names_of
from kith.persona.model import Entity, Fact, Message, User
from kith.serving.attempts import Attempts
from kith.serving.house import House
from kith.stores.ports import Narrowed

__all__ = ["Learned", "facts_of", "holds", "known_by", "learned_of", "surfaces_of", "ties_of"]

LATEST_MENTIONS = 2000
"""Mentions of which each has its time."""
LOOKED_BACK = 500
"""Messages, the newest, from which things and intents are told as they were known at some time."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned of a person. A thing of one name is one thing here, whatever types it was taken for."""

    facts: tuple[Fact, ...] = ()
    wants: tuple[Wants, ...] = ()
    times: Mapping[Entity, Sequence[int]] | None = None
    """Of each mention."""
    seen_with: tuple[SeenWith, ...] = ()
    related: tuple[Related, ...] = ()
    surfaces: Mapping[Entity, str] | None = None
    same: Mapping[Entity, Entity] | None = None
    """For each thing that was taken for several, the one that stands for all of these."""

    def one(self, entity: Entity) -> Entity:
        """What stands here for an entity."""
        return (self.same or {}).get(entity, entity)

    def latest(self, count: int) -> list[Entity]:
        """What was spoken of last."""
        times = self.times or {}
        return sorted(times, key=lambda one: (-max(times[one], default=0), one))[:count]

    def active(self, at: int, asked: Mapping[Entity, float]) -> list[Activated]:
        """What is on the person's mind, the most active first."""
        return activated(self.times or {}, now=at, asked=asked, ties=self._tied(asked), related=self._related(asked))

    def _tied(self, asked: Mapping[Entity, float]) -> list[SeenWith]:
        """The ties of what is asked for: no others are spread along."""
        one = self.one
        pairs = ((one(tie.first), one(tie.second), tie.count) for tie in self.seen_with) if asked else ()
        return [SeenWith(first, second, count) for first, second, count in pairs if first in asked or second in asked]

    def _related(self, asked: Mapping[Entity, float]) -> list[Related]:
        one = self.one
        told = ((tie, one(tie.relation.subject), one(tie.relation.object)) for tie in self.related) if asked else ()
        return [
            replace(tie, relation=replace(tie.relation, subject=subject, object=other))
            for tie, subject, other in told
            if subject in asked or other in asked
        ]


def holds(fact: Fact, at: int) -> bool:
    """Whether a fact was so at some time."""
    return fact.since <= at and (fact.until is None or fact.until > at)


def ties_of(house: House, tenant: str, user_id: str, attempts: Attempts) -> Ties:
    """All that ties a person, from the graph; the ledger, of which it is made, tells it where the graph does not."""
    stores = house.stores
    ties = attempts.of("graph", lambda: stores.graph.get_ties(tenant, user_id), None)
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
    ties = attempts.of("graph", lambda: house.stores.graph.get_ties(tenant, user_id), None)
    return () if ties is None else ties.facts or ()


def learned_of(
    house: House, tenant: str, user: User, attempts: Attempts, *, at: int, known_at: int | None = None
) -> Learned:
    """What was learned of a person, of what was said up to a time."""
    if known_at is not None:
        return _known_then(house, tenant, user, attempts, at=at, known_at=known_at)
    ties = ties_of(house, tenant, user.user_id, attempts)
    insight = house.stores.ledger.insight
    latest = attempts.of(
        "ledger", lambda: insight.mention_times(tenant, user.user_id, until=at + 1, limit=LATEST_MENTIONS), {}
    )
    # Of what was not spoken of lately the totals tell enough.
    before = {one.entity: [one.first, one.last][: one.count] for one in ties.mentioned if one.entity not in latest}
    times = before | latest
    wants = ties.wants
    if any(one.last > at for one in wants):
        wanted = attempts.of("ledger", lambda: insight.intents_by_time(tenant, user.user_id, limit=5000), [])
        wants = _counted((time, intent) for time, intent in wanted if time <= at)
    return _as_things(
        user, Learned(ties.facts or (), wants, times, ties.seen_with, ties.related, _surfaces(ties.mentioned))
    )


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
    return _as_things(user, Learned(facts, _counted(wanted), times, surfaces=surfaces))


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


def _surfaces(mentioned: Iterable[Mentioned]) -> dict[Entity, str]:
    return {one.entity: one.surface for one in mentioned}


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
    times = {one: found for one, found in (learned.times or {}).items() if one.name not in own}
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
    return replace(learned, times=together, same=same)
