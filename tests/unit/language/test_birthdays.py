"""Birthdays: the day and month that a text names on a Wednesday in May 2024."""

from datetime import UTC, datetime

import pytest

from kith.persona.language.dates import day_of_year

WEDNESDAY = int(datetime(2024, 5, 15, 14, 30, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my birthday is on March 12th", "12 march"),
        ("I was born on the 12th of March 1990", "12 march"),
        ("I turn 30 on 12 march", "12 march"),
        ("I turn 30 March 12th", "12 march"),
        ("1990-03-12", "12 march"),
        ("25/3", "25 march"),
        ("3/25", "25 march"),
        ("5/5", "5 may"),
        ("12/3", None),
        ("born 12/03/1990", None),
        ("born 25/03/1990", "25 march"),
        ("25.12.", "25 december"),
        ("25.12.1990", "25 december"),
        ("Feb 29", "29 february"),
        ("30 February", None),
        ("twelfth of may", "12 may"),
        ("December twenty-fifth", "25 december"),
        ("4th of July", "4 july"),
        ("Sept. 3rd", "3 september"),
        ("next Friday", "17 may"),
        ("it's my birthday today!", "15 may"),
        ("my birthday is tomorrow", "16 may"),
        ("it was yesterday", "14 may"),
        ("my birthday was on Friday", "10 may"),
        ("my birthday is on Friday", "17 may"),
        ("in 3 days", "18 may"),
        ("two weeks ago", "1 may"),
        ("on New Year's Eve", "31 december"),
        ("on the 12th", "12 june"),
        ("in two months", None),
        ("a year ago", None),
        ("in 2 hours", None),
        ("in March", None),
        ("in 1990", None),
        ("next week", None),
        ("the end of May", None),
        ("12-15 June", None),
        ("Python 3.11 and 3.13", None),
        ("", None),
    ],
)
def test_the_day_and_month_of_a_birthday(text: str, expected: str | None) -> None:
    assert day_of_year(text, said=WEDNESDAY) == expected
