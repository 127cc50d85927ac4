"""From all that a person's messages state to what was true when: independent of the order of arrival."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from kith.persona.corrections import Stated, corrected
from kith.persona.identity import identity
from kith.persona.model import Entity, Fact

__all__ = ["PREDICATES", "SINGLE_VALUED", "Stated", "fact_id", "timeline"]

PREDICATES: tuple[str, ...] = (
    "likes",
    "dislikes",
    "prefers",
    "lives_in",
    "works_at",
    "role",
    "owns",
    "plans",
    "allergic_to",
    "diet",
    "family",
    "has_pet",
    "speaks",
    "birthday",
    "goal",
)
"""What the rules know how to say of a person. A hand may state others."""

SINGLE_VALUED = frozenset({"lives_in", "works_at", "birthday"})
"""Predicates with one value at a time: a new one closes the old one, and does not erase it."""


def fact_id(tenant: str, user_id: str, predicate: str, object_id: str, *, since: int) -> str:
    """The id of what is said of a person and a thing, from some time on."""
    return identity("fact", tenant, user_id, predicate, object_id, str(since))


def timeline(tenant: str, user_id: str, stated: Iterable[Stated]) -> tuple[Fact, ...]:
    """A person's facts, sorted by predicate, start and object. The same statement twice is one fact, two sources.

    What is denied ends the fact it is said of, and makes none.
    """
    by_predicate: dict[str, list[Stated]] = defaultdict(list)
    for one in corrected(stated):
        by_predicate[one.statement.predicate].append(one)
    facts: list[Fact] = []
    for predicate in sorted(by_predicate):
        ordered = sorted(by_predicate[predicate], key=_order)
        found = _one_at_a_time(ordered) if predicate in SINGLE_VALUED else _side_by_side(ordered)
        told = [_fact(tenant, user_id, span, until) for span, until in found if span.is_said]
        facts.extend(sorted(told, key=lambda fact: (fact.since, fact.object)))
    return tuple(facts)


class _Span:
    """Statements of one object with no end between them, by their start."""

    __slots__ = ("_ended", "_held", "stated")

    def __init__(self, first: Stated) -> None:
        self.stated: list[Stated] = []
        self._ended: tuple[int, str, int] | None = None
        self._held: int | None = None
        self.add(first)

    def add(self, one: Stated) -> None:
        self.stated.append(one)
        until = one.until
        if until is None:
            self._held = one.timestamp if self._held is None else max(self._held, one.timestamp)
        else:
            ended = (one.timestamp, one.key, until)
            self._ended = ended if self._ended is None else max(self._ended, ended)

    @property
    def end(self) -> int | None:
        """The end that was said last, unless it was said later than that end that it still holds."""
        if self._ended is None:
            return None
        end = self._ended[2]
        return None if self._held is not None and self._held > end else end

    @property
    def since(self) -> int:
        return self.stated[0].since

    @property
    def is_said(self) -> bool:
        """Whether anybody said that it is or was so."""
        return any(not one.statement.denied for one in self.stated)

    def holds(self, one: Stated) -> bool:
        """Whether a statement about the same that begins no earlier belongs here."""
        end = self.end
        return end is None or one.since <= end


def _order(one: Stated) -> tuple[int, bool, int, Entity, str, int, str]:
    said = one.statement
    return (one.since, one.only_ends, one.timestamp, said.object, one.key, one.until or 0, said.origin)


def _beginning(one: Stated) -> tuple[int, bool, Entity]:
    return (one.since, one.only_ends, one.statement.object)


def _side_by_side(ordered: Iterable[Stated]) -> list[tuple[_Span, int | None]]:
    spans: list[_Span] = []
    latest: dict[Entity, _Span] = {}
    for one in ordered:
        span = latest.get(one.statement.object)
        if span is not None and span.holds(one):
            span.add(one)
        else:
            latest[one.statement.object] = _Span(one)
            spans.append(latest[one.statement.object])
    return [(span, span.end) for span in spans]


def _one_at_a_time(ordered: Sequence[Stated]) -> list[tuple[_Span, int | None]]:
    """What begins closes what was; what is only said to be over closes nothing but itself."""
    last_said = {_beginning(one): (one.timestamp, one.statement.object) for one in ordered}
    # Of things that begin at once the one said last stays; what is said of one thing stands together.
    ordered = sorted(ordered, key=lambda one: (one.since, one.only_ends, last_said[_beginning(one)]))
    begun: list[_Span] = []
    over: list[_Span] = []
    latest: dict[Entity, _Span] = {}
    for one in ordered:
        span = latest.get(one.statement.object)
        unbroken = one.only_ends or begun[-1:] == [span]
        if span is not None and unbroken and span.holds(one):
            span.add(one)
        else:
            latest[one.statement.object] = span = _Span(one)
            (over if one.only_ends else begun).append(span)
    closed = [(span, span.end) for span in over]
    for at, span in enumerate(begun):
        ends = [span.end] if at + 1 == len(begun) else [span.end, begun[at + 1].since]
        closed.append((span, min((end for end in ends if end is not None), default=None)))
    return closed


def _fact(tenant: str, user_id: str, span: _Span, until: int | None) -> Fact:
    statement = span.stated[0].statement
    stated = sorted(span.stated, key=lambda one: (one.timestamp, one.key, one.statement.detail))
    said = [one.statement for one in stated if not one.statement.denied]
    return Fact(
        id=fact_id(tenant, user_id, statement.predicate, statement.object.id_in(tenant), since=span.since),
        predicate=statement.predicate,
        object=statement.object,
        since=span.since,
        until=until,
        confidence=max(one.confidence for one in said),
        origin="hand" if any(one.statement.origin == "hand" for one in stated) else statement.origin,
        sources=tuple(dict.fromkeys(one.key for one in stated)),
        detail=next((one.detail for one in reversed(said) if one.detail), ""),
    )
