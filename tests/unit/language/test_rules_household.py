"""Whom a text names as its person's family and pets, and who only seems to be."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

from kith.persona.language.facts_said import Said

Kin: TypeAlias = set[tuple[str, str, str, str]]
Saying: TypeAlias = Callable[[str], Said]
Spans: TypeAlias = set[tuple[str, str, str | None, str | None]]
Dated: TypeAlias = Callable[[str], Spans]


def kin(said: Said) -> Kin:
    """What is said, each as predicate, object, what they are to the person, and state."""
    return {
        (one.predicate, one.object.name, one.detail, "holds" if one.until is None else "ended")
        for one in said.statements
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My sister Lea is visiting.", {("family", "lea", "sister", "holds")}),
        ("I have two kids.", {("family", "kid", "kid", "holds")}),
        ("We have a daughter called Ana.", {("family", "ana", "daughter", "holds")}),
        (
            "My sons, Ivo and Jan, are at school.",
            {("family", "ivo", "son", "holds"), ("family", "jan", "son", "holds")},
        ),
        ("My mother-in-law is staying with us.", {("family", "mother-in-law", "mother-in-law", "holds")}),
        ("My daughter is called Ana.", {("family", "ana", "daughter", "holds")}),
        ("My son's name is Idris.", {("family", "idris", "son", "holds")}),
        ("I'm married to Omar.", {("family", "omar", "spouse", "holds")}),
        ("My step-brother is a nurse.", {("family", "step-brother", "step-brother", "holds")}),
        ("I've got a twin brother.", {("family", "brother", "brother", "holds")}),
        (
            "I have a brother named Rui and a sister named Inês.",
            {("family", "rui", "brother", "holds"), ("family", "inês", "sister", "holds")},
        ),
        ("my nan's coming over", {("family", "nan", "nan", "holds")}),
        ("Our toddler refuses to sleep.", {("family", "toddler", "toddler", "holds")}),
        ("My fiancé proposed.", {("family", "fiancé", "fiancé", "holds")}),
        ("My grandparents live in Crete.", {("family", "grandparent", "grandparent", "holds")}),
        ("My aunt Rosa haggles.", {("family", "rosa", "aunt", "holds")}),
        ("Can my husband Tom come along?", {("family", "tom", "husband", "holds")}),
    ],
)
def test_family(said_in_may: Saying, text: str, expected: Kin) -> None:
    assert kin(said_in_may(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We have a dog called Luna.", {("has_pet", "luna", "dog", "holds")}),
        ("My cat Miso sleeps all day.", {("has_pet", "miso", "cat", "holds")}),
        ("I've got two cats.", {("has_pet", "cat", "cat", "holds")}),
        ("I adopted a greyhound.", {("has_pet", "greyhound", "greyhound", "holds")}),
        ("We just got a puppy!", {("has_pet", "puppy", "puppy", "holds")}),
        ("I have a golden retriever named Biscuit.", {("has_pet", "biscuit", "golden retriever", "holds")}),
        (
            "Our cats Salt and Pepper are twins.",
            {("has_pet", "salt", "cat", "holds"), ("has_pet", "pepper", "cat", "holds")},
        ),
        ("My pet snake Monty escaped.", {("has_pet", "monty", "snake", "holds")}),
        ("Our guinea pig is hungry.", {("has_pet", "guinea pig", "guinea pig", "holds")}),
        ("I have a horse, Bella.", {("has_pet", "bella", "horse", "holds")}),
        ("I'm walking my dog.", {("has_pet", "dog", "dog", "holds")}),
        ("We keep three hens.", {("has_pet", "hen", "hen", "holds")}),
        ("My rabbit died last month.", {("has_pet", "rabbit", "rabbit", "ended")}),
        ("I had a parrot.", {("has_pet", "parrot", "parrot", "ended")}),
        ("I don't have a cat any more.", {("has_pet", "cat", "cat", "ended")}),
        ("We put our dog down in June.", {("has_pet", "dog", "dog", "ended")}),
    ],
)
def test_pets(said_in_may: Saying, text: str, expected: Kin) -> None:
    assert kin(said_in_may(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Do I have a sister?",
        "Your sister called.",
        "His wife is nice.",
        "My ex-wife took the car.",
        "My friend Lea has two kids.",
        "My flatmate Ben is vegan.",
        "My colleague's daughter is ill.",
        "If I had a dog, I'd call it Rex.",
        "I want a dog.",
        "I wish I had a brother.",
        "My business partner Ada is late.",
        "My training partner is fast.",
        "Dogs are great.",
        "A friend of mine has a parrot.",
        "My neighbour's cat is loud.",
        "I had fish for dinner.",
        "My chicken is dry.",
        "My dog food order is late.",
        "Should we get a puppy?",
        'He told me "my wife is away".',
        "My imaginary friend has a horse.",
        "My late grandmother loved opera.",
        "I don't have a dog.",
        "I don't have any kids.",
        "I'm a dog person.",
        "My teddy bear is old.",
        "Tom's sister is here.",
        "She walks her dog.",
        "Imagine having twins.",
        "My hot dog is cold.",
    ],
)
def test_who_is_neither_family_nor_pet(said_in_may: Saying, text: str) -> None:
    assert kin(said_in_may(text)) == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I've had my snake since 2017.", {("has_pet", "snake", "2017-01-01", None)}),
        ("We got a kitten in March.", {("has_pet", "kitten", "2024-03-01", None)}),
        ("We're getting a puppy next week.", {("plans", "get puppy", None, "2024-05-27")}),
        ("My hamster died yesterday.", {("has_pet", "hamster", None, "2024-05-14")}),
    ],
)
def test_since_and_until_when(dated_in_may: Dated, text: str, expected: Spans) -> None:
    assert dated_in_may(text) == expected
