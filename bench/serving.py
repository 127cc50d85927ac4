"""How fast `kith serve` answers: context that is worked out, context that is kept, and bare bytes of the same stack.

A real server in a process of its own, over one person with so many messages, asked over HTTP. The three take turns, so
that a slow minute of the machine falls on all of them.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from bench.asking import Line, lines, per_second, request, seconds_of_each
from bench.commands import kith
from bench.figures import Say, columns
from bench.served import BARE
from kith.data.generate import write_dataset

__all__ = ["Asks", "Serving", "Size", "Spread", "measure"]

ROOT = Path(__file__).parents[1]
WORDS = 6
"""Of each of the two messages that a question is made of."""


@dataclass(frozen=True, slots=True)
class Asks:
    """How often each is asked in one round."""

    miss: int = 20
    hit: int = 200
    flood: int = 300
    """Of hits, and of bare bytes, by so many at once."""
    at_once: int = 8
    turns: int = 8
    """How often the two floods follow each other: short ones, so that both meet the same moment of the machine."""


USUAL = Asks()


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds of an answer, asked one after the other."""

    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Size:
    """One person with so many messages."""

    messages: int
    answer_bytes: int
    miss: Spread
    hit: Spread
    bare: Spread
    hits_per_second: float
    bare_per_second: float
    hits_of_bare: float
    """The median of the ratios of two floods, one right after the other."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What was measured."""

    embedder: str
    rounds: int
    at_once: int
    sizes: list[Size]

    def table(self) -> str:
        """As people read it."""
        sizes = self.sizes
        spreads = {"miss": [one.miss for one in sizes], "hit": [one.hit for one in sizes]}
        spreads["bare bytes"] = [one.bare for one in sizes]
        rows = [
            (f"{name}, {what}", *(f"{getattr(one, what):.2f}" for one in those))
            for name, those in spreads.items()
            for what in ("p50", "p95")
        ]
        rows += [
            (f"hits/s, {self.at_once} at once", *(f"{one.hits_per_second:,.0f}" for one in sizes)),
            (f"bare bytes/s, {self.at_once} at once", *(f"{one.bare_per_second:,.0f}" for one in sizes)),
            ("hits of bare bytes", *(f"{one.hits_of_bare:.2f}" for one in sizes)),
            ("bytes in an answer", *(f"{one.answer_bytes:,}" for one in sizes)),
        ]
        headings = ("context of one person, ms", *(f"{one.messages:,} messages" for one in sizes))
        return f"embedder {self.embedder}, {self.rounds} rounds\n{columns(headings, rows)}"


@dataclass(slots=True)
class _Seen:
    """What the rounds gave."""

    miss: list[float] = field(default_factory=list[float])
    hit: list[float] = field(default_factory=list[float])
    bare: list[float] = field(default_factory=list[float])
    hits: list[float] = field(default_factory=list[float])
    bares: list[float] = field(default_factory=list[float])


def measure(*, sizes: list[int], rounds: int, say: Say, embedder: str = "default", asks: Asks = USUAL) -> Serving:
    """Each size in stores of its own."""
    found = [_size(count, rounds=rounds, say=say, embedder=embedder, asks=asks) for count in sizes]
    return Serving(embedder, rounds, asks.at_once, found)


def _size(count: int, *, rounds: int, say: Say, embedder: str, asks: Asks) -> Size:
    with TemporaryDirectory() as folder:
        say(f"{count:,} messages: making them")
        data, home = Path(folder) / "data", Path(folder) / "home"
        write_dataset(data, users=1, messages=count, seed=7)
        kith("run", str(data), home=home, embedder=embedder, doing=f"taking {count:,} messages in", say=say)
        person, questions = _asked(data / "conversations.jsonl")
        with _server(home, embedder) as url:
            return asyncio.run(_ask(url, person, questions, count=count, rounds=rounds, say=say, asks=asks))


def _asked(conversations: Path) -> tuple[str, Iterator[str]]:
    """Who it is about, and questions without end, no two of which are the same."""
    records = [json.loads(line) for line in conversations.read_text(encoding="utf-8").splitlines()]
    said = sorted({" ".join(one["message"].split()[:WORDS]) for one in records if one["role"] == "user"})

    def without_end() -> Iterator[str]:
        draw, known = random.Random(7), set[str]()  # noqa: S311 - the same each time
        while True:
            question = f"{draw.choice(said)}, and {draw.choice(said)}, {len(known)} days ago?"
            known.add(question)
            yield question

    return records[0]["user_id"], without_end()


@contextmanager
def _server(home: Path, embedder: str) -> Generator[str]:
    """Where the server answers, for as long as it is needed. Settings of whoever measures don't reach it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KITH_")}
    command = [sys.executable, "-m", "bench.served", str(home), embedder]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            told = process.stdout.readline()
            if not told:
                raise RuntimeError(f"the server ended with {process.wait()} before it answered")
            yield json.loads(told)["url"]
        finally:
            process.terminate()


async def _ask(
    url: str, person: str, questions: Iterator[str], *, count: int, rounds: int, say: Say, asks: Asks
) -> Size:
    def context(question: str) -> bytes:
        return request(url, f"/api/v1/users/{person}/context?{urlencode({'query': question})}")

    seen = _Seen()
    bare = request(url, BARE)
    async with lines(url, asks.at_once) as opened:
        line = opened[0]
        kept = context(next(questions))
        _, body = await line.ask(kept)  # and waits for the models
        await line.ask(request(url, BARE, method="POST", body=body))
        for turn in range(rounds):
            say(f"{count:,} messages: round {turn + 1} of {rounds}")
            new = [context(next(questions)) for _ in range(asks.miss)]
            seen.miss += await seconds_of_each(line, new, marked=b"x-cache: MISS")
            await _fresh(line, kept)
            seen.hit += await seconds_of_each(line, [kept] * asks.hit, marked=b"x-cache: HIT")
            seen.bare += await seconds_of_each(line, [bare] * asks.hit)
            for _ in range(asks.turns):
                await _fresh(line, kept)
                seen.hits.append(await per_second(opened, kept, count=asks.flood))
                seen.bares.append(await per_second(opened, bare, count=asks.flood))
    return Size(
        messages=count,
        answer_bytes=len(body),
        miss=_spread(seen.miss),
        hit=_spread(seen.hit),
        bare=_spread(seen.bare),
        hits_per_second=median(seen.hits),
        bare_per_second=median(seen.bares),
        hits_of_bare=median(hits / bares for hits, bares in zip(seen.hits, seen.bares, strict=True)),
    )


async def _fresh(line: Line, kept: bytes) -> None:
    """Asks until the answer is one that was worked out lately: an older one is given, and worked out anew meanwhile."""
    while b"x-cache: HIT" not in (await line.ask(kept))[0]:
        pass


def _spread(seconds: list[float]) -> Spread:
    cuts = quantiles(seconds, n=20, method="inclusive")
    return Spread(p50=1000 * cuts[9], p95=1000 * cuts[18])
