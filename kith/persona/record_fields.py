"""What each field of a record may hold: its limits, and how its value is read or refused."""

import math
from collections.abc import Callable
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetPydanticSchema
from pydantic_core import PydanticCustomError, core_schema

from kith.persona.identity import Json, canonical, nfc
from kith.persona.model import ENGAGEMENT_KINDS, ROLES, Engagement, EngagementKind, RejectionCode, Role
from kith.persona.record_names import ROLE_WORDS
from kith.persona.timestamps import NotATime, milliseconds

__all__ = [
    "LEFT_OUT",
    "MAX_DEPTH",
    "MAX_ID",
    "MAX_LABEL",
    "MAX_METADATA_BYTES",
    "MAX_NAME",
    "MAX_TEXT",
    "TEXT_PARTS",
    "Author",
    "Done",
    "Label",
    "Metadata",
    "Moment",
    "OptionalId",
    "RoleName",
    "Text",
    "UserId",
    "fault",
    "identifier",
    "is_silent",
    "kind_of",
    "optional_text",
    "part_type",
    "shown",
]

MAX_ID: Final = 256
MAX_NAME: Final = 256
MAX_LABEL: Final = 128
MAX_TEXT: Final = 200_000
MAX_METADATA_BYTES: Final = 64 * 1024
MAX_DEPTH: Final = 32
MAX_ENGAGEMENT: Final = 1e9
SHOWN: Final = 60
INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff"
KINDS: Final[tuple[tuple[type, str], ...]] = (
    (bool, "true or false"),
    (int, "a number"),
    (float, "a number"),
    (str, "text"),
    (list, "a list"),
    (dict, "an object"),
)
TEXT_PARTS: Final = frozenset({"text", "input_text", "output_text"})
LEFT_OUT: Final = "left_out_parts"
"""The name in `metadata` that lists the types of a message's parts that are not text."""


def fault(code: RejectionCode, detail: str) -> PydanticCustomError:
    """An error of one field; `detail` follows the field's name in a sentence."""
    return PydanticCustomError(code, "{detail}", {"detail": detail})


def shown(value: Json) -> str:
    """A value as it may stand in a message: short, and never more than a part of what may be private."""
    whole = value if isinstance(value, (str, int, float)) else str(value)
    if isinstance(whole, int) and whole.bit_length() > 8 * SHOWN:
        return "a very large number"
    text = repr(whole[: SHOWN + 1] if isinstance(whole, str) else whole)
    return text if len(text) <= SHOWN + 2 else text[:SHOWN] + "…"


def kind_of(value: Json) -> str:
    """What a value is, in JSON's words."""
    for kind, name in KINDS:
        if isinstance(value, kind):
            return name
    return "null"


def _clean(text: str) -> str:
    """The text in NFC, where it can be stored at all."""
    if "\0" in text:
        raise fault("bad_value", "holds a NUL character; take it out")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise fault(
                "bad_encoding", "holds bytes that are not UTF-8, or half of a surrogate pair; write whole characters"
            ) from None
    return nfc(text)


def _bounded(text: str, most: int) -> str:
    cleaned = text if len(text) > most else _clean(text)
    if len(cleaned) > most:
        raise fault("too_large", f"has {len(cleaned):,} characters; at most {most:,} are taken")
    return cleaned


def identifier(value: Json) -> str:
    """An id: text or a whole number, not empty."""
    if isinstance(value, str):
        if not value.strip():
            raise fault("bad_value", "is empty; give an id")
        return _bounded(value, MAX_ID)
    if isinstance(value, int) and not isinstance(value, bool):
        if value.bit_length() > 4 * MAX_ID:
            raise fault("too_large", f"is a number of more than {MAX_ID} digits; give a shorter id")
        return _bounded(str(value), MAX_ID)
    raise fault("bad_type", f"is {kind_of(value)}; give text or a whole number")


def _optional(read: Callable[[Json], str]) -> Callable[[Json], str | None]:
    def optional(value: Json) -> str | None:
        return None if value is None or value == "" else read(value)

    return optional


def optional_text(most: int) -> Callable[[Json], str | None]:
    """Reads text of at most so many characters; none where it is empty."""

    def text(value: Json) -> str:
        if not isinstance(value, str):
            raise fault("bad_type", f"is {kind_of(value)}; give text")
        return _bounded(value, most)

    return _optional(text)


def _label(value: Json) -> str:
    return _bounded(identifier(value), MAX_LABEL)


def _text(value: Json) -> str:
    if is_silent(value):
        raise fault("empty_text", "holds no text; leave the record out, or give what was said")
    return _bounded(_written(value), MAX_TEXT)


def is_silent(value: Json) -> bool:
    """Whether a message says nothing: there is none, or it holds no text. One that is wrong is not silent."""
    try:
        return value is None or not _written(value).strip().strip(INVISIBLE)
    except PydanticCustomError:
        return False


def _written(value: Json) -> str:
    text = "\n".join(_parts(value)) if isinstance(value, list) else value
    if not isinstance(text, str):
        raise fault("bad_type", f"is {kind_of(value)}; give text, or a list of parts with 'type' and 'text'")
    return text


def _parts(parts: list[Json]) -> list[str]:
    """The texts of a chat message's parts; what is no text (a picture, a call) is left out."""
    found: list[str] = []
    for part in parts:
        if isinstance(part, str):
            found.append(part)
            continue
        text = part.get("text") if isinstance(part, dict) else None
        if part_type(part) in TEXT_PARTS and isinstance(text, str):
            found.append(text)
        elif part_type(part) is None or part_type(part) in TEXT_PARTS:
            raise fault("bad_type", "has a part that is not text nor an object with 'type' and 'text'; mend that part")
    return found


def part_type(part: Json) -> str | None:
    """What a part of a chat message says it is."""
    kind = part.get("type") if isinstance(part, dict) else None
    return kind if isinstance(kind, str) else None


def _moment(value: Json) -> int:
    try:
        return milliseconds(value)
    except NotATime as error:
        raise fault("bad_timestamp", f"({shown(value)}) {error}") from None
    except TypeError:
        raise fault("bad_type", f"is {kind_of(value)}; give ISO 8601 text, or a number since 1970") from None


def _role(value: Json) -> Role:
    if not isinstance(value, str):
        raise fault("bad_type", f"is {kind_of(value)}; give one of {', '.join(ROLES)}")
    role = ROLE_WORDS.get(value.strip().lower())
    if role is None:
        raise fault("bad_value", f"is {shown(value)}; give one of {', '.join(ROLES)}")
    return role


def _done(value: Json) -> Engagement:
    if isinstance(value, str):
        return Engagement(_kind(value))
    if not isinstance(value, dict):
        raise fault("bad_type", f"is {kind_of(value)}; give an object with 'kind' and 'value', or a kind")
    for name in value:
        if name not in ("kind", "value"):
            raise fault("bad_value", f"has a field {shown(name)} that is not known; put it in 'metadata'")
    if "kind" not in value:
        raise fault("missing_field", f"has no 'kind'; give one of {', '.join(ENGAGEMENT_KINDS)}")
    amount = value.get("value")
    return Engagement(_kind(value["kind"]), 1.0 if amount is None else _amount(amount))


def _kind(value: Json) -> EngagementKind:
    if not isinstance(value, str):
        raise fault("bad_type", f"has a 'kind' that is {kind_of(value)}; give one of {', '.join(ENGAGEMENT_KINDS)}")
    for kind in ENGAGEMENT_KINDS:
        if kind == value.strip().lower():
            return kind
    raise fault("bad_value", f"is of kind {shown(value)}; give one of {', '.join(ENGAGEMENT_KINDS)}")


def _amount(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise fault("bad_type", f"has a 'value' that is {kind_of(value)}; give a number")
    if not abs(value) <= MAX_ENGAGEMENT:
        raise fault("bad_value", f"has a 'value' that is not a number up to {MAX_ENGAGEMENT:,.0f}; give one")
    return float(value)


def _metadata(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise fault("bad_type", f"is {kind_of(value)}; give an object")
    return _normal_json(value)


def _metadata_schema(source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
    """Checked by us alone: Pydantic cannot follow a type that stands in itself."""
    return core_schema.no_info_plain_validator_function(_metadata)


def _normal_json(fields: dict[str, Json]) -> dict[str, Json]:
    """The same JSON object in NFC, where it is within bounds and can be stored."""
    if not fields:
        return fields
    if any(isinstance(value, (dict, list)) for value in fields.values()):
        _check_depth(fields)
    try:
        text = canonical(fields)
        size = len(text) if text.isascii() else len(text.encode())
    except UnicodeEncodeError:
        raise fault(
            "bad_encoding", "holds bytes that are not UTF-8, or half of a surrogate pair; write whole characters"
        ) from None
    except (TypeError, ValueError, RecursionError):
        raise fault("bad_type", "holds something that is not JSON; give text, numbers, lists and objects") from None
    if size > MAX_METADATA_BYTES:
        raise fault(
            "too_large", f"has {size:,} bytes with all fields that are not known; {MAX_METADATA_BYTES:,} are taken"
        )
    plain = text.isascii() and "\\u0000" not in text and "NaN" not in text and "Infinity" not in text
    return fields if plain else _normal_object(fields)


def _check_depth(fields: dict[str, Json]) -> None:
    level: list[Json] = [fields]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer) if isinstance(inner, (dict, list))]
        if not level:
            return
    raise fault("bad_value", f"is nested deeper than {MAX_DEPTH} levels; flatten it")


def _inside(value: Json) -> list[Json]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _normal(value: Json) -> Json:
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise fault("bad_value", "holds a number that is not finite or too large; give a finite one")
    if isinstance(value, list):
        return [_normal(inner) for inner in value]
    return _normal_object(value) if isinstance(value, dict) else value


def _normal_object(fields: dict[str, Json]) -> dict[str, Json]:
    normal = {_clean(name): _normal(value) for name, value in fields.items()}
    if len(normal) < len(fields):
        raise fault("bad_value", "has two names that are one in Unicode's normal form; keep one")
    return normal


UserId: TypeAlias = Annotated[str, BeforeValidator(identifier)]
OptionalId: TypeAlias = Annotated[str | None, BeforeValidator(_optional(identifier))]
Label: TypeAlias = Annotated[str | None, BeforeValidator(_optional(_label))]
Author: TypeAlias = Annotated[str | None, BeforeValidator(optional_text(MAX_NAME))]
Text: TypeAlias = Annotated[str, BeforeValidator(_text)]
Moment: TypeAlias = Annotated[int, BeforeValidator(_moment)]
RoleName: TypeAlias = Annotated[Role, BeforeValidator(_role)]
Done: TypeAlias = Annotated[Engagement, BeforeValidator(_done)]
Metadata: TypeAlias = Annotated[dict[str, Json], GetPydanticSchema(_metadata_schema)]
