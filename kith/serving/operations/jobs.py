"""Work on whole stores, or with whole files: done one piece after the other, and followed while it goes on."""

import asyncio
import logging
import threading
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from kith.etl.running import new_run_id
from kith.persona.errors import KithError
from kith.persona.identity import Json
from kith.serving.frame.problems import Refusal
from kith.stores.errors import StoreError, Transient

__all__ = ["UNTOLD", "Failure", "Job", "Pulsed", "Queue", "State", "Stopped", "What", "Work", "follow"]

log = logging.getLogger("kith.serving")

What: TypeAlias = Literal["run", "campaigns", "verify", "repair", "rebuild", "replay"]
State: TypeAlias = Literal["waiting", "running", "done", "failed"]
MOST_WAITING = 16
REMEMBERED = 200
"""Jobs that are over and still told of."""
UNTOLD = "it failed: the server's log says how, and so does this answer to whoever asks with an admin key"
STILL_HERE = 1.0
"""Seconds after which a follower hears that there is nothing new: whoever is gone is noticed, on either side."""


class Stopped(Transient):
    """The work was stopped before it was done; what it did stands."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job ended early: the name of the error's class, and its words. `inner`: they may name places."""

    type: str
    message: str
    inner: bool = False

    def as_json(self, *, whole: bool) -> dict[str, Json]:
        """By name; with what only those may know who see the stores, where it is to be `whole`."""
        return {"type": self.type, "message": UNTOLD if self.inner and not whole else self.message}


@dataclass(frozen=True, slots=True)
class Pulsed:
    """One step has dealt with so many more records; `share` says which part of the input's bytes has been read."""

    step: str
    read: int
    share: float | None = None


@dataclass(slots=True)
class _Step:
    read: int = 0
    share: float | None = None
    ended: bool = False
    """It was told that no more records come."""


@dataclass(slots=True)
class _Heard:
    """How much of each step one follower has heard of."""

    read: dict[str, int] = field(default_factory=dict[str, int])
    ended: set[str] = field(default_factory=set[str])


LATER = Failure("Stopped", "the server ended before it was this one's turn: it is taken up again at the next start")


class Job:
    """One piece of work: told of to whoever follows, and stopped where somebody asks for it. For any thread.

    Progress is kept as one sum per step, so that it needs no more room however long the work, or slow the follower, is.
    """

    def __init__(self, job_id: str, tenant: str, what: What, *, lasting: bool = False) -> None:
        self.id = job_id
        self.tenant = tenant
        self.what: What = what
        self.stop = threading.Event()
        self._lasting = lasting
        self._cancelled = False
        self.state: State = "waiting"
        self.result: dict[str, Json] | None = None
        self.failure: Failure | None = None
        self._lock = threading.Lock()
        self._steps: dict[str, _Step] = {}
        self._followers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def beat(self, step: str, read: int, *, share: float | None = None) -> None:
        """A step is done with so many more records; with 0, no more will come."""
        with self._lock:
            known = self._steps.setdefault(step, _Step())
            known.read += read
            known.share = share
            known.ended = read == 0
        self._wake()

    def tick(self, more: int) -> None:
        """As `beat`, for work of one step: raises `Stopped` where somebody wants it to end."""
        if self.stop.is_set():
            raise Stopped(f"{self.what} was stopped before it was done: ask for it again")
        self.beat(self.what, more)

    def cancel(self) -> None:
        """Somebody wants it to end, and not to be taken up again."""
        self._cancelled = True
        self.stop.set()

    @property
    def cut_short(self) -> bool:
        """Whether the server ends before this was done, and the next start takes it up again."""
        return self._lasting and self.stop.is_set() and not self._cancelled

    def begin(self) -> None:
        """It is this one's turn."""
        self.state = "running"

    def end(self, outcome: "dict[str, Json] | Failure") -> None:
        """The work is over, and this came of it."""
        if isinstance(outcome, Failure):
            self.failure, self.state = outcome, "failed"
        else:
            self.result, self.state = outcome, "done"
        self._wake()

    @property
    def over(self) -> bool:
        """Whether it has ended, however."""
        return self.state in ("done", "failed")

    def news(self, heard: _Heard) -> list[Pulsed]:
        """What the steps did that a follower has not heard of; they have from now on."""
        told: list[Pulsed] = []
        with self._lock:
            for name, step in self._steps.items():
                more = step.read - heard.read.get(name, 0)
                if more:
                    heard.read[name] = step.read
                    told.append(Pulsed(name, more, step.share))
                if step.ended and name not in heard.ended:
                    heard.ended.add(name)
                    told.append(Pulsed(name, 0, step.share))
        return told

    @contextmanager
    def woken(self) -> Generator[asyncio.Event]:
        """An event of the running loop that is set whenever something is new."""
        follower = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._followers.add(follower)
        try:
            yield follower[1]
        finally:
            with self._lock:
                self._followers.discard(follower)

    def _wake(self) -> None:
        with self._lock:
            followers = list(self._followers)
        for loop, event in followers:
            loop.call_soon_threadsafe(event.set)


async def follow(job: Job) -> AsyncGenerator[Pulsed | None]:
    """What a job does, until it is over; None where there has been nothing new for a moment."""
    heard = _Heard()
    with job.woken() as wake:
        while True:
            wake.clear()
            over = job.over  # looked at first: what it did last is told too
            for pulse in job.news(heard):
                yield pulse
            if over:
                return
            try:
                await asyncio.wait_for(wake.wait(), STILL_HERE)
            except TimeoutError:
                yield None


Work: TypeAlias = Callable[[Job], dict[str, Json]]
"""What a job does: gives the result, and raises a `KithError` that says what went wrong."""


class Queue:
    """A thread that does one job after the other.

    What waits when the process dies was never begun. A `lasting` job is taken up again by whoever handed it in: its
    work outlasts the server, as a file does.
    """

    def __init__(self, *, clock: Callable[[], int], most_waiting: int = MOST_WAITING) -> None:
        self._clock = clock
        self._most = most_waiting
        self._known: OrderedDict[str, Job] = OrderedDict()
        self._waiting: deque[tuple[Job, Work, Callable[[], None]]] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._go, name="kith-queue")
        self._thread.start()

    def check_room(self) -> None:
        """Refuses what would have to wait behind too many others: for who is about to send a large file."""
        with self._changed:
            self._check_room()

    def add(self, what: What, tenant: str, work: Work) -> Job:
        """A job at the end of the queue."""
        return self._add(Job(new_run_id(self._clock()), tenant, what), work, lambda: None)

    def add_lasting(
        self, job_id: str, what: What, tenant: str, work: Work, *, settled: Callable[[], None], again: bool = False
    ) -> Job:
        """A job that the next start takes up `again`, if the server ends first: one that it had taken is not refused.

        `settled` is called when it is over, or was refused, however that went; not where it is to be taken up again.
        """
        return self._add(Job(job_id, tenant, what, lasting=True), work, settled, known=again)

    def _add(self, job: Job, work: Work, settled: Callable[[], None], *, known: bool = False) -> Job:
        try:
            with self._changed:
                if not known:
                    self._check_room()
                self._known[job.id] = job
                self._waiting.append((job, work, settled))
                self._changed.notify()
        except Refusal:
            settled()
            raise
        return job

    def get(self, job_id: str, tenant: str) -> Job | None:
        """One of this tenant's jobs."""
        with self._changed:
            job = self._known.get(job_id)
        return job if job is not None and job.tenant == tenant else None

    def drop_over(self, tenant: str) -> None:
        """Tells no more of this tenant's jobs that are over: what came of them may name somebody who was forgotten."""
        with self._changed:
            for job in [one for one in self._known.values() if one.over and one.tenant == tenant]:
                del self._known[job.id]

    def ahead_of(self, job: Job) -> int:
        """How many jobs come before one that waits, the one at work included."""
        with self._changed:
            before = [one for one in self._known.values() if not one.over]
            return before.index(job) if job in before else 0

    def counts(self) -> dict[str, int]:
        """How many wait, and how many are at work: 0 or 1."""
        with self._changed:
            working = sum(one.state == "running" for one in self._known.values())
            return {"waiting": len(self._waiting), "running": working}

    def stop(self) -> None:
        """Has the one at work finish what it is in the middle of; those that wait end as soon as they begin, or wait
        for the next start."""
        with self._changed:
            self._closing = True
            for job in self._known.values():
                job.stop.set()
            self._changed.notify()

    def close(self) -> None:
        """As `stop`, and waits until all have ended."""
        self.stop()
        self._thread.join()

    def _check_room(self) -> None:
        if self._closing:
            raise Refusal("too-busy", "the server is about to end; ask again when it is back", {"Retry-After": "10"})
        if len(self._waiting) >= self._most:
            detail = f"{self._most} jobs wait already; ask again when some are done"
            raise Refusal("too-busy", detail, {"Retry-After": "10"})

    def _go(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing)
                if not self._waiting:
                    return
                job, work, settled = self._waiting.popleft()
                job.begin()
            outcome = LATER if job.cut_short else _outcome(job, work)
            if not job.cut_short:
                settled()
            job.end(outcome)
            with self._changed:
                over = [one for one in self._known.values() if one.over]
                for one in over[:-REMEMBERED]:
                    del self._known[one.id]


def _outcome(job: Job, work: Work) -> dict[str, Json] | Failure:
    try:
        return work(job)
    except KithError as error:
        log.warning("%s %s failed: %s", job.what, job.id, error)
        return Failure(
            type(error).__name__, str(error), inner=isinstance(error, StoreError) and not isinstance(error, Stopped)
        )
    except Exception:
        log.exception("%s %s failed", job.what, job.id)
        return Failure("Unforeseen", f"something went wrong that should not; the server's log says more of {job.id}")
