"""The names of those who talk are not searched for, and say whom a question is about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.persona.model import Message
from kith.persona.retrieval import METHOD, Question, read_question, without


def read(text: str, *, person: str | None = "Ana Souza", others: tuple[str, ...] = ("Ben",)) -> Question:
    return read_question(text, asked=0, person=person, others=others)


@pytest.mark.parametrize(
    ("text", "searched", "about"),
    [
        ("What are Ana's hobbies?", "What are hobbies?", "ana"),
        ("Where did Ana Souza go?", "Where did go?", "ana"),
        ("Did Ana and Ben meet Tom?", "Did and meet Tom?", None),
        ("what does ben\u2019s dog eat", "what does dog eat", "ben"),
        ("Did she go to Anaheim?", "Did she go to Anaheim?", None),
        ("Ana?", "Ana?", "ana"),
        ("Where is it?", "Where is it?", None),
    ],
)
def test_names_of_those_who_talk(text: str, searched: str, about: str | None) -> None:
    found = read(text)
    assert (found.searched, found.about) == (searched, about)


@pytest.mark.parametrize("off", [False, True])
def test_who_else_talks_may_be_told_later(*, off: bool) -> None:
    method = without("names left out") if off else METHOD
    text, others = "What did Ben Ash tell Ana on Friday?", ("ben23", "Cleo")
    first = read_question(text, asked=0, person="Ana", method=method)
    assert first.among(others) == read_question(text, asked=0, person="Ana", others=others, method=method) != first


def test_a_user_id_is_a_name_without_its_digits() -> None:
    found = read("What are Alice's hobbies?", person="alice123", others=())
    assert (found.searched, found.about, found.is_of_its_person) == ("What are hobbies?", "alice", True)


@pytest.mark.parametrize(
    ("text", "searched"),
    [("When will Will arrive?", "When will arrive?"), ("Will he come?", "Will he come?"), ("may he", "may he")],
)
def test_a_name_that_is_a_word_needs_its_capital(text: str, searched: str) -> None:
    assert read(text, person="Will", others=("May",)).searched == searched


def test_a_single_letter_is_nobody() -> None:
    assert read("Is u there?", person="u42", others=()).searched == "Is u there?"


def test_names_stay_where_that_part_is_off() -> None:
    found = read_question("Where is Ana?", asked=0, person="Ana", method=without("names left out"))
    assert (found.searched, found.about) == ("Where is Ana?", "ana")


def test_who_wrote_what() -> None:
    def by(author: str | None, role: str = "user") -> Message:
        said = Message(tenant="t", user_id="u", text="hi", timestamp=0, author=author)
        return said if role == "user" else Message(tenant="t", user_id="u", text="hi", timestamp=0, role="assistant")

    of_ana, of_ben, of_nobody = read("Does Ana run?"), read("Does Ben run?"), read("Who runs?")
    messages = [by("Ana Souza"), by("Ben"), by(None), by(None, "assistant")]
    assert [of_ana.wrote(one) for one in messages] == [True, False, True, False]
    assert [of_ben.wrote(one) for one in messages] == [False, True, False, False]
    assert [of_nobody.wrote(one) for one in messages] == [False] * 4


@given(st.text(max_size=40), st.text(max_size=12), st.lists(st.text(max_size=12), max_size=3))
def test_any_text_and_any_names_can_be_read(text: str, person: str, others: list[str]) -> None:
    found = read_question(text, asked=0, person=person, others=others)
    assert found.text == text
    assert bool(found.searched.strip()) == bool(text.strip())
