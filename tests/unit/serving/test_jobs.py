"""The queue of long work: its order, its bounds, how it is followed, and how it ends."""

import asyncio
import threading
from collections.abc import Callable, Generator

import pytest

from kith.persona.errors import BadInput
from kith.persona.identity import Json
from kith.serving.frame.problems import Refusal
from kith.serving.operations.jobs import Failure, Job, Pulsed, Queue, Stopped, follow


@pytest.fixture
def queue() -> Generator[Queue]:
    made = Queue(clock=lambda: 1_770_000_000_000, most_waiting=2)
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


def ended(job: Job) -> list[Pulsed]:
    """Follows a job to its end: all that it told."""

    async def heard() -> list[Pulsed]:
        return [pulse async for pulse in follow(job) if pulse is not None]

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
    ended(third)
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
    ended(job)
    assert seen == ["discarded"]


def test_a_job_is_its_tenants_alone(queue: Queue) -> None:
    job = queue.add("verify", "acme", lambda _: {})
    assert queue.get(job.id, "acme") is job
    assert queue.get(job.id, "globex") is None


def test_what_is_over_can_be_dropped_and_what_goes_on_stays(queue: Queue, held: Held) -> None:
    over = queue.add("verify", "acme", lambda _: {"names": "somebody"})
    ended(over)
    other = queue.add("verify", "other", lambda _: {})
    ended(other)
    going = queue.add("repair", "acme", held)
    held.begun.wait()
    queue.drop_over("acme")
    found = (queue.get(over.id, "acme"), queue.get(other.id, "other"), queue.get(going.id, "acme"))
    assert found == (None, other, going)


def test_what_goes_wrong_is_told_by_its_kind(queue: Queue, caplog: pytest.LogCaptureFixture) -> None:
    def ours(_job: Job) -> dict[str, Json]:
        raise BadInput("mend it")

    def theirs(_job: Job) -> dict[str, Json]:
        raise ZeroDivisionError("a secret of alice")

    told, untold = queue.add("run", "acme", ours), queue.add("run", "acme", theirs)
    ended(untold)
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
    assert sum(pulse.read for pulse in ended(job) if pulse.step == "ingest") == 300
    assert ended(job) == [Pulsed("ingest", 300, 1.0), Pulsed("ingest", 0, 1.0), Pulsed("embed", 270)]


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
        async for pulse in follow(job):
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


def test_closing_stops_all_and_begins_no_more(held: Held) -> None:
    queue = Queue(clock=lambda: 0)
    first = queue.add("run", "acme", held)
    held.begun.wait()
    second = queue.add("run", "acme", lambda job: {"stopped": job.stop.is_set()})
    queue.stop()
    with pytest.raises(Refusal, match="about to end"):
        queue.add("run", "acme", lambda _: {})
    held.let_go.set()
    queue.close()
    assert [first.result, second.result] == [{"stopped": True}, {"stopped": True}]


def test_what_lasts_is_left_to_the_next_start_unless_it_was_cancelled(held: Held) -> None:
    queue, settled = Queue(clock=lambda: 0), list[str]()

    def add(name: str, work: Callable[[Job], dict[str, Json]]) -> Job:
        return queue.add_lasting(name, "run", "acme", work, settled=lambda: settled.append(name))

    going = add("going", held)
    held.begun.wait()
    waiting, cancelled = (add(name, lambda job: {"stopped": job.stop.is_set()}) for name in ("waiting", "cancelled"))
    cancelled.cancel()
    queue.stop()
    held.let_go.set()
    queue.close()
    assert [going.result, cancelled.result] == [{"stopped": True}, {"stopped": True}]
    assert waiting.failure == Failure(
        "Stopped", "the server ended before it was this one's turn: it is taken up again at the next start"
    )
    assert settled == ["cancelled"]


def test_what_was_taken_before_is_taken_again_however_many_wait(queue: Queue, held: Held) -> None:
    queue.add("verify", "acme", held)
    held.begun.wait()
    jobs = [queue.add_lasting(str(n), "run", "acme", lambda _: {}, settled=lambda: None, again=True) for n in range(5)]
    with pytest.raises(Refusal):
        queue.check_room()
    held.let_go.set()
    ended(jobs[-1])
    assert {job.state for job in jobs} == {"done"}
