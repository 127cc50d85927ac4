"""Runs of days, and those that come again: weeks, months, seasons, weekdays, holidays. No year's bounds are overrun."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice

from kith.persona.language.dates.written import listed

__all__ = [
    "CYCLES",
    "HOLIDAYS",
    "MONTHS",
    "MONTH_NAMES",
    "SEASONS",
    "WEEKDAYS",
    "Cycle",
    "Days",
    "day",
    "day_of",
    "day_of_month",
    "days",
    "each_year",
    "milliseconds",
    "months",
    "moved",
    "years",
]

DAY = 86_400_000
EPOCH = date(1970, 1, 1).toordinal()
LAST = date.max.toordinal()
REACH = 9
"""How many turns a cycle may miss in a row, and more: 29 February misses seven around 1900."""


@dataclass(frozen=True, slots=True)
class Days:
    """Days by their number (1 is 1 January of the year 1): `first` is one of them, `end` is the one after the last."""

    first: int
    end: int


def day_of(said: int) -> int:
    """The day of a moment in milliseconds UTC; the nearest that there is, where it lies outside the years 1 to 9999."""
    return min(max(EPOCH + said // DAY, 1), LAST)


def milliseconds(number: int) -> int:
    """A day's first moment."""
    return (number - EPOCH) * DAY


def days(first: int, end: int) -> Days | None:
    """None where they leave the years 1 to 9999. The very last day is left out, that `end` be a day, too."""
    return Days(first, end) if 1 <= first < end <= LAST else None


def day(year: int, month: int, number: int) -> Days | None:
    """None where there is no such day."""
    try:
        first = date(year, month, number).toordinal()
    except ValueError:
        return None
    return days(first, first + 1)


def months(first: int, count: int = 1) -> Days | None:
    """So many months from the first one on, which is counted from January of the year 0."""
    end = first + count
    if not 12 <= first < end < 120_000:
        return None
    return days(date(first // 12, first % 12 + 1, 1).toordinal(), date(end // 12, end % 12 + 1, 1).toordinal())


def years(first: int, count: int = 1) -> Days | None:
    """So many years from the first one on."""
    return months(first * 12, count * 12)


def moved(number: int, *, by_months: int, by_days: int) -> int | None:
    """The day so much later; a month that is too short gives its last day."""
    at = date.fromordinal(number)
    month = months(at.year * 12 + at.month - 1 + by_months)
    if month is None:
        return None
    there = min(month.first + at.day, month.end) - 1 + by_days
    return there if 1 <= there < LAST else None


@dataclass(frozen=True, slots=True)
class Cycle:
    """A run of days that comes again. `at(n)` is the nth one; `near(day)` is the n of that day, or one beside it."""

    at: Callable[[int], Days | None]
    near: Callable[[int], int]

    def begun(self, today: int) -> Days | None:
        """The latest that has begun."""
        return next((one for one in self._backwards(today) if one.first <= today), None)

    def ended(self, today: int, *, nth: int = 1) -> Days | None:
        """The latest that is over; the one before it, and so on."""
        return next(islice((one for one in self._backwards(today) if one.end <= today), nth - 1, None), None)

    def coming(self, today: int, *, nth: int = 1) -> Days | None:
        """The first that begins after today; the one after it, and so on."""
        return next(islice((one for one in self._forwards(today) if one.first > today), nth - 1, None), None)

    def current(self, today: int) -> Days | None:
        """The one that today is in."""
        return next((one for one in self._backwards(today) if one.first <= today < one.end), None)

    def _backwards(self, today: int) -> Iterator[Days]:
        near = self.near(today)
        return filter(None, map(self.at, range(near + 1, near - REACH, -1)))

    def _forwards(self, today: int) -> Iterator[Days]:
        near = self.near(today)
        return filter(None, map(self.at, range(near - 1, near + REACH)))


def _every_week(offset: int, length: int) -> Cycle:
    """Weeks begin on Monday, and so did the year 1."""
    return Cycle(lambda n: days(7 * n + 1 + offset, 7 * n + 1 + offset + length), lambda today: (today - 1) // 7)


def _every_months(count: int) -> Cycle:
    def near(today: int) -> int:
        at = date.fromordinal(today)
        return (at.year * 12 + at.month - 1) // count

    return Cycle(lambda n: months(n * count, count), near)


def _every_year(at: Callable[[int], Days | None]) -> Cycle:
    return Cycle(at, lambda today: date.fromordinal(today).year)


def _months_of(first: int, count: int) -> Cycle:
    return _every_year(lambda year: months(year * 12 + first - 1, count))


def each_year(month: int, number: int) -> Cycle:
    """A day of the year."""
    return _every_year(partial(day, month=month, number=number))


def day_of_month(number: int) -> Cycle:
    """A day of each month that has it."""
    return Cycle(lambda n: day(n // 12, n % 12 + 1, number), _every_months(1).near)


def _from_easter(after: int) -> Cycle:
    def at(year: int) -> Days | None:
        sunday = _easter(year) if 1 <= year <= 9999 else 0
        return days(sunday + after, sunday + after + 1)

    return _every_year(at)


def _easter(year: int) -> int:
    """Easter Sunday: the Sunday after the first full moon of spring, as the Gregorian rule reckons it."""
    century, golden = year // 100, year % 19
    moon = (19 * golden + century - century // 4 - (8 * century + 13) // 25 + 15) % 30
    moon -= moon // 28 * (1 - 29 // (moon + 1) * ((21 - golden) // 11))
    full = date(year, 3, 21).toordinal() + moon
    return full + 7 - full % 7


def _thanksgiving(year: int) -> Days | None:
    """The fourth Thursday of November."""
    month = months(year * 12 + 10)
    if month is None:
        return None
    first = month.first + (4 - month.first) % 7 + 21
    return days(first, first + 1)


def _with_short(names: Sequence[str], *also: tuple[str, str]) -> dict[str, int]:
    """Names by their places from 1 on, and by their first three letters, too."""
    numbered = {name: place for place, name in enumerate(names, 1)}
    short = {name[:3]: place for name, place in numbered.items()}
    return {**short, **numbered, **{other: numbered[name] for other, name in also}}


MONTH_NAMES = listed("january february march april may june july august september october november december")
MONTHS = _with_short(MONTH_NAMES, ("sept", "september"))
WEEKDAYS = _with_short(
    listed("monday tuesday wednesday thursday friday saturday sunday"),
    ("tues", "tuesday"),
    ("thur", "thursday"),
    ("thurs", "thursday"),
)
SEASONS = {
    "spring": _months_of(3, 3),
    "summer": _months_of(6, 3),
    "autumn": _months_of(9, 3),
    "fall": _months_of(9, 3),
    "winter": _months_of(12, 3),
}
"""Of the northern half, in whole months; a winter belongs to the year that it begins in."""

HOLIDAYS = {
    "christmas": each_year(12, 25),
    "christmas day": each_year(12, 25),
    "xmas": each_year(12, 25),
    "christmas eve": each_year(12, 24),
    "boxing day": each_year(12, 26),
    "new year": each_year(1, 1),
    "new year's": each_year(1, 1),
    "new year's day": each_year(1, 1),
    "new year's eve": each_year(12, 31),
    "valentine's": each_year(2, 14),
    "valentine's day": each_year(2, 14),
    "st patrick's day": each_year(3, 17),
    "halloween": each_year(10, 31),
    "easter": _from_easter(0),
    "easter sunday": _from_easter(0),
    "easter monday": _from_easter(1),
    "good friday": _from_easter(-2),
    "thanksgiving": _every_year(_thanksgiving),
}
CYCLES = {
    **{name: _months_of(number, 1) for name, number in MONTHS.items()},
    **{name: _every_week(number - 1, 1) for name, number in WEEKDAYS.items()},
    **SEASONS,
    **{name.replace("'", ""): cycle for name, cycle in HOLIDAYS.items()},
    "week": _every_week(0, 7),
    "weekend": _every_week(5, 2),
    "month": _every_months(1),
    "quarter": _every_months(3),
    "year": _every_months(12),
    "decade": _every_months(120),
}
"""All that has a name and comes again. Apostrophes are left out."""
