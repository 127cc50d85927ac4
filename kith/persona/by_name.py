"""Things by what they are called: one name is one thing to a person, whatever types it was taken for."""

from collections.abc import Iterable
from dataclasses import replace
from math import fsum

from kith.persona.evidence import Mentioned

__all__ = ["by_name"]

UNTYPED = "name"
"""The type of what is known to be a name and nothing more."""


def by_name(mentioned: Iterable[Mentioned]) -> tuple[Mentioned, ...]:
    """What a person speaks of, each name once, the most spoken of first.

    A parser may take the same name for a person in one message and for a place in another. Of its types the one that
    it was taken for most often stands, a bare name last; counts add up.
    """
    named: dict[str, list[Mentioned]] = {}
    for one in mentioned:
        named.setdefault(one.entity.name, []).append(one)
    return tuple(sorted(map(_one, named.values()), key=lambda one: (-one.count, one.entity)))


def _one(same: list[Mentioned]) -> Mentioned:
    best = min(same, key=lambda one: (one.entity.type == UNTYPED, -one.count, one.entity))
    spoken = min(same, key=lambda one: (-one.count, one.surface))
    count = sum(one.count for one in same)
    feeling = fsum(one.sentiment * one.count for one in same) / count if count else 0.0  # in any order
    return replace(
        best,
        surface=spoken.surface,
        count=count,
        sentiment=feeling,
        first=min(one.first for one in same),
        last=max(one.last for one in same),
    )
