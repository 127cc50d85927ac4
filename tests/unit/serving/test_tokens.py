"""How many tokens a text is: by word pieces, and by bytes where there are none."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kith.etl.tokens import TokenCounter

COUNTER = TokenCounter()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("   \t ", 0),
        ("Hello world", 2),
        ("Hello\nworld\n", 4),
        ("x" * 150, 150),
        ("[SEP]", 3),
        ("日本", 2),
        ("🫠", 4),
        ("a 🫠🫠 b", 10),
        ("a\u0301\u0301", 5),
        ("a\x00b", 3),
        ("\u202eab\u202e", 7),
        ("\ud800", 1),
    ],
)
def test_known_pieces_count_one_each_and_unknown_ones_their_bytes(text: str, tokens: int) -> None:
    assert COUNTER.count(text) == tokens


@given(st.text(), st.text())
def test_lines_count_the_same_together_as_one_by_one(first: str, second: str) -> None:
    assert COUNTER.count(f"{first}\n{second}") == COUNTER.count(first) + 1 + COUNTER.count(second)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_is_never_more_tokens_than_its_bytes(text: str) -> None:
    assert 0 <= COUNTER.count(text) <= len(text.encode())


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"])))
@example("x" * 150 + " [UNK] [SEP] ##s don't e-mail ##ing")
def test_plain_text_counts_as_it_does_in_other_company(plain: str) -> None:
    assert COUNTER.count(f"{plain} ß") == COUNTER.count(plain) + COUNTER.count("ß")


def test_a_long_text_is_neither_cut_nor_padded() -> None:
    assert COUNTER.count("hiking " * 5_000) == 5_000


def test_threads_that_come_first_together_count_the_same() -> None:
    counter = TokenCounter()
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(counter.count, ["Any trail shoes under 100?"] * 32)) == {6}
