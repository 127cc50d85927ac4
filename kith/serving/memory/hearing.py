"""A model's answer in the form that it is asked for, heard piece by piece: each sentence as soon as it is complete."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kith.persona.identity import Json

__all__ = ["SCHEMA", "Claim", "Hearing", "NotAsAsked"]

SCHEMA: Mapping[str, Json] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["answered", "sentences"],
    "properties": {
        "answered": {"type": "boolean"},
        "sentences": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["text", "sources"],
                "properties": {
                    "text": {"type": "string"},
                    "sources": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}
MOST_SENTENCES = 40
LONGEST_SENTENCE = 4000
LONGEST_ANSWER = 1_000_000
"""Characters of all of it. A model in whose way nothing stands may go on and on."""

SIGN: Final = re.compile(r'[{}\[\],:"\\]')
OF_TEXT: Final = re.compile(r'["\\]')


class NotAsAsked(Exception):
    """What was heard is not of the form that was asked for, whatever may follow."""


class _Sentence(BaseModel):
    model_config = ConfigDict(strict=True)

    text: str = Field(max_length=LONGEST_SENTENCE)
    sources: list[str] = Field(default_factory=list[str])

    def claim(self) -> "Claim":
        return Claim(" ".join(self.text.split()), tuple(self.sources))


class _Reply(BaseModel):
    model_config = ConfigDict(strict=True)

    answered: bool
    sentences: list[_Sentence] = Field(default_factory=list[_Sentence], max_length=MOST_SENTENCES)


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of a model's answer, and what it names as its sources."""

    text: str
    sources: tuple[str, ...]


class Hearing:
    """Takes an answer as it comes. What is told early is in all but broken answers what `whole` begins with."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._size = 0
        self._has_begun = False
        self._depth = 0
        self._in_text = self._is_escaped = False
        self._part: list[str] = []
        """What came since the last sign that parts something: a name, a plain value or a sentence."""
        self._name = ""
        """Of the value that is being heard, as it is written."""
        self._answered = False
        self._count = 0

    def feed(self, piece: str) -> list[Claim]:
        """The sentences that this completes, where it is known by then that the question was answered."""
        self._pieces.append(piece)
        self._size += len(piece)
        self._has_begun = self._has_begun or _begins(piece)
        if self._size > LONGEST_ANSWER:
            raise NotAsAsked
        told: list[Claim] = []
        since = 0
        for at, sign in self._signs(piece):
            after = at + 1
            if sign == "{" and self._depth == 2:
                since, self._part = at, []
            elif sign == "}" and self._depth == 3:
                told += self._sentence("".join([*self._part, piece[since:after]]))
            elif self._depth == 1 and sign in ":,}":
                self._plain(sign, "".join([*self._part, piece[since:at]]).strip())
                since, self._part = after, []
            self._depth += (sign in "{[") - (sign in "}]")
            if self._depth == 1 and sign == "{":
                since, self._part = after, []
        self._part.append(piece[since:])
        return told

    def whole(self) -> list[Claim]:
        """All sentences, now that it has ended; none where it says that nothing answers."""
        try:
            reply = _Reply.model_validate_json("".join(self._pieces))
        except ValidationError as error:
            raise NotAsAsked from error
        claims = [one.claim() for one in reply.sentences]
        return [one for one in claims if one.text] if reply.answered else []

    def _signs(self, piece: str) -> Iterator[tuple[int, str]]:
        """Each sign of JSON that is not of a text, and where it stands."""
        at = 0
        while True:
            if self._is_escaped and at < len(piece):
                self._is_escaped, at = False, at + 1
            found = (OF_TEXT if self._in_text else SIGN).search(piece, at)
            if found is None:
                return
            at = found.end()
            if found[0] == "\\":
                self._is_escaped = True
            elif found[0] == '"':
                self._in_text = not self._in_text
            else:
                yield found.start(), found[0]

    def _plain(self, sign: str, part: str) -> None:
        if sign == ":":
            self._name = part
        elif self._name == '"answered"':
            self._answered = part == "true"

    def _sentence(self, part: str) -> list[Claim]:
        if self._name != '"sentences"':
            return []
        self._count += 1
        if self._count > MOST_SENTENCES:
            raise NotAsAsked
        try:
            claim = _Sentence.model_validate_json(part).claim()
        except ValidationError as error:
            raise NotAsAsked from error
        return [claim] if self._answered and claim.text else []


def _begins(piece: str) -> bool:
    """Whether the object begins here, or does not yet; whoever begins otherwise will give none."""
    begun = piece.lstrip()
    if begun and not begun.startswith("{"):
        raise NotAsAsked
    return bool(begun)
