"""One run: from sources to stores, with its row in the ledger from the first moment to the last."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from secrets import token_hex
from time import perf_counter
from typing import Literal, Protocol, TypeVar

from kith.etl.batch import Batch
from kith.etl.dag import run_step
from kith.etl.delivery import DELIVERY_STEPS, Delivery
from kith.etl.engines import Engine
from kith.etl.lineage import run_event
from kith.etl.steps import FRONT_STEPS, front_steps
from kith.etl.summary import RunSummary, store_counts
from kith.etl.tools import Tools
from kith.etl.trace import Pulse, Trace
from kith.persona.errors import KithError
from kith.persona.identity import Json
from kith.persona.records import FieldNames, Raw
from kith.persona.time import iso
from kith.stores.bundle import Stores
from kith.stores.errors import StoreError
from kith.stores.ledger_port import RunRow, RunStatus, SourceMark

__all__ = ["Intake", "RawRecords", "RunOptions", "Runner", "TooManyRejected", "new_run_id"]

T = TypeVar("T")

JUDGED_AFTER = 1000
"""Records after which the share of rejections is first looked at."""


def new_run_id(now: int) -> str:
    """`20260301T093000-1a2b3c4d`: ids sort as the runs were begun."""
    return f"{iso(now)[:19].replace('-', '').replace(':', '')}-{token_hex(4)}"


class TooManyRejected(KithError):
    """More of what was read was rejected than the run allows."""


class RawRecords(Protocol):
    """Some records as they were read, and how far that is in each of their sources."""

    @property
    def records(self) -> Sequence[Raw]: ...
    @property
    def marks(self) -> Sequence[SourceMark]: ...


class Intake(Protocol):
    """Where the records of a run come from."""

    @property
    def unchanged(self) -> Sequence[str]: ...
    def batches(self, size: int, *, limit: int | None = None) -> Iterator[RawRecords]: ...


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How to run."""

    tenant: str
    batch_size: int = 256
    max_rejected: float = 0.05
    limit: int | None = None
    names: FieldNames = field(default_factory=lambda: FieldNames.from_options([]))


@dataclass(slots=True)
class _Tally:
    read: int = 0
    rejected: int = 0


class Runner:
    """Runs the pipeline over an intake, with one writer."""

    def __init__(
        self,
        stores: Stores,
        tools: Tools,
        delivery: Delivery,
        *,
        engine: Engine,
        clock: Callable[[], int],
        emit: Callable[[dict[str, Json]], None],
    ) -> None:
        self._stores = stores
        self._tools = tools
        self._delivery = delivery
        self._engine = engine
        self._clock = clock
        self._emit = emit

    def run(
        self,
        intake: Intake,
        options: RunOptions,
        *,
        stop: threading.Event | None = None,
        pulse: Callable[[Pulse], None] | None = None,
        run_id: str | None = None,
    ) -> RunSummary:
        """Takes in all that the intake gives. Whatever ends it early is on record before it is raised again.

        `run_id` is one of `new_run_id`, where somebody was told it before the run begins.
        """
        run_id = run_id or new_run_id(self._clock())
        stop = stop or threading.Event()
        trace = Trace(clock=self._clock, pulse=pulse)
        trace.expect([*FRONT_STEPS, *DELIVERY_STEPS])
        began = perf_counter()
        sources: dict[str, None] = {}
        self._patiently(lambda: self._stores.ledger.runs.start(run_id, options.tenant))
        self._tell(run_id, "START", sources)
        try:
            self._go(run_id, intake, options, stop=stop, trace=trace, sources=sources)
        except BaseException as error:
            with suppress(StoreError):  # where not even this goes through, the next start says `abandoned`
                if isinstance(error, KeyboardInterrupt):
                    self._finish(run_id, "interrupted", intake, trace, error=None)
                    self._tell(run_id, "ABORT", sources)
                else:
                    self._finish(run_id, "failed", intake, trace, error=_words(error, trace))
                    self._tell(run_id, "FAIL", sources)
            raise
        interrupted = stop.is_set()
        self._finish(run_id, "interrupted" if interrupted else "succeeded", intake, trace, error=None)
        self._tell(run_id, "ABORT" if interrupted else "COMPLETE", sources)
        row = self._row(run_id)
        counts = self._patiently(lambda: store_counts(self._stores, options.tenant))
        return RunSummary.of(row, seconds=perf_counter() - began, stores=counts)

    def _patiently(self, action: Callable[[], T]) -> T:
        return self._delivery.patience.call(action)

    def _go(
        self,
        run_id: str,
        intake: Intake,
        options: RunOptions,
        *,
        stop: threading.Event,
        trace: Trace,
        sources: dict[str, None],
    ) -> None:
        tally = _Tally()
        ledger = self._stores.ledger
        patience = self._delivery.patience
        front = front_steps(names=options.names, batches=ledger.batches, tools=self._tools, patience=patience)

        def deliver(batch: Batch) -> Batch:
            done = self._delivery.deliver(batch, trace)
            tally.read += done.read
            tally.rejected += len(done.rejections)
            if tally.read >= JUDGED_AFTER:
                _judge(tally, options.max_rejected)
            return done

        actions = [partial(run_step, step, trace=trace) for step in front]
        self._engine.run(
            self._read(run_id, intake, options, trace=trace, sources=sources), [*actions, deliver], stop=stop
        )
        if not stop.is_set():
            _judge(tally, options.max_rejected)

    def _read(
        self, run_id: str, intake: Intake, options: RunOptions, *, trace: Trace, sources: dict[str, None]
    ) -> Iterator[Batch]:
        given = intake.batches(options.batch_size, limit=options.limit)
        sequence = 0
        while True:
            with trace.step("ingest") as count:
                some = next(given, None)
                read = 0 if some is None else len(some.records)
                count(read, read)
            if some is None:
                return
            sources.update((mark.source, None) for mark in some.marks)
            yield Batch(
                run_id=run_id,
                tenant=options.tenant,
                sequence=sequence,
                read=len(some.records),
                raws=tuple(some.records),
                marks=tuple(some.marks),
            )
            sequence += 1

    def _finish(self, run_id: str, status: RunStatus, intake: Intake, trace: Trace, *, error: str | None) -> None:
        stages = trace.rows()
        if status == "interrupted":
            outcome: Literal["interrupted"] = "interrupted"
            stages = tuple(replace(row, status=outcome) if row.status == "succeeded" else row for row in stages)
        self._patiently(
            lambda: self._stores.ledger.runs.finish(
                run_id, status, stages=stages, error=error, sources_unchanged=len(intake.unchanged)
            )
        )

    def _row(self, run_id: str) -> RunRow:
        row = self._patiently(lambda: self._stores.ledger.runs.get(run_id))
        if row is None:
            raise KithError(f"run {run_id!r} is not in the ledger any more: was its file replaced?")
        return row

    def _tell(self, run_id: str, kind: str, sources: dict[str, None]) -> None:
        event = run_event(self._row(run_id), kind=kind, at=self._clock(), sources=list(sources))
        self._patiently(lambda: self._stores.ledger.runs.record_event(run_id, event))
        self._emit(event)


def _judge(tally: _Tally, allowed: float) -> None:
    if tally.read and tally.rejected / tally.read > allowed:
        raise TooManyRejected(
            f"{tally.rejected} of {tally.read} records were rejected ({tally.rejected / tally.read:.1%}), and "
            f"--max-rejected allows {allowed:.1%}: see `kith rejections list`; what was committed stays"
        )


def _words(error: BaseException, trace: Trace) -> str:
    """What went wrong, at which step, and how to go on."""
    words = str(error) if isinstance(error, KithError) else f"{type(error).__name__}: {error}"
    if not isinstance(error, StoreError):
        return words
    where = [row.stage for row in trace.rows() if row.status == "failed"]
    at = f"at {' and '.join(map(repr, where))}: " if where else ""
    return f"{at}{words} (what was committed stays: run the same command again to go on)"
