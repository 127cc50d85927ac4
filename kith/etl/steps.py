"""The steps before the lease: plain functions from a batch to a batch."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from kith.etl.batch import Batch, Candidate
from kith.etl.dag import Dag, Step
from kith.etl.delivery import DELIVERY_STEPS
from kith.etl.retry import Patience
from kith.etl.tools import Tools
from kith.persona.embedding import Vectors, usable
from kith.persona.model import Rejection
from kith.persona.records import FieldNames, parse_record
from kith.stores.ledger_port import Batches

__all__ = ["FRONT_STEPS", "front_steps", "validate", "whole_dag"]

FRONT_STEPS = ("ingest", "validate", "known?", "embed", "extract")
"""What happens to a batch before its lease, in order."""

NO_VECTOR = "the embedding of this message is zero or not a number: look at its text, or use another model"


def validate(batch: Batch, *, names: FieldNames) -> Batch:
    """Turns records into messages and rejections."""
    candidates: list[Candidate] = []
    rejections: list[Rejection] = []
    for raw in batch.raws:
        parsed = parse_record(raw, tenant=batch.tenant, names=names)
        if isinstance(parsed, Rejection):
            rejections.append(parsed)
        else:
            candidates.append(Candidate(parsed, raw.source, raw.position))
    return replace(batch, raws=(), candidates=tuple(candidates), rejections=batch.rejections + tuple(rejections))


def known(batch: Batch, *, batches: Batches) -> Batch:
    """Drops what was delivered already, and of each key all but the greatest version: to spare the models."""
    versions: dict[str, dict[str, Candidate]] = {}
    for candidate in batch.candidates:
        versions.setdefault(candidate.message.key, {}).setdefault(candidate.message.content, candidate)
    best: dict[str, Candidate] = {}
    for key, contents in versions.items():
        greatest, *lesser = sorted(contents.values(), key=lambda one: one.message.version, reverse=True)
        best[key] = replace(greatest, lesser=tuple(lesser))
    delivered = batches.known(batch.tenant, [candidate.item for candidate in best.values()])
    kept = tuple(candidate for key, candidate in best.items() if key not in delivered)
    return replace(batch, candidates=kept, duplicate=batch.duplicate + len(batch.candidates) - len(kept))


def embed(batch: Batch, *, tools: Tools) -> Batch:
    """A vector for each message that is no event. One that comes out zero or not a number can't be searched, and is
    rejected; the next best version of the message, a duplicate so far, takes its place."""
    candidates: list[Candidate] = []
    vectors: list[Vectors] = []
    rejections: list[Rejection] = []
    instead = 0
    waiting: tuple[Candidate, ...] = batch.candidates
    while waiting:
        rows = tools.embed_messages([candidate.message for candidate in waiting])
        good = usable(rows) | [candidate.message.is_event for candidate in waiting]
        bad = [candidate for candidate, fine in zip(waiting, good, strict=True) if not fine]
        candidates += [candidate for candidate, fine in zip(waiting, good, strict=True) if fine]
        vectors.append(rows[good])
        rejections += [candidate.undeliverable(NO_VECTOR) for candidate in bad]
        waiting = tuple(next_best for candidate in bad for next_best in candidate.next_best)
        instead += len(waiting)
    return replace(
        batch,
        candidates=tuple(candidates),
        vectors=np.concatenate(vectors) if vectors else None,
        rejections=(*batch.rejections, *rejections),
        duplicate=batch.duplicate - instead,
    )


def extract(batch: Batch, *, tools: Tools) -> Batch:
    """What each message teaches."""
    found = tools.extract(batch.messages, batch.vectors)
    return replace(
        batch, candidates=tuple(replace(c, extraction=x) for c, x in zip(batch.candidates, found, strict=True))
    )


def front_steps(*, names: FieldNames, batches: Batches, tools: Tools, patience: Patience) -> list[Step[Batch]]:
    """The steps between reading and the lease, each with what it needs."""
    actions: dict[str, Callable[[Batch], Batch]] = {
        "validate": lambda batch: validate(batch, names=names),
        "known?": lambda batch: patience.call(lambda: known(batch, batches=batches)),
        "embed": lambda batch: embed(batch, tools=tools),
        "extract": lambda batch: extract(batch, tools=tools),
    }
    return [
        Step(name, action, size=lambda batch: (len(batch.raws) or len(batch.candidates), batch.read))
        for name, action in actions.items()
    ]


def whole_dag() -> Dag[Batch]:
    """The pipeline from first step to last, for drawing."""

    def same(batch: Batch) -> Batch:
        return batch

    front = [Step(name, same, FRONT_STEPS[:n][-1:]) for n, name in enumerate(FRONT_STEPS)]
    back = [Step(name, same, after or FRONT_STEPS[-1:]) for name, after in DELIVERY_STEPS.items()]
    return Dag([*front, *back])
