"""Since when and until when something is so, and which periods are named beside: read from a clause without a parse."""

from collections.abc import Sequence
from dataclasses import dataclass

from kith.persona.language.dates.cycles import day_of, milliseconds
from kith.persona.language.dates.phrases import Said, Told, told_at
from kith.persona.language.dates.starts import has_time, starts
from kith.persona.language.dates.written import Written

__all__ = ["Period", "Times", "times_in"]


@dataclass(frozen=True, slots=True)
class Period:
    """What is named from `start_char` to before `end_char`: `first` is in it, `end` not (both milliseconds UTC)."""

    first: int
    end: int
    start_char: int
    end_char: int


@dataclass(frozen=True, slots=True)
class Times:
    """What a clause says of time. `since` and `until` are milliseconds UTC; `until` is not in it any more.

    `spans` are the places of all that was understood, prepositions included. `named` are the periods that say neither
    since when nor until when.
    """

    since: int | None = None
    until: int | None = None
    spans: tuple[tuple[int, int], ...] = ()
    named: tuple[Period, ...] = ()


_NONE = Times()


def times_in(text: str, *, said: int, future: bool = False) -> Times:
    """The phrases of time in a clause. The day on which it was said decides, in UTC; the hour does not.

    - What leaves its year or week open ("in March", "on Friday", "12 May") is the latest; with `future`, the next.
      "Since" always looks back, "by" always ahead.
    - "Since", "from", "starting" and "for three years" give `since`; with `future` such a length says how long
      something will take, and gives no date. "From" may as well tell where a thing comes from, so that it gives `since`
      only of what lies ahead, at the start of a clause, in a range, and with "on" after it.
    - "Until" and "till" end where their period begins (but "until the end of May" where May ends), "by" and "through"
      where it ends; "for the next two weeks" after as long. A range ends like "until".
    - "In two weeks", "two years ago" (both that day) and a period alone, or after another preposition, are `named`.
    - Weeks begin on Monday. "Next Friday" is the first one after today, "last summer" the latest that is over,
      "this Friday" today or as `future` says. Seasons are whole months of the northern half.
    """
    if not has_time(text):
        return _NONE
    written, speaking = Written.of(text), Said(day_of(said), future)
    told: list[Told] = []
    end = 0
    for place in starts(written):
        if place >= end and (one := told_at(written, place, speaking)) is not None:
            told.append(one)
            end = one.end
    return _together(told, speaking)


def _together(told: Sequence[Told], said: Said) -> Times:
    """The first of each kind counts. A length is reckoned back from where it ended."""
    since = next((one.since for one in told if one.since is not None), None)
    until = next((one.until for one in told if one.until is not None), None)
    lasting = next((one.lasting for one in told if one.lasting is not None), None)
    if since is None and lasting is not None and not said.future:
        since = lasting.from_day(said.today if until is None else min(until, said.today), back=True)
    if since is not None and until is not None and since >= until:
        until = None
    return Times(
        since=None if since is None else milliseconds(since),
        until=None if until is None else milliseconds(until),
        spans=tuple((one.start, one.end) for one in told),
        named=tuple(
            Period(milliseconds(one.named.first), milliseconds(one.named.end), one.start, one.end)
            for one in told
            if one.named is not None
        ),
    )
