"""Delivery by stores that fail for now, for good, or over one record: the effect is there exactly once."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from kith.etl.running import RunOptions
from kith.etl.sources import open_sources
from kith.etl.summary import RunSummary
from kith.persona.identity import Json
from kith.stores.errors import RecordRefused, Terminal, Transient
from kith.wiring import App

Record = dict[str, Json]
Run = Callable[..., RunSummary]
Said = Callable[..., list[Record]]
Disturb = Callable[..., App]
Agreed = Callable[[App], dict[str, str]]
Undisturbed = Callable[..., dict[str, str]]
Hook = Callable[[str, Sequence[object]], None]

EDITED = {"message": "Never mind, it will be Porto", "timestamp": 1_780_000_000_000}


def refusing(where: str, *markers: str) -> Hook:
    """Refuses any call of one kind that holds one of the markers."""

    def hook(call: str, given: Sequence[object]) -> None:
        if call == where and any(marker in repr(given) for marker in markers):
            raise RecordRefused(f"{call} takes no such thing")

    return hook


def counts(done: RunSummary) -> tuple[int, int, int, int]:
    return done.read, done.accepted, done.duplicate, done.rejected


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("store", ["documents", "vectors", "graph", "ledger", "cache"])
def test_a_store_that_fails_for_now_at_every_call_changes_nothing(
    store: str,
    when: str,
    app: App,
    talk: list[Record],
    disturbed: Disturb,
    run: Run,
    agreed: Agreed,
    undisturbed: Undisturbed,
) -> None:
    failed: Counter[str] = Counter()

    def hook(call: str, _given: Sequence[object]) -> None:  # after: the call went through, and its answer was lost
        failed[call] += 1
        if call.startswith(store) and failed[call] <= 2:
            raise Transient(f"{call}: not now")

    records = [*talk[:50], *talk[-2:]]
    done = run(disturbed(app, **{when: hook}), records, batch_size=20)
    assert (done.status, counts(done)) == ("succeeded", (52, 50 + 1, 1, 0))
    assert agreed(app) == undisturbed(records)


@pytest.mark.parametrize(
    ("where", "places"),
    [
        *(("vectors.upsert_messages", places) for places in ([0], [39], [3, 4], [8, 31])),
        *(("documents.put_messages", places) for places in ([17], [8, 31])),
    ],
)
def test_a_record_that_a_store_refuses_is_rejected_and_no_other(
    places: list[int],
    where: str,
    app: App,
    said: Said,
    disturbed: Disturb,
    run: Run,
    agreed: Agreed,
    undisturbed: Undisturbed,
) -> None:
    records = said(40)
    for place in places:
        records[place]["message"] = f"Poison in the waters of Porto, {place}"
    done = run(disturbed(app, before=refusing(where, "Poison")), records)
    assert (done.status, counts(done), done.batches) == ("succeeded", (40, 40 - len(places), 0, len(places)), 1)
    assert agreed(app) == undisturbed([record for n, record in enumerate(records) if n not in places])
    rows = sorted(app.stores.ledger.runs.rejections("acme"), key=lambda row: row.rejection.position)
    assert [(row.rejection.code, row.rejection.position) for row in rows] == sorted(
        ("undeliverable", f"item {place + 1}") for place in places
    )
    kept = [json.loads(row.rejection.raw)["message"] for row in rows]
    assert sorted(kept) == sorted(str(records[place]["message"]) for place in places)


def test_a_record_that_the_ledger_refuses(
    app: App, said: Said, disturbed: Disturb, run: Run, agreed: Agreed, undisturbed: Undisturbed
) -> None:
    records = said(20)
    records[7]["message"] = "Nobody has ever been to Atlantis City"
    done = run(disturbed(app, before=refusing("ledger.evidence.write", "atlantis")), records)
    assert (counts(done), agreed(app)) == ((20, 19, 0, 1), undisturbed([*records[:7], *records[8:]]))


@pytest.mark.parametrize("where", ["documents.put_messages", "vectors.upsert_messages"])
def test_an_edit_that_a_store_refuses_leaves_the_version_before(
    where: str, app: App, said: Said, disturbed: Disturb, run: Run, agreed: Agreed, undisturbed: Undisturbed
) -> None:
    records = said(12)
    run(app, records)
    edits = [records[3] | EDITED | {"message": "Poison, not Porto"}, records[5] | EDITED]
    done = run(disturbed(app, before=refusing(where, "Poison")), edits)
    assert counts(done) == (2, 1, 0, 1)
    assert agreed(app) == undisturbed([*records, edits[1]])


def test_an_edit_that_vectors_refuse_never_stands_in_documents(
    app: App, said: Said, disturbed: Disturb, run: Run
) -> None:
    """Else who died then would have lost the version before."""
    run(app, said(3))
    refuse = refusing("vectors.upsert_messages", "Poison")
    written: list[str] = []

    def hook(call: str, given: Sequence[object]) -> None:
        refuse(call, given)
        if call == "documents.put_messages":
            written.append(repr(given))

    run(disturbed(app, before=hook), [said(1)[0] | EDITED | {"message": "Poison"}, said(3)[1] | EDITED])
    assert [text for text in written if "Poison" in text] == []
    assert any("Porto" in text for text in written)


@pytest.mark.parametrize("batch_size", [1, 40])
def test_where_the_newest_version_is_refused_the_one_before_it_counts(
    batch_size: int, app: App, said: Said, disturbed: Disturb, run: Run, agreed: Agreed, undisturbed: Undisturbed
) -> None:
    first = said(3)
    second = [record | EDITED for record in first]
    third = [second[1] | {"message": "Poison, not Porto", "timestamp": 1_790_000_000_000}]
    bad = disturbed(app, before=refusing("vectors.upsert_messages", "Poison"))
    done = run(bad, [*first, *second, *third], batch_size=batch_size)
    assert (done.read, done.rejected, done.accepted + done.duplicate) == (7, 1, 6)
    assert agreed(app) == undisturbed([*first, *second])


def test_a_store_that_fails_for_now_while_a_record_is_taken_out(
    app: App, said: Said, disturbed: Disturb, run: Run, agreed: Agreed, undisturbed: Undisturbed
) -> None:
    records = said(8)
    run(app, records)
    refuse = refusing("vectors.upsert_messages", "Poison")
    failed: Counter[str] = Counter()

    def hook(call: str, given: Sequence[object]) -> None:
        refuse(call, given)
        failed[call] += 1
        if failed[call] == 2 and call.partition(".")[0] in ("documents", "vectors"):
            raise Transient(f"{call}: not now")

    done = run(disturbed(app, before=hook), [records[3] | EDITED | {"message": "Poison, not Porto"}, *said(10)[8:]])
    assert (counts(done), agreed(app)) == ((3, 2, 0, 1), undisturbed(said(10)))


@pytest.mark.parametrize(
    ("where", "step"),
    [
        ("ledger.batches.known", "known?"),
        ("ledger.batches.open", "dedupe"),
        ("documents.put_messages", "documents"),
        ("vectors.upsert_messages", "vectors"),
        ("ledger.evidence.write", "evidence"),
        ("graph.set_ties", "graph"),
        ("ledger.batches.commit", "commit"),
    ],
)
def test_a_store_that_fails_for_good_ends_the_run_and_loses_nothing(
    where: str,
    step: str,
    app: App,
    talk: list[Record],
    talk_file: Path,
    disturbed: Disturb,
    run: Run,
    agreed: Agreed,
    undisturbed: Undisturbed,
) -> None:
    calls = 0

    def hook(call: str, _given: Sequence[object]) -> None:
        nonlocal calls
        calls += call == where
        if call == where and calls == 3:
            raise Terminal("The disk of this store is full: make room.")

    def read(with_app: App) -> RunSummary:
        known = app.stores.ledger.batches.mark
        sources = open_sources([str(talk_file)], known=lambda source: known("acme", source), full=False)
        return with_app.runner().run(sources, RunOptions(tenant="acme", batch_size=40))

    with pytest.raises(Terminal, match="The disk of this store is full"):
        read(disturbed(app, before=hook))
    row = app.stores.ledger.runs.latest("acme")[0]
    assert (row.status, row.error) == (
        "failed",
        f"at '{step}': The disk of this store is full: make room. "
        "(what was committed stays: run the same command again to go on)",
    )
    assert [stage.stage for stage in row.stages if stage.status == "failed"] == [step]
    assert row.accepted == app.stores.ledger.batches.count("acme") <= 80
    app.writer().recover_all()  # as the next start does
    done = read(app)
    assert (done.status, done.read) == ("succeeded", 242 - row.read)
    assert agreed(app) == undisturbed(talk)


def test_a_cache_that_is_gone_stops_nothing(
    app: App, said: Said, disturbed: Disturb, run: Run, agreed: Agreed, undisturbed: Undisturbed
) -> None:
    def hook(call: str, _given: Sequence[object]) -> None:
        if call.startswith("cache"):
            raise Terminal("no cache")

    assert counts(run(disturbed(app, before=hook), said(3))) == (3, 3, 0, 0)
    assert agreed(app)


def test_an_older_version_is_a_duplicate_and_a_newer_one_replaces_it_everywhere(
    app: App, said: Said, run: Run, agreed: Agreed, undisturbed: Undisturbed
) -> None:
    old = said(1, message="The view of Monte Rosa from our room in Lugano")[0]
    new = old | EDITED
    assert counts(run(app, [old])) == (1, 1, 0, 0)
    before = {entity.name for entity in app.stores.graph.scan_entities("acme")}
    assert "monte rosa" in before
    assert counts(run(app, [new])) == (1, 1, 0, 0)
    assert counts(run(app, [old])) == (1, 0, 1, 0)
    assert agreed(app) == undisturbed([new])
    stores = app.stores
    for entities in (stores.ledger.evidence.entities, stores.graph.scan_entities, stores.vectors.scan_entities):
        assert {entity.name for entity in entities("acme")} == {"porto"}


def test_one_key_three_times_in_one_batch(
    app: App, said: Said, run: Run, agreed: Agreed, undisturbed: Undisturbed
) -> None:
    old = said(1)[0]
    newest = old | {"message": "Or Monte Rosa after all", "timestamp": 1_790_000_000_000}
    assert counts(run(app, [old | EDITED, newest, old, newest])) == (4, 1, 3, 0)
    assert agreed(app) == undisturbed([newest])
