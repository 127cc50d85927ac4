"""Jobs, done one after the other, and told of to all processes of the API by the ledger."""

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from secrets import token_hex

from kith.etl.running import new_run_id
from kith.persona.errors import KithError
from kith.persona.identity import Json
from kith.serving.frame.problems import Refusal
from kith.serving.operations.jobs import LATER, Failure, Job, Stopped, Told, What, Work
from kith.stores.errors import StoreError
from kith.stores.jobs_port import JobRow, Jobs

__all__ = ["Queue"]

log = logging.getLogger("kith.serving")

MOST_WAITING = 16
REMEMBERED = 200
"""Jobs of a tenant that are over and still told of."""
BEAT = 1.0
"""Seconds between two words on what is under way."""
SILENCE = 15_000
"""Milliseconds without a word after which a process is taken to be gone."""


class Queue:
    """A thread that does one job after the other, and one that tells how they stand.

    What waits when the process dies was never begun. A `lasting` job is taken up again by whoever handed it in: its
    work outlasts the server, as a file does.
    """

    def __init__(self, jobs: Jobs, *, clock: Callable[[], int], most_waiting: int = MOST_WAITING) -> None:
        self._jobs = jobs
        self._clock = clock
        self._most = most_waiting
        self._worker = token_hex(8)
        self._known: OrderedDict[str, Job] = OrderedDict()
        """Those that are not over, and those that are and were not told of."""
        self._waiting: deque[tuple[Job, Work, Callable[[], None]]] = deque()
        self._untold: dict[str, Job] = {}
        self._changed = threading.Condition()
        self._telling_it = threading.Lock()
        """Held while it is told how a job stands: what is told last is how it stands last."""
        self._closing = False
        self._done = False
        self._working = threading.Thread(target=self._work, name="kith-queue")
        self._telling = threading.Thread(target=self._tell, name="kith-queue-telling")
        self._working.start()
        self._telling.start()

    def check_room(self) -> None:
        """Refuses what would have to wait behind too many others: for who is about to send a large file."""
        with self._changed:
            if self._closing:
                raise Refusal(
                    "too-busy", "the server is about to end; ask again when it is back", {"Retry-After": "10"}
                )
            if len(self._waiting) >= self._most:
                detail = f"{self._most} jobs wait already; ask again when some are done"
                raise Refusal("too-busy", detail, {"Retry-After": "10"})

    def add(self, what: What, tenant: str, work: Work) -> Job:
        """A job at the end of the queue: all processes know of it when this returns."""
        now = self._clock()
        return self._add(Job(new_run_id(now), tenant, what, added_at=now), work, lambda: None)

    def add_lasting(
        self, job_id: str, what: What, tenant: str, work: Work, *, settled: Callable[[], None], again: bool = False
    ) -> Job:
        """A job that the next start takes up `again`, if the server ends first: one that it had taken is not refused.

        `settled` is called when it is over, or was refused, however that went; not where it is to be taken up again.
        """
        job = Job(job_id, tenant, what, added_at=self._clock(), lasting=True)
        return self._add(job, work, settled, known=again)

    def _add(self, job: Job, work: Work, settled: Callable[[], None], *, known: bool = False) -> Job:
        row, said = job.row(self._worker), True
        try:
            if known:
                said = self._told(row)
            else:
                self.check_room()
                self._jobs.tell(row)
        except (Refusal, StoreError):
            settled()
            raise
        with self._changed:
            self._known[job.id] = job
            self._waiting.append((job, work, settled))
            if not said:
                self._untold[job.id] = job
            self._changed.notify_all()
        return job

    def here(self, job_id: str, tenant: str) -> Job | None:
        """One of this tenant's jobs that this process does."""
        with self._changed:
            job = self._known.get(job_id)
        return job if job is not None and job.tenant == tenant else None

    def look(self, job_id: str, tenant: str) -> Told | None:
        """How one of this tenant's jobs stands, whichever process does it."""
        job = self.here(job_id, tenant)
        if job is not None:
            return job.told(ahead=self.ahead_of(job))
        seen = self._jobs.find(tenant, job_id, silence=SILENCE)
        return None if seen is None else Told.of(seen)

    def cancel(self, job_id: str, tenant: str) -> bool:
        """Has a job end; whether there is one that is not over."""
        job = self.here(job_id, tenant)
        if job is None:
            return self._jobs.cancel(tenant, job_id)
        job.cancel()
        return not job.over

    def ahead_of(self, job: Job) -> int:
        """How many jobs come before one that waits here, the one at work included."""
        with self._changed:
            before = [one for one in self._known.values() if not one.over]
            return before.index(job) if job in before else 0

    def counts(self) -> Mapping[str, int]:
        """How many wait, and how many are at work, in all processes."""
        return self._jobs.counts(silence=SILENCE)

    def stop(self) -> None:
        """Has the one at work finish what it is in the middle of; those that wait end as soon as they begin, or wait
        for the next start."""
        with self._changed:
            self._closing = True
            for job in self._known.values():
                job.stop.set()
            self._changed.notify_all()

    def close(self) -> None:
        """As `stop`, and waits until all have ended."""
        self.stop()
        self._working.join()
        with self._changed:
            self._done = True
            self._changed.notify_all()
        self._telling.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing)
                if not self._waiting:
                    return
                job, work, settled = self._waiting.popleft()
                job.begin()
            self._say(job)
            outcome = LATER if job.cut_short else _outcome(job, work)
            if not (job.cut_short and _is_undone(outcome)):
                settled()
            self._say(job, outcome)

    def _say(self, job: Job, outcome: dict[str, Json] | Failure | None = None) -> None:
        """Tells how a job stands, or that it ends so: others hear of the end no later than whoever follows it here."""
        with self._telling_it:
            said = self._told(job.row(self._worker, outcome=outcome))
            if outcome is not None:
                job.end(outcome)
        with self._changed:
            if not said:
                self._untold[job.id] = job
            elif job.over:
                self._known.pop(job.id, None)
            self._changed.notify_all()

    def _told(self, row: JobRow) -> bool:
        try:
            self._jobs.tell(row)
            if row.state == "over":
                self._jobs.drop_oldest(row.tenant, keep=REMEMBERED)
        except StoreError as error:
            log.warning("how %s %s stands is told later: %s", row.what, row.job_id, error)
            return False
        return True

    def _tell(self) -> None:
        """Tells again and again how far the one at work has come, and what could not be told before."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._known or self._done)
                self._changed.wait_for(lambda: self._done, BEAT)
                ending, untold, self._untold = self._done, self._untold, {}
                jobs = untold | {job.id: job for job in self._known.values() if job.state == "running"}
            for job in jobs.values():
                with self._telling_it:
                    if job.over and job.id not in untold:
                        continue
                    said = self._told(job.row(self._worker))
                    over = job.over
                with self._changed:
                    if not said:
                        self._untold[job.id] = job
                    elif over:
                        self._known.pop(job.id, None)
            self._hear()
            if ending:
                return

    def _hear(self) -> None:
        """Says that this process lives, and ends what somebody wants ended."""
        try:
            unwanted = self._jobs.still_here(self._worker) if self._known else ()
        except StoreError as error:
            log.warning("whether jobs are to end is asked later: %s", error)
            return
        for job_id in unwanted:
            with self._changed:
                job = self._known.get(job_id)
            if job is not None:
                job.cancel()


def _is_undone(outcome: dict[str, Json] | Failure) -> bool:
    """Whether a job that the server's end met was not done by then."""
    return outcome is LATER if isinstance(outcome, Failure) else outcome.get("status") == "interrupted"


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
