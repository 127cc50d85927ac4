"""Makes the records of any number of people and messages as a stream, and writes them as a data set."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from operator import itemgetter
from pathlib import Path
from typing import Final

from kith.data.campaigns import generate_campaigns, runs
from kith.data.conversations import messages_of
from kith.data.grammar import Dice
from kith.data.mangle import mangle
from kith.data.people import person_of
from kith.persona.errors import BadInput
from kith.persona.identity import Json

__all__ = ["Written", "generate", "line_of", "write_dataset"]

BLOCK: Final = 500
"""So many people talk at once: their messages are in order of time, and the next so many come after."""
COLD: Final = (7, 20)
"""Of 20 people, the one who says hardly anything."""
BUSY: Final = (11, 60)
"""Of 60 people, the one who never stops."""
BEAT: Final = 1000
"""Progress is told after so many records."""


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the folder now."""

    conversations: Path
    campaigns: Path
    records: int
    octets: int
    catalogue: int

    def as_json(self) -> dict[str, Json]:
        """For a program that reads what a command says."""
        return {
            "conversations": str(self.conversations),
            "campaigns": str(self.campaigns),
            "records": self.records,
            "bytes": self.octets,
            "catalogue": self.catalogue,
        }


def generate(*, users: int, messages: int, seed: int, mangled: float = 0.0) -> Iterator[dict[str, Json] | str]:
    """Exactly so many records of so many people, in no more memory for millions than for thousands.

    The same arguments give the same records, on any machine. Up to 500 people come in order of time; more come block
    by block. A share of `mangled` is broken, repeated or edited, as in real feeds: what cannot stand as an object
    comes as the text of its line, in which octets that are no UTF-8 are surrogate escapes.
    """
    if users < 1:
        raise BadInput(f"{users!r} people cannot say anything; ask for 1 or more")
    if messages < 0:
        raise BadInput(f"{messages!r} messages cannot be made; ask for 0 or more")
    if not 0 <= mangled <= 1:
        raise BadInput(f"{mangled!r} is no share; give a number from 0 to 1")
    records = _records(users, messages, seed)
    return mangle(records, share=mangled, dice=Dice(seed, "mangle")) if mangled else records


def _records(users: int, messages: int, seed: int) -> Iterator[dict[str, Json]]:
    catalogue = runs(seed)
    for first in range(0, users, BLOCK):
        end = min(first + BLOCK, users)
        quotas = _quotas(first, end, messages * end // users - messages * first // users, seed)
        talking = [
            messages_of(person_of(seed, index), quota, seed=seed, runs=catalogue)
            for index, quota in enumerate(quotas, first)
            if quota
        ]
        for _, record in merge(*talking, key=itemgetter(0)):
            yield record


def _quotas(first: int, end: int, total: int, seed: int) -> list[int]:
    """How much each of these people says: some next to nothing, one a lot, all together exactly the total."""
    cold = {index: 1 + index // COLD[1] % 3 for index in range(first, end) if index % COLD[1] == COLD[0]}
    weights = [0.0 if index in cold else _weight(seed, index) for index in range(first, end)]
    rest = max(total - sum(cold.values()), 0)
    scale = rest / (sum(weights) or 1)
    quotas: list[int] = []
    so_far = 0.0
    given = 0
    for index, weight in zip(range(first, end), weights, strict=True):
        so_far += weight * scale
        share = cold.get(index, 0) if weight == 0 else max(int(so_far + 1e-6), given) - given
        given += 0 if weight == 0 else share
        quotas.append(share)
    return _exactly(quotas, total)


def _weight(seed: int, index: int) -> float:
    if index % BUSY[1] == BUSY[0]:
        return 4.5
    return Dice(seed, "weight", index).between(0.35, 1.65)


def _exactly(quotas: list[int], total: int) -> list[int]:
    """The quotas with what rounding lost or added put right, beginning at the first of them."""
    over = sum(quotas) - total
    for at, quota in enumerate(quotas):
        if over <= 0:
            break
        less = min(quota, over)
        quotas[at] = quota - less
        over -= less
    quotas[0] -= min(over, 0)
    return quotas


def line_of(record: dict[str, Json] | str) -> bytes:
    """The line of a record, with its end."""
    text = record if isinstance(record, str) else json.dumps(record, ensure_ascii=False)
    return text.encode("utf-8", "surrogateescape") + b"\n"


def write_dataset(
    folder: Path,
    *,
    users: int,
    messages: int,
    seed: int,
    mangled: float = 0.0,
    overwrite: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Written:
    """Writes `conversations.jsonl` and `campaigns.jsonl`: each is there whole or not at all.

    Refuses to replace files unless `overwrite` is set. `progress` is told how many more records are written.
    """
    conversations, campaigns = folder / "conversations.jsonl", folder / "campaigns.jsonl"
    there = [path for path in (conversations, campaigns) if path.exists()]
    if there and not overwrite:
        raise BadInput(f"{str(there[0])!r} exists; name another folder, or overwrite it on purpose")
    records = generate(users=users, messages=messages, seed=seed, mangled=mangled)
    folder.mkdir(parents=True, exist_ok=True)
    catalogue, _ = _write(campaigns, generate_campaigns(seed=seed), None)
    count, octets = _write(conversations, records, progress)
    return Written(conversations, campaigns, count, octets, catalogue)


def _write(
    path: Path, records: Iterable[dict[str, Json] | str], progress: Callable[[int], None] | None
) -> tuple[int, int]:
    """Lines and octets written, under another name until all of them are."""
    partial = path.with_name(f".{path.name}.partial")
    count = octets = 0
    try:
        with partial.open("wb") as out:
            for count, record in enumerate(records, 1):
                octets += out.write(line_of(record))
                if progress is not None and count % BEAT == 0:
                    progress(BEAT)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    if progress is not None and count % BEAT:
        progress(count % BEAT)
    return count, octets
