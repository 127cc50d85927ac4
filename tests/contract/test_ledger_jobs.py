"""Long work of the API's processes: each is told how the others' stands, and can have it ended."""

from collections.abc import Callable
from dataclasses import replace

from kith.stores.jobs_port import JobRow, SeenJob
from kith.stores.ledger_port import Ledger

HARD = 'Ana "ñ" O\'Hara_%\\'
SILENCE = 60_000


def job(number: int, *, tenant: str = "t", worker: str = "w1") -> JobRow:
    return JobRow(f"j{number}", tenant, "run", worker, number)


def over(row: JobRow) -> JobRow:
    return replace(row, state="over", outcome={"result": {"read": 7, "person": HARD}})


def test_a_job_is_found_as_it_was_last_told(ledger: Ledger, another_ledger: Callable[[], Ledger]) -> None:
    first, other = job(1), another_ledger()
    assert ledger.jobs.find("t", "j1", silence=SILENCE) is None
    for row in (first, replace(first, state="running", progress={HARD: [7, 0.5, False]}), over(first)):
        ledger.jobs.tell(row)
        assert other.jobs.find("t", "j1", silence=SILENCE) == SeenJob(row, lost=False, ahead=0)
    assert other.jobs.find("s", "j1", silence=SILENCE) is None


def test_another_tenants_job_is_not_told_over(ledger: Ledger) -> None:
    ledger.jobs.tell(job(1))
    ledger.jobs.tell(replace(job(1, tenant="s"), state="running"))
    assert ledger.jobs.find("t", "j1", silence=SILENCE) == SeenJob(job(1), lost=False, ahead=0)
    assert ledger.jobs.find("s", "j1", silence=SILENCE) is None


def test_what_waits_has_before_it_what_its_worker_does_first(ledger: Ledger) -> None:
    rows = [over(job(1)), replace(job(2), state="running"), job(3), job(4, worker="w2"), job(5)]
    for row in rows:
        ledger.jobs.tell(row)
    seen = [ledger.jobs.find("t", row.job_id, silence=SILENCE) for row in rows]
    assert [one.ahead for one in seen if one is not None] == [0, 0, 1, 0, 2]
    assert ledger.jobs.counts(silence=SILENCE) == {"waiting": 3, "running": 1}


def test_only_what_goes_on_can_be_ended_and_its_worker_hears_of_it(ledger: Ledger) -> None:
    for row in (job(1), job(2), over(job(3)), job(4, worker="w2")):
        ledger.jobs.tell(row)
    assert [ledger.jobs.cancel(tenant, name) for tenant, name in (("t", "j1"), ("s", "j2"), ("t", "j3"))] == [
        True,
        False,
        False,
    ]
    ledger.jobs.tell(replace(job(1), state="running"))  # its worker tells more before it hears
    assert [ledger.jobs.still_here(worker) for worker in ("w1", "w2", "")] == [{"j1"}, set(), set()]


def test_whose_worker_is_silent_is_lost_until_it_is_heard_of(ledger: Ledger) -> None:
    for row in (job(1), replace(job(2), state="running"), over(job(3))):
        ledger.jobs.tell(row)
    ledger.jobs.lose()

    def lost() -> list[bool]:
        seen = (ledger.jobs.find("t", f"j{n}", silence=SILENCE) for n in (1, 2, 3))
        return [one.lost for one in seen if one is not None]

    assert (lost(), ledger.jobs.counts(silence=SILENCE)) == ([True, True, False], {"waiting": 0, "running": 0})
    ledger.jobs.still_here("w1")
    assert (lost(), ledger.jobs.counts(silence=SILENCE)) == ([False] * 3, {"waiting": 1, "running": 1})


def test_the_newest_that_are_over_are_kept(ledger: Ledger) -> None:
    for row in (over(job(1)), job(2), over(job(3)), over(job(4)), over(job(1, tenant="s"))):
        ledger.jobs.tell(replace(row, job_id=f"{row.tenant}{row.job_id}"))
    ledger.jobs.drop_oldest("t", keep=2)
    left = [
        (tenant, n)
        for tenant, n in (("t", 1), ("t", 2), ("t", 3), ("t", 4), ("s", 1))
        if ledger.jobs.find(tenant, f"{tenant}j{n}", silence=SILENCE) is not None
    ]
    assert left == [("t", 2), ("t", 3), ("t", 4), ("s", 1)]
    ledger.jobs.drop_oldest("s", keep=2)
    assert ledger.jobs.find("s", "sj1", silence=SILENCE) is not None


def test_forgetting_somebody_takes_what_came_of_jobs_of_their_tenant(ledger: Ledger) -> None:
    for row in (over(job(1)), job(2), over(job(3, tenant="s"))):
        ledger.jobs.tell(row)
    lease = ledger.leases.take([0], holder="ann", seconds=60)
    assert lease is not None
    ledger.people.delete(lease, "t", "ana")
    seen = [ledger.jobs.find(tenant, name, silence=SILENCE) for tenant, name in (("t", "j1"), ("t", "j2"), ("s", "j3"))]
    assert [one is not None for one in seen] == [False, True, True]
