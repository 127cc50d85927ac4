"""Events that a store lost, that stand where they should not, or that were left open: named and mended."""

import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from typing import TypeAlias

import pytest

from kith.etl.integrity import Integrity
from kith.etl.mending import indexed
from kith.etl.repairing import Rebuildable, Repairs
from kith.etl.summary import RunSummary
from kith.persona.evidence import Engaged
from kith.persona.identity import Json
from kith.persona.model import Engagement, Message
from kith.settings import Settings
from kith.stores.ledger_port import Item, OpenBatch
from kith.wiring import App, open_app

Record: TypeAlias = dict[str, Json]
Mixed: TypeAlias = Callable[[], list[Record]]
Agreed: TypeAlias = Callable[[App], dict[str, str]]
Run: TypeAlias = Callable[..., RunSummary]
Named: TypeAlias = tuple[str, str, str]

TENANT = "acme"
TIME = 1_770_000_000_000
LIKED = Message(TENANT, "u1", "", TIME + 1, message_id="e1", campaign_id="spring", engagement=Engagement("like"))


def stored(app: App) -> dict[str, Message]:
    return {message.key: message for message in app.stores.documents.scan_messages(TENANT)}


def in_vectors(app: App) -> set[str]:
    return {key for key, _, _ in app.stores.vectors.scan_messages(TENANT)}


def engaged(app: App) -> tuple[Engaged, ...]:
    ties = app.stores.graph.get_ties(TENANT, "u1")
    assert ties.engaged == app.stores.ledger.evidence.all_ties(TENANT, "u1").engaged
    return ties.engaged


def differences(app: App) -> list[Named]:
    return sorted((d.store, d.kind, d.key) for d in Integrity(app.stores, tenant=TENANT).verify().differences)


def sql(app: App, statement: str) -> None:
    """Behind everybody's back, about the event."""
    with closing(sqlite3.connect(app.settings.home / "ledger.db", isolation_level=None, timeout=10)) as ledger:
        assert ledger.execute(statement, (LIKED.key,)).rowcount == 1


def stray_vector(app: App) -> list[Named]:
    with_words = replace(LIKED, text="Porto")
    row = replace(indexed(with_words), key=LIKED.key, content=LIKED.content)
    app.stores.vectors.upsert_messages(TENANT, [row], app.tools.embed_messages([with_words]))
    return [("vectors", "extra", LIKED.key)]


def header_gone(app: App) -> list[Named]:
    sql(app, "DELETE FROM evidence_headers WHERE message_key = ?")
    return [("evidence", "missing", LIKED.key)]


def engagement_gone(app: App) -> list[Named]:
    sql(app, "DELETE FROM user_engagement WHERE message_key = ?")
    return [("evidence", "different", LIKED.key), ("graph", "different", "u1")]


def delivery_gone(app: App) -> list[Named]:
    sql(app, "DELETE FROM deliveries WHERE key = ?")
    return [("deliveries", "missing", LIKED.key)]


def tie_gone(app: App) -> list[Named]:
    ties = app.stores.ledger.evidence.all_ties(TENANT, "u1")
    app.stores.graph.set_ties(TENANT, [replace(ties, engaged=())])
    return [("graph", "missing", "u1")]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, run: Run, mixed: Mixed) -> Generator[App]:
    settings = Settings(home=tmp_path_factory.mktemp("house"), embedder="hash", language="plain", tenant=TENANT)
    with open_app(settings, command="a test", create=True) as app:
        run(app, mixed())
        yield app


@pytest.mark.parametrize(
    "damage",
    [stray_vector, header_gone, engagement_gone, delivery_gone, tie_gone],
    ids=lambda damage: damage.__name__,
)
def test_damage_is_named_and_mended(damage: Callable[[App], list[Named]], house: App) -> None:
    before = Integrity(house.stores, tenant=TENANT).verify()
    assert before.ok
    expected = damage(house)
    assert differences(house) == sorted(expected)
    repaired = Repairs(house.writer(), tenant=TENANT).repair()
    assert (repaired.mended, repaired.lost, repaired.verdict) == (len(expected), 0, before)


@pytest.mark.parametrize("what", ["vectors", "evidence", "graph"])
def test_a_rebuild_comes_to_the_same(what: Rebuildable, house: App) -> None:
    before = Integrity(house.stores, tenant=TENANT).verify()
    stray_vector(house)
    done = Repairs(house.writer(), tenant=TENANT).rebuild(what)
    assert (done.through, done.relearned) == ({"vectors": 3, "evidence": 8, "graph": 3}[what], 0)
    if what != "vectors":
        Repairs(house.writer(), tenant=TENANT).repair()
    assert Integrity(house.stores, tenant=TENANT).verify() == before


def test_an_event_that_documents_lost_comes_back_from_its_source(app: App, run: Run, mixed: Mixed) -> None:
    run(app, mixed())
    before = Integrity(app.stores, tenant=TENANT).verify()
    app.stores.documents.delete_messages(TENANT, [LIKED.key])
    assert differences(app) == [("documents", "missing", LIKED.key), ("evidence", "extra", LIKED.key)]
    repaired = Repairs(app.writer(), tenant=TENANT).repair()
    assert (repaired.lost, repaired.verdict.ok, engaged(app)[0].count) == (1, True, 4)
    assert run(app, mixed()).accepted == 1
    assert Integrity(app.stores, tenant=TENANT).verify() == before


def test_an_event_left_open_is_finished_from_documents(
    app: App, run: Run, agreed: Agreed, undisturbed: Callable[..., dict[str, str]]
) -> None:
    words: Record = {"user_id": "u1", "timestamp": TIME, "message": "Back to Porto", "message_id": "e1"}
    event: Record = {"user_id": "u1", "timestamp": TIME + 1, "campaign_id": "spring", "engagement": "like"}
    event["event_id"] = "e1"
    run(app, [words])
    ledger = app.stores.ledger
    lease = ledger.leases.take([0], holder="another", seconds=60)
    assert lease is not None
    item = Item(LIKED.key, LIKED.user_id, LIKED.content, LIKED.timestamp, "a test", "1")
    ledger.batches.open(lease, OpenBatch("b", "r", "messages", TENANT, "another", (0,), app.clock(), (item,)))
    app.stores.documents.put_messages(TENANT, [LIKED])
    ledger.leases.free_all()
    app.writer().recover_all()
    assert in_vectors(app) == stored(app).keys() - {LIKED.key}
    assert agreed(app) == undisturbed([words, event])
