"""What every adapter of the VectorIndex port promises of searches that are narrowed, and of the vectors of entities."""

from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import count
from typing import TypeAlias, cast

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kith.persona.embedding import ModelCard, Vectors
from kith.persona.model import ROLES, Entity, Role
from kith.stores.errors import RecordRefused
from kith.stores.ports import ALL, Hit, Indexed, Narrowed, VectorIndex

Making: TypeAlias = Callable[..., Vectors]
ByWords: TypeAlias = Callable[..., list[str] | None]
HOSTILE = [
    "",
    " ",
    "'",
    '"',
    "\\",
    '\\" or tenant != "',
    '" or 1 == 1 or role == "',
    '" or role != "nobody',
    "' or 1 == 1 --",
    "c1\\",
    "{c}",
    "%",
    "c_",
    "$where",
    "0",
    "\\n",
    "\n",
    "\0",
    "c\0b",
    "c\0d",
    "\n\r\t\x1b\x7f\x85",
    "é",
    "Ωmega 日本語",
    "👩‍👩‍👧‍👦",
    "\u2028\ufeff\uffff",
    "\U0010ffff",
    "x" * 5000,
    "x" * 5001,
]

QUERY = np.full(16, 0.25, np.float32)

_laws = count()


def message(
    key: str, *, user_id: str = "ana", conversation: str = "c1", role: Role = "user", timestamp: int = 0
) -> Indexed:
    return Indexed(key, user_id, conversation, role, timestamp, content="digest", text="hello")


def keys(hits: Sequence[Hit]) -> list[str]:
    return [hit.key for hit in hits]


def found(
    index: VectorIndex,
    tenant: str,
    only: Narrowed,
    *,
    user_id: str | None = None,
    except_user: str | None = None,
) -> set[str]:
    """The keys of all that a narrowed search finds: the same in all channels that there are, each of them once."""
    dense = index.search_dense(tenant, QUERY, user_id=user_id, except_user=except_user, only=only, limit=1000)
    assert sorted(keys(dense)) == sorted(set(keys(dense)))
    if "lexical" in index.card().abilities:
        lexical = index.search_lexical(tenant, "hello", user_id=user_id, except_user=except_user, only=only, limit=1000)
        assert sorted(keys(lexical)) == sorted(keys(dense))
    return set(keys(dense))


def meant(row: Indexed, only: Narrowed) -> bool:
    return (
        only.conversation_id in (None, row.conversation_id)
        and only.role in (None, row.role)
        and (only.since is None or only.since <= row.timestamp)
        and (only.until is None or row.timestamp < only.until)
    )


rows_of_few = st.lists(
    st.builds(
        Indexed,
        st.uuids().map(str),
        st.sampled_from(["ana", "bo"]),
        st.sampled_from(["c", "d", '"']),
        st.sampled_from(ROLES),
        st.integers(-2, 3),
        st.just("digest"),
        st.just("hello"),
    ),
    max_size=20,
)
bounds = st.none() | st.integers(-3, 4)
narrowings = st.builds(
    Narrowed, st.sampled_from([None, "c", '"']), st.sampled_from([None, *ROLES]), since=bounds, until=bounds
)


@given(rows=rows_of_few, narrowings=st.lists(narrowings, min_size=1, max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_narrowed_search_finds_what_is_meant_and_nothing_else(
    index: VectorIndex, rows: list[Indexed], narrowings: list[Narrowed], unit_vectors: Making
) -> None:
    tenant = f"law {next(_laws)}"
    index.upsert_messages(tenant, rows, unit_vectors(len(rows)))
    for only in narrowings:
        there = [row for row in rows if meant(row, only)]
        assert found(index, tenant, only) == {row.key for row in there}
        theirs = {row.key for row in there if row.user_id == "ana"}
        assert found(index, tenant, only, user_id="ana") == theirs
        assert found(index, tenant, only, except_user="ana") == {row.key for row in there} - theirs


def test_a_conversation_of_any_name_is_found_and_no_other(
    index: VectorIndex, tenant: str, unit_vectors: Making
) -> None:
    rows = [message(f"{n}", conversation=name) for n, name in enumerate(HOSTILE)]
    index.upsert_messages(tenant, rows, unit_vectors(len(rows)))
    for row in rows:
        assert found(index, tenant, Narrowed(row.conversation_id)) == {row.key}
        assert found(index, tenant, Narrowed(row.conversation_id), user_id="bo") == set()
    for nobody in ('" or tenant_id != "', '"] or key != "', "c1", '\\\\" or 1 == 1 --', "x" * 4999):
        assert found(index, tenant, Narrowed(nobody)) == set()


def test_people_and_tenants_who_share_a_conversations_name_see_their_own_alone(
    index: VectorIndex, tenant: str, unit_vectors: Making
) -> None:
    tenants = [f"{tenant} {name}" for name in ("a", "b", '" or 1 == 1 or tenant_id == "')]
    people = ["ana", "bo", '" or person != "']
    for one in tenants:
        rows = [message(f"{one} {user_id}", user_id=user_id, conversation="c", timestamp=5) for user_id in people]
        index.upsert_messages(one, rows, unit_vectors(len(rows)))
    for only in (Narrowed("c"), Narrowed(role="user"), Narrowed("c", "user", 5, 6), ALL):
        for one in tenants:
            assert found(index, one, only) == {f"{one} {user_id}" for user_id in people}
            for user_id in people:
                assert found(index, one, only, user_id=user_id) == {f"{one} {user_id}"}
                others = {f"{one} {other}" for other in people if other != user_id}
                assert found(index, one, only, except_user=user_id) == others


def test_the_limit_counts_what_is_meant(
    index: VectorIndex, tenant: str, unit_vectors: Making, by_words: ByWords
) -> None:
    """Were it counted before, the few that are meant would drown in the many that are nearer."""
    number = 300
    points = unit_vectors(number)
    query = unit_vectors(1, seed=2)[0]
    order = [int(n) for n in np.argsort(-(points @ query))]
    far = order[-4:]
    rows = [message(f"{n}", conversation="far" if n in far else "near") for n in range(number)]
    index.upsert_messages(tenant, rows, points)
    hits = index.search_dense(tenant, query, only=Narrowed("far"), limit=3)
    assert hits == [
        Hit(f"{n}", "ana", "far", cast(float, pytest.approx(float(points[n] @ query), abs=1e-5))) for n in far[:3]
    ]
    words = by_words(index, tenant, "hello", only=Narrowed("far"), limit=3)
    assert words is None or len(words) == 3


def test_times_as_far_as_the_field_goes_and_bounds_beyond(
    index: VectorIndex, tenant: str, unit_vectors: Making
) -> None:
    least, most = -(2**63), 2**63 - 1
    times = [least, least + 1, -1, 0, 1, 1_700_000_000_000, most - 1, most]
    index.upsert_messages(tenant, [message(f"{n}", timestamp=n) for n in times], unit_vectors(len(times)))
    for bound in [*times, 2, -(10**30), 10**30, least - 1, most + 1]:
        assert found(index, tenant, Narrowed(since=bound)) == {f"{n}" for n in times if n >= bound}
        assert found(index, tenant, Narrowed(until=bound)) == {f"{n}" for n in times if n < bound}
        assert found(index, tenant, Narrowed(since=bound, until=bound)) == set()


def test_an_edit_is_found_as_what_it_is_now(index: VectorIndex, tenant: str, unit_vectors: Making) -> None:
    points = unit_vectors(1)
    index.upsert_messages(tenant, [message("a", role="user", timestamp=1)], points)
    index.upsert_messages(tenant, [message("a", role="assistant", timestamp=2)], points)
    assert found(index, tenant, Narrowed(role="user")) == found(index, tenant, Narrowed(until=2)) == set()
    assert found(index, tenant, Narrowed("c1", "assistant", 2, 3)) == {"a"}
    index.delete_messages(tenant, ["a"])
    assert found(index, tenant, Narrowed("c1")) == set()


def test_half_a_character_is_told_as_what_it_is(index: VectorIndex, tenant: str) -> None:
    with pytest.raises(RecordRefused, match="half a surrogate pair"):
        found(index, tenant, Narrowed("half \ud83d"))


def test_where_nothing_was_ever_written_nothing_is_found(
    another_index: Callable[[ModelCard], VectorIndex], unit_vectors: Making
) -> None:
    for _ in range(2):
        with closing(another_index(ModelCard("a model", "0123abcd", 16))) as empty:
            for only in (ALL, Narrowed("c1", "user", 0, 1)):
                assert found(empty, "t", only) == found(empty, "t", only, user_id="ana") == set()
            assert empty.search_entities("t", unit_vectors(1)[0]) == []


# Vectors of entities


def test_vectors_of_entities_come_back_as_they_were(index: VectorIndex, tenant: str, unit_vectors: Making) -> None:
    other = f"{tenant} other"
    names = [Entity(name, name) for name in HOSTILE]
    many = [*names, *(Entity("place", f"{n}") for n in range(1_200))]
    points = unit_vectors(len(many))
    index.upsert_entities(tenant, many, points)
    index.upsert_entities(other, [many[0], Entity("place", "theirs")], points[1:3])

    got = index.get_entity_vectors(tenant, [*many, *many[:3], Entity("place", "theirs"), Entity("place", "never")])
    assert set(got) == set(many)
    for one, point in zip(many, points, strict=True):
        np.testing.assert_array_equal(got[one], point)
    assert {vector.dtype for vector in got.values()} == {np.dtype(np.float32)}

    theirs = index.get_entity_vectors(other, many)
    assert list(theirs) == [many[0]]
    np.testing.assert_array_equal(theirs[many[0]], points[1])
    assert index.get_entity_vectors(f"{tenant} nobody", many) == {}
    assert index.get_entity_vectors(tenant, []) == {}
    index.delete_entities(tenant, names)
    assert set(index.get_entity_vectors(tenant, many)) == set(many[len(names) :])
