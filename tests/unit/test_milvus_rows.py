"""What a row of the vector store holds of outside text, and what of it gets into a filter."""

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kith.stores.milvus_rows import FIELD_BYTES, chunks, fitting, owned, owned_by

texts = st.text(st.characters())


@given(texts, st.integers(0, 4))
def test_a_text_is_cut_between_characters_and_no_sooner_than_it_must(text: str, off: int) -> None:
    long = "x" * (FIELD_BYTES - off) + text
    kept = fitting(long)
    whole = long.replace("\0", " ").encode(errors="replace").decode()
    assert whole.startswith(kept)
    assert len(kept.encode()) <= FIELD_BYTES
    assert kept == whole or len(whole[: len(kept) + 1].encode()) > FIELD_BYTES
    assert fitting(kept) == kept


@given(texts.filter(str.isprintable), texts.filter(str.isprintable), st.none() | texts.filter(str.isprintable))
def test_only_hex_digits_of_outside_text_get_into_a_filter(tenant: str, user: str, other: str | None) -> None:
    filters = owned_by(tenant, user_id=user, except_user=other)
    term = r'(tenant_id|person) [=!]= "[0-9a-f]{32}"'
    assert re.fullmatch(rf"{term}( and {term})*", filters)


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
