"""What is pending, what is lost, what only seems to differ, and repair where something is in its way."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from kith.etl.integrity import Integrity, Verdict
from kith.etl.mending import indexed
from kith.etl.people import Forgetter
from kith.etl.repairing import Repairs
from kith.etl.running import RunOptions
from kith.etl.sources import records_source
from kith.etl.summary import RunSummary
from kith.etl.tools import Tools
from kith.persona.hashing import HashEmbedder
from kith.persona.identity import Json
from kith.persona.model import Message, User
from kith.persona.phrases import PlainExtractor
from kith.pipeline import Options, run_paths
from kith.settings import Settings
from kith.stores.errors import ModelMismatch, RecordRefused
from kith.stores.ledger_port import Item, Lease, OpenBatch
from kith.tending import repair_stores, verify_stores
from kith.wiring import App, open_app

TENANT = "acme"
NEW = Message(TENANT, "dee", "We went to Ben Nevis in the end", 1_770_000_000_000, message_id="new")


def run(app: App, records: Sequence[dict[str, Json]]) -> RunSummary:
    return app.runner().run(records_source(records), RunOptions(tenant=TENANT, max_rejected=1))


def verify(app: App) -> Verdict:
    return Integrity(app.stores, tenant=TENANT).verify()


def repair(app: App) -> tuple[int, int]:
    done = Repairs(app.writer(), tenant=TENANT).repair()
    assert done.verdict.as_json()["differences"] == []
    return done.mended, done.lost


def named(verdict: Verdict) -> list[tuple[str, str, str]]:
    return sorted((d.store, d.kind, d.key) for d in verdict.differences)


def opened(app: App, *messages: Message) -> tuple[Lease, OpenBatch]:
    """A batch that another writer has begun, and will not come back to."""
    ledger = app.stores.ledger
    lease = ledger.leases.take([0], holder="another", seconds=60)
    assert lease is not None
    items = tuple(Item(m.key, m.user_id, m.content, m.timestamp, "a test", "1") for m in messages)
    row = OpenBatch("a batch", "a run", "messages", TENANT, "another", (0,), app.clock(), items)
    ledger.batches.open(lease, row)
    return lease, row


@pytest.mark.parametrize("written", ["nothing", "documents", "evidence", "everything"])
def test_an_open_batch_is_pending_and_repair_finishes_it(app: App, talk: list[dict[str, Json]], written: str) -> None:
    run(app, talk[:24])
    stores = app.stores
    lease, _ = opened(app, NEW)
    if written != "nothing":
        stores.documents.put_messages(TENANT, [NEW])
    if written in ("evidence", "everything"):
        stores.ledger.evidence.write(lease, TENANT, app.tools.learn([NEW]))
    if written == "everything":
        stores.vectors.upsert_messages(TENANT, [indexed(NEW)], app.tools.embed_messages([NEW]))
        stores.graph.set_ties(TENANT, [stores.ledger.evidence.all_ties(TENANT, "dee")])
    assert (named(verify(app)), verify(app).pending) == ([], 1)
    stores.ledger.leases.release(lease)
    assert repair(app) == (0, 0)
    assert stores.documents.count_messages(TENANT) == (24 if written == "nothing" else 25)
    stores.ledger.leases.free_all()
    app.writer().recover_all()
    verdict = verify(app)
    assert (named(verdict), verdict.pending, verdict.counts["deliveries"]) == ([], 0, verdict.counts["documents"])


def test_what_is_open_elsewhere_hides_no_difference_here(app: App, talk: list[dict[str, Json]]) -> None:
    run(app, talk[:24])
    key = app.stores.documents.scan_messages(TENANT, limit=1)[0].key
    lease, _ = opened(app, NEW)
    app.stores.vectors.delete_messages(TENANT, [key])
    assert named(verify(app)) == [("vectors", "missing", key)]
    app.stores.ledger.leases.release(lease)
    assert repair(app) == (1, 0)


def test_what_was_written_between_two_looks_is_no_difference(
    app: App, talk: list[dict[str, Json]], disturbed: Callable[..., App]
) -> None:
    run(app, talk[:24])
    written: list[RunSummary] = []

    def meanwhile(call: str, _given: Sequence[object]) -> None:
        if call == "ledger.batches.opened" and not written:
            written.append(run(app, talk[24:48]))

    verdict = Integrity(disturbed(app, after=meanwhile).stores, tenant=TENANT).verify()
    assert (len(written), named(verdict), verdict.counts["documents"]) == (1, [], 48)


LOST = (("documents", "missing"), ("evidence", "extra"), ("vectors", "extra"))


def test_a_document_lost_is_told_and_its_source_brings_it_back(settings: Settings, talk_file: Path) -> None:
    run_paths([str(talk_file)], settings, Options(), command="a test")
    with open_app(settings, command="a test") as app:
        before = verify(app)
        lost = app.stores.documents.scan_messages(TENANT, limit=2)
        app.stores.documents.delete_messages(TENANT, [message.key for message in lost])
        expected = [(store, kind, m.key) for m in lost for store, kind in LOST]
        assert named(verify(app)) == sorted(expected)
    done = repair_stores(settings, command="a test", tick=lambda _: None)
    assert (done.verdict.ok, done.mended, done.lost) == (True, 4, 2)
    run_paths([str(talk_file)], settings, Options(), command="a test")
    assert verify_stores(settings, command="a test", tick=lambda _: None).counts["documents"] == 238
    run_paths([str(talk_file)], settings, Options(full=True), command="a test")
    assert verify_stores(settings, command="a test", tick=lambda _: None) == before


def test_a_document_in_an_older_version_than_was_delivered_is_lost_too(app: App, talk: list[dict[str, Json]]) -> None:
    run(app, talk)
    before = verify(app)
    old = version_of(talk[30])
    app.stores.documents.delete_messages(TENANT, [old.key])
    app.stores.documents.put_messages(TENANT, [old])
    assert named(verify(app)) == [
        ("documents", "different", old.key),
        ("evidence", "different", old.key),
        ("vectors", "different", old.key),
    ]
    assert repair(app) == (2, 1)
    run(app, talk)
    assert verify(app) == before


def version_of(record: dict[str, Json]) -> Message:
    return Message(
        TENANT,
        str(record["user_id"]),
        str(record["message"]),
        int(str(record["timestamp"])),
        conversation_id=str(record["conversation_id"]),
        message_id=str(record["message_id"]),
        intent=str(record["intent"]),
    )


def test_whoever_was_forgotten_and_stands_in_documents_is_named_and_goes(app: App, talk: list[dict[str, Json]]) -> None:
    run(app, talk[:24])
    late = replace(NEW, user_id="u3")
    Forgetter(app.writer(), clock=app.clock).forget(TENANT, "u3")
    app.stores.documents.put_messages(TENANT, [late])
    app.stores.documents.put_users(TENANT, [User(TENANT, "u4")])
    assert ("documents", "forgotten", "u3") in named(verify(app))
    assert ("documents", "forgotten", late.key) in named(verify(app))
    repair(app)
    assert app.stores.documents.get_user(TENANT, "u3") is None
    assert app.stores.documents.get_messages(TENANT, [late.key]) == {}
    assert "u3" not in app.stores.graph.scan_users(TENANT)


def test_a_message_that_a_store_refuses_for_good_is_withdrawn_and_told(
    app: App, talk: list[dict[str, Json]], disturbed: Callable[..., App]
) -> None:
    run(app, talk[:24])
    app.stores.vectors.delete_messages(TENANT, [m.key for m in app.stores.documents.scan_messages(TENANT)])

    def refuse(call: str, given: Sequence[object]) -> None:
        if call == "vectors.upsert_messages" and "This week 7 " in repr(given):
            raise RecordRefused("a vector that cannot be searched")

    done = Repairs(disturbed(app, before=refuse).writer(), tenant=TENANT).repair()
    assert (named(done.verdict), done.verdict.counts["documents"]) == ([], 23)
    assert app.stores.ledger.runs.rejection_counts(TENANT) == {"undeliverable": 1}


def test_another_model_never_mixes_with_the_vectors_that_are_there(app: App, talk: list[dict[str, Json]]) -> None:
    run(app, talk[:24])
    before = verify(app)
    other = Tools(open_embedder=lambda: HashEmbedder(128), extractor=PlainExtractor(), model=app.stores.vectors.model())
    app.stores.vectors.delete_messages(TENANT, [app.stores.documents.scan_messages(TENANT, limit=1)[0].key])
    with pytest.raises(ModelMismatch, match="kith rebuild vectors"):
        Repairs(replace(app, tools=other).writer(), tenant=TENANT).repair()
    assert repair(app) == (1, 0)
    assert verify(app) == before


def test_no_model_is_opened_where_nothing_is_embedded(app: App, talk: list[dict[str, Json]]) -> None:
    def no_model() -> HashEmbedder:
        raise AssertionError("the model was opened")

    run(app, talk[:24])
    without = replace(
        app, tools=Tools(open_embedder=no_model, extractor=PlainExtractor(), model=app.stores.vectors.model())
    )
    app.stores.graph.delete_user(TENANT, "u1")
    assert repair(without)[1] == 0
    Repairs(without.writer(), tenant=TENANT).rebuild("graph")
    Forgetter(without.writer(), clock=without.clock).forget(TENANT, "u2")
    run(without, talk[:2])
    assert named(verify(app)) == []


@pytest.fixture
def of_two(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[Sequence[dict[str, Json]]], dict[str, str]]:
    """The digests of a house of its own that was given these records."""

    def digests(records: Sequence[dict[str, Json]]) -> dict[str, str]:
        settings = Settings(home=tmp_path_factory.mktemp("house"), embedder="hash", language="plain", tenant=TENANT)
        with open_app(settings, command="a test", create=True) as app:
            run(app, records)
            return verify(app).digests

    return digests


def test_digests_know_no_order_and_no_floats(
    app: App, talk: list[dict[str, Json]], of_two: Callable[[Sequence[dict[str, Json]]], dict[str, str]]
) -> None:
    run(app, talk[:40])
    digests = verify(app).digests
    assert of_two(talk[39::-1]) == digests
    assert of_two(talk[:39])["documents"] != digests["documents"]
    with closing(sqlite3.connect(app.settings.home / "ledger.db", isolation_level=None, timeout=10)) as ledger:
        ledger.execute("UPDATE mentions SET sentiment = 0.5")
        ledger.execute("UPDATE user_engagement SET value = 0.25")
    verdict = verify(app)
    assert (named(verdict), verdict.digests) == ([], digests)
