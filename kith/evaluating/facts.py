"""What `kith evaluate` does: read a file of labelled messages, let the configured extractor read them, and measure."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from kith.etl.lexicons import open_vocabulary
from kith.persona.errors import BadInput
from kith.persona.facts import PREDICATES
from kith.persona.identity import Json, nfc
from kith.persona.measuring import Example, Label, Measured, Score, State, Triple, measure
from kith.persona.model import Message, Statement
from kith.persona.timestamps import NotATime, milliseconds
from kith.settings import Settings
from kith.wiring import extractor_of

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["FactsMeasured", "evaluate_facts", "read_examples"]

AT_ONCE = 64
"""Messages that are read between two ticks of a bar."""
SHOWN = 80

Tick = Callable[[int], None]


def _said(value: object) -> int:
    try:
        return milliseconds(value)
    except TypeError as error:
        raise NotATime("is not a time; write it like '2026-03-01T09:30:00Z'") from error


class _Fact(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    predicate: str
    object: str
    state: State = "holds"
    since: date | None = None
    until: date | None = None


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[str, Field(min_length=1)]
    text: Annotated[str, Field(min_length=1)]
    said: Annotated[int, BeforeValidator(_said)]
    user_id: Annotated[str, Field(min_length=1)]
    name: Annotated[str, Field(min_length=1)] | None = None
    facts: list[_Fact]
    trap: Annotated[str, Field(min_length=1)] | None = None


@dataclass(frozen=True, slots=True)
class FactsMeasured:
    """How the extractor of this version read a file of so many messages."""

    file: str
    messages: int
    extractor: str
    measured: Measured

    def as_json(self) -> dict[str, Json]:
        """By name; a share of nothing is null."""
        found = self.measured
        return {
            "file": self.file,
            "messages": self.messages,
            "extractor": self.extractor,
            "predicates": [{"predicate": name, **_score_json(score)} for name, score in found.scores.items()],
            "overall": _score_json(found.overall),
            "dates": {
                "labelled": found.dates.labelled,
                "right": found.dates.right,
                "share": found.dates.share,
                "invented": found.dates.invented,
            },
            "traps": [{"trap": name, "messages": t.messages, "wrong": t.wrong} for name, t in found.traps.items()],
            "differences": [
                {
                    "id": one.example.id,
                    "kind": one.kind,
                    "predicate": one.triple.predicate,
                    "object": one.triple.object,
                    "state": one.triple.state,
                    "detail": one.detail,
                    "trap": one.example.trap,
                    "text": one.example.text,
                }
                for one in found.differences
            ],
        }


def _score_json(score: Score) -> dict[str, Json]:
    return {
        "labelled": score.labelled,
        "found": score.found,
        "right": score.right,
        "precision": score.precision,
        "recall": score.recall,
        "f1": score.f1,
    }


def evaluate_facts(examples: Sequence[Example], settings: Settings, *, file: str, tick: Tick) -> FactsMeasured:
    """Lets the extractor of these settings read the examples, each by itself, and measures what it found."""
    vocabulary = open_vocabulary(settings.vocabulary)
    names = {example.user_id: example.name for example in examples if example.name is not None}
    found: list[Sequence[Statement]] = []
    with ExitStack() as stack:
        extractor = extractor_of(settings, stack)
        for start in range(0, len(examples), AT_ONCE):
            some = examples[start : start + AT_ONCE]
            messages = [_message(example, settings.tenant) for example in some]
            found += [extraction.statements for extraction in extractor.extract(messages, names=names)]
            tick(len(some))
    measured = measure(examples, found, known_as=lambda name: vocabulary.entity(name, "thing").name)
    return FactsMeasured(file, len(examples), extractor.version, measured)


def _message(example: Example, tenant: str) -> Message:
    return Message(
        tenant=tenant, user_id=example.user_id, text=example.text, timestamp=example.said, message_id=example.id
    )


def read_examples(path: Path) -> list[Example]:
    """The labelled messages of a file of JSON Lines; the first line that is wrong is named, with what is wrong."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # a text may hold other line breaks
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be read: {error.strerror}; name a file of labelled messages") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{str(path)!r} is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    examples = list(_checked(path, lines))
    if not examples:
        raise BadInput(f"{str(path)!r} holds no labelled messages; write them as docs/evaluation.md shows")
    return examples


def _checked(path: Path, lines: Sequence[str]) -> Iterator[Example]:
    """Each line as an example. Ids stand once in a file, and a person has one name in all of it."""
    places: dict[str, int] = {}
    called: dict[str, tuple[str | None, int]] = {}
    for place, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            example = _example(_Line.model_validate_json(line))
            if example.id in places:
                raise _Wrong(f"id={example.id!r} stands on line {places[example.id]} too; give it one of its own")
            name, first = called.setdefault(example.user_id, (example.name, place))
            if name != example.name:
                raise _Wrong(
                    f"user_id={example.user_id!r} has name={example.name!r} here and {name!r} on line {first}; "
                    "write the same on both, or another user_id"
                )
        except ValidationError as error:
            raise BadInput(f"{str(path)!r}, line {place}: {_problem(error.errors()[0])}") from error
        except _Wrong as error:
            raise BadInput(f"{str(path)!r}, line {place}: {error}") from error
        places[example.id] = place
        yield example


class _Wrong(ValueError):
    """What types do not show; the message goes after the line's number."""


def _example(line: _Line) -> Example:
    labels = [_label(fact) for fact in line.facts]
    for place, label in enumerate(labels):
        if label.triple in (other.triple for other in labels[:place]):
            raise _Wrong(f"facts.{place}: {label.triple.predicate} {label.triple.object!r} stands twice; remove one")
    text = nfc(line.text)
    return Example(line.id, text, line.said, line.user_id, line.name, tuple(labels), line.trap)


def _label(fact: _Fact) -> Label:
    if fact.predicate not in PREDICATES:
        raise _Wrong(f"predicate={fact.predicate!r} is not known; write one of {', '.join(PREDICATES)}")
    triple = Triple(fact.predicate, fact.object, fact.state)
    if not triple.object:
        raise _Wrong(f"object={fact.object!r} of {fact.predicate} names nothing; write what the message names")
    if fact.since and fact.until and fact.since > fact.until:
        raise _Wrong(f"{fact.predicate} {fact.object!r} has since={fact.since} after until={fact.until}; swap them")
    return Label(triple, fact.since, fact.until)


def _problem(error: "ErrorDetails") -> str:
    key = ".".join(map(str, error["loc"]))
    match error["type"]:
        case "json_invalid":
            return f"is not JSON ({error['msg'].removeprefix('Invalid JSON: ')}); write one object on each line"
        case "missing":
            return f"{key} is missing; add it"
        case "extra_forbidden":
            return f"{key} is not known; remove it, or check how it is spelled"
        case "string_too_short":
            return f"{key} is empty; write something there, or null where it may be"
        case "value_error":
            return f"{key}={str(error['input'])[:SHOWN]!r} {error['msg'].removeprefix('Value error, ')}"
        case _:
            at = f"{key}={str(error['input'])[:SHOWN]!r}" if key else str(error["input"])[:SHOWN]
            return f"{at}: {error['msg']}; write it as docs/evaluation.md shows"
