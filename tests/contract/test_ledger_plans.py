"""No question that is asked again and again makes the SQLite ledger read a whole tenant."""

import sqlite3
from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from kith.persona.evidence import Evidence, Extraction, Touched
from kith.persona.model import Engagement, Entity, Mention, Relation, Statement
from kith.stores.ledger import SqlLedger, open_ledger
from kith.stores.ledger_port import CATALOGUE, CampaignAbout, Commit, Item, OpenBatch
from kith.stores.serving_port import Answer, KeyRow, RequestRow

NOW = 1_772_357_400_000  # 2026-03-01T09:30:00Z
PORTO = Entity("place", "porto")
NEAR = Relation(PORTO, "near", Entity("place", "gaia"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Generator[SqlLedger]:
    opened = open_ledger(f"sqlite:///{path}")
    yield opened
    opened.close()


def ask_everything(ledger: SqlLedger) -> None:
    """The questions that are asked again and again as a ledger grows."""
    lease = ledger.leases.take([CATALOGUE, 0], holder="ann", seconds=60)
    assert lease is not None
    liked = Engagement("click", 2.0)
    found = Extraction((Mention(PORTO, "Porto"),), (Statement("likes", PORTO),), ("buy",), (NEAR,))
    many = [Evidence(f"k{n:03}", f"u{n}", "a", NOW + n, "c1", "x", "spring", liked, found) for n in range(30)]
    items = [Item(one.key, one.user_id, one.content, one.timestamp, "file", "line") for one in many]
    named = (frozenset({PORTO}), frozenset({"buy"}), frozenset({"spring"}), frozenset({NEAR}))
    touched = [Touched(f"u{n}", *named, facts=True) for n in range(30)]
    ledger.batches.known("t", items)
    ledger.batches.open(lease, OpenBatch("b", "r", "messages", "t", "ann", (0,), 1, tuple(items)))
    ledger.evidence.write(lease, "t", many)
    ledger.evidence.write(lease, "t", many)
    ledger.evidence.ties_many("t", touched)
    ledger.runs.start("r", "t")
    ledger.batches.commit(lease, Commit("b", "r", "t", 0, True, items, 0, ()))
    ledger.runs.latest("t", before="r")
    ledger.runs.rejections("t", user_id="u1", after="k001")
    ledger.evidence.all_ties("t", "u1")
    ledger.evidence.headers("t", after="k001", limit=10)
    ledger.evidence.mentioned_by("t", PORTO)
    ledger.evidence.drop_orphans("t", [PORTO])
    ledger.evidence.write_campaigns(lease, "t", [CampaignAbout("spring", "a", "x", (), (PORTO,))])
    ask_for_serving(ledger)
    ledger.evidence.delete_messages(lease, "t", [one.key for one in many])
    ledger.batches.get("t", [one.key for one in many])
    ledger.batches.scan("t", after="k001", limit=10)
    ledger.batches.lineage("t", "k001")
    ledger.batches.remove(lease, "t", [one.key for one in many])


def ask_for_serving(ledger: SqlLedger) -> None:
    """What is asked for each answer to a client."""
    ledger.batches.generation("t", "u1")
    ledger.insight.stated("t", "u1")
    ledger.insight.stated("t", "u1", known_at=NOW)
    ledger.insight.mention_times("t", "u1")
    ledger.insight.mention_times("t", "u1", until=NOW)
    ledger.insight.mentioning("t", "u1", PORTO, before=(NOW, "k001"))
    ledger.insight.entity("t", PORTO.id_in("t"))
    ledger.insight.intents_by_time("t", "u1")
    ledger.insight.done_by("t", "u1")
    ledger.insight.done_in("t", [(f"u{n}", "c1") for n in range(30)])
    ledger.insight.done_by_day("t", since=NOW)
    ledger.keys.add(KeyRow("k1", "t", "", (), "digest", 1, None))
    ledger.keys.get("k1")
    ledger.keys.any_valid()
    ledger.keys.list()
    ledger.keys.revoke("k1")
    ledger.requests.take(RequestRow("t", "r1", "u1", "digest", 1, "[]"))
    ledger.requests.waiting()
    ledger.requests.answer("t", "r1", Answer(200, "{}"))
    ledger.requests.get("t", "r1")
    ledger.requests.count()
    ledger.requests.drop_older(NOW)


SMALL = (
    "open_batches",
    "open_items",
    "leases",
    "api_keys",
    "CONSTANT ROW",
    "SCAN asked",
    "requests_waiting",
    "requests_answered",
    "requests_in_hand",
)
"""What stays small however much a ledger holds, is a part of the question, or holds just what is asked for: it may be
read from end to end."""


def test_no_frequent_question_reads_a_whole_tenant(ledger: SqlLedger, path: Path) -> None:
    asked: list[tuple[str, tuple[str | int | float | None, ...]]] = []

    def note(
        _c: object,
        _cursor: object,
        statement: str,
        values: tuple[str | int | float | None, ...],
        _x: object,
        many: bool,
    ) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")) and not many:
            asked.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        ask_everything(ledger)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(asked) > 50
    connection = sqlite3.connect(path)
    for statement, values in asked:
        for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values):
            wide = str(detail).startswith("SCAN") or str(detail).endswith("(tenant=?)")
            assert not wide or any(name in str(detail) for name in SMALL), f"{detail}\n{statement}"
    connection.close()
