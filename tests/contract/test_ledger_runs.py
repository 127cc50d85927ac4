"""Runs as they happened, the events they gave off, and the records they turned away."""

from dataclasses import replace

import pytest

from kith.persona.identity import Json, identity
from kith.persona.model import Rejection
from kith.stores.ledger_port import Commit, Lease, Ledger, RejectionRow, RunRow, StageRow

HARD = ["'", '"', "\\", "%_", "'; DROP TABLE pipeline_runs; --", "ünïcödé 名前 🙂", "a\nb\tc", " ", "{0}", ":name"]
STAGES = (
    StageRow("ingest", 12, 0.25, "succeeded", 1_800_000_000_001, 1_800_000_000_251),
    StageRow("embed", 10, 1e-9, "failed", -1, 999),
    StageRow("ingest", 0, 0.0, "interrupted", 0, 0),
)


@pytest.fixture
def lease(ledger: Ledger) -> Lease:
    lease = ledger.leases.take([0], holder="ann", seconds=60)
    assert lease is not None
    return lease


def reject(ledger: Ledger, lease: Lease, *rejections: Rejection, run: str = "r1", tenant: str = "t") -> None:
    ledger.batches.commit(lease, Commit(f"b of {run}", run, tenant, 0, True, (), 0, rejections))


def rejection(n: int, *, code: str = "not_json") -> Rejection:
    assert code in ("not_json", "too_large")
    return Rejection(code, f"detail {n}", "file", f"line {n}", f"raw {n}", None if n % 2 else f"u{n}")


def kept(one: Rejection, *, at: int, run: str = "r1", tenant: str = "t") -> RejectionRow:
    return RejectionRow(identity("rejection", tenant, one.source, one.position, one.code, one.raw), run, at, one)


def test_a_run_is_kept_as_it_ended(ledger: Ledger, clock: list[int]) -> None:
    started = clock[0]
    ledger.runs.start("r1", "t")
    running = RunRow("r1", "t", "running", started, None, 0, 0, 0, 0, 0, None)
    assert ledger.runs.get("r1") == running
    clock[0] += 1234
    ledger.runs.finish("r1", "failed", stages=STAGES, error="the disk is full", sources_unchanged=3)
    assert ledger.runs.get("r1") == replace(
        running,
        status="failed",
        finished_at=started + 1234,
        error="the disk is full",
        sources_unchanged=3,
        stages=STAGES,
    )
    assert ledger.runs.get("r2") is None


def test_finishing_again_sets_it_anew(ledger: Ledger, clock: list[int]) -> None:
    ledger.runs.start("r1", "t")
    ledger.runs.finish("r1", "failed", stages=STAGES, error="no", sources_unchanged=3)
    ledger.runs.finish("r1", "succeeded", stages=STAGES[:1], error=None, sources_unchanged=0)
    expected = RunRow("r1", "t", "succeeded", clock[0], clock[0], 0, 0, 0, 0, 0, None, 0, STAGES[:1])
    assert ledger.runs.get("r1") == expected


def test_starting_again_changes_nothing(ledger: Ledger, clock: list[int]) -> None:
    ledger.runs.start("r1", "t")
    before = ledger.runs.get("r1")
    clock[0] += 5
    ledger.runs.start("r1", "t")
    assert ledger.runs.get("r1") == before


def test_the_latest_runs_of_a_tenant_come_newest_first(ledger: Ledger, clock: list[int]) -> None:
    for n, tenant in enumerate(("t", "s", "t", "t")):
        ledger.runs.start(f"r{n}", tenant)
        ledger.runs.finish(f"r{n}", "succeeded", stages=STAGES[:n], error=None, sources_unchanged=0)
        clock[0] += 1
    assert [(run.run_id, run.stages) for run in ledger.runs.latest("t")] == [
        ("r3", STAGES[:3]),
        ("r2", STAGES[:2]),
        ("r0", ()),
    ]
    assert [run.run_id for run in ledger.runs.latest("t", limit=1)] == ["r3"]
    assert [run.run_id for run in ledger.runs.latest("s")] == ["r1"]
    assert ledger.runs.latest("v") == []
    assert ledger.tenants() == ["s", "t"]


def test_abandon_ends_what_still_says_running(ledger: Ledger, clock: list[int]) -> None:
    for n in (2, 1):
        ledger.runs.start(f"r{n}", "t")
        clock[0] += 10
    ledger.runs.start("done", "s")
    ledger.runs.finish("done", "interrupted", stages=(), error=None, sources_unchanged=0)
    assert ledger.runs.abandon() == ["r2", "r1"]
    assert [(run.status, run.finished_at) for run in ledger.runs.latest("t")] == [("abandoned", clock[0])] * 2
    assert [run.status for run in ledger.runs.latest("s")] == ["interrupted"]
    assert ledger.runs.abandon() == []


def test_rejections_come_by_id_and_by_what_is_asked(ledger: Ledger, lease: Lease, clock: list[int]) -> None:
    now, found = clock[0], [rejection(n) for n in range(3)]
    large = rejection(9, code="too_large")
    reject(ledger, lease, *found)
    clock[0] += 5
    reject(ledger, lease, large, run="r2")
    reject(ledger, lease, rejection(0), tenant="s")
    of_first = sorted((kept(one, at=now) for one in found), key=lambda row: row.id)
    everything = sorted([*of_first, kept(large, at=now + 5, run="r2")], key=lambda row: row.id)
    runs = ledger.runs
    assert runs.rejections("t") == everything
    assert runs.rejections("t", limit=2) == everything[:2]
    assert runs.rejections("t", after=everything[1].id) == everything[2:]
    assert runs.rejections("t", run_id="r1") == of_first
    assert runs.rejections("t", code="too_large") == [kept(large, at=now + 5, run="r2")]
    assert runs.rejections("t", code="too_large", run_id="r1") == []
    assert runs.rejection_counts("t") == {"not_json": 3, "too_large": 1}
    assert runs.rejection_counts("t", "r2") == {"too_large": 1}
    assert runs.rejection_counts("v") == {}
    assert runs.rejection("t", everything[0].id) == everything[0]
    assert runs.rejection("s", everything[0].id) is None


def test_a_rejection_found_again_stands_once_with_the_later_run(ledger: Ledger, lease: Lease, clock: list[int]) -> None:
    reject(ledger, lease, rejection(1), rejection(1))
    clock[0] += 5
    again = replace(rejection(1), detail="said better")
    reject(ledger, lease, again, run="r2")
    assert ledger.runs.rejections("t") == [kept(again, at=clock[0], run="r2")]


def test_dropped_rejections_are_gone(ledger: Ledger, lease: Lease) -> None:
    reject(ledger, lease, *(rejection(n) for n in range(3)))
    reject(ledger, lease, rejection(0), tenant="s")
    ids = [row.id for row in ledger.runs.rejections("t")]
    assert ledger.runs.drop_rejections("s", ids) == 0
    assert ledger.runs.drop_rejections("t", [*ids[:2], "nothing"]) == 2
    assert ledger.runs.drop_rejections("t", []) == 0
    assert [row.id for row in ledger.runs.rejections("t")] == ids[2:]
    assert len(ledger.runs.rejections("s")) == 1


def test_events_stay_in_their_order_and_stand_once(ledger: Ledger) -> None:
    start: dict[str, Json] = {"eventType": "START", "run": {"runId": "r1"}, "inputs": [1, 2.5, None, "名前", True]}
    done: dict[str, Json] = {"eventType": "COMPLETE"}
    for event in (start, done, start):
        ledger.runs.record_event("r1", event)
    ledger.runs.record_event("r2", done)
    assert ledger.runs.events("r1") == [start, done]
    assert ledger.runs.events("r2") == [done]
    assert ledger.runs.events("r3") == []


@pytest.mark.parametrize("hard", HARD)
def test_any_text_serves(ledger: Ledger, lease: Lease, clock: list[int], hard: str) -> None:
    ledger.runs.start(hard, hard)
    stages = (StageRow(hard, 1, 0.5, "succeeded", 1, 2),)
    ledger.runs.finish(hard, "failed", stages=stages, error=hard, sources_unchanged=0)
    one = Rejection("bad_value", hard, hard, hard, hard, hard)
    reject(ledger, lease, one, run=hard, tenant=hard)
    ledger.runs.record_event(hard, {hard: hard})
    run = RunRow(hard, hard, "failed", clock[0], clock[0], 1, 0, 0, 1, 1, hard, 0, stages)
    assert (ledger.runs.get(hard), ledger.runs.latest(hard)) == (run, [run])
    assert ledger.runs.rejections(hard, run_id=hard) == [kept(one, at=clock[0], run=hard, tenant=hard)]
    assert ledger.runs.events(hard) == [{hard: hard}]


def test_many_rejections_go_in_one_commit(ledger: Ledger, lease: Lease) -> None:
    reject(ledger, lease, *(rejection(n) for n in range(10_000)))
    rows = ledger.runs.rejections("t", limit=20_000)
    assert len(rows) == 10_000
    assert ledger.runs.drop_rejections("t", [row.id for row in rows]) == 10_000
