"""One run: its counts, how it is stopped, and what is on record of it whatever ends it."""

import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kith.etl.delivery import Delivery
from kith.etl.engines import LocalEngine
from kith.etl.retry import Patience
from kith.etl.running import Runner, RunOptions, TooManyRejected
from kith.etl.sources import open_sources, records_source
from kith.etl.summary import RunSummary
from kith.persona.identity import Json
from kith.stores.errors import RecordRefused, Transient
from kith.wiring import App

Record = dict[str, Json]
Run = Callable[..., RunSummary]
Said = Callable[..., list[Record]]
Disturb = Callable[..., App]
Fresh = Callable[..., AbstractContextManager[App]]
Agreed = Callable[[App], dict[str, str]]
Undisturbed = Callable[..., dict[str, str]]

FEW = settings(max_examples=8, deadline=None)
TEXTS = ("Off to Porto", "Lake Como and Porto", "Monte Rosa", "nothing in particular")


def refuse_poison(call: str, given_: Sequence[object]) -> None:
    if call == "vectors.upsert_messages" and "Poison" in repr(given_):
        raise RecordRefused("no such thing")


def version(user: int, message: int, time: int, text: str) -> Record:
    """One version of one of a few messages."""
    timestamp = 1_770_000_000_000 + time
    return {"user_id": f"u{user}", "message_id": f"m{message}", "timestamp": timestamp, "message": text}


@st.composite
def told_twice(draw: st.DrawFn) -> tuple[list[Record], list[Record]]:
    """The same versions in two orders."""
    few = st.integers(0, 1)
    first = draw(st.lists(st.builds(version, few, few, st.integers(0, 2), st.sampled_from(TEXTS)), max_size=8))
    return first, draw(st.permutations(first))


@FEW
@given(told_twice(), st.integers(1, 4))
def test_edits_in_any_order_and_in_any_batches_come_to_the_same(
    fresh: Fresh, run: Run, agreed: Agreed, told: tuple[list[Record], list[Record]], batch_size: int
) -> None:
    digests: list[dict[str, str]] = []
    for records, size in zip(told, (40, batch_size), strict=True):
        with fresh() as app:
            run(app, records, batch_size=size)
            digests.append(agreed(app))
    assert digests[0] == digests[1]


def impatient(app: App) -> Runner:
    """A runner that soon gives up."""
    delivery = Delivery(app.writer(patience=Patience(seconds=0.1, first=0.01, longest=0.05)), clock=app.clock)
    return Runner(app.stores, app.tools, delivery, engine=LocalEngine(), clock=app.clock, emit=lambda _event: None)


kinds = st.sampled_from(["good", "broken", "again", "poison", "edited", "forgotten", "broken and forgotten"])


def record_of(kind: str, number: int) -> object:
    """A record of one kind; few of them, so that they come again."""
    record: Record = {
        "user_id": f"u{number}",
        "message_id": f"m{number}",
        "timestamp": 1_770_000_000_000,
        "message": "Off to Lake Como",
    }
    changes: dict[str, Record] = {
        "broken": {"timestamp": "yesterday"},
        "again": {"message_id": "m0", "user_id": "u0"},
        "poison": {"message": f"Poison {number}", "timestamp": 1_790_000_000_000},
        "edited": {"message": "Porto it is", "timestamp": 1_780_000_000_000},
        "forgotten": {"user_id": "nobody"},
        "broken and forgotten": {"user_id": "nobody", "timestamp": None},
    }
    return record | changes.get(kind, {})


@FEW
@given(st.lists(st.builds(record_of, kinds, st.integers(0, 4)), max_size=14), st.integers(1, 6))
def test_what_is_read_is_accepted_a_duplicate_or_rejected(
    fresh: Fresh, disturbed: Disturb, run: Run, agreed: Agreed, records: list[Record], batch_size: int
) -> None:
    with fresh() as app:
        app.stores.ledger.people.bury("acme", "nobody")
        done = run(disturbed(app, before=refuse_poison), records, batch_size=batch_size)
        assert done.read == len(records) == done.accepted + done.duplicate + done.rejected
        row = app.stores.ledger.runs.get(done.run_id)
        assert row is not None
        assert RunSummary.of(row, seconds=done.seconds, stores=done.stores) == done
        assert done.status == "succeeded"
        kept = app.stores.ledger.runs.rejections("acme")
        assert len(kept) == done.rejected
        assert [one.rejection.raw for one in kept if "nobody" in str(one)] == []
        forgotten = 0
        for start in range(0, len(records), batch_size):
            theirs = [one for one in records[start : start + batch_size] if one["user_id"] == "nobody"]
            broken = [one for one in theirs if one["timestamp"] is None]
            whole = {str(one) for one in theirs if one["timestamp"] is not None}  # a repeat in a batch is a duplicate
            forgotten += len(broken) + len(whole)
        assert app.stores.ledger.runs.rejection_counts("acme").get("forgotten", 0) == forgotten
        assert agreed(app)


def test_a_run_that_is_stopped_finishes_its_batch_and_is_resumed(
    app: App, talk: list[Record], talk_file: Path, agreed: Agreed, undisturbed: Undisturbed
) -> None:
    stop = threading.Event()
    batches = 0

    def reached(place: str) -> None:
        nonlocal batches
        batches += place == "before lease"
        if place == "after evidence" and batches == 2:
            stop.set()

    def read(stop: threading.Event | None = None) -> RunSummary:
        mark = app.stores.ledger.batches.mark
        sources = open_sources([str(talk_file)], known=lambda source: mark("acme", source), full=False)
        return app.runner(reached=reached).run(sources, RunOptions(tenant="acme", batch_size=30), stop=stop)

    done = read(stop)
    assert (done.status, done.read, done.accepted, done.batches) == ("interrupted", 60, 60, 2)
    row = app.stores.ledger.runs.get(done.run_id)
    assert row is not None
    assert (row.status, row.error, {stage.status for stage in row.stages}) == ("interrupted", None, {"interrupted"})
    done = read()
    assert (done.status, done.read, done.sources_unchanged) == ("succeeded", 182, 0)
    assert read().sources_unchanged == 1
    assert agreed(app) == undisturbed(talk)


def test_ctrl_c_in_a_program_waits_for_the_batch_in_flight(
    app: App, talk: list[Record], monkeypatch: pytest.MonkeyPatch, run: Run, agreed: Agreed, undisturbed: Undisturbed
) -> None:
    """As the main thread sees it: an exception out of waiting for the others."""
    pressed = threading.Event()
    going_on = threading.Event()
    join = threading.Thread.join

    def reached(place: str) -> None:
        if place == "before vectors":
            pressed.set()
            going_on.wait(timeout=20)

    def interrupted(thread: threading.Thread, timeout: float | None = None) -> None:
        if thread.name == "kith-pump-0" and not going_on.is_set():
            pressed.wait(timeout=20)
            going_on.set()
            raise KeyboardInterrupt
        join(thread, timeout)

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    runner = app.runner(reached=reached)
    with pytest.raises(KeyboardInterrupt):
        runner.run(records_source(talk), RunOptions(tenant="acme", batch_size=40))
    row = app.stores.ledger.runs.latest("acme")[0]
    assert (row.status, row.error, row.read) == ("interrupted", None, 40)
    assert app.stores.ledger.batches.opened() == []
    run(app, talk)
    assert agreed(app) == undisturbed(talk)


def test_the_share_of_rejections_is_judged_after_a_thousand_records(app: App, said: Said, run: Run) -> None:
    records = [*said(120, timestamp="yesterday"), *said(1500)[120:]]
    with pytest.raises(TooManyRejected) as problem:
        run(app, records, batch_size=250, max_rejected=0.1)
    assert str(problem.value).startswith("120 of 1000 records were rejected (12.0%), and --max-rejected allows 10.0%")
    row = app.stores.ledger.runs.latest("acme")[0]
    assert (row.status, row.read, row.rejected, row.error) == ("failed", 1000, 120, str(problem.value))
    assert app.stores.ledger.batches.count("acme") == 880


@pytest.mark.parametrize(("allowed", "status"), [(0.25, "succeeded"), (0.24, "failed")])
def test_the_share_of_rejections_is_judged_at_the_end(
    allowed: float, status: str, app: App, said: Said, run: Run
) -> None:
    records = [*said(3, message=""), *said(12)[3:]]
    if status == "failed":
        with pytest.raises(TooManyRejected):
            run(app, records, batch_size=5, max_rejected=allowed)
    else:
        run(app, records, batch_size=5, max_rejected=allowed)
    row = app.stores.ledger.runs.latest("acme")[0]
    assert (row.status, row.accepted, row.rejected) == (status, 9, 3)


def test_not_more_is_read_than_the_limit(app: App, talk_file: Path) -> None:
    def read(limit: int | None) -> tuple[int, int, int]:
        mark = app.stores.ledger.batches.mark
        sources = open_sources([str(talk_file)], known=lambda source: mark("acme", source), full=False)
        options = RunOptions(tenant="acme", batch_size=30, limit=limit)
        done = app.runner().run(sources, options)
        return done.read, done.accepted, done.batches

    assert read(70) == (70, 70, 3)
    assert read(20) == (20, 20, 1)
    assert read(None) == (152, 151, 6)


def test_a_mark_moves_on_over_what_is_committed_and_no_further(
    app: App, said: Said, tmp_path: Path, disturbed: Disturb
) -> None:
    file = tmp_path / "talk.jsonl"
    lines = [json.dumps(record) + "\n" for record in said(30)]
    file.write_text("".join(lines))
    puts = 0

    def third(call: str, _given: Sequence[object]) -> None:
        nonlocal puts
        puts += call == "documents.put_messages"
        if puts >= 3 and call.startswith("documents"):
            raise Transient("the disk is away")

    def read(with_app: App) -> RunSummary:
        mark = app.stores.ledger.batches.mark
        sources = open_sources([str(file)], known=lambda source: mark("acme", source), full=False)
        return impatient(with_app).run(sources, RunOptions(tenant="acme", batch_size=7))

    with pytest.raises(Transient, match="the disk is away"):
        read(disturbed(app, before=third))
    mark = app.stores.ledger.batches.mark("acme", str(file))
    assert mark is not None
    assert (mark.offset, mark.finished) == (len("".join(lines[:14])), False)
    assert [len(row.items) for row in app.stores.ledger.batches.opened()] == [7]
    done = read(app)
    assert (done.read, done.accepted) == (16, 16)
    mark = app.stores.ledger.batches.mark("acme", str(file))
    assert mark is not None
    assert (mark.offset, mark.finished) == (len("".join(lines)), True)


def test_a_failure_that_outlasts_all_patience_leaves_a_row_that_the_next_run_finishes(
    app: App, said: Said, disturbed: Disturb, run: Run, agreed: Agreed, undisturbed: Undisturbed
) -> None:
    def hook(call: str, _given: Sequence[object]) -> None:
        if call == "vectors.upsert_messages":
            raise Transient("the vector store does not answer")

    runner = impatient(disturbed(app, before=hook))
    with pytest.raises(Transient):
        runner.run(records_source(said(5)), RunOptions(tenant="acme"))
    row = app.stores.ledger.runs.latest("acme")[0]
    assert (row.status, row.error) == (
        "failed",
        "at 'vectors': the vector store does not answer "
        "(what was committed stays: run the same command again to go on)",
    )
    assert app.stores.ledger.leases.holders() == {}
    assert len(app.stores.ledger.batches.opened()) == 1
    assert run(app, said(7)[5:]).accepted == 2
    assert app.stores.vectors.count_messages("acme") == 7
    app.writer().recover_all()  # as the next start does
    assert agreed(app) == undisturbed(said(7))


def test_where_not_even_the_end_can_be_written_the_cause_is_raised(app: App, said: Said, disturbed: Disturb) -> None:
    def hook(call: str, _given: Sequence[object]) -> None:
        if call in ("documents.put_messages", "ledger.runs.finish"):
            raise Transient(f"{call} does not answer")

    runner = impatient(disturbed(app, before=hook))
    with pytest.raises(Transient, match=r"documents\.put_messages does not answer"):
        runner.run(records_source(said(1)), RunOptions(tenant="acme"))
    assert len(app.stores.ledger.runs.abandon()) == 1


def test_writers_side_by_side_over_four_shards(
    fresh: Fresh, talk: list[Record], run: Run, agreed: Agreed, undisturbed: Undisturbed
) -> None:
    with fresh(shards=4) as app:

        def half(records: list[Record]) -> RunSummary:
            return run(app, records, batch_size=20)

        with ThreadPoolExecutor(2) as pool:
            halves = list(pool.map(half, [talk[:160], talk[80:][::-1]]))
        assert [done.read for done in halves] == [160, 162]
        assert all(done.read == done.accepted + done.duplicate + done.rejected for done in halves)
        app.writer().recover_all()
        assert agreed(app) == undisturbed(talk)
