"""Ids: pinned for ever, no two things with one id, one thing with one id however it is written."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.persona.identity import (
    Json,
    add_digests,
    canonical,
    content_digest,
    identity,
    nfc,
    shard_of,
    user_node_id,
)

PINNED = {
    "fields": "3fd831fbd1279886a6286a356fb8ad79",
    "none": "af63ef3976c646704b5cd6191d65bb16",
    "accented": "26083261d1c095a3e1b009928330f19a",
    "user": "ae3bc7704a37c2a5c28ba26ce7bf4140",
    "content": "b200d0873c4d81c1e059a736be74ad28",
    "shard": 0,
}
EMPTY = "0" * 32
fields = st.lists(st.text(max_size=8), max_size=5)
digests = st.integers(min_value=0, max_value=2**128 - 1).map(lambda number: f"{number:032x}")
json_values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def test_ids_never_change() -> None:
    assert {
        "fields": identity("message-id", "acme", "u42", "c9", "m1"),
        "none": identity("user"),
        "accented": identity("entity", "acme", "name", "kraków"),
        "user": user_node_id("acme", "u42"),
        "content": content_digest({"b": [1, 2.5, None], "a": "Kraków"}),
        "shard": shard_of("acme", "u42", 16),
    } == PINNED


@given(fields, fields)
def test_other_fields_have_another_id(one: list[str], other: list[str]) -> None:
    same = [nfc(field) for field in one] == [nfc(field) for field in other]
    assert (identity("user", *one) == identity("user", *other)) == same


@given(st.lists(st.text(alphabet="ab", max_size=3), min_size=2, max_size=4))
def test_glueing_fields_differently_gives_another_id(parts: list[str]) -> None:
    glued = ["".join(parts[:2]), *parts[2:]]
    shifted = ["", "".join(parts[:2]), *parts[2:]]
    ids = {tuple(each): identity("user", *each) for each in (parts, glued, shifted)}
    assert len(set(ids.values())) == len(ids)


def test_the_same_fields_of_another_kind_have_another_id() -> None:
    assert len({identity("user", "a", "b"), identity("entity", "a", "b"), identity("campaign", "a", "b")}) == 3


@given(st.text())
def test_one_text_has_one_id_in_any_normal_form(text: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert identity("user", composed) == identity("user", decomposed) == identity("user", text)
    assert nfc(decomposed) == composed


@given(json_values)
def test_the_canonical_text_does_not_depend_on_the_order_of_keys(value: Json) -> None:
    def turned(inner: Json) -> Json:
        if isinstance(inner, dict):
            return {key: turned(inner[key]) for key in reversed(inner)}
        return [turned(each) for each in inner] if isinstance(inner, list) else inner

    assert canonical(turned(value)) == canonical(value)
    assert content_digest(turned(value)) == content_digest(value)


def test_the_canonical_text_is_readable_json() -> None:
    assert (
        canonical({"z": None, "a": ["é", 1, 1.5, True], "\u2028": ""}) == '{"a":["é",1,1.5,true],"z":null,"\u2028":""}'
    )


@given(st.lists(digests, max_size=6).flatmap(lambda parts: st.tuples(st.just(parts), st.permutations(parts))))
def test_a_bag_of_digests_has_no_order(bags: tuple[list[str], list[str]]) -> None:
    parts, shuffled = bags
    assert add_digests(EMPTY, *parts) == add_digests(EMPTY, *shuffled)


@given(st.lists(digests, max_size=4), st.lists(digests, max_size=4))
def test_digests_can_be_added_in_pieces(some: list[str], more: list[str]) -> None:
    assert add_digests(add_digests(EMPTY, *some), *more) == add_digests(EMPTY, *some, *more)
    assert len(add_digests(EMPTY, *some, *more)) == 32


def test_a_bag_knows_how_often_a_digest_is_in_it() -> None:
    one = content_digest("a")
    assert len({EMPTY, add_digests(EMPTY, one), add_digests(EMPTY, one, one)}) == 3


@given(st.text(max_size=12), st.text(max_size=12), st.integers(min_value=1, max_value=64))
def test_a_person_has_one_shard_and_it_is_there(tenant: str, user: str, shards: int) -> None:
    shard = shard_of(tenant, user, shards)
    assert 0 <= shard < shards
    assert shard == shard_of(tenant, unicodedata.normalize("NFD", user), shards)


def test_people_are_spread_over_all_shards() -> None:
    loads = [0] * 16
    for number in range(1600):
        loads[shard_of("acme", f"u{number}", 16)] += 1
    assert (min(loads) > 50, max(loads) < 150) == (True, True)


@pytest.mark.parametrize("broken", ["\ud800", "a\udfff"])
def test_half_a_surrogate_pair_has_no_id(broken: str) -> None:
    with pytest.raises(UnicodeEncodeError):
        identity("user", broken)
    with pytest.raises(UnicodeEncodeError):
        content_digest(broken)
