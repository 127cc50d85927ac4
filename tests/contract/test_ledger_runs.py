"""Runs as they happened, the events they gave off, and the records they turned away."""

import json
from dataclasses import replace

import pytest

from kith.persona.identity import Json, identity
from kith.persona.model import Rejection
from kith.stores.ledger_port import Commit, Item, Lease, Ledger, RejectionRow, RunRow, RunTotals, StageRow

HARD = ["'", '"', "\\", "%_", "'; DROP TABLE pipeline_runs; --", "ünïcödé 名前 🙂", "a\nb\tc", " ", "{0}", ":name"]
ANA = 'Ana "ñ" O\'Hara_%\\'
STAGES = (
    StageRow("ingest", 12, 0.25, "succeeded", 1_800_000_000_001, 1_800_000_000_251),
    StageRow("embed", 10, 1e-9, "failed", -1, 999),
    StageRow("ingest", 0, 0.0, "interrupted", 0, 0),
)


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


def test_what_was_begun_before_a_run(ledger: Ledger, clock: list[int]) -> None:
    for n, tenant in enumerate(("t", "t", "s", "t", "t", "t")):
        clock[0] += n % 2  # by twos at one moment
        ledger.runs.start(f"r{n}", tenant)
    every = ledger.runs.latest("t")
    assert [run.run_id for run in every] == ["r5", "r4", "r3", "r1", "r0"]
    for place, run in enumerate(every, start=1):
        assert ledger.runs.latest("t", before=run.run_id) == every[place:]
        assert ledger.runs.latest("t", before=run.run_id, limit=2) == every[place : place + 2]
    assert [ledger.runs.latest(tenant, before=run) for tenant, run in (("t", "r2"), ("t", "r9"), ("s", "r5"))] == [
        []
    ] * 3


def test_totals_are_sums_over_all_runs_of_everybody(ledger: Ledger, lease: Lease) -> None:
    assert ledger.runs.totals() == RunTotals({}, 0, 0, 0, 0, {}, {})
    rejections: list[Rejection] = []
    for n, tenant in enumerate(("t", "s", "t", "t")):
        ledger.runs.start(f"r{n}", tenant)
        rejections.append(rejection(n))
        items = tuple(Item(f"k{n} {m}", "ana", "a", 1, "file", f"line {m}") for m in range(10 * n))
        ledger.batches.commit(lease, Commit(f"b{n}", f"r{n}", tenant, 0, True, items, 7, rejections))
        if n:
            status = "failed" if n == 2 else "succeeded"
            ledger.runs.finish(f"r{n}", status, stages=STAGES[:n], error=None, sources_unchanged=0)
    assert ledger.runs.totals() == RunTotals(
        runs={"running": 1, "succeeded": 2, "failed": 1},
        accepted=60,
        duplicate=28,
        rejected=10,
        batches=4,
        records={"ingest": 36, "embed": 20},
        seconds={"ingest": 0.75, "embed": 2e-9},
    )


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


def test_abandon_ends_runs_begun_by_a_clock_that_was_ahead(ledger: Ledger, clock: list[int]) -> None:
    ledger.runs.start("ahead", "t")
    clock[0] -= 1000
    assert ledger.runs.abandon(older=0) == []
    assert ledger.runs.abandon() == ["ahead"]
    assert [(run.run_id, run.status) for run in ledger.runs.latest("t")] == [("ahead", "abandoned")]


def test_beside_others_only_runs_that_are_old_are_abandoned(ledger: Ledger, clock: list[int]) -> None:
    ledger.runs.start("old", "t")
    clock[0] += 1000
    ledger.runs.start("new", "t")
    assert ledger.runs.abandon(older=1001) == []
    assert ledger.runs.abandon(older=1000) == ["old"]
    ledger.runs.finish("old", "succeeded", stages=[], error=None, sources_unchanged=0)
    assert [(run.run_id, run.status) for run in ledger.runs.latest("t")] == [("new", "running"), ("old", "succeeded")]


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


def about_ana() -> list[Rejection]:
    raws = {
        ANA: "of anybody",
        None: json.dumps({"user_id": ANA}),
        "bob": json.dumps({"user_id": "bob", "to": ANA}),
        ANA[:-1]: json.dumps({"user_id": ANA}),
    }
    said = [Rejection("bad_value", "no", "file", f"line {user}", raw, user) for user, raw in raws.items()]
    texts = (json.dumps([ANA], ensure_ascii=False), ANA, json.dumps([ANA.upper()]), json.dumps(ANA + "x"), "")
    return [*said, *(Rejection("not_json", "no", "file", f"line {n}", text) for n, text in enumerate(texts))]


def test_rejections_about_a_person_are_those_that_go_with_them(ledger: Ledger, lease: Lease, clock: list[int]) -> None:
    found = about_ana()
    theirs = [found[0], found[1], found[4]]
    rows = sorted((kept(one, at=clock[0]) for one in theirs), key=lambda row: row.id)
    reject(ledger, lease, *found)
    reject(ledger, lease, *found, tenant="s", run="r2")
    runs = ledger.runs
    assert runs.rejections("t", user_id=ANA) == rows
    assert runs.rejections("t", user_id=ANA, limit=2) == rows[:2]
    assert runs.rejections("t", user_id=ANA, after=rows[0].id) == rows[1:]
    assert runs.rejections("t", user_id=ANA, code="not_json") == [kept(theirs[2], at=clock[0])]
    assert runs.rejections("t", user_id=ANA, run_id="r2") == runs.rejections("t", user_id="nobody") == []
    assert ledger.people.count("t", ANA)["rejections"] == 3
    assert ledger.people.delete(lease, "t", ANA)["rejections"] == 3
    assert runs.rejections("t", user_id=ANA) == []
    assert (len(runs.rejections("t")), len(runs.rejections("s", user_id=ANA))) == (6, 3)


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
