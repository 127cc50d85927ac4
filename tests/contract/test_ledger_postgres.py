"""What holds of the ledger on PostgreSQL beside the contract: its URL, its order, its errors, and what it refuses."""

import sys
from collections.abc import Generator
from dataclasses import replace
from random import Random
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from databases import new_database, run_on, version_of
from real_servers import RealServers
from sqlalchemy import Engine, event

from kith.persona.errors import BadInput
from kith.persona.evidence import Evidence, Extraction
from kith.persona.model import Engagement, Entity, Mention, Rejection, Statement
from kith.stores.errors import RecordRefused, Terminal, Transient, WrongFormat
from kith.stores.ledger import SqlLedger, open_ledger
from kith.stores.ledger.engine import open_database
from kith.stores.ledger_port import CATALOGUE, Commit, Item, Lease, Ledger
from kith.stores.ports import StoreCard
from kith.stores.reports import open_reports

NOW = 1_772_357_400_000
PORTO = Entity("place", "porto")


@pytest.fixture
def url(servers: RealServers) -> Generator[str]:
    with new_database(servers.url("postgres")) as made:
        yield made


@pytest.fixture
def ledger(url: str) -> Generator[SqlLedger]:
    opened = open_ledger(url, clock=lambda: NOW)
    yield opened
    opened.close()


def lease_of(ledger: Ledger) -> Lease:
    lease = ledger.leases.take([CATALOGUE, 0], holder="ann", seconds=60)
    assert lease is not None
    return lease


def evidence(n: int, *, user: str = "u1") -> Evidence:
    found = Extraction((Mention(PORTO, "Porto"),), (Statement("likes", PORTO),), ("buy",))
    return Evidence(f"k{n:03}", user, "a", NOW + n, "c1", "x", "spring", Engagement("click"), found)


def test_the_card_says_where_it_is_and_not_how_to_get_in(ledger: SqlLedger, url: str) -> None:
    at = urlsplit(url)
    card = ledger.card()
    assert card == StoreCard("postgresql", card.version, f"{at.hostname}:{at.port}{at.path}")
    assert card.version.split(".")[0].isdigit()


def test_the_scheme_may_be_any_that_people_write(ledger: SqlLedger, url: str) -> None:
    ledger.runs.start("r1", "t")
    for scheme in ("postgres", "postgresql+psycopg"):
        other = open_ledger(urlunsplit(urlsplit(url)._replace(scheme=scheme)))
        assert other.tenants() == ["t"]
        other.close()


@pytest.mark.parametrize(
    "bad", ["kith:pass%zzword@host/db", "kith:pass@word@host/db", "kith:password@host/db?sslmoed=require", ""]
)
def test_a_url_that_cannot_be_read_is_not_repeated(bad: str) -> None:
    with pytest.raises(BadInput, match="KITH_LEDGER_URL") as refused:
        open_ledger(f"postgresql://{bad}")
    assert "word@" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_without_the_driver_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "kith.stores.ledger.postgres")
    monkeypatch.delattr("kith.stores.ledger.postgres")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(BadInput, match=r"pip install 'kith\[servers\]'"):
        open_ledger("postgresql://host/db")


def test_an_old_server_is_refused_by_its_version(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kith.stores.ledger.postgres.OLDEST", 990_000)
    with pytest.raises(Terminal, match=r"is on PostgreSQL \d\d, and 99 or newer is needed"):
        open_ledger(url)


def test_a_database_that_cannot_hold_all_text_is_refused(url: str) -> None:
    name = f"{urlsplit(url).path[1:]}_latin"
    run_on(url, f"CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    try:
        with pytest.raises(Terminal, match="keeps text as 'LATIN1'"):
            open_ledger(urlunsplit(urlsplit(url)._replace(path=f"/{name}")))
    finally:
        run_on(url, f"DROP DATABASE {name} WITH (FORCE)")


def test_a_database_that_takes_no_writes_is_refused(url: str) -> None:
    run_on(url, f"ALTER DATABASE {urlsplit(url).path[1:]} SET default_transaction_read_only = on")
    with pytest.raises(Terminal, match="read-only"):
        open_ledger(url)


def test_a_format_from_later_is_refused(ledger: SqlLedger, url: str) -> None:
    run_on(url, "INSERT INTO ledger_format VALUES (99, 0)")
    with pytest.raises(WrongFormat, match=r"format 99"):
        open_ledger(url)


SHAPE = """
SELECT table_name, column_name, data_type, collation_name, is_nullable, column_default
FROM information_schema.columns WHERE table_schema = 'public' UNION ALL
SELECT tablename, indexname, indexdef, NULL, NULL, NULL FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2
"""
BEFORE = """
DROP TABLE api_keys;
DROP TABLE requests;
DROP INDEX mentions_of_person_by_time;
DROP INDEX mentions_of_tie_by_time;
DROP INDEX engagement_by_time;
CREATE INDEX mentions_of_person ON mentions (user_id, tenant);
ALTER TABLE statements DROP COLUMN detail, DROP COLUMN denied;
ALTER TABLE tombstones DROP COLUMN settled_at;
DROP TABLE relations;
DELETE FROM ledger_format WHERE version > 1;
"""
"""What the first format had otherwise, as far as the order of columns does not matter."""


def test_an_old_ledger_is_brought_up_to_date(ledger: SqlLedger, url: str) -> None:
    newest = run_on(url, SHAPE)
    run_on(url, BEFORE)
    assert run_on(url, SHAPE) != newest
    open_ledger(url).close()
    assert run_on(url, SHAPE) == newest


def test_reports_read_beside_it_and_cannot_write(ledger: SqlLedger, url: str) -> None:
    ledger.runs.start("r1", "t")
    with open_reports(url) as reports:
        assert reports.latest_runs("t") == ledger.runs.latest("t")
        assert reports.totals("t")["runs"] == 1
    database = open_database(url, read_only=True)
    with pytest.raises(Transient, match="read-only"), database.write() as connection:
        connection.exec_driver_sql("DELETE FROM pipeline_runs")
    database.close()


WORDS = ("", "A", "B", "Z", "a", "b", "ä", "é", "z", "Ω", "а", "名", "\U0001f642", "a b", "a-b", "a_b", "ab", "aB")


def test_text_goes_by_code_points_whatever_the_database_thinks(ledger: SqlLedger, url: str) -> None:
    if version_of(url) >= 15:
        assert run_on(url, "SELECT 'a' < 'B', 'ä' < 'b'") == [(True, True)]
    lease = lease_of(ledger)
    items = [Item(f"k{word}", f"u{word}", "a", 1, "f", "l") for word in WORDS]
    ledger.batches.commit(lease, Commit("b", "r", "t", 0, True, items, 0, ()))
    entities = [Entity("thing", f"e{word}") for word in WORDS]
    said = [replace(evidence(n), key=f"k{word}", user_id=f"u{word}") for n, word in enumerate(WORDS)]
    ledger.evidence.write(lease, "t", said)
    everything = Extraction(tuple(Mention(one, "x") for one in entities))
    ledger.evidence.write(lease, "t", [replace(evidence(99), extraction=everything)])
    assert [one.key for one in ledger.batches.scan("t")] == sorted(f"k{word}" for word in WORDS)
    assert ledger.evidence.users("t") == sorted({*(f"u{word}" for word in WORDS), "u1"})
    assert list(ledger.evidence.entities("t")) == sorted([*entities, PORTO])
    for n, word in enumerate(sorted(WORDS)):
        assert [one.key for one in ledger.batches.scan("t", after=f"k{word}")] == sorted(f"k{w}" for w in WORDS)[
            n + 1 :
        ]


def test_indexes_serve_the_pages(ledger: SqlLedger, url: str) -> None:
    asked: list[tuple[str, object]] = []

    def note(_c: object, _u: object, statement: str, values: object, _x: object, _m: object) -> None:
        asked.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        ledger.batches.scan("t", after="k", limit=5)
        ledger.evidence.headers("t", after="k", limit=5)
        ledger.runs.rejections("t", after="k", limit=5)
        list(ledger.evidence.entities("t"))
        ledger.runs.latest("t")
        ledger.insight.mention_times("t", "u1")
        ledger.insight.intents_by_time("t", "u1")
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    pages = [(statement, values) for statement, values in asked if "LIMIT" in statement]
    assert len(pages) == 7
    with psycopg.connect(url) as connection:
        for setting in ("enable_seqscan", "enable_bitmapscan", "enable_sort"):
            connection.execute(f"SET {setting} = off".encode())
        for statement, values in pages:
            lines = connection.execute(f"EXPLAIN {statement}".encode(), values).fetchall()  # pyright: ignore[reportArgumentType]
            plan = "\n".join(str(line) for (line,) in lines)
            assert "Index" in plan
            assert " Sort " not in plan or "Incremental Sort" in plan, plan


def test_what_postgres_cannot_keep_is_a_record_refused(ledger: SqlLedger) -> None:
    lease = lease_of(ledger)
    good = Item("k1", "u1", "a", 1, "file", "line")
    random = "".join(map(chr, Random(7).choices(range(0x4E00, 0x9FFF), k=9000)))
    for bad in ({"key": "a\0b"}, {"timestamp": 1 << 63}, {"key": "\ud800"}, {"key": random}):
        with pytest.raises(RecordRefused, match="leave that record out"):
            ledger.batches.commit(lease, Commit("b", "r", "t", 0, True, (good, replace(good, **bad)), 0, ()))
    assert ledger.batches.count("t") == 0


def test_errors_never_repeat_what_people_said(ledger: SqlLedger, url: str) -> None:
    run_on(url, "ALTER TABLE rejections ADD CHECK (raw <> 'my secret')")
    said = Rejection("not_json", "no", "file", "line 1", "my secret")
    with pytest.raises(Terminal, match="violates check constraint") as refused:
        ledger.batches.commit(lease_of(ledger), Commit("b", "r", "t", 0, True, (), 0, (said,)))
    assert "my secret" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_forgetting_sweeps_the_tables_where_something_went(ledger: SqlLedger, url: str) -> None:
    if version_of(url) < 15:
        pytest.skip("before 15, a server tells some time later what it swept")
    lease = lease_of(ledger)
    ledger.evidence.write(lease, "t", [evidence(1)])
    run_on(url, "INSERT INTO parted VALUES ('t', 'somebody', 'a', 'b')")
    ledger.people.delete(lease, "t", "u1")
    swept = run_on(url, "SELECT relname FROM pg_stat_user_tables WHERE vacuum_count > 0 ORDER BY 1")
    assert swept == [("evidence_headers",), ("intents",), ("mentions",), ("statements",), ("user_engagement",)]
