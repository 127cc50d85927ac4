"""Whose words a message holds, and what its person is called in texts about them."""

import pytest

from kith.persona.language.persons import is_own, names_of
from kith.persona.model import Message


@pytest.mark.parametrize(
    ("user_id", "name", "called"),
    [
        ("alice123", None, {"alice"}),
        ("alice.martin@example.org", None, {"alice", "martin"}),
        ("u42", None, set[str]()),
        ("customer-77", None, set[str]()),
        ("3f2b8c1e-77aa-4d0e-9b1c-0f6ad1e2b3c4", None, set[str]()),
        ("user_9fk2jq8z1", None, set[str]()),
        ("u42", "Alice Martin", {"alice", "alice martin"}),
        ("alice123", "Noor", {"noor"}),
        ("u42", "Lucía", {"lucia"}),
        ("u42", "  ", set[str]()),
    ],
)
def test_a_name_comes_from_the_record_else_from_the_id(user_id: str, name: str | None, called: set[str]) -> None:
    assert names_of(user_id, name) == called


@pytest.mark.parametrize(
    ("user_id", "author", "name", "own"),
    [
        ("u42", None, None, True),
        ("u42", "Ana", None, True),
        ("ana42", "Ana", None, True),
        ("anasilva", "Ana Silva", None, True),
        ("lucia35", "Lucía", None, True),
        ("ana42", "Ben", None, False),
        ("ana.silva@example.org", "Ben", None, False),
        ("ana.silva@example.org", "Silva, Ana", None, True),
        ("u42", "Ben", "Ana Silva", False),
        ("u42", "Ana", "Ana Silva", True),
        ("u42", "Ana Silva", "Ana", True),
        ("u42", "u42", "Ana", True),
        ("ben7", "Ana", "Ana", True),
    ],
)
def test_an_author_with_another_name_is_somebody_else(
    user_id: str, author: str | None, name: str | None, own: bool
) -> None:
    assert is_own(Message("acme", user_id, "I love tea", 1, author=author), name) is own
