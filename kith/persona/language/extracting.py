"""The extractor by rules: names, things, facts, relations and intents from what people write, with models handed in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from kith.persona.embedding import Vectors
from kith.persona.evidence import NOTHING, Extraction
from kith.persona.language import teaches
from kith.persona.language.entities import mentions, with_objects
from kith.persona.language.facts_said import Said, said_of_person
from kith.persona.language.gate import opening, readable, worth_parsing
from kith.persona.language.grammar import Parse, Parser
from kith.persona.language.persons import is_own, names_of
from kith.persona.language.vocabulary import Vocabulary
from kith.persona.model import Message

__all__ = ["RULES", "RuleExtractor", "Wishes"]

RULES = "rules-1"
"""The version of gate, rules and entities: raised whenever a message may give something else."""


class Wishes(Protocol):
    """Tells what messages ask for, by meaning: the name of an intent, or None."""

    @property
    def version(self) -> str: ...

    def of(self, messages: Sequence[Message], vectors: Vectors | None) -> list[str | None]:
        """One per message; `vectors` are those of `spoken`, row by row, where they were made already."""
        ...


@dataclass(frozen=True, slots=True)
class RuleExtractor:
    """An `Extractor` that parses English and reads it by rules.

    What is not English, and what the gate finds to hold nothing, is not parsed: such a message still gives what the
    vocabulary knows by name, if it is English, and its intent. Without `wishes` only the record's own intent counts.
    Of a text of any length its `opening` is read.
    """

    parser: Parser
    vocabulary: Vocabulary
    feeling: Callable[[str], float]
    language_of: Callable[[str], str | None]
    wishes: Wishes | None = None

    @property
    def version(self) -> str:
        parts = [RULES, self.parser.version, self.vocabulary.version]
        return "+".join(parts if self.wishes is None else [*parts, self.wishes.version])

    def extract(
        self, messages: Sequence[Message], *, names: Mapping[str, str], vectors: Vectors | None = None
    ) -> list[Extraction]:
        own = [at for at, m in enumerate(messages) if teaches(m) and is_own(m, names.get(m.user_id))]
        english = [at for at in own if readable(messages[at].text, self.language_of)]
        texts = {at: opening(messages[at].text) for at in english}
        parsed = [at for at in english if worth_parsing(texts[at])]
        parses = dict(zip(parsed, self.parser.parse([texts[at] for at in parsed]), strict=True))
        found = [NOTHING] * len(messages)
        for at in english:
            message = messages[at]
            called = names_of(message.user_id, names.get(message.user_id)) if message.user_id else frozenset[str]()
            found[at] = self._read(message, texts[at], parses.get(at), called)
        for at, intent in self._intents(messages, own, english, vectors):
            found[at] = replace(found[at], intents=(intent,))
        return found

    def _read(self, message: Message, text: str, parse: Parse | None, called: frozenset[str]) -> Extraction:
        mentioned = mentions(text, parse, self.vocabulary, self.feeling)
        if parse is None or not message.user_id:
            return Extraction(mentions=mentioned)
        said: Said = said_of_person(parse, names=called, said=message.timestamp, objects=self.vocabulary)
        return Extraction(
            mentions=with_objects(mentioned, said.statements), statements=said.statements, relations=said.relations
        )

    def _intents(
        self, messages: Sequence[Message], own: Sequence[int], english: Sequence[int], vectors: Vectors | None
    ) -> list[tuple[int, str]]:
        given = [(at, intent) for at in own if (intent := messages[at].intent) is not None]
        asked = [at for at in english if messages[at].intent is None and messages[at].user_id]
        if self.wishes is None or not asked:
            return given
        rows = None if vectors is None else vectors[asked]
        found = self.wishes.of([messages[at] for at in asked], rows)
        return given + [(at, intent) for at, intent in zip(asked, found, strict=True) if intent is not None]
