"""Facts in words: each predicate, somebody and what they are, and names as they are written."""

import pytest

from kith.persona.facts import PREDICATES
from kith.persona.model import Entity, Fact
from kith.persona.wording import fact_text


def fact(predicate: str, name: str, *, detail: str = "", until: int | None = None) -> Fact:
    return Fact("f1", predicate, Entity("thing", name), 1, until, 0.9, "rule", ("k1",), detail)


SAID = {
    "likes": ("hiking", "likes hiking"),
    "dislikes": ("rain", "dislikes rain"),
    "prefers": ("tea", "prefers tea"),
    "lives_in": ("ghent", "lives in ghent"),
    "works_at": ("novamet", "works at novamet"),
    "role": ("nurse", "is a nurse"),
    "owns": ("bike", "owns: bike"),
    "plans": ("visit japan", "plans to visit japan"),
    "allergic_to": ("peanut", "is allergic to peanut"),
    "diet": ("no meat", "diet: no meat"),
    "family": ("lea", "family: lea"),
    "has_pet": ("biscuit", "pet: biscuit"),
    "speaks": ("dutch", "speaks dutch"),
    "birthday": ("12 march", "birthday: 12 march"),
    "goal": ("learn spanish", "has the goal to learn spanish"),
}


def test_every_predicate_has_words() -> None:
    assert set(SAID) == set(PREDICATES)


@pytest.mark.parametrize("predicate", PREDICATES)
@pytest.mark.parametrize("until", [None, 9])
def test_each_predicate(predicate: str, until: int | None) -> None:
    name, words = SAID[predicate]
    assert fact_text(fact(predicate, name, until=until)) == words


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (fact("family", "lea", detail="sister"), "sister: lea"),
        (fact("family", "sister", detail="sister"), "has a sister"),
        (fact("has_pet", "biscuit", detail="dog"), "dog: biscuit"),
        (fact("has_pet", "cat", detail="cat"), "has a cat"),
        (fact("role", "engineer"), "is an engineer"),
        (fact("role", "software engineer"), "is a software engineer"),
        (fact("likes", "tea", detail="green"), "likes tea"),
        (fact("sings_in", "choir"), "sings in: choir"),
        (fact("owns", "{}"), "owns: {}"),
    ],
)
def test_what_somebody_is_to_them_and_articles(known: Fact, words: str) -> None:
    assert fact_text(known) == words


def test_names_stand_as_they_are_written() -> None:
    def shouted(entity: Entity) -> str:
        return entity.name.upper()

    assert fact_text(fact("lives_in", "ghent"), shouted) == "lives in GHENT"
    assert fact_text(fact("family", "lea", detail="sister"), shouted) == "sister: LEA"
    assert fact_text(fact("family", "sister", detail="sister"), shouted) == "has a sister"
    assert fact_text(fact("role", "engineer"), shouted) == "is an ENGINEER"
