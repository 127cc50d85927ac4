"""What holds of the SQLite ledger beside the contract: its file, its format, its public tables, its plans."""

import sqlite3
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from kith.persona.evidence import Evidence, Extraction
from kith.persona.identity import identity
from kith.persona.model import Engagement, Entity, Mention, Rejection, Relation, Statement
from kith.stores.errors import StoreError, Terminal, Transient, WrongFormat
from kith.stores.ledger import SqlLedger, now_ms, open_ledger
from kith.stores.ledger_port import CATALOGUE, Commit, Item, Lease, Ledger, OpenBatch, StageRow
from kith.stores.ports import StoreCard
from kith.stores.serving_port import RequestRow

NOW = 1_772_357_400_000  # 2026-03-01T09:30:00Z
SPRING = Engagement("click", 2.0)
PORTO = Entity("place", "porto")
NEAR = Relation(PORTO, "near", Entity("place", "gaia"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Generator[SqlLedger, None, None]:
    opened = open_ledger(f"sqlite:///{path}", clock=lambda: NOW)
    yield opened
    opened.close()


def lease_of(ledger: Ledger) -> Lease:
    lease = ledger.leases.take([CATALOGUE, 0], holder="ann", seconds=60)
    assert lease is not None
    return lease


def evidence(n: int, *, user: str = "u1") -> Evidence:
    found = Extraction((Mention(PORTO, "Porto"),), (Statement("likes", PORTO),), ("buy",), (NEAR,))
    return Evidence(f"k{n:03}", user, "a", NOW + n, "c1", "x", "spring", SPRING, found)


def rows(path: Path, query: str) -> list[dict[str, object]]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    found = [dict(row) for row in connection.execute(query)]
    connection.close()
    return found


def dump(path: Path) -> str:
    connection = sqlite3.connect(path)
    lines = "\n".join(connection.iterdump())
    connection.close()
    return lines


def test_the_card_says_where_it_is(ledger: SqlLedger, path: Path) -> None:
    assert ledger.card() == StoreCard("sqlite", sqlite3.sqlite_version, str(path))


def test_what_was_written_is_there_when_it_is_opened_again(ledger: SqlLedger, path: Path) -> None:
    lease = lease_of(ledger)
    ledger.evidence.write(lease, "t", [evidence(1)])
    ledger.people.bury("t", "ana")
    ledger.close()
    again = open_ledger(f"sqlite:///{path}")
    assert again.evidence.get("t", "k001") == evidence(1)
    assert again.people.tombstone("t", "ana") is not None
    assert again.tenants() == ["t"]
    again.close()


def test_a_file_in_wal_mode_that_syncs_each_commit(ledger: SqlLedger, path: Path) -> None:
    ledger.runs.start("r1", "t")
    assert rows(path, "PRAGMA journal_mode") == [{"journal_mode": "wal"}]


def test_the_file_is_for_its_owner_alone(ledger: SqlLedger, path: Path) -> None:
    ledger.runs.start("r1", "t")
    modes = {one.name: one.stat().st_mode & 0o777 for one in path.parent.iterdir()}
    assert modes == {"ledger.db": 0o600, "ledger.db-wal": 0o600, "ledger.db-shm": 0o600}


def test_many_may_make_the_same_ledger_at_once(tmp_path: Path) -> None:
    start = Barrier(8)

    def make(n: int) -> str:
        start.wait()
        ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock=lambda: NOW)
        ledger.runs.start(f"r{n}", "t")
        person = ledger.people.bury("t", "ana").person
        ledger.close()
        return person

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(make, range(8)))) == 1
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    assert len(ledger.runs.latest("t")) == 8
    ledger.close()


def test_a_format_from_later_is_refused(ledger: SqlLedger, path: Path) -> None:
    ledger.close()
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO ledger_format VALUES (99, 0)")
    connection.commit()
    connection.close()
    with pytest.raises(WrongFormat, match=r"ledger\.db.*format 99"):
        open_ledger(f"sqlite:///{path}")


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite:///:memory:", "sqlite://", "mysql://host/db", "not a url", ""])
def test_a_url_that_names_no_ledger_is_refused(url: str) -> None:
    with pytest.raises(Terminal, match="KITH_LEDGER_URL"):
        open_ledger(url)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"no database at all, but long enough to be looked at" * 50)
    with pytest.raises(Terminal, match=r"ledger\.db"):
        open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    (tmp_path / "file").write_text("")
    for place in (tmp_path, tmp_path / "file" / "ledger.db"):
        with pytest.raises(StoreError):
            open_ledger(f"sqlite:///{place}")


def test_a_ledger_that_another_holds_is_transient(
    ledger: SqlLedger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kith.stores.ledger.engine.PATIENCE_SECONDS", 0.0)
    impatient = open_ledger(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Transient):
        impatient.runs.start("r1", "t")
    assert impatient.runs.get("r1") is None  # readers need not wait
    other.execute("ROLLBACK")
    other.close()
    impatient.runs.start("r1", "t")
    impatient.close()


def test_errors_never_repeat_what_people_said(ledger: SqlLedger, path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE rejections")
    connection.commit()
    connection.close()
    said = Rejection("not_json", "no", "file", "line 1", "my secret")
    with pytest.raises(Terminal, match="no such table") as refused:
        ledger.batches.commit(lease_of(ledger), Commit("b", "r", "t", 0, True, (), 0, (said,)))
    cause: BaseException | None = refused.value
    while cause is not None:
        assert "my secret" not in str(cause)
        cause = cause.__cause__


def test_the_tables_that_clients_read(ledger: SqlLedger, path: Path) -> None:
    lease = lease_of(ledger)
    ledger.runs.start("r1", "t")
    ledger.evidence.write(lease, "t", [evidence(1)])
    ledger.batches.commit(lease, Commit("b", "r1", "t", 0, True, (Item("k001", "u1", "a", 1, "f", "1"),), 2, ()))
    stages = [StageRow("embed", 7, 0.5, "succeeded", NOW, NOW + 500)]
    ledger.runs.finish("r1", "succeeded", stages=stages, error=None, sources_unchanged=1)
    assert rows(
        path,
        "SELECT run_id, tenant, status, started_at, finished_at, read, accepted, duplicate, rejected, error, batches, "
        "sources_unchanged FROM pipeline_runs",
    ) == [
        {
            "run_id": "r1",
            "tenant": "t",
            "status": "succeeded",
            "started_at": "2026-03-01T09:30:00.000Z",
            "finished_at": "2026-03-01T09:30:00.000Z",
            "read": 3,
            "accepted": 1,
            "duplicate": 2,
            "rejected": 0,
            "error": None,
            "batches": 1,
            "sources_unchanged": 1,
        }
    ]
    query = "SELECT run_id, stage, record_count, seconds, status, started_at, finished_at FROM pipeline_stages"
    assert rows(path, query) == [
        {
            "run_id": "r1",
            "stage": "embed",
            "record_count": 7,
            "seconds": 0.5,
            "status": "succeeded",
            "started_at": "2026-03-01T09:30:00.000Z",
            "finished_at": "2026-03-01T09:30:00.500Z",
        }
    ]
    assert rows(path, "SELECT * FROM user_engagement") == [
        {
            "tenant": "t",
            "user_id": "u1",
            "campaign_id": "spring",
            "kind": "click",
            "value": 2.0,
            "timestamp": "2026-03-01T09:30:00.001Z",
            "conversation_id": "c1",
            "message_key": "k001",
            "event_id": identity("event", "t", "k001"),
        }
    ]


def test_times_before_1970_and_before_the_year_1000_are_kept(ledger: SqlLedger) -> None:
    early = [replace(evidence(n), timestamp=at) for n, at in enumerate((-1, -62_135_596_800_000, 253_402_300_799_999))]
    ledger.evidence.write(lease_of(ledger), "t", early)
    assert [ledger.evidence.get("t", one.key) for one in early] == early
    engaged = ledger.evidence.all_ties("t", "u1").engaged
    assert [(one.count, one.last) for one in engaged] == [(3, 253_402_300_799_999)]


def test_the_same_person_has_another_hash_in_another_ledger(ledger: SqlLedger, path: Path, tmp_path: Path) -> None:
    ledgers = [ledger, *(open_ledger(f"sqlite:///{one}") for one in (path, tmp_path / "other.db"))]
    persons = [one.people.bury("t", "ana").person for one in ledgers]
    for one in ledgers:
        one.close()
    assert persons[0] == persons[1] != persons[2]


def test_no_id_of_a_forgotten_person_stays_in_the_file(ledger: SqlLedger, path: Path) -> None:
    lease = lease_of(ledger)
    one = evidence(1, user="zaphod-7")
    item = Item(one.key, "zaphod-7", "a", 1, "file", "line")
    said = Rejection("bad_value", "no", "file", "line", '{"user_id": "zaphod-7"}')
    ledger.evidence.write(lease, "t", [one])
    ledger.batches.commit(lease, Commit("b1", "r", "t", 0, True, (item,), 0, (said,)))
    ledger.batches.open(lease, OpenBatch("b2", "r", "messages", "t", "ann", (0,), 1, (replace(item, key="k2"),)))
    ledger.requests.take(RequestRow("t", "r1", "zaphod-7", "digest", 1, '["zaphod-7"]'))
    assert dump(path).count("zaphod-7") == 11
    ledger.people.bury("t", "zaphod-7")
    ledger.people.delete(lease, "t", "zaphod-7")
    ledger.people.keep_receipt("1", "t", "zaphod-7", {"deleted": 8})
    assert "zaphod-7" not in dump(path)
    assert b"zaphod-7" not in b"".join(one.read_bytes() for one in path.parent.iterdir())


def test_the_clock_is_the_worlds_unless_one_is_given() -> None:
    assert abs(now_ms() - NOW) < 100 * 365 * 86_400_000
    assert isinstance(now_ms(), int)
