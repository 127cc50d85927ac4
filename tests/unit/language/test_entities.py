"""What a text mentions, and of what type it is."""

from collections.abc import Callable

import pytest

from kith.etl.feelings import Feeling
from kith.persona.language.entities import mentions, with_objects
from kith.persona.language.grammar import Parse
from kith.persona.language.vocabulary import Vocabulary
from kith.persona.model import Entity, Mention, Statement


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "I'm at Marienhof Hospital in NYC with Anna.",
            [("place", "marienhof hospital"), ("place", "new york city"), ("person", "anna")],
        ),
        ("Lea's trail shoes are brilliant", [("person", "lea"), ("product", "trail shoe")]),
        ("We met Denzel Washington", [("person", "denzel washington")]),
        ("Hi! Thanks. lol 😀 I'm off on Monday, 3 May 2024, for 20 euros", []),
        ("I'm learning Spanish", [("language", "spanish")]),
        ("I love Spanish food", [("group", "spanish")]),
        ("took Banjo to the vet", [("name", "banjo")]),
        ("I play the banjo", [("instrument", "banjo")]),
        ("#hiking is all I need", [("hobby", "hiking")]),
        ("write to ana@lyon.example or https://lyon.example/Rome", []),
        ("Great evening at Hall 7", [("place", "hall 7")]),
    ],
)
def test_entities_and_their_types(
    text: str,
    expected: list[tuple[str, str]],
    parse: Callable[[str], Parse],
    vocabulary: Vocabulary,
    feeling: Feeling,
) -> None:
    found = mentions(text, parse(text), vocabulary, feeling)
    assert [(one.entity.type, one.entity.name) for one in found] == expected


def test_each_entity_once(vocabulary: Vocabulary, feeling: Feeling) -> None:
    found = mentions("NYC, New York, NYC! We love NYC and Zembla", None, vocabulary, feeling)
    assert found == (
        Mention(Entity("place", "new york city"), surface="NYC", count=4, sentiment=0.6369),
        Mention(Entity("name", "zembla"), surface="Zembla", sentiment=0.6369),
    )


def test_no_more_than_can_be_meant(vocabulary: Vocabulary, feeling: Feeling) -> None:
    text = "we saw " + ", ".join(f"Zembla{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(60))
    assert len(mentions(text, None, vocabulary, feeling)) == 32


def test_without_a_parse_the_vocabulary_and_capitals_count(vocabulary: Vocabulary, feeling: Feeling) -> None:
    found = mentions("any coffee near Zembla Park?", None, vocabulary, feeling)
    assert [(one.entity.type, one.entity.name) for one in found] == [("drink", "coffee"), ("name", "zembla park")]


def test_objects_of_statements_are_mentioned() -> None:
    biscuit = Mention(Entity("person", "biscuit"), surface="Biscuit", count=2, sentiment=0.5)
    statements = [
        Statement("has_pet", Entity("animal", "biscuit"), detail="dog"),
        Statement("likes", Entity("thing", "lichen")),
        Statement("dislikes", Entity("activity", "queueing")),
        Statement("likes", Entity("thing", "moss"), denied=True),
        Statement("plans", Entity("plan", "visit japan")),
        Statement("role", Entity("role", "nurse")),
    ]
    assert with_objects([biscuit], statements) == (
        Mention(Entity("animal", "biscuit"), surface="Biscuit", count=2, sentiment=0.5),
        Mention(Entity("thing", "lichen"), surface="lichen", sentiment=0.5),
        Mention(Entity("activity", "queueing"), surface="queueing", sentiment=-0.5),
        Mention(Entity("thing", "moss"), surface="moss"),
    )
