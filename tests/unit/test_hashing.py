"""The hashing embedder: an embedder as the port promises it, the same to the last bit everywhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.persona.embedding import Embedder, ModelCard, usable
from kith.persona.hashing import HashEmbedder

any_text = st.text(alphabet=st.characters(), max_size=30)
TEXTS = ["", " ", "ok", "Any trail shoes under 100?", "🌊", "我爱北京", "\ud800", "a" * 5000, "\0", "İstanbul"]


def test_the_card_names_the_recipe() -> None:
    embedder: Embedder = HashEmbedder(dimension=64)
    assert embedder.card == ModelCard(
        name="hash", digest="945a852210eb957888f7154149c8bc2882a40368059f129cf73942a4b5cafb87", dimension=64
    )
    assert HashEmbedder().card.dimension == 384


def test_vectors_never_change() -> None:
    [row] = HashEmbedder(dimension=16).embed(["Any trail shoes under 100?"])
    sums = np.array([-2, 0, 3, 0, -2, 4, 3, -2, 1, -2, 1, 0, 1, 1, 2, -1])
    assert row.tolist() == (sums / np.sqrt(59)).astype(np.float32).tolist()


def test_an_empty_call_gives_no_rows() -> None:
    vectors = HashEmbedder(dimension=32).embed([])
    assert (vectors.shape, vectors.dtype) == ((0, 32), np.float32)


@given(st.lists(any_text, max_size=6), st.sampled_from([1, 2, 16, 384]))
def test_every_text_has_a_vector_of_length_one(texts: list[str], dimension: int) -> None:
    vectors = HashEmbedder(dimension=dimension).embed(texts)
    assert (vectors.shape, vectors.dtype) == ((len(texts), dimension), np.float32)
    assert usable(vectors).all()
    np.testing.assert_allclose((vectors * vectors).sum(axis=1), 1, rtol=1e-6)


@given(st.lists(any_text, min_size=1, max_size=6), st.data())
def test_a_text_has_the_same_vector_in_any_company(texts: list[str], data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=6))
    embedder = HashEmbedder(dimension=48)
    assert embedder.embed([texts[at] for at in chosen]).tolist() == embedder.embed(texts)[chosen].tolist()


def test_a_long_call_is_as_many_short_ones() -> None:
    texts = [f"message {number} of many" for number in range(2100)] + TEXTS
    embedder = HashEmbedder(dimension=24)
    assert embedder.embed(texts).tolist() == [embedder.embed([text])[0].tolist() for text in texts]


def test_any_text_has_a_vector() -> None:
    assert usable(HashEmbedder().embed(TEXTS)).all()


def test_case_and_width_do_not_count() -> None:
    one, other, wide = HashEmbedder().embed(["Trail SHOES", "trail shoes", "ｔｒａｉｌ ｓｈｏｅｓ"])
    assert one.tolist() == other.tolist() == wide.tolist()


@pytest.mark.parametrize(
    ("text", "like", "unlike"),
    [
        ("I love trail running shoes", "which trail shoes for running?", "my tax return is late"),
        ("living in Lisbon", "she lives in Lisbon", "he plays the piano"),
        ("我爱北京", "我在北京", "明天下雨"),
    ],
)
def test_texts_that_share_words_are_nearer(text: str, like: str, unlike: str) -> None:
    vector, near, far = HashEmbedder().embed([text, like, unlike])
    assert vector @ near > vector @ far + 0.1
