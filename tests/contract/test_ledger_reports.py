"""Reports: the same answers as the ledger's, from a connection that cannot write, while another writes."""

import sqlite3
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from kith.persona.evidence import Evidence, Extraction
from kith.persona.model import Engagement, Entity, Mention, Rejection, Statement
from kith.stores.errors import Terminal, WrongFormat
from kith.stores.ledger import SqlLedger, open_ledger
from kith.stores.ledger.migrations import NEWEST
from kith.stores.ledger_port import CATALOGUE, CampaignAbout, Commit, Item, Lease, OpenBatch, StageRow
from kith.stores.reports import StagePast, open_reports

NOW = 1_800_000_000_000
EMPTY = {
    "people": 0,
    "messages": 0,
    "runs": 0,
    "rejections": 0,
    "pending": 0,
    "mentions": 0,
    "statements": 0,
    "engagement": 0,
    "entities": 0,
    "campaigns": 0,
}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'a folder with ? and # and %41' / 'ledger.db'}"


@pytest.fixture
def ledger(url: str) -> Generator[SqlLedger, None, None]:
    opened = open_ledger(url, clock=lambda: NOW)
    yield opened
    opened.close()


@pytest.fixture
def lease(ledger: SqlLedger) -> Lease:
    lease = ledger.leases.take([CATALOGUE, 0], holder="ann", seconds=60)
    assert lease is not None
    return lease


def fill(ledger: SqlLedger, lease: Lease) -> None:
    porto = Entity("place", "porto")
    found = Extraction((Mention(porto, "Porto"),), (Statement("likes", porto),), ())
    evidence = [
        Evidence(f"k{n}", f"u{n % 2}", "a", 1, "c", "x", "spring", Engagement("click"), found) for n in range(3)
    ]
    items = [Item(one.key, one.user_id, "a", 1, "file", "line") for one in evidence]
    ledger.runs.start("r1", "t")
    ledger.evidence.write(lease, "t", evidence)
    ledger.evidence.write_campaigns(lease, "t", [CampaignAbout("spring", "a", "x", (), ())])
    rejections = [Rejection("not_json", "no", "file", f"line {n}", "{") for n in range(2)]
    ledger.batches.commit(lease, Commit("b1", "r1", "t", 0, True, items, 0, rejections))
    stages = [StageRow(name, 3, 0.5, "succeeded", NOW, NOW + 500) for name in ("ingest", "embed")]
    ledger.runs.finish("r1", "succeeded", stages=stages, error=None, sources_unchanged=0)
    ledger.runs.start("r2", "t")
    pending = Item("k9", "u9", "a", 1, "file", "line")
    ledger.batches.open(lease, OpenBatch("b2", "r2", "messages", "t", "ann", (0,), 1, (pending,)))


def test_reports_say_what_the_ledger_says(ledger: SqlLedger, lease: Lease, url: str) -> None:
    fill(ledger, lease)
    with open_reports(url) as reports:
        assert reports.latest_runs("t") == ledger.runs.latest("t")
        assert reports.latest_runs("t", limit=1) == [ledger.runs.get("r2")]
        assert reports.run("r1") == ledger.runs.get("r1")
        assert reports.run("r3") is None
        past = [StagePast("r1", name, 3, 0.5, NOW) for name in ("ingest", "embed")]
        assert reports.stage_history("t") == past
        assert reports.stage_history("t", stage="embed") == past[1:]
        assert reports.stage_history("t", limit=1) == past[:1]
        assert reports.stage_history("s") == []
        rejections = ledger.runs.rejections("t")
        assert reports.rejections("t") == rejections
        assert reports.rejections("t", run_id="r1", code="not_json", after=rejections[0].id) == rejections[1:]
        assert reports.rejection("t", rejections[0].id) == rejections[0]
        assert reports.rejection_summary("t") == {"not_json": 2}
        assert reports.rejection_summary("t", "r2") == {}
        assert reports.totals("t") == {
            "people": 2,
            "messages": 3,
            "runs": 2,
            "rejections": 2,
            "pending": 1,
            "mentions": 3,
            "statements": 3,
            "engagement": 3,
            "entities": 1,
            "campaigns": 1,
        }
        assert reports.totals("s") == EMPTY


def test_reports_cannot_write_and_make_no_file(tmp_path: Path) -> None:
    with pytest.raises(Terminal, match=r"nothing\.db"):
        open_reports(f"sqlite:///{tmp_path / 'nothing.db'}")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_ledger_yet_is_refused(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "empty.db").close()
    with pytest.raises(WrongFormat, match=f"format 0, not {NEWEST}"):
        open_reports(f"sqlite:///{tmp_path / 'empty.db'}")


def test_readers_see_whole_batches_while_one_writes(ledger: SqlLedger, lease: Lease, url: str) -> None:
    ledger.runs.start("r1", "t")
    done = Event()

    def read() -> list[int]:
        seen: list[int] = []
        with open_reports(url) as reports:
            while not done.is_set():
                totals = reports.totals("t")
                assert totals["messages"] % 10 == 0
                run = reports.run("r1")
                assert run is not None
                assert run.accepted == run.batches * 10
                seen.append(totals["messages"])
        return seen

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        for n in range(30):
            items = [Item(f"k{n} {i}", "u1", "a", 1, "file", "line") for i in range(10)]
            ledger.batches.commit(lease, Commit(f"b{n}", "r1", "t", n, True, items, 0, ()))
        done.set()
        for reader in readers:
            seen = reader.result()
            assert seen == sorted(seen)
    with open_reports(url) as reports:
        assert reports.totals("t")["messages"] == 300
