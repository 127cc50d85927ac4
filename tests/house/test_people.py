"""Forgetting leaves nothing anywhere, others keep what is theirs, and export tells all there is."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from kith.etl.integrity import Integrity
from kith.etl.people import Forgetter, Receipt, export_person
from kith.etl.repairing import Repairs
from kith.etl.running import RunOptions
from kith.etl.sources import records_source
from kith.etl.summary import RunSummary
from kith.persona.errors import KithError
from kith.persona.evidence import Ties
from kith.persona.identity import Json, user_node_id
from kith.persona.model import Entity
from kith.persona.time import iso
from kith.pipeline import Options, run_paths
from kith.settings import Settings
from kith.stores.errors import Transient
from kith.stores.ports import CacheKey
from kith.tending import admit_person, export_lines, forget_person, rebuild_store
from kith.wiring import App, open_app

TENANT = "acme"
DAY = 24 * 60 * 60 * 1000
WHO = "zoë-the-unmistakable"
SECRET = Entity("name", "villa serbelloni")
Record = dict[str, Json]


def run(app: App, records: Sequence[Record]) -> RunSummary:
    return app.runner().run(records_source(records), RunOptions(tenant=TENANT, max_rejected=1))


def forget(app: App, user_id: str = WHO) -> Receipt:
    return Forgetter(app.writer(), clock=app.clock).forget(TENANT, user_id)


def digests(app: App) -> dict[str, str]:
    verdict = Integrity(app.stores, tenant=TENANT).verify()
    assert verdict.as_json()["differences"] == []
    return verdict.digests


def said(text: str, timestamp: int, **more: Json) -> Record:
    return {"user_id": WHO, "message": text, "timestamp": timestamp, **more}


@pytest.fixture
def theirs() -> list[Record]:
    """What is to be forgotten: with places of their own and shared ones, engagement, and two rejections."""
    return [
        said("I would rather see Porto than the Villa Serbelloni", 1_770_000_000_000, intent="plan_trip"),
        said(
            "And Monte Rosa after Porto",
            1_770_000_100_000,
            campaign_id="only-theirs",
            engagement={"kind": "like"},
            metadata={"café": WHO},
        ),
        said("", 1_770_000_200_000),
        {"who": WHO, "message": "It was a person without a name", "timestamp": 1_770_000_300_000},
    ]


def nothing_left(app: App, user_id: str = WHO) -> None:
    stores = app.stores
    assert stores.documents.get_user(TENANT, user_id) is None
    assert stores.documents.scan_messages(TENANT, user_id=user_id) == []
    assert stores.vectors.count_messages(TENANT, user_id=user_id) == 0
    assert user_id not in stores.graph.scan_users(TENANT)
    assert stores.graph.get_ties(TENANT, user_id) == Ties(user_id, whole=True, facts=())
    assert set(stores.ledger.people.count(TENANT, user_id).values()) == {0}
    assert SECRET not in {*stores.graph.scan_entities(TENANT), *stores.vectors.scan_entities(TENANT)}
    assert SECRET not in set(stores.ledger.evidence.entities(TENANT))


def test_nothing_is_left_and_others_keep_what_is_theirs(app: App, talk: list[Record], theirs: list[Record]) -> None:
    run(app, talk[:48])
    before = digests(app)
    others = {user: app.stores.graph.get_ties(TENANT, user) for user in ("u0", "u1", "u2")}
    assert run(app, theirs).rejected == 2
    person = user_node_id(TENANT, WHO)
    app.stores.cache.put(CacheKey(TENANT, person, 1, 1, "context", ""), b"an answer", seconds=60)
    receipt = forget(app)
    nothing_left(app)
    assert digests(app) == before
    assert {user: app.stores.graph.get_ties(TENANT, user) for user in others} == others
    # 2 deliveries, 2 headers, 4 mentions, 2 pairs that stood together, 1 intent, 1 event, 2 rejections
    assert (receipt.deleted["documents"], receipt.deleted["vectors"], receipt.deleted["cache"]) == (3, 2, 1)
    assert receipt.deleted["ledger"] >= 12
    assert receipt.deleted["graph"] >= 6
    assert receipt.second_look == dict.fromkeys(receipt.deleted, 0)
    kept = app.stores.ledger.people.receipts(TENANT, WHO)
    assert kept == [{name: value for name, value in receipt.as_json().items() if name != "user"}]
    assert app.stores.ledger.runs.rejection_counts(TENANT) == {}
    assert app.stores.ledger.people.unpurged() == []
    assert app.stores.ledger.batches.generation(TENANT, WHO) > 1


def test_refused_with_full_too_until_let_in_and_then_only_what_is_later(
    settings: Settings, theirs: list[Record], tmp_path: Path
) -> None:
    file = tmp_path / "theirs.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in theirs[:2]))
    options = Options(full=True, max_rejected=1)
    assert run_paths([str(file)], settings, options, command="a test").summary.accepted == 2
    forget_person(settings, WHO, command="a test")
    done = run_paths([str(file)], settings, options, command="a test").summary
    assert (done.accepted, done.rejected) == (0, 2)
    assert admit_person(settings, WHO, command="a test")
    assert not admit_person(settings, WHO, command="a test")
    with open_app(settings, command="a test") as app:
        later = said("Back from Porto", app.clock() + DAY, message_id="later")
        done = run(app, [*theirs[:2], later])
        assert (done.accepted, done.rejected) == (1, 2)
        assert app.stores.ledger.runs.rejection_counts(TENANT) == {"forgotten": 4}
        assert all(WHO not in row.rejection.raw for row in app.stores.ledger.runs.rejections(TENANT))
        assert app.stores.documents.count_messages(TENANT, user_id=WHO) == 1
        digests(app)


def files_with(home: Path, *words: bytes) -> set[str]:
    files = [file for file in home.rglob("*") if file.is_file()]
    return {file.name for file in files for word in words if word in file.read_bytes()}


def test_no_file_holds_the_id_or_a_word_of_theirs(settings: Settings, talk: list[Record], theirs: list[Record]) -> None:
    with open_app(settings, command="a test", create=True) as app:
        run(app, talk[:48])
        run(app, theirs)
        forget(app)
    spellings = (WHO.encode(), json.dumps(WHO).strip('"').encode())
    # Ladybug cannot give free pages back: the id may stay in its file until the graph is begun anew.
    assert files_with(settings.home, *spellings) <= {"graph.lbug"}
    assert files_with(settings.home, b"erbelloni") <= {"graph.lbug"}
    rebuild_store(settings, "graph", command="a test", tick=lambda _: None)
    assert files_with(settings.home, *spellings, b"erbelloni") == set()


DELETIONS = (
    "documents.delete_user",
    "vectors.delete_user",
    "ledger.people.delete",
    "graph.delete_user",
    "cache.forget",
)


class Died(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("last", ["ledger.people.bury", *DELETIONS])
def test_whoever_dies_while_forgetting_is_finished_by_who_opens_next(
    last: str, settings: Settings, talk: list[Record], theirs: list[Record], disturbed: Callable[..., App]
) -> None:
    def die(call: str, _given: Sequence[object]) -> None:
        if call == last:
            raise Died

    with open_app(settings, command="a test", create=True) as app:
        run(app, talk[:12])
        before = digests(app)
        run(app, theirs)
        with pytest.raises(Died):
            forget(disturbed(app, after=die))
        date = app.stores.ledger.people.tombstone(TENANT, WHO)
    with open_app(settings, command="a test") as app:
        nothing_left(app)
        assert digests(app) == before
        assert app.stores.ledger.people.tombstone(TENANT, WHO) == date
        receipts = app.stores.ledger.people.receipts(TENANT, WHO)
        if last == "vectors.delete_user":  # nobody is left to know them by
            assert receipts == []
        else:
            assert [receipt["second_look"] for receipt in receipts] == [
                dict.fromkeys(("documents", "vectors", "ledger", "graph", "cache"), 0)
            ]
        assert app.stores.ledger.people.unpurged() == []


def test_who_was_never_known_is_looked_for_once(settings: Settings) -> None:
    with open_app(settings, command="a test", create=True) as app:
        tombstone = app.stores.ledger.people.bury(TENANT, WHO)
        assert app.stores.ledger.people.unpurged() == [tombstone]
    with open_app(settings, command="a test") as app:
        assert app.stores.ledger.people.unpurged() == []
        assert app.stores.ledger.people.tombstone(TENANT, WHO) == tombstone


def test_a_store_that_fails_for_now_costs_no_count(
    app: App, theirs: list[Record], disturbed: Callable[..., App]
) -> None:
    run(app, theirs)
    failed: list[str] = []

    def fail(call: str, _given: Sequence[object]) -> None:
        if call in ("vectors.delete_user", "graph.delete_user") and call not in failed:
            failed.append(call)
            raise Transient("not now")

    receipt = forget(disturbed(app, before=fail))
    assert failed == ["graph.delete_user", "vectors.delete_user"]
    assert (receipt.deleted["documents"], receipt.deleted["vectors"]) == (3, 2)
    nothing_left(app)


def test_what_a_second_look_finds_is_told_and_no_receipt_is_given(
    app: App, theirs: list[Record], disturbed: Callable[..., App]
) -> None:
    run(app, theirs)

    def come_back(call: str, _given: Sequence[object]) -> None:
        if call == "graph.delete_unused_intents":
            app.stores.graph.set_ties(TENANT, [Ties(WHO, whole=True)])

    with pytest.raises(KithError, match=r"second look still found.*'graph': 1.*run `kith forget`"):
        forget(disturbed(app, after=come_back))
    assert app.stores.ledger.people.unpurged()
    forget(app)
    nothing_left(app)


def test_forgetting_somebody_unknown_keeps_them_out(app: App, theirs: list[Record]) -> None:
    receipt = forget(app)
    assert set(receipt.deleted.values()) == {0}
    assert run(app, theirs[:2]).rejected == 2


def test_an_id_in_another_unicode_form_is_the_same_person(app: App, theirs: list[Record]) -> None:
    run(app, theirs)
    assert len(list(export_person(app.stores, TENANT, "zoe\u0308-the-unmistakable"))) > 4
    forget(app, "zoe\u0308-the-unmistakable")
    nothing_left(app)


def test_export_tells_all_that_is_held(app: App, theirs: list[Record]) -> None:
    run(app, theirs)
    found = list(export_person(app.stores, TENANT, WHO))
    kinds = [record["kind"] for record in found]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "user": 1,
        "message": 2,
        "entity": 3,
        "intent": 1,
        "engagement": 1,
        "seen_with": 2,
        "rejection": 2,
    }
    assert found[0] == {"kind": "user", "user_id": WHO, "name": None, "metadata": {}}
    assert {"kind": "intent", "intent": "plan_trip", "count": 1, "last": iso(1_770_000_000_000)} in found


def test_exported_messages_run_again_are_the_same(
    settings: Settings, tmp_path: Path, talk: list[Record], theirs: list[Record]
) -> None:
    with open_app(settings, command="a test", create=True) as app:
        run(app, talk)
        run(app, theirs)
        before = digests(app)
        lines = [line for n in range(12) for line in export_person(app.stores, TENANT, f"u{n}")]
    lines += [json.loads(line) for line in export_lines(settings, WHO, command="a test")]
    again = [{k: v for k, v in one.items() if k not in ("kind", "key")} for one in lines if one["kind"] == "message"]
    copy = Settings(home=tmp_path / "copy", embedder="hash", language="plain", tenant=TENANT)
    with open_app(copy, command="a test", create=True) as app:
        run(app, again)
        assert digests(app) == before
        assert Repairs(app.writer(), tenant=TENANT).repair().mended == 0
