"""Measures how well intents are found in a labelled file, with the taxonomy and the embedder that are set."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kith.evaluating.labelled import lines_of, score_json
from kith.persona.errors import BadInput
from kith.persona.identity import Json, nfc
from kith.persona.measuring_intents import Labelled, Measured, measure
from kith.settings import Settings

if TYPE_CHECKING:
    from kith.persona.embedding import Embedder
    from kith.persona.language.intents import Taxonomy

__all__ = ["IntentsMeasured", "evaluate_intents", "measure_intents", "read_labelled_intents"]


@dataclass(frozen=True, slots=True)
class IntentsMeasured:
    """What was measured, and with what."""

    file: str
    messages: int
    embedder: str
    taxonomy: "Taxonomy"
    measured: Measured

    def as_json(self) -> dict[str, Json]:
        """By name; a share of nothing is null."""
        found, taxonomy = self.measured, self.taxonomy
        return {
            "file": self.file,
            "messages": self.messages,
            "embedder": self.embedder,
            "taxonomy": {"version": taxonomy.version, "threshold": taxonomy.threshold, "margin": taxonomy.margin},
            "intents": [{"intent": name, **score_json(score)} for name, score in found.scores.items()],
            "overall": score_json(found.overall),
            "without_intent": {"messages": found.empty, "found": found.invented},
            "thresholds": [{"threshold": at.threshold, **score_json(at.score)} for at in found.curve],
            "differences": [
                {
                    "id": one.message.id,
                    "intent": one.message.intent,
                    "found": one.found,
                    "nearest": one.nearest.intent,
                    "score": one.nearest.score,
                    "lead": one.nearest.lead,
                    "text": one.message.text,
                }
                for one in found.mistaken
            ],
        }


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    id: str = Field(min_length=1)
    text: str = Field(min_length=1)
    intent: str | None


def evaluate_intents(settings: Settings, path: Path, *, taxonomy: Path | None = None) -> IntentsMeasured:
    """Measures with the taxonomy in that file, else the one that is set, else the one that Kith comes with."""
    from kith.etl.encoders import open_encoder
    from kith.etl.taxonomies import read_taxonomy

    chosen = read_taxonomy(taxonomy or settings.intents)
    messages = read_labelled_intents(path, chosen)
    return measure_intents(messages, chosen, open_encoder(settings.embedder, home=settings.home), file=str(path))


def measure_intents(
    messages: list[Labelled], taxonomy: "Taxonomy", embedder: "Embedder", *, file: str
) -> IntentsMeasured:
    """Measures with any embedder, `hash` included."""
    from kith.persona.language.intents import IntentFinder

    finder = IntentFinder(taxonomy, embedder.embed(taxonomy.texts))
    judged = finder.judge(embedder.embed([message.text for message in messages]))
    return IntentsMeasured(file, len(messages), embedder.card.name, taxonomy, measure(messages, judged, finder))


def read_labelled_intents(path: Path, taxonomy: "Taxonomy") -> list[Labelled]:
    """The messages of a file of JSON Lines, each with `id`, `text` and `intent` (null where it has none)."""
    messages = [
        _message(line, f"{str(path)!r}, line {place}") for place, line in lines_of(path, unread="check the path")
    ]
    if not messages:
        raise BadInput(f"{str(path)!r} holds no messages; write one a line, as JSON with 'id', 'text' and 'intent'.")
    seen: set[str] = set()
    for message in messages:
        if message.id in seen:
            raise BadInput(f"{str(path)!r}: the id {message.id!r} stands there twice; give each message its own.")
        seen.add(message.id)
        if message.intent is not None and message.intent not in taxonomy.names:
            raise BadInput(
                f"{str(path)!r}: message {message.id!r} is labelled {message.intent!r}, which is no intent of the "
                f"taxonomy; it knows {', '.join(taxonomy.names)}."
            )
    return messages


def _message(line: str, where: str) -> Labelled:
    try:
        read = _Line.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "the line"
        raise BadInput(
            f"{where}: {key}: {first['msg']}; write it like "
            '{"id": "m1", "text": "where is my parcel?", "intent": "track_order"} (null for no intent).'
        ) from error
    return Labelled(read.id, nfc(read.text), read.intent)
