"""Many processes and machines on one PostgreSQL: whose clock counts, who waits for whom, and for how long."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from urllib.parse import urlsplit

import psycopg
import pytest
from databases import new_database, run_on, with_options
from real_servers import RealServers

from kith.stores.errors import Transient
from kith.stores.ledger import open_ledger
from kith.stores.ledger.engine import open_database
from kith.stores.ledger_port import Commit, Item, Lease, Ledger, SourceMark

NOW = 1_772_357_400_000


@pytest.fixture
def url(servers: RealServers) -> Generator[str]:
    with new_database(servers.url("postgres")) as made:
        yield made


def lease_of(ledger: Ledger) -> Lease:
    lease = ledger.leases.take([0], holder="ann", seconds=60)
    assert lease is not None
    return lease


def test_many_may_make_the_same_ledger_at_once(url: str) -> None:
    start = Barrier(8)

    def make(n: int) -> str:
        start.wait()
        ledger = open_ledger(url, clock=lambda: NOW)
        ledger.runs.start(f"r{n}", "t")
        person = ledger.people.bury("t", "ana").person
        ledger.close()
        return person

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(make, range(8)))) == 1
    ledger = open_ledger(url)
    assert len(ledger.runs.latest("t")) == 8
    ledger.close()


def test_leases_go_by_the_servers_clock(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    behind, ahead = open_ledger(url), open_ledger(url)
    lease = behind.leases.take([1], holder="ann", seconds=60)
    assert lease is not None
    monkeypatch.setattr("kith.stores.ledger.engine.now_ms", lambda: NOW * 2)
    assert ahead.leases.take([1], holder="bob", seconds=60) is None
    assert ahead.leases.holders() == {1: "ann"}
    behind.batches.remove(lease, "t", ["k"])
    assert ahead.leases.holders() == {1: "ann"}
    assert behind.leases.take([2], holder="ann", seconds=0) is not None
    assert ahead.leases.take([2], holder="bob", seconds=60) == Lease("bob", {2: 2})
    behind.close()
    ahead.close()


def test_who_stops_in_the_middle_of_a_write_does_not_hold_up_the_others(url: str) -> None:
    asleep = open_database(with_options(url, idle_in_transaction_session_timeout="200ms"))
    other = open_ledger(url)
    lease = lease_of(other)
    held, awake = Event(), Event()

    def sleep() -> None:
        with asleep.write() as connection:
            connection.exec_driver_sql("SELECT * FROM leases FOR UPDATE")
            held.set()
            awake.wait()

    with ThreadPoolExecutor(1) as pool:
        sleeping = pool.submit(sleep)
        held.wait()
        other.batches.remove(lease, "t", ["k"])  # waits for no more than that
        awake.set()
        with pytest.raises(Transient):
            sleeping.result()
    other.close()
    asleep.close()


def test_who_waits_for_others_too_long_is_told_so(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kith.stores.ledger.postgres.SILENCE_SECONDS", 0.1)
    patient = open_ledger(url)
    lease = lease_of(patient)
    impatient = open_ledger(with_options(url, lock_timeout="1s"))
    with psycopg.connect(url) as connection:
        connection.execute("SELECT * FROM leases FOR UPDATE")
        # The server is silent for longer than it may be, and there when it is asked.
        with pytest.raises(Transient, match="55P03"):
            impatient.batches.remove(lease, "t", ["k"])
        assert impatient.batches.count("t") == 0
    impatient.batches.remove(lease, "t", ["k"])
    impatient.close()
    patient.close()


@pytest.mark.parametrize("isolation", ["read committed", "repeatable read", "serializable"])
def test_the_databases_own_isolation_changes_nothing(url: str, isolation: str) -> None:
    run_on(url, f'ALTER DATABASE "{urlsplit(url).path[1:]}" SET default_transaction_isolation = "{isolation}"')
    start = Barrier(2)
    ledgers = [open_ledger(url), open_ledger(url)]

    def write(n: int) -> None:
        start.wait()
        for m in range(10):
            lease = ledgers[n].leases.take([n], holder=f"h{n}", seconds=60)
            assert lease is not None
            item = Item(f"k{n} {m}", f"u{n}", "a", 1, "f", "l")
            ledgers[n].batches.commit(
                lease, Commit(f"b{n} {m}", "r", "t", m, True, (item,), 0, (), (SourceMark("f", m, "", finished=False),))
            )

    ledgers[0].runs.start("r", "t")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, range(2)))
    assert ledgers[1].batches.count("t") == 20
    for one in ledgers:
        one.close()
