"""Each kind of thing that needs attention is found where it was put, and nothing on a healthy house."""

from collections.abc import Generator

import numpy as np
import pytest

from kith.etl.anomalies import Anomaly, find_anomalies, odd_runs
from kith.etl.mending import indexed
from kith.etl.running import RunOptions, TooManyRejected
from kith.etl.sources import records_source
from kith.persona.identity import Json
from kith.pipeline import detect_anomalies
from kith.settings import Settings
from kith.stores.ledger_port import RunRow, RunStatus, StageRow
from kith.stores.milvus_client import Address, connect
from kith.stores.milvus_rows import message_row
from kith.wiring import App, open_app

TENANT = "acme"
SECOND = 1000


def ran(
    run_id: str,
    *,
    status: RunStatus = "succeeded",
    read: int = 2000,
    rejected: int = 0,
    seconds: int = 10,
    error: str | None = None,
    idle: tuple[str, ...] = (),
) -> RunRow:
    steps = ("embed", "vectors", "names", "graph", "sweep")
    accepted = read - rejected
    return RunRow(
        run_id=run_id,
        tenant=TENANT,
        status=status,
        started_at=0,
        finished_at=seconds * SECOND,
        read=read,
        accepted=accepted,
        duplicate=0,
        rejected=rejected,
        batches=1,
        error=error,
        stages=tuple(StageRow(step, 0 if step in idle else accepted, 1.0, "succeeded", 0, 1) for step in steps),
    )


USUAL = [ran("b", seconds=9), ran("a", seconds=11)]
CASES: dict[str, tuple[list[RunRow], list[tuple[str, str, str]]]] = {
    "a run that failed": (
        [ran("x", status="failed", error="the disk is full"), *USUAL],
        [("failed_run", "x", "failed: the disk is full")],
    ),
    "a run whose process died": (
        [ran("x", status="abandoned"), *USUAL],
        [("failed_run", "x", "abandoned: its process ended before the run did")],
    ),
    "an interrupted run, a running one": ([ran("y", status="interrupted"), ran("x", status="running"), *USUAL], []),
    "steps with nothing to do": (
        [ran("x", idle=("vectors", "names", "sweep")), *USUAL],
        [("empty_stage", "x", "'vectors' dealt with no records")],
    ),
    "a small run with nothing to do": (
        [ran("x", read=3, idle=("graph",))],
        [("empty_stage", "x", "'graph' dealt with no records")],
    ),
    "an idle step in a run before": ([*USUAL, ran("x", idle=("graph",))], []),
    "nothing new": ([ran("x", read=0, idle=("embed", "vectors", "graph")), *USUAL], []),
    "more rejections than ever": (
        [ran("x", rejected=100), *USUAL],
        [("rejection_spike", "x", "5.0% of the records were rejected, 0.0% before")],
    ),
    "as many rejections as ever": ([ran("x", rejected=100), ran("b", rejected=90), ran("a", rejected=80)], []),
    "hardly any rejections": ([ran("x", rejected=10), *USUAL], []),
    "rejections of a small run": ([ran("x", read=100, rejected=50), *USUAL], []),
    "a slow run": ([ran("x", seconds=40), *USUAL], [("slow_run", "x", "50 messages a second, 200 before")]),
    "not so slow a run": ([ran("x", seconds=29), *USUAL], []),
    "a small run that opened the model": ([ran("x", read=300, seconds=8), *USUAL], []),
    "the first run": ([ran("x", seconds=100, rejected=1000)], []),
    "no run": ([], []),
}


@pytest.mark.parametrize("case", CASES)
def test_runs(case: str) -> None:
    runs, expected = CASES[case]
    assert [(one.kind, one.subject, one.detail) for one in odd_runs(runs)] == expected


@pytest.fixture(scope="module")
def open_house(tmp_path_factory: pytest.TempPathFactory) -> Generator[App]:
    settings = Settings(home=tmp_path_factory.mktemp("h"), embedder="hash", language="plain", tenant=TENANT)
    with open_app(settings, command="a test", create=True) as app:
        records: list[dict[str, Json]] = [
            {"user_id": f"u{n % 3}", "message": f"{n} days in Porto", "timestamp": n, "message_id": f"m{n}"}
            for n in range(30)
        ]
        app.runner().run(records_source(records), RunOptions(tenant=TENANT))
        yield app


def test_a_healthy_house_has_none(open_house: App) -> None:
    assert find_anomalies(open_house.stores, TENANT, extractor="phrases-1") == []


def test_a_run_that_failed_says_why(open_house: App) -> None:
    with pytest.raises(TooManyRejected):
        open_house.runner().run(records_source([{"user_id": "u1"}]), RunOptions(tenant="another"))
    found = find_anomalies(open_house.stores, "another", extractor="phrases-1")
    assert [(one.kind, one.remedy) for one in found] == [("failed_run", "kith run, with the same sources")]
    assert "1 of 1 records were rejected" in found[0].detail
    assert find_anomalies(open_house.stores, TENANT, extractor="phrases-1") == []


def test_a_vector_that_cannot_be_searched(open_house: App) -> None:
    """No upsert of ours would write one: this goes to the program behind it."""
    message = open_house.stores.documents.scan_messages(TENANT, limit=1)[0]
    client = connect(Address(f"unix:{open_house.settings.home / 'vectors' / 'milvus.sock'}"))
    row = message_row(TENANT, indexed(message), np.zeros(384, np.float32), lexical=True)
    client.upsert("kith_messages", [row], timeout=10)
    client.close()
    try:
        assert find_anomalies(open_house.stores, TENANT, extractor="phrases-1") == [
            Anomaly("bad_embedding", message.key, "its vector is zero or not a number", "kith rebuild vectors")
        ]
    finally:
        vectors = open_house.tools.embed_messages([message])
        open_house.stores.vectors.upsert_messages(TENANT, [indexed(message)], vectors)


def test_stores_that_disagree_the_first_few_and_how_many_more(open_house: App) -> None:
    stores = open_house.stores
    messages = stores.documents.scan_messages(TENANT)
    stores.vectors.delete_messages(TENANT, [message.key for message in messages[:25]])
    found = find_anomalies(stores, TENANT, extractor="phrases-1")
    keys = sorted(message.key for message in messages[:25])[:20]
    assert found[:20] == [
        Anomaly("stores_disagree", f"vectors {key}", "missing: documents hold this message", "kith repair")
        for key in keys
    ]
    assert found[20:] == [Anomaly("stores_disagree", "and more", "5 more of this kind", "kith repair")]
    vectors = open_house.tools.embed_messages(messages)
    stores.vectors.upsert_messages(TENANT, [indexed(message) for message in messages], vectors)
    assert find_anomalies(stores, TENANT, extractor="phrases-1") == []


def test_a_document_that_is_lost_needs_its_source(settings: Settings) -> None:
    with open_app(settings, command="a test", create=True) as app:
        record: dict[str, Json] = {"user_id": "ana", "message": "Hello", "timestamp": 1}
        app.runner().run(records_source([record]), RunOptions(tenant=TENANT))
        message = app.stores.documents.scan_messages(TENANT)[0]
        app.stores.documents.delete_messages(TENANT, [message.key])
    found = detect_anomalies(home=settings.home, tenant=TENANT)
    lost = "kith repair, then kith run --full with its source"
    assert [(one.subject, one.remedy) for one in found if one.remedy == lost] == [(f"documents {message.key}", lost)]
    assert found[0].as_json().keys() == {"kind", "subject", "detail", "remedy"}


def test_evidence_of_another_version_is_named(open_house: App) -> None:
    [found] = find_anomalies(open_house.stores, TENANT, extractor="rules-9")
    messages = open_house.stores.documents.count_messages(TENANT)
    assert found == Anomaly(
        "old_evidence",
        "phrases-1",
        f"{messages} messages were learned from by it, and 'rules-9' is set now",
        "kith rebuild evidence",
    )
