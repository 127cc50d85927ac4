"""From open to commit: what every ledger promises about keys, versions, and batches that were left behind."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kith.stores.ledger_port import CATALOGUE, Commit, Delivered, Item, Lease, Ledger, Lineage, OpenBatch, Opened

NONE: frozenset[str] = frozenset()
HARD = ["'", '"', "\\", "%_", "'; DROP TABLE deliveries; --", "ünïcödé 名前 🙂", "a\nb\tc", " ", "{0}", ":name"]
number = count()


def item(key: str, *, user: str = "u1", content: str = "a", at: int = 10) -> Item:
    return Item(key, user, content, at, f"file of {key}", f"line {at}")


def row(*items: Item, batch: str = "b1", shards: tuple[int, ...] = (0,), holder: str = "ann", at: int = 1) -> OpenBatch:
    return OpenBatch(batch, "r1", "messages", "t", holder, shards, at, items)


def commit(*items: Item, batch: str = "b1", tenant: str = "t", last_piece: bool = True) -> Commit:
    return Commit(batch, "r1", tenant, 0, last_piece, items, 0, ())


def delivered(one: Item, *, batch: str = "b1") -> Delivered:
    return Delivered(one.key, one.user_id, one.content, one.timestamp, batch, one.source, one.position)


def test_new_keys_are_accepted_and_stand_in_the_open_row(ledger: Ledger, lease: Lease) -> None:
    batch = row(item("k2"), item("k1", user="u2"))
    assert ledger.batches.open(lease, batch) == Opened(frozenset({"k1", "k2"}), NONE, NONE, NONE)
    assert ledger.batches.opened() == [batch]
    assert ledger.batches.count("t") == 0
    assert ledger.batches.known("t", batch.items) == set()


def test_a_commit_delivers_and_removes_the_row(ledger: Ledger, lease: Lease, clock: list[int]) -> None:
    one, two = item("k1"), item("k2", user="u2")
    ledger.batches.open(lease, row(one, two))
    clock[0] += 5
    assert ledger.batches.commit(lease, commit(one, two)) == {"u1": 1, "u2": 1}
    assert ledger.batches.opened() == []
    assert ledger.batches.get("t", ["k1", "k2", "k3"]) == {"k1": delivered(one), "k2": delivered(two)}
    assert ledger.batches.scan("t") == [delivered(one), delivered(two)]
    assert ledger.batches.count("t") == 2
    assert ledger.batches.lineage("t", "k2") == Lineage(delivered(two), "r1", clock[0])
    assert ledger.batches.lineage("t", "k3") is None
    assert ledger.leases.holders() == {0: "ann"}


def test_open_sets_apart_new_edited_and_delivered(ledger: Ledger, lease: Lease) -> None:
    ledger.batches.commit(lease, commit(*(item(f"k{n}", content="m") for n in range(5))))
    batch = row(
        item("k0", content="m"),
        item("k1", content="m", at=99),
        item("k2", content="z"),
        item("k3", content="b"),
        item("k4", content="b", at=11),
        item("k5"),
        batch="b2",
    )
    assert ledger.batches.open(lease, batch) == Opened(
        accepted=frozenset({"k2", "k4", "k5"}),
        edits=frozenset({"k2", "k4"}),
        duplicates=frozenset({"k0", "k1", "k3"}),
        forgotten=NONE,
    )
    assert ledger.batches.opened() == [replace(batch, items=(batch.items[2], batch.items[4], batch.items[5]))]
    assert ledger.batches.known("t", batch.items) == {"k0", "k1", "k3"}


def test_nothing_accepted_leaves_no_row(ledger: Ledger, lease: Lease) -> None:
    ledger.batches.commit(lease, commit(item("k1")))
    assert ledger.batches.open(lease, row(item("k1"), batch="b2")).duplicates == {"k1"}
    assert ledger.batches.open(lease, row(batch="b3")) == Opened(NONE, NONE, NONE, NONE)
    assert ledger.batches.opened() == []


def test_forgotten_people_are_refused_before_anything_else(ledger: Ledger, lease: Lease, clock: list[int]) -> None:
    now = clock[0]
    ledger.batches.commit(lease, commit(item("k1"), item("k2", user="u2")))
    ledger.people.bury("t", "u1")
    later = [item("k1"), item("k2", user="u2"), item("k3", at=now), item("k4", at=now + 1)]
    assert ledger.batches.open(lease, row(*later)) == Opened(
        NONE, NONE, frozenset({"k2"}), frozenset({"k1", "k3", "k4"})
    )
    assert ledger.batches.known("t", later) == {"k2"}
    ledger.people.admit("t", "u1")
    assert ledger.batches.open(lease, row(*later)) == Opened(
        frozenset({"k4"}), NONE, frozenset({"k2"}), frozenset({"k1", "k3"})
    )
    assert ledger.batches.opened() == [row(later[3])]


def test_a_campaign_is_no_person_and_no_message(ledger: Ledger) -> None:
    lease = ledger.leases.take([CATALOGUE], holder="ann", seconds=60)
    assert lease is not None
    campaign = Item("spring", "", "a", 0, "campaigns", "")
    batch = OpenBatch("b1", "campaigns", "campaigns", "t", "ann", (CATALOGUE,), 1, (campaign,))
    assert ledger.batches.open(lease, batch).accepted == {"spring"}
    assert ledger.batches.opened() == [batch]
    assert ledger.batches.commit(lease, commit(campaign)) == {"": 1}
    assert ledger.batches.generation("t", "") == 1
    assert (ledger.batches.scan("t"), ledger.batches.count("t")) == ([], 0)
    assert ledger.batches.lineage("t", "spring") is None
    assert ledger.batches.get("t", ["spring"]) == {"spring": delivered(campaign)}
    assert ledger.batches.known("t", [campaign, item("spring")]) == {"spring"}
    assert ledger.batches.open(lease, row(item("spring"), batch="b2")).accepted == {"spring"}
    ledger.batches.remove(lease, "t", ["spring"])
    assert ledger.batches.known("t", [campaign]) == set()
    ledger.batches.settle(lease, batch, delivered=(), clear=True)
    assert ledger.batches.generation("t", "") == 2


def test_rows_of_others_and_of_other_batches_stay(ledger: Ledger) -> None:
    lease = ledger.leases.take([0, 1, 2], holder="ann", seconds=60)
    assert lease is not None
    rows = [
        row(item("k1"), batch="b3", shards=(0, 1), at=1),
        row(item("k1"), batch="b1", shards=(1,), holder="bob", at=2),
        row(item("k2"), batch="b2", shards=(2,), at=3),
    ]
    for one in reversed(rows):
        ledger.batches.open(lease, one)
    assert ledger.batches.opened() == rows
    assert ledger.batches.opened([1, 7]) == rows[:2]
    assert ledger.batches.opened([7]) == []
    assert ledger.batches.opened([]) == []
    ledger.batches.commit(lease, commit(item("k1"), batch="b1"))
    assert ledger.batches.opened() == rows  # the row is bob's to clear
    ledger.batches.commit(lease, commit(item("k1"), batch="b3"))
    assert ledger.batches.opened() == rows[1:]


def test_a_halved_batch_stays_open_until_its_last_piece(ledger: Ledger, lease: Lease) -> None:
    items = [item(f"k{n}") for n in range(4)]
    ledger.batches.open(lease, row(*items))
    ledger.batches.open(lease, row(*items[:2]))
    assert ledger.batches.opened() == [row(*items)]
    ledger.batches.commit(lease, commit(*items[:2], last_piece=False))
    assert ledger.batches.opened() == [row(*items[2:])]
    ledger.batches.open(lease, row(items[2]))
    ledger.batches.commit(lease, commit(items[2], last_piece=False))
    ledger.batches.commit(lease, commit())  # the last one was withdrawn
    assert ledger.batches.opened() == []
    assert [one.key for one in ledger.batches.scan("t")] == ["k0", "k1", "k2"]


def test_settle_delivers_in_the_name_of_the_row(ledger: Ledger, lease: Lease, clock: list[int]) -> None:
    there, gone = item("k1"), item("k2", user="u2")
    batch = row(there, gone, holder="bob")
    ledger.batches.open(lease, batch)
    ledger.batches.settle(lease, batch, delivered=[there], clear=False)
    assert ledger.batches.opened() == [batch]
    assert ledger.batches.scan("t") == [delivered(there)]
    assert ledger.batches.lineage("t", "k1") == Lineage(delivered(there), "r1", clock[0])
    assert [ledger.batches.generation("t", user) for user in ("u1", "u2", "")] == [1, 0, 0]
    ledger.batches.settle(lease, batch, delivered=[], clear=True)
    assert ledger.batches.opened() == []
    assert ledger.batches.known("t", [there, gone]) == {"k1"}


def test_an_older_version_never_goes_over_a_newer_one(ledger: Ledger, lease: Lease) -> None:
    newer, older = item("k1", content="a", at=20), item("k1", content="z", at=19)
    ledger.batches.commit(lease, commit(newer, batch="b2"))
    ledger.batches.settle(lease, row(older), delivered=[older], clear=True)
    ledger.batches.commit(lease, commit(older))
    assert ledger.batches.scan("t") == [delivered(newer, batch="b2")]


def version(key: str, letter: str, at: int) -> Item:
    return item(key, content=f"{letter}{at}", at=at)  # a message's content says its time too


VERSIONS = st.lists(
    st.builds(version, st.sampled_from(["k1", "k2"]), st.sampled_from("abc"), st.integers(1, 3)), max_size=8
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(versions=VERSIONS)
def test_what_stands_in_the_end_does_not_depend_on_the_order(
    ledger: Ledger, lease: Lease, versions: list[Item]
) -> None:
    tenant = f"t{next(number)}"
    for n, one in enumerate(versions):
        opened = ledger.batches.open(lease, replace(row(one, batch=f"b{n}"), tenant=tenant))
        assert len(opened.accepted) + len(opened.duplicates) == 1
        accepted = [one] if opened.accepted else []
        ledger.batches.commit(lease, commit(*accepted, batch=f"b{n}", tenant=tenant))
    greatest: dict[str, Item] = {}
    for one in sorted(versions, key=lambda one: (one.timestamp, one.content)):
        greatest[one.key] = one
    found = ledger.batches.get(tenant, ["k1", "k2"])
    assert {key: (one.timestamp, one.content) for key, one in found.items()} == {
        key: (one.timestamp, one.content) for key, one in greatest.items()
    }


def test_remove_makes_keys_unknown(ledger: Ledger, lease: Lease) -> None:
    ledger.batches.commit(lease, commit(item("k1"), item("k2")))
    ledger.batches.remove(lease, "t", ["k1", "k3"])
    ledger.batches.remove(lease, "t", [])
    assert ledger.batches.scan("t") == [delivered(item("k2"))]
    assert ledger.batches.open(lease, row(item("k1"))).accepted == {"k1"}


def test_scan_goes_on_from_the_key_after(ledger: Ledger, lease: Lease) -> None:
    items = [item(key) for key in ("A", "a", "é", "名", "🙂")]
    ledger.batches.commit(lease, commit(*reversed(items)))
    assert ledger.batches.scan("t", limit=2) == [delivered(one) for one in items[:2]]
    assert ledger.batches.scan("t", after="a", limit=2) == [delivered(one) for one in items[2:4]]
    assert ledger.batches.scan("t", after="🙂") == []


def test_generations_rise_by_one_with_each_commit(ledger: Ledger, lease: Lease) -> None:
    assert ledger.batches.commit(lease, commit(item("k1"), item("k2"))) == {"u1": 1}
    assert ledger.batches.commit(lease, commit(item("k3"), item("k4", user="u2"), batch="b2")) == {"u1": 2, "u2": 1}
    assert [ledger.batches.generation("t", user) for user in ("u1", "u2", "u3", "")] == [2, 1, 0, 0]
    assert ledger.batches.commit(lease, commit(batch="b3")) == {}


@pytest.mark.parametrize("hard", HARD)
def test_any_text_serves_as_an_id(ledger: Ledger, hard: str) -> None:
    lease = ledger.leases.take([0], holder=hard, seconds=60)
    assert lease is not None
    one = Item(hard, hard, hard, 1, hard, hard)
    batch = OpenBatch(hard, hard, "messages", hard, hard, (0,), 1, (one,))
    assert ledger.batches.open(lease, batch).accepted == {hard}
    assert ledger.batches.opened() == [batch]
    assert ledger.batches.commit(lease, Commit(hard, hard, hard, 0, True, (one,), 0, ())) == {hard: 1}
    assert ledger.batches.opened() == []
    assert ledger.batches.scan(hard) == [delivered(one, batch=hard)]
    assert ledger.batches.known(hard, [one]) == {hard}
    assert ledger.tenants() == [hard]


def test_tenants_know_nothing_of_each_other(ledger: Ledger, lease: Lease) -> None:
    ledger.batches.commit(lease, commit(item("k1"), tenant="s"))
    ledger.people.bury("s", "u2")
    later = [item("k1", content="b", at=11), item("k2", user="u2")]
    assert ledger.batches.open(lease, row(*later)) == Opened(frozenset({"k1", "k2"}), NONE, NONE, NONE)
    ledger.batches.commit(lease, commit(*later))
    ledger.batches.remove(lease, "t", ["k1"])
    assert ledger.batches.scan("s") == [delivered(item("k1"))]
    assert ledger.batches.get("t", ["k1"]) == {}
    assert ledger.batches.lineage("t", "k1") is None
    assert [ledger.batches.generation(tenant, "u1") for tenant in ("s", "t", "v")] == [1, 1, 0]
    assert ledger.tenants() == ["s", "t"]


def test_ten_thousand_items_are_one_batch(another_ledger: Callable[[], Ledger]) -> None:
    ledger = another_ledger()
    lease = ledger.leases.take([0], holder="ann", seconds=60)
    assert lease is not None
    items = tuple(item(f"k{n:05}", user=f"u{n:05}") for n in range(10_000))
    batch = row(*items)
    assert len(ledger.batches.open(lease, batch).accepted) == 10_000
    assert another_ledger().batches.opened() == [batch]
    assert ledger.batches.commit(lease, commit(*items)) == {one.user_id: 1 for one in items}
    assert ledger.batches.known("t", items) == {one.key for one in items}
    assert len(ledger.batches.get("t", [one.key for one in items])) == 10_000
    ledger.batches.remove(lease, "t", [one.key for one in items])
    assert ledger.batches.count("t") == 0
