"""The feeling towards what is mentioned."""

from collections.abc import Callable

import pytest

from kith.etl.feelings import Feeling
from kith.persona.language.grammar import Parse
from kith.persona.language.sentiment import feelings_towards

CASES = [
    ("I love [Rome] but the [food] was awful", "+-"),
    ("The [Nimbo] sensor is too slow, the [Hue] one is great", "-+"),
    ("I don't like [Berlin]", "-"),
    ("The [coffee] is not bad", "+"),
    ("I can't stand [olives]", "-"),
    ("Although the [hotel] was terrible, I loved [Rome].", "-+"),
    ("Do you like [Rome]?", "0"),
    ("I live in [Rome]", "0"),
    ("That [Horror Night] is on Friday", "0"),
    ("Thanks! Is there a bus to [Rome], please?", "0"),
]
PARSED = [
    ("My sister loves [Rome]", "0"),
    ("I love [tea] and hate [coffee].", "+-"),
    ("I tried [kimchi] today and it was awful.", "-"),
    ("I tried [kimchi] today. It was awful!", "-"),
    ("I don't think [Rome] is great", "-"),
    ("Great, I'm moving to [Lyon]", "0"),
    ("Isn't [Rome] great?", "+"),
    ("I'd like a [ticket] like yours", "0"),
]


def signs(text: str, parse: Callable[[str], Parse] | None, feeling: Feeling) -> str:
    plain, spans = "", list[tuple[int, int]]()
    for before, _, rest in (part.partition("[") for part in text.split("]")):
        plain += before
        if rest:
            spans.append((len(plain), len(plain) + len(rest)))
            plain += rest
    values = feelings_towards(plain, parse(plain) if parse else None, spans, feeling)
    assert all(-1 <= value <= 1 for value in values)
    return "".join("+" if value > 0 else "-" if value < 0 else "0" for value in values)


@pytest.mark.parametrize(("text", "expected"), [*CASES, *PARSED])
def test_from_the_clause_that_speaks_of_it(
    text: str, expected: str, parse: Callable[[str], Parse], feeling: Feeling
) -> None:
    assert signs(text, parse, feeling) == expected


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_without_a_parse(text: str, expected: str, feeling: Feeling) -> None:
    assert signs(text, None, feeling) == expected


def test_names_are_not_scored() -> None:
    scored: list[str] = []

    def score(text: str) -> float:
        scored.append(text)
        return 2.0

    assert feelings_towards("we saw Love Actually, yes", None, [(7, 20)], score) == [1.0]
    assert scored == ["we saw that,"]
