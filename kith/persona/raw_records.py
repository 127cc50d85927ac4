"""A record as it was read, what may be wrong with it, and how it is turned away."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from pydantic import ValidationError

from kith.persona.identity import Json
from kith.persona.model import Rejection, RejectionCode
from kith.persona.record_fields import shown

__all__ = ["MAX_RAW_BYTES", "MAX_RECORD_BYTES", "Problem", "Raw", "first_problem", "kept", "rejected"]

MAX_RECORD_BYTES: Final = 1024 * 1024
"""Of one record as JSON, in UTF-8."""
MAX_RAW_BYTES: Final = 8 * 1024
"""How much of what was read is kept with a rejection."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something that was read cannot be taken."""

    code: RejectionCode
    detail: str


@dataclass(frozen=True, slots=True)
class Raw:
    """One record as it was read: a JSON value, or the problem that kept it from being one."""

    source: str
    position: str
    """Where in the source, for people: `line 12`, `item 5`, `item 3, message 2`."""
    text: str
    """What was read, for the rejection; cut to a bound."""
    value: Json = None
    problem: Problem | None = None
    conversations: tuple[Mapping[str, Json], ...] = ()
    """The fields of the conversation that it stands in, and of what stands around that: the outermost first."""
    index: int = 0
    """Its place in that conversation, from 0."""


def first_problem(error: ValidationError, spelled: Mapping[str, str], *, mappable: bool) -> Problem:
    """The first thing that is wrong, with the field's name as the record spells it."""
    found = error.errors(include_url=False, include_input=False)[0]
    field = str(found["loc"][0])
    if found["type"] == "missing":
        elsewhere = f", or name the field that holds it: --map {field}=NAME" if mappable else ""
        return Problem("missing_field", f"{field!r} is missing; give it{elsewhere}")
    detail = str(found.get("ctx", {}).get("detail", found["msg"]))
    name = shown(spelled.get(field, field))
    if field == "metadata" and field not in spelled:
        name = f"{name}, where fields that are not known go,"
    return Problem(cast(RejectionCode, found["type"]), f"{name} {detail}")


def rejected(raw: Raw, problem: Problem, *, user_id: str | None = None) -> Rejection:
    """The rejection of a record."""
    return Rejection(problem.code, problem.detail, raw.source, raw.position, kept(_whole(raw)), user_id)


def _whole(raw: Raw) -> str:
    """The record with what it inherits: as the one message of its conversations."""
    text = raw.text
    for around, container in zip(reversed(raw.conversations), ("messages", "conversations"), strict=False):
        fields = json.dumps(around, ensure_ascii=False, default=str)[1:-1]
        text = f'{{"{container}": [{text}]{", " if fields else ""}{fields}}}'
    return text


def kept(text: str) -> str:
    """Text as it can be stored with a rejection: cut, and without what no store takes."""
    octets = text[:MAX_RAW_BYTES].encode(errors="replace").replace(b"\0", b"?")
    return octets[:MAX_RAW_BYTES].decode(errors="ignore")
