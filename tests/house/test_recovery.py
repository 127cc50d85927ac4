"""Writers that die or fall asleep midway: who comes next finishes what they began, and the newer version wins."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from kith.etl.people import Forgetter
from kith.etl.retry import Patience
from kith.etl.running import RunOptions
from kith.etl.sources import records_source
from kith.etl.summary import RunSummary
from kith.etl.writer import DAY
from kith.persona.identity import Json, shard_of
from kith.stores.errors import LeaseLost, RecordRefused, Terminal, Transient
from kith.wiring import App

Record = dict[str, Json]
Run = Callable[..., RunSummary]
Said = Callable[..., list[Record]]
Disturb = Callable[..., App]
Agreed = Callable[[App], dict[str, str]]
Undisturbed = Callable[..., dict[str, str]]
Timed = Callable[[App, list[int]], App]
Hook = Callable[[str, Sequence[object]], None]

NOON = 1_800_000_000_000
NEWER: Record = {"message": "On second thoughts it will be Porto", "timestamp": 1_780_000_000_000}
PLACES = [
    "documents.put_messages",
    "vectors.upsert_messages",
    "ledger.evidence.write",
    "vectors.upsert_entities",
    "graph.set_ties",
    "ledger.batches.commit",
]
LATE = [where for where in PLACES if not where.startswith("ledger")]
"""Writes that no lease holds back."""


class Gone(Exception):
    """The end of a writer."""


def once(where: str, happens: Callable[[], None]) -> Hook:
    """Lets something happen at the first call of one kind."""
    happened = False

    def hook(call: str, _given: Sequence[object]) -> None:
        nonlocal happened
        if call == where and not happened:
            happened = True
            happens()

    return hook


def dies() -> None:
    raise Gone


def expiring(clock: list[int]) -> Hook:
    """Comes for a lease when whoever holds it has been asleep for too long."""

    def hook(call: str, _given: Sequence[object]) -> None:
        if call == "ledger.leases.take":
            clock[0] += 61_000

    return hook


def open_rows(app: App) -> int:
    return len(app.stores.ledger.batches.opened())


def meanwhile_in(other: App, what: str, run: Run, records: list[Record], newer: list[Record]) -> Callable[[], None]:
    """What others do while somebody sleeps."""

    def happens() -> None:
        if what == "a person is forgotten":
            Forgetter(other.writer(), clock=other.clock).forget("acme", "u3")
        else:
            run(other, newer if what == "newer versions" else records)

    return happens


@pytest.mark.parametrize(
    ("meanwhile", "where", "dead"),
    [
        *(("the same", where, False) for where in PLACES[1::2]),
        *(("newer versions", where, False) for where in PLACES),
        *(("a person is forgotten", where, False) for where in PLACES),
        *(("newer versions", where, True) for where in LATE),
        *(("a person is forgotten", where, True) for where in LATE),
    ],
)
def test_asleep_with_a_write_in_hand_while_others_write(
    meanwhile: str,
    where: str,
    dead: bool,
    app: App,
    said: Said,
    disturbed: Disturb,
    timed: Timed,
    run: Run,
    agreed: Agreed,
    undisturbed: Undisturbed,
) -> None:
    clock = [NOON]
    app = timed(app, clock)
    other = disturbed(app, before=expiring(clock))
    records = said(9)
    records[3]["message"] = "Nowhere but Monte Rosa"  # what nobody else speaks of
    newer = [record | NEWER | {"campaign_id": "autumn"} for record in records[:6]]
    asleep = once(where, meanwhile_in(other, meanwhile, run, records, newer))
    woken = threading.Event()

    def before(call: str, given: Sequence[object]) -> None:
        if dead and woken.is_set():
            raise Gone
        asleep(call, given)

    def after(call: str, _given: Sequence[object]) -> None:
        if call == where:
            woken.set()
            before(call, ())

    sleeper = disturbed(app, before=before, after=after)
    if dead:
        with pytest.raises(Gone):
            run(sleeper, records)
    else:
        done = run(sleeper, records)
        assert (done.status, done.read, done.accepted + done.duplicate + done.rejected) == ("succeeded", 9, 9)
    app.writer().recover_all()  # as the next start does
    if dead:
        run(app, records)
    if meanwhile == "a person is forgotten":
        assert app.stores.documents.get_user("acme", "u3") is None
        assert set(app.stores.ledger.people.count("acme", "u3").values()) == {0}
        records = [record for record in records if record["user_id"] != "u3"]
    assert agreed(app) == undisturbed(records, newer if meanwhile == "newer versions" else [])


def test_a_lease_lost_in_a_batch_that_holds_a_bad_record(
    app: App, said: Said, disturbed: Disturb, timed: Timed, run: Run, agreed: Agreed, undisturbed: Undisturbed
) -> None:
    clock = [NOON]
    app = timed(app, clock)
    other = disturbed(app, before=expiring(clock))
    records = said(8)
    records[2]["message"] = "Poison in Porto"

    def sleep() -> None:
        run(other, said(10)[4:])

    asleep = once("ledger.evidence.write", sleep)

    def hook(call: str, given: Sequence[object]) -> None:
        asleep(call, given)
        if call == "vectors.upsert_messages" and "Poison" in repr(given):
            raise RecordRefused("no such thing")

    done = run(disturbed(app, before=hook), records)
    assert (done.read, done.accepted + done.duplicate, done.rejected) == (8, 7, 1)
    app.writer().recover_all()
    assert agreed(app) == undisturbed([one for one in said(10) if one["message_id"] != "m2"])


@pytest.mark.parametrize("edit", [False, True], ids=["new", "edit"])
def test_a_bad_record_in_what_a_dead_writer_left(
    edit: bool, app: App, said: Said, disturbed: Disturb, run: Run, agreed: Agreed, undisturbed: Undisturbed
) -> None:
    records = said(7)
    if edit:
        run(app, records)
    poison = records[4] | NEWER | {"message": "Poison in Porto"}
    others = said(12)[7:]
    with pytest.raises(Gone):
        run(disturbed(app, after=once("documents.put_messages", dies)), [*others, poison])
    assert (open_rows(app), app.stores.ledger.batches.count("acme")) == (1, 7 if edit else 0)

    def refuse(call: str, given: Sequence[object]) -> None:
        if call == "vectors.upsert_messages" and "Poison" in repr(given):
            raise RecordRefused("no such thing")

    disturbed(app, before=refuse).writer().recover_all()
    # Documents held nothing but the bad version of an edit by then: its source has the one before.
    assert agreed(app) == undisturbed([*(records[:4] + records[5:] if edit else []), *others])
    rows = app.stores.ledger.runs.rejections("acme")
    assert [(row.rejection.code, row.rejection.position) for row in rows] == [("undeliverable", "item 6")]
    assert "Poison in Porto" in rows[0].rejection.raw


def test_what_a_writer_left_open_itself_is_finished_by_its_next_batch(
    app: App, said: Said, disturbed: Disturb, run: Run, agreed: Agreed, undisturbed: Undisturbed
) -> None:
    def fails() -> None:
        raise Terminal("no room")

    runner = disturbed(app, before=once("vectors.upsert_messages", fails)).runner()
    options = RunOptions(tenant="acme")
    with pytest.raises(Terminal):
        runner.run(records_source(said(5)), options)
    assert (open_rows(app), app.stores.vectors.count_messages("acme")) == (1, 0)
    assert runner.run(records_source(said(7)[5:]), options).accepted == 2
    assert agreed(app) == undisturbed(said(7))


def test_what_another_left_open_is_finished_and_kept_for_a_day(
    app: App, said: Said, disturbed: Disturb, timed: Timed, run: Run, agreed: Agreed, undisturbed: Undisturbed
) -> None:
    clock = [NOON]
    app = timed(app, clock)
    with pytest.raises(Gone):
        run(disturbed(app, after=once("documents.put_messages", dies)), said(5))
    writer = app.writer()

    def look() -> tuple[int, int, int]:
        writer.release(writer.take([0]))
        return app.stores.vectors.count_messages("acme"), app.stores.ledger.batches.count("acme"), open_rows(app)

    assert look() == (5, 5, 1)
    clock[0] += DAY
    assert look() == (5, 5, 1)
    clock[0] += 1
    assert look() == (5, 5, 0)
    assert agreed(app) == undisturbed(said(5))


def test_what_somebody_wrote_who_woke_and_died_is_finished_again(
    app: App, said: Said, disturbed: Disturb, timed: Timed, run: Run
) -> None:
    clock = [NOON]
    app = timed(app, clock)
    other = disturbed(app, before=expiring(clock)).writer()

    def sleep() -> None:
        other.release(other.take([0]))
        assert (open_rows(app), app.stores.vectors.count_messages("acme")) == (1, 0)

    place = "documents.put_messages"
    with pytest.raises(Gone):
        run(disturbed(app, before=once(place, sleep), after=once(place, dies)), said(5))
    other.release(other.take([0]))
    assert (open_rows(app), app.stores.vectors.count_messages("acme")) == (1, 5)


def test_one_batch_over_many_shards_is_finished_under_the_leases_of_all_of_them(
    fresh: Callable[..., AbstractContextManager[App]],
    said: Said,
    disturbed: Disturb,
    run: Run,
    agreed: Agreed,
    undisturbed: Undisturbed,
) -> None:
    with fresh(shards=16) as app:
        with pytest.raises(Gone):
            run(disturbed(app, after=once("documents.put_messages", dies)), said(5))
        shards = sorted({shard_of("acme", f"u{n}", 16) for n in range(5)})
        assert len(shards) > 1
        writer = app.writer()
        lease = writer.take(shards[:1])
        assert sorted(lease.epochs) == shards
        writer.release(lease)
        assert (app.stores.vectors.count_messages("acme"), app.stores.ledger.leases.holders()) == (5, {})
        fewer = replace(app, settings=app.settings.model_copy(update={"shards": 1}))
        fewer.writer().recover_all()
        assert open_rows(app) == 0
        assert agreed(app)


def test_a_lease_that_is_lost_every_time_ends_the_run(app: App, said: Said, disturbed: Disturb, run: Run) -> None:
    def hook(call: str, _given: Sequence[object]) -> None:
        if call == "ledger.batches.commit":
            raise LeaseLost("gone")

    with pytest.raises(Transient, match="lost its lease 20 times before it was done"):
        run(disturbed(app, before=hook), said(1))
    assert app.stores.ledger.runs.latest("acme")[0].status == "failed"


def test_a_lease_that_somebody_holds_is_waited_for_and_named(app: App) -> None:
    holder = app.writer()
    lease = holder.take([0])
    waiting = app.writer(patience=Patience(seconds=0.05, first=0.01, longest=0.02))
    with pytest.raises(Transient) as problem:
        waiting.take([0])
    assert str(problem.value) == (
        f"the write leases [0] were not free within 0.05 s, held by [{holder.holder!r}]: wait until that writer is "
        "done, then run the command again"
    )
    holder.release(lease)
    waiting.release(waiting.take([0]))
