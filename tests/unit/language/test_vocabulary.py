"""What things are called whoever writes it."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kith.etl.lexicons import open_vocabulary
from kith.persona.language.vocabulary import Term, Vocabulary, singular_noun
from kith.persona.model import Entity

KNOWN = open_vocabulary()


def found(text: str, vocabulary: Vocabulary = KNOWN) -> list[tuple[str, str, str]]:
    return [(text[one.start : one.end], one.entity.type, one.entity.name) for one in vocabulary.find(text)]


@pytest.mark.parametrize(
    ("surface", "expected"),
    [
        ("NYC", ("new york city", "place")),
        ("New York", ("new york city", "place")),
        ("the Big Apple", ("new york city", "place")),
        ("New York City's", ("new york city", "place")),
        ("the trail shoes", ("trail shoe", "product")),
        ("Trail Shoe", ("trail shoe", "product")),
        ("trail-shoes", ("trail shoe", "product")),
        ("U.S.", ("united states", "place")),
        ("UK", ("united kingdom", "place")),
        ("hikes", ("hiking", "hobby")),
        ("photos", ("photography", "hobby")),
        ("Turkey", ("turkey", "place")),
        ("turkey", ("turkey", "food")),
        ("The Matrix", ("the matrix", "work")),
        ("us", ("us", None)),
        ("my Nimbo Sensors", ("nimbo sensors", None)),
        ("some nimbo sensors", ("nimbo sensor", None)),
        ("Three Cairns", ("three cairns", None)),
        ("", ("", None)),
    ],
)
def test_one_name_for_one_thing(surface: str, expected: tuple[str, str | None]) -> None:
    assert KNOWN.canonical(surface) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Trail shoes, e-bikes", [("Trail shoes", "product", "trail shoe"), ("e-bikes", "product", "electric bike")]),
        ("hiking in the big apple", [("hiking", "hobby", "hiking"), ("big apple", "place", "new york city")]),
        ("Lyon's cheese", [("Lyon", "place", "lyon"), ("cheese", "food", "cheese")]),
        ("I love New York pizza", [("New York", "place", "new york city"), ("pizza", "food", "pizza")]),
        ("between us, in the US", [("US", "place", "united states")]),
        ("TELL US NOW", []),
        ("Nice to meet you, nice!", []),
        ("the cork popped in Cork", [("Cork", "place", "cork")]),
        ("I'm reading on the road. Bike?", [("Bike", "product", "bicycle")]),
        ("road\nbike", [("bike", "product", "bicycle")]),
        ("", []),
    ],
)
def test_found_in_texts(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("name", "default", "expected"),
    [
        ("nyc", "place", Entity("place", "new york city")),
        ("nyc", "thing", Entity("place", "new york city")),
        ("turkey", "place", Entity("place", "turkey")),
        ("turkey", "thing", Entity("food", "turkey")),
        ("reading", "activity", Entity("hobby", "reading")),
        ("orange", "organisation", Entity("organisation", "orange")),
        ("espresso machines", "product", Entity("product", "espresso machine")),
        ("photo", "product", Entity("product", "photo")),
        ("us", "thing", Entity("thing", "us")),
        ("Nimbo Sensor", "product", Entity("product", "nimbo sensor")),
    ],
)
def test_entities_of_statements(name: str, default: str, expected: Entity) -> None:
    assert KNOWN.entity(name, default) == expected


def test_the_later_term_counts_and_the_longest_match() -> None:
    vocabulary = Vocabulary(
        [
            Term("latte", "drink"),
            Term("dog", "animal"),
            Term("Hot Dog", "band", ("hd",)),
            Term("latte", "hobby"),
            Term("reading", "hobby", ("bookworm",), quiet=True),
        ]
    )
    assert found("latte dog, Hot Dogs, hot dogs, HD reading bookworms", vocabulary) == [
        ("latte", "hobby", "latte"),
        ("dog", "animal", "dog"),
        ("Hot Dogs", "band", "hot dog"),
        ("dogs", "animal", "dog"),
        ("HD", "band", "hot dog"),
        ("bookworms", "hobby", "reading"),
    ]


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("shoes", "shoe"),
        ("potatoes", "potato"),
        ("berries", "berry"),
        ("cookies", "cookie"),
        ("boxes", "box"),
        ("lenses", "lens"),
        ("lens", "lens"),
        ("knives", "knife"),
        ("tennis", "tennis"),
        ("glass", "glass"),
        ("glasses", "glass"),
        ("bus", "bus"),
        ("horses", "horse"),
    ],
)
def test_singulars(plural: str, singular: str) -> None:
    assert singular_noun(plural) == singular


@given(st.text(max_size=60))
@example("00:S")
def test_any_text_can_be_looked_at(text: str) -> None:
    spans = [(one.start, one.end) for one in KNOWN.find(text)]
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    name, _ = KNOWN.canonical(text)
    assert KNOWN.canonical(name)[0] == KNOWN.canonical(KNOWN.canonical(name)[0])[0]
