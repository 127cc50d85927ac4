"""Who was forgotten, and that nothing of them stays: not a row, not an id."""

import json

from kith.persona.evidence import Evidence, Extraction
from kith.persona.identity import Json
from kith.persona.model import Engagement, Entity, Mention, Rejection, Relation, Statement
from kith.stores.ledger_port import Commit, Item, Lease, Ledger, OpenBatch, Tombstone
from kith.stores.serving_port import Answer, RequestRow

ANA = 'Ana "ñ" O\'Hara_%\\'
EMPTY = {
    "deliveries": 0,
    "evidence_headers": 0,
    "mentions": 0,
    "statements": 0,
    "intents": 0,
    "relations": 0,
    "user_engagement": 0,
    "parted": 0,
    "open_items": 0,
    "requests": 0,
    "rejections": 0,
}


def about(ledger: Ledger, lease: Lease, user: str, *, tenant: str = "t") -> None:
    """Something in every table: a message that was edited, one in hand, one that was rejected."""
    entities = [Entity("place", "porto"), Entity("place", "oslo")]
    found = Extraction(
        tuple(Mention(one, one.name) for one in entities),
        (Statement("likes", entities[0]),),
        ("buy",),
        (Relation(entities[0], "near", entities[1]),),
    )
    keys = [f"{tenant} {user} {n}" for n in range(3)]
    first, second, third = (Item(key, user, "a", 1, "file", "line") for key in keys)
    full = Evidence(keys[0], user, "a", 1, "c", "x", "spring", Engagement("click"), found)
    ledger.evidence.write(lease, tenant, [full])
    ledger.evidence.write(lease, tenant, [full])
    rejections = [
        Rejection("bad_value", "no", f"{tenant} {user}", "1", "{}", user),
        Rejection("bad_timestamp", "no", f"{tenant} {user}", "2", json.dumps({"user_id": user, "message": "a"})),
        Rejection("too_large", "no", f"{tenant} {user}", "3", json.dumps([user], ensure_ascii=False)),
    ]
    ledger.batches.commit(lease, Commit(f"{user} b1", "r1", tenant, 0, True, (first, second), 0, rejections))
    ledger.batches.open(lease, OpenBatch(f"{user} b2", "r1", "messages", tenant, "ann", (0,), 1, (third,)))
    for n, answer in enumerate((None, Answer(200, "{}"))):
        ledger.requests.take(RequestRow(tenant, f"{user} {n}", user, "digest", 1, "[]", answer))


def test_delete_leaves_nothing_of_a_person_and_all_of_the_others(ledger: Ledger, lease: Lease) -> None:
    others = [("bob", "t"), (ANA, "s"), (ANA.lower(), "t"), (ANA[:-1], "t")]
    for user, tenant in [(ANA, "t"), *others]:
        about(ledger, lease, user, tenant=tenant)
    before = [ledger.people.count(tenant, user) for user, tenant in others]
    expected = {
        "deliveries": 2,
        "evidence_headers": 1,
        "mentions": 2,
        "statements": 1,
        "intents": 1,
        "relations": 1,
        "user_engagement": 1,
        "parted": 1,
        "open_items": 1,
        "requests": 2,
        "rejections": 3,
    }
    assert ledger.people.count("t", ANA) == expected
    assert ledger.people.delete(lease, "t", ANA) == expected
    assert ledger.people.count("t", ANA) == EMPTY
    assert ledger.people.delete(lease, "t", ANA) == EMPTY
    assert [ledger.people.count(tenant, user) for user, tenant in others] == before
    assert ledger.evidence.users("t") == sorted(user for user, tenant in others if tenant == "t")
    assert len(ledger.batches.opened()) == len(others)


def test_a_batch_in_hand_keeps_their_keys_without_their_name(ledger: Ledger, lease: Lease) -> None:
    hers, his = Item("k1", ANA, "a", 1, "file", "1"), Item("k2", "bob", "a", 1, "file", "2")
    row = OpenBatch("b1", "r1", "messages", "t", "ann", (0,), 1, (Item("k1", "", "a", 1, "file", "1"), his))
    ledger.batches.open(lease, OpenBatch("b1", "r1", "messages", "t", "ann", (0,), 1, (hers, his)))
    ledger.people.delete(lease, "t", ANA)
    assert ledger.batches.opened() == [row]


def test_delete_raises_the_generation(ledger: Ledger, lease: Lease) -> None:
    about(ledger, lease, ANA)
    ledger.people.delete(lease, "t", ANA)
    assert [ledger.batches.generation(tenant, ANA) for tenant in ("t", "s")] == [2, 0]


def test_raw_text_of_somebody_known_is_not_searched(ledger: Ledger, lease: Lease) -> None:
    raw = json.dumps({"user_id": "bob", "message": "bob"})
    rejections = [
        Rejection("bad_value", "no", "file", "1", raw, "ana"),
        Rejection("bad_value", "no", "file", "2", '"BOB" "bobby" bob'),
    ]
    ledger.batches.commit(lease, Commit("b1", "r1", "t", 0, True, (), 0, rejections))
    assert ledger.people.count("t", "bob") == EMPTY


def test_a_tombstone_is_dated_and_names_nobody(ledger: Ledger, clock: list[int]) -> None:
    first = ledger.people.bury("t", ANA)
    assert first == Tombstone(first.person, clock[0], None)
    assert ANA not in first.person
    assert ledger.people.tombstone("t", ANA) == first
    assert ledger.people.tombstone("s", ANA) is None
    assert ledger.people.tombstone("t", "bob") is None
    assert ledger.people.bury("s", ANA).person != first.person


def test_burying_again_moves_the_date_on_and_takes_the_admission_back(ledger: Ledger, clock: list[int]) -> None:
    first = ledger.people.bury("t", ANA)
    assert ledger.people.admit("t", ANA) is True
    assert ledger.people.tombstone("t", ANA) == Tombstone(first.person, clock[0], clock[0])
    clock[0] -= 5
    assert ledger.people.bury("t", ANA) == first
    clock[0] += 10
    assert ledger.people.bury("t", ANA) == Tombstone(first.person, clock[0], None)


def test_only_the_forgotten_can_be_let_in(ledger: Ledger, clock: list[int]) -> None:
    assert ledger.people.admit("t", ANA) is False
    tombstone = ledger.people.bury("t", ANA)
    clock[0] += 5
    assert [ledger.people.admit("t", ANA), ledger.people.admit("t", ANA)] == [True, False]
    clock[0] += 5
    assert ledger.people.forgotten("t", [ANA]) == {ANA: Tombstone(tombstone.person, clock[0] - 10, clock[0] - 5)}


def test_forgotten_finds_them_among_many(ledger: Ledger) -> None:
    many = [f"u{n}" for n in range(10_000)]
    buried = {user: ledger.people.bury("t", user) for user in (many[3], many[-1])}
    assert ledger.people.forgotten("t", many) == buried
    assert ledger.people.forgotten("t", []) == {}
    assert ledger.people.forgotten("s", many[:10]) == {}


def test_who_was_buried_is_unpurged_until_a_receipt_is_kept(ledger: Ledger, clock: list[int]) -> None:
    assert ledger.people.unpurged() == []
    both = [ledger.people.bury("t", user) for user in (ANA, "bob")]
    assert ledger.people.unpurged() == sorted(both, key=lambda one: one.person)
    ledger.people.keep_receipt("1", "t", ANA, {})
    assert ledger.people.unpurged() == both[1:]
    ledger.people.admit("t", "bob")
    assert ledger.people.unpurged() == []
    clock[0] += 1
    again = ledger.people.bury("t", ANA)
    assert ledger.people.unpurged() == [again]
    ledger.people.keep_receipt("2", "t", ANA, {})
    assert ledger.people.unpurged() == []


def test_who_is_found_nowhere_is_settled_until_buried_again(ledger: Ledger, clock: list[int]) -> None:
    ledger.people.settle([])
    first = ledger.people.bury("t", ANA)
    bob = ledger.people.bury("t", "bob")
    clock[0] += 1
    again = ledger.people.bury("t", ANA)
    ledger.people.settle([first, bob])
    assert ledger.people.unpurged() == [again]
    ledger.people.settle([again])
    assert ledger.people.unpurged() == []
    assert ledger.people.forgotten("t", [ANA, "bob"]) == {ANA: again, "bob": bob}
    clock[0] += 1
    assert [ledger.people.bury("t", "bob")] == ledger.people.unpurged()


def test_receipts_come_in_the_order_they_were_kept(ledger: Ledger, clock: list[int]) -> None:
    receipts: list[dict[str, Json]] = [{"receipt_id": f"{n}", "deleted": {"documents": n}} for n in (2, 1, 3)]
    for receipt in receipts:
        ledger.people.keep_receipt(str(receipt["receipt_id"]), "t", ANA, receipt)
        clock[0] += 1
    ledger.people.keep_receipt("of bob", "t", "bob", {"receipt_id": "of bob"})
    ledger.people.keep_receipt("elsewhere", "s", ANA, {"receipt_id": "elsewhere"})
    assert ledger.people.receipts("t", ANA) == receipts
    assert ledger.people.receipts("t", "nobody") == []
