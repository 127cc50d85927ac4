"""How far a run has come: counts that are exact, and source marks that never run ahead of what is committed."""

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kith.persona.model import Rejection
from kith.stores.errors import RecordRefused
from kith.stores.ledger_port import Commit, Item, Lease, Ledger, OpenBatch, RunRow, SourceMark

number = count()


@pytest.fixture
def lease(ledger: Ledger) -> Lease:
    lease = ledger.leases.take([0], holder="ann", seconds=60)
    assert lease is not None
    ledger.runs.start("r1", "t")
    return lease


def items(sequence: int, number: int) -> tuple[Item, ...]:
    return tuple(Item(f"k{sequence}-{n}", "u1", "a", 1, "file", f"line {n}") for n in range(number))


def mark(offset: int, *, source: str = "file", finished: bool = False) -> SourceMark:
    return SourceMark(source, offset, f"digest of {offset}", finished)


def commit(
    sequence: int,
    *,
    accepted: int = 0,
    duplicate: int = 0,
    rejected: int = 0,
    run: str = "r1",
    last_piece: bool = True,
    marks: tuple[SourceMark, ...] = (),
) -> Commit:
    rejections = [Rejection("not_json", "no", "file", f"{sequence}.{n}", "{") for n in range(rejected)]
    batch = f"{run} {sequence}"
    return Commit(batch, run, "t", sequence, last_piece, items(sequence, accepted), duplicate, rejections, marks)


def counts(ledger: Ledger, run: str = "r1") -> tuple[int, int, int, int, int]:
    row = ledger.runs.get(run)
    assert row is not None
    return (row.read, row.accepted, row.duplicate, row.rejected, row.batches)


def test_a_run_starts_at_nothing_and_counts_its_commits(ledger: Ledger, lease: Lease, clock: list[int]) -> None:
    assert ledger.runs.get("r1") == RunRow("r1", "t", "running", clock[0], None, 0, 0, 0, 0, 0, None)
    ledger.batches.commit(lease, commit(0, accepted=3, duplicate=2, rejected=1))
    assert counts(ledger) == (6, 3, 2, 1, 1)
    ledger.batches.commit(lease, commit(1, duplicate=4))
    assert counts(ledger) == (10, 3, 6, 1, 2)
    ledger.batches.commit(lease, commit(2))
    assert counts(ledger) == (10, 3, 6, 1, 3)


def test_a_commit_that_is_repeated_counts_once(ledger: Ledger, lease: Lease) -> None:
    first = commit(0, accepted=3, duplicate=2, rejected=1, marks=(mark(7),))
    piece = commit(1, accepted=2, last_piece=False)
    assert ledger.batches.commit(lease, first) == {"u1": 1}
    for again in (first, piece, piece, first):
        ledger.batches.commit(lease, again)
    assert counts(ledger) == (8, 5, 2, 1, 1)
    assert ledger.batches.mark("t", "file") == mark(7)


def test_pieces_are_one_batch(ledger: Ledger, lease: Lease) -> None:
    whole = items(0, 4)
    for n, part in enumerate((whole[:2], whole[2:3])):
        ledger.batches.commit(lease, Commit("b", "r1", "t", 0, False, part, 1 - n, ()))
        assert counts(ledger)[4] == 0
    ledger.batches.commit(lease, Commit("b", "r1", "t", 0, True, whole[3:], 0, (), (mark(9),)))
    assert counts(ledger) == (5, 4, 1, 0, 1)
    assert ledger.batches.mark("t", "file") == mark(9)


def test_marks_of_a_piece_wait_for_the_last_one(ledger: Ledger, lease: Lease) -> None:
    ledger.batches.commit(lease, commit(0, accepted=1, last_piece=False, marks=(mark(5), mark(3, source="other"))))
    assert ledger.batches.mark("t", "file") is None
    ledger.batches.commit(lease, commit(0, accepted=2, marks=(mark(9, finished=True),)))
    assert ledger.batches.mark("t", "file") == mark(9, finished=True)
    assert ledger.batches.mark("t", "other") == mark(3, source="other")


def test_marks_wait_for_every_batch_before(ledger: Ledger, lease: Lease) -> None:
    seen: list[int | None] = []
    for sequence in (1, 3, 0, 4, 2):
        ledger.batches.commit(lease, commit(sequence, accepted=1, marks=(mark(sequence * 10),)))
        found = ledger.batches.mark("t", "file")
        seen.append(None if found is None else found.offset)
    assert seen == [None, None, 10, 10, 40]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(6)))
def test_the_mark_is_the_end_of_the_longest_committed_prefix(ledger: Ledger, lease: Lease, order: list[int]) -> None:
    run = f"run {next(number)}"
    ledger.runs.start(run, "t")
    done: set[int] = set()
    for sequence in order:
        done.add(sequence)
        ledger.batches.commit(lease, commit(sequence, run=run, duplicate=1, marks=(mark(sequence + 1, source=run),)))
        prefix = next(n for n in range(7) if n not in done)
        assert ledger.batches.mark("t", run) == (mark(prefix, source=run) if prefix else None)
    assert counts(ledger, run) == (6, 0, 6, 0, 6)


def test_a_run_that_never_started_leaves_deliveries_and_no_marks(ledger: Ledger, lease: Lease) -> None:
    ledger.batches.commit(lease, commit(0, run="r9", accepted=1, marks=(mark(9),)))
    assert ledger.batches.count("t") == 1
    assert ledger.batches.mark("t", "file") is None
    assert ledger.runs.get("r9") is None


def test_marks_are_the_tenants_own_and_the_last_run_sets_them(ledger: Ledger, lease: Lease) -> None:
    ledger.batches.commit(lease, commit(0, marks=(mark(90, finished=True),)))
    ledger.runs.start("r2", "t")
    ledger.batches.commit(lease, commit(0, run="r2", marks=(mark(20),)))
    assert ledger.batches.mark("t", "file") == mark(20)
    assert ledger.batches.mark("s", "file") is None


def test_a_record_that_cannot_be_kept_takes_the_whole_commit_back(ledger: Ledger, lease: Lease) -> None:
    good = items(0, 1)
    bad = Item("k", "u2", "a", 1 << 70, "file", "line 9")
    row = OpenBatch("b", "r1", "messages", "t", "ann", (0,), 1, good)
    ledger.batches.open(lease, row)
    for spoilt in (bad, Item("k\ud800", "u2", "a", 1, "file", "line 9")):
        with pytest.raises(RecordRefused):
            ledger.batches.commit(lease, Commit("b", "r1", "t", 0, True, (*good, spoilt), 0, (), (mark(9),)))
    assert ledger.batches.opened() == [row]
    assert ledger.batches.count("t") == 0
    assert ledger.batches.generation("t", "u1") == 0
    assert counts(ledger) == (0, 0, 0, 0, 0)
    assert ledger.batches.mark("t", "file") is None
