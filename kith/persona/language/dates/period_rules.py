"""Other periods by their names: "March 2019", "last summer", "the week after next", "the 90s", "a year ago"."""

import re

from kith.persona.language.dates.cycles import CYCLES, Days, days, months, years
from kith.persona.language.dates.durations import DURATION, duration
from kith.persona.language.dates.readings import (
    NAME,
    UNIT,
    YEAR,
    Found,
    Rule,
    any_of,
    cycle_of,
    in_year,
    is_open,
    year_of,
)
from kith.persona.language.dates.written import Written, listed, pattern

__all__ = ["APPROXIMATELY", "DECADES", "PERIOD_RULES"]

APPROXIMATELY = (
    r"(?:(?:about|around|approximately|roughly|circa|almost|nearly|over|more than|less than|at least|only|just|exactly"
    r"|maybe|probably|sometime|well over) )?"
)
DECADES = {f"{word}ties": 10 * number for number, word in enumerate(listed("twen thir for fif six seven eigh nine"), 2)}
SHORT = frozenset({"mon", "wed", "sat", "sun"})
"""Weekdays that are words of their own, too."""

VERBS = frozenset({"may", "march", "fall"})
NO_YEAR_AFTER = frozenset({"", "at", "on", "over", "about"})
NOUNS = (
    r"(?! (?:camp|coats?|clothes|part(?:y|ies)|trees?|lunch|brunch|dinner|roast|league|markets?|cookies|olympics|games"
    r"|semester|term|school|sales?|job|internship|jacket|dress|songs?|music|movies?|films?|cards?|presents?|gifts?|eggs?"
    r"|rolls?|onions?|house|ty?i?res|sports?|costumes?|decorations|shopping|sweaters?|jumpers?|resolutions?)(?!\w))"
)
"""What makes a thing of a season, a holiday or a weekday: no winter coat is a time."""


def _named(match: re.Match[str], written: Written, led: str) -> Found | None:
    """A month, season, holiday or weekday; without a year it needs a word of time before it, but for a weekday."""
    cycle, kind = cycle_of(match["n"])
    article = match[0].startswith("the ")
    if match["y"]:
        return None if kind == "weekday" or (kind == "month" and article) else in_year(cycle, match["y"], kind)
    if kind == "weekday":
        short = match["n"] in SHORT and not (led == "on" or (led and written.capital(match.start("n"))))
        return None if short or (not led and (article or len(match["n"]) < 6)) else is_open(cycle, kind)
    return is_open(cycle, kind) if led and not (article and kind == "month") else None


def _relative(match: re.Match[str], written: Written, led: str) -> Found | None:
    """Last: the latest that is over. Next: the first that has not begun. This: the one that is on, else as if bare."""
    way, name = match["r"].split()[-1], match["n"]
    if way == "past" and not match[0].startswith(("the ", "this ")):
        return None
    if way == "this" and name in (*VERBS, *SHORT) and not written.capital(match.start("n")):
        return None
    cycle, kind = cycle_of(name)

    def when(today: int, future: bool) -> Days | None:
        if way in ("next", "coming", "upcoming"):
            return cycle.coming(today)
        if way == "this":
            return cycle.current(today) or (cycle.coming(today) if future else cycle.begun(today))
        return cycle.ended(today)

    return when, kind, way != "this" or name in ("week", "month", "year", "quarter", "decade")


def _but_one(match: re.Match[str], written: Written, led: str) -> Found | None:
    cycle, kind = cycle_of(match["n"])
    if match["r"].startswith("after"):
        return lambda today, _future: cycle.coming(today, nth=2), kind, True
    return lambda today, _future: cycle.ended(today, nth=2), kind, True


def _unit(match: re.Match[str], written: Written, led: str) -> Found | None:
    """The weekend; other units only where a part of them is meant ("the end of the month")."""
    cycle, kind = cycle_of(match["n"])
    if match["n"] == "weekend":
        return is_open(cycle, kind) if led else None
    return (lambda today, _future: cycle.current(today), kind, True) if led == "of" else None


def _quarter(match: re.Match[str], written: Written, led: str) -> Found | None:
    first = 3 * int(match["q"]) - 3

    def when(today: int, future: bool) -> Days | None:
        year = year_of(match["y"])(today, future)
        return None if year is None else months(_YEAR.near(year.first) * 12 + first, 3)

    return (when, "other", True) if match["y"] else None


_YEAR = CYCLES["year"]


def _decade(match: re.Match[str], written: Written, led: str) -> Found | None:
    """Of two digits, or in words, the latest such decade that has begun."""
    if not led or not (led == "of" or match["c"] or match[0].startswith("the ")):
        return None
    if match["c"]:
        first = int(match["c"] + match["d"])
        return lambda _today, _future: years(first, 10), "other", True
    number = int(match["d"]) if match["d"] else DECADES[match["w"]]

    def when(today: int, future: bool) -> Days | None:
        now = _YEAR.near(today)
        return years(now - (now - number) % 100, 10)

    return when, "other", True


def _a_year(match: re.Match[str], written: Written, led: str) -> Found | None:
    if led in NO_YEAR_AFTER and not match[0].startswith("the "):
        return None
    return year_of(match["y"]), "other", True


def _ago(match: re.Match[str], written: Written, led: str) -> Found | None:
    """The day that lies so long ago, or so far ahead."""
    long, back = duration(match), match["w"] in ("ago", "back")

    def when(today: int, future: bool) -> Days | None:
        first = long.from_day(today, back=back)
        return None if first is None else days(first, first + 1)

    return when, "other" if long.months or long.fine else "day", True


_BREAK = r"(?: (?:break|holidays?|vacation)(?!\w))?"
PERIOD_RULES: tuple[tuple[re.Pattern[str], Rule], ...] = (
    (pattern(rf"{APPROXIMATELY}{DURATION} (?P<w>ago|back|from (?:now|today))(?!\w)"), _ago),
    (
        pattern(
            rf"(?:the )?(?:this )?(?P<r>last|past|previous|coming|upcoming|next|this) (?P<n>{NAME}|{UNIT})(?!\w)"
            rf"{_BREAK}{NOUNS}(?! of )"
        ),
        _relative,
    ),
    (pattern(rf"(?:the )?(?P<n>{NAME}|{UNIT}) (?P<r>before last|after next)(?!\w)"), _but_one),
    (pattern(rf"(?:the )?(?P<n>{NAME})(?!\w)(?:\.(?=\s?[0-9]))?{_BREAK}{NOUNS}(?:(?:,? | of )(?P<y>{YEAR}))?"), _named),
    (pattern(rf"(?:the )?(?P<n>{UNIT})(?!\w){NOUNS}"), _unit),
    (pattern(rf"(?:the )?q(?P<q>[1-4])(?!\w)(?:(?: of)? (?P<y>{YEAR}))?"), _quarter),
    (
        pattern(
            rf"(?:the )?(?:(?P<c>19|20)|'?)(?:(?P<d>[0-9]0)'?s|(?<!')(?<!19)(?<!20)(?P<w>{any_of(DECADES)}))(?!\w)"
        ),
        _decade,
    ),
    (pattern(rf"(?:the year )?(?P<y>{YEAR})"), _a_year),
)
"""What is tried first stands first."""
