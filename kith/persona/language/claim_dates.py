"""Days as a language model writes them: dates, and birthdays that a message's words must name."""

import re
from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

from kith.persona.language.carrying import telling_words
from kith.persona.time import iso
from kith.persona.timestamps import NotATime, milliseconds

__all__ = ["DAY", "birthday", "first_moment"]

DAY: Final = timedelta(days=1) // timedelta(milliseconds=1)
YEARS: Final = range(1900, 2200)
"""Anything else is no date in anybody's life."""

MONTHS: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
LENGTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
NEARBY: Final = {"yesterday": -1, "today": 0, "tomorrow": 1}

_DATE = re.compile(r"([0-9]{4})-[0-9]{2}-[0-9]{2}")
_FIGURE = re.compile(r"([0-9]{1,4})(?:st|nd|rd|th)?")


def first_moment(day: str) -> int | None:
    """Where a day written YYYY-MM-DD begins, in milliseconds UTC; None where it is none."""
    written = _DATE.fullmatch(day)
    if written is None or int(written[1]) not in YEARS:
        return None
    try:
        return milliseconds(day)
    except NotATime:
        return None


def birthday(name: str, words: str, *, said: int) -> str | None:
    """A day of the year as "12 march", where these words name it, or say that it is about the day of the message."""
    found = _day_and_month(telling_words(name))
    if found is None:
        return None
    day, month = found
    there = telling_words(words)
    figures = _figures(there)
    in_figures = month in figures and (month != day or figures.count(day) > 1)
    named = day in figures and (in_figures or any(_is_month(word, month) for word in there))
    today = date.fromisoformat(iso(said)[:10])
    near = [today + timedelta(days=days) for word, days in NEARBY.items() if word in there]
    return f"{day} {MONTHS[month - 1]}" if named or found in [(one.day, one.month) for one in near] else None


def _day_and_month(words: Collection[str]) -> tuple[int, int] | None:
    days = [figure for figure in _figures(words) if figure <= max(LENGTHS)]
    months = [n for n in range(1, 13) if any(_is_month(word, n) for word in words)]
    if len(days) != 1 or len(months) != 1 or not 1 <= days[0] <= LENGTHS[months[0] - 1]:
        return None
    return days[0], months[0]


def _figures(words: Collection[str]) -> list[int]:
    return [int(figure[1]) for word in words if (figure := _FIGURE.fullmatch(word))]


def _is_month(word: str, month: int) -> bool:
    return len(word) >= 3 and MONTHS[month - 1].startswith(word)
