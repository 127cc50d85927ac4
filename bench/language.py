"""What the extractor makes of conversations: what its gate lets pass, how fast it reads, what it learns.

    python -m bench.language [--rounds 3] [--redial FOLDER] [--show 40] [--json]

`--redial` names a folder with the ReDial conversations (`conversations.jsonl` of that data set; it does not come with
Kith); `--show` prints so many of the statements, drawn by a fixed seed, with the messages they come from. Speed is in
messages per second of processor time, so that who shares the machine does not count.
"""

import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.figures import Say, columns, say_on_terminal
from kith.etl.sources import open_sources
from kith.etl.tongues import Tongue
from kith.persona.evidence import Extraction
from kith.persona.language import Extractor
from kith.persona.language.gate import readable, worth_parsing
from kith.persona.model import Message, Rejection
from kith.persona.records import FieldNames, parse_record
from kith.settings import Settings
from kith.wiring import extractor_of

SAMPLE = Path(__file__).parent.parent / "data" / "sample" / "conversations.jsonl"
FILM = re.compile(r"@(\d+)")
YEAR = re.compile(r"\s*\(\d{4}\)$")
NEW_YEAR = 1_767_225_600_000
"""2026-01-01: ReDial has no dates, and each conversation is given a day of its own from here on."""
DAY, MINUTE = 86_400_000, 60_000


@dataclass(frozen=True, slots=True)
class Read:
    """One set of conversations, read."""

    messages: int
    words: float
    """In a message, on average."""
    english: float
    parsed: float
    """Shares of the messages."""
    messages_per_second: float
    telling: float
    """Share of the messages that make a statement."""
    predicates: Mapping[str, int]
    relations: int
    mentions: int


@dataclass(frozen=True, slots=True)
class Language:
    """What was measured."""

    extractor: str
    rounds: int
    read: Mapping[str, Read]

    def table(self) -> str:
        """As people read it."""
        rows: list[tuple[str, ...]] = [
            ("messages of people", *(f"{one.messages:,}" for one in self.read.values())),
            ("words in one", *(f"{one.words:.1f}" for one in self.read.values())),
            ("in English, %", *(f"{100 * one.english:.1f}" for one in self.read.values())),
            ("let pass by the gate, %", *(f"{100 * one.parsed:.1f}" for one in self.read.values())),
            ("messages/s of a core", *(f"{one.messages_per_second:,.0f}" for one in self.read.values())),
            ("with a statement, %", *(f"{100 * one.telling:.1f}" for one in self.read.values())),
            ("mentions", *(f"{one.mentions:,}" for one in self.read.values())),
            ("relations", *(f"{one.relations:,}" for one in self.read.values())),
        ]
        predicates = sorted({name for one in self.read.values() for name in one.predicates})
        rows += [(name, *(f"{one.predicates.get(name, 0):,}" for one in self.read.values())) for name in predicates]
        head = f"{self.extractor}, median of {self.rounds} rounds"
        return f"{head}\n{columns(('', *self.read), rows)}"


def sample() -> list[Message]:
    """What people write in the sample."""
    found: list[Message] = []
    names = FieldNames.from_options([])
    for some in open_sources([str(SAMPLE)], known=lambda _: None, full=True).batches(1000):
        for raw in some.records:
            parsed = parse_record(raw, tenant="bench", names=names)
            if not isinstance(parsed, Rejection) and parsed.role == "user":
                found.append(parsed)
    return found


def redial(folder: Path) -> list[Message]:
    """What people write in ReDial, with the films' titles in place of their numbers."""
    return list(_redial(folder / "conversations.jsonl"))


def _redial(path: Path) -> Iterator[Message]:
    for line in path.read_text(encoding="utf-8").splitlines():
        talk: dict[str, Any] = json.loads(line)
        films: dict[str, str] = talk["movieMentions"] or {}

        def title(found: re.Match[str], films: dict[str, str] = films) -> str:
            return YEAR.sub("", films.get(found[1], "that film") or "that film")

        start = NEW_YEAR + int(talk["conversationId"]) * DAY
        for turn, one in enumerate(talk["messages"]):
            text = FILM.sub(title, one["text"]).strip()
            if text:
                yield Message("bench", f"w{one['senderWorkerId']}", text, start + turn * MINUTE)


def read(messages: Sequence[Message], extractor: Extractor, *, rounds: int) -> tuple[Read, list[Extraction]]:
    """Reads them so many times; the first messages once before that, to load the models."""
    extractor.extract(messages[:20], names={})
    seconds: list[float] = []
    found: list[Extraction] = []
    for _ in range(rounds):
        before = time.process_time()
        found = extractor.extract(messages, names={})
        seconds.append(time.process_time() - before)
    tongue = Tongue()
    english = [m for m in messages if readable(m.text, tongue)]
    predicates = Counter(said.predicate for one in found for said in one.statements if not said.denied)
    figures = Read(
        messages=len(messages),
        words=sum(len(m.text.split()) for m in messages) / len(messages),
        english=len(english) / len(messages),
        parsed=sum(worth_parsing(m.text) for m in english) / len(messages),
        messages_per_second=len(messages) / median(seconds),
        telling=sum(bool(one.statements) for one in found) / len(messages),
        predicates=dict(sorted(predicates.items())),
        relations=sum(len(one.relations) for one in found),
        mentions=sum(len(one.mentions) for one in found),
    )
    return figures, found


def measure(*, rounds: int, say: Say, folder: Path | None = None, show: int = 0) -> Language:
    """Reads the sample, and ReDial where its folder is given."""
    sets = {"sample": sample()} | ({} if folder is None else {"redial": redial(folder)})
    figures: dict[str, Read] = {}
    with ExitStack() as stack:
        extractor = extractor_of(Settings(), stack)
        for name, messages in sets.items():
            say(f"reading {name}")
            figures[name], found = read(messages, extractor, rounds=rounds)
            _show(name, messages, found, show)
        return Language(extractor.version, rounds, figures)


def _show(name: str, messages: Sequence[Message], found: Sequence[Extraction], show: int) -> None:
    told = [(m, said) for m, one in zip(messages, found, strict=True) for said in one.statements]
    for message, said in random.Random(7).sample(told, min(show, len(told))):  # noqa: S311 - which ones is no secret
        over = said.until is not None and said.until <= message.timestamp
        ends = "denied" if said.denied else "ended" if over else ""
        print(f"{name}: {said.predicate} {said.object.name!r} {said.detail} {ends}\n    {message.text}")


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="bench.language", description="Measures what the extractor reads.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--redial", type=Path, help="the folder of the ReDial conversations")
    parser.add_argument("--show", type=int, default=0, help="print so many statements, with their messages")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    measured = measure(rounds=asked.rounds, say=say_on_terminal, folder=asked.redial, show=asked.show)
    say_on_terminal("")
    print(json.dumps(asdict(measured)) if asked.json else measured.table())


if __name__ == "__main__":
    main(sys.argv[1:])
