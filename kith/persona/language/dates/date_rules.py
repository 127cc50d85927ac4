"""Days by their date: "2024-05-12", "12.5.2024", "12 May", "the twelfth of May", "the day after tomorrow"."""

import re

from kith.persona.language.dates.cycles import CYCLES, MONTHS, Cycle, Days, day, day_of_month, days, each_year
from kith.persona.language.dates.readings import (
    MONTH,
    WEEKDAY,
    YEAR,
    Found,
    Rule,
    any_of,
    fixed,
    from_today,
    in_year,
    is_open,
)
from kith.persona.language.dates.written import Written, listed, pattern

__all__ = ["DATE_RULES", "DAY_WORDS", "ORDINALS", "which_is_the_month"]

ONES = listed("first second third fourth fifth sixth seventh eighth ninth")
TEENS = listed("tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth")
ORDINALS = [*ONES, *TEENS, "twentieth", *(f"twenty-{one}" for one in ONES), "thirtieth", "thirty-first"]
DAY_WORDS = {
    "the day before yesterday": -2,
    "yesterday": -1,
    "last night": -1,
    "today": 0,
    "tonight": 0,
    "this morning": 0,
    "this afternoon": 0,
    "this evening": 0,
    "tomorrow": 1,
    "the day after tomorrow": 2,
}
VERBS = ("may", "march")
"""Months that are words of another kind, too."""

OF_THE_MONTH = ("on", "since", "from", "until", "by", "through", "before", "after")
"""What "the 12th" is a day after; "for the 2nd" is anything."""

_DAY = r"[0-9]{1,2}(?:st|nd|rd|th)?(?!\w)"
_ORDINAL = rf"(?:{any_of(ORDINALS)})(?!\w)"
_TO = r"(?:\s?[-\u2013]\s?| (?:to|until|till|through) )"
_OF_YEAR = rf"(?:(?:,? | of )(?P<y>{YEAR}))?"
_AFTER_TURN = re.compile(r"(?<!\w)turn(?:s|ed|ing)?\s+$")


def which_is_the_month(first: int, second: int) -> tuple[int, int] | None:
    """Month and day of two numbers in either order; None where both orders give a date, and not the same one."""
    if first <= 12 and second <= 12 and first != second:
        return None
    return (first, second) if second > 12 else (second, first)


def _iso(match: re.Match[str], written: Written, led: str) -> Found | None:
    return fixed(day(int(match["y"]), int(match["m"]), int(match["d"])), "day")


def _numeric(match: re.Match[str], written: Written, led: str) -> Found | None:
    """Day, month and year: in this order with full stops, else where only one order is possible."""
    first, second, year = int(match["a"]), int(match["b"]), match["y"]
    if len(year) == 2 and match["s"] != "/":
        return None
    ordered = (second, first) if match["s"] == "." else which_is_the_month(first, second)
    if ordered is None:
        return None
    return in_year(each_year(*ordered), year if len(year) == 4 else f"'{year}", "day")


def _number(text: str) -> int:
    digits = re.match("[0-9]+", text)
    return int(digits[0]) if digits else ORDINALS.index("-".join(text.replace("-", " ").split())) + 1


def _day_and_month(match: re.Match[str], written: Written, led: str) -> Found | None:
    """A day of a month, or several in a row ("12-15 June")."""
    figure, year = match["d"], match["y"]
    if match["m"] in VERBS and not written.capital(match.start("m")):
        bare = figure.isdecimal() and not (led or year or " of " in match[0])
        if bare or not (figure[0].isdecimal() or " of " in match[0]):
            return None
    if figure.isdecimal() and _AFTER_TURN.search(written.lower, max(0, match.start() - 12), match.start()):
        return None
    month, first = MONTHS[match["m"]], _number(figure)
    cycle = _in_a_row(month, first, _number(match["e"])) if match["e"] else each_year(month, first)
    return in_year(cycle, year, "day") if year else is_open(cycle, "day")


def _in_a_row(month: int, first: int, last: int) -> Cycle:
    def at(year: int) -> Days | None:
        begin, end = day(year, month, first), day(year, month, last)
        return None if begin is None or end is None else days(begin.first, end.end)

    return Cycle(at, CYCLES["year"].near)


def _day_of_month(match: re.Match[str], written: Written, led: str) -> Found | None:
    return is_open(day_of_month(_number(match["d"])), "day") if led in OF_THE_MONTH else None


def _day_word(match: re.Match[str], written: Written, led: str) -> Found | None:
    after = DAY_WORDS[" ".join(match[0].split())]
    return from_today(after, after + 1, "day")


DATE_RULES: tuple[tuple[re.Pattern[str], Rule], ...] = (
    (
        pattern(
            r"(?P<y>[0-9]{4})(?P<s>[-/])(?P<m>[0-9]{1,2})(?P=s)(?P<d>[0-9]{1,2})"
            r"(?:t[0-9:.]*[0-9]z?)?(?!\w|[-/.:][0-9])"
        ),
        _iso,
    ),
    (
        pattern(r"(?P<a>[0-9]{1,2})(?P<s>[-/.])(?P<b>[0-9]{1,2})(?P=s)(?P<y>[0-9]{4}|[0-9]{2})(?!\w|[-/.:][0-9])"),
        _numeric,
    ),
    (
        pattern(
            rf"{WEEKDAY}(?:the )?(?P<d>{_DAY}|{_ORDINAL}(?= of ))(?:{_TO}(?P<e>{_DAY}))? (?:of )?{MONTH}{_OF_YEAR}"
        ),
        _day_and_month,
    ),
    (
        pattern(
            rf"{WEEKDAY}{MONTH} (?:the )?(?P<d>{_DAY}|{_ORDINAL})(?![:.,][0-9]|\s?[ap]m(?!\w)|\s?[%€$£])"
            rf"(?:{_TO}(?P<e>{_DAY}))?{_OF_YEAR}"
        ),
        _day_and_month,
    ),
    (
        pattern(
            rf"{WEEKDAY}the (?P<d>[0-9]{{1,2}}(?:st|nd|rd|th))(?!\w)"
            r"(?=\s*(?:[.,!?;)]|$)| (?:and|at|to|i|we|it|until|because|so|with|in|my|when|but)(?!\w))"
        ),
        _day_of_month,
    ),
    (pattern(rf"(?:{any_of(DAY_WORDS)})(?!\w)"), _day_word),
)
"""What is tried first stands first."""
