"""The extractor by rules: whose words teach, what is parsed at all, and what its version tells."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kith.etl.parsing import SpacyParser
from kith.etl.tongues import Tongue
from kith.persona.embedding import Vectors
from kith.persona.evidence import NOTHING, Extraction
from kith.persona.language import campaign_message
from kith.persona.language.extracting import RULES, RuleExtractor
from kith.persona.language.grammar import Parse
from kith.persona.language.vocabulary import Term, Vocabulary
from kith.persona.model import Campaign, Entity, Message, Role, Statement

HIKING = Entity("hobby", "hiking")
BIO = "Alice is a software engineer who loves hiking and photography."
LIFE = [("role", "software engineer"), ("likes", "hiking"), ("likes", "photography")]


class Listening:
    """A parser that keeps what it was given."""

    def __init__(self, parser: SpacyParser) -> None:
        self._parser = parser
        self.given: list[str] = []
        self.version = parser.version

    def parse(self, texts: Sequence[str]) -> list[Parse]:
        self.given += texts
        return self._parser.parse(texts)


class Wanting:
    """Finds the same in every message that it is asked about, and keeps which ones those were."""

    version = "wanting-1"

    def __init__(self) -> None:
        self.asked: list[tuple[list[str], list[list[float]] | None]] = []

    def of(self, messages: Sequence[Message], vectors: Vectors | None) -> list[str | None]:
        self.asked.append(([m.text for m in messages], None if vectors is None else vectors.tolist()))
        return ["wanted" if "?" in m.text else None for m in messages]


@pytest.fixture
def listening(parser: SpacyParser) -> Listening:
    return Listening(parser)


@pytest.fixture
def rules(listening: Listening, vocabulary: Vocabulary, feeling: Callable[[str], float]) -> RuleExtractor:
    return RuleExtractor(listening, vocabulary, feeling, Tongue())


def said(text: str, *, user_id: str = "u7", role: Role = "user", **more: str) -> Message:
    return replace(Message("acme", user_id, text, 1_780_000_000_000, role=role), **more)


def stated(found: Extraction) -> list[tuple[str, str]]:
    return [(one.predicate, one.object.name) for one in found.statements]


@pytest.mark.parametrize("role", [role for role in get_args(Role) if role != "user"])
def test_only_people_teach(rules: RuleExtractor, listening: Listening, role: Role) -> None:
    assert rules.extract([said("I live in Ghent.", role=role, intent="chat")], names={}) == [NOTHING]
    assert listening.given == []


def test_another_author_teaches_nothing_of_the_person(rules: RuleExtractor) -> None:
    own, others = rules.extract(
        [said("I live in Ghent.", author="Mira"), said("I live in Ghent.", author="Tom")], names={"u7": "Mira"}
    )
    assert (stated(own), others) == ([("lives_in", "ghent")], NOTHING)


def test_another_language_is_not_parsed(rules: RuleExtractor, listening: Listening) -> None:
    german = said("Ich wohne jetzt in Hamburg und liebe Wandern.", intent="chat")
    greek = said("Μένω στη Γάνδη και αγαπώ την πεζοπορία.")
    assert rules.extract([german, greek], names={}) == [Extraction(intents=("chat",)), NOTHING]
    assert listening.given == []


def test_what_the_gate_stops_still_names_what_is_known(rules: RuleExtractor, listening: Listening) -> None:
    (found,) = rules.extract([said("hiking boots are so comfortable!")], names={})
    assert listening.given == []
    assert (found.statements, found.relations) == ((), ())
    assert "hiking boots" in {mention.surface for mention in found.mentions}


def test_statements_mentions_and_relations(rules: RuleExtractor) -> None:
    (found,) = rules.extract([said("I love hiking. My sister Lea works at Novamet.")], names={})
    assert stated(found) == [("likes", "hiking"), ("family", "lea")]
    assert found.statements[0] == Statement("likes", HIKING, confidence=found.statements[0].confidence)
    assert {mention.entity.name for mention in found.mentions} == {"hiking", "lea", "novamet"}
    assert [(one.subject.name, one.kind, one.object.name) for one in found.relations] == [
        ("lea", "works_at", "novamet")
    ]


@pytest.mark.parametrize(
    ("user_id", "names", "theirs"),
    [
        ("alice123", {}, True),
        ("u7", {"u7": "Alice"}, True),
        ("u7", {"u7": "Alice Martin"}, True),
        ("u7", {"u8": "Alice"}, False),
        ("alice123", {"alice123": "Tom"}, False),
        ("u7", {}, False),
    ],
)
def test_whose_name_a_text_bears_it_is_about(
    rules: RuleExtractor, user_id: str, names: dict[str, str], *, theirs: bool
) -> None:
    (found,) = rules.extract([said(BIO, user_id=user_id)], names=names)
    assert stated(found) == (LIFE if theirs else [])


def test_a_campaign_states_nothing(rules: RuleExtractor) -> None:
    (found,) = rules.extract([campaign_message(Campaign("acme", "c1", "I love hiking", "We live in Ghent."))], names={})
    assert (found.statements, found.relations, found.intents) == ((), (), ())
    assert {mention.entity.name for mention in found.mentions} >= {"hiking", "ghent"}


def test_the_records_own_intent_wins(rules: RuleExtractor) -> None:
    wanting = Wanting()
    messages = [
        said("Where is it?", intent="complain"),
        said("Where is it?"),
        said("I live in Ghent."),
        said("Wo ist mein Paket, und wann kommt es?"),
        said("Where is it?", role="assistant"),
        said("Where is it?", user_id=""),
    ]
    asking = replace(rules, wishes=wanting)
    assert [one.intents for one in asking.extract(messages, names={})] == [("complain",), ("wanted",), (), (), (), ()]
    assert [one.intents for one in rules.extract(messages, names={})] == [("complain",), (), (), (), (), ()]
    rows = np.eye(6, dtype=np.float32)
    asking.extract(messages, names={}, vectors=rows)
    asked = ["Where is it?", "I live in Ghent."]
    assert wanting.asked == [(asked, None), (asked, rows[1:3].tolist())]
    asking.extract(messages[:1], names={})
    assert len(wanting.asked) == 2


TEXTS = (
    "I live in Ghent.",
    BIO,
    "My sister Lea works at Novamet, and I sold my bike.",
    "hiking boots!",
    "Ich wohne in Hamburg.",
    "We don't eat meat any more. Any ideas?",
    "",
)


@settings(deadline=None, max_examples=25)  # a parse takes as long as it takes
@given(st.lists(st.sampled_from(TEXTS), max_size=6))
def test_what_else_is_in_a_call_does_not_matter(
    parser: SpacyParser, vocabulary: Vocabulary, feeling: Callable[[str], float], texts: list[str]
) -> None:
    rules = RuleExtractor(parser, vocabulary, feeling, Tongue(), Wanting())
    messages = [said(text, user_id="alice") for text in texts]
    together = rules.extract(messages, names={})
    assert together == [rules.extract([message], names={})[0] for message in messages]


def test_the_version_tells_all_that_may_change_what_is_found(rules: RuleExtractor, parser: SpacyParser) -> None:
    words = Vocabulary([Term("ghent", "place")])
    assert rules.version == f"{RULES}+{parser.version}+{rules.vocabulary.version}"
    assert replace(rules, wishes=Wanting()).version == f"{rules.version}+wanting-1"
    assert replace(rules, vocabulary=words).version == f"{RULES}+{parser.version}+{words.version}"
    assert words.version != rules.vocabulary.version
