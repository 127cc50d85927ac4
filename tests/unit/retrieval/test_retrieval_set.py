"""The development set is what its page says: ids that exist, kinds that fit, and two halves of different people."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

SET = Path(__file__).parents[3] / "data" / "evaluation" / "retrieval" / "dev.jsonl"
KINDS = {"one", "many", "time", "inference", "none"}


@pytest.fixture(scope="module")
def people() -> list[dict[str, Any]]:
    return [json.loads(line) for line in SET.read_text(encoding="utf-8").splitlines()]


def test_every_answer_is_a_message_of_the_same_person(people: list[dict[str, Any]]) -> None:
    for person in people:
        messages = [message for talk in person["conversations"] for message in talk["messages"]]
        ids = [message["message_id"] for message in messages]
        assert len(set(ids)) == len(ids)
        assert len({message["author"] for message in messages}) == 2
        assert person["name"] in {message["author"] for message in messages}
        times = [message["timestamp"] for message in messages]
        assert times == sorted(times)
        assert times[-1] < person["asked"]
        for question in person["questions"]:
            assert set(question["answers"]) <= set(ids)
            assert len(set(question["answers"])) == len(question["answers"])


def test_questions(people: list[dict[str, Any]]) -> None:
    questions = [question for person in people for question in person["questions"]]
    assert len({question["id"] for question in questions}) == len(questions)
    assert {question["kind"] for question in questions} == KINDS
    assert all((question["kind"] == "none") == (not question["answers"]) for question in questions)
    answerable = [question for question in questions if question["answers"]]
    assert len(answerable) >= 200
    assert sum(len(question["answers"]) > 1 for question in answerable) * 3 >= len(answerable)


def test_halves(people: list[dict[str, Any]]) -> None:
    assert Counter(person["half"] for person in people) == {"tune": 3, "held": 3}
    assert len({person["user_id"] for person in people}) == len(people)
