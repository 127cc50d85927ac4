"""From what people write for a time to milliseconds since 1970, UTC."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

__all__ = ["SECONDS_BELOW", "NotATime", "milliseconds"]

SECONDS_BELOW = 100_000_000_000
"""A number below this counts seconds (up to the year 5138), from here on milliseconds (from 1973 on)."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
FIRST = (datetime(1, 1, 1, tzinfo=UTC) - EPOCH) // MILLISECOND
LAST = (datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC) - EPOCH) // MILLISECOND
NUMBER = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,30})?")
SPACED_ZONE = re.compile(r" (?=[+-][0-9:]+$|Z$)")


class NotATime(ValueError):
    """What was given is no time that can be used; the message goes after the field's name."""


def milliseconds(value: object) -> int:
    """ISO 8601 (no offset means UTC, a date its first moment), or epoch seconds or milliseconds, also as text.

    Finer fractions are cut, not rounded. Numbers are from 1970 on; ISO 8601 may go back to the year 1.
    """
    if isinstance(value, bool):
        raise TypeError("true or false")
    if isinstance(value, int):
        return _of_number(value)
    if isinstance(value, float):
        return _of_decimal(repr(value))
    if isinstance(value, str):
        text = value.strip()
        return _of_decimal(text) if NUMBER.fullmatch(text) else _of_iso(text)
    raise TypeError(type(value).__name__)


def _of_decimal(text: str) -> int:
    number = Decimal(text)
    if not number.is_finite():
        raise NotATime("is not a finite number; give ISO 8601, or seconds or milliseconds since 1970")
    if number.adjusted() > 20:
        raise NotATime("is after the year 9999; give seconds or milliseconds since 1970")
    return _of_number(number)


def _of_number(number: int | Decimal) -> int:
    if number < 0:
        raise NotATime("is below 0; write times before 1970 as ISO 8601")
    moment = int(number * 1000) if number < SECONDS_BELOW else int(number)
    if moment > LAST:
        raise NotATime("is after the year 9999; give seconds or milliseconds since 1970, not smaller parts")
    return moment


def _of_iso(text: str) -> int:
    written = text.upper().removesuffix("UTC").rstrip() + "Z" if text.upper().endswith("UTC") else text.upper()
    try:
        moment = datetime.fromisoformat(SPACED_ZONE.sub("", written))
    except ValueError:
        raise NotATime("is not a time; write it like '2026-03-01T09:30:00Z', or as seconds since 1970") from None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    found = (aware - EPOCH) // MILLISECOND
    if not FIRST <= found <= LAST:
        raise NotATime("is outside the years 1 to 9999 in UTC; give a time within them")
    return found
