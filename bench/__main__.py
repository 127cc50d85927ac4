"""All measurements, one after the other: `python -m bench [--quick] [--json] [--only NAME …]`.

Tables go to standard output, or with `--json` one object; what is going on, to standard error if it is a terminal.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, TypeAlias, cast

from bench import again, embedding, language, pipeline, scale, serving
from bench.figures import Say, machine, say_on_terminal


class Measured(Protocol):
    """What a measurement gives: a frozen dataclass that can show itself."""

    def table(self) -> str: ...


Measure: TypeAlias = Callable[[Say], Measured]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much each measurement does."""

    embedding: int
    pipeline: int
    again: int
    rounds: int
    scale: tuple[int, ...]
    serving: tuple[int, ...]


USUAL = Sizes(embedding=1000, pipeline=4000, again=4000, rounds=3, scale=(10_000, 100_000), serving=(1000, 20_000))
QUICK = Sizes(embedding=300, pipeline=1000, again=1000, rounds=1, scale=(1000, 10_000), serving=(300, 1000))

TITLES = {
    "embedding": "The embedder beside plain sentence-transformers",
    "language": "What is read, and how fast",
    "pipeline": "The pipeline beside its model alone",
    "again": "The same command again",
    "scale": "Time and memory by size, hashing embedder and plain extractor",
    "serving": "Context over HTTP: worked out, kept, and bare bytes",
}


def measurements(sizes: Sizes) -> dict[str, Measure]:
    """Each by its name."""
    rounds = sizes.rounds
    return {
        "embedding": lambda say: embedding.measure(count=sizes.embedding, rounds=rounds, say=say),
        "language": lambda say: language.measure(rounds=rounds, say=say),
        "pipeline": lambda say: pipeline.measure(count=sizes.pipeline, rounds=rounds, say=say),
        "again": lambda say: again.measure(count=sizes.again, rounds=rounds, say=say),
        "scale": lambda say: scale.measure(sizes=list(sizes.scale), say=say),
        "serving": lambda say: serving.measure(sizes=list(sizes.serving), rounds=max(2, rounds), say=say),
    }


def main(arguments: Sequence[str], *, usual: Sizes = USUAL, quick: Sizes = QUICK) -> None:
    parser = argparse.ArgumentParser(prog="bench", description="Measures Kith on this machine.")
    parser.add_argument("--quick", action="store_true", help="smaller sizes, one round")
    parser.add_argument("--json", action="store_true", help="one object instead of tables")
    parser.add_argument("--only", action="append", choices=list(TITLES), help="this one; may be given again")
    asked = parser.parse_args(arguments)
    here = machine()
    found: dict[str, object] = {"machine": asdict(here)}
    if not asked.json:
        print(here.table())
    for name, measure in measurements(quick if asked.quick else usual).items():
        if asked.only and name not in asked.only:
            continue
        measured = measure(say_on_terminal)
        say_on_terminal("")
        found[name] = asdict(cast("Any", measured))
        if not asked.json:
            print(f"\n{TITLES[name]}\n{'-' * len(TITLES[name])}\n{measured.table()}", flush=True)
    if asked.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
