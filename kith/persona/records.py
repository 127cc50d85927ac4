"""The door for records: what comes in as JSON becomes a message, or a rejection that says why not."""

from pydantic import BaseModel, ConfigDict, ValidationError

from kith.persona.campaign_records import parse_campaign
from kith.persona.identity import Json
from kith.persona.model import Message, Rejection
from kith.persona.raw_records import MAX_RAW_BYTES, MAX_RECORD_BYTES, Problem, Raw, first_problem, rejected
from kith.persona.record_fields import (
    LEFT_OUT,
    TEXT_PARTS,
    Author,
    Done,
    Label,
    Metadata,
    Moment,
    OptionalId,
    RoleName,
    Text,
    UserId,
    identifier,
    is_silent,
    kind_of,
    part_type,
)
from kith.persona.record_names import FieldName, FieldNames, Named

__all__ = [
    "MAX_RAW_BYTES",
    "MAX_RECORD_BYTES",
    "FieldNames",
    "Problem",
    "Raw",
    "parse_campaign",
    "parse_record",
]


class _Record(BaseModel):
    """A record under our names."""

    model_config = ConfigDict(strict=True, extra="forbid", arbitrary_types_allowed=True)

    user_id: UserId
    message: Text
    timestamp: Moment
    conversation_id: OptionalId = None
    message_id: OptionalId = None
    role: RoleName = "user"
    author: Author = None
    campaign_id: Label = None
    intent: Label = None
    engagement: Done | None = None
    metadata: Metadata = {}


class _Event(_Record):
    """What was done without a word."""

    message: str = ""


def parse_record(raw: Raw, *, tenant: str, names: FieldNames, default_time: int | None = None) -> Message | Rejection:
    """The message that a record is, or why it is none. `default_time` (ms UTC) serves where no time is given.

    A record that says itself what was done with a campaign needs no words: without any it is an event, and the person's
    own, whatever role is given. Unknown fields go to `metadata`, where what `metadata` says itself wins over a field of
    the same name. A message that takes its time from its conversation gets that time plus its place in milliseconds:
    the order is kept.
    """
    if raw.problem is not None:
        return rejected(raw, raw.problem, user_id=_user_of(raw, names))
    if not isinstance(raw.value, dict):
        return rejected(
            raw, Problem("not_an_object", f"the record is {kind_of(raw.value)}; give one object for each message")
        )
    named = names.read(raw.value, raw.conversations, index=raw.index)
    shift = raw.index if "timestamp" in named.inherited else 0
    if default_time is not None and "timestamp" not in named.values:
        named.values["timestamp"] = 0
        shift = default_time + raw.index
    values = _with_metadata(named)
    shape = _Record
    if "engagement" in named.values.keys() - named.inherited and is_silent(values.get("message")):
        values.pop("message", None)
        shape = _Event
    try:
        record = shape.model_validate(values)
    except ValidationError as error:
        return rejected(raw, first_problem(error, {**named.spelled}, mappable=names.mappable), user_id=_readable(named))
    if record.engagement is not None and record.campaign_id is None:
        detail = f"{named.spelled['engagement']!r} needs a 'campaign_id'; say what was engaged with"
        return rejected(raw, Problem("bad_value", detail), user_id=record.user_id)
    return _message(record, tenant, record.timestamp + shift)


def _message(record: _Record, tenant: str, timestamp: int) -> Message:
    return Message(
        tenant=tenant,
        user_id=record.user_id,
        text=record.message,
        timestamp=timestamp,
        conversation_id=record.conversation_id or "",
        message_id=record.message_id,
        role=record.role if record.message else "user",
        author=record.author,
        campaign_id=record.campaign_id,
        intent=record.intent,
        engagement=record.engagement,
        metadata=record.metadata,
    )


def _with_metadata(named: Named) -> dict[FieldName, Json]:
    values, extras = named.values, named.extras
    content = values.get("message")
    if isinstance(content, list):
        left_out: list[Json] = [kind for kind in map(part_type, content) if kind is not None and kind not in TEXT_PARTS]
        if left_out:
            extras.setdefault(LEFT_OUT, left_out)
    if extras:
        given = values.get("metadata", {})
        values["metadata"] = extras | given if isinstance(given, dict) else given
    return values


def _user_of(raw: Raw, names: FieldNames) -> str | None:
    if not isinstance(raw.value, dict):
        return None
    return _readable(names.read(raw.value, raw.conversations, index=raw.index))


def _readable(named: Named) -> str | None:
    """Whose record it is, where at least that can be read."""
    try:
        return identifier(named.values.get("user_id"))
    except ValueError:
        return None
