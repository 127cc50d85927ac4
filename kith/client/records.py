"""From what people hand to `Kith.add` to the bodies of requests, each as large as one may be."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias, cast

import orjson

from kith.persona.errors import BadInput
from kith.serving.shapes.people import MOST_MESSAGES, Ingested, Learned, Refused

__all__ = ["Body", "Messages", "When", "as_json", "bodies_of", "given", "together", "written"]

When: TypeAlias = str | int | float | datetime
"""ISO 8601, seconds or milliseconds since 1970, or a `datetime`; one without a time zone is UTC."""
Messages: TypeAlias = str | Mapping[str, object] | Iterable[Mapping[str, object]]
"""A text, a message, or several: chat messages with `role` and `content`, or records."""

BYTES = 4 << 20
"""Of JSON in one request: half of what the API takes."""


@dataclass(frozen=True, slots=True)
class Body:
    """One request's body, and how many messages it holds."""

    octets: bytes
    count: int


def given(**fields: object) -> dict[str, object]:
    """Those fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def bodies_of(messages: Messages, fields: Mapping[str, object]) -> list[Body]:
    """The bodies of the requests that take these messages in; `fields` hold for each that has no such field."""
    if isinstance(messages, str) and not fields:
        return [Body(as_json({"content": messages}), 1)]
    return [
        Body(b'{"messages":[%s]}' % b",".join(some), len(some))
        for some in _chunks([as_json({**fields, **record}) for record in _records(messages)])
    ]


def _records(messages: Messages) -> Iterator[dict[str, object]]:
    if isinstance(messages, str):
        messages = {"message": messages}
    if isinstance(messages, Mapping):
        messages = [cast("Mapping[str, object]", messages)]
    if isinstance(messages, bytes | bytearray) or not isinstance(cast("object", messages), Iterable):
        raise BadInput(f"add was given {type(messages).__name__}: give a text, a message, or a list of messages")
    for at, one in enumerate(messages):
        if not isinstance(cast("object", one), Mapping):
            raise BadInput(f"add was given {type(one).__name__} as message {at}: give {{'role': …, 'content': …}}")
        yield {**one}


def _chunks(records: Sequence[bytes]) -> Iterator[list[bytes]]:
    some: list[bytes] = []
    size = 0
    for record in records:
        if some and (len(some) == MOST_MESSAGES or size + len(record) > BYTES):
            yield some
            some, size = [], 0
        some.append(record)
        size += len(record) + 1
    if some or not records:
        yield some


def as_json(value: object) -> bytes:
    """A value as JSON; `BadInput` for one that JSON cannot say."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z)
    except TypeError as error:
        raise BadInput(f"this cannot be sent as JSON: {error}") from error


def written(moment: When) -> str:
    """A time as it stands in an address."""
    if isinstance(moment, datetime):
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()
    return str(moment)


def together(answers: Sequence[tuple[Ingested, int]]) -> Ingested:
    """What became of several requests, as of one; each with how many messages it held."""
    rejected: list[Refused] = []
    before = 0
    for answer, count in answers:
        rejected += [one.model_copy(update={"index": before + one.index}) for one in answer.rejected]
        before += count
    found = [answer for answer, _ in answers]
    return Ingested(
        accepted=sum(one.accepted for one in found),
        duplicate=sum(one.duplicate for one in found),
        rejected=rejected,
        keys=[key for one in found for key in one.keys],
        learned=Learned(
            entities=list({(e.name, e.type): e for one in found for e in one.learned.entities}.values()),
            facts=[fact for one in found for fact in one.learned.facts],
            intents=list(dict.fromkeys(intent for one in found for intent in one.learned.intents)),
        ),
    )
