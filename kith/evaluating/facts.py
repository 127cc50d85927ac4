"""What `kith evaluate facts` does: lets the configured extractor read labelled messages, and measures what it found."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from kith.etl.lexicons import open_vocabulary
from kith.evaluating.labelled import Moment, Wrong, at_line, lines_of, score_json
from kith.evaluating.ticking import Tick, in_parts
from kith.persona.errors import BadInput
from kith.persona.facts import PREDICATES
from kith.persona.identity import Json, nfc
from kith.persona.measuring import Example, Label, Measured, State, Triple, measure
from kith.persona.model import Message, Statement
from kith.settings import Settings
from kith.wiring import extractor_of

__all__ = ["FactsMeasured", "evaluate_facts", "read_examples"]


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
    said: Moment
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
            "predicates": [{"predicate": name, **score_json(score)} for name, score in found.scores.items()],
            "overall": score_json(found.overall),
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


def evaluate_facts(examples: Sequence[Example], settings: Settings, *, file: str, tick: Tick) -> FactsMeasured:
    """Lets the extractor of these settings read the examples, each by itself, and measures what it found."""
    vocabulary = open_vocabulary(settings.vocabulary)
    names = {example.user_id: example.name for example in examples if example.name is not None}
    found: list[Sequence[Statement]] = []
    with ExitStack() as stack:
        extractor = extractor_of(settings, stack)
        for some in in_parts(examples, tick=tick):
            messages = [_message(example, settings.tenant) for example in some]
            found += [extraction.statements for extraction in extractor.extract(messages, names=names)]
    measured = measure(examples, found, known_as=lambda name: vocabulary.entity(name, "thing").name)
    return FactsMeasured(file, len(examples), extractor.version, measured)


def _message(example: Example, tenant: str) -> Message:
    return Message(
        tenant=tenant, user_id=example.user_id, text=example.text, timestamp=example.said, message_id=example.id
    )


def read_examples(path: Path) -> list[Example]:
    """The labelled messages of a file of JSON Lines; the first line that is wrong is named, with what is wrong."""
    examples = list(_checked(path))
    if not examples:
        raise BadInput(f"{str(path)!r} holds no labelled messages; write them as docs/evaluation.md shows")
    return examples


def _checked(path: Path) -> Iterator[Example]:
    """Each line as an example. Ids stand once in a file, and a person has one name in all of it."""
    places: dict[str, int] = {}
    called: dict[str, tuple[str | None, int]] = {}
    for place, line in lines_of(path, unread="name a file of labelled messages"):
        with at_line(path, place, where_empty="write something there, or null where it may be"):
            example = _example(_Line.model_validate_json(line))
            if example.id in places:
                raise Wrong(f"id={example.id!r} stands on line {places[example.id]} too; give it one of its own")
            name, first = called.setdefault(example.user_id, (example.name, place))
            if name != example.name:
                raise Wrong(
                    f"user_id={example.user_id!r} has name={example.name!r} here and {name!r} on line {first}; "
                    "write the same on both, or another user_id"
                )
        places[example.id] = place
        yield example


def _example(line: _Line) -> Example:
    labels = [_label(fact) for fact in line.facts]
    for place, label in enumerate(labels):
        if label.triple in (other.triple for other in labels[:place]):
            raise Wrong(f"facts.{place}: {label.triple.predicate} {label.triple.object!r} stands twice; remove one")
    text = nfc(line.text)
    return Example(line.id, text, line.said, line.user_id, line.name, tuple(labels), line.trap)


def _label(fact: _Fact) -> Label:
    if fact.predicate not in PREDICATES:
        raise Wrong(f"predicate={fact.predicate!r} is not known; write one of {', '.join(PREDICATES)}")
    triple = Triple(fact.predicate, fact.object, fact.state)
    if not triple.object:
        raise Wrong(f"object={fact.object!r} of {fact.predicate} names nothing; write what the message names")
    if fact.since and fact.until and fact.since > fact.until:
        raise Wrong(f"{fact.predicate} {fact.object!r} has since={fact.since} after until={fact.until}; swap them")
    return Label(triple, fact.since, fact.until)
