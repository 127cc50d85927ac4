"""A ledger copied into another: every row as it stands, and the word that stands in one while it is no whole copy."""

from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path

import pytest

from kith.persona.evidence import Evidence, Extraction
from kith.persona.model import Engagement, Entity, Mention, Rejection, Relation, Statement
from kith.stores.copying_port import Reached, Row, Unfinished
from kith.stores.errors import Terminal
from kith.stores.ledger import open_ledger
from kith.stores.ledger.copying import COPIED, LEFT
from kith.stores.ledger.tables import metadata
from kith.stores.ledger_port import CATALOGUE, CampaignAbout, Commit, Item, Ledger, OpenBatch, SourceMark, StageRow
from kith.stores.serving_port import Answer, KeyRow, RequestRow

HARD = 'Ana "ñ" O\'Hara_%\\ 日本 👩‍👩‍👧'
PORTO, LEA = Entity("place", HARD), Entity("person", "lea")
COPY = Unfinished("a name", "a digest", "here:/a folder", "kith migrate --to-env 'my file'")


def evidence(key: str, *, user_id: str = HARD, place: Entity = PORTO, engaged: bool = True) -> Evidence:
    return Evidence(
        key,
        user_id,
        "a",
        5,
        "c",
        "x",
        HARD if engaged else None,
        Engagement("click", 0.1) if engaged else None,
        Extraction(
            (Mention(place, "Porto", 2, -0.30000000000000004), Mention(LEA, HARD)),
            (Statement("lives_in", place, -7, None, 0.1, denied=True, detail=HARD),),
            ("buy", HARD),
            (Relation(LEA, "near", place),),
        ),
    )


def fill(ledger: Ledger) -> None:
    """Puts something into every table."""
    lease = ledger.leases.take([CATALOGUE, 0], holder="ann", seconds=60)
    assert lease is not None
    items = [Item(f"k{n}", HARD, f"digest {n}", n, "a file", f"line {n}") for n in range(5)]
    ledger.runs.start("r1", "t")
    ledger.runs.record_event("r1", {"eventType": HARD})
    ledger.batches.open(lease, OpenBatch("b1", "r1", "messages", "t", "ann", (0,), 5, tuple(items)))
    ledger.evidence.write(lease, "t", [evidence(item.key) for item in items])
    ledger.evidence.write(lease, "t", [evidence("k0", place=LEA)])  # which parts a pair
    rejection = Rejection("not_json", HARD, "a file", "line 9", HARD, HARD)
    mark = SourceMark("a file", 1 << 60, HARD, finished=True)
    for sequence in (0, 2):  # one that is done, and one that waits for what comes before it
        ledger.batches.commit(
            lease, Commit(f"b{sequence}", "r1", "t", sequence, True, items[:3], 1, [rejection], [mark])
        )
    ledger.evidence.write_campaigns(lease, "t", [CampaignAbout(HARD, "a", "x", ("buy",), (PORTO, LEA))])
    ledger.people.bury("t", "gone")
    ledger.people.keep_receipt("receipt", "t", "gone", {"deleted": 3})
    ledger.keys.add(KeyRow("k", "t", HARD, ("read",), "a digest", 5, None, 6))
    ledger.requests.take(RequestRow("t", HARD, "ana", "a digest", 5, payload=HARD))
    ledger.requests.take(RequestRow("t", "done", "ana", "a digest", 5, answer=Answer(200, "{}")))
    ledger.runs.start("r2", "s")
    stages = [StageRow("embed", 7, 0.1 + 0.2, "failed", 5, 6)]
    ledger.runs.finish("r2", "failed", stages=stages, error=HARD, sources_unchanged=1)
    ledger.leases.release(lease)


def rows(ledger: Ledger, table: str, *, page: int = 1000) -> list[Row]:
    """All rows, as many at a time."""
    copying, found = ledger.copying, list[Row]()
    while some := copying.scan(table, after=copying.key(table, found[-1]) if found else None, limit=page):
        assert len(some) <= page
        found += some
    return found


def everything(ledger: Ledger) -> dict[str, list[Row]]:
    return {table: rows(ledger, table) for table in ledger.copying.counts()}


@pytest.fixture
def other(tmp_path: Path) -> Generator[Ledger]:
    """A ledger in a file."""
    with closing(open_ledger(f"sqlite:///{tmp_path / 'other.db'}")) as opened:
        yield opened


@pytest.fixture
def under_way(ledger: Ledger) -> Generator[Unfinished]:
    """A copy that was begun; the tests' PostgreSQL keeps this word from one test to the next."""
    assert ledger.copying.begin(COPY) is True
    yield COPY
    ledger.copying.end()


def test_every_table_is_copied_or_left_on_purpose() -> None:
    assert sorted([*COPIED, *(table.name for table in LEFT)]) == sorted(metadata.tables)


def test_an_empty_ledger_has_no_rows(ledger: Ledger) -> None:
    assert ledger.copying.counts() == dict.fromkeys(COPIED, 0)
    assert not any(everything(ledger).values())
    ledger.copying.put("deliveries", [])
    assert ledger.copying.unfinished() is None


def test_all_rows_come_by_ascending_key_in_pages_of_any_size(ledger: Ledger) -> None:
    fill(ledger)
    assert ledger.copying.counts() == {table: len(found) for table, found in everything(ledger).items()}
    assert all(ledger.copying.counts().values())
    for table in COPIED:
        found = rows(ledger, table)
        assert rows(ledger, table, page=1) == found
        keys = [ledger.copying.key(table, row) for row in found]
        assert len({*keys}) == len(keys)
    places = [ledger.copying.key("mentions", row) for row in rows(ledger, "mentions")]
    assert places == [(f"k{n}", "t", place) for n in range(5) for place in range(2)]


def test_what_is_put_is_what_was_read(ledger: Ledger, other: Ledger) -> None:
    fill(other)
    for _ in range(2):
        for table in COPIED:
            ledger.copying.put(table, rows(other, table))
    assert everything(ledger) == everything(other)
    assert (ledger.batches.count("t"), ledger.keys.list(), ledger.runs.get("r2")) == (
        other.batches.count("t"),
        other.keys.list(),
        other.runs.get("r2"),
    )
    assert ledger.evidence.all_ties("t", HARD) == other.evidence.all_ties("t", HARD)


def test_a_row_is_put_in_the_place_of_the_one_with_its_key(ledger: Ledger) -> None:
    fill(ledger)
    (first, *_) = rows(ledger, "source_marks")
    ledger.copying.put("source_marks", [(*first[:2], 7, "another", False)])
    assert rows(ledger, "source_marks") == [(*first[:2], 7, "another", False)]


def test_cleared_it_is_empty(ledger: Ledger) -> None:
    fill(ledger)
    ledger.copying.clear()
    assert ledger.copying.counts() == dict.fromkeys(COPIED, 0)
    assert ledger.people.tombstone("t", "gone") is None


def test_with_its_secret_a_ledger_knows_the_same_people(
    ledger: Ledger, another_ledger: Callable[[], Ledger], other: Ledger
) -> None:
    fill(other)
    before = ledger.copying.secret()
    ledger.copying.adopt(other.copying.secret())
    try:
        ledger.copying.put("tombstones", rows(other, "tombstones"))
        found = another_ledger().people.tombstone("t", "gone")
        assert found is not None
        assert found == other.people.tombstone("t", "gone")
        assert ledger.people.tombstone("t", "gone") is None  # opened before
    finally:
        ledger.copying.adopt(before)


def test_one_copy_is_under_way_at_a_time(ledger: Ledger, under_way: Unfinished) -> None:
    assert ledger.copying.unfinished() == under_way
    assert ledger.copying.begin(Unfinished("another", "", "", "")) is False
    assert ledger.copying.unfinished() == under_way


def test_how_far_it_has_come_is_kept(ledger: Ledger, under_way: Unfinished) -> None:
    for reached in (Reached("a piece", (HARD, 7), 3), Reached("a piece", None, 0), Reached()):
        noted = Unfinished(HARD, HARD, HARD, under_way.command, reached)
        ledger.copying.note(noted)
        assert ledger.copying.unfinished() == noted


def test_nobody_else_opens_it_until_it_is_done(
    ledger: Ledger, another_ledger: Callable[[], Ledger], under_way: Unfinished
) -> None:
    with pytest.raises(Terminal) as refused:
        another_ledger()
    assert str(refused.value) == (
        f"A copy of 'here:/a folder' into the ledger at {ledger.card().where!r}, and into the stores around it, was "
        "begun and is not done. Finish it where that folder is, with: kith migrate --to-env 'my file'"
    )
    ledger.copying.end()
    another_ledger().copying.note(under_way)
    assert ledger.copying.unfinished() is None


def test_others_are_told_of_where_the_database_tells(ledger: Ledger, another_ledger: Callable[[], Ledger]) -> None:
    assert ledger.copying.others() == 0
    another_ledger()
    assert ledger.copying.others() == (0 if ledger.card().kind == "sqlite" else 1)
