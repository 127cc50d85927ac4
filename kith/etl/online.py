"""Writing while somebody waits: what several callers send within moments goes through the pipeline as one batch.

The steps and the delivery are those of a run: so is the effect. One row of `pipeline_runs` per tenant stands for all
that one process takes in this way.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from secrets import token_hex
from time import monotonic

from kith.etl.batch import Batch
from kith.etl.dag import Step, run_step
from kith.etl.delivery import DELIVERY_STEPS, Delivery
from kith.etl.steps import FRONT_STEPS, front_steps
from kith.etl.tools import Tools
from kith.etl.trace import Trace
from kith.persona.evidence import Evidence
from kith.persona.model import Rejection
from kith.persona.raw_records import Raw
from kith.persona.records import FieldNames
from kith.persona.time import iso
from kith.stores.bundle import Stores
from kith.stores.errors import StoreError, Transient

__all__ = ["Busy", "Online", "TakenIn"]

log = logging.getLogger("kith.etl")

GATHER = 0.005
"""Seconds to wait for more, once something has come: the vector store writes one row as slowly as a hundred."""
MOST = 256
"""Records in one batch."""
WAITING = 20_000
"""Records that may wait."""


class Busy(Transient):
    """More is waiting to be written than can be taken."""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of the records of one call, in their order."""

    keys: tuple[str | None, ...]
    """Of each record; None where it was rejected."""
    accepted: frozenset[int]
    """Places of those that are new, or a new version."""
    rejections: dict[int, Rejection]
    evidence: dict[str, Evidence]
    """What the accepted ones taught, by key."""

    @property
    def duplicate(self) -> int:
        """How many were there already."""
        return len(self.keys) - len(self.accepted) - len(self.rejections)


@dataclass(frozen=True, slots=True)
class _Call:
    tenant: str
    raws: tuple[Raw, ...]
    done: "Future[TakenIn]"


@dataclass(slots=True)
class _Run:
    """What is taken in for one tenant: its row, and how far it has come."""

    run_id: str
    trace: Trace
    sequence: int = 0


class Online:
    """Takes records in from any thread and answers when they are durable. `close` finishes what was taken.

    `waits` hears how many wait, whenever that changes.
    """

    def __init__(
        self,
        stores: Stores,
        tools: Tools,
        delivery: Delivery,
        *,
        clock: Callable[[], int],
        gather: float = GATHER,
        waits: Callable[[int], None] = lambda _records: None,
    ) -> None:
        self._stores = stores
        self._delivery = delivery
        self._clock = clock
        self._gather = gather
        self._waits = waits
        self._steps: list[Step[Batch]] = front_steps(
            names=replace(FieldNames.from_options([]), mappable=False),
            batches=stores.ledger.batches,
            tools=tools,
            patience=delivery.patience,
        )
        self._runs: dict[str, _Run] = {}
        self._calls: deque[_Call] = deque()
        self._waiting = 0
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="kith-online", daemon=True)
        self._thread.start()

    def take(self, tenant: str, raws: Sequence[Raw]) -> "Future[TakenIn]":
        """What becomes of these records. Their source is named by this call and by no other."""
        call = _Call(tenant, tuple(raws), Future())
        call.done.set_running_or_notify_cancel()  # who waits may leave; what was taken is written all the same
        with self._changed:
            if self._closed:
                raise Busy("the service is shutting down: send this again in a moment")
            if self._waiting + len(call.raws) > WAITING:
                raise Busy(f"{self._waiting:,} records wait to be written: send this again in a moment")
            self._waiting += len(call.raws)
            self._waits(self._waiting)
            self._calls.append(call)
            self._changed.notify()
        return call.done

    @property
    def waiting(self) -> int:
        """How many records wait, those in hand among them."""
        return self._waiting

    def close(self) -> None:
        """Takes nothing more, and returns when all that was taken is done."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while calls := self._next():
            try:
                taken = self._deliver(calls)
            except BaseException as error:  # whoever waits is told; the next call may go through
                for call in calls:
                    call.done.set_exception(error)
            else:
                for call, one in zip(calls, taken, strict=True):
                    call.done.set_result(one)
            with self._changed:
                self._waiting -= sum(len(call.raws) for call in calls)
                self._waits(self._waiting)
        for run in self._runs.values():
            self._finish(run)

    def _next(self) -> list[_Call]:
        """Calls of one tenant that go together; none once it is closed and all is done."""
        with self._changed:
            self._changed.wait_for(lambda: self._calls or self._closed)
            until = monotonic() + self._gather
            while not self._closed and sum(len(call.raws) for call in self._calls) < MOST:
                left = until - monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            if not self._calls:
                return []
            together = [self._calls.popleft()]
            tenant, size = together[0].tenant, len(together[0].raws)
            later: deque[_Call] = deque()
            while self._calls:
                call = self._calls.popleft()
                if call.tenant == tenant and not later and size + len(call.raws) <= MOST:
                    together.append(call)
                    size += len(call.raws)
                else:
                    later.append(call)
            self._calls = later
            return together

    def _deliver(self, calls: list[_Call]) -> list[TakenIn]:
        tenant = calls[0].tenant
        run = self._run_of(tenant)
        raws = tuple(raw for call in calls for raw in call.raws)
        batch = Batch(run_id=run.run_id, tenant=tenant, sequence=run.sequence, read=len(raws), raws=raws)
        run.sequence += 1
        validate, *others = self._steps
        batch = run_step(validate, batch, run.trace)
        keys = {(c.source, c.position): c.message.key for c in batch.candidates}
        for step in others:
            batch = run_step(step, batch, run.trace)
        rejected = {(r.source, r.position): r for r in self._delivery.deliver(batch, run.trace).rejections}
        here = sorted({key for place, key in keys.items() if place not in rejected})
        delivered = self._stores.ledger.batches.get(tenant, here)
        new = {key for key, one in delivered.items() if one.batch_id == batch.batch_id}
        evidence = self._stores.ledger.evidence.get_many(tenant, sorted(new))
        return [_taken_in(call, keys, rejected, new, evidence) for call in calls]

    def _run_of(self, tenant: str) -> _Run:
        run = self._runs.get(tenant)
        if run is None:
            run_id = f"{iso(self._clock())[:19].replace('-', '').replace(':', '')}-online-{token_hex(4)}"
            run = _Run(run_id, Trace(clock=self._clock))
            run.trace.expect([*FRONT_STEPS, *DELIVERY_STEPS])
            self._delivery.patience.call(lambda: self._stores.ledger.runs.start(run_id, tenant))
            self._runs[tenant] = run
        return run

    def _finish(self, run: _Run) -> None:
        try:
            self._stores.ledger.runs.finish(
                run.run_id, "succeeded", stages=run.trace.rows(), error=None, sources_unchanged=0
            )
        except StoreError as error:  # what was taken is durable; the next start calls the row abandoned
            log.warning("the row of run %r was left open: %s", run.run_id, error)


def _taken_in(
    call: _Call,
    keys: Mapping[tuple[str, str], str],
    rejected: Mapping[tuple[str, str], Rejection],
    new: set[str],
    evidence: Mapping[str, Evidence],
) -> TakenIn:
    """What became of one call. Of several that bring the same new message, the first has brought it."""
    found: list[str | None] = []
    accepted: set[int] = set()
    rejections: dict[int, Rejection] = {}
    for at, raw in enumerate(call.raws):
        place = (raw.source, raw.position)
        if place in rejected:
            rejections[at] = rejected[place]
            found.append(None)
            continue
        found.append(keys[place])
        if keys[place] in new:
            accepted.add(at)
            new.discard(keys[place])
    brought = {key for at, key in enumerate(found) if at in accepted and key is not None}
    return TakenIn(
        tuple(found), frozenset(accepted), rejections, {key: evidence[key] for key in sorted(brought & evidence.keys())}
    )
