"""Whether a sentence is borne out by lines: its words, its numbers and its names."""

import numpy as np
import pytest

from kith.serving.memory.supporting import supported

LINES = ["is a nurse 2026-03-01", "Lea We walked from the mill to the old chapel with Tom 2026-03-03"]


@pytest.mark.parametrize(
    ("sentence", "borne_out"),
    [
        ("She is a nurse.", True),
        ("They walked from the mill to the chapel.", True),
        ("They walked to the chapel with Tom.", True),
        ("They walked to the chapel with Anna.", False),
        ("That was on the 3rd, in 2026.", True),
        ("They walked 12 miles to the old chapel.", False),
        ("The castle was closed for repairs.", False),
        ("And so it was.", True),
    ],
)
def test_words_numbers_and_names(sentence: str, borne_out: bool) -> None:
    assert supported(sentence, LINES) is borne_out


def test_where_the_meaning_is_near_fewer_words_are_enough() -> None:
    near, far = np.array([0.1, 0.8], dtype=np.float32), np.array([0.1, 0.2], dtype=np.float32)
    sentence = "They hiked past a ruined chapel."
    assert supported(sentence, LINES, cosines=near)
    assert not supported(sentence, LINES, cosines=far)
    assert not supported("They hiked past 7 chapels.", LINES, cosines=near)


def test_several_lines_that_are_named_bear_it_out_together() -> None:
    sentence = "The nurse walked to the chapel."
    assert supported(sentence, LINES, cited=[0, 1])


def test_nothing_bears_out_nothing() -> None:
    assert not supported("She is a nurse.", [])


def test_a_number_of_more_digits_than_python_reads_is_a_number_all_the_same() -> None:
    digits = "1" * 5000
    assert supported("She is a nurse.", [*LINES, digits])
    assert not supported(f"She is nurse {digits}.", LINES)
