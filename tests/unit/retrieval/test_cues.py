"""What questions ask for, and which messages have it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.persona.retrieval.cues import (
    Asked,
    asked_for,
    date_match,
    has_number,
    has_time,
    names_in,
    periods_in,
    question_share,
    says_i,
    sentences,
)


def at(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


ASKED = at("2024-02-10")


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("When did Ana move?", Asked(when=True)),
        ("What year was it?", Asked(when=True)),
        ("How long has she been there?", Asked(when=True)),
        ("How many dogs are there?", Asked(number=True)),
        ("How many weeks did it take?", Asked(when=True, number=True)),
        ("how old is he", Asked(number=True)),
        ("Where did he go?", Asked(name=True)),
        ("Who\u2019s that?", Asked(name=True)),
        ("What is the book about?", Asked(name=True)),
        ("What did she say?", Asked()),
        ("Ist das so?", Asked()),
    ],
)
def test_what_is_asked_for(question: str, asked: Asked) -> None:
    assert asked_for(question) == asked


@pytest.mark.parametrize(
    "text",
    [
        "I went yesterday",
        "two weeks ago",
        "it took three days",
        "in March then",
        "back in 2019",
        "at 7pm",
        "on the 9th",
        "last summer was hot",
        "Saturday!",
        "14/06/2024",
        "every morning",
    ],
)
def test_a_time_expression(text: str) -> None:
    assert has_time(text)


@pytest.mark.parametrize("text", ["I may go", "a second helping", "they march on", "what a day", "the sun is out", ""])
def test_no_time_expression(text: str) -> None:
    assert not has_time(text)


def test_numbers() -> None:
    assert [has_number(text) for text in ("3 kids", "Twice, I think", "a dozen eggs", "no one", "none")] == [
        True,
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("We went to Porto with Ruth", 2),
        ("Yesterday. Then home", 0),
        ("I'm sure I\u2019ll go, I said", 0),
        ('we saw "the salt path" there', 1),
        ("Ana and Ana's dog", 0),
        ("to Graz, Wien, Linz and Bern", 3),
        ("WE WENT TO PORTO", 0),
        ("a café in Évora", 1),
    ],
)
def test_names(text: str, count: int) -> None:
    assert names_in(text, besides={"ana"}) == count


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("How are you?", 1.0),
        ("Fine. And you?", 0.5),
        ("how's the dog", 1.0),
        ("what a day", 0.0),
        ("She asked: \u201cwhy?\u201d", 1.0),
        ("It cost 3.50 at the shop.", 0.0),
        ("", 0.0),
    ],
)
def test_share_of_questions(text: str, share: float) -> None:
    assert question_share(text) == share


def test_who_speaks_of_themself() -> None:
    assert [says_i(text) for text in ("I\u2019m in", "our dog", "im ok", "It is Ines", "you know")] == [
        True,
        True,
        True,
        False,
        False,
    ]


@given(st.text(alphabet="ab .!?\u2026\n\"')1", max_size=60))
def test_sentences_lose_nothing(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("question", "first", "end"),
    [
        ("What did she do in May 2023?", "2023-05-01", "2023-06-01"),
        ("What happened on 8 May, 2023?", "2023-05-08", "2023-05-09"),
        ("What did he do in 2022?", "2022-01-01", "2023-01-01"),
        ("What did she buy in March?", "2023-03-01", "2023-04-01"),
        ("What happened before 9 June 2023?", "2023-06-09", "2023-06-10"),
    ],
)
def test_periods_of_a_question(question: str, first: str, end: str) -> None:
    assert [(one.first, one.end) for one in periods_in(question, asked=ASKED)] == [(at(first), at(end))]


@pytest.mark.parametrize(
    ("question", "said", "match"),
    [
        ("on 8 May 2023", "2023-05-08", 1.0),
        ("on 8 May 2023", "2023-05-09", 1.0),
        ("on 8 May 2023", "2023-05-16", 0.7),
        ("on 8 May 2023", "2023-04-07", 0.3),
        ("on 8 May 2023", "2023-06-09", 0.0),
        ("in May 2023", "2023-05-31", 1.0),
        ("in May 2023", "2023-06-12", 0.5),
        ("in May 2023", "2023-06-13", 0.0),
        ("in May 2023", "2023-04-30", 0.0),
        ("in 2022", "2022-07-01", 0.3),
        ("in 2022", "2023-01-01", 0.0),
    ],
)
def test_date_match(question: str, said: str, match: float) -> None:
    assert [date_match(at(said), one) for one in periods_in(question, asked=ASKED)] == [match]


def test_spaces_before_a_name_are_passed_over() -> None:
    assert names_in("we met    Tom and   Lea") == 2
    assert names_in("   Tom met us.   Lea did not") == 0
