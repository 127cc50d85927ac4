"""The steps of a run, and how fast it went: worked out, and drawn."""

from collections.abc import Mapping

import pytest

from kith.dashboard.data.batches import Commits, Throughput, rates
from kith.dashboard.data.runs import AFTER, STEPS, Progress, Run, StepDone, steps_of
from kith.dashboard.run_charts import steps_dot, steps_told
from kith.etl.delivery import DELIVERY_STEPS
from kith.etl.steps import FRONT_STEPS, whole_dag


def test_steps_are_those_of_the_pipeline() -> None:
    assert list(AFTER) == list(STEPS) == [*FRONT_STEPS, *DELIVERY_STEPS]
    drawn = {line.strip() for line in whole_dag().mermaid().splitlines()[1:]}
    assert drawn == {f"{before} --> {name}" for name, named in AFTER.items() for before in named}


def test_steps_of_a_run_at_work() -> None:
    run = Run("r", "running", 2, 2, 0, 0, 1, 1.0, 2.0, None, "2026-03-01T09:30:00Z", None, 0, (), {})
    steps = {one.name: one for one in steps_of(run, progress=Progress({"ingest": 5, "other": 1}, 0.5))}
    assert steps["ingest"] == StepDone("ingest", 5, None, "working")
    assert steps["publish"] == StepDone("publish", 0, None, "waiting")
    assert steps["other"] == StepDone("other", 1, None, "working")
    assert list(steps) == [*AFTER, "other"]


@pytest.mark.parametrize(
    ("steps", "share", "done"),
    [({"ingest": 8, "commit": 2}, 0.5, 0.125), ({"ingest": 8}, 0.5, 0.0), ({}, 0.5, None), ({"ingest": 8}, None, None)],
)
def test_how_much_is_done(steps: Mapping[str, int], share: float | None, done: float | None) -> None:
    assert Progress(steps, share).done == done


def test_steps_are_drawn_with_what_they_did() -> None:
    steps = [
        StepDone("documents", 2000, 0.85, "succeeded"),
        StepDone("vectors", 5, None, "working"),
        StepDone("evidence", 0, 0.0, "idle"),
        StepDone('a "\\n" b', 0, None, "waiting"),
    ]
    drawn = steps_dot(steps).splitlines()
    assert '"documents" [label="documents\\n2,000 · 850 ms", color="#1f9c80", style="rounded", ' in drawn[4]
    assert drawn[5] == '"vectors" [label="vectors\\n5", color="#4c7fd0", style="rounded", tooltip="vectors: at work"]'
    assert '"evidence" [label="evidence\\n0 · 0.0 ms\\nhad nothing to do", ' in drawn[6]
    assert drawn[7].startswith('"a \\"\\\\n\\" b" [label="a \\"\\\\n\\" b", ')
    assert drawn[8:] == ['"documents" -> "vectors"', '"documents" -> "evidence"', "}"]
    assert steps_told(steps[:2]) == (
        "The steps of the run. documents: 2,000 records, succeeded; vectors: 5 records, at work."
    )


def test_how_fast_it_went() -> None:
    def rate(begun: int, ended: int, per_second: float) -> Throughput:
        return Throughput(1000 * begun, 1000 * ended, per_second)

    assert rates(Commits(0, 2500, ((400, 10), (1000, 4), (2500, 6)))) == (rate(0, 1, 10), rate(1, 2, 4), rate(2, 3, 6))
    # Over two seconds each, so that there are no more than forty.
    long = rates(Commits(0, 60_000, ((0, 10), (60_000, 6))))
    assert (len(long), long[0], long[-1]) == (30, rate(0, 2, 5), rate(58, 60, 3))
    assert sum(one.per_second * 2 for one in long) == 16
    assert rates(Commits(0, 900, ((400, 10), (500, 4)))) == ()
    assert rates(Commits(0, 9000, ((400, 10),))) == ()
