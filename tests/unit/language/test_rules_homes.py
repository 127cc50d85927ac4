"""Where a text says that its person lives, and what it only seems to say."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

Facts: TypeAlias = set[tuple[str, str, str]]
Told: TypeAlias = Callable[..., Facts]
Spans: TypeAlias = set[tuple[str, str, str | None, str | None]]
Dated: TypeAlias = Callable[[str], Spans]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I live in Ghent.", {("lives_in", "ghent", "holds")}),
        ("We're based in Leeds.", {("lives_in", "leeds", "holds")}),
        ("I'm now based out of Nairobi.", {("lives_in", "nairobi", "holds")}),
        ("I relocated to Perth for work.", {("lives_in", "perth", "holds")}),
        ("I've settled in Cork.", {("lives_in", "cork", "holds")}),
        ("My home is Porto.", {("lives_in", "porto", "holds")}),
        ("I call Porto home.", {("lives_in", "porto", "holds")}),
        ("I've made Lisbon my home.", {("lives_in", "lisbon", "holds")}),
        ("I currently reside in Tartu.", {("lives_in", "tartu", "holds")}),
        ("I just moved to Oslo!", {("lives_in", "oslo", "holds")}),
        ("I've moved back to Dundee.", {("lives_in", "dundee", "holds")}),
        ("living in tallinn at the moment", {("lives_in", "tallinn", "holds")}),
        ("I live in Portland, Oregon and work from home.", {("lives_in", "portland", "holds")}),
        ("I live in New York City.", {("lives_in", "new york city", "holds")}),
        ("I live in the Netherlands.", {("lives_in", "netherlands", "holds")}),
        ("I live in Zagreb, is there a good gym nearby?", {("lives_in", "zagreb", "holds")}),
        ("I live and work in Trieste.", {("lives_in", "trieste", "holds")}),
        ("I'm living in Turku now.", {("lives_in", "turku", "holds")}),
        ("We moved from Malmö to Umeå.", {("lives_in", "umeå", "holds"), ("lives_in", "malmö", "ended")}),
        ("I don't live in Berlin any more.", {("lives_in", "berlin", "ended")}),
        ("I no longer live in Graz.", {("lives_in", "graz", "ended")}),
        ("I moved out of Leeds.", {("lives_in", "leeds", "ended")}),
        ("I don't live in Graz.", {("lives_in", "graz", "denied")}),
        (
            "I live in Cork now, not in Coimbra any more.",
            {("lives_in", "cork", "holds"), ("lives_in", "coimbra", "ended")},
        ),
        ("I live with my parents in Split.", {("lives_in", "split", "holds"), ("family", "parent", "holds")}),
    ],
)
def test_homes(told_in_may: Told, text: str, expected: Facts) -> None:
    assert told_in_may(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "I live in a small flat.",
        "I live in the city centre.",
        "We live on a boat.",
        "I live in constant fear.",
        "Do I live in Berlin?",
        "Where do I live?",
        "If I lived in Rome, I'd eat better.",
        "I wish I lived in Lisbon.",
        "I used to live in Prague.",
        "I lived in Rome.",
        "I grew up in Naples.",
        "I'm from Dublin.",
        "I'm in Madrid this week.",
        "I might move to Kyoto.",
        "My landlord thinks I live in Bristol.",
        'He said, "I live in Paris."',
        "Say I live in Basel: what tax would I pay?",
        "I can't imagine living in London.",
        "As a child I lived in Mombasa.",
        "Imagine living in Oslo.",
        "Oh great, I live in Slough.",
        "Maybe I live in Ghent after all.",
        "People live in Cairo.",
        "We left the party for Ghent.",
        "I've made improvements at home in Ghent.",
        "Tom lives in Rome.",
        "I moved the sofa to Ghent.",
    ],
)
def test_what_tells_of_no_home(told_in_may: Told, text: str) -> None:
    assert told_in_may(text) == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I've lived in Ghent since 2018.", {("lives_in", "ghent", "2018-01-01", None)}),
        ("We moved to Lyon in March.", {("lives_in", "lyon", "2024-03-01", None)}),
        ("I moved to Galway two years ago.", {("lives_in", "galway", "2022-05-15", None)}),
        ("I've been living in Hull for six years.", {("lives_in", "hull", "2018-05-15", None)}),
        ("I lived in Rome from 2015 to 2019.", {("lives_in", "rome", "2015-01-01", "2019-01-01")}),
        ("I moved out of Leeds last year.", {("lives_in", "leeds", None, "2023-01-01")}),
        ("Since 2015 I have lived in Aarhus.", {("lives_in", "aarhus", "2015-01-01", None)}),
    ],
)
def test_since_and_until_when(dated_in_may: Dated, text: str, expected: Spans) -> None:
    assert dated_in_may(text) == expected
