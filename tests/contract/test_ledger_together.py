"""Many writers at once: none waits for ever, none is turned away for another's sake, and nothing is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier, Event

from kith.persona.evidence import Evidence, Extraction
from kith.persona.model import Entity, Mention, Rejection
from kith.stores.ledger_port import Commit, Item, Lease, Ledger, SourceMark

ENTITIES = [Entity("thing", f"e{n}") for n in range(12)]
REJECTIONS = [Rejection("not_json", "no", "file", f"line {n}", "{") for n in range(300)]
SOURCES = [f"file {n}" for n in range(60)]
WRITERS, ROUNDS = 4, 6


def taken(ledger: Ledger, shard: int, holder: str) -> Lease:
    lease = ledger.leases.take([shard], holder=holder, seconds=600)
    assert lease is not None
    return lease


def evidence(writer: int, n: int, spoken_of: list[Entity]) -> Evidence:
    found = Extraction(tuple(Mention(one, one.name) for one in spoken_of))
    return Evidence(f"k {writer} {n}", f"u{writer}", "a", 1, "c", "x", None, None, found)


def test_writers_do_not_get_in_each_others_way(another_ledger: Callable[[], Ledger]) -> None:
    ledgers = [another_ledger(), another_ledger()]
    start = Barrier(WRITERS)

    def write(writer: int) -> None:
        ledger, order, run = ledgers[writer % 2], Random(writer), f"r{writer}"
        ledger.runs.start(run, "t")
        lease = taken(ledger, writer, f"writer {writer}")
        start.wait()
        for n in range(ROUNDS):
            item = Item(f"k {writer} {n}", f"u{writer}", "a", 1, "file", "line")
            rejections = order.sample(REJECTIONS, len(REJECTIONS))
            marks = [SourceMark(source, n, "ff", finished=False) for source in order.sample(SOURCES, len(SOURCES))]
            ledger.batches.commit(lease, Commit(f"b{n}", run, "t", n, True, (item,), 0, rejections, marks))

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    assert ledgers[1].runs.rejection_counts("t") == {"not_json": len(REJECTIONS)}
    assert ledgers[1].batches.count("t") == WRITERS * ROUNDS
    runs = ledgers[0].runs.latest("t")
    expected = (ROUNDS, len(REJECTIONS) * ROUNDS, ROUNDS)
    assert [(run.accepted, run.rejected, run.batches) for run in runs] == [expected] * WRITERS


def test_what_is_spoken_of_stays_on_record_while_others_sweep(another_ledger: Callable[[], Ledger]) -> None:
    ledgers = [another_ledger(), another_ledger()]
    start, done = Barrier(WRITERS + 1), Event()

    def write(writer: int) -> None:
        ledger, order = ledgers[writer % 2], Random(writer)
        lease = taken(ledger, writer, f"writer {writer}")
        start.wait()
        for n in range(3 * ROUNDS):
            one = evidence(writer, n, order.sample(ENTITIES, 2))
            ledger.evidence.write(lease, "t", [one])
            assert ledger.evidence.get("t", one.key) == one
            ledger.evidence.delete_messages(lease, "t", [one.key])

    def sweep() -> None:
        start.wait()
        while not done.is_set():
            ledgers[0].evidence.drop_orphans("t", ENTITIES)

    with ThreadPoolExecutor(WRITERS + 1) as pool:
        sweeping = pool.submit(sweep)
        try:
            list(pool.map(write, range(WRITERS)))
        finally:
            done.set()
        sweeping.result()
    assert ledgers[1].evidence.drop_orphans("t", ENTITIES) == []
    assert list(ledgers[1].evidence.entities("t")) == []


def test_one_run_by_many_writers_is_counted_once_and_in_order(another_ledger: Callable[[], Ledger]) -> None:
    ledgers = [another_ledger(), another_ledger()]
    ledgers[0].runs.start("r", "t")
    start = Barrier(WRITERS)

    def write(writer: int) -> None:
        ledger = ledgers[writer % 2]
        lease = taken(ledger, writer, f"writer {writer}")
        start.wait()
        for n in range(writer, WRITERS * ROUNDS, WRITERS):
            item = Item(f"k{n}", f"u{writer}", "a", 1, "file", f"line {n}")
            mark = SourceMark("file", 100 * (n + 1), "ff", finished=False)
            commit = Commit(f"b{n}", "r", "t", n, True, (item,), 0, (), (mark,))
            for _ in range(2):  # as when the first answer was lost
                ledger.batches.commit(lease, commit)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    run = ledgers[0].runs.get("r")
    assert run is not None
    assert (run.accepted, run.batches) == (WRITERS * ROUNDS, WRITERS * ROUNDS)
    assert ledgers[0].batches.mark("t", "file") == SourceMark("file", 100 * WRITERS * ROUNDS, "ff", finished=False)


def test_one_is_buried_by_many_and_the_latest_date_stands(ledger: Ledger, clock: list[int]) -> None:
    start = Barrier(WRITERS)

    def bury(_: int) -> int:
        start.wait()
        return ledger.people.bury("t", "ana").forgotten_at

    for _ in range(ROUNDS):
        with ThreadPoolExecutor(WRITERS) as pool:
            assert list(pool.map(bury, range(WRITERS))) == [clock[0]] * WRITERS
        clock[0] += 1
