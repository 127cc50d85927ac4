"""From lease to commit: writing a batch to five stores so that its effect is there exactly once.

The rules, and what each guards against, stand in docs/architecture.md. Every write is an upsert under an id that comes
from what is written; the open row names the keys until the commit; whoever dies in between leaves the row behind, and
the next writer finishes it.
"""

from collections.abc import Callable
from dataclasses import replace

from kith.etl.batch import Batch, Candidate, Held
from kith.etl.dag import Dag, Step
from kith.etl.mending import indexed
from kith.etl.trace import Trace
from kith.etl.writer import Writer
from kith.persona.evidence import evidence_of
from kith.persona.identity import canonical, user_node_id
from kith.persona.model import Message, Rejection
from kith.persona.outgoing import message_record
from kith.stores.errors import LeaseLost, RecordRefused
from kith.stores.ledger_port import Commit, Item, OpenBatch

__all__ = ["DELIVERY_STEPS", "Delivery", "Reached", "nowhere"]

Reached = Callable[[str], None]
"""Told `before STEP` and `after STEP` at every step of every batch: where a test ends the process."""

TRIES = 20
"""How often a batch is begun again because its lease ran out under it, before the run gives up."""

DELIVERY_STEPS = {
    "lease": (),
    "dedupe": ("lease",),
    "documents": ("dedupe",),
    "vectors": ("documents",),
    "evidence": ("documents",),
    "names": ("evidence",),
    "graph": ("evidence",),
    "sweep": ("graph", "names", "vectors"),
    "commit": ("sweep",),
    "publish": ("commit",),
}
"""Each step of a delivery and those that it comes after."""


def nowhere(_place: str) -> None:
    """Pays no heed to where a delivery is."""


class Delivery:
    """Delivers batches, one at a time, as one writer."""

    def __init__(self, writer: Writer, *, clock: Callable[[], int], reached: Reached = nowhere) -> None:
        self._writer = writer
        self._stores = writer.stores
        self._mender = writer.mender
        self._clock = clock
        self._reached = reached
        self._leased: Held | None = None
        self._before: dict[str, Message] = {}
        actions: dict[str, Callable[[Batch], Batch]] = {
            "lease": self._lease,
            "dedupe": self._dedupe,
            "documents": self._documents,
            "vectors": self._vectors,
            "evidence": self._evidence,
            "names": self._names,
            "graph": self._graph,
            "sweep": self._sweep,
            "commit": self._commit,
            "publish": self._publish,
        }
        self.dag: Dag[Batch] = Dag(
            [Step(name, self._step(name, actions[name]), after, _size) for name, after in DELIVERY_STEPS.items()]
        )

    def _step(self, name: str, action: Callable[[Batch], Batch]) -> Callable[[Batch], Batch]:
        def run(batch: Batch) -> Batch:
            self._reached(f"before {name}")
            out = action(batch) if name == "lease" else self._writer.patience.call(lambda: action(batch))
            self._reached(f"after {name}")
            return out

        return run

    def deliver(self, batch: Batch, trace: Trace) -> Batch:
        """Commits the batch: each candidate is delivered, a duplicate, or rejected. Halves it round a bad record."""
        self._writer.in_hand = batch.batch_id
        try:
            return self._deliver_piece(batch, trace)
        finally:
            self._writer.in_hand = None
            self._before.clear()

    def _deliver_piece(self, batch: Batch, trace: Trace) -> Batch:
        for attempt in range(TRIES):
            try:
                return self.dag.run(batch, trace)
            except LeaseLost:
                if attempt == TRIES - 1:
                    raise
            except RecordRefused as refused:
                if not batch.candidates:
                    raise
                self._let_go()
                return self._without_the_bad_one(batch, str(refused), trace)
            finally:
                self._let_go()
        raise AssertionError("the last try returns or raises")

    def _let_go(self) -> None:
        if self._leased is not None:
            self._writer.release(self._leased.lease)
            self._leased = None

    def _without_the_bad_one(self, batch: Batch, why: str, trace: Trace) -> Batch:
        if len(batch.candidates) > 1:
            half = len(batch.candidates) // 2
            first = self._deliver_piece(_part(batch, slice(0, half), first=True), trace)
            rest = self._deliver_piece(_part(batch, slice(half, None), first=False), trace)
            return replace(
                rest,
                accepted=first.accepted + rest.accepted,
                duplicate=first.duplicate + rest.duplicate,
                rejections=first.rejections + rest.rejections,
                read=batch.read,
            )
        bad = next(iter(batch.candidates))
        self._withdraw(batch, bad)
        rejection = Rejection(
            code="undeliverable",
            detail=why,
            source=bad.source,
            position=bad.position,
            raw=canonical(message_record(bad.message)),
            user_id=bad.message.user_id,
        )
        return self._deliver_piece(
            replace(
                _part(batch, slice(0, 0), first=False),
                rejections=(*batch.rejections, rejection),
                duplicate=batch.duplicate,
                read=batch.read,
            ),
            trace,
        )

    def _withdraw(self, batch: Batch, bad: Candidate) -> None:
        """Takes the bad one out again wherever it got to; what stood under its key before comes back."""
        key, tenant = bad.message.key, batch.tenant
        batches = self._stores.ledger.batches
        lease = self._writer.take(self._writer.shards_of(tenant, [bad.message.user_id]))
        try:
            delivered = batches.get(tenant, [key]).get(key)
            self._mender.withdraw(lease, tenant, [key], users=[bad.message.user_id])
            if delivered is not None and key in self._before:
                item = Item(
                    key, delivered.user_id, delivered.content, delivered.timestamp, delivered.source, delivered.position
                )
                self._stores.documents.put_messages(tenant, [self._before[key]])
                self._mender.mend(lease, tenant, [key])
                row = OpenBatch(
                    delivered.batch_id, batch.run_id, "messages", tenant, self._writer.holder, (), 0, (item,)
                )
                batches.settle(lease, row, delivered=[item], clear=False)
        finally:
            self._writer.release(lease)

    # The steps, in order. Each may be repeated: all of them write under ids that come from what is written.

    def _lease(self, batch: Batch) -> Batch:
        shards = self._writer.shards_of(batch.tenant, (m.user_id for m in batch.messages))
        lease = self._writer.take(shards)
        opening = OpenBatch(
            batch_id=batch.batch_id,
            run_id=batch.run_id,
            kind="messages",
            tenant=batch.tenant,
            holder=self._writer.holder,
            shards=tuple(shards),
            opened_at=self._clock(),
            items=tuple(candidate.item for candidate in batch.candidates),
        )
        self._leased = Held(lease, opening)
        return replace(batch, held=self._leased)

    def _dedupe(self, batch: Batch) -> Batch:
        held = _held(batch)
        opened = self._stores.ledger.batches.open(held.lease, held.opening)
        keep = [n for n, candidate in enumerate(batch.candidates) if candidate.message.key in opened.accepted]
        forgotten = [c for c in batch.candidates if c.message.key in opened.forgotten]
        return replace(
            batch,
            candidates=tuple(batch.candidates[n] for n in keep),
            vectors=None if batch.vectors is None else batch.vectors[keep],
            accepted=len(keep),
            duplicate=batch.duplicate + len(opened.duplicates),
            rejections=batch.rejections + tuple(_forgotten(candidate) for candidate in forgotten),
            held=replace(held, edits=opened.edits),
        )

    def _documents(self, batch: Batch) -> Batch:
        for key, message in self._stores.documents.get_messages(batch.tenant, sorted(_held(batch).edits)).items():
            self._before.setdefault(key, message)
        self._stores.documents.put_messages(batch.tenant, batch.messages)
        return batch

    def _vectors(self, batch: Batch) -> Batch:
        if batch.vectors is not None:
            self._stores.vectors.upsert_messages(batch.tenant, [indexed(m) for m in batch.messages], batch.vectors)
        return batch

    def _evidence(self, batch: Batch) -> Batch:
        held = _held(batch)
        version = self._mender.tools.extractor.version
        evidence = [evidence_of(c.message, c.extraction, extractor=version) for c in batch.candidates]
        written = self._stores.ledger.evidence.write(held.lease, batch.tenant, evidence)
        return replace(batch, held=replace(held, touched=written.touched, new_entities=written.new_entities))

    def _names(self, batch: Batch) -> Batch:
        entities = _held(batch).new_entities
        self._stores.vectors.upsert_entities(batch.tenant, entities, self._mender.tools.embed_entities(entities))
        return batch

    def _graph(self, batch: Batch) -> Batch:
        held = _held(batch)
        ties = self._stores.ledger.evidence.ties_many(batch.tenant, held.touched)
        self._stores.graph.set_ties(batch.tenant, ties)
        return batch

    def _sweep(self, batch: Batch) -> Batch:
        if _held(batch).edits:  # an edit may have taken the last word about something
            self._mender.sweep(batch.tenant)
        return batch

    def _commit(self, batch: Batch) -> Batch:
        held = _held(batch)
        generations = self._stores.ledger.batches.commit(
            held.lease,
            Commit(
                batch_id=batch.batch_id,
                run_id=batch.run_id,
                tenant=batch.tenant,
                sequence=batch.sequence,
                last_piece=batch.last_piece,
                items=[candidate.item for candidate in batch.candidates],
                duplicate=batch.duplicate,
                rejections=batch.rejections,
                marks=batch.marks if batch.last_piece else (),
            ),
        )
        self._let_go()
        return replace(batch, held=replace(held, generations=generations))

    def _publish(self, batch: Batch) -> Batch:
        for user_id, generation in _held(batch).generations.items():
            self._stores.cache.raise_generation(batch.tenant, user_node_id(batch.tenant, user_id), generation)
        return batch


def _held(batch: Batch) -> Held:
    if batch.held is None:
        raise AssertionError("a step under the lease was reached without one")
    return batch.held


def _size(batch: Batch) -> tuple[int, int]:
    return len(batch.candidates), batch.read


def _part(batch: Batch, part: slice, *, first: bool) -> Batch:
    """A piece of a batch that is halved. What was settled before the halving is counted once, with the first piece;
    marks go with the last."""
    return replace(
        batch,
        read=batch.read if first else 0,
        candidates=batch.candidates[part],
        vectors=None if batch.vectors is None else batch.vectors[part],
        last_piece=batch.last_piece and not first,
        rejections=batch.rejections if first else (),
        duplicate=batch.duplicate if first else 0,
        accepted=0,
        held=None,
    )


def _forgotten(candidate: Candidate) -> Rejection:
    """Says that somebody was forgotten, without saying who or what."""
    return Rejection(
        code="forgotten",
        detail="this person was forgotten: let them in again first, and then only with messages dated later",
        source=candidate.source,
        position=candidate.position,
        raw="",
    )
