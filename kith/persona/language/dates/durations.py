"""How long: "three years", "a couple of months", "a year and a half", as months and days."""

import re
from dataclasses import dataclass

from kith.persona.language.dates.cycles import moved
from kith.persona.language.dates.written import listed

__all__ = ["DURATION", "NUMBER", "ONE", "Duration", "duration"]

_TO_NINETEEN = listed(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
NUMBERS = {word: number for number, word in enumerate(_TO_NINETEEN, 1)}
TENS = {word: number for number, word in enumerate(listed("twenty thirty forty fifty sixty"), 2)}
LOOSE = {"a": 1.0, "an": 1.0, "couple": 2.0, "few": 3.0, "dozen": 12.0}
UNITS = {
    r"sec(?:ond)?s?": (0, 1 / 86400),
    r"min(?:ute)?s?": (0, 1 / 1440),
    r"h(?:ou)?rs?": (0, 1 / 24),
    r"days?|nights?": (0, 1),
    r"weeks?|wks?": (0, 7),
    r"fortnights?": (0, 14),
    r"months?|mos": (1, 0),
    r"quarters?": (3, 0),
    r"years?|yrs?": (12, 0),
    r"decades?": (120, 0),
}

_ONES = "|".join(NUMBERS)
NUMBER = (
    rf"(?:[0-9]{{1,4}}(?:\.[0-9])?|half an?|(?:a )?couple(?: of)?|(?:a )?few|a dozen|an?"
    rf"|(?:{'|'.join(TENS)})(?:[ -](?:{_ONES}))?|{_ONES})"
)
_UNIT = rf"(?:{'|'.join(UNITS)})"
_END = r"(?!\w|'(?!s? time)|-| (?:olds?|of age)(?!\w)| (?:a|per|each|every) (?:night|day|week|month|year)(?!\w))"
"""Not "30 years old", "a week's holiday", "for two hours a week"."""

DURATION = (
    rf"(?P<n>{NUMBER})(?P<h> and a half)?(?:(?<=[0-9])\s?| )(?P<u>{_UNIT})(?P<i> and a half)?"
    rf"(?:(?: and|,) (?P<m>{NUMBER})(?:(?<=[0-9])\s?| )(?P<v>{_UNIT}))?{_END}"
)
"""For use in a `pattern`; `duration` understands what it matched."""

ONE = rf"(?P<n>)(?P<h>)(?P<u>day|week|month|quarter|year|decade)(?P<i>)(?P<v>){_END}"
"""The same of one unit, with no number ("the past year")."""

_UNITS = [(re.compile(written), size) for written, size in UNITS.items()]


@dataclass(frozen=True, slots=True)
class Duration:
    """`months` and then `days`; `fine` where it is told in hours or less, whole days of which alone are kept."""

    months: int
    days: int
    fine: bool

    def from_day(self, number: int, *, back: bool = False) -> int | None:
        """The day that lies so far ahead, or back; None outside the years 1 to 9999."""
        sign = -1 if back else 1
        return moved(number, by_months=sign * self.months, by_days=sign * self.days)


def duration(match: re.Match[str]) -> Duration:
    """What a match of `DURATION` says."""
    amount = _number(match["n"]) + (0.5 if match["h"] or match["i"] else 0.0)
    months, number = _size(match["u"])
    fine = months == 0 and number < 1
    months, number = months * amount, number * amount
    if match["v"]:
        more_months, more_days = _size(match["v"])
        months += more_months * _number(match["m"])
        number += more_days * _number(match["m"])
    whole = int(months)
    return Duration(months=whole, days=int(number + 1e-6) + round((months - whole) * 30), fine=fine)


def _number(text: str) -> float:
    if not text:
        return 1.0
    if text[0].isdecimal():
        return float(text)
    words = re.findall("[a-z]+", text)
    if words[0] == "half":
        return 0.5
    loose = [LOOSE[word] for word in words if word in LOOSE]
    return loose[-1] if loose else float(sum(TENS.get(word, 0) * 10 + NUMBERS.get(word, 0) for word in words))


def _size(unit: str) -> tuple[float, float]:
    return next(size for written, size in _UNITS if written.fullmatch(unit))
