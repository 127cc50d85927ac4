"""What tests of language share: the parser, loaded once, and the vocabulary and the scorer that come with Kith."""

from collections.abc import Callable

import pytest

from kith.etl.feelings import Feeling
from kith.etl.lexicons import open_vocabulary
from kith.etl.parsing import SpacyParser
from kith.persona.language.grammar import Parse
from kith.persona.language.vocabulary import Vocabulary


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
