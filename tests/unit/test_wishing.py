"""Intents by meaning: when the embedder is opened, what it is asked, and whose vectors are compared."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from kith.etl.wishing import Wishing
from kith.persona.embedding import ModelCard, Vectors
from kith.persona.hashing import HashEmbedder
from kith.persona.language.intents import Intent, Taxonomy
from kith.persona.model import Message

SPOKEN_OF = ("parcel", "pie", "hello")


class Topics:
    """An embedder that knows three topics: a text's vector says which of them it names."""

    card = ModelCard("topics", "0" * 64, len(SPOKEN_OF))

    def __init__(self) -> None:
        self.embedded: list[list[str]] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded.append(list(texts))
        rows = [[float(topic in text.lower()) for topic in SPOKEN_OF] for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), len(SPOKEN_OF))


class Opening:
    """Hands the embedder out, and counts how often."""

    def __init__(self, embedder: Topics | HashEmbedder) -> None:
        self.embedder = embedder
        self.opened = 0

    def __call__(self) -> Topics | HashEmbedder:
        self.opened += 1
        return self.embedder


TAXONOMY = Taxonomy(
    intents=(Intent("track_order", "Where it is.", ("a parcel",)), Intent("find_recipe", "To cook.", ("a pie",))),
    none=("hello",),
    threshold=0.5,
    margin=0.1,
)


@pytest.fixture
def topics() -> Topics:
    return Topics()


@pytest.fixture
def opening(topics: Topics) -> Opening:
    return Opening(topics)


@pytest.fixture
def wishing(opening: Opening) -> Wishing:
    return Wishing(TAXONOMY, opening, model="topics")


def said(*texts: str) -> list[Message]:
    return [Message("acme", "u1", text, 1) for text in texts]


def test_the_nearest_intent_of_what_asks(wishing: Wishing, topics: Topics) -> None:
    messages = said("where is my parcel?", "I ate a pie.", "can you bake me a pie?", "is anybody there? hello?")
    assert wishing.of(messages, None) == ["track_order", None, "find_recipe", None]
    assert topics.embedded == [TAXONOMY.texts, [messages[0].text, messages[2].text, messages[3].text]]


def test_without_a_gate_every_message_is_compared(opening: Opening) -> None:
    assert Wishing(replace(TAXONOMY, gate=False), opening, model="topics").of(said("I ate a pie."), None) == [
        "find_recipe"
    ]


def test_vectors_that_were_made_already_are_not_made_again(wishing: Wishing, topics: Topics) -> None:
    messages = said("I ate a pie.", "where is it?")
    rows = topics.embed(["a pie", "a parcel"])
    topics.embedded.clear()
    assert wishing.of(messages, rows) == [None, "track_order"]
    assert topics.embedded == [TAXONOMY.texts]


def test_what_is_embedded_bears_the_authors_name(wishing: Wishing, topics: Topics) -> None:
    wishing.of([replace(said("where is my parcel?")[0], author="Mira")], None)
    assert topics.embedded[-1] == ["Mira: where is my parcel?"]


def test_nothing_is_opened_before_something_asks(wishing: Wishing, opening: Opening) -> None:
    assert wishing.of(said("I ate a pie.", "thanks"), None) == [None, None]
    assert wishing.of([], None) == []
    assert opening.opened == 0


def test_the_examples_are_embedded_once_however_many_ask(wishing: Wishing, topics: Topics) -> None:
    asked = [said("where is my parcel?") for _ in range(12)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(wishing.of, asked, [None] * len(asked)))
    assert found == [["track_order"]] * len(asked)
    assert topics.embedded.count(TAXONOMY.texts) == 1


def test_an_embedder_that_knows_no_meaning_finds_no_intent() -> None:
    opening = Opening(HashEmbedder())
    wishing = Wishing(TAXONOMY, opening, model="hash")
    assert wishing.of(said("where is my parcel?"), None) == [None]
    assert wishing.of(said("where is my parcel?"), None) == [None]
    assert opening.opened == 1


def test_the_version_names_taxonomy_and_model(wishing: Wishing, opening: Opening) -> None:
    assert wishing.version == f"intents-{TAXONOMY.version}/topics"
    stricter = Wishing(replace(TAXONOMY, threshold=0.6), opening, model="topics")
    assert stricter.version != wishing.version
    assert Wishing(TAXONOMY, opening, model="other").version == f"intents-{TAXONOMY.version}/other"
    assert opening.opened == 0
