"""What `Kith(url)` makes of answers, and that nobody gets to see the key."""

import gc
import logging
import traceback
import warnings
from collections.abc import Callable
from typing import Any, TypeAlias, cast

import pytest

from kith import ApiError, Forgotten, Kith, KithError, NoAccess, NotFound, Refused, Unavailable
from kith.persona.errors import BadInput

Answering: TypeAlias = Callable[..., Any]
KEY = "kith_abc123_a-secret-that-nobody-may-see"
PROFILE: dict[str, Any] = {"user_id": "u", "name": None, "static": [], "dynamic": [], "text": "", "degraded": []}
ITEM = {
    "key": "k",
    "message_id": None,
    "conversation_id": "",
    "role": "user",
    "author": None,
    "text": "hi",
    "timestamp": "2026-03-01T09:30:00Z",
    "score": None,
}
RECEIPT = {
    "receipt_id": "r",
    "user": "u",
    "requested_at": "2026-03-01T09:30:00Z",
    "finished_at": "2026-03-01T09:30:01Z",
    "deleted": {"documents": 3},
    "second_look": {"documents": 0},
}


@pytest.mark.parametrize(
    ("kind", "status", "error"),
    [
        ("bad-input", 400, Refused),
        ("no-credential", 401, NoAccess),
        ("wrong-scope", 403, NoAccess),
        ("unknown-user", 404, NotFound),
        ("already-there", 409, Refused),
        ("forgotten", 410, Forgotten),
        ("invalid-request", 422, Refused),
        ("internal", 500, ApiError),
        ("store-unavailable", 503, Unavailable),
        ("too-slow", 504, Unavailable),
    ],
)
def test_problems_are_errors(
    server: Any, k: Kith, kind: str, status: int, error: type[ApiError], problem: Answering
) -> None:
    server.answers = [problem(kind, status, errors=[{"index": 0}])]
    with pytest.raises(KithError) as raised:
        k.profile("u")
    found = raised.value
    assert type(found) is error
    assert isinstance(found, ApiError)
    assert str(found) == found.detail == "what went wrong"
    assert (found.type, found.kind, found.status) == (f"urn:kith:problem:{kind}", kind, status)
    assert (found.errors, found.request_id) == (({"index": 0},), "r1")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((404, b"<html>"), "answered 404 and no problem that Kith tells: check the address"),
        ((307, b"", {"Location": "http://elsewhere.example/"}), "answered 307 and no problem"),
        ((200, b"<html>"), "answered what is no Profile"),
        ((200, {"user_id": 3}), r"answered what is no Profile \(degraded, dynamic, name, static, text\)"),
    ],
)
def test_somebody_else_answers(server: Any, k: Kith, given: tuple[Any, ...], words: str, said: Answering) -> None:
    server.answers = [said(*given)]
    with pytest.raises(ApiError, match=words) as raised:
        k.profile("u")
    assert type(raised.value) is ApiError
    assert len(server.heard) == 1


def test_fields_that_a_newer_server_adds_are_left_alone(server: Any, k: Kith, said: Answering) -> None:
    server.answers = [said(200, PROFILE | {"mood": "good"})]
    assert k.profile("u").model_dump() == PROFILE


def test_all_pages_are_asked_for(server: Any, k: Kith, said: Answering) -> None:
    server.answers = [said(200, {"items": [ITEM], "next": "on"}), said(200, {"items": [ITEM | {"key": "l"}]})]
    assert [one.key for one in k.get_all("u", role="user")] == ["k", "l"]
    assert [one.path for one in server.heard] == [
        "/api/v1/users/u/messages?role=user&limit=500",
        "/api/v1/users/u/messages?role=user&limit=500&cursor=on",
    ]


def test_forgetting_waits_for_the_receipt(server: Any, k: Kith, said: Answering) -> None:
    underway = said(202, {"status": "forgetting"}, {"Location": "/elsewhere"})
    server.answers = [underway, underway, said(503), said(200, RECEIPT)]
    assert k.forget("u").model_dump() == RECEIPT
    assert [one.line for one in server.heard] == [
        "DELETE /api/v1/users/u",
        *["GET /api/v1/users/u/receipt"] * 3,
    ]
    server.answers = [underway]
    with pytest.raises(Unavailable, match=r"forgetting 'u' takes over 0 s: ask again for the receipt"):
        k.forget("u", timeout=0)


def test_nobody_gets_to_see_the_key(
    server: Any, k: Kith, caplog: pytest.LogCaptureFixture, said: Answering, problem: Answering
) -> None:
    caplog.set_level(logging.DEBUG)
    told = [repr(k), str(k)]
    for answer in (problem("wrong-scope", 403), said(200, b"no"), said(None)):
        server.answers = [answer]
        with pytest.raises(ApiError) as raised:
            k.profile("u")
        told += [repr(raised.value), repr(vars(raised.value)), *traceback.format_exception(raised.value)]
    told += [caplog.text, *(repr(vars(record)) for record in caplog.records)]
    assert [one for one in told if "secret" in one] == []


@pytest.mark.parametrize("key", ["", "two words", f"{KEY}\n", "schlüssel"])
def test_keys_that_are_none(key: str) -> None:
    with pytest.raises(BadInput) as refused:
        Kith("http://127.0.0.1:8000", key=key)
    assert not key or key.strip() not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        *("", "localhost:8000", "ftp://x.example", "http://", "http://[", "http://a:b@x.example", "http://x/?a=1"),
        *("http://x?", "http://x/#", "http://1.2.3.999", "http://x\x00", "http://-ü.example"),
    ],
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(BadInput, match="url") as refused:
        Kith(url)
    assert "a:b" not in str(refused.value)


def test_the_address_may_be_that_of_the_api(server: Any) -> None:
    with Kith(f"{server.url}/api/v1/") as k:
        k.profile("u")
        assert repr(k) == f"<Kith of {server.url}>"
    assert server.heard[0].path == "/api/v1/users/u/profile"
    assert "authorization" not in server.heard[0].headers


def test_stores_or_a_server() -> None:
    with pytest.raises(BadInput, match="key is for a server"):
        cast("Any", Kith)(key=KEY)
    with pytest.raises(BadInput, match="are for stores in this process"):
        cast("Any", Kith)("http://127.0.0.1:8000", tenant="acme")


def leave_open(url: str) -> None:
    Kith(url)
    gc.collect()


def test_closing(server: Any) -> None:
    with pytest.warns(ResourceWarning, match="unclosed <Kith of http"):
        leave_open(server.url)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        k = Kith(server.url)
        k.close()
        k.close()
        assert repr(k) == f"<Kith of {server.url}, closed>"
        with pytest.raises(KithError, match="this Kith was closed"):
            k.profile("u")
        del k
        gc.collect()
