"""What every adapter of the VectorIndex port promises when it is opened, and of calls at once and in any order."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from threading import Barrier, Event
from typing import Protocol, TypeAlias

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kith.persona.embedding import ModelCard, Vectors
from kith.persona.identity import nfc
from kith.persona.model import Entity
from kith.stores.errors import ModelMismatch, Terminal
from kith.stores.ports import Hit, Indexed, VectorIndex

Indexing: TypeAlias = Callable[..., Indexed]
Making: TypeAlias = Callable[..., Vectors]
ByWords: TypeAlias = Callable[..., list[str] | None]
State: TypeAlias = Callable[[VectorIndex, str], dict[str, tuple[str, str]]]
DIMENSION = 16
MODEL = ModelCard("a model", "0123abcd", DIMENSION)


class Opener(Protocol):
    """Opens one and the same place, as often as it is called."""

    def __call__(self, model: ModelCard | None, *, replace: bool = False) -> VectorIndex: ...


_tenants = count()


def keys(hits: Sequence[Hit]) -> list[str]:
    return [hit.key for hit in hits]


def test_another_model_is_refused_until_the_vectors_are_replaced(
    another_index: Opener, indexed: Indexing, unit_vectors: Making, state: State
) -> None:
    index = another_index(MODEL)
    index.upsert_messages("t", [indexed("a")], unit_vectors(1))
    index.upsert_entities("t", [Entity("place", "Porto")], unit_vectors(1))
    index.close()
    others = [
        replace(MODEL, name="other"),
        replace(MODEL, digest="other"),
        replace(MODEL, dimension=8),
    ]
    for other in others:
        with pytest.raises(ModelMismatch, match="kith rebuild vectors"):
            another_index(other)
    index = another_index(others[2], replace=True)
    assert (index.model(), index.count_messages("t"), index.count_entities("t")) == (others[2], 0, 0)
    index.upsert_messages("t", [indexed("a")], unit_vectors(1, dimension=8))
    index.close()
    with pytest.raises(ModelMismatch, match="'a model'"):
        another_index(MODEL)
    index = another_index(None)
    assert (index.model(), state(index, "t")) == (others[2], {"a": ("ana", "digest of hello")})
    index.close()


def test_without_a_model_nothing_is_made(another_index: Opener) -> None:
    for _ in range(2):
        with pytest.raises(Terminal, match="kith run"):
            another_index(None)


def test_a_closed_index_says_so(another_index: Opener, indexed: Indexing, unit_vectors: Making) -> None:
    index = another_index(MODEL)
    index.close()
    index.close()
    with pytest.raises(Terminal, match="closed"):
        index.count_messages("t")
    with pytest.raises(Terminal, match="closed"):
        index.upsert_messages("t", [indexed("a")], unit_vectors(1))


def test_long_vectors(another_index: Opener, indexed: Indexing, unit_vectors: Making) -> None:
    index = another_index(replace(MODEL, dimension=1024))
    points = unit_vectors(200, dimension=1024)
    index.upsert_messages("t", [indexed(f"{n}") for n in range(200)], points)
    assert keys(index.search_dense("t", points[3], limit=3)) == [f"{n}" for n in np.argsort(-(points @ points[3]))[:3]]
    np.testing.assert_array_equal(index.get_vectors("t", ["9"])["9"], points[9])
    index.close()


# Many at once


def test_readers_see_every_row_while_it_is_written_again(
    index: VectorIndex, tenant: str, indexed: Indexing, unit_vectors: Making, by_words: ByWords
) -> None:
    number, points = 100, unit_vectors(100)
    rows = [indexed(f"{n}") for n in range(number)]
    index.upsert_messages(tenant, rows, points)
    done = Event()

    def look() -> tuple[int, int, int, int]:
        dense = index.search_dense(tenant, points[0], limit=1000)
        words = by_words(index, tenant, "hello", limit=1000)
        there = index.get_messages(tenant, [row.key for row in rows])
        return index.count_messages(tenant), len(dense), len(dense if words is None else words), len(there)

    def read() -> set[tuple[int, int, int, int]]:
        seen: set[tuple[int, int, int, int]] = set()
        while not done.is_set():
            seen.add(look())
        return seen

    with ThreadPoolExecutor(3) as threads:
        readers = [threads.submit(read) for _ in range(3)]
        try:
            for _ in range(10):
                index.upsert_messages(tenant, rows, points)
        finally:
            done.set()
        seen = set[tuple[int, int, int, int]]().union(*(reader.result() for reader in readers))
    assert seen <= {(number,) * 4} or "steady" not in index.card().abilities
    assert look() == (number,) * 4


def test_writers_of_the_same_rows_leave_one_of_each(
    index: VectorIndex, tenant: str, indexed: Indexing, unit_vectors: Making, state: State
) -> None:
    writers, points = 6, unit_vectors(200)
    start = Barrier(writers)
    entities = [Entity("place", f"{n}") for n in range(200)]

    def write(writer: int) -> None:
        rows = [indexed(f"{n}", text=f"by{writer}") for n in range(200)]
        start.wait()
        index.upsert_messages(tenant, rows, points)
        index.upsert_entities(tenant, entities, points)

    with ThreadPoolExecutor(writers) as threads:
        list(threads.map(write, range(writers)))
    assert set(state(index, tenant)) == {f"{n}" for n in range(200)}
    assert len(index.search_dense(tenant, points[0], limit=1000)) == 200
    assert index.count_entities(tenant) == 200
    assert sorted(index.scan_entities(tenant)) == sorted(entities)
    index.delete_messages(tenant, [f"{n}" for n in range(200)])
    assert state(index, tenant) == {}
    assert index.search_dense(tenant, points[0], limit=1000) == []


# Laws

Row = tuple[str, str, int]

names = st.sampled_from(["a", "b", "é", "'", '"', "\\", "\0", "{x}"]) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=6
).map(nfc)
puts = st.lists(st.tuples(names, names, st.integers(0, 9)), max_size=6).map(lambda rows: ("put", rows))
removals = st.lists(names, max_size=4).map(lambda chosen: ("remove", chosen))
departures = names.map(lambda user_id: ("forget", user_id))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(puts | removals | departures, max_size=8))
def test_any_order_of_calls_ends_as_a_dictionary_would(
    index: VectorIndex,
    steps: list[tuple[str, list[Row] | list[str] | str]],
    indexed: Indexing,
    unit_vectors: Making,
    state: State,
) -> None:
    tenant = f"law {next(_tenants)}"
    expected: dict[str, tuple[str, str]] = {}
    for step in steps:
        match step:
            case "put", list(rows):
                made = [indexed(row[0], user_id=row[1], text=f"{row[2]}") for row in rows]
                index.upsert_messages(tenant, made, unit_vectors(len(made)))
                expected |= {row.key: (row.user_id, row.content) for row in made}
            case "remove", list(chosen):
                gone = [f"{key}" for key in chosen]
                index.delete_messages(tenant, gone)
                expected = {key: row for key, row in expected.items() if key not in gone}
            case _, user_id:
                theirs = [key for key, row in expected.items() if row[0] == user_id]
                assert index.delete_user(tenant, f"{user_id}") == len(theirs)
                expected = {key: row for key, row in expected.items() if key not in theirs}
    assert state(index, tenant) == expected
