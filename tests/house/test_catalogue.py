"""Campaigns are taken in whole, changed, left alone or told what is wrong with them; a load that dies is finished."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from kith.etl.catalogue import Loaded, change_campaign, load_campaigns, remove_campaigns
from kith.etl.integrity import Integrity
from kith.etl.sources import read_campaigns
from kith.persona.identity import user_node_id
from kith.persona.model import Campaign, Entity, Rejection
from kith.pipeline import all_campaigns, load_campaign_files
from kith.settings import Settings
from kith.stores.errors import LeaseLost, Transient
from kith.wiring import App, open_app

TENANT = "acme"
FILE = """\
{"id": "spring", "title": "A spring in Porto", "intents": ["plan_trip", "buy_shoes"]}
{"id": "autumn", "title": "Autumn", "text": "The Douro valley from Porto", "starts": "2026-09-01T00:00:00Z"}
"""
CHANGED = '{"id": "spring", "title": "A spring in Lisbon", "intents": ["plan_trip"]}\n'
SPRING = Campaign(TENANT, "spring", "A spring in Porto", intents=("plan_trip", "buy_shoes"))
PORTO, LISBON, DOURO = (Entity("name", name) for name in ("porto", "lisbon", "douro"))


@pytest.fixture(scope="module")
def open_house(tmp_path_factory: pytest.TempPathFactory) -> Generator[App]:
    settings = Settings(home=tmp_path_factory.mktemp("house"), embedder="hash", language="plain", tenant=TENANT)
    with open_app(settings, command="a test", create=True) as app:
        yield app


@pytest.fixture
def house(open_house: App) -> App:
    """Empty of campaigns again."""
    ids = [campaign.campaign_id for campaign in open_house.stores.documents.scan_campaigns(TENANT)]
    open_house.stores.documents.delete_campaigns(TENANT, ids)
    writer = open_house.writer()
    writer.under_lease(writer.every_shard(), lambda lease: writer.mender.set_campaigns(lease, TENANT, ids))
    assert Integrity(open_house.stores, tenant=TENANT).verify().counts["graph_entities"] == 0
    return open_house


def load(app: App, text: str, tmp_path: Path) -> Loaded:
    file = tmp_path / "campaigns.jsonl"
    file.write_text(text, encoding="utf-8")
    return load_campaigns(app.writer(), TENANT, read_campaigns(str(file)), clock=app.clock)


def agree(app: App) -> None:
    verdict = Integrity(app.stores, tenant=TENANT).verify()
    assert (verdict.as_json()["differences"], verdict.pending) == ([], 0)


def test_loaded_once_and_left_alone_the_next_time(house: App, tmp_path: Path) -> None:
    generation = house.stores.ledger.batches.generation(TENANT, "")
    assert load(house, FILE, tmp_path) == Loaded(read=2, accepted=2)
    assert house.stores.documents.get_campaigns(TENANT, ["spring"]) == {"spring": SPRING}
    assert house.stores.graph.get_campaign(TENANT, "spring") == (("buy_shoes", "plan_trip"), (PORTO,))
    assert house.stores.graph.get_campaign(TENANT, "autumn") == ((), (DOURO, PORTO))
    assert set(house.stores.vectors.scan_entities(TENANT)) == {PORTO, DOURO}
    assert house.stores.ledger.batches.generation(TENANT, "") == generation + 1
    assert load(house, FILE, tmp_path) == Loaded(read=2, unchanged=2)
    assert house.stores.ledger.batches.generation(TENANT, "") == generation + 1
    agree(house)


def test_a_change_takes_the_place_of_what_was_and_what_nobody_speaks_of_goes(house: App, tmp_path: Path) -> None:
    load(house, FILE.splitlines()[0], tmp_path)
    assert load(house, CHANGED, tmp_path) == Loaded(read=1, accepted=1)
    assert house.stores.graph.get_campaign(TENANT, "spring") == (("plan_trip",), (LISBON,))
    assert set(house.stores.graph.scan_entities(TENANT)) == {LISBON}
    agree(house)


def test_of_two_with_one_id_the_last_counts(house: App, tmp_path: Path) -> None:
    assert load(house, CHANGED + FILE, tmp_path) == Loaded(read=3, accepted=2, unchanged=1)
    assert house.stores.documents.get_campaigns(TENANT, ["spring"]) == {"spring": SPRING}
    agree(house)


def test_broken_lines_are_told_and_the_others_loaded(house: App, tmp_path: Path) -> None:
    broken = (
        '{"id": "no title"}\nnot json\n[]\n{"id": "late", "title": "x", "starts": "2027-01-01", "ends": "2026-01-01"}\n'
    )
    found = load(house, broken + FILE, tmp_path)
    assert (found.read, found.accepted, found.unchanged) == (6, 2, 0)
    assert [(one.code, one.position) for one in found.rejections] == [
        ("missing_field", "line 1"),
        ("not_json", "line 2"),
        ("not_an_object", "line 3"),
        ("bad_value", "line 4"),
    ]
    rejected = found.as_json()["rejected"]
    assert isinstance(rejected, list)
    assert len(rejected) == 4
    agree(house)


def test_a_failure_for_now_is_tried_again(house: App, disturbed: Callable[..., App], tmp_path: Path) -> None:
    failed: list[str] = []

    def fail(call: str, _given: Sequence[object]) -> None:
        if call in ("documents.put_campaigns", "graph.set_campaigns", "ledger.batches.settle") and call not in failed:
            failed.append(call)
            raise LeaseLost("overtaken") if call == "graph.set_campaigns" else Transient("not now")

    assert load(disturbed(house, before=fail), FILE, tmp_path) == Loaded(read=2, accepted=2)
    assert failed == ["documents.put_campaigns", "graph.set_campaigns", "ledger.batches.settle"]
    agree(house)


class Died(BaseException):
    """The process is gone."""


@pytest.mark.parametrize(
    "last",
    [
        "ledger.batches.open",
        "documents.put_campaigns",
        "ledger.evidence.write_campaigns",
        "vectors.upsert_entities",
        "graph.set_campaigns",
    ],
)
def test_a_load_that_dies_is_finished_by_the_next_opening(
    last: str, settings: Settings, disturbed: Callable[..., App], tmp_path: Path
) -> None:
    def die(call: str, _given: Sequence[object]) -> None:
        if call == last:
            raise Died

    with open_app(settings, command="a test", create=True) as app:
        load(app, FILE, tmp_path)
        with pytest.raises(Died):
            load(disturbed(app, after=die), CHANGED, tmp_path)
        assert Integrity(app.stores, tenant=TENANT).verify().as_json() | {"counts": {}, "digests": {}} == {
            "ok": True,
            "differences": [],
            "pending": 1,
            "counts": {},
            "digests": {},
        }
    with open_app(settings, command="a test") as app:
        agree(app)
        written = last != "ledger.batches.open"
        assert app.stores.graph.get_campaign(TENANT, "spring") == (
            (("plan_trip",), (LISBON,)) if written else (("buy_shoes", "plan_trip"), (PORTO,))
        )
        assert load(app, CHANGED, tmp_path) == (Loaded(1, 0, 1) if written else Loaded(1, 1))


def test_from_files_and_back(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text(FILE)
    assert load_campaign_files([str(file)], settings, command="a test") == Loaded(read=2, accepted=2)
    found = all_campaigns(settings, command="a test")
    assert [campaign.campaign_id for campaign in found] == ["autumn", "spring"]
    assert found[1] == SPRING


def test_the_cache_is_told_of_the_new_generation(house: App, tmp_path: Path) -> None:
    load(house, FILE, tmp_path)
    generation = house.stores.ledger.batches.generation(TENANT, "")
    assert house.stores.cache.generation(TENANT, user_node_id(TENANT, "")) == generation


class TestRemoved:
    def test_from_every_store(self, house: App, tmp_path: Path) -> None:
        load(house, FILE, tmp_path)
        generation = house.stores.ledger.batches.generation(TENANT, "")
        assert remove_campaigns(house.writer(), TENANT, ["autumn", "winter"], clock=house.clock) == {"autumn"}
        assert list(house.stores.documents.scan_campaigns(TENANT)) == [SPRING]
        assert house.stores.graph.get_campaign(TENANT, "autumn") is None
        assert set(house.stores.vectors.scan_entities(TENANT)) == {PORTO}
        assert house.stores.ledger.batches.generation(TENANT, "") == generation + 1
        assert remove_campaigns(house.writer(), TENANT, ["autumn"], clock=house.clock) == frozenset()
        assert house.stores.ledger.batches.generation(TENANT, "") == generation + 1
        agree(house)

    def test_a_failure_for_now_is_tried_again(self, house: App, disturbed: Callable[..., App], tmp_path: Path) -> None:
        load(house, FILE, tmp_path)
        failed: list[str] = []

        def fail(call: str, _given: Sequence[object]) -> None:
            if call in ("graph.delete_campaigns", "ledger.batches.settle") and call not in failed:
                failed.append(call)
                raise LeaseLost("overtaken") if call == "graph.delete_campaigns" else Transient("not now")

        app = disturbed(house, before=fail)
        assert remove_campaigns(app.writer(), TENANT, ["autumn"], clock=app.clock) == {"autumn"}
        assert failed == ["graph.delete_campaigns", "ledger.batches.settle"]
        assert house.stores.ledger.batches.opened() == []
        agree(house)


class TestChanged:
    def test_by_what_stands_there(self, house: App, tmp_path: Path) -> None:
        load(house, FILE, tmp_path)
        lisbon = replace(SPRING, title="A spring in Lisbon")
        assert self.change(house, "spring", lambda there: replace(there, title="A spring in Lisbon")) == lisbon
        assert house.stores.documents.get_campaigns(TENANT, ["spring"]) == {"spring": lisbon}
        assert house.stores.graph.get_campaign(TENANT, "spring") == (("buy_shoes", "plan_trip"), (LISBON,))
        agree(house)

    def test_what_cannot_be_and_what_is_not_there(self, house: App, tmp_path: Path) -> None:
        load(house, FILE, tmp_path)
        generation = house.stores.ledger.batches.generation(TENANT, "")
        no = Rejection("bad_value", "no", "", "", "")
        assert self.change(house, "spring", lambda _: no) == no
        assert self.change(house, "winter", lambda _: no) is None
        assert self.change(house, "spring", lambda there: there) == SPRING
        assert house.stores.ledger.batches.generation(TENANT, "") == generation

    def change(
        self, app: App, campaign_id: str, change: Callable[[Campaign], Campaign | Rejection]
    ) -> Campaign | Rejection | None:
        return change_campaign(app.writer(), TENANT, campaign_id, change=change, clock=app.clock)
