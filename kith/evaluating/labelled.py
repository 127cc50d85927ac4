"""What files of labelled messages share: how they are read, how what is wrong is named, how scores are told."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import BeforeValidator, ValidationError

from kith.persona.errors import BadInput
from kith.persona.identity import Json
from kith.persona.measuring import Score
from kith.persona.timestamps import NotATime, milliseconds

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["Moment", "Wrong", "at_line", "lines_of", "score_json"]

SHOWN = 80
"""Characters of what is wrong that an error shows."""


def _moment(value: object) -> int:
    try:
        return milliseconds(value)
    except TypeError as error:
        raise NotATime("is not a time; write it like '2026-03-01T09:30:00Z'") from error


Moment: TypeAlias = Annotated[int, BeforeValidator(_moment)]
"""A time as it is written, in milliseconds UTC."""


class Wrong(ValueError):
    """What types do not show; the message goes after the line's number."""


def lines_of(path: Path, *, unread: str) -> Iterator[tuple[int, str]]:
    """The lines of a file that are not empty, with their numbers. `unread`: what to do where it cannot be read."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # a text may hold other line breaks
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be read: {error.strerror}; {unread}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{str(path)!r} is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    return ((place, line) for place, line in enumerate(lines, start=1) if line.strip())


@contextmanager
def at_line(path: Path, place: int, *, where_empty: str = "write something there") -> Generator[None]:
    """Names the line of what is wrong in it, and what to do; `where_empty`: about what holds nothing."""
    try:
        yield
    except ValidationError as error:
        raise BadInput(f"{str(path)!r}, line {place}: {_problem(error.errors()[0], where_empty)}") from error
    except Wrong as error:
        raise BadInput(f"{str(path)!r}, line {place}: {error}") from error


def _problem(error: "ErrorDetails", where_empty: str) -> str:
    key = ".".join(map(str, error["loc"]))
    match error["type"]:
        case "json_invalid":
            return f"is not JSON ({error['msg'].removeprefix('Invalid JSON: ')}); write one object on each line"
        case "missing":
            return f"{key} is missing; add it"
        case "extra_forbidden":
            return f"{key} is not known; remove it, or check how it is spelled"
        case "string_too_short" | "too_short":
            return f"{key} is empty; {where_empty}"
        case "value_error":
            return f"{key}={str(error['input'])[:SHOWN]!r} {error['msg'].removeprefix('Value error, ')}"
        case _:
            at = f"{key}={str(error['input'])[:SHOWN]!r}" if key else str(error["input"])[:SHOWN]
            return f"{at}: {error['msg']}; write it as docs/evaluation.md shows"


def score_json(score: Score) -> dict[str, Json]:
    """By name; a share of nothing is null."""
    return {
        "labelled": score.labelled,
        "found": score.found,
        "right": score.right,
        "precision": score.precision,
        "recall": score.recall,
        "f1": score.f1,
    }
