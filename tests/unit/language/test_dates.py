"""Phrases of time, and what each says on a Wednesday in May 2024."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kith.persona.language.dates import times_in

DAY = 86_400_000
EPOCH = date(1970, 1, 1)
WEDNESDAY = int(datetime(2024, 5, 15, 14, 30, tzinfo=UTC).timestamp() * 1000)


def day_of(moment: int) -> str:
    return (EPOCH + timedelta(milliseconds=moment)).isoformat()


def told(text: str, *, future: bool = False) -> str:
    """Since, until (the day that is not in it), and each period named: a day, or first to before its end."""
    times = times_in(text, said=WEDNESDAY, future=future)
    parts = [] if times.since is None else [f"since {day_of(times.since)}"]
    parts += [] if times.until is None else [f"until {day_of(times.until)}"]
    for one in times.named:
        parts.append(day_of(one.first) if one.end - one.first == DAY else f"{day_of(one.first)} to {day_of(one.end)}")
    return "; ".join(parts)


LOOKING_BACK = [
    ("I've lived in Ghent since March", "since 2024-03-01"),
    ("since May 2019", "since 2019-05-01"),
    ("since 2019", "since 2019-01-01"),
    ("since early 2020", "since 2020-01-01"),
    ("since the end of May", "since 2023-05-31"),
    ("since last Tuesday", "since 2024-05-14"),
    ("since Monday", "since 2024-05-13"),
    ("since Christmas", "since 2023-12-25"),
    ("since the 90s", "since 1990-01-01"),
    ("since 12 May 2024", "since 2024-05-12"),
    ("since May 12th", "since 2024-05-12"),
    ("since 2024-03-12", "since 2024-03-12"),
    ("since 13/4/2024", "since 2024-04-13"),
    ("since 5/5/2024", "since 2024-05-05"),
    ("since 12.4.2023", "since 2023-04-12"),
    ("since two years ago", "since 2022-05-15"),
    ("since two weeks", "since 2024-05-01"),
    ("since yesterday", "since 2024-05-14"),
    ("since last summer", "since 2023-06-01"),
    ("for three years", "since 2021-05-15"),
    ("for the past two months", "since 2024-03-15"),
    ("for the last couple of years", "since 2022-05-15"),
    ("for the last year", "since 2023-05-15"),
    ("over the past few weeks", "since 2024-04-24"),
    ("I've been vegan for half a year", "since 2023-11-15"),
    ("for a year and a half", "since 2022-11-15"),
    ("for two and a half years now", "since 2021-11-15"),
    ("for 3 years and 2 months", "since 2021-03-15"),
    ("two weeks ago we moved to Lyon", "2024-05-01"),
    ("I joined Novamet a year ago", "2023-05-15"),
    ("half a year ago", "2023-11-15"),
    ("a couple of months ago", "2024-03-15"),
    ("I joined X in 2019", "2019-01-01 to 2020-01-01"),
    ("in March", "2024-03-01 to 2024-04-01"),
    ("in may I moved", "2024-05-01 to 2024-06-01"),
    ("In the summer of 2019", "2019-06-01 to 2019-09-01"),
    ("winter 2019", "2019-12-01 to 2020-03-01"),
    ("last week", "2024-05-06 to 2024-05-13"),
    ("last month", "2024-04-01 to 2024-05-01"),
    ("last year", "2023-01-01 to 2024-01-01"),
    ("last summer", "2023-06-01 to 2023-09-01"),
    ("last Christmas", "2023-12-25"),
    ("last weekend", "2024-05-11 to 2024-05-13"),
    ("this weekend", "2024-05-11 to 2024-05-13"),
    ("this week", "2024-05-13 to 2024-05-20"),
    ("this morning", "2024-05-15"),
    ("until last week", "until 2024-05-06"),
    ("till June", "until 2023-06-01"),
    ("until the end of May", "until 2023-06-01"),
    ("from 2015 to 2019", "since 2015-01-01; until 2019-01-01"),
    ("between May and July", "since 2023-05-01; until 2023-07-01"),
    ("2015-2019", "since 2015-01-01; until 2019-01-01"),
    ("from May 2015 to now", "since 2015-05-01"),
    ("yesterday", "2024-05-14"),
    ("today", "2024-05-15"),
    ("on Friday", "2024-05-10"),
    ("early 2020", "2020-01-01 to 2020-05-01"),
    ("in the early 90s", "1990-01-01 to 1993-05-01"),
    ("in the 1980s", "1980-01-01 to 1990-01-01"),
    ("it's been two years since I moved to Lyon", "since 2022-05-15"),
    ("a week's holiday for 2 days", "since 2024-05-13"),
    ("I worked there for three years until 2019", "since 2016-01-01; until 2019-01-01"),
    ("since May 2020 until 2019", "since 2020-05-01"),
    ("from 2019 I worked there", "since 2019-01-01"),
    ("I work there from March on", "since 2024-03-01"),
    ("I work there from tomorrow", "since 2024-05-16"),
    ("films from the 90s", "1990-01-01 to 2000-01-01"),
    ("from the 3rd to the 10th", "since 2024-05-03; until 2024-05-10"),
    ("from next week on", "since 2024-05-20"),
    ("starting in September", "since 2023-09-01"),
    ("as of today", "since 2024-05-15"),
    ("in Q3 2025", "2025-07-01 to 2025-10-01"),
    ("the first half of 2020", "2020-01-01 to 2020-07-01"),
    ("the first quarter of 2020", "2020-01-01 to 2020-04-01"),
    ("mid-2020", "2020-05-01 to 2020-09-01"),
    ("mid May", "2024-05-11 to 2024-05-21"),
    ("late May", "2023-05-21 to 2023-06-01"),
    ("in the middle of next month", "2024-06-11 to 2024-06-21"),
    ("earlier this year", "2024-01-01 to 2024-05-16"),
    ("since 29 February", "since 2024-02-29"),
    ("the year before last", "2022-01-01 to 2023-01-01"),
    ("the twelfth of March", "2024-03-12"),
    ("May second", "2024-05-02"),
    ("turn 30 March 12", "2024-03-12"),
    ("in '19", "2019-01-01 to 2020-01-01"),
    ("since '95", "since 1995-01-01"),
    ("this past weekend", "2024-05-11 to 2024-05-13"),
    ("in the past two months", "2024-03-15 to 2024-05-16"),
    ("born March 12 1990", "1990-03-12"),
    ("on Sat", "2024-05-11"),
    ("since Sat", "since 2024-05-11"),
    ("from May to July 2019", "since 2019-05-01; until 2019-07-01"),
    ("late May", "2023-05-21 to 2023-06-01"),
    ("since the end of May", "since 2023-05-31"),
    ("by the end of May", "until 2024-06-01"),
    ("by May", "until 2024-06-01"),
    ("by 2030", "until 2031-01-01"),
    ("I have 2 cats and 3 dogs since last year", "since 2023-01-01"),
    ("the score was 3-2 in 2019", "2019-01-01 to 2020-01-01"),
    ("flight AB1234 on 2024-06-01T10:00:00Z", "2024-06-01"),
    ("I turn 30 on 12 March", "2024-03-12"),
    ("I was there in the summer of '69", "1969-06-01 to 1969-09-01"),
    ("since about 2019", "since 2019-01-01"),
    ("ever since last March", "since 2024-03-01"),
    ("since sometime in 2019", "since 2019-01-01"),
    ("I moved from Berlin to Lyon in March 2020", "2020-03-01 to 2020-04-01"),
    ("I've been at Novamet from 2015 till 2019", "since 2015-01-01; until 2019-01-01"),
    ("since late last year", "since 2023-09-01"),
    ("the day after tomorrow", "2024-05-17"),
    ("the day before yesterday", "2024-05-13"),
    ("We'll fly to Japan on the 3rd of June at 10:30 and return on the 12th", "2023-06-03; 2024-05-12"),
    ("I've been running for 10 years, mostly on weekends", "since 2014-05-15"),
    ("it has been a year since I quit", "since 2023-05-15"),
    ("since summer 2022", "since 2022-06-01"),
    ("until the summer of 2020", "until 2020-06-01"),
    ("for my 30th birthday in May", "2024-05-01 to 2024-06-01"),
    ("at the end of last month", "2024-04-30"),
    ("last Good Friday", "2024-03-29"),
    ("I joined in Jan.", "2024-01-01 to 2024-02-01"),
    ("I joined in Jan. 2020 and left in Sept. 2021", "2020-01-01 to 2020-02-01; 2021-09-01 to 2021-10-01"),
    ("as of March 1st, 2024", "since 2024-03-01"),
    ("I drank 2 beers a day for 5 days last week", "since 2024-05-10; 2024-05-06 to 2024-05-13"),
    ("three years already", "since 2021-05-15"),
]


LOOKING_AHEAD = [
    ("this weekend", "2024-05-18 to 2024-05-20"),
    ("next Friday", "2024-05-17"),
    ("next week", "2024-05-20 to 2024-05-27"),
    ("next month", "2024-06-01 to 2024-07-01"),
    ("next year", "2025-01-01 to 2026-01-01"),
    ("next summer", "2024-06-01 to 2024-09-01"),
    ("the week after next", "2024-05-27 to 2024-06-03"),
    ("by December", "until 2025-01-01"),
    ("by the end of the month", "until 2024-06-01"),
    ("until June", "until 2024-06-01"),
    ("through May", "until 2024-06-01"),
    ("from Friday to Sunday", "since 2024-05-17; until 2024-05-19"),
    ("tonight", "2024-05-15"),
    ("tomorrow morning", "2024-05-16"),
    ("on Friday", "2024-05-17"),
    ("Friday at 5pm", "2024-05-17"),
    ("at the end of the month", "2024-05-31"),
    ("late this year", "2024-09-01 to 2025-01-01"),
    ("in two weeks", "2024-05-29"),
    ("in two weeks' time", "2024-05-29"),
    ("three days from now", "2024-05-18"),
    ("within two months", "2024-05-15 to 2024-07-16"),
    ("in the next two months", "2024-05-15 to 2024-07-16"),
    ("on the 12th", "2024-06-12"),
    ("on Friday the 13th", "2024-06-13"),
    ("12-15 June", "2024-06-12 to 2024-06-16"),
    ("June 12-15", "2024-06-12 to 2024-06-16"),
    ("Friday, May 17th", "2024-05-17"),
    ("on 12 May", "2025-05-12"),
    ("in September", "2024-09-01 to 2024-10-01"),
    ("for Christmas", "2024-12-25"),
    ("over the Christmas holidays", "2024-12-25"),
    ("at Easter", "2025-04-20"),
    ("on Good Friday", "2025-04-18"),
    ("on New Year's Eve", "2024-12-31"),
    ("on Valentine's Day", "2025-02-14"),
    ("on Thanksgiving", "2024-11-28"),
    ("for the next two weeks", "until 2024-05-30"),
    ("starting in September", "since 2024-09-01"),
    ("later this year", "2024-05-15 to 2025-01-01"),
    ("this coming Friday", "2024-05-17"),
    ("before Christmas", "until 2024-12-25"),
    ("from 12 to 15 June", "since 2024-06-12; until 2024-06-15"),
    ("at the weekend", "2024-05-18 to 2024-05-20"),
    ("from May to July", "since 2025-05-01; until 2025-07-01"),
    ("between Christmas and New Year", "since 2024-12-25; until 2025-01-01"),
    ("late May", "2024-05-21 to 2024-06-01"),
    ("through May", "until 2024-06-01"),
    ("from 12 to 15 June", "since 2024-06-12; until 2024-06-15"),
    ("by summer", "until 2024-09-01"),
    ("by the end of summer", "until 2024-09-01"),
    ("by Friday", "until 2024-05-18"),
    ("by the end of the week", "until 2024-05-20"),
    ("by next Friday", "until 2024-05-18"),
    ("early next year", "2025-01-01 to 2025-05-01"),
    ("the Friday after next", "2024-05-24"),
    ("in a couple of weeks", "2024-05-29"),
    ("in the spring", "2024-03-01 to 2024-06-01"),
    (
        "I go to Rome this summer with my wife until the end of August",
        "until 2024-09-01; 2024-06-01 to 2024-09-01",
    ),
    ("for the summer", "2024-06-01 to 2024-09-01"),
    ("I'm flying to NYC 5/13/2024", "2024-05-13"),
]


@pytest.mark.parametrize(("text", "expected"), LOOKING_BACK)
def test_what_a_phrase_says_looking_back(text: str, expected: str) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(("text", "expected"), LOOKING_AHEAD)
def test_what_a_phrase_says_looking_ahead(text: str, expected: str) -> None:
    assert told(text, future=True) == expected


def test_a_length_of_what_is_to_come_gives_no_date() -> None:
    assert told("for two weeks", future=True) == ""


@pytest.mark.parametrize("text", [*(text for text, _ in LOOKING_BACK), *(text for text, _ in LOOKING_AHEAD)])
def test_words_around_a_phrase_change_nothing(text: str) -> None:
    around = times_in(f"Well, {text}, honestly", said=WEDNESDAY)
    alone = times_in(text, said=WEDNESDAY)
    assert (around.since, around.until) == (alone.since, alone.until)
    assert [(one.first, one.end) for one in around.named] == [(one.first, one.end) for one in alone.named]
