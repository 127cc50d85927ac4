"""A circuit: who is let through when, after a failure."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from kith.stores.circuit import Circuit
from kith.stores.errors import StoreError, Terminal, Transient


def admitted(circuit: Circuit) -> bool:
    try:
        circuit.admit()
    except StoreError:
        return False
    return True


def test_after_a_failure_nobody_for_a_while_then_one_then_all() -> None:
    now = [10.0]
    circuit = Circuit(pause=1.0, clock=lambda: now[0])
    circuit.worked()
    assert (admitted(circuit), admitted(circuit)) == (True, True)
    circuit.failed(Transient("down"))
    now[0] = 10.99
    assert admitted(circuit) is False
    now[0] = 11.0
    assert (admitted(circuit), admitted(circuit)) == (True, False)
    now[0] = 12.0  # nobody heard how that try ended
    assert (admitted(circuit), admitted(circuit)) == (True, False)
    circuit.failed(Transient("still down"))
    now[0] = 12.99
    assert admitted(circuit) is False
    now[0] = 13.0
    assert admitted(circuit) is True
    circuit.worked()
    assert (admitted(circuit), admitted(circuit)) == (True, True)


def test_where_somebody_is_to_look_nobody_who_comes_tries() -> None:
    now, looks = [10.0], list[float]()
    circuit = Circuit(pause=1.0, clock=lambda: now[0], look=lambda: looks.append(now[0]))
    circuit.failed(Transient("down"))
    assert [admitted(circuit), looks] == [False, []]
    now[0] = 11.0
    assert [admitted(circuit), admitted(circuit), looks] == [False, False, [11.0]]
    now[0] = 12.0
    assert [admitted(circuit), looks] == [False, [11.0, 12.0]]
    circuit.worked()
    assert [admitted(circuit), looks] == [True, [11.0, 12.0]]


@pytest.mark.parametrize("kind", [Transient, Terminal])
def test_it_says_what_went_wrong(kind: type[StoreError]) -> None:
    circuit = Circuit(pause=1.0, clock=lambda: 0.0)
    circuit.failed(kind("the server is down"))
    with pytest.raises(kind, match=r"^the server is down \(that was a moment ago: it is not asked just now\)$"):
        circuit.admit()


def test_of_many_at_once_one_tries() -> None:
    now = [0.0]
    circuit = Circuit(pause=1.0, clock=lambda: now[0])
    circuit.failed(Transient("down"))
    now[0] = 1.0
    together = Barrier(8)

    def come(_: int) -> bool:
        together.wait()
        return admitted(circuit)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(come, range(8))) == 1
