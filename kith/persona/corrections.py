"""Statements as they were made, and what a correction ("actually it's decaf") makes of one made shortly before."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kith.persona.model import Entity, Statement

__all__ = ["CORRECTED", "Stated", "corrected"]

CORRECTED = "corrected"
"""The predicate of a correction. Its object is what somebody meant; the rest is that of the statement it speaks of."""

WINDOW = 60 * 60 * 1000
"""For how many milliseconds a statement may be corrected by another message without being named."""

OF_THEIR_KIND = frozenset({"place", "organisation", "person"})
"""Types that only the same type corrects. What is called a thing may be any of the others."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement with the message that makes it and that message's time."""

    key: str
    timestamp: int
    statement: Statement

    @property
    def until(self) -> int | None:
        """Until when it holds, as stated; what is denied, until it was denied."""
        said = self.statement
        return self.timestamp if said.denied and said.until is None else said.until

    @property
    def since(self) -> int:
        """From when it holds: as stated, else from when it was said; what is over by then, from when it was over."""
        since = self.timestamp if self.statement.since is None else self.statement.since
        until = self.until
        if until is None:
            return since
        return until if self.statement.denied else min(since, until)

    @property
    def only_ends(self) -> bool:
        """Whether it says no more than that something is over."""
        return self.since == self.until


def corrected(stated: Iterable[Stated]) -> list[Stated]:
    """All that is stated, each once, with what each correction ends and what it states instead.

    A correction speaks of the latest statement that holds, made within the hour before it in another message, of an
    object that what was meant could be. One that finds nothing says nothing.
    """
    once = set(stated)
    said = sorted((one for one in once if one.statement.predicate != CORRECTED), key=_in_time)
    for correction in sorted((one for one in once if one.statement.predicate == CORRECTED), key=_in_time):
        meant = None if correction.statement.denied else _spoken_of(said, correction)
        if meant is not None:
            for one in _instead(meant, correction):
                insort(said, one, key=_in_time)
    return said


def _in_time(one: Stated) -> tuple[int, str, bool, int, str, Entity, int, str, str, bool]:
    s = one.statement
    return (
        one.timestamp,
        one.key,
        one.only_ends,
        one.since,
        s.predicate,
        s.object,
        one.until or 0,
        s.origin,
        s.detail,
        s.denied,
    )


def _spoken_of(said: Sequence[Stated], correction: Stated) -> Stated | None:
    at = correction.timestamp
    first = bisect_left(said, at - WINDOW, key=lambda one: one.timestamp)
    last = bisect_right(said, at, key=lambda one: one.timestamp)
    over: set[tuple[str, Entity]] = set()
    for one in reversed(said[first:last]):
        what = (one.statement.predicate, one.statement.object)
        if one.key == correction.key or what in over:
            continue
        if one.only_ends or (one.until is not None and one.until <= at):
            over.add(what)
        elif _agree(correction.statement.object, one.statement.object):
            return one
    return None


def _agree(meant: Entity, stated: Entity) -> bool:
    return meant.type == stated.type or (meant.type == "thing" and stated.type not in OF_THEIR_KIND)


def _instead(meant: Stated, correction: Stated) -> Iterator[Stated]:
    """The end of what was stated, and the same of what was meant: of the very same, only that it is so."""
    before, now = meant.statement, correction.statement
    at = max(correction.timestamp, meant.since)  # what had not begun never began
    # A name of its own says what it is; a kind ("cat" of a cat) goes with what it was the kind of.
    kind = now.object.name if before.detail == before.object.name else before.detail
    if before.object != now.object:
        yield replace(correction, statement=replace(before, since=at, until=at, origin=now.origin, denied=True))
    yield replace(
        correction,
        statement=replace(now, predicate=before.predicate, since=at, until=before.until, detail=now.detail or kind),
    )
