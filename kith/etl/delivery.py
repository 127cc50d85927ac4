"""From lease to commit: writing a batch to five stores so that its effect is there exactly once.

The rules, and what each guards against, stand in docs/architecture.md. Every write is an upsert under an id that comes
from what is written; the open row names the keys until the commit; whoever dies in between leaves the row behind, and
the next writer finishes it.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from kith.etl.aftermath import put_right, withdraw
from kith.etl.batch import Batch, Held
from kith.etl.dag import Dag, Step
from kith.etl.refusals import forgotten
from kith.etl.retry import Patience
from kith.etl.trace import Trace
from kith.etl.writer import TRIES, Writer
from kith.persona.evidence import evidence_of
from kith.persona.identity import user_node_id
from kith.persona.model import Message, Rejection
from kith.stores.errors import LeaseLost, RecordRefused, StoreError
from kith.stores.ledger_port import Commit, OpenBatch

__all__ = ["DELIVERY_STEPS", "Delivery", "Reached", "nowhere"]

Reached = Callable[[str], None]
"""Told `before STEP` and `after STEP` at every step of every batch: where a test ends the process."""

BRIEF = Patience(seconds=1.0, first=0.01, longest=0.1)
"""For telling the cache: what it is not told costs a minute's staleness, no more."""

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


@dataclass(slots=True)
class _Tried:
    """What earlier tries of a batch may have left behind."""

    before: dict[str, Message] = field(default_factory=dict[str, Message])
    """Versions delivered before, which were written over."""
    learned: bool = False
    """Evidence was written, or may have been."""
    again: bool = False
    """One of them ended early: perhaps its lease was lost, with a write in hand."""


class Delivery:
    """Delivers batches, one at a time, as one writer."""

    def __init__(self, writer: Writer, *, clock: Callable[[], int], reached: Reached = nowhere) -> None:
        self.patience = writer.patience
        self._writer = writer
        self._stores = writer.stores
        self._mender = writer.mender
        self._clock = clock
        self._reached = reached
        self._leased: Held | None = None
        self._tried = _Tried()
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
            # Taking a lease has a patience of its own.
            out = action(batch) if name == "lease" else self.patience.call(lambda: action(batch))
            self._reached(f"after {name}")
            return out

        return run

    def deliver(self, batch: Batch, trace: Trace) -> Batch:
        """Commits the batch: each candidate is delivered, a duplicate, or rejected. Halves it round a bad record."""
        self._writer.in_hand = batch.batch_id
        self._tried = _Tried()
        try:
            return self._deliver_piece(batch, trace)
        finally:
            self._writer.in_hand = None

    def _deliver_piece(self, batch: Batch, trace: Trace) -> Batch:
        for _ in range(TRIES):
            try:
                return self.dag.run(batch, trace)
            except LeaseLost:
                self._tried.again = True
            except RecordRefused as refused:
                self._tried.again = True
                if not batch.candidates:
                    raise
                why = str(refused)
                break
            finally:
                self._let_go()
        else:
            raise self._writer.outrun()
        return self._halved(batch, trace) if len(batch.candidates) > 1 else self._rejected(batch, why, trace)

    def _let_go(self) -> None:
        if self._leased is not None:
            self._writer.release(self._leased.lease)
            self._leased = None

    def _halved(self, batch: Batch, trace: Trace) -> Batch:
        half = len(batch.candidates) // 2
        first = self._deliver_piece(batch.part(slice(0, half), first=True), trace)
        rest = self._deliver_piece(batch.part(slice(half, None), first=False), trace)
        return replace(
            rest,
            accepted=first.accepted + rest.accepted,
            duplicate=first.duplicate + rest.duplicate,
            rejections=first.rejections + rest.rejections,
            read=batch.read,
        )

    def _rejected(self, batch: Batch, why: str, trace: Trace) -> Batch:
        """Without the one candidate there is; in its place the next best version of it, which had been a duplicate."""
        bad = batch.candidates[0]
        before = self._tried.before.get(bad.message.key)
        self._writer.under_lease(
            self._writer.shards_of(batch.tenant, [bad.message.user_id]),
            lambda lease: withdraw(self._mender, lease, bad.message, before=before),
        )
        instead = bad.next_best
        tools = self._mender.tools
        messages = [candidate.message for candidate in instead]
        vectors = tools.embed_messages(messages) if messages else None
        return self._deliver_piece(
            replace(
                batch,
                candidates=tuple(
                    replace(candidate, extraction=extraction)
                    for candidate, extraction in zip(instead, tools.extract(messages, vectors), strict=True)
                ),
                vectors=vectors,
                rejections=(*batch.rejections, bad.undeliverable(why)),
                duplicate=batch.duplicate - len(instead),
            ),
            trace,
        )

    # The steps, in order. Each may be repeated: all of them write under ids that come from what is written.

    def _lease(self, batch: Batch) -> Batch:
        # Of who is rejected too: nobody can be forgotten between the look at tombstones and what is kept of a record.
        people = {m.user_id for m in batch.messages} | {r.user_id for r in batch.rejections if r.user_id is not None}
        shards = self._writer.shards_of(batch.tenant, people)
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
        if self._tried.again:  # before the row that names the keys goes
            put_right(self._mender, held.lease, batch.tenant, batch.candidates)
        opened = self._stores.ledger.batches.open(held.lease, held.opening)
        refused = [c for c in batch.candidates if c.message.key in opened.forgotten]
        return replace(
            batch.only(opened.accepted),
            accepted=len(opened.accepted),
            duplicate=batch.duplicate + len(opened.duplicates),
            rejections=(
                *self._without_the_forgotten(batch),
                *(forgotten(source=candidate.source, position=candidate.position) for candidate in refused),
            ),
            held=replace(held, edits=opened.edits),
        )

    def _without_the_forgotten(self, batch: Batch) -> list[Rejection]:
        """What was rejected at the door, with nothing kept of records of people who were forgotten."""
        people = sorted({r.user_id for r in batch.rejections if r.user_id is not None})
        tombstones = self._stores.ledger.people.forgotten(batch.tenant, people)
        gone = {user_id for user_id, tombstone in tombstones.items() if tombstone.admitted_at is None}
        return [
            forgotten(source=one.source, position=one.position) if one.user_id in gone else one
            for one in batch.rejections
        ]

    def _documents(self, batch: Batch) -> Batch:
        edits = batch.only(_held(batch).edits)
        self._vectors(edits)  # a version that is refused there must not stand over the one before, even for a moment
        own = {message.key: message.content for message in edits.messages}
        for key, message in self._stores.documents.get_messages(batch.tenant, sorted(own)).items():
            if message.content != own[key]:  # else an earlier try has written it already
                self._tried.before[key] = message
        self._stores.documents.put_messages(batch.tenant, batch.messages)
        return batch

    def _vectors(self, batch: Batch) -> Batch:
        if batch.candidates and batch.vectors is not None:
            self._mender.set_vectors(batch.tenant, batch.messages, batch.vectors, stood=_held(batch).edits)
        return batch

    def _evidence(self, batch: Batch) -> Batch:
        held = _held(batch)
        again, self._tried.learned = self._tried.learned, True
        version = self._mender.tools.extractor.version
        evidence = [evidence_of(c.message, c.extraction, extractor=version) for c in batch.candidates]
        written = self._stores.ledger.evidence.write(held.lease, batch.tenant, evidence)
        # What is written again looks as if it had changed nothing: what the first time changed must still be drawn.
        entities = sorted({e for one in evidence for e in one.entities}) if again else written.new_entities
        return replace(batch, held=replace(held, touched=written.touched, whole=again, new_entities=tuple(entities)))

    def _names(self, batch: Batch) -> Batch:
        self._mender.embed_entities(batch.tenant, _held(batch).new_entities)
        return batch

    def _graph(self, batch: Batch) -> Batch:
        held = _held(batch)
        self._stores.graph.set_entities(batch.tenant, held.new_entities)
        if held.whole:
            self._mender.set_people(batch.tenant, {touched.user_id for touched in held.touched})
        else:
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
        return replace(batch, held=replace(held, generations=generations))

    def _publish(self, batch: Batch) -> Batch:
        self._let_go()
        with suppress(StoreError):
            for user_id, generation in _held(batch).generations.items():
                person = user_node_id(batch.tenant, user_id)
                BRIEF.call(lambda p=person, g=generation: self._stores.cache.raise_generation(batch.tenant, p, g))
        return batch


def _held(batch: Batch) -> Held:
    if batch.held is None:
        raise AssertionError("a step under the lease was reached without one")
    return batch.held


def _size(batch: Batch) -> tuple[int, int]:
    return len(batch.candidates), batch.read
