"""What every adapter of the VectorIndex port promises."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias, cast

import numpy as np
import pytest
from hard_names import HARD_NAMES

from kith.persona.embedding import ModelCard, Vectors
from kith.persona.model import Entity
from kith.stores.errors import RecordRefused, Terminal
from kith.stores.ports import Hit, Indexed, VectorIndex

Opener: TypeAlias = Callable[[ModelCard | None], VectorIndex]
Indexing: TypeAlias = Callable[..., Indexed]
Making: TypeAlias = Callable[..., Vectors]
State: TypeAlias = Callable[[VectorIndex, str], dict[str, tuple[str, str]]]
ByWords: TypeAlias = Callable[..., list[str] | None]
DIMENSION = 16
MODEL = ModelCard("a model", "0123abcd", DIMENSION)
HARD = [*HARD_NAMES, '\\" or tenant != "', "' or 1 == 1 --", "{u}", "$where", "\u2028\ufeff\uffff", "x" * 5000]


def about(score: float) -> float:
    """A score within what a store may round."""
    return cast(float, pytest.approx(score, abs=1e-5))


def keys(hits: Sequence[Hit]) -> list[str]:
    return [hit.key for hit in hits]


# Writing


def test_upserted_twice_is_once(
    index: VectorIndex, tenant: str, indexed: Indexing, unit_vectors: Making, state: State, by_words: ByWords
) -> None:
    rows, points = [indexed("a", text="one"), indexed("b", text="two")], unit_vectors(2)
    entities = [Entity("place", "Porto"), Entity("dish", "Francesinha")]
    for _ in range(2):
        index.upsert_messages(tenant, rows, points)
        index.upsert_entities(tenant, entities, points)
    assert state(index, tenant) == {"a": ("ana", "digest of one"), "b": ("ana", "digest of two")}
    assert sorted(index.scan_entities(tenant)) == sorted(entities)
    assert index.count_entities(tenant) == 2
    assert keys(index.search_dense(tenant, points[0])) == ["a", "b"]
    assert by_words(index, tenant, "one") in (["a"], None)
    assert [entity for entity, _ in index.search_entities(tenant, points[1])] == [entities[1], entities[0]]


def test_of_a_key_twice_in_a_call_the_last_counts(
    index: VectorIndex, tenant: str, indexed: Indexing, unit_vectors: Making, state: State, by_words: ByWords
) -> None:
    points = unit_vectors(3)
    index.upsert_messages(tenant, [indexed("a", text="old"), indexed("b"), indexed("a", text="new")], points)
    assert state(index, tenant) == {"a": ("ana", "digest of new"), "b": ("ana", "digest of hello")}
    assert by_words(index, tenant, "old") in ([], None)
    np.testing.assert_array_equal(index.get_vectors(tenant, ["a"])["a"], points[2])
    index.upsert_entities(tenant, [Entity("place", "Porto")] * 3, points)
    assert index.count_entities(tenant) == 1
    assert index.search_entities(tenant, points[2]) == [(Entity("place", "Porto"), about(1))]


def test_empty_calls_do_nothing(
    index: VectorIndex, tenant: str, unit_vectors: Making, state: State, by_words: ByWords
) -> None:
    none = np.zeros((0, DIMENSION), np.float32)
    index.upsert_messages(tenant, [], none)
    index.upsert_entities(tenant, [], none)
    index.delete_messages(tenant, [])
    index.delete_entities(tenant, [])
    assert index.delete_user(tenant, "nobody") == 0
    assert index.get_messages(tenant, []) == {}
    assert index.get_vectors(tenant, []) == {}
    assert state(index, tenant) == {}
    assert list(index.scan_entities(tenant)) == []
    assert index.count_entities(tenant) == 0
    assert index.search_dense(tenant, unit_vectors(1)[0]) == []
    assert by_words(index, tenant, "hello") in ([], None)
    assert index.search_entities(tenant, unit_vectors(1)[0]) == []


def test_more_rows_than_any_page_holds(
    index: VectorIndex, tenant: str, indexed: Indexing, unit_vectors: Making, state: State, by_words: ByWords
) -> None:
    number = 17_000
    rows = [indexed(f"{n:05}", user_id="bo" if n % 100 == 0 else "ana", text=f"number{n}") for n in range(number)]
    points = unit_vectors(number)
    index.upsert_messages(tenant, rows, points)
    assert state(index, tenant) == {row.key: (row.user_id, row.content) for row in rows}
    assert index.count_messages(tenant, user_id="bo") == 170
    nearest = np.argsort(-(points @ points[7]))[:10]
    assert keys(index.search_dense(tenant, points[7], limit=10)) == [f"{n:05}" for n in nearest]
    assert by_words(index, tenant, "number16999", limit=1) in (["16999"], None)
    assert index.delete_user(tenant, "ana") == number - 170
    assert state(index, tenant) == {row.key: (row.user_id, row.content) for row in rows if row.user_id == "bo"}


def test_an_edit_replaces_all_of_it(
    index: VectorIndex, tenant: str, indexed: Indexing, unit_vectors: Making, state: State, by_words: ByWords
) -> None:
    old, new = unit_vectors(2)
    index.upsert_messages(tenant, [indexed("a", text="the old words")], old[np.newaxis])
    edited = indexed("a", user_id="bo", text="fresh content", conversation_id="c2")
    index.upsert_messages(tenant, [edited], new[np.newaxis])
    assert state(index, tenant) == {"a": ("bo", "digest of fresh content")}
    assert by_words(index, tenant, "old words") in ([], None)
    assert index.search_dense(tenant, old, user_id="ana") == []
    assert index.search_dense(tenant, new) == [Hit("a", "bo", "c2", about(1))]
    np.testing.assert_array_equal(index.get_vectors(tenant, ["a"])["a"], new)


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf, -np.inf])
def test_a_vector_that_cannot_be_searched_is_refused_and_nothing_of_the_call_stands(
    index: VectorIndex, tenant: str, bad: float, indexed: Indexing, unit_vectors: Making, state: State
) -> None:
    points = unit_vectors(3)
    points[1] = bad
    with pytest.raises(RecordRefused, match="'the bad one'"):
        index.upsert_messages(tenant, [indexed("a"), indexed("the bad one"), indexed("b")], points)
    with pytest.raises(RecordRefused, match="'the bad one'"):
        index.upsert_entities(tenant, [Entity("t", "a"), Entity("t", "the bad one"), Entity("t", "b")], points)
    with pytest.raises(RecordRefused, match="the query"):
        index.search_dense(tenant, points[1])
    assert state(index, tenant) == {}
    assert index.count_entities(tenant) == 0


def test_vectors_of_another_shape_are_refused(index: VectorIndex, tenant: str, indexed: Indexing, state: State) -> None:
    for shape in ((1, DIMENSION - 1), (2, DIMENSION)):
        with pytest.raises(Terminal, match=rf"\(1, {DIMENSION}\)"):
            index.upsert_messages(tenant, [indexed("a")], np.ones(shape, np.float32))
    with pytest.raises(Terminal, match=rf"\(1, {DIMENSION}\)"):
        index.search_dense(tenant, np.ones(DIMENSION + 1, np.float32))
    assert state(index, tenant) == {}


def test_an_id_that_cannot_be_kept_is_refused_by_name(
    index: VectorIndex, tenant: str, indexed: Indexing, unit_vectors: Making, state: State
) -> None:
    rows = [indexed("a"), indexed("b", user_id="x" * 70_000)]
    with pytest.raises(RecordRefused, match="'b'"):
        index.upsert_messages(tenant, rows, unit_vectors(2))
    with pytest.raises(RecordRefused, match="'b'"):
        index.upsert_messages(tenant, [indexed("a"), indexed("b", conversation_id="half \ud83d")], unit_vectors(2))
    assert state(index, tenant) == {}


# Names


@pytest.mark.parametrize("name", HARD)
def test_any_text_is_a_name(
    index: VectorIndex, tenant: str, name: str, indexed: Indexing, unit_vectors: Making, state: State, by_words: ByWords
) -> None:
    theirs, other = f"{tenant}{name}", f"{tenant}{name}'"
    near, far = point = unit_vectors(2)
    index.upsert_messages(theirs, [indexed(name, user_id=name, conversation_id=name), indexed("b")], point)
    index.upsert_messages(other, [indexed("c")], point[:1])
    index.upsert_entities(theirs, [Entity(name, name), Entity("t", "other")], point)
    expected = Hit(name, name, name, about(1))
    assert index.search_dense(theirs, near, user_id=name) == [expected]
    assert by_words(index, theirs, "hello", user_id=name) in ([name], None)
    assert keys(index.search_dense(theirs, near, except_user=name)) == ["b"]
    assert by_words(index, theirs, "hello", except_user=name) in (["b"], None)
    assert index.get_messages(theirs, [name]) == {name: "digest of hello"}
    np.testing.assert_array_equal(index.get_vectors(theirs, [name])[name], near)
    assert index.count_messages(theirs, user_id=name) == 1
    assert {(key, user) for key, user, _ in index.scan_messages(theirs)} == {(name, name), ("b", "ana")}
    assert index.search_entities(theirs, near, limit=1) == [(Entity(name, name), about(1))]
    assert set(index.scan_entities(theirs)) == {Entity(name, name), Entity("t", "other")}
    index.delete_entities(theirs, [Entity(name, name)])
    assert list(index.scan_entities(theirs)) == [Entity("t", "other")]
    assert index.delete_user(theirs, name) == 1
    assert state(index, theirs) == {"b": ("ana", "digest of hello")}
    assert keys(index.search_dense(theirs, far)) == ["b"]
    assert state(index, other) == {"c": ("ana", "digest of hello")}


def test_tenants_are_kept_apart_in_every_call(
    index: VectorIndex, tenant: str, indexed: Indexing, unit_vectors: Making, state: State, by_words: ByWords
) -> None:
    ours, theirs = f"{tenant} ours", f"{tenant} theirs"
    points = unit_vectors(4)
    shared, porto = indexed("shared key", text="ours"), Entity("place", "Porto")
    index.upsert_messages(ours, [shared], points[:1])
    index.upsert_messages(theirs, [replace(shared, text="theirs", content="other"), indexed("k")], points[1:3])
    index.upsert_entities(ours, [porto], points[:1])
    index.upsert_entities(theirs, [porto, Entity("place", "Faro")], points[1:3])

    assert index.search_dense(ours, points[1]) == [Hit("shared key", "ana", "c1", about(float(points[0] @ points[1])))]
    assert by_words(index, ours, "theirs hello") in ([], None)
    assert by_words(index, ours, "ours") in (["shared key"], None)
    assert index.search_dense(ours, points[1], except_user="ana") == []
    assert index.get_messages(ours, ["shared key", "k"]) == {"shared key": "digest of ours"}
    assert list(index.get_vectors(ours, ["shared key", "k"])) == ["shared key"]
    assert state(index, ours) == {"shared key": ("ana", "digest of ours")}
    assert list(index.scan_entities(ours)) == [porto]
    assert [entity for entity, _ in index.search_entities(ours, points[2])] == [porto]

    index.delete_messages(ours, ["shared key", "k"])
    index.delete_entities(ours, [porto, Entity("place", "Faro")])
    assert index.delete_user(ours, "ana") == 0
    assert state(index, ours) == {}
    assert index.count_entities(ours) == 0
    assert state(index, theirs) == {"shared key": ("ana", "other"), "k": ("ana", "digest of hello")}
    assert index.count_entities(theirs) == 2


def test_what_was_written_is_there_when_opened_again(
    another_index: Opener, indexed: Indexing, unit_vectors: Making, state: State, by_words: ByWords
) -> None:
    points = unit_vectors(len(HARD))
    rows = [indexed(name, user_id=name, text=f"word{n}") for n, name in enumerate(HARD)]
    entities = [Entity(name, name) for name in HARD]
    first = another_index(MODEL)
    first.upsert_messages("t", rows, points)
    first.upsert_entities("t", entities, points)
    first.close()
    for model in (MODEL, None):
        again = another_index(model)
        assert again.model() == MODEL
        assert again.card().abilities == first.card().abilities
        assert state(again, "t") == {row.key: (row.user_id, row.content) for row in rows}
        assert sorted(again.scan_entities("t")) == sorted(entities)
        for n, name in enumerate(HARD):
            assert by_words(again, "t", f"word{n}") in ([name], None)
        assert [keys(again.search_dense("t", point, limit=1)) for point in points] == [[name] for name in HARD]
        again.close()


# Deleting


def test_what_is_deleted_is_found_no_more(
    index: VectorIndex, tenant: str, indexed: Indexing, unit_vectors: Making, state: State, by_words: ByWords
) -> None:
    points = unit_vectors(4)
    rows = [indexed(key, user_id=user_id) for key, user_id in (("a", "ana"), ("b", "ana"), ("c", "bo"), ("d", "bo"))]
    index.upsert_messages(tenant, rows, points)
    index.delete_messages(tenant, ["a", "c", "never there"])
    left = {"b": ("ana", "digest of hello"), "d": ("bo", "digest of hello")}
    assert state(index, tenant) == left
    assert set(keys(index.search_dense(tenant, points[0]))) == set(left)
    words = by_words(index, tenant, "hello")
    assert words is None or set(words) == set(left)
    assert index.get_vectors(tenant, ["a", "c"]) == {}
    assert index.delete_user(tenant, "bo") == 1
    assert index.delete_user(tenant, "bo") == 0
    assert index.count_messages(tenant, user_id="bo") == 0
    assert index.search_dense(tenant, points[3], user_id="bo") == []
    assert by_words(index, tenant, "hello") in (["b"], None)

    entities = [Entity("place", "Porto"), Entity("place", "Faro")]
    index.upsert_entities(tenant, entities, points[:2])
    index.delete_entities(tenant, [entities[0], Entity("place", "never there")])
    assert [entity for entity, _ in index.search_entities(tenant, points[0])] == [entities[1]]
    assert list(index.scan_entities(tenant)) == [entities[1]]
    assert index.count_entities(tenant) == 1


def test_it_is_empty_until_some_tenant_has_a_row(
    another_index: Opener, indexed: Indexing, unit_vectors: Making, tenant: str
) -> None:
    index, point = another_index(MODEL), unit_vectors(1)
    try:
        assert index.is_empty()
        index.upsert_messages(tenant, [indexed("a")], point)
        assert not index.is_empty()
        index.delete_messages(tenant, ["a"])
        assert index.is_empty()
        index.upsert_entities(tenant, [Entity("place", "Porto")], point)
        assert not index.is_empty()
    finally:
        index.close()
