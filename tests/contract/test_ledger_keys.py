"""Who may ask: keys are kept as they were made, revoked once, and never brought back."""

from collections.abc import Callable
from dataclasses import replace

from kith.stores.ledger_port import Ledger
from kith.stores.serving_port import KeyRow

HARD = 'Ana "ñ" O\'Hara_%\\'


def key(
    key_id: str, *, tenant: str = "t", created_at: int = 5, expires_at: int | None = None, revoked_at: int | None = None
) -> KeyRow:
    return KeyRow(key_id, tenant, HARD, ("read", "write"), f"digest of {key_id}", created_at, expires_at, revoked_at)


def test_at_first_there_are_none(ledger: Ledger) -> None:
    assert (ledger.keys.list(), ledger.keys.get("k1"), ledger.keys.any_valid()) == ([], None, False)


def test_a_key_is_found_as_it_was_added(ledger: Ledger, another_ledger: Callable[[], Ledger]) -> None:
    plain, full = key("k1"), replace(key(HARD, expires_at=7, revoked_at=6), scopes=("admin",))
    ledger.keys.add(plain)
    ledger.keys.add(full)
    for opened in (ledger, another_ledger()):
        assert [opened.keys.get(key_id) for key_id in ("k1", HARD, "k2", "K1", "")] == [plain, full, None, None, None]


def test_all_tenants_keys_are_listed_by_creation_then_id(ledger: Ledger) -> None:
    keys = [key("b"), key("a", created_at=6), key("c", tenant="s"), key("a2"), key("z", created_at=-1)]
    for one in keys:
        ledger.keys.add(one)
    assert ledger.keys.list() == [keys[n] for n in (4, 3, 0, 2, 1)]


def test_a_key_is_revoked_once_and_stays_so(ledger: Ledger, clock: list[int]) -> None:
    for one in (key("k1"), key("k2")):
        ledger.keys.add(one)
    assert ledger.keys.revoke("k1") is True
    revoked = key("k1", revoked_at=clock[0])
    assert ledger.keys.list() == [revoked, key("k2")]
    clock[0] += 10
    assert ledger.keys.revoke("k1") is True
    ledger.keys.add(key("k1"))
    assert ledger.keys.get("k1") == revoked
    assert ledger.keys.revoke("k3") is False
    assert ledger.keys.list() == [revoked, key("k2")]


def test_a_key_that_stands_is_not_written_over(ledger: Ledger) -> None:
    ledger.keys.add(key("k1"))
    ledger.keys.add(key("k1", tenant="s"))
    assert ledger.keys.list() == [key("k1")]


def test_only_keys_that_are_neither_revoked_nor_expired_are_valid(ledger: Ledger, clock: list[int]) -> None:
    ledger.keys.add(key("revoked", revoked_at=clock[0] - 5))
    ledger.keys.add(key("expired", expires_at=clock[0]))
    assert ledger.keys.any_valid() is False
    ledger.keys.add(key("expires", expires_at=clock[0] + 1))
    assert ledger.keys.any_valid() is True
    clock[0] += 1
    assert ledger.keys.any_valid() is False
    ledger.keys.add(key("stays"))
    assert ledger.keys.any_valid() is True
    ledger.keys.revoke("stays")
    assert ledger.keys.any_valid() is False


def test_keys_are_about_no_tenants_people(ledger: Ledger) -> None:
    ledger.keys.add(key("k1"))
    assert ledger.tenants() == []
