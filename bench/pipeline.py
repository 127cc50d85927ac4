"""How much of the model's speed the whole pipeline keeps: the same messages through both, in turns, in one process.

Loading the model and opening the stores are not counted: they are paid once, however many messages come.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.embedding import plain_transformer
from bench.figures import A_PERSON, Say, columns, in_turns
from kith.data.generate import generate
from kith.etl.sources import records_source
from kith.persona.identity import Json
from kith.pipeline import Options
from kith.settings import Settings
from kith.wiring import App, open_app

__all__ = ["Kept", "Pipeline", "measure"]


@dataclass(frozen=True, slots=True)
class Kept:
    """One way, and its speed as a part of the model's alone."""

    messages_per_second: float
    of_the_model: float


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What was measured."""

    messages: int
    rounds: int
    model: str
    batch_size: int
    ways: dict[str, Kept]

    def table(self) -> str:
        """As people read it."""
        rows = [(name, f"{way.messages_per_second:,.0f}", f"{way.of_the_model:.2f}") for name, way in self.ways.items()]
        return "\n".join(
            (
                f"{self.messages:,} messages in batches of {self.batch_size}, median of {self.rounds} rounds; "
                f"model {self.model}",
                columns(("", "messages/s", "of the model's speed"), rows),
            )
        )


def measure(*, count: int, rounds: int, say: Say) -> Pipeline:
    """Messages a second of the pipeline, of its model alone in the same batches, and of plain `encode()`."""
    say("pipeline: loading the model")
    made = generate(users=max(1, count // A_PERSON), messages=count, seed=7)
    records = [record for record in made if not isinstance(record, str)]
    texts = [_spoken(record) for record in records]
    options = Options()
    plain = plain_transformer()
    with TemporaryDirectory() as folder, _opened(Path(folder) / "model") as app:
        embedder = app.tools.embedder

        def model() -> None:
            for start in range(0, len(texts), options.batch_size):
                embedder.embed(texts[start : start + options.batch_size])

        def whole(turn: list[int]) -> float:
            turn.append(len(turn))
            return _through_all(Path(folder) / f"round {len(turn)}", records, options)

        turns: list[int] = []
        embedder.embed(texts[:64])
        plain.encode(texts[:64], show_progress_bar=False)
        seconds = in_turns(
            {
                "the model alone": lambda: _seconds(model),
                "the whole pipeline": lambda: whole(turns),
                "encode()": lambda: _seconds(lambda: plain.encode(texts, show_progress_bar=False)),
            },
            rounds=rounds,
            doing="pipeline",
            say=say,
        )
        name = embedder.card.name
    alone = seconds["the model alone"]
    return Pipeline(
        messages=len(records),
        rounds=rounds,
        model=name,
        batch_size=options.batch_size,
        ways={way: Kept(len(records) / taken, alone / taken) for way, taken in seconds.items()},
    )


def _opened(home: Path):
    return open_app(Settings(home=home), command="bench", create=True)


def _through_all(home: Path, records: Sequence[dict[str, Json]], options: Options) -> float:
    with _opened(home) as app:
        app.tools.embedder.embed(["loaded, and ready"])
        return _seconds(lambda: _run(app, records, options))


def _run(app: App, records: Sequence[dict[str, Json]], options: Options) -> None:
    summary = app.runner().run(records_source(records), options.for_tenant(app.settings.tenant))
    assert summary.accepted == len(records), summary


def _spoken(record: dict[str, Json]) -> str:
    """The text that the pipeline embeds of it."""
    author = record.get("author")
    return f"{author}: {record['message']}" if author else str(record["message"])


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
