"""Requests that were taken: whoever sends one again gets the first, and what was answered to it."""

from collections.abc import Callable
from dataclasses import replace

from at_once import at_once

from kith.stores.ledger_port import Lease, Ledger
from kith.stores.serving_port import Answer, RequestRow, WaitingRequest

HARD = 'Ana "ñ" O\'Hara_%\\'
DONE = Answer(200, '{"accepted": 1}')


def request(
    request_id: str, *, tenant: str = "t", user: str = "ana", at: int = 5, payload: str | None = "[]"
) -> RequestRow:
    return RequestRow(tenant, request_id, user, f"digest of {request_id}", at, payload)


def undone(*rows: RequestRow) -> list[WaitingRequest]:
    return [WaitingRequest(row.tenant, row.request_id, row.user_id) for row in rows]


def answered(row: RequestRow, answer: Answer = DONE) -> RequestRow:
    return replace(row, payload=None, answer=answer)


def test_at_first_there_are_none(ledger: Ledger) -> None:
    assert (ledger.requests.get("t", "r1"), list(ledger.requests.waiting())) == (None, [])
    assert (ledger.requests.drop_older(1 << 60), ledger.requests.count()) == (0, {"waiting": 0, "answered": 0})


def test_a_request_that_is_new_is_kept(ledger: Ledger, another_ledger: Callable[[], Ledger]) -> None:
    rows = [request("r1"), request(HARD, user=HARD, payload=HARD), answered(request("r2")), request("r3", payload=None)]
    assert [ledger.requests.take(row) for row in rows] == rows
    assert [another_ledger().requests.get("t", row.request_id) for row in rows] == rows
    assert [ledger.requests.get(tenant, key) for tenant, key in (("s", "r1"), ("t", "R1"), ("t", ""))] == [None] * 3


def test_one_that_is_there_is_returned_whatever_is_asked(ledger: Ledger) -> None:
    first = ledger.requests.take(request("r1"))
    other = RequestRow("t", "r1", "bob", "another digest", 99, "other", DONE)
    assert ledger.requests.take(other) == first
    ledger.requests.answer("t", "r1", DONE)
    assert ledger.requests.take(other) == answered(first)
    assert ledger.requests.get("t", "r1") == answered(first)
    elsewhere = request("r1", tenant="s")
    assert ledger.requests.take(elsewhere) == elsewhere


def test_who_takes_the_same_at_once_gets_the_same(ledger: Ledger, another_ledger: Callable[[], Ledger]) -> None:
    ledgers = [ledger, another_ledger()]
    names = [f"r{n}" for n in range(10)]

    def take(n: int) -> list[RequestRow]:
        return [ledgers[n % 2].requests.take(request(name, at=n, payload=str(n))) for name in names]

    taken = at_once(4, take)
    kept = [ledger.requests.get("t", name) for name in names]
    assert taken == [kept] * 4


def test_an_answer_takes_the_payloads_place(ledger: Ledger) -> None:
    for row in (request("r1"), request("r2"), request("r1", tenant="s")):
        ledger.requests.take(row)
    for _ in range(2):
        ledger.requests.answer("t", "r1", DONE)
        ledger.requests.answer("t", "gone", DONE)
    assert ledger.requests.get("t", "r1") == answered(request("r1"))
    assert ledger.requests.get("t", "gone") is None
    assert list(ledger.requests.waiting()) == undone(request("r1", tenant="s"), request("r2"))
    empty = Answer(204, "")
    ledger.requests.answer("t", "r2", empty)
    assert ledger.requests.get("t", "r2") == answered(request("r2"), empty)


def test_those_that_wait_come_the_oldest_first(ledger: Ledger) -> None:
    rows = [request("r1", at=9), request("r2", at=5), request("r0", tenant="s", at=7), request("r3", at=-1)]
    for row in (*rows, request("in hand", payload=None), answered(request("done"))):
        ledger.requests.take(row)
    assert list(ledger.requests.waiting()) == undone(*(rows[n] for n in (3, 1, 2, 0)))
    assert ledger.requests.count() == {"waiting": 4, "answered": 1}


def test_only_those_that_wait_outlast_their_age(ledger: Ledger) -> None:
    done = [answered(request(f"done {at}", at=at)) for at in range(4)]
    in_hand = [request(f"in hand {at}", at=at, payload=None) for at in range(4)]
    waiting = request("waits", at=0)
    for row in (*done, *in_hand, waiting, answered(request("done 0", tenant="s", at=0))):
        ledger.requests.take(row)
    assert ledger.requests.drop_older(2) == 5
    for rows in (done, in_hand):
        assert [ledger.requests.get("t", row.request_id) for row in rows] == [None, None, *rows[2:]]
    assert ledger.requests.get("t", "waits") == waiting
    assert ledger.requests.drop_older(2) == 0
    ledger.requests.answer("t", "in hand 0", DONE)
    assert ledger.requests.get("t", "in hand 0") is None


def test_a_forgotten_persons_requests_go_and_stay_gone(ledger: Ledger, lease: Lease) -> None:
    hers = [request("r1"), answered(request("r2")), request("r3", payload=None)]
    others = [request("r4", user="bob"), request("r1", tenant="s")]
    for row in (*hers, *others):
        ledger.requests.take(row)
    assert ledger.people.count("t", "ana")["requests"] == 3
    assert ledger.people.delete(lease, "t", "ana")["requests"] == 3
    assert ledger.people.count("t", "ana")["requests"] == 0
    for row in hers:
        ledger.requests.answer("t", row.request_id, DONE)
    assert [ledger.requests.get("t", row.request_id) for row in hers] == [None] * 3
    assert list(ledger.requests.waiting()) == undone(others[1], others[0])


def test_a_tenant_of_whom_there_is_a_request_is_known(ledger: Ledger) -> None:
    ledger.requests.take(request("r1"))
    assert ledger.tenants() == ["t"]
