"""What `Kith(url)` sends again when a server fails, and what it does not."""

import socket
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from kith import Kith, Unavailable

Answering: TypeAlias = Callable[..., Any]
LEARNED: dict[str, Any] = {"entities": [], "facts": [], "intents": []}
TAKEN = {"accepted": 1, "duplicate": 0, "rejected": [], "keys": ["k"], "learned": LEARNED}
FEEDBACK: dict[str, Any] = {"accepted": 1, "duplicate": 0, "rejected": []}
PROFILE: dict[str, Any] = {"user_id": "u", "name": None, "static": [], "dynamic": [], "text": "", "degraded": []}


def ask_for_profile(k: Kith) -> object:
    return k.profile("u")


def add(k: Kith) -> object:
    return k.add("hi", user_id="u")


def give_feedback(k: Kith) -> object:
    return k.feedback("c", "click", user_id="u")


def ask_a_question(k: Kith) -> object:
    return k.ask("What?", user_id="u")


def delete(k: Kith) -> object:
    return k.delete("key", user_id="u")


def forget(k: Kith) -> object:
    return k.forget("u")


@pytest.mark.parametrize("failure", [503, 429, 502, None], ids=str)
@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (ask_for_profile, PROFILE),
        (add, TAKEN),
        (give_feedback, FEEDBACK),
    ],
)
def test_what_can_do_no_harm_is_sent_again(
    server: Any,
    k: Kith,
    slept: list[float],
    failure: int | None,
    ask: Callable[[Kith], object],
    answer: Any,
    said: Answering,
) -> None:
    server.answers = [said(failure), said(failure), said(200, answer)]
    ask(k)
    assert (len(server.heard), len(slept)) == (3, 2)
    assert slept[0] < slept[1]
    assert len({(one.line, one.octets, one.headers.get("idempotency-key")) for one in server.heard}) == 1


def test_not_for_ever(server: Any, k: Kith, slept: list[float], problem: Answering) -> None:
    server.answers = [problem("too-busy", 503)]
    with pytest.raises(Unavailable, match="what went wrong"):
        k.profile("u")
    assert (len(server.heard), len(slept)) == (3, 2)


def test_the_server_says_how_long_to_wait(server: Any, k: Kith, slept: list[float], said: Answering) -> None:
    server.answers = [said(503, {}, {"Retry-After": "7"}), said(503, {}, {"Retry-After": "70"}), said(200, PROFILE)]
    k.profile("u")
    assert slept == [7.0, 10.0]


@pytest.mark.parametrize("failure", [503, None], ids=str)
@pytest.mark.parametrize("ask", [ask_a_question, delete, forget])
def test_what_might_do_harm_is_not_sent_again(
    server: Any, k: Kith, failure: int | None, ask: Callable[[Kith], object], said: Answering, problem: Answering
) -> None:
    server.answers = [problem("too-busy", failure) if failure else said(failure)]
    with pytest.raises(Unavailable):
        ask(k)
    assert len(server.heard) == 1


def test_what_took_too_long_is_not_asked_again(server: Any, slept: list[float]) -> None:
    server.hold.clear()
    late = pytest.raises(Unavailable, match=r"did not answer .* it may have been done all the same")
    with Kith(server.url, timeout=0.05) as k, late:
        k.add("hi", user_id="u")
    assert (len(server.heard), slept) == (1, [])


def test_nobody_listens(slept: list[float]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Kith(f"http://127.0.0.1:{port}") as k, pytest.raises(Unavailable, match="cannot be reached") as gone:
        k.ask("What?", user_id="u")
    assert (gone.value.type, gone.value.status, len(slept)) == (None, None, 2)
