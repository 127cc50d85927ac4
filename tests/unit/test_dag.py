"""The graph of steps: order, parallel branches, what each step is handed, and what it draws."""

import threading

import pytest

from kith.etl.dag import Dag, Step, run_step
from kith.etl.trace import Pulse, Trace


def trace() -> Trace:
    return Trace(clock=lambda: 0)


Names = tuple[str, ...]


def adding(name: str, *after: str) -> Step[Names]:
    def add(batch: Names) -> Names:
        return (*batch, name)

    return Step(name, add, after)


def same(name: str, *after: str) -> Step[int]:
    def keep(batch: int) -> int:
        return batch

    return Step(name, keep, after)


def test_steps_run_in_the_order_of_what_they_come_after() -> None:
    dag = Dag([adding("c", "b"), adding("a"), adding("b", "a")])
    assert dag.order == ("a", "b", "c")
    assert dag.run((), trace()) == ("a", "b", "c")


def test_a_step_is_handed_what_the_first_of_its_predecessors_gave_and_waits_for_the_others() -> None:
    seen: list[str] = []

    def left(batch: Names) -> Names:
        seen.append("left")
        return (*batch, "left")

    def right(batch: Names) -> Names:
        seen.append("right")
        return (*batch, "right")

    branches = [Step("left", left, ("top",)), Step("right", right, ("top",))]
    dag = Dag([adding("top"), *branches, adding("end", "right", "left")])
    assert dag.run((), trace()) == ("top", "right", "end")
    assert sorted(seen) == ["left", "right"]


def test_independent_steps_run_at_the_same_time() -> None:
    both = threading.Barrier(2)

    def meet(batch: int) -> int:
        both.wait(timeout=20)  # passes only when the other step is under way too
        return batch

    dag = Dag([Step("a", meet), Step("b", meet), same("end", "a", "b")])
    assert dag.run(7, trace()) == 7


def test_an_error_in_one_branch_lets_the_other_finish_and_is_raised() -> None:
    finished = threading.Event()
    failed = threading.Event()

    def fails(_batch: int) -> int:
        failed.set()
        raise RuntimeError("the branch broke")

    def slow(batch: int) -> int:
        failed.wait(timeout=20)
        finished.set()
        return batch

    dag = Dag([Step("fails", fails), Step("slow", slow), same("end", "slow", "fails")])
    with pytest.raises(RuntimeError, match="the branch broke"):
        dag.run(1, trace())
    assert finished.is_set()


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([same("a"), same("a")], "same name"),
        ([same("a", "b")], "not there: \\['b'\\]"),
        ([same("a", "b"), same("b", "a")], "circle"),
        ([same("a"), same("b")], "one end"),
    ],
)
def test_a_graph_that_makes_no_sense_is_refused(steps: list[Step[int]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Dag(steps)


def test_it_draws_itself() -> None:
    dag = Dag([adding("a"), adding("b", "a"), adding("c", "b", "a")])
    assert dag.mermaid() == "flowchart LR\n    a --> b\n    b --> c\n    a --> c"


def test_each_step_is_on_record_with_records_outcome_and_pulse() -> None:
    pulses: list[Pulse] = []
    times = iter(range(100, 200))
    kept = Trace(clock=lambda: next(times), pulse=pulses.append)
    kept.expect(["a", "never"])

    def size(batch: int) -> tuple[int, int]:
        return batch, 10

    def divide(batch: int) -> int:
        return batch // 0

    run_step(Step("a", same("a").run, size=size), 3, kept)
    with pytest.raises(ZeroDivisionError):
        run_step(Step("b", divide, size=size), 1, kept)
    rows = {row.stage: (row.records, row.status, row.started_at) for row in kept.rows()}
    assert rows == {"a": (3, "succeeded", 100), "never": (0, "succeeded", 100), "b": (1, "failed", 102)}
    assert pulses == [Pulse("a", 10)]
