"""Handing a person all that is held about them, and forgetting them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from kith.dashboard.data.asking import Api, path_of
from kith.dashboard.data.reading import Missing, Unanswered, reading

__all__ = ["Export", "Receipt", "export_of", "forget", "receipt_of"]

UNDERWAY = 202


@dataclass(frozen=True, slots=True)
class Export:
    """All that is held, as JSON Lines, and how many lines there are of each kind."""

    lines: bytes
    kinds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a person was forgotten: what was deleted where, and what a second look found."""

    receipt_id: str
    user: str
    requested_at: str
    finished_at: str
    deleted: Mapping[str, int]
    second_look: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Line:
    kind: str


LINE = TypeAdapter(_Line)


@reading
def export_of(api: Api, user_id: str) -> Export:
    """All that is held about somebody."""
    response = api.send("GET", path_of("users", user_id, "export"), patient=True)
    try:
        kinds = Counter(LINE.validate_json(line).kind for line in response.content.splitlines())
    except ValidationError:
        raise Unanswered(Missing("too_old", f"What {api.url} exports is no JSON Lines of Kith.")) from None
    return Export(response.content, dict(kinds))


@reading
def forget(api: Api, user_id: str) -> Receipt | None:
    """Forgets somebody; None while that goes on."""
    response = api.send("DELETE", path_of("users", user_id))
    return None if response.status_code == UNDERWAY else api.read(Receipt, response)


@reading
def receipt_of(api: Api, user_id: str) -> Receipt | None:
    """What was deleted when somebody was forgotten; None while that goes on."""
    response = api.send("GET", path_of("users", user_id, "receipt"))
    return None if response.status_code == UNDERWAY else api.read(Receipt, response)
