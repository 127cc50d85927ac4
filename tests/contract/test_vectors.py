"""What every adapter of the VectorIndex port promises."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from threading import Barrier, Event
from typing import Protocol, cast

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kith.persona.embedding import ModelCard, Vectors
from kith.persona.identity import nfc
from kith.persona.model import Entity
from kith.stores.errors import ModelMismatch, RecordRefused, Terminal
from kith.stores.ports import Hit, Indexed, VectorIndex

DIMENSION = 16
MODEL = ModelCard("a model", "0123abcd", DIMENSION)


class Opener(Protocol):
    """Opens one and the same place, as often as it is called."""

    def __call__(self, model: ModelCard | None, *, replace: bool = False) -> VectorIndex: ...


_tenants = count()


HARD = [
    "",
    " ",
    "'",
    '"',
    "\\",
    '\\" or tenant != "',
    "' or 1 == 1 --",
    "{u}",
    "%_*?[a]",
    "$where",
    "0",
    "\0",
    "a\0b",
    "\n\r\t",
    "é",
    "Ωmega 日本語",
    "👩‍👩‍👧‍👦",
    "\u2028\ufeff\uffff",
    "x" * 5000,
]


def vectors(rows: int, *, seed: int = 0, dimension: int = DIMENSION) -> Vectors:
    made = np.random.default_rng(seed).standard_normal((rows, dimension)).astype(np.float32)
    unit: Vectors = made / np.linalg.norm(made, axis=1, keepdims=True)
    return unit


def message(key: str, *, user_id: str = "ana", text: str = "hello", conversation_id: str = "c1") -> Indexed:
    return Indexed(
        key=key,
        user_id=user_id,
        conversation_id=conversation_id,
        role="user",
        timestamp=1_700_000_000_000,
        content=f"digest of {text[:40].encode(errors='replace').decode()}",
        text=text,
    )


def about(score: float) -> float:
    """A score within what a store may round."""
    return cast(float, pytest.approx(score, abs=1e-5))


def keys(hits: Sequence[Hit]) -> list[str]:
    return [hit.key for hit in hits]


def state(index: VectorIndex, tenant: str) -> dict[str, tuple[str, str]]:
    """All messages of a tenant, as the scan, the count and the reads by key agree on them."""
    scanned = list(index.scan_messages(tenant))
    rows = {key: (user_id, content) for key, user_id, content in scanned}
    assert len(rows) == len(scanned) == index.count_messages(tenant)
    assert index.get_messages(tenant, list(rows)) == {key: content for key, (_, content) in rows.items()}
    return rows


# Writing


def test_upserted_twice_is_once(index: VectorIndex, tenant: str) -> None:
    rows, points = [message("a", text="one"), message("b", text="two")], vectors(2)
    entities = [Entity("place", "Porto"), Entity("dish", "Francesinha")]
    for _ in range(2):
        index.upsert_messages(tenant, rows, points)
        index.upsert_entities(tenant, entities, points)
    assert state(index, tenant) == {"a": ("ana", "digest of one"), "b": ("ana", "digest of two")}
    assert sorted(index.scan_entities(tenant)) == sorted(entities)
    assert index.count_entities(tenant) == 2
    assert keys(index.search_dense(tenant, points[0])) == ["a", "b"]
    assert keys(index.search_lexical(tenant, "one")) == ["a"]
    assert [entity for entity, _ in index.search_entities(tenant, points[1])] == [entities[1], entities[0]]


def test_of_a_key_twice_in_a_call_the_last_counts(index: VectorIndex, tenant: str) -> None:
    points = vectors(3)
    index.upsert_messages(tenant, [message("a", text="old"), message("b"), message("a", text="new")], points)
    assert state(index, tenant) == {"a": ("ana", "digest of new"), "b": ("ana", "digest of hello")}
    assert index.search_lexical(tenant, "old") == []
    np.testing.assert_array_equal(index.get_vectors(tenant, ["a"])["a"], points[2])
    index.upsert_entities(tenant, [Entity("place", "Porto")] * 3, points)
    assert index.count_entities(tenant) == 1
    assert index.search_entities(tenant, points[2]) == [(Entity("place", "Porto"), about(1))]


def test_empty_calls_do_nothing(index: VectorIndex, tenant: str) -> None:
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
    assert index.search_dense(tenant, vectors(1)[0]) == []
    assert index.search_lexical(tenant, "hello") == []
    assert index.search_entities(tenant, vectors(1)[0]) == []


def test_more_rows_than_any_page_holds(index: VectorIndex, tenant: str) -> None:
    number = 17_000
    rows = [message(f"{n:05}", user_id="bo" if n % 100 == 0 else "ana", text=f"number{n}") for n in range(number)]
    points = vectors(number)
    index.upsert_messages(tenant, rows, points)
    assert state(index, tenant) == {row.key: (row.user_id, row.content) for row in rows}
    assert index.count_messages(tenant, user_id="bo") == 170
    nearest = np.argsort(-(points @ points[7]))[:10]
    assert keys(index.search_dense(tenant, points[7], limit=10)) == [f"{n:05}" for n in nearest]
    assert keys(index.search_lexical(tenant, "number16999", limit=1)) == ["16999"]
    assert index.delete_user(tenant, "ana") == number - 170
    assert state(index, tenant) == {row.key: (row.user_id, row.content) for row in rows if row.user_id == "bo"}


def test_an_edit_replaces_all_of_it(index: VectorIndex, tenant: str) -> None:
    old, new = vectors(2)
    index.upsert_messages(tenant, [message("a", text="the old words")], old[np.newaxis])
    edited = message("a", user_id="bo", text="fresh content", conversation_id="c2")
    index.upsert_messages(tenant, [edited], new[np.newaxis])
    assert state(index, tenant) == {"a": ("bo", "digest of fresh content")}
    assert index.search_lexical(tenant, "old words") == []
    assert index.search_dense(tenant, old, user_id="ana") == []
    assert index.search_dense(tenant, new) == [Hit("a", "bo", "c2", about(1))]
    np.testing.assert_array_equal(index.get_vectors(tenant, ["a"])["a"], new)


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf, -np.inf])
def test_a_vector_that_cannot_be_searched_is_refused_and_nothing_of_the_call_stands(
    index: VectorIndex, tenant: str, bad: float
) -> None:
    points = vectors(3)
    points[1] = bad
    with pytest.raises(RecordRefused, match="'the bad one'"):
        index.upsert_messages(tenant, [message("a"), message("the bad one"), message("b")], points)
    with pytest.raises(RecordRefused, match="'the bad one'"):
        index.upsert_entities(tenant, [Entity("t", "a"), Entity("t", "the bad one"), Entity("t", "b")], points)
    with pytest.raises(RecordRefused, match="the query"):
        index.search_dense(tenant, points[1])
    assert state(index, tenant) == {}
    assert index.count_entities(tenant) == 0


def test_vectors_of_another_shape_are_refused(index: VectorIndex, tenant: str) -> None:
    for shape in ((1, DIMENSION - 1), (2, DIMENSION)):
        with pytest.raises(Terminal, match=rf"\(1, {DIMENSION}\)"):
            index.upsert_messages(tenant, [message("a")], np.ones(shape, np.float32))
    with pytest.raises(Terminal, match=rf"\(1, {DIMENSION}\)"):
        index.search_dense(tenant, np.ones(DIMENSION + 1, np.float32))
    assert state(index, tenant) == {}


def test_an_id_that_cannot_be_kept_is_refused_by_name(index: VectorIndex, tenant: str) -> None:
    rows = [message("a"), message("b", user_id="x" * 70_000)]
    with pytest.raises(RecordRefused, match="'b'"):
        index.upsert_messages(tenant, rows, vectors(2))
    with pytest.raises(RecordRefused, match="'b'"):
        index.upsert_messages(tenant, [message("a"), message("b", conversation_id="half \ud83d")], vectors(2))
    assert state(index, tenant) == {}


# Names


@pytest.mark.parametrize("name", HARD)
def test_any_text_is_a_name(index: VectorIndex, tenant: str, name: str) -> None:
    theirs, other = f"{tenant}{name}", f"{tenant}{name}'"
    near, far = point = vectors(2)
    index.upsert_messages(theirs, [message(name, user_id=name, conversation_id=name), message("b")], point)
    index.upsert_messages(other, [message("c")], point[:1])
    index.upsert_entities(theirs, [Entity(name, name), Entity("t", "other")], point)
    expected = Hit(name, name, name, about(1))
    assert index.search_dense(theirs, near, user_id=name) == [expected]
    assert keys(index.search_lexical(theirs, "hello", user_id=name)) == [name]
    assert keys(index.search_dense(theirs, near, except_user=name)) == ["b"]
    assert keys(index.search_lexical(theirs, "hello", except_user=name)) == ["b"]
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


def test_tenants_are_kept_apart_in_every_call(index: VectorIndex, tenant: str) -> None:
    ours, theirs = f"{tenant} ours", f"{tenant} theirs"
    points = vectors(4)
    shared, porto = message("shared key", text="ours"), Entity("place", "Porto")
    index.upsert_messages(ours, [shared], points[:1])
    index.upsert_messages(theirs, [replace(shared, text="theirs", content="other"), message("k")], points[1:3])
    index.upsert_entities(ours, [porto], points[:1])
    index.upsert_entities(theirs, [porto, Entity("place", "Faro")], points[1:3])

    assert index.search_dense(ours, points[1]) == [Hit("shared key", "ana", "c1", about(float(points[0] @ points[1])))]
    assert index.search_lexical(ours, "theirs hello") == []
    assert keys(index.search_lexical(ours, "ours")) == ["shared key"]
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


# Deleting


def test_what_is_deleted_is_found_no_more(index: VectorIndex, tenant: str) -> None:
    points = vectors(4)
    rows = [message(key, user_id=user_id) for key, user_id in (("a", "ana"), ("b", "ana"), ("c", "bo"), ("d", "bo"))]
    index.upsert_messages(tenant, rows, points)
    index.delete_messages(tenant, ["a", "c", "never there"])
    left = {"b": ("ana", "digest of hello"), "d": ("bo", "digest of hello")}
    assert state(index, tenant) == left
    assert set(keys(index.search_dense(tenant, points[0]))) == set(left)
    assert set(keys(index.search_lexical(tenant, "hello"))) == set(left)
    assert index.get_vectors(tenant, ["a", "c"]) == {}
    assert index.delete_user(tenant, "bo") == 1
    assert index.delete_user(tenant, "bo") == 0
    assert index.count_messages(tenant, user_id="bo") == 0
    assert index.search_dense(tenant, points[3], user_id="bo") == []
    assert keys(index.search_lexical(tenant, "hello")) == ["b"]

    entities = [Entity("place", "Porto"), Entity("place", "Faro")]
    index.upsert_entities(tenant, entities, points[:2])
    index.delete_entities(tenant, [entities[0], Entity("place", "never there")])
    assert [entity for entity, _ in index.search_entities(tenant, points[0])] == [entities[1]]
    assert list(index.scan_entities(tenant)) == [entities[1]]
    assert index.count_entities(tenant) == 1


# Searching


def test_the_nearest_come_first_with_their_cosine(index: VectorIndex, tenant: str) -> None:
    number = 300
    points = vectors(number) * np.random.default_rng(1).uniform(0.1, 9, (number, 1)).astype(np.float32)
    users = [f"u{n % 3}" for n in range(number)]
    index.upsert_messages(tenant, [message(f"{n}", user_id=users[n]) for n in range(number)], points)
    query = vectors(1, seed=2)[0] * 5
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


def test_the_nearest_entities_come_first_with_their_cosine(index: VectorIndex, tenant: str) -> None:
    points = vectors(50)
    entities = [Entity("place", f"place {n}") for n in range(50)]
    index.upsert_entities(tenant, entities, points)
    query = vectors(1, seed=3)[0]
    order = np.argsort(-(points @ query))[:5]
    assert index.search_entities(tenant, query, limit=5) == [
        (entities[n], about(float(points[n] @ query))) for n in order
    ]


def test_more_of_the_words_asked_for_come_first(index: VectorIndex, tenant: str) -> None:
    texts = {
        "both": "Zanzibar trail shoes",
        "rare": "zanzibar in the winter",
        "common": "trail again",
        "neither": "nothing of it",
        "empty": "",
        "marks": "?! ...",
    }
    rows = [message(key, user_id="bo" if key == "rare" else "ana", text=text) for key, text in texts.items()]
    rows += [message(f"filler {n}", user_id="cy", text="a trail of fillers here") for n in range(20)]
    index.upsert_messages(tenant, rows, vectors(len(rows)))
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


def test_a_text_is_found_by_what_its_field_holds(index: VectorIndex, tenant: str) -> None:
    texts = {
        "long": "alpha " + "é" * 40_000 + " omega",
        "nul": "before\0after",
        "half": "left \ud83d right",
        "quotes": 'it\'s "quoted" {braces} \\ back\nline',
    }
    index.upsert_messages(tenant, [message(key, text=text) for key, text in texts.items()], vectors(4))
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


# Opening


def test_what_was_written_is_there_when_opened_again(another_index: Opener) -> None:
    points = vectors(len(HARD))
    rows = [message(name, user_id=name, text=f"word{n}") for n, name in enumerate(HARD)]
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
        assert [keys(again.search_lexical("t", f"word{n}")) for n in range(len(HARD))] == [[name] for name in HARD]
        assert [keys(again.search_dense("t", point, limit=1)) for point in points] == [[name] for name in HARD]
        again.close()


def test_another_model_is_refused_until_the_vectors_are_replaced(another_index: Opener) -> None:
    index = another_index(MODEL)
    index.upsert_messages("t", [message("a")], vectors(1))
    index.upsert_entities("t", [Entity("place", "Porto")], vectors(1))
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
    index.upsert_messages("t", [message("a")], vectors(1, dimension=8))
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


def test_a_closed_index_says_so(another_index: Opener) -> None:
    index = another_index(MODEL)
    index.close()
    index.close()
    with pytest.raises(Terminal, match="closed"):
        index.count_messages("t")
    with pytest.raises(Terminal, match="closed"):
        index.upsert_messages("t", [message("a")], vectors(1))


def test_long_vectors(another_index: Opener) -> None:
    index = another_index(replace(MODEL, dimension=1024))
    points = vectors(200, dimension=1024)
    index.upsert_messages("t", [message(f"{n}") for n in range(200)], points)
    assert keys(index.search_dense("t", points[3], limit=3)) == [f"{n}" for n in np.argsort(-(points @ points[3]))[:3]]
    np.testing.assert_array_equal(index.get_vectors("t", ["9"])["9"], points[9])
    index.close()


# Many at once


def test_readers_see_every_row_while_it_is_written_again(index: VectorIndex, tenant: str) -> None:
    number, points = 100, vectors(100)
    rows = [message(f"{n}") for n in range(number)]
    index.upsert_messages(tenant, rows, points)
    done = Event()

    def read() -> set[tuple[int, int, int, int]]:
        seen: set[tuple[int, int, int, int]] = set()
        while not done.is_set():
            dense = index.search_dense(tenant, points[0], limit=1000)
            lexical = index.search_lexical(tenant, "hello", limit=1000)
            there = index.get_messages(tenant, [row.key for row in rows])
            seen.add((index.count_messages(tenant), len(dense), len(lexical), len(there)))
        return seen

    with ThreadPoolExecutor(3) as threads:
        readers = [threads.submit(read) for _ in range(3)]
        try:
            for _ in range(10):
                index.upsert_messages(tenant, rows, points)
        finally:
            done.set()
        assert set[tuple[int, int, int, int]]().union(*(reader.result() for reader in readers)) <= {(number,) * 4}


def test_writers_of_the_same_rows_leave_one_of_each(index: VectorIndex, tenant: str) -> None:
    writers, points = 6, vectors(200)
    start = Barrier(writers)
    entities = [Entity("place", f"{n}") for n in range(200)]

    def write(writer: int) -> None:
        rows = [message(f"{n}", text=f"by{writer}") for n in range(200)]
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
    index: VectorIndex, steps: list[tuple[str, list[Row] | list[str] | str]]
) -> None:
    tenant = f"law {next(_tenants)}"
    expected: dict[str, tuple[str, str]] = {}
    for step in steps:
        match step:
            case "put", list(rows):
                made = [message(row[0], user_id=row[1], text=f"{row[2]}") for row in rows]
                index.upsert_messages(tenant, made, vectors(len(made)))
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
