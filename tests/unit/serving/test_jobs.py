"""The queue of long work: its order, its bounds, how it is followed, and how it ends."""

import asyncio
import threading
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path

import pytest

from kith.persona.errors import BadInput
from kith.persona.identity import Json
from kith.serving.frame.problems import Refusal
from kith.serving.operations.following import follow
from kith.serving.operations.jobs import LOST, Failure, Job, Pulsed, Step, Stopped
from kith.serving.operations.queue import Queue
from kith.stores.jobs_port import JobRow
from kith.stores.ledger import open_ledger
from kith.stores.ledger_port import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Generator[Ledger]:
    with closing(open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")) as opened:
        yield opened


@pytest.fixture
def queue(ledger: Ledger) -> Generator[Queue]:
    made = Queue(ledger.jobs, clock=lambda: 1_770_000_000_000, most_waiting=2)
    yield made
    made.close()


@pytest.fixture
def another(ledger: Ledger) -> Generator[Queue]:
    """That of another process."""
    made = Queue(ledger.jobs, clock=lambda: 1_770_000_000_000)
    yield made
    made.close()


class Held:
    """Work that begins, and goes on when it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.let_go = threading.Event()

    def __call__(self, job: Job) -> dict[str, Json]:
        self.begun.set()
        self.let_go.wait()
        return {"stopped": job.stop.is_set()}


@pytest.fixture
def held() -> Generator[Held]:
    work = Held()
    yield work
    work.let_go.set()


def ended(queue: Queue, job: Job) -> list[Pulsed]:
    """Follows a job to its end: all that it told."""

    async def heard() -> list[Pulsed]:
        return [pulse async for pulse in follow(queue, job.told()) if pulse is not None]

    return asyncio.run(heard())


def test_one_after_the_other_in_order(queue: Queue, held: Held) -> None:
    order: list[str] = []

    def noting(name: str) -> Callable[[Job], dict[str, Json]]:
        def work(_job: Job) -> dict[str, Json]:
            order.append(name)
            return {"name": name}

        return work

    first = queue.add("verify", "acme", held)
    held.begun.wait()
    second, third = queue.add("run", "acme", noting("second")), queue.add("run", "acme", noting("third"))
    assert [job.state for job in (first, second, third)] == ["running", "waiting", "waiting"]
    assert [queue.ahead_of(job) for job in (first, second, third)] == [0, 1, 2]
    assert queue.counts() == {"waiting": 2, "running": 1}
    held.let_go.set()
    ended(queue, third)
    assert order == ["second", "third"]
    assert (third.state, third.result, third.failure) == ("done", {"name": "third"}, None)
    assert queue.ahead_of(third) == 0


def test_no_more_than_so_many_wait(queue: Queue, held: Held) -> None:
    discarded: list[str] = []
    queue.add("verify", "acme", held)
    held.begun.wait()
    for _ in range(2):
        queue.add("run", "acme", lambda _: {})
    with pytest.raises(Refusal, match="2 jobs wait already") as refused:
        queue.add_lasting("1", "run", "acme", lambda _: {}, settled=lambda: discarded.append("upload"))
    assert (refused.value.kind, discarded) == ("too-busy", ["upload"])
    with pytest.raises(Refusal):
        queue.check_room()


def test_it_is_settled_before_anybody_hears_of_the_end(queue: Queue) -> None:
    seen: list[str] = []
    job = queue.add_lasting("1", "run", "acme", lambda _: {}, settled=lambda: seen.append("discarded"))
    ended(queue, job)
    assert seen == ["discarded"]


def test_a_job_is_its_tenants_alone(queue: Queue, another: Queue) -> None:
    job = queue.add("verify", "acme", lambda _: {})
    ended(queue, job)
    for one in (queue, another):
        assert (one.look(job.id, "acme"), one.look(job.id, "globex")) == (job.told(), None)


def test_what_is_over_goes_with_whoever_is_forgotten_and_what_goes_on_stays(
    queue: Queue, another: Queue, held: Held, ledger: Ledger
) -> None:
    over = queue.add("verify", "acme", lambda _: {"names": "somebody"})
    ended(queue, over)
    other = queue.add("verify", "other", lambda _: {})
    ended(queue, other)
    going = queue.add("repair", "acme", held)
    held.begun.wait()
    lease = ledger.leases.take([0], holder="ann", seconds=60)
    assert lease is not None
    ledger.people.delete(lease, "acme", "ana")
    for one in (queue, another):
        found = [one.look(job.id, job.tenant) for job in (over, other, going)]
        assert [None if told is None else told.state for told in found] == [None, "done", "running"]


def test_what_goes_wrong_is_told_by_its_kind(queue: Queue, caplog: pytest.LogCaptureFixture) -> None:
    def ours(_job: Job) -> dict[str, Json]:
        raise BadInput("mend it")

    def theirs(_job: Job) -> dict[str, Json]:
        raise ZeroDivisionError("a secret of alice")

    told, untold = queue.add("run", "acme", ours), queue.add("run", "acme", theirs)
    ended(queue, untold)
    assert (told.state, told.failure) == ("failed", Failure("BadInput", "mend it"))
    assert untold.failure == Failure(
        "Unforeseen", f"something went wrong that should not; the server's log says more of {untold.id}"
    )


def test_a_late_follower_hears_all_of_it_in_sums(queue: Queue) -> None:
    def work(job: Job) -> dict[str, Json]:
        for share in (0.25, 0.5, 1.0):
            job.beat("ingest", 100, share=share)
            job.beat("embed", 90)
        job.beat("ingest", 0, share=1.0)
        return {}

    job = queue.add("run", "acme", work)
    assert sum(pulse.read for pulse in ended(queue, job) if pulse.step == "ingest") == 300
    assert ended(queue, job) == [Pulsed("ingest", 300, 1.0), Pulsed("ingest", 0, 1.0), Pulsed("embed", 270)]


def test_a_follower_hears_while_it_goes_on(queue: Queue) -> None:
    on = threading.Event()

    def work(job: Job) -> dict[str, Json]:
        job.tick(5)
        on.wait()
        job.tick(7)
        return {}

    job = queue.add("verify", "acme", work)

    async def heard() -> list[int]:
        told: list[int] = []
        async for pulse in follow(queue, job.told()):
            if pulse is not None:
                told.append(pulse.read)
                on.set()
        return told

    assert asyncio.run(heard()) == [5, 7]


def test_work_of_one_step_ends_when_it_is_stopped() -> None:
    job = Job("1", "acme", "verify")
    job.tick(1)
    job.stop.set()
    with pytest.raises(Stopped, match="verify was stopped before it was done"):
        job.tick(1)


def test_closing_stops_all_and_begins_no_more(held: Held, ledger: Ledger) -> None:
    queue = Queue(ledger.jobs, clock=lambda: 0)
    first = queue.add("run", "acme", held)
    held.begun.wait()
    second = queue.add("run", "acme", lambda job: {"stopped": job.stop.is_set()})
    queue.stop()
    with pytest.raises(Refusal, match="about to end"):
        queue.add("run", "acme", lambda _: {})
    held.let_go.set()
    queue.close()
    assert [first.result, second.result] == [{"stopped": True}, {"stopped": True}]


def test_what_lasts_is_left_to_the_next_start_unless_it_is_done_or_was_cancelled(held: Held, ledger: Ledger) -> None:
    queue, settled = Queue(ledger.jobs, clock=lambda: 0), list[str]()

    def add(name: str, work: Callable[[Job], dict[str, Json]]) -> Job:
        return queue.add_lasting(name, "run", "acme", work, settled=lambda: settled.append(name))

    def half(job: Job) -> dict[str, Json]:
        held(job)
        return {"status": "interrupted"}

    def done(job: Job) -> dict[str, Json]:
        at_work.set()
        job.stop.wait()  # it had nothing left to do by then
        return {"status": "succeeded"}

    going = add("going", half)
    held.begun.wait()
    waiting, cancelled = (add(name, lambda job: {"stopped": job.stop.is_set()}) for name in ("waiting", "cancelled"))
    cancelled.cancel()
    queue.stop()
    held.let_go.set()
    queue.close()
    assert [going.result, cancelled.result] == [{"status": "interrupted"}, {"stopped": True}]
    assert waiting.failure == Failure(
        "Stopped", "the server ended before it was this one's turn: it is taken up again at the next start"
    )
    assert settled == ["cancelled"]
    queue = Queue(ledger.jobs, clock=lambda: 0)
    at_work = threading.Event()
    finished = add("finished", done)
    at_work.wait()
    queue.close()
    assert (finished.result, settled) == ({"status": "succeeded"}, ["cancelled", "finished"])


def test_what_was_taken_before_is_taken_again_however_many_wait(queue: Queue, held: Held) -> None:
    queue.add("verify", "acme", held)
    held.begun.wait()
    jobs = [queue.add_lasting(str(n), "run", "acme", lambda _: {}, settled=lambda: None, again=True) for n in range(5)]
    with pytest.raises(Refusal):
        queue.check_room()
    held.let_go.set()
    ended(queue, jobs[-1])
    assert {job.state for job in jobs} == {"done"}


def test_a_job_is_followed_and_cancelled_from_another_process(queue: Queue, another: Queue) -> None:
    def work(job: Job) -> dict[str, Json]:
        job.beat("ingest", 7, share=0.5)
        job.stop.wait()
        job.beat("ingest", 2)
        return {"status": "interrupted"}

    job = queue.add("run", "acme", work)

    async def heard() -> list[Pulsed | None]:
        told, cancelled = another.look(job.id, "acme"), False
        assert told is not None
        pulses: list[Pulsed | None] = []
        async for pulse in follow(another, told):
            pulses.append(pulse)
            if not cancelled and Pulsed("ingest", 7, 0.5) in pulses:
                cancelled = another.cancel(job.id, "acme")
        return pulses

    assert [pulse for pulse in asyncio.run(heard()) if pulse] == [Pulsed("ingest", 7, 0.5), Pulsed("ingest", 2)]
    assert (another.look(job.id, "acme"), another.cancel(job.id, "acme")) == (job.told(), False)


def test_what_another_process_does_is_counted_and_what_comes_first_too(
    queue: Queue, another: Queue, held: Held
) -> None:
    queue.add("verify", "acme", held)
    held.begun.wait()
    job = queue.add("run", "acme", lambda _: {})
    told = another.look(job.id, "acme")
    assert told == job.told(ahead=0 if told is None else told.ahead)
    assert another.cancel("no such job", "acme") is False


def test_the_job_of_a_process_that_is_gone_is_told_as_lost(another: Queue, ledger: Ledger) -> None:
    row = JobRow("j1", "acme", "verify", "a worker that died", 5, "running", {"verify": [7, None, False]})
    ledger.jobs.tell(row)
    ledger.jobs.lose()
    told = another.look("j1", "acme")
    assert told is not None
    assert (told.state, told.failure, told.steps) == ("failed", LOST, {"verify": Step(7)})
    assert another.counts() == {"waiting": 0, "running": 0}
