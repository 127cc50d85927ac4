"""What a phrase of time may mean, and the words that such phrases share."""

import re
from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

from kith.persona.language.dates.cycles import CYCLES, HOLIDAYS, MONTHS, SEASONS, WEEKDAYS, Cycle, Days, days, years
from kith.persona.language.dates.written import Written

__all__ = [
    "MONTH",
    "NAME",
    "UNIT",
    "WEEKDAY",
    "YEAR",
    "Found",
    "Kind",
    "Rule",
    "When",
    "any_of",
    "cycle_of",
    "fixed",
    "from_today",
    "in_year",
    "is_open",
    "year_of",
]

Kind: TypeAlias = Literal["day", "weekday", "month", "last", "other"]
When: TypeAlias = Callable[[int, bool], Days | None]
"""Which days, for one who says it on this day; where that is left open, the next ones (True) or the latest (False)."""

Found: TypeAlias = tuple[When, Kind, bool]
"""Which days, of which kind, and whether they are the same looking back and ahead."""

Rule: TypeAlias = Callable[[re.Match[str], Written, str], Found | None]
"""From a match, its text and the word of time before it ("" for none) to what is meant."""


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of these, the longest first; apostrophes may be left out, a hyphen may be a space."""
    longest = sorted(words, key=len, reverse=True)
    return "|".join(word.replace("'", "'?").replace("-", "[ -]") for word in longest)


MONTH = rf"(?P<m>{any_of(MONTHS)})(?!\w)(?:\.(?=\s?[0-9a-z']))?"
WEEKDAY = rf"(?:(?:{any_of(WEEKDAYS)})(?!\w)\.?,? )?"
"""The weekday before a date, which adds nothing to it."""

NAME = any_of([*HOLIDAYS, *SEASONS, *MONTHS, *WEEKDAYS])
UNIT = "weekend|week|month|quarter|year|decade"
_COUNTED = (
    r"euros?|eur|dollars?|usd|bucks|pounds?|people|words|pages|steps|calories|kcal|miles|kms?|kilomet(?:er|re)s"
    r"|met(?:er|re)s|m|k|kg|g|ml|percent|points|times|hours|minutes"
)
YEAR = rf"(?:(?:19|20)[0-9]{{2}}|'[0-9]{{2}})(?!\w|[.,:/][0-9]|-[0-9]{{1,2}}(?!\w)|\s?(?:[€£$%]|(?:{_COUNTED})(?!\w)))"
"""Four digits that are a year rather than a number of something, or two after an apostrophe."""

_YEARS = CYCLES["year"]
_HOLIDAYS = frozenset(name.replace("'", "") for name in HOLIDAYS)


def is_open(cycle: Cycle, kind: Kind) -> Found:
    """Which of a cycle is left open: looking back, the latest that has begun; looking ahead, the next one.

    A weekday is never today; a day of the year or the month may be. A season or a weekend that is on counts as next.
    """

    def when(today: int, future: bool) -> Days | None:
        if kind == "weekday":
            return cycle.coming(today) if future else cycle.ended(today)
        if not future:
            return cycle.begun(today)
        now = cycle.current(today) if kind in ("day", "other") else None
        return now or cycle.coming(today)

    return when, kind, False


def fixed(found: Days | None, kind: Kind) -> Found | None:
    """These days, whoever says it when."""
    return None if found is None else (lambda _today, _future: found, kind, True)


def from_today(first: int, end: int, kind: Kind) -> Found:
    """Days counted from the one on which it is said."""
    return lambda today, _future: days(today + first, today + end), kind, True


def year_of(text: str) -> When:
    """A year; of two digits, the latest such that begins within ten years."""

    def when(today: int, future: bool) -> Days | None:
        if text[0] != "'":
            return years(int(text))
        latest = _YEARS.near(today) + 10
        return years(latest - (latest - int(text[1:])) % 100)

    return when


def in_year(cycle: Cycle, year: str, kind: Kind) -> Found:
    """The one of a yearly cycle that belongs to a year."""
    which = year_of(year)

    def when(today: int, future: bool) -> Days | None:
        found = which(today, future)
        return None if found is None else cycle.at(_YEARS.near(found.first))

    return when, kind, True


def cycle_of(name: str) -> tuple[Cycle, Kind]:
    """What is known by a name of `NAME` or `UNIT`."""
    plain = " ".join(name.replace("'", "").split())
    if plain in MONTHS:
        return CYCLES[plain], "month"
    if plain in WEEKDAYS:
        return CYCLES[plain], "weekday"
    return CYCLES[plain], "day" if plain in _HOLIDAYS else "other"
