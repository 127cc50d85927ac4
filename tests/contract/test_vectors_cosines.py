"""What every adapter of the VectorIndex port promises of how near it says that messages and entities are."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import pytest

from kith.persona.embedding import Vectors
from kith.persona.model import Entity
from kith.stores.errors import RecordRefused
from kith.stores.ports import Indexed, VectorIndex

Making: TypeAlias = Callable[..., Vectors]
PLACES = [Entity("place", f"place {n}") for n in range(3)]


def messages(keys: Sequence[str]) -> list[Indexed]:
    return [Indexed(key, "ana", "c1", "user", 0, content="digest", text="hello") for key in keys]


def test_messages_are_as_near_as_their_vectors_are(index: VectorIndex, tenant: str, unit_vectors: Making) -> None:
    keys, vectors, query = [f"k{n}" for n in range(620)], unit_vectors(620), unit_vectors(1, seed=9)[0]
    index.upsert_messages(tenant, messages(keys), vectors)
    asked = [*keys[5:610], "nobody's", keys[7]]
    found = index.cosines(tenant, query, asked)
    assert found == pytest.approx(
        {key: float(vectors[at] @ query) for at, key in list(enumerate(keys))[5:610]}, abs=1e-5
    )
    assert index.cosines(tenant, query, []) == {}
    assert index.cosines(f"not {tenant}", query, keys) == {}


def test_entities_are_as_near_as_their_vectors_are(index: VectorIndex, tenant: str, unit_vectors: Making) -> None:
    vectors, query = unit_vectors(2), unit_vectors(1, seed=9)[0]
    index.upsert_entities(tenant, PLACES[:2], vectors)
    found = index.entity_cosines(tenant, query, PLACES)
    assert found == pytest.approx({PLACES[at]: float(vectors[at] @ query) for at in range(2)}, abs=1e-5)
    assert index.entity_cosines(tenant, query, []) == {}
    assert index.entity_cosines(f"not {tenant}", query, PLACES) == {}


def test_what_has_no_direction_is_near_nothing(index: VectorIndex, tenant: str) -> None:
    with pytest.raises(RecordRefused, match="cannot be searched"):
        index.cosines(tenant, np.zeros(16, dtype=np.float32), ["k1"])
