"""Trying again: only what may go through later, and for a bounded time."""

import pytest

from kith.etl.retry import Patience
from kith.stores.errors import LeaseLost, StoreError, Terminal, Transient

QUICK = Patience(seconds=5, first=0.0001, longest=0.0002)


def test_a_passing_fault_is_tried_again_until_it_goes_through() -> None:
    calls: list[int] = []

    def action() -> str:
        calls.append(1)
        if len(calls) < 4:
            raise Transient("not now")
        return "done"

    assert QUICK.call(action) == "done"
    assert len(calls) == 4


@pytest.mark.parametrize("error", [Terminal("never"), LeaseLost("gone")])
def test_what_will_not_go_through_by_waiting_is_raised_at_once(error: StoreError) -> None:
    calls: list[int] = []

    def action() -> str:
        calls.append(1)
        raise error

    with pytest.raises(type(error)):
        QUICK.call(action)
    assert len(calls) == 1


def test_patience_ends_with_the_latest_fault() -> None:
    calls: list[int] = []

    def action() -> str:
        calls.append(1)
        raise Transient(f"fault {len(calls)}")

    with pytest.raises(Transient) as latest:
        Patience(seconds=0.02, first=0.001, longest=0.002).call(action)
    assert str(latest.value) == f"fault {len(calls)}"
    assert len(calls) > 1
