"""What words of time make of a period: since, until, for so long, from one to another, or just named."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from kith.persona.language.dates.cycles import Days, days
from kith.persona.language.dates.durations import DURATION, ONE, Duration, duration
from kith.persona.language.dates.period_rules import APPROXIMATELY
from kith.persona.language.dates.periods import Phrase, is_of_a_thing, phrase_at
from kith.persona.language.dates.written import Written, listed, pattern

__all__ = ["LEADS", "Said", "Told", "in_days", "told_at"]

LEADS = {
    "since": "since",
    "ever since": "since",
    "as of": "from",
    "as from": "from",
    "starting": "from",
    "starting from": "from",
    "starting in": "from",
    "starting on": "from",
    "beginning": "from",
    "beginning in": "from",
    "beginning on": "from",
    "from": "from",
    "until": "until",
    "till": "until",
    "'til": "until",
    "til": "until",
    "up to": "until",
    "up until": "until",
    "through": "through",
    "thru": "through",
    "by": "by",
    "before": "before",
    "prior to": "before",
    "after": "after",
    **{word: word for word in listed("in on at during for over around about throughout")},
    "back in": "in",
}
"""Words of time before a period, and which of them they mean."""

_LEAD = pattern(rf"(?P<w>{'|'.join(sorted(LEADS, key=len, reverse=True))}) {APPROXIMATELY}(?:(?:in|on|at|back in) )?")
_BETWEEN = pattern(r"(?:from|between) ")
_TO = pattern(r"(?: (?P<w>to|and|until|till|through|thru) |\s?[-\u2013]\s?)")
_TO_NOW = pattern(r"(?:now|today|present|the present)(?!\w)")
_ONWARDS = pattern(r" (?:on|onwards?)(?!\w)")
_OPENING = re.compile(r"(?:^|[,;:.!?])\s*$")
_BUT_BECAUSE = pattern(
    r" (?:is|was|are|were|will|isn't|wasn't|has|hasn't|had|can|can't|left|came|told|said|got|went|died)(?!\w)"
)
_WITH_PAST = "(?:for|over|throughout|in|within|during|from|of|like)"
_PAST = pattern(
    rf"(?P<p>{_WITH_PAST} )?{APPROXIMATELY}(?:the|these|this) (?:past|last) {DURATION}"
    r"(?! of )"
)
_PAST_ONE = pattern(rf"(?P<p>{_WITH_PAST} )?(?:(?:the|this) past|the last) {ONE}(?! of )")
_NEXT = pattern(rf"(?P<p>for |over |in |within |during )?(?:the|these) (?:next|coming|following) {DURATION}")
_FOR = pattern(rf"for (?:well )?{APPROXIMATELY}(?:(?:past|last) )?{DURATION}(?: (?:now|already)(?!\w))?")
_SINCE = pattern(rf"since {APPROXIMATELY}{DURATION}(?! (?:ago|back|before|after|from)(?!\w))")
_BEEN = pattern(rf"it(?:'s| has| is)(?: already)?(?: been)? {APPROXIMATELY}{DURATION} since(?!\w)")
_ALREADY = pattern(rf"{DURATION} (?:now|already)(?!\w)")
_IN = pattern(rf"(?P<p>in|within) {APPROXIMATELY}{DURATION}(?:'s?)?(?: time(?!\w))?(?! of )")
_LONG = pattern(
    r"for (?:many |several |so many |some )?(?:years|months|weeks|days|ages|decades|a while|a long time|some time)"
    r"(?!\w)(?: (?:now|already)(?!\w))?"
    r"|(?:many |several |some )?(?:years|months|weeks|days|decades|ages|a while|a long time|some time|long) ago(?!\w)"
)


@dataclass(frozen=True, slots=True)
class Said:
    """When something was said, and which of the days that it leaves open are meant: the next ones, or the latest."""

    today: int
    future: bool

    def days(self, phrase: Phrase) -> Days | None:
        return phrase.when(self.today, self.future)


@dataclass(frozen=True, slots=True)
class Told:
    """What the words from `start` to before `end` say: the days from which and before which, how long, or a period."""

    start: int
    end: int
    since: int | None = None
    until: int | None = None
    lasting: Duration | None = None
    named: Days | None = None


def told_at(written: Written, place: int, said: Said) -> Told | None:
    """The phrase of time that begins at a place, if one does."""
    return next((told for reading in _READINGS if (told := reading(written, place, said)) is not None), None)


def _range(written: Written, place: int, said: Said) -> Told | None:
    """From one period to another, which ends where the second begins, but with "through" where it ends."""
    between = _BETWEEN.match(written.lower, place)
    if between is None and is_of_a_thing(written, place):
        return None
    first = phrase_at(written, between.end() if between else place, led="from")
    joint = None if first is None else _TO.match(written.lower, first.end)
    if first is None or joint is None:
        return None
    if between and (now := _TO_NOW.match(written.lower, joint.end())) and (begin := said.days(first)):
        return Told(place, now.end(), since=begin.first)
    second = phrase_at(written, joint.end(), led="from")
    if second is None or not (between or (first.fixed and second.fixed and joint["w"] != "and")):
        return None
    if first.kind == second.kind == "weekday" and not said.future:
        return Told(place, second.end)
    begin, end = _both(first, second, said)
    if begin is None or end is None or begin.first >= end.first:
        return None
    until = end.end if joint["w"] in ("through", "thru") or second.kind == "last" else end.first
    return Told(place, second.end, since=begin.first, until=until)


def _both(first: Phrase, second: Phrase, said: Said) -> tuple[Days | None, Days | None]:
    """Both ends of a range: what one leaves open is the nearest that fits the other."""
    if first.fixed or (said.future and not second.fixed):
        begin = said.days(first)
        return begin, None if begin is None else second.when(begin.end - 1, True)
    end = said.days(second)
    return (None if end is None else first.when(end.first, False)), end


def _past(written: Written, place: int, said: Said) -> Told | None:
    """The past two years: in them something happened; over them, or with no word before, it has been so; what is of
    them may be anything."""
    match = _PAST.match(written.lower, place) or _PAST_ONE.match(written.lower, place)
    if match is None:
        return None
    long, before = duration(match), (match["p"] or "over").strip()
    if long.fine or before in ("from", "of", "like"):
        return Told(place, match.end())
    if before in ("for", "over", "throughout"):
        return Told(place, match.end(), lasting=long)
    begin = long.from_day(said.today, back=True)
    return Told(place, match.end(), named=None if begin is None else days(begin, said.today + 1))


def _next(written: Written, place: int, said: Said) -> Told | None:
    """The next two weeks; for so long, it is so until then."""
    match = _NEXT.match(written.lower, place)
    end = None if match is None else duration(match).from_day(said.today)
    if match is None or end is None:
        return None
    if match["p"] and match["p"].startswith("for"):
        return Told(place, match.end(), until=end + 1)
    return Told(place, match.end(), named=days(said.today, end + 1))


def _lasting(written: Written, place: int, said: Said) -> Told | None:
    """For so long; of hours and less, and of what is to come, it gives no date."""
    for shape in (_FOR, _SINCE, _BEEN, _ALREADY):
        match = shape.match(written.lower, place)
        if match is not None:
            long = duration(match)
            return Told(place, match.end(), lasting=None if long.fine else long)
    match = _LONG.match(written.lower, place)
    return None if match is None else Told(place, match.end())


def _in_a_while(written: Written, place: int, said: Said) -> Told | None:
    """In two weeks: that day; within them: from today on."""
    match = _IN.match(written.lower, place)
    if match is None:
        return None
    long = duration(match)
    day = None if long.fine else long.from_day(said.today)
    if day is None:
        return Told(place, match.end())
    return Told(place, match.end(), named=days(day if match["p"] == "in" else said.today, day + 1))


def in_days(written: Written, place: int, today: int) -> Days | None:
    """The day that "in three days" or "in two weeks" names; longer spans don't name a day."""
    match = _IN.match(written.lower, place)
    long = None if match is None or match["p"] != "in" else duration(match)
    day = None if long is None or long.fine or long.months else long.from_day(today)
    return None if day is None else days(day, day + 1)


def _led(written: Written, place: int, said: Said) -> Told | None:
    """A period after a word of time; "since" before a verb means because."""
    match = _LEAD.match(written.lower, place)
    if match is None:
        return None
    lead = LEADS[" ".join(match["w"].split())]
    phrase = phrase_at(written, match.end(), led=lead)
    if phrase is None or (lead == "since" and _BUT_BECAUSE.match(written.lower, phrase.end)):
        return None
    found = _days_after(lead, phrase, said)
    if found is None:
        return None
    if match["w"] == "from" and phrase.kind == "day" and found.end - found.first > 1:
        return Told(place, phrase.end, since=found.first, until=found.end - 1)
    if lead in ("since", "from"):
        return _from(written, Told(place, phrase.end, named=found), said, sure=match["w"] != "from")
    if lead in ("until", "through", "by"):
        last = lead != "until" or phrase.kind == "last"
        return Told(place, phrase.end, until=found.end if last else found.first)
    if lead in ("before", "after"):
        return Told(place, phrase.end, until=found.first if lead == "before" and said.future else None)
    return Told(place, phrase.end, named=found)


def _from(written: Written, told: Told, said: Said, *, sure: bool) -> Told:
    """Since a period, or from it on. A mere "from" may tell where a thing comes from ("films from the 90s"): it is
    since only of what lies ahead, where a clause begins, and with "on" after it; else it names the period."""
    found, onwards = told.named, _ONWARDS.match(written.lower, told.end)
    end = onwards.end() if onwards else told.end
    opens = _OPENING.search(written.lower, max(0, told.start - 3), told.start)
    if found is None or not (sure or onwards or opens or found.first >= said.today):
        return Told(told.start, end, named=found)
    return Told(told.start, end, since=found.first)


def _days_after(lead: str, phrase: Phrase, said: Said) -> Days | None:
    """Which days, after a word of time: "since" looks back and "by" ahead, and either may mean what is on."""
    if lead == "since":
        return phrase.when(said.today, False)
    if lead == "by" or (lead == "through" and said.future):
        now = phrase.when(said.today, False)
        return now if now and now.first <= said.today < now.end else phrase.when(said.today, True)
    return said.days(phrase)


def _bare(written: Written, place: int, said: Said) -> Told | None:
    phrase = phrase_at(written, place, led="")
    found = None if phrase is None else said.days(phrase)
    return None if phrase is None or found is None else Told(place, phrase.end, named=found)


_READINGS: tuple[Callable[[Written, int, Said], Told | None], ...] = (
    _range,
    _past,
    _next,
    _lasting,
    _in_a_while,
    _led,
    _bare,
)
"""What is tried first stands first."""
