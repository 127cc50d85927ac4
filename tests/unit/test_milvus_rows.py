"""What a row of the vector store holds of outside text, and what of it gets into a filter."""

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kith.stores.milvus_rows import FIELD_BYTES, LEAST, MOST, chunks, fitting, owned, owned_by, within
from kith.stores.ports import Narrowed

texts = st.text(st.characters())
printable = texts.filter(str.isprintable)
times = st.integers(LEAST, MOST)
bounds = times | st.integers(LEAST * 3, MOST * 3) | st.sampled_from([LEAST - 1, LEAST, 0, MOST, MOST + 1])


@given(texts, st.integers(0, 4))
def test_a_text_is_cut_between_characters_and_no_sooner_than_it_must(text: str, off: int) -> None:
    long = "x" * (FIELD_BYTES - off) + text
    kept = fitting(long)
    whole = long.replace("\0", " ").encode(errors="replace").decode()
    assert whole.startswith(kept)
    assert len(kept.encode()) <= FIELD_BYTES
    assert kept == whole or len(whole[: len(kept) + 1].encode()) > FIELD_BYTES
    assert fitting(kept) == kept


@given(printable, printable, st.none() | printable, st.none() | printable)
def test_only_hex_digits_of_outside_text_get_into_a_filter(
    tenant: str, user: str, other: str | None, conversation: str | None
) -> None:
    filters = owned_by(tenant, user_id=user, except_user=other, only=Narrowed(conversation_id=conversation))
    term = r'(tenant_id|person|conversation) [=!]= "[0-9a-f]{32}"'
    assert re.fullmatch(rf"{term}( and {term})*", filters)


@given(st.builds(Narrowed, since=st.none() | bounds, until=st.none() | bounds), st.lists(times))
def test_no_bound_in_a_filter_is_one_that_the_field_cannot_hold(only: Narrowed, stamps: list[int]) -> None:
    found = [int(one) for one in re.findall(r"timestamp (?:>=|<) (-?[0-9]+)", owned_by("t", only=only))]
    assert all(LEAST <= one <= MOST for one in found)
    for stamp in stamps:
        row = {"conversation_id": "", "role": "user", "timestamp": stamp}
        meant = (only.since is None or only.since <= stamp) and (only.until is None or stamp < only.until)
        assert within(row, only) == meant


def test_ownership_goes_by_the_names_in_the_row() -> None:
    row = {"tenant": "t", "user_id": "Jose\u0301"}
    assert owned(row, "t", user_id="José", except_user="ana")
    assert not owned(row, "other")
    assert not owned(row, "t", user_id="ana")
    assert not owned(row, "t", except_user="José")


@given(st.lists(st.integers(0, 3_000_000), max_size=20))
def test_chunks_hold_all_rows_in_order_and_are_small(sizes: list[int]) -> None:
    rows = [{"n": n, "vector": np.zeros(0), "text": "x" * (size // 4)} for n, size in enumerate(sizes)]
    made = list(chunks(rows))
    assert [row["n"] for chunk in made for row in chunk] == list(range(len(rows)))
    assert all(chunk for chunk in made)
    assert all(len(chunk) == 1 or sum(4 * len(row["text"]) for row in chunk) <= 8 << 20 for chunk in made)
