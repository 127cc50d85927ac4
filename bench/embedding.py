"""How fast messages become vectors: our encoder beside plain sentence-transformers, in turns, in one process.

    python -m bench.embedding [--messages 1000] [--rounds 3] [--json]

Rounds are interleaved, so that a slow minute of the machine falls on all; figures are medians over the rounds.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np

from bench.figures import Say, columns, in_turns, say_on_terminal
from kith.etl.encoders import SentenceEncoder, open_encoder
from kith.etl.weights import packaged_minilm
from kith.persona.embedding import Vectors

SAMPLE = Path(__file__).parent.parent / "data" / "sample"
OPENINGS = ["Hey! ", " ", "Honestly, ", "I think ", "Sorry, ", "Just so you know, ", "Quick question: ", "By the way, "]
SUBJECTS = ["my sister", "our neighbour Ana", "the new guy at work", "I", "we", "my old bike", "this film", "the team"]
DOINGS = [
    "moved to Lisbon last spring",
    "can't stand cold coffee",
    "is looking for trail shoes under 100",
    "loved the concert",
    "needs a quiet place to read",
    "might cancel on Friday",
    "keeps talking about the Lake District",
    "runs before breakfast",
    "wants to learn Portuguese and has started twice",
    "would rather cook at home than go out",
]
ENDINGS = [
    ".",
    "!",
    ", what do you think?",
    ", and that is all I know about it so far.",
    " :)",
    ", can you help?",
    ", as always",
]

Encode: TypeAlias = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to embed, and how much faster ours is."""

    messages_per_second: float
    kith_is_faster_by: float


@dataclass(frozen=True, slots=True)
class Embedding:
    """What was measured."""

    messages: int
    mean_characters: float
    rounds: int
    runs_on: str
    least_cosine_to_encode: float
    ways: dict[str, Way]

    def table(self) -> str:
        """As people read it."""
        rows = [
            (name, f"{way.messages_per_second:,.0f}", f"{way.kith_is_faster_by:.2f}") for name, way in self.ways.items()
        ]
        return "\n".join(
            (
                f"{self.messages:,} messages of {self.mean_characters:.0f} characters, median of {self.rounds} rounds; "
                f"kith on {self.runs_on}",
                columns(("", "messages/s", "kith is faster by"), rows),
                f"least cosine to encode(): {self.least_cosine_to_encode:.5f}",
            )
        )


def messages(count: int) -> list[str]:
    """Different texts: of the sample where there is one, and made up for the rest."""
    found: dict[str, None] = {}
    for file in sorted(SAMPLE.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            record: object = json.loads(line)
            text = cast("dict[str, object]", record).get("message") if isinstance(record, dict) else None
            if isinstance(text, str):
                found[text] = None
    chance = random.Random(7)  # noqa: S311 - the same texts each time
    texts = list(found)
    chance.shuffle(texts)
    made = dict.fromkeys(texts[:count])
    while len(made) < count:
        sentences = [
            "".join(
                (chance.choice(OPENINGS), chance.choice(SUBJECTS), " ", chance.choice(DOINGS), chance.choice(ENDINGS))
            )
            for _ in range(chance.choice((1, 1, 1, 2, 3)))
        ]
        made[f"{' '.join(sentences)} {chance.randrange(100)}"] = None
    return list(made)


def contenders() -> tuple[SentenceEncoder, dict[str, Encode]]:
    """Our encoder, and each way to encode by its name; ours first."""
    ours = open_encoder("default")
    assert isinstance(ours, SentenceEncoder)
    plain = plain_transformer()
    return ours, {
        "kith": ours.embed,
        "encode()": lambda texts: plain.encode(list(texts), show_progress_bar=False),
        "encode(batch_size=64)": lambda texts: plain.encode(list(texts), batch_size=64, show_progress_bar=False),
    }


def plain_transformer() -> Any:
    """The same weights as sentence-transformers loads them."""
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    return cast("Any", SentenceTransformer(str(packaged_minilm().folder), local_files_only=True))


def measure(*, count: int, rounds: int, say: Say) -> Embedding:
    """Messages a second of each way, after one short round that is not counted."""
    say("embedding: loading the model")
    texts = messages(count)
    ours, ways = contenders()
    for encode in ways.values():
        encode(texts[:64])

    def timed(encode: Encode) -> Callable[[], float]:
        def run() -> float:
            start = time.perf_counter()
            encode(texts)
            return time.perf_counter() - start

        return run

    seconds = in_turns(
        {name: timed(encode) for name, encode in ways.items()}, rounds=rounds, doing="embedding", say=say
    )
    nearness = (ours.embed(texts[:200]) * ways["encode()"](texts[:200])).sum(axis=1)
    return Embedding(
        messages=len(texts),
        mean_characters=float(np.mean([len(text) for text in texts])),
        rounds=rounds,
        runs_on=str(ours.runs_on),
        least_cosine_to_encode=float(nearness.min()),
        ways={name: Way(len(texts) / taken, taken / seconds["kith"]) for name, taken in seconds.items()},
    )


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="bench.embedding")
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    measured = measure(count=asked.messages, rounds=asked.rounds, say=say_on_terminal)
    say_on_terminal("")
    print(json.dumps(asdict(measured)) if asked.json else measured.table())


if __name__ == "__main__":
    main(sys.argv[1:])
