"""The door for records: what comes in as JSON becomes a message, or a rejection that says why not."""

from dataclasses import dataclass

from kith.persona.identity import Json
from kith.persona.model import RejectionCode

__all__ = ["Problem", "Raw"]


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
