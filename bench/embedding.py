"""How fast messages become vectors: our encoder beside plain sentence-transformers, in turns, in one process.

    python -m bench.embedding [--messages 1000] [--rounds 3] [--json]

Rounds are interleaved, so that a slow minute of the machine falls on all; figures are medians over the rounds.
"""

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

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

Encode = Callable[[Sequence[str]], Vectors]


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
    from sentence_transformers import SentenceTransformer

    ours = open_encoder("default")
    assert isinstance(ours, SentenceEncoder)
    plain = cast("Any", SentenceTransformer(str(packaged_minilm().folder), local_files_only=True))
    return ours, {
        "kith": ours.embed,
        "encode()": lambda texts: plain.encode(list(texts), show_progress_bar=False),
        "encode(batch_size=64)": lambda texts: plain.encode(list(texts), batch_size=64, show_progress_bar=False),
    }


def measure(ways: dict[str, Encode], texts: Sequence[str], *, rounds: int) -> dict[str, float]:
    """Messages a second of each way: the median over rounds, after one short round that is not counted."""
    for encode in ways.values():
        encode(texts[:64])
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds):
        names = list(ways)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            start = time.perf_counter()
            ways[name](texts)
            seconds[name].append(time.perf_counter() - start)
    return {name: len(texts) / statistics.median(taken) for name, taken in seconds.items()}


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="bench.embedding")
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    texts = messages(asked.messages)
    ours, ways = contenders()
    speeds = measure(ways, texts, rounds=asked.rounds)
    reference = ways["encode()"](texts[:200])
    nearness = (ours.embed(texts[:200]) * reference).sum(axis=1)
    ratios = {name: speeds["kith"] / speed for name, speed in speeds.items()}
    if asked.json:
        rows = {name: {"messages_per_second": speeds[name], "kith_is_faster_by": ratios[name]} for name in speeds}
        measured: dict[str, object] = {
            "messages": len(texts),
            "mean_characters": float(np.mean([len(text) for text in texts])),
            "rounds": asked.rounds,
            "runs_on": str(ours.runs_on),
            "least_cosine_to_encode": float(nearness.min()),
            "ways": rows,
        }
        print(json.dumps(measured))
        return
    mean = np.mean([len(text) for text in texts])
    print(f"{len(texts)} messages of {mean:.0f} characters, median of {asked.rounds} rounds; kith on {ours.runs_on}")
    print(f"{'':24}{'messages/s':>12}{'kith is faster by':>20}")
    for name, speed in speeds.items():
        print(f"{name:24}{speed:12.0f}{ratios[name]:20.2f}")
    print(f"least cosine to encode(): {nearness.min():.5f}")


if __name__ == "__main__":
    main(sys.argv[1:])
