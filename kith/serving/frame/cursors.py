"""Where a list goes on, as text that says nothing to anybody else."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, TypeAlias, cast

from fastapi import Query

from kith.persona.identity import Json, canonical
from kith.serving.frame.problems import Refusal

__all__ = ["Cursor", "Limit", "cursor_of", "place_of", "text_place_of"]

Cursor: TypeAlias = Annotated[str | None, Query(max_length=4000, description="`next` of the page before")]
Limit: TypeAlias = Annotated[int, Query(ge=1, le=1000, description="How many at most")]
LARGEST = 1 << 62
SHOWN = 40


def cursor_of(*last: str | int) -> str:
    """The cursor of what follows this."""
    return urlsafe_b64encode(canonical(list(last)).encode()).decode().rstrip("=")


def text_place_of(cursor: str | None) -> str | None:
    """The text that a cursor was made of; `Refusal` for any other cursor."""
    found = _parts(cursor)
    if found is None:
        return None
    if len(found) == 1 and isinstance(found[0], str):
        return found[0]
    raise _not_ours(cursor)


def place_of(cursor: str | None) -> tuple[int, str] | None:
    """The time and the key that a cursor was made of; `Refusal` for any other cursor."""
    found = _parts(cursor)
    if found is None:
        return None
    if len(found) == 2:
        moment, key = found
        # A cursor's numbers are as it was sent: `True` is one too in Python, and stores have a largest.
        if type(moment) is int and abs(moment) < LARGEST and isinstance(key, str):
            return moment, key
    raise _not_ours(cursor)


def _parts(cursor: str | None) -> list[Json] | None:
    if cursor is None:
        return None
    try:
        octets = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        found = cast("Json", json.loads(octets))
        if isinstance(found, list) and cursor == cursor_of(*cast("list[str | int]", found)):
            return found
    except (ValueError, RecursionError):  # of base64, of UTF-8 and of JSON alike
        pass
    raise _not_ours(cursor)


def _not_ours(cursor: str | None) -> Refusal:
    shown = None if cursor is None else cursor[:SHOWN]
    return Refusal("bad-cursor", f"cursor={shown!r} is none of this list; leave it out to begin at the top")
