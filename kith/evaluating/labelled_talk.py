"""Reads conversations with questions about them, and the messages that answer each: one person a line."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from kith.evaluating.labelled import Moment, Wrong, at_line, lines_of
from kith.persona.errors import BadInput
from kith.persona.identity import Json, nfc
from kith.persona.measuring_retrieval import Half, Kind, Posed
from kith.persona.model import Rejection, User
from kith.persona.records import FieldNames, Raw, parse_record

__all__ = ["Person", "Question", "read_people"]

SHOWN = 80
"""Characters of a message that an error shows."""


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Conversation(_Shape):
    conversation_id: Annotated[str, Field(min_length=1)]
    messages: Annotated[list[dict[str, Any]], Field(min_length=1)]


class _Question(_Shape):
    id: Annotated[str, Field(min_length=1)]
    question: Annotated[str, Field(min_length=1)]
    kind: Kind
    answers: list[str]


class _Line(_Shape):
    user_id: Annotated[str, Field(min_length=1)]
    name: Annotated[str, Field(min_length=1)] | None = None
    half: Half | None = None
    asked: Moment
    conversations: Annotated[list[_Conversation], Field(min_length=1)]
    questions: Annotated[list[_Question], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Question:
    """A question in words, and what answers it."""

    text: str
    posed: Posed


@dataclass(frozen=True, slots=True)
class Person:
    """One person's conversations, as records that can be taken in, and what is asked about them, and when."""

    user: User
    asked: int
    records: tuple[dict[str, Json], ...]
    questions: tuple[Question, ...]


def read_people(path: Path, *, tenant: str) -> list[Person]:
    """The people of a file of JSON Lines; the first line that is wrong is named, with what is wrong.

    A message is checked as it is when it is taken in. Each person stands on one line, and an id of a question once.
    """
    people = list(_checked(path, tenant))
    if not people:
        raise BadInput(f"{str(path)!r} holds no conversations; write them as docs/evaluation.md shows")
    return people


def _checked(path: Path, tenant: str) -> Iterator[Person]:
    people: dict[str, int] = {}
    questions: dict[str, int] = {}
    for place, line in lines_of(path, unread="name a file of conversations with questions"):
        with at_line(path, place):
            person = _person(_Line.model_validate_json(line), tenant, place)
            _once("user_id", person.user.user_id, people, place)
            for question in person.questions:
                _once("the id of a question,", question.posed.id, questions, place)
        yield person


def _once(what: str, value: str, places: dict[str, int], place: int) -> None:
    if value in places:
        raise Wrong(f"{what} {value!r} stands on line {places[value]} too; give each its own")
    places[value] = place


def _person(line: _Line, tenant: str, place: int) -> Person:
    user_id = nfc(line.user_id)
    records: list[dict[str, Json]] = []
    keys: dict[str, str] = {}
    for conversation in line.conversations:
        for message in conversation.messages:
            record = {**message, "user_id": user_id, "conversation_id": conversation.conversation_id}
            given, key = _key(record, tenant, place)
            if given in keys:
                raise Wrong(f"message_id={given!r} stands twice; give each message of a person its own")
            records.append(record)
            keys[given] = key
    return Person(
        user=User(tenant, user_id, name=None if line.name is None else nfc(line.name)),
        asked=line.asked,
        records=tuple(records),
        questions=tuple(_question(one, line.half, keys) for one in line.questions),
    )


def _key(record: dict[str, Json], tenant: str, place: int) -> tuple[str, str]:
    """The id that a message was given, and the key under which it will be found."""
    said = str(record.get("message_id", record.get("message", "")))[:SHOWN]
    raw = Raw("", f"line {place}", "", value=record)
    parsed = parse_record(raw, tenant=tenant, names=FieldNames.from_options([]))
    if isinstance(parsed, Rejection):
        raise Wrong(f"message {said!r}: {parsed.detail}")
    if parsed.message_id is None:
        raise Wrong(f"message {said!r}: 'message_id' is missing; give it, as answers are told by it")
    if parsed.is_event:
        raise Wrong(f"message {said!r} has no words; leave it out")
    return parsed.message_id, parsed.key


def _question(line: _Question, half: Half | None, keys: dict[str, str]) -> Question:
    for at, given in enumerate(line.answers):
        if nfc(given) not in keys:
            raise Wrong(
                f"question {line.id!r}: answers.{at}={given!r} is no message_id of this person; write one that is"
            )
    if line.kind == "none" and line.answers:
        raise Wrong(f"question {line.id!r}: kind='none' has answers; leave them out, or write another kind")
    if line.kind != "none" and not line.answers:
        raise Wrong(f"question {line.id!r}: kind={line.kind!r} has no answers; name one, or write 'none'")
    answers = frozenset(keys[nfc(given)] for given in line.answers)
    return Question(nfc(line.question), Posed(line.id, line.kind, answers, half))
