"""What tests of language share: the parser, loaded once, the vocabulary and the scorer that come with Kith, and what a
text says of whoever sends it on a day that all tests know."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TypeAlias

import pytest

from kith.etl.feelings import Feeling
from kith.etl.lexicons import open_vocabulary
from kith.etl.parsing import SpacyParser
from kith.persona.language.facts_said import Said, said_of_person
from kith.persona.language.grammar import Parse
from kith.persona.language.vocabulary import Vocabulary
from kith.persona.model import Statement

Facts: TypeAlias = set[tuple[str, str, str]]
"""Each as predicate, object, and whether it `holds`, has `ended` or is `denied`."""
Spans: TypeAlias = set[tuple[str, str, str | None, str | None]]
"""Each as predicate, object, and the days since when and until when it is so."""
Asking: TypeAlias = Callable[..., Said]
"""What a text says of its person, who goes by these names."""

IN_JUNE = 1_781_000_000_000
"""Tuesday, 9 June 2026."""
IN_MAY = int(datetime(2024, 5, 15, 14, 30, tzinfo=UTC).timestamp() * 1000)
"""Wednesday, 15 May 2024."""


@pytest.fixture(scope="session")
def parser() -> SpacyParser:
    return SpacyParser("md")


@pytest.fixture(scope="session")
def parse(parser: SpacyParser) -> Callable[[str], Parse]:
    return lambda text: parser.parse([text])[0]


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return open_vocabulary()


@pytest.fixture(scope="session")
def feeling() -> Feeling:
    return Feeling()


def asking(parse: Callable[[str], Parse], vocabulary: Vocabulary, *, moment: int) -> Asking:
    def ask(text: str, *names: str) -> Said:
        return said_of_person(parse(text), names=frozenset(names), said=moment, objects=vocabulary)

    return ask


def spans(statements: Iterable[Statement]) -> Spans:
    return {(one.predicate, one.object.name, day(one.since), day(one.until)) for one in statements}


def day(moment: int | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment / 1000, UTC).date().isoformat()


@pytest.fixture(scope="session")
def said_in_june(parse: Callable[[str], Parse], vocabulary: Vocabulary) -> Asking:
    """All that a text says that its person sends on a Tuesday in June 2026."""
    return asking(parse, vocabulary, moment=IN_JUNE)


@pytest.fixture(scope="session")
def told(said_in_june: Asking) -> Callable[..., Facts]:
    """What holds of the person by that day; what ends later still does."""

    def state(one: Statement) -> str:
        if one.denied:
            return "denied"
        return "ended" if one.until is not None and one.until <= IN_JUNE else "holds"

    def facts(text: str, *names: str) -> Facts:
        return {(one.predicate, one.object.name, state(one)) for one in said_in_june(text, *names).statements}

    return facts


@pytest.fixture(scope="session")
def dated(said_in_june: Asking) -> Callable[[str], Spans]:
    """The same with days."""
    return lambda text: spans(said_in_june(text).statements)


@pytest.fixture(scope="session")
def related(said_in_june: Asking) -> Callable[..., Facts]:
    """The relations of others that a text tells of, each as who, what and to whom."""

    def relations(text: str, *names: str) -> Facts:
        return {(one.subject.name, one.kind, one.object.name) for one in said_in_june(text, *names).relations}

    return relations


@pytest.fixture(scope="session")
def said_in_may(parse: Callable[[str], Parse], vocabulary: Vocabulary) -> Asking:
    """All that a text says that its person sends on a Wednesday in May 2024."""
    return asking(parse, vocabulary, moment=IN_MAY)


@pytest.fixture(scope="session")
def told_in_may(said_in_may: Asking) -> Callable[[str], Facts]:
    """What holds of the person without an end; what has one has `ended`, even if it lies ahead."""
    return lambda text: {
        (one.predicate, one.object.name, "denied" if one.denied else "holds" if one.until is None else "ended")
        for one in said_in_may(text).statements
    }


@pytest.fixture(scope="session")
def dated_in_may(said_in_may: Asking) -> Callable[[str], Spans]:
    """The same with days."""
    return lambda text: spans(said_in_may(text).statements)
