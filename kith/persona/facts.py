"""From all that a person's messages state to what was true when: independent of the order of arrival."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kith.persona.identity import identity
from kith.persona.model import Entity, Fact, Statement

__all__ = ["SINGLE_VALUED", "Stated", "timeline"]

SINGLE_VALUED = frozenset({"lives_in", "works_at"})
"""Predicates with one value at a time: a new one closes the old one, and does not erase it."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement with the message that makes it and that message's time."""

    key: str
    timestamp: int
    statement: Statement

    @property
    def since(self) -> int:
        """From when it holds: as stated, else from when it was said."""
        return self.timestamp if self.statement.since is None else self.statement.since


def timeline(tenant: str, user_id: str, stated: Iterable[Stated]) -> tuple[Fact, ...]:
    """A person's facts, sorted by predicate, start and object. The same statement twice is one fact, two sources."""
    by_predicate: dict[str, list[Stated]] = defaultdict(list)
    for one in stated:
        by_predicate[one.statement.predicate].append(one)
    facts: list[Fact] = []
    for predicate in sorted(by_predicate):
        ordered = sorted(by_predicate[predicate], key=_order)
        if predicate in SINGLE_VALUED:
            facts.extend(_one_at_a_time(tenant, user_id, ordered))
        else:
            facts.extend(_side_by_side(tenant, user_id, ordered))
    return tuple(facts)


def _order(one: Stated) -> tuple[int, int, Entity, str]:
    return (one.since, one.timestamp, one.statement.object, one.key)


def _side_by_side(tenant: str, user_id: str, ordered: Sequence[Stated]) -> list[Fact]:
    groups: dict[Entity, list[Stated]] = defaultdict(list)
    for one in ordered:
        groups[one.statement.object].append(one)
    facts = [_fact(tenant, user_id, group, closed_at=None) for group in groups.values()]
    return sorted(facts, key=lambda fact: (fact.since, fact.object))


def _one_at_a_time(tenant: str, user_id: str, ordered: Sequence[Stated]) -> list[Fact]:
    spans: list[list[Stated]] = []
    for one in ordered:
        if spans and spans[-1][0].statement.object == one.statement.object:
            spans[-1].append(one)
        else:
            spans.append([one])
    facts: list[Fact] = []
    for span, following in zip(spans, [*spans[1:], None], strict=True):
        facts.append(_fact(tenant, user_id, span, closed_at=None if following is None else following[0].since))
    return facts


def _fact(tenant: str, user_id: str, span: Sequence[Stated], *, closed_at: int | None) -> Fact:
    first = span[0]
    statement = first.statement
    ends = [one.statement.until for one in span if one.statement.until is not None]
    own_end = max(ends) if ends else None
    until = own_end if closed_at is None else closed_at if own_end is None else min(own_end, closed_at)
    object_id = statement.object.id_in(tenant)
    return Fact(
        id=identity("fact", tenant, user_id, statement.predicate, object_id, str(first.since)),
        predicate=statement.predicate,
        object=statement.object,
        since=first.since,
        until=until,
        confidence=max(one.statement.confidence for one in span),
        origin="hand" if any(one.statement.origin == "hand" for one in span) else statement.origin,
        sources=tuple(dict.fromkeys(one.key for one in sorted(span, key=lambda s: (s.timestamp, s.key)))),
    )
