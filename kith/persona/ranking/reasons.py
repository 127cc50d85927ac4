"""A score in words: each part of it as a reason that a person can read, and that names nobody."""

from collections.abc import Iterable

from kith.persona.model import EngagementKind
from kith.persona.ranking.asking import Reason, ReasonKind
from kith.persona.ranking.scoring import PARTS, Scored
from kith.persona.ranking.signals import Followed, Response

__all__ = ["reasons"]

MOST_NAMED = 3

OFTEN = 0.3
"""From this rate on, of those that a campaign was shown to, it was often taken."""

DID: dict[frozenset[EngagementKind], str] = {
    frozenset({"like"}): "liked it",
    frozenset({"convert"}): "took it",
    frozenset({"like", "convert"}): "liked it",
    frozenset({"click"}): "opened it",
    frozenset({"view"}): "looked at it",
}


def reasons(scored: Scored) -> tuple[Reason, ...]:
    """The parts of a score, the greatest first. What gives nothing is no reason."""
    intents = [one.replace("_", " ") for one in scored.overlap.intents]
    names = [one.name for one in scored.overlap.entities]
    told: list[tuple[ReasonKind, int, str, int]] = [
        ("similar", scored.by_similar, _near_text(scored.near), scored.near.people),
        ("intent", scored.by_intents, f"fits what you look for: {_listed(intents)}", len(intents)),
        ("entity", scored.by_entities, f"shares your interest in {_listed(names)}", len(names)),
        ("engagement", scored.by_engagement, _response_text(scored.response), scored.response.positives),
    ]
    given = sorted((one for one in told if one[1]), key=lambda one: (-one[1], one[0]))
    return tuple(Reason(kind, parts / PARTS, text, count) for kind, parts, text, count in given)


def _near_text(near: Followed) -> str:
    people = "1 person" if near.people == 1 else f"{near.people} people"
    return f"{people} who talked about something like this {DID.get(near.kinds, 'took an interest in it')}"


def _response_text(response: Response) -> str:
    if response.shown == 0:
        return "new: nobody has been shown it yet"
    if response.positives == 0:
        return "people who saw it did not take it so far"
    often = "often" if response.positives >= OFTEN * response.shown else "sometimes"
    return f"people who saw it {often} took it"


def _listed(names: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b, c and 2 more`; what is called the same stands once."""
    distinct = list(dict.fromkeys(names))
    more = len(distinct) - MOST_NAMED
    named = [*distinct[:MOST_NAMED], *([f"{more} more"] if more > 0 else [])]
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)
