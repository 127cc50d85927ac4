"""What holds of the extractor by rules whatever people write, with the real parser."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kith.etl.parsing import SpacyParser
from kith.etl.tongues import Tongue
from kith.persona.evidence import NOTHING, Extraction
from kith.persona.language.asking import wants_something
from kith.persona.language.extracting import RuleExtractor
from kith.persona.language.gate import LONGEST_GAP, LONGEST_READ, LONGEST_WORD, opening, worth_parsing
from kith.persona.language.persons import names_of
from kith.persona.language.vocabulary import Vocabulary
from kith.persona.model import Entity, Message
from kith.persona.phrases import entity_name

SAID = 1_781_000_000_000

WORDS = """
I i'm im my our we Alice She sister Lea dog Biscuit husband Tom love loves hate don't like used to would if said live
lives in Ghent NYC New York moved to from work at Novamet as a nurse allergic peanuts vegan speak Dutch have sold
bought bike hiking and or but not never no longer any more actually forget that it's is since until March 2019 last
week next Friday birthday 12 . , ; ? ! ( ) " ' - 😀 שלום # @ the of with for going plan
"""
PIECES = [*WORDS.split(), "\n", "\t", "\u202e", "\u200d"]

_anything = st.text(st.characters(exclude_categories=("Cs",)), max_size=80)
_nearly = st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join)
_texts = st.one_of(_nearly, _anything, st.tuples(_nearly, _anything).map(" ".join))


@pytest.fixture(scope="module")
def extractor(parser: SpacyParser, vocabulary: Vocabulary, feeling: Callable[[str], float]) -> RuleExtractor:
    return RuleExtractor(parser, vocabulary, feeling, Tongue())


def message(text: str) -> Message:
    return Message(tenant="acme", user_id="alice123", text=text, timestamp=SAID)


def read(extractor: RuleExtractor, *texts: str) -> list[Extraction]:
    return extractor.extract([message(text) for text in texts], names={})


_law = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_law
@given(text=_texts)
def test_whatever_is_found_has_its_form(extractor: RuleExtractor, text: str) -> None:
    (found,) = read(extractor, text)
    stated = [one.object for one in found.statements]
    related = [entity for one in found.relations for entity in (one.subject, one.object)]
    for entity in (*stated, *related, *(one.entity for one in found.mentions)):
        assert entity == Entity(entity.type, entity_name(entity.name))
        assert entity.name
    for one in found.mentions:
        assert one.surface in opening(text) or any(one.entity == other for other in stated)
        assert one.count >= 1
        assert -1 <= one.sentiment <= 1
    for said in found.statements:
        assert 0 < said.confidence <= 1
        assert said.since is None or said.until is None or said.since <= said.until
    assert len({one.entity for one in found.mentions}) == len(found.mentions)
    assert len(set(found.relations)) == len(found.relations)


@_law
@given(texts=st.lists(_texts, max_size=4))
def test_a_message_teaches_the_same_in_any_company(extractor: RuleExtractor, texts: list[str]) -> None:
    together = read(extractor, *texts)
    assert together == [one for text in texts for one in read(extractor, text)]
    assert together == read(extractor, *texts[::-1])[::-1]


@given(text=_texts | st.text(" \n\ta!", max_size=2_000))
def test_an_opening_is_opened_once(text: str) -> None:
    assert opening(opening(text)) == opening(text)
    assert all(len(word) <= LONGEST_WORD for word in opening(text).split())


@pytest.mark.parametrize("text", ["", " ", "😀", "😀" * 5_000, "\x01\x02\x7f" * 100, "\u202e\u200d\ufeff", "?" * 5_000])
def test_what_says_nothing_teaches_nothing(extractor: RuleExtractor, text: str) -> None:
    assert read(extractor, text) == [NOTHING]


@pytest.mark.parametrize(
    "filler", [" ", "\n", "\t", " \n\t", "!", ".", "-", "a", "!?", "\u0301", "😀", ", ", "\u200b"], ids=repr
)
def test_much_of_nothing_takes_no_time_and_hides_nothing(extractor: RuleExtractor, filler: str) -> None:
    (found,) = read(extractor, "I live in Ghent. " + filler * 200_000)
    assert ("lives_in", Entity("place", "ghent")) in [(one.predicate, one.object) for one in found.statements]


@pytest.mark.parametrize("text", ["I love the cat " + "of the man " * 500, "I think that " * 300 + "I love tea."])
def test_nesting_without_end_is_read(extractor: RuleExtractor, text: str) -> None:
    assert len(read(extractor, text)) == 1


def test_what_follows_after_the_opening_is_not_read(extractor: RuleExtractor) -> None:
    text = "Nothing new today. " * 1_100
    assert len(text) > LONGEST_READ
    assert read(extractor, text + "I live in Ghent.", "I live in Ghent. " + text)[0].statements == ()
    assert [one.predicate for one in read(extractor, "I live in Ghent. " + text)[0].statements] == ["lives_in"]


def test_long_runs_are_cut_short() -> None:
    assert opening("a" + " " * 50 + "b" * 300) == "a" + " " * LONGEST_GAP + "b" * LONGEST_WORD


@pytest.mark.parametrize("filler", ["\n", " ", ",", ". ", "and ", "a"], ids=repr)
def test_the_gates_look_at_any_text(filler: str) -> None:
    assert not wants_something("Lovely" + filler * 200_000)
    assert not worth_parsing("lovely " + filler * 15_000)


def test_names_without_a_letter_name_nobody(extractor: RuleExtractor) -> None:
    assert names_of("u1", "\u0301") == frozenset()
    found = extractor.extract([message("I live in Ghent.")], names={"alice123": "\u0301"})
    assert [one.predicate for one in found[0].statements] == ["lives_in"]


@pytest.mark.parametrize("called", ["Ana O'Brien", "Ana O\u2019Brien"])
@pytest.mark.parametrize("written", ["Ana O'Brien lives in Ghent.", "Ana O\u2019Brien lives in Ghent."])
def test_either_apostrophe_is_of_one_name(extractor: RuleExtractor, called: str, written: str) -> None:
    found = extractor.extract([message(written)], names={"alice123": called})
    assert [one.predicate for one in found[0].statements] == ["lives_in"]
