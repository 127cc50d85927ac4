"""Many writers at once, in any order, and somebody who is forgotten in the middle of it."""

import json
import random
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kith.etl.integrity import Integrity
from kith.etl.people import Forgetter, Receipt
from kith.etl.running import RunOptions
from kith.etl.sources import open_sources, records_source
from kith.etl.summary import RunSummary
from kith.persona.identity import Json
from kith.pipeline import Options, run_paths
from kith.settings import Settings
from kith.wiring import App, open_app

Record = dict[str, Json]


def add(app: App, records: Iterable[Record], *, batch_size: int = 50) -> RunSummary:
    return app.runner().run(records_source(records), RunOptions(tenant="acme", batch_size=batch_size))


def digests(settings: Settings) -> dict[str, str]:
    with open_app(settings, command="a test") as app:
        verdict = Integrity(app.stores, tenant="acme").verify()
    assert verdict.as_json()["differences"] == []
    return verdict.digests


def test_two_clients_add_the_same_500_messages_from_8_threads(app: App) -> None:
    records: list[Record] = [
        {"user_id": f"u{n % 9}", "message": f"{n} days at Lake Como", "timestamp": 1_770_000_000 + n}
        for n in range(500)
    ]

    def client(seed: int) -> RunSummary:
        return add(app, random.Random(seed).sample(records, len(records)))

    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(client, range(8)))
    verdict = Integrity(app.stores, tenant="acme").verify()
    assert verdict.as_json()["differences"] == []
    assert (verdict.counts["documents"], verdict.counts["vectors"]) == (500, 500)
    assert verdict.counts["evidence_mentions"] == 500
    assert sum(run.accepted for run in runs) == 500
    assert [run.accepted + run.duplicate + run.rejected for run in runs] == [500] * 8


def test_forgotten_in_the_middle_of_a_run_that_carries_the_person(app: App, talk: list[Record]) -> None:
    buried = threading.Event()
    receipts: list[Receipt] = []

    def forget() -> None:
        receipts.append(Forgetter(app.writer(), clock=app.clock).forget("acme", "u3"))

    forgetter = threading.Thread(target=forget)
    passed = 0

    def reached(place: str) -> None:
        nonlocal passed
        if place != "after vectors":
            return
        passed += 1
        if passed == 3:  # the run holds the lease, and has messages of u3 in hand
            forgetter.start()
            for _ in app.writer().patience.pauses():
                if app.stores.ledger.people.tombstone("acme", "u3") is not None:
                    buried.set()
                    break

    summary = app.runner(reached=reached).run(
        records_source(talk), RunOptions(tenant="acme", batch_size=40, max_rejected=1)
    )
    forgetter.join(timeout=60)
    assert buried.is_set()
    assert [set(receipt.second_look.values()) for receipt in receipts] == [{0}]
    theirs = sum(1 for record in talk if record["user_id"] == "u3")
    assert 0 < summary.rejected < theirs
    assert app.stores.ledger.runs.rejection_counts("acme") == {"forgotten": summary.rejected}
    assert app.stores.documents.count_messages("acme", user_id="u3") == 0
    assert app.stores.vectors.count_messages("acme", user_id="u3") == 0
    assert app.stores.ledger.people.count("acme", "u3") == dict.fromkeys(
        app.stores.ledger.people.count("acme", "u3"), 0
    )
    assert "u3" not in app.stores.graph.scan_users("acme")
    assert Integrity(app.stores, tenant="acme").verify().as_json()["differences"] == []


def test_shuffled_and_split_in_five_files_it_is_the_same(tmp_path: Path, talk: list[Record]) -> None:
    whole = Settings(home=tmp_path / "whole", embedder="hash", language="plain", tenant="acme")
    split = Settings(home=tmp_path / "split", embedder="hash", language="plain", tenant="acme")
    shuffled = random.Random(5).sample(talk, len(talk))
    folder = tmp_path / "files"
    folder.mkdir()
    (tmp_path / "all.jsonl").write_text("".join(json.dumps(record) + "\n" for record in talk))
    for n in range(5):
        (folder / f"{n}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in shuffled[n::5]))
    run_paths([str(tmp_path / "all.jsonl")], whole, Options(), command="a test")
    run_paths([str(folder)], split, Options(batch_size=17), command="a test")
    assert digests(whole) == digests(split)


def test_a_source_that_grows_is_read_on_from_where_it_ended(app: App, talk: list[Record], tmp_path: Path) -> None:
    file = tmp_path / "grows.jsonl"
    lines = [json.dumps(record) + "\n" for record in talk[:100]]
    file.write_text("".join(lines[:60]))

    def run() -> tuple[int, int, int, int]:
        batches = app.stores.ledger.batches
        sources = open_sources([str(file)], known=lambda source: batches.mark("acme", source), full=False)
        done = app.runner().run(sources, RunOptions(tenant="acme", batch_size=7))
        return done.read, done.accepted, done.duplicate, done.sources_unchanged

    assert run() == (60, 60, 0, 0)
    assert run() == (0, 0, 0, 1)
    file.write_text("".join(lines))
    assert run() == (40, 40, 0, 0)
    file.write_text("".join(lines[1:]))
    assert run() == (99, 0, 99, 0)
