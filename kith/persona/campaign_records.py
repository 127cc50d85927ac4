"""The door for campaigns: what comes in as JSON becomes a campaign, or a rejection that says why not."""

from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from kith.persona.identity import Json
from kith.persona.model import Campaign, Rejection
from kith.persona.raw_records import Problem, Raw, first_problem, rejected
from kith.persona.record_fields import MAX_LABEL, Metadata, Moment, fault, identifier, kind_of, optional_text
from kith.persona.record_names import ranked_names, sort_fields

__all__ = ["parse_campaign"]

MAX_TITLE: Final = 512
MAX_BLURB: Final = 20_000
MAX_URL: Final = 2_048
MAX_INTENTS: Final = 64

NAMES = ranked_names(
    {
        "id": ("id", "campaign_id"),
        "title": ("title", "name"),
        "text": ("text", "description", "body", "content"),
        "intents": ("intents", "intent"),
        "starts": ("starts", "starts_at", "start_date", "start"),
        "ends": ("ends", "ends_at", "end_date", "end"),
        "url": ("url", "link"),
        "metadata": ("metadata",),
    },
    {},
)

_label = optional_text(MAX_LABEL)


def _campaign_id(value: Json) -> str:
    return _label(identifier(value)) or ""


def _title(value: Json) -> str:
    title = optional_text(MAX_TITLE)(value)
    if title is None or not title.strip():
        raise fault("empty_text", "holds no text; give the title that people see")
    return title


def _blurb(value: Json) -> str:
    return optional_text(MAX_BLURB)(value) or ""


def _intents(value: Json) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list):
        raise fault("bad_type", f"is {kind_of(value)}; give a list of names")
    if len(listed) > MAX_INTENTS:
        raise fault("too_large", f"has {len(listed):,} names; at most {MAX_INTENTS} are taken")
    names = [_label(name) for name in listed]
    return tuple(dict.fromkeys(name for name in names if name is not None))


def _url(value: Json) -> str | None:
    url = optional_text(MAX_URL)(value)
    if url is not None and (not url.startswith(("https://", "http://")) or not url.isprintable() or " " in url):
        raise fault("bad_value", "is not an address of the web; give one that starts with 'https://'")
    return url


class _Record(BaseModel):
    """A campaign under our names."""

    model_config = ConfigDict(strict=True, extra="forbid")

    id: Annotated[str, BeforeValidator(_campaign_id)]
    title: Annotated[str, BeforeValidator(_title)]
    text: Annotated[str, BeforeValidator(_blurb)] = ""
    intents: Annotated[tuple[str, ...], BeforeValidator(_intents)] = ()
    starts: Moment | None = None
    ends: Moment | None = None
    url: Annotated[str | None, BeforeValidator(_url)] = None
    metadata: Metadata = {}


def parse_campaign(raw: Raw, *, tenant: str) -> Campaign | Rejection:
    """The campaign that a record is, or why it is none. Unknown fields go to `metadata`, under what it says itself."""
    if raw.problem is not None:
        return rejected(raw, raw.problem)
    if not isinstance(raw.value, dict):
        return rejected(
            raw, Problem("not_an_object", f"the record is {kind_of(raw.value)}; give one object for each campaign")
        )
    values, spelled, extras = sort_fields(raw.value, NAMES)
    if extras:
        given = values.get("metadata", {})
        values["metadata"] = extras | given if isinstance(given, dict) else given
    try:
        record = _Record.model_validate(values)
    except ValidationError as error:
        return rejected(raw, first_problem(error, spelled, mappable=False))
    if record.starts is not None and record.ends is not None and record.ends < record.starts:
        return rejected(raw, Problem("bad_value", f"{spelled['ends']!r} is before {spelled['starts']!r}; change one"))
    return Campaign(
        tenant=tenant,
        campaign_id=record.id,
        title=record.title,
        text=record.text,
        intents=record.intents,
        starts=record.starts,
        ends=record.ends,
        url=record.url,
        metadata=record.metadata,
    )
