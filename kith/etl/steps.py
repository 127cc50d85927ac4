"""The steps before the lease: plain functions from a batch to a batch."""

from collections.abc import Callable
from dataclasses import replace

from kith.etl.batch import Batch, Candidate
from kith.etl.dag import Dag, Step
from kith.etl.delivery import DELIVERY_STEPS
from kith.etl.tools import Tools
from kith.persona.embedding import usable
from kith.persona.identity import canonical
from kith.persona.model import Rejection
from kith.persona.outgoing import message_record
from kith.persona.records import FieldNames, parse_record
from kith.stores.ledger_port import Batches

__all__ = ["FRONT_STEPS", "front_steps", "validate", "whole_dag"]

FRONT_STEPS = ("ingest", "validate", "known?", "embed", "extract")
"""What happens to a batch before its lease, in order."""


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
    best: dict[str, Candidate] = {}
    for candidate in batch.candidates:
        other = best.get(candidate.message.key)
        if other is None or candidate.message.version > other.message.version:
            best[candidate.message.key] = candidate
    delivered = batches.known(batch.tenant, [candidate.item for candidate in best.values()])
    kept = tuple(candidate for key, candidate in best.items() if key not in delivered)
    return replace(batch, candidates=kept, duplicate=batch.duplicate + len(batch.candidates) - len(kept))


def embed(batch: Batch, *, tools: Tools) -> Batch:
    """A vector for each message. One that comes out zero or not a number can't be searched, and is rejected."""
    if not batch.candidates:
        return batch
    vectors = tools.embed_messages(batch.messages)
    good = usable(vectors)
    if good.all():
        return replace(batch, vectors=vectors)
    rejections = [_without_vector(c) for c, fine in zip(batch.candidates, good, strict=True) if not fine]
    return replace(
        batch,
        candidates=tuple(c for c, fine in zip(batch.candidates, good, strict=True) if fine),
        vectors=vectors[good],
        rejections=batch.rejections + tuple(rejections),
    )


def _without_vector(candidate: Candidate) -> Rejection:
    return Rejection(
        code="undeliverable",
        detail="the embedding of this message is zero or not a number: look at its text, or use another model",
        source=candidate.source,
        position=candidate.position,
        raw=canonical(message_record(candidate.message)),
        user_id=candidate.message.user_id,
    )


def extract(batch: Batch, *, tools: Tools) -> Batch:
    """What each message teaches."""
    found = tools.extractor.extract(batch.messages)
    return replace(
        batch, candidates=tuple(replace(c, extraction=x) for c, x in zip(batch.candidates, found, strict=True))
    )


def front_steps(*, names: FieldNames, batches: Batches, tools: Tools) -> list[Step[Batch]]:
    """The steps between reading and the lease, each with what it needs."""
    actions: dict[str, Callable[[Batch], Batch]] = {
        "validate": lambda batch: validate(batch, names=names),
        "known?": lambda batch: known(batch, batches=batches),
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
