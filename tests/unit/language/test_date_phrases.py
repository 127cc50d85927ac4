"""Which words make a phrase of time, and which only look like one, on a Wednesday in May 2024."""

from datetime import UTC, datetime

import pytest

from kith.persona.language.dates import Times, times_in

WEDNESDAY = int(datetime(2024, 5, 15, 14, 30, tzinfo=UTC).timestamp() * 1000)


def understood(text: str, *, future: bool = False) -> list[str]:
    return [text[first:end] for first, end in times_in(text, said=WEDNESDAY, future=future).spans]


NOT_TIMES = [
    "since 5/12/2024",
    "since I love tea",
    "since May is cold, I stay in",
    "for two people",
    "for 5 euros",
    "for two hours a week",
    "now",
    "currently",
    "I march every day and may go",
    "I sat in the sun, mon ami",
    "a second chance",
    "10k",
    "+49 555 2015 2019",
    "call 555-2015",
    "Python 3.11",
    "24/7",
    "9 to 5",
    "I'm 30 years old",
    "my 5 year old son",
    "on the 5th floor",
    "winter coat",
    "in winter coat",
    "I love summer",
    "I hate Mondays",
    "my last year at school",
    "the last week of May",
    "today's weather",
    "for 99999 years",
    "since 31 February",
    "I may second that",
    "in 2000 words",
    "I went to the 2008 olympics",
    "Black Friday",
    "every Friday",
    "on a Friday",
    "Fridays",
    "until now",
    "My sister June and April like the second one",
    "meet me at 5 on the sunny side",
    "I'm a fan of 80s music and of the 90s",
    "I live at 2015 Main Street",
    "I'm free from 9 to 5 every day",
    "next second",
    "it's in my 20s",
    "since I was 12 years old",
    "Good Friday",
    "Jan lives with me",
    "since Jan left",
    "all summer",
    "look out for the 2nd!",
    "this may be it",
    "half past week after week",
    "I went to the 2015-2019 reunion",
    "https://example.org/2019-05-12/in-May",
    "the temperature rose by 20.5.24 units",
    "",
]


@pytest.mark.parametrize("text", NOT_TIMES)
def test_what_only_looks_like_a_time_is_none(text: str) -> None:
    assert times_in(text, said=WEDNESDAY) == Times()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I have lived in Ghent since about March 2019, for work", ["since about March 2019"]),
        ("for three hours", ["for three hours"]),
        ("my favourites of the last few years", ["of the last few years"]),
        ("we meet in 5 minutes", ["in 5 minutes"]),
        ("I run from Monday to Friday", ["from Monday to Friday"]),
        ("a long time ago I sang for ages", ["a long time ago", "for ages"]),
        (
            "We'll fly on the 3rd of June at 10:30 and return on the 12th",
            ["on the 3rd of June at 10:30", "on the 12th"],
        ),
        ("It\u2019s been two years since I moved", ["It\u2019s been two years since"]),
        ("İ moved in May", ["in May"]),
        ("I joined in Jan. And I like it", ["in Jan"]),
    ],
)
def test_phrases_are_understood_with_their_prepositions(text: str, expected: list[str]) -> None:
    assert understood(text) == expected


def test_a_length_of_what_is_to_come_is_understood() -> None:
    assert understood("for two weeks", future=True) == ["for two weeks"]
