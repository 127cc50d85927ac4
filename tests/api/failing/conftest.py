"""Stores of which some fail while the application is at work, under people who like something."""

import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeAlias

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kith.etl.retry import Patience
from kith.serving.frame.access import Access
from kith.serving.frame.house import House
from kith.serving.frame.middleware import Limits
from kith.stores.cache import MemoryCache
from kith.stores.errors import StoreError, Terminal, Transient
from kith.wiring import App, house_of

TENANT = "failing"
PARTS = frozenset({"batches", "evidence", "insight", "leases", "people", "requests", "runs"})
"""Parts of the ledger; its keys answer, so that there is somebody to refuse the answer to."""
PLACE = "/secret/place/store.db"
ERRORS: Mapping[str, type[StoreError]] = {"Transient": Transient, "Terminal": Terminal, "StoreError": StoreError}
SPRING = {"id": "spring", "title": "Boots for Monte Rosa", "intents": ["plan_trip"]}
TALK = [
    {"message": "We saw Monte Rosa", "message_id": "m1", "intent": "plan_trip", "conversation_id": "c1"},
    {"message": "Boots for Monte Rosa, please", "message_id": "m2", "conversation_id": "c1"},
]

SHORT = Patience(seconds=0.02, first=0.01)

AnApp: TypeAlias = Callable[..., FastAPI]
AtWork: TypeAlias = Callable[[FastAPI], Any]
Fail: TypeAlias = Callable[[], object]


class Failing:
    """A store, or a part of one, of which every call ends in `fail` first; it still says what it is."""

    def __init__(self, inner: Any, fail: Fail, *, abilities: frozenset[str] | None = None) -> None:
        self._inner = inner
        self._fail = fail
        self._abilities = abilities

    def card(self) -> Any:
        found = self._inner.card()
        return found if self._abilities is None else replace(found, abilities=self._abilities)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name in PARTS:
            return Failing(found, self._fail)
        if not callable(found) or name in ("close", "model"):
            return found

        def call(*given: Any, **named: Any) -> Any:
            self._fail()
            return found(*given, **named)

        return call


@pytest.fixture(scope="session")
def failing_with() -> Callable[[str], Fail]:
    """What ends a call in an error of this name, which names the place."""

    def failing(error: str) -> Fail:
        def fail() -> None:
            raise ERRORS[error](f"the store at {PLACE!r} does not answer")

        return fail

    return failing


@pytest.fixture(scope="session", autouse=True)
def furnished(house: House, client_of: Callable[..., TestClient]) -> None:
    """People of a tenant of their own, who like something."""
    client = client_of(TENANT)
    assert client.post("/api/v1/campaigns", json=[SPRING, SPRING | {"id": "maps", "title": "Maps"}]).status_code == 201
    for user_id in ("ada", "ben"):
        messages = [one | {"message": f"{one['message']}, says {user_id}"} for one in TALK]
        assert client.post(f"/api/v1/ingest/{user_id}", json={"messages": messages}).status_code == 200
    liked = {"user_id": "ben", "campaign_id": "maps", "kind": "like", "conversation_id": "c1"}
    assert client.post("/api/v1/feedback", json=liked).status_code == 200


@pytest.fixture
def without(opened: App, an_app: AnApp, at_work: AtWork) -> Callable[..., Any]:
    """Has the application begin over stores that answer, and lets some fail while it is at work.

    It is open to this machine, or there for who has a key, where `headers` hold one.
    """

    @contextmanager
    def make(
        *names: str, fail: Fail, limits: Limits | None = None, headers: Mapping[str, str] | None = None
    ) -> Generator[TestClient]:
        begun = threading.Event()

        def once_begun() -> None:
            if begun.is_set():
                fail()

        # A cache of its own, and one that is asked in a thread: what it keeps is given without any store.
        cache = Failing(MemoryCache(), once_begun if "cache" in names else lambda: None, abilities=frozenset())
        down: dict[str, Any] = {
            name: Failing(getattr(opened.stores, name), once_begun) for name in names if name != "cache"
        }
        broken = replace(opened, stores=replace(opened.stores, **{**down, "cache": cache}))
        house = replace(house_of(broken), new_writer=lambda: broken.writer(patience=SHORT))
        app = an_app(limits, house=house, open_tenant=TENANT)
        if headers is not None:
            app.state.access = Access(
                opened.stores.ledger.keys, open_tenant=None, default_tenant="", owner_token=None, clock=house.clock
            )
        with at_work(app) as client:
            client.headers.update(headers or {})
            begun.set()
            yield client
            begun.clear()

    return make
