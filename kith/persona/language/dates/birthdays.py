"""A birthday: day and month of the day that a text names."""

import re
from datetime import date

from kith.persona.language.dates.cycles import MONTH_NAMES, Days, day, day_of
from kith.persona.language.dates.date_rules import which_is_the_month
from kith.persona.language.dates.periods import phrase_at
from kith.persona.language.dates.phrases import in_days
from kith.persona.language.dates.starts import starts
from kith.persona.language.dates.written import Written

__all__ = ["day_of_year"]

LEAP = 2000
"""A year that has every day."""

_SHORT = re.compile(r"(?P<a>[0-9]{1,2})(?:/(?P<b>[0-9]{1,2})(?![\w/]|[.,][0-9])|\.(?P<c>[0-9]{1,2})\.(?!\w))")
_WAS = re.compile(r"(?<!\w)was(?!\w)")


def day_of_year(text: str, *, said: int) -> str | None:
    """Day and month, as "12 march", of the first day that a text names; None where it names none.

    A day that may be read either way ("3/4") is none. What is left open ("on Friday") is the next one, after "was" the
    latest.
    """
    written, today = Written.of(text), day_of(said)
    future = _WAS.search(written.lower) is None
    for place in starts(written):
        phrase = phrase_at(written, place, led="on")
        if phrase is not None and phrase.kind in ("day", "weekday"):
            found = phrase.when(today, future)
        else:
            found = _short(written, place) or in_days(written, place, today)
        if found is not None and found.end - found.first == 1:
            return _day_and_month(found)
    return None


def _short(written: Written, place: int) -> Days | None:
    """A day with no year: "25/12", or "25.12." with both of its full stops."""
    match = _SHORT.match(written.lower, place)
    if match is None:
        return None
    if match["c"]:
        return day(LEAP, int(match["c"]), int(match["a"]))
    ordered = which_is_the_month(int(match["a"]), int(match["b"]))
    return None if ordered is None else day(LEAP, *ordered)


def _day_and_month(found: Days) -> str:
    at = date.fromordinal(found.first)
    return f"{at.day} {MONTH_NAMES[at.month - 1]}"
