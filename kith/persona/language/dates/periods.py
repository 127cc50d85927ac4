"""Phrases that name a period, and parts of periods: "early 2020", "the end of the month", "later this year"."""

import re
from dataclasses import dataclass
from datetime import date
from functools import partial

from kith.persona.language.dates.cycles import Days, days, moved
from kith.persona.language.dates.date_rules import DATE_RULES, DAY_WORDS, ORDINALS
from kith.persona.language.dates.durations import NUMBER
from kith.persona.language.dates.period_rules import APPROXIMATELY, DECADES, PERIOD_RULES
from kith.persona.language.dates.readings import NAME, UNIT, Kind, When, any_of
from kith.persona.language.dates.written import Written, pattern

__all__ = ["OPENERS", "Phrase", "is_of_a_thing", "phrase_at"]

RULES = (*DATE_RULES, *PERIOD_RULES)
PARTS = {
    "early": (0, 1, 3),
    "mid": (1, 2, 3),
    "middle": (1, 2, 3),
    "late": (2, 3, 3),
    "first half": (0, 1, 2),
    "second half": (1, 2, 2),
    "first quarter": (0, 1, 4),
    "second quarter": (1, 2, 4),
    "third quarter": (2, 3, 4),
    "last quarter": (3, 4, 4),
}
"""From and to which share of the whole they reach, as numerators and denominator."""

OPENERS = pattern(
    rf"(?:(?:the|last|past|previous|coming|upcoming|next|this|early|mid|late|later|earlier|beginning|start|middle|end"
    rf"|q[1-4]|{UNIT}|{NAME}|{any_of(DAY_WORDS)}|{any_of(DECADES)}|{NUMBER}|{any_of(ORDINALS)}|{APPROXIMATELY[3:-3]})(?!\w))"
).pattern
"""What a phrase can begin with, but for figures."""

_OPENS = re.compile(rf"[0-9']|{OPENERS}")
_AFTER = re.compile(rf"(?!\w|'s?(?!\w)|'\w|-(?!(?:{NAME})(?!\w))[a-z])")
_PART_OF_DAY = pattern(
    r"(?: (?:morning|afternoon|evening|night|noon)(?!\w))?(?: at [0-9]{1,2}(?::[0-9]{2})?(?:\s?[ap]m)?(?![\w:%]))?"
)
_NOT_A_TIME = re.compile(
    r"(?<![\w'])(?:my|your|his|her|our|their|its|every|each|a|an|any|some|no|most|black|per|ash)\s+$"
)
_THE = re.compile(r"(?<![\w'])the\s+$")
_EDGE = pattern(
    r"(?:the )?(?:very )?"
    r"(?:(?P<o>beginning|start|middle|end|(?:first|second) half|(?:first|second|third|last) quarter) of"
    r"|(?P<e>early|mid|late|later|earlier)(?: in(?= )|(?=[ -])))(?: |-)"
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """What the words from `start` to before `end` name. `fixed`: the same days, whether one looks back or ahead."""

    start: int
    end: int
    when: When
    kind: Kind
    fixed: bool


def phrase_at(written: Written, place: int, *, led: str) -> Phrase | None:
    """The phrase that begins at a place, if one does. `led` is the word of time before it, "" where there is none:
    much names a time only after one ("in may", "since 2019")."""
    if not _OPENS.match(written.lower, place):
        return None
    if not led and _NOT_A_TIME.search(written.lower, max(0, place - 12), place):
        return None
    return _whole(written, place, led=led) or _part(written, place, led=led)


def is_of_a_thing(written: Written, place: int) -> bool:
    """Whether the word before makes what begins here part of a thing's name ("the 2015-2019 models")."""
    around = (written.lower, max(0, place - 12), place)
    return bool(_NOT_A_TIME.search(*around) or _THE.search(*around))


def _whole(written: Written, place: int, *, led: str) -> Phrase | None:
    for shape, rule in RULES:
        match = shape.match(written.lower, place)
        if match is None or not _AFTER.match(written.lower, match.end()):
            continue
        found = rule(match, written, led)
        if found is not None:
            when, kind, fixed = found
            part = _PART_OF_DAY.match(written.lower, match.end()) if kind in ("day", "weekday") else None
            return Phrase(place, part.end() if part else match.end(), when, kind, fixed)
    return None


def _part(written: Written, place: int, *, led: str) -> Phrase | None:
    """A part of a period, which needs a word of time before it where the period does."""
    edge = _EDGE.match(written.lower, place)
    whole = None if edge is None else _whole(written, edge.end(), led="of")
    if edge is None or whole is None or not (led or whole.fixed or whole.kind == "month"):
        return None
    share = " ".join((edge["o"] or edge["e"]).split())
    kind: Kind = "last" if share == "end" else "other"
    return Phrase(place, whole.end, partial(_when, whole, share), kind, whole.fixed)


def _when(whole: Phrase, share: str, today: int, future: bool) -> Days | None:
    """The part of the days meant; where these are left open, the latest part that has begun, or the next one."""
    begun = whole.when(today, False)
    part = None if begun is None else _share(begun, share, today)
    if whole.fixed or begun is None or part is None:
        return part
    if future:
        coming = whole.when(today, True) if part.first <= today else None
        return part if coming is None else _share(coming, share, today)
    earlier = whole.when(max(begun.first - 1, 1), False) if part.first > today else None
    return part if earlier is None else _share(earlier, share, today)


def _share(whole: Days, share: str, today: int) -> Days | None:
    if share in ("start", "beginning"):
        return days(whole.first, whole.first + 1)
    if share == "end":
        return days(whole.end - 1, whole.end)
    if share == "later":
        return days(max(whole.first, today), whole.end)
    if share == "earlier":
        return days(whole.first, min(whole.end, today + 1))
    begin, end, parts = PARTS[share]
    return days(_cut(whole, begin, parts), _cut(whole, end, parts))


def _cut(whole: Days, share: int, parts: int) -> int:
    """The day on which so many of the parts are over: at the end of a month, where the parts are whole months."""
    first, end = date.fromordinal(whole.first), date.fromordinal(whole.end)
    count = (end.year - first.year) * 12 + end.month - first.month
    if first.day == end.day == 1 and count >= parts and count * share % parts == 0:
        return moved(whole.first, by_months=count * share // parts, by_days=0) or whole.end
    return whole.first + (whole.end - whole.first) * share // parts
