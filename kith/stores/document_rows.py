"""What every documents adapter does with a record before it is written: whose it is, its JSON, and its numbers."""

import json
from collections.abc import Mapping

from kith.persona.identity import Json
from kith.stores.errors import RecordRefused

__all__ = ["LEAST", "bounded", "json_text", "refuse_others"]

LEAST, MOST = -(1 << 63), (1 << 63) - 1
"""What SQLite and BSON hold for a whole number."""


def bounded(number: int) -> int:
    """The number, or the end that it lies beyond: no message stands past either."""
    return max(LEAST, min(number, MOST))


def json_text(kind: str, of: str, value: Mapping[str, Json]) -> str:
    """The value as JSON. `kind` and `of` name the record it belongs to."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise RecordRefused(f"The {kind} {of!r} cannot be written as JSON: {error}. Leave the value out.") from error


def refuse_others(kind: str, of: str, *, tenant: str, call: str) -> None:
    """Raises where a record of one tenant was handed in for another."""
    if tenant != call:
        raise RecordRefused(
            f"The {kind} {of!r} is of tenant {tenant!r} and was handed in for {call!r}. Write it under its own."
        )
