"""What every adapter of the VectorIndex port promises of what is found, and in which order."""

from collections.abc import Callable, Sequence
from typing import TypeAlias, cast

import numpy as np
import pytest

from kith.persona.embedding import Vectors
from kith.persona.model import Entity
from kith.stores.ports import Hit, Indexed, VectorIndex

Indexing: TypeAlias = Callable[..., Indexed]
Making: TypeAlias = Callable[..., Vectors]


def about(score: float) -> float:
    """A score within what a store may round."""
    return cast(float, pytest.approx(score, abs=1e-5))


def keys(hits: Sequence[Hit]) -> list[str]:
    return [hit.key for hit in hits]


def test_the_nearest_come_first_with_their_cosine(
    index: VectorIndex, tenant: str, indexed: Indexing, unit_vectors: Making
) -> None:
    number = 300
    points = unit_vectors(number) * np.random.default_rng(1).uniform(0.1, 9, (number, 1)).astype(np.float32)
    users = [f"u{n % 3}" for n in range(number)]
    index.upsert_messages(tenant, [indexed(f"{n}", user_id=users[n]) for n in range(number)], points)
    query = unit_vectors(1, seed=2)[0] * 5
    cosines = (points @ query) / np.linalg.norm(points, axis=1) / np.linalg.norm(query)

    def expected(rows: Sequence[int], limit: int) -> list[Hit]:
        best = sorted(rows, key=lambda n: -cosines[n])[:limit]
        return [Hit(f"{n}", users[n], "c1", about(float(cosines[n]))) for n in best]

    everyone = list(range(number))
    assert index.search_dense(tenant, query) == expected(everyone, 10)
    assert index.search_dense(tenant, query, limit=1000) == expected(everyone, number)
    assert index.search_dense(tenant, query, limit=100_000) == expected(everyone, number)
    assert index.search_dense(tenant, query, limit=0) == []
    assert index.search_dense(tenant, query, user_id="u1", limit=7) == expected(everyone[1::3], 7)
    others = [n for n in everyone if n % 3 != 1]
    assert index.search_dense(tenant, query, except_user="u1", limit=7) == expected(others, 7)
    assert index.search_dense(tenant, query, user_id="u1", except_user="u1") == []
    assert index.search_dense(tenant, query, user_id="nobody") == []


def test_the_nearest_entities_come_first_with_their_cosine(
    index: VectorIndex, tenant: str, unit_vectors: Making
) -> None:
    points = unit_vectors(50)
    entities = [Entity("place", f"place {n}") for n in range(50)]
    index.upsert_entities(tenant, entities, points)
    query = unit_vectors(1, seed=3)[0]
    order = np.argsort(-(points @ query))[:5]
    assert index.search_entities(tenant, query, limit=5) == [
        (entities[n], about(float(points[n] @ query))) for n in order
    ]


def test_more_of_the_words_asked_for_come_first(
    index: VectorIndex, tenant: str, indexed: Indexing, unit_vectors: Making
) -> None:
    if "lexical" not in index.card().abilities:
        pytest.skip(f"{index.card().kind} {index.card().version} has no BM25")
    texts = {
        "both": "Zanzibar trail shoes",
        "rare": "zanzibar in the winter",
        "common": "trail again",
        "neither": "nothing of it",
        "empty": "",
        "marks": "?! ...",
    }
    rows = [indexed(key, user_id="bo" if key == "rare" else "ana", text=text) for key, text in texts.items()]
    rows += [indexed(f"filler {n}", user_id="cy", text="a trail of fillers here") for n in range(20)]
    index.upsert_messages(tenant, rows, unit_vectors(len(rows)))
    hits = index.search_lexical(tenant, "ZANZIBAR trail?", limit=3)
    assert keys(hits)[:2] == ["both", "rare"]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(hit.score > 0 for hit in hits)
    assert keys(index.search_lexical(tenant, "zanzibar", user_id="bo")) == ["rare"]
    assert keys(index.search_lexical(tenant, "zanzibar", except_user="bo")) == ["both"]
    assert keys(index.search_lexical(tenant, "zanzibar", limit=1)) == keys(index.search_lexical(tenant, "zanzibar"))[:1]
    assert set(keys(index.search_lexical(tenant, "trail", except_user="cy"))) == {"both", "common"}
    for nothing in ("", "   ", "?!", "\0", "unheardof"):
        assert index.search_lexical(tenant, nothing) == []
    assert index.search_lexical(tenant, "zanzibar", limit=0) == []


def test_a_text_is_found_by_what_its_field_holds(
    index: VectorIndex, tenant: str, indexed: Indexing, unit_vectors: Making
) -> None:
    if "lexical" not in index.card().abilities:
        pytest.skip(f"{index.card().kind} {index.card().version} has no BM25")
    texts = {
        "long": "alpha " + "é" * 40_000 + " omega",
        "nul": "before\0after",
        "half": "left \ud83d right",
        "quotes": 'it\'s "quoted" {braces} \\ back\nline',
    }
    index.upsert_messages(tenant, [indexed(key, text=text) for key, text in texts.items()], unit_vectors(4))
    found = {
        word: keys(index.search_lexical(tenant, word))
        for word in ("alpha", "omega", "before", "after", "left", "right", "quoted", "braces", "back", "line")
    }
    assert found == {
        "alpha": ["long"],
        "omega": [],
        "before": ["nul"],
        "after": ["nul"],
        "left": ["half"],
        "right": ["half"],
        "quoted": ["quotes"],
        "braces": ["quotes"],
        "back": ["quotes"],
        "line": ["quotes"],
    }
