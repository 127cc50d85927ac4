"""One piece of long work: how it stands, how far each of its steps has come, and what came of it."""

import asyncio
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias, cast

from kith.persona.identity import Json
from kith.stores.errors import Transient
from kith.stores.jobs_port import JobRow, JobState, SeenJob

__all__ = [
    "LATER",
    "LOST",
    "UNTOLD",
    "Failure",
    "Heard",
    "Job",
    "Pulsed",
    "State",
    "Step",
    "Stopped",
    "Told",
    "What",
    "Work",
]

What: TypeAlias = Literal["run", "campaigns", "verify", "repair", "rebuild", "replay"]
State: TypeAlias = Literal["waiting", "running", "done", "failed"]
OVER: frozenset[State] = frozenset({"done", "failed"})
UNTOLD = "it failed: the server's log says how, and so does this answer to whoever asks with an admin key"


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


LATER = Failure("Stopped", "the server ended before it was this one's turn: it is taken up again at the next start")
LOST = Failure(
    "Stopped",
    "the server that was at it ended before it was done: what was uploaded is taken up again at its next start, and "
    "all else is to be asked for again",
)


@dataclass(frozen=True, slots=True)
class Pulsed:
    """One step has dealt with so many more records; `share` says which part of the input's bytes has been read."""

    step: str
    read: int
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """How far a step has come."""

    read: int = 0
    share: float | None = None
    ended: bool = False
    """It was told that no more records come."""


@dataclass(slots=True)
class Heard:
    """How much of each step one follower has heard of."""

    read: dict[str, int] = field(default_factory=dict[str, int])
    ended: set[str] = field(default_factory=set[str])

    def news(self, steps: Mapping[str, Step]) -> list[Pulsed]:
        """What the steps did that the follower has not heard of; they have from now on."""
        told: list[Pulsed] = []
        for name, step in steps.items():
            more = step.read - self.read.get(name, 0)
            if more:
                self.read[name] = step.read
                told.append(Pulsed(name, more, step.share))
            if step.ended and name not in self.ended:
                self.ended.add(name)
                told.append(Pulsed(name, 0, step.share))
        return told


@dataclass(frozen=True, slots=True)
class Told:
    """How a job stands, whichever process does it."""

    id: str
    tenant: str
    what: str
    state: State
    ahead: int = 0
    """How many come first."""
    result: dict[str, Json] | None = None
    failure: Failure | None = None
    steps: Mapping[str, Step] = field(default_factory=dict[str, Step])

    @property
    def over(self) -> bool:
        """Whether it has ended, however."""
        return self.state in OVER

    @classmethod
    def of(cls, seen: SeenJob) -> "Told":
        """What the process that does it last told."""
        row, outcome = seen.row, cast("Mapping[str, dict[str, Json]]", seen.row.outcome)
        steps = {name: Step(*cast("tuple[int, float | None, bool]", step)) for name, step in row.progress.items()}
        result, failure = outcome.get("result"), LOST if seen.lost else None
        if "failure" in outcome:
            failure = Failure(**cast("dict[str, Any]", outcome["failure"]))
        living: State = "running" if row.state == "running" else "waiting"
        state: State = "failed" if failure else "done" if result is not None else living
        return cls(row.job_id, row.tenant, row.what, state, seen.ahead, result, failure, steps)


class Job:
    """One piece of work: told of to whoever follows, and stopped where somebody asks for it. For any thread.

    Progress is kept as one sum per step, so that it needs no more room however long the work, or slow the follower, is.
    """

    def __init__(self, job_id: str, tenant: str, what: What, *, added_at: int = 0, lasting: bool = False) -> None:
        self.id = job_id
        self.tenant = tenant
        self.what: What = what
        self.added_at = added_at
        self.stop = threading.Event()
        self._lasting = lasting
        self._cancelled = False
        self.state: State = "waiting"
        self.result: dict[str, Json] | None = None
        self.failure: Failure | None = None
        self._lock = threading.Lock()
        self._steps: dict[str, Step] = {}
        self._followers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def beat(self, step: str, read: int, *, share: float | None = None) -> None:
        """A step is done with so many more records; with 0, no more will come."""
        with self._lock:
            known = self._steps.get(step, Step())
            self._steps[step] = Step(known.read + read, share, ended=read == 0)
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
        return self.state in OVER

    def steps(self) -> dict[str, Step]:
        """How far each step has come."""
        with self._lock:
            return dict(self._steps)

    def told(self, *, ahead: int = 0) -> Told:
        """How it stands."""
        state = self.state  # first: what came of it is set by the time it is over
        return Told(self.id, self.tenant, self.what, state, ahead, self.result, self.failure, self.steps())

    def row(self, worker: str, *, outcome: "dict[str, Json] | Failure | None" = None) -> JobRow:
        """How it stands, for other processes; with the outcome, how it is about to end."""
        told = self.told()
        outcome = outcome if outcome is not None else told.failure or told.result
        kept: dict[str, Json] = {}
        if outcome is not None:
            kept = {"failure": asdict(outcome)} if isinstance(outcome, Failure) else {"result": outcome}
        return JobRow(
            self.id,
            self.tenant,
            self.what,
            worker,
            self.added_at,
            state=cast("JobState", "over" if kept else told.state),
            progress={name: [step.read, step.share, step.ended] for name, step in told.steps.items()},
            outcome=kept,
        )

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


Work: TypeAlias = Callable[[Job], dict[str, Json]]
"""What a job does: gives the result, and raises a `KithError` that says what went wrong."""
