"""One writer per shard: what every ledger promises about leases, and that every write under a lost one fails."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from kith.persona.evidence import Evidence, Extraction
from kith.persona.model import Entity, Mention, Rejection
from kith.stores.errors import LeaseLost, Transient
from kith.stores.ledger_port import CATALOGUE, CampaignAbout, Commit, Item, Lease, Ledger, OpenBatch, SourceMark


def taken(ledger: Ledger, *shards: int, holder: str = "ann", seconds: float = 60) -> Lease:
    lease = ledger.leases.take(shards, holder=holder, seconds=seconds)
    assert lease is not None
    return lease


def test_taking_gives_every_shard_or_none(ledger: Ledger) -> None:
    assert taken(ledger, 2, 1, 2) == Lease("ann", {1: 1, 2: 1})
    assert ledger.leases.take([0, 2], holder="bob", seconds=60) is None
    assert ledger.leases.holders() == {1: "ann", 2: "ann"}
    assert taken(ledger, 0, CATALOGUE, holder="bob") == Lease("bob", {CATALOGUE: 1, 0: 1})
    assert ledger.leases.holders() == {CATALOGUE: "bob", 0: "bob", 1: "ann", 2: "ann"}


def test_no_shards_are_always_free(ledger: Ledger) -> None:
    assert taken(ledger) == Lease("ann", {})
    ledger.leases.release(Lease("ann", {}))
    assert ledger.leases.holders() == {}


def test_a_released_shard_is_free_and_its_epoch_goes_on(ledger: Ledger) -> None:
    ledger.leases.release(taken(ledger, 1, 2))
    assert ledger.leases.holders() == {}
    assert taken(ledger, 2, 3, holder="bob") == Lease("bob", {2: 2, 3: 1})


def test_release_leaves_alone_what_is_not_ours_any_more(ledger: Ledger, clock: list[int]) -> None:
    old = taken(ledger, 1, 2, seconds=1)
    clock[0] += 1000
    taken(ledger, 1, holder="bob")
    ledger.leases.release(old)
    ledger.leases.release(old)
    assert ledger.leases.holders() == {1: "bob"}


def test_a_lease_expires_by_the_clock_it_was_given(ledger: Ledger, clock: list[int]) -> None:
    taken(ledger, 1, seconds=1.5)
    clock[0] += 1499
    assert ledger.leases.take([1], holder="bob", seconds=1) is None
    clock[0] += 1
    assert ledger.leases.holders() == {}
    assert taken(ledger, 1, holder="bob") == Lease("bob", {1: 2})


def test_taking_again_makes_a_new_lease_of_it(ledger: Ledger) -> None:
    old = taken(ledger, 1)
    assert taken(ledger, 1) == Lease("ann", {1: 2})
    with pytest.raises(LeaseLost):
        ledger.batches.remove(old, "t", [])


def test_a_write_pushes_the_expiry_out_by_the_seconds_of_the_taking(ledger: Ledger, clock: list[int]) -> None:
    lease = taken(ledger, 1, seconds=10)
    clock[0] += 9_999
    ledger.batches.remove(lease, "t", [])
    clock[0] += 9_999
    assert ledger.leases.take([1], holder="bob", seconds=1) is None
    clock[0] += 1
    assert ledger.leases.take([1], holder="bob", seconds=1) is not None


def test_an_expired_lease_that_nobody_took_still_serves(ledger: Ledger, clock: list[int]) -> None:
    lease = taken(ledger, 1, seconds=1)
    clock[0] += 60_000
    ledger.batches.remove(lease, "t", [])
    assert ledger.leases.holders() == {1: "ann"}


def test_leases_are_seen_by_every_process(another_ledger: Callable[[], Ledger]) -> None:
    one, other = another_ledger(), another_ledger()
    lease = taken(one, 1)
    assert other.leases.take([1], holder="bob", seconds=1) is None
    one.leases.release(lease)
    assert taken(other, 1, holder="bob") == Lease("bob", {1: 2})


ITEM = Item("k1", "u1", "content", 5, "file", "line 1")
MENTION = Mention(Entity("place", "porto"), "Porto")
EVIDENCE = Evidence("k1", "u1", "content", 5, "c", "x", None, None, Extraction((MENTION,), (), ("travel",)))
ROW = OpenBatch("b2", "r1", "messages", "t", "ann", (0, 1), 7, (ITEM,))
ABOUT = CampaignAbout("spring", "content", "x", ("travel",), (Entity("place", "oslo"),))
COMMIT = Commit(
    "b2",
    "r1",
    "t",
    0,
    True,
    (ITEM,),
    1,
    (Rejection("not_json", "no", "file", "line 2", "{"),),
    (SourceMark("file", 9, "ff", True),),
)
WRITES: dict[str, Callable[[Ledger, Lease], object]] = {
    "open": lambda ledger, lease: ledger.batches.open(lease, ROW),
    "settle": lambda ledger, lease: ledger.batches.settle(lease, ROW, delivered=[ITEM], clear=True),
    "commit": lambda ledger, lease: ledger.batches.commit(lease, COMMIT),
    "remove": lambda ledger, lease: ledger.batches.remove(lease, "t", ["k0"]),
    "evidence": lambda ledger, lease: ledger.evidence.write(lease, "t", [EVIDENCE]),
    "no evidence": lambda ledger, lease: ledger.evidence.delete_messages(lease, "t", ["k0"]),
    "campaigns": lambda ledger, lease: ledger.evidence.write_campaigns(lease, "t", [ABOUT]),
    "no campaigns": lambda ledger, lease: ledger.evidence.delete_campaigns(lease, "t", ["old"]),
    "delete a person": lambda ledger, lease: ledger.people.delete(lease, "t", "u0"),
}


def furnished(ledger: Ledger) -> Lease:
    """Two shards held by ann, with something of everything that a write could change."""
    lease = taken(ledger, 0, 1)
    ledger.runs.start("r1", "t")
    old = Item("k0", "u0", "content", 5, "file", "line 0")
    ledger.batches.open(lease, OpenBatch("b1", "r1", "messages", "t", "ann", (0, 1), 6, (old,)))
    other = EVIDENCE.extraction
    ledger.evidence.write(lease, "t", [Evidence("k0", "u0", "content", 5, "c", "x", None, None, other)])
    ledger.evidence.write_campaigns(lease, "t", [CampaignAbout("old", "content", "x", (), ())])
    ledger.batches.settle(lease, ledger.batches.opened()[0], delivered=[old], clear=False)
    return lease


def everything(ledger: Ledger) -> list[object]:
    """All that the writes above could have changed."""
    return [
        ledger.batches.opened(),
        ledger.batches.scan("t"),
        ledger.batches.mark("t", "file"),
        [ledger.batches.generation("t", user_id) for user_id in ("", "u0", "u1")],
        ledger.evidence.headers("t"),
        ledger.evidence.counts("t"),
        ledger.evidence.campaigns("t"),
        ledger.runs.get("r1"),
        ledger.runs.rejections("t"),
        ledger.people.count("t", "u0"),
        ledger.leases.holders(),
    ]


@pytest.mark.parametrize("write", WRITES)
def test_a_write_under_a_lost_lease_changes_nothing(ledger: Ledger, clock: list[int], write: str) -> None:
    lease = furnished(ledger)
    clock[0] += 60_000
    taken(ledger, 1, holder="bob")  # one of two is enough to lose
    before = everything(ledger)
    with pytest.raises(LeaseLost) as lost:
        WRITES[write](ledger, lease)
    assert isinstance(lost.value, Transient)
    assert "'ann'" in str(lost.value)
    assert everything(ledger) == before


@pytest.mark.parametrize("write", WRITES)
def test_the_same_write_under_the_lease_goes_through(ledger: Ledger, write: str) -> None:
    lease = furnished(ledger)
    before = everything(ledger)
    WRITES[write](ledger, lease)
    assert everything(ledger) != before


def test_eight_threads_never_hold_a_shard_together(another_ledger: Callable[[], Ledger]) -> None:
    ledgers = [another_ledger(), another_ledger()]
    start = Barrier(8)
    inside: list[str] = []
    overlaps: list[tuple[str, ...]] = []

    def work(n: int) -> int:
        leases, holder, rounds = ledgers[n % 2].leases, f"writer {n}", 0
        start.wait()
        while rounds < 5:
            lease = leases.take([n % 3, 3], holder=holder, seconds=60)
            if lease is None:
                continue
            inside.append(holder)
            if len(inside) > 1:
                overlaps.append(tuple(inside))
            inside.remove(holder)
            leases.release(lease)
            rounds += 1
        return rounds

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [5] * 8
    assert overlaps == []
    assert ledgers[0].leases.holders() == {}
    assert taken(ledgers[0], 3) == Lease("ann", {3: 41})


def test_all_agree_on_the_number_that_the_first_one_said(another_ledger: Callable[[], Ledger]) -> None:
    first = another_ledger().leases.agree(7)
    assert [another_ledger().leases.agree(shards) for shards in (9, 7)] == [first, first]
