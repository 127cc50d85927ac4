"""Times and birthdays: which day is meant whenever it is said, and that no text and no time is too strange."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.persona.language.dates import day_of_year, times_in
from kith.persona.language.dates.cycles import CYCLES
from kith.persona.language.dates.phrases import Said, told_at
from kith.persona.language.dates.starts import has_time, starts
from kith.persona.language.dates.written import Written

DAY = 86_400_000
EPOCH = date(1970, 1, 1)
EARLIEST, LATEST = ((date(*first) - EPOCH).days * DAY for first in ((1, 1, 1), (9999, 12, 31)))
WEDNESDAY = (date(2024, 5, 15) - EPOCH).days * DAY
PIECES = """
since from until till by before after between and to through in on at for over during the this last next past coming
early mid late end beginning of a an few couple half two three 3 12 12th 31st 29 2019 '95 99 9999 0001 90s may march May
February Friday sat Sun weekend week month year years days weeks hours decade quarter Q3 summer winter Christmas Easter
New Year's Eve ago now today tomorrow yesterday second twenty-first 2024-02-30 31/12/9999 1.1.0001 5/6 - , . ' \u2019
it's been already within onwards İ \u212a
"""

wordy = st.lists(st.sampled_from(PIECES.split()), max_size=14).map(" ".join)
texts = st.one_of(wordy, st.text(alphabet=st.characters(), max_size=60))
moments = st.integers(min_value=EARLIEST, max_value=LATEST)


def day_of(moment: int) -> str:
    return (EPOCH + timedelta(milliseconds=moment)).isoformat()


@pytest.mark.parametrize(
    ("said", "text", "future", "expected"),
    [
        ("2024-01-10", "last winter", False, (("2022-12-01", "2023-03-01"))),
        ("2024-01-10", "in the winter", False, (("2023-12-01", "2024-03-01"))),
        ("2024-01-10", "last summer", False, (("2023-06-01", "2023-09-01"))),
        ("2024-01-31", "a month from now", True, (("2024-02-29", "2024-03-01"))),
        ("2024-02-29", "a year ago", False, (("2023-02-28", "2023-03-01"))),
        ("1903-01-01", "on 29 February", False, (("1896-02-29", "1896-03-01"))),
        ("1897-01-01", "on 29 February", True, (("1904-02-29", "1904-03-01"))),
        ("2024-05-17", "next Friday", True, (("2024-05-24", "2024-05-25"))),
        ("2024-05-17", "on Friday", True, (("2024-05-24", "2024-05-25"))),
        ("2024-05-17", "this Friday", True, (("2024-05-17", "2024-05-18"))),
        ("2024-05-18", "next weekend", True, (("2024-05-25", "2024-05-27"))),
        ("2024-05-18", "this weekend", True, (("2024-05-18", "2024-05-20"))),
        ("2024-12-30", "next week", True, (("2025-01-06", "2025-01-13"))),
        ("2024-03-12", "on 12 March", True, (("2024-03-12", "2024-03-13"))),
        ("2031-01-01", "in the 20s", False, (("2020-01-01", "2030-01-01"))),
        ("2024-05-15", "in the twenties", False, (("2020-01-01", "2030-01-01"))),
        ("2024-05-15", "in the '80s", False, (("1980-01-01", "1990-01-01"))),
    ],
)
def test_the_day_on_which_it_is_said_decides(said: str, text: str, future: bool, expected: tuple[str, str]) -> None:
    [period] = times_in(text, said=(date.fromisoformat(said) - EPOCH).days * DAY, future=future).named
    assert (day_of(period.first), day_of(period.end)) == expected


EASTERS = [
    "1818-03-22",
    "1943-04-25",
    "1961-04-02",
    "2000-04-23",
    "2008-03-23",
    "2019-04-21",
    "2024-03-31",
    "2038-04-25",
]


@pytest.mark.parametrize("sunday", EASTERS)
def test_easter_is_reckoned(sunday: str) -> None:
    found = CYCLES["easter"].at(int(sunday[:4]))
    assert found is not None
    assert date.fromordinal(found.first).isoformat() == sunday


@given(texts, st.integers())
def test_a_birthday_is_a_day_of_the_year_or_none(text: str, said: int) -> None:
    found = day_of_year(text, said=said)
    assert found is None or datetime.strptime(f"{found} 2000", "%d %B %Y").replace(tzinfo=UTC)


@given(texts, st.integers(), st.booleans())
def test_whatever_is_written_whenever_gives_times_that_make_sense(text: str, said: int, future: bool) -> None:
    times = times_in(text, said=said, future=future)
    assert times.since is None or times.until is None or times.since < times.until
    moments = [moment for moment in (times.since, times.until) if moment is not None]
    for one in times.named:
        assert one.first < one.end
        assert (one.start_char, one.end_char) in times.spans
        moments += [one.first, one.end]
    assert all(EARLIEST <= moment <= LATEST and moment % DAY == 0 for moment in moments)
    edges = [edge for span in times.spans for edge in span]
    assert edges == sorted(edges)
    assert all(first < end for first, end in times.spans)
    assert all(0 <= edge <= len(text) for edge in edges)


@given(wordy, moments, st.integers(min_value=0, max_value=DAY - 1), st.booleans())
def test_the_hour_does_not_matter(text: str, said: int, later: int, future: bool) -> None:
    midnight = said - said % DAY
    assert times_in(text, said=midnight + later, future=future) == times_in(text, said=midnight, future=future)
    assert day_of_year(text, said=midnight + later) == day_of_year(text, said=midnight)


@given(wordy)
def test_small_letters_and_apostrophes_are_as_good_in_a_place(text: str) -> None:
    curly = text.replace("'", "\u2019")
    assert times_in(curly, said=WEDNESDAY) == times_in(text.replace("\u2019", "'"), said=WEDNESDAY)


@given(wordy)
def test_the_cheap_look_misses_nothing(text: str) -> None:
    written, said = Written.of(text), Said(738_000, False)
    if not has_time(text):
        assert not any(told_at(written, place, said) for place in starts(written))
