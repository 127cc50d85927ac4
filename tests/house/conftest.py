"""Real stores that misbehave on call, clocks that stand still, and what all stores agree on in the end."""

import json
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias, cast

import pytest

from kith.etl.integrity import Integrity
from kith.etl.running import RunOptions
from kith.etl.sources import records_source
from kith.etl.summary import RunSummary
from kith.persona.identity import Json
from kith.settings import Settings
from kith.stores.bundle import Stores
from kith.stores.ledger import open_ledger
from kith.stores.ledger_port import Ledger
from kith.stores.ports import Cache, Documents, Graph, VectorIndex
from kith.wiring import App, open_app

Record: TypeAlias = dict[str, Json]
Hook: TypeAlias = Callable[[str, Sequence[object]], None]
"""Told a call as `store.method` with what it was given, before it is made or after; may raise."""


def calm(_call: str, _given: Sequence[object]) -> None:
    """Lets every call be."""


@dataclass(frozen=True, slots=True)
class _Disturbed:
    """A real store, or a part of one, whose calls are told to somebody who may spoil them."""

    inner: object
    name: str
    before: Hook
    after: Hook

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        call = f"{self.name}.{name}"
        if not callable(found):
            return _Disturbed(found, call, self.before, self.after)

        def called(*given: object, **named: object) -> object:
            self.before(call, (*given, *named.values()))
            answer = found(*given, **named)
            self.after(call, (*given, *named.values()))
            return answer

        return called


@pytest.fixture(scope="session")
def disturbed() -> Callable[..., App]:
    """The same application on the same stores, with hooks `before` and `after` each call of a store."""

    def disturb(app: App, *, before: Hook = calm, after: Hook = calm) -> App:
        def wrapped(name: str) -> object:
            return _Disturbed(getattr(app.stores, name), name, before, after)

        return replace(
            app,
            stores=Stores(
                documents=cast(Documents, wrapped("documents")),
                vectors=cast(VectorIndex, wrapped("vectors")),
                graph=cast(Graph, wrapped("graph")),
                ledger=cast(Ledger, wrapped("ledger")),
                cache=cast(Cache, wrapped("cache")),
            ),
        )

    return disturb


@pytest.fixture
def timed() -> Generator[Callable[[App, list[int]], App]]:
    """The same application by a clock that stands still: set the one number in it."""
    with ExitStack() as opened:

        def by(app: App, clock: list[int]) -> App:
            ledger = open_ledger(f"sqlite:///{app.settings.path_of('ledger_url')}", clock=lambda: clock[0])
            opened.callback(ledger.close)
            return replace(app, stores=replace(app.stores, ledger=ledger), clock=lambda: clock[0])

        yield by


@pytest.fixture(scope="session")
def agreed() -> Callable[[App], dict[str, str]]:
    """The digests of stores that agree with each other, with nothing left open."""

    def digests(app: App) -> dict[str, str]:
        verdict = Integrity(app.stores, tenant=app.settings.tenant).verify()
        assert (verdict.as_json()["differences"], verdict.pending) == ([], 0)
        return verdict.digests

    return digests


@pytest.fixture(scope="session")
def fresh() -> Callable[..., AbstractContextManager[App]]:
    """Opens an application of its own, on empty stores, each time it is called."""

    @contextmanager
    def opened(*, shards: int = 1, language: str = "plain") -> Generator[App]:
        with TemporaryDirectory() as folder:
            settings = Settings.model_validate(
                {
                    "home": Path(folder) / "home",
                    "embedder": "hash",
                    "language": language,
                    "tenant": "acme",
                    "shards": shards,
                }
            )
            with open_app(settings, command="a test", create=True) as app:
                yield app

    return opened


@pytest.fixture(scope="session")
def run() -> Callable[..., RunSummary]:
    """Takes records in, whatever share of them is rejected."""

    def taken_in(app: App, records: Iterable[Record], *, batch_size: int = 40, max_rejected: float = 1) -> RunSummary:
        options = RunOptions(tenant="acme", batch_size=batch_size, max_rejected=max_rejected)
        return app.runner().run(records_source(records), options)

    return taken_in


@pytest.fixture(scope="session")
def said() -> Callable[..., list[Record]]:
    """So many messages, an id each, of five people who all speak of Lake Como."""

    def records(count: int, **fields: Json) -> list[Record]:
        return [
            {
                "user_id": f"u{n % 5}",
                "message": f"Back to Lake Como, for the {n}th time",
                "timestamp": 1_770_000_000_000 + n * 1000,
                "message_id": f"m{n}",
            }
            | fields
            for n in range(count)
        ]

    return records


@pytest.fixture(scope="session")
def mixed() -> Callable[[], list[Record]]:
    """Messages with words, with and without engagement, and events between them, with and without ids."""

    def record(n: int, **fields: Json) -> Record:
        return {"user_id": "u1", "timestamp": 1_770_000_000_000 + n, **fields}

    def did(kind: str, n: int, **fields: Json) -> Record:
        return record(n, campaign_id="spring", engagement=kind, **fields)

    return lambda: [
        record(0, message="I would rather see Porto than Lake Como", message_id="m0"),
        did("like", 1, event_id="e1"),
        did("click", 2),
        did("like", 2),
        did("view", 3, message=""),
        did("click", 4, message="Back to Porto it is", message_id="m1"),
        record(5, message="Porto at last", user_id="u2", message_id="m0"),
        did("dislike", 6, user_id="u3", intent="leave"),
    ]


@pytest.fixture(scope="session")
def undisturbed(
    fresh: Callable[..., AbstractContextManager[App]],
    run: Callable[..., RunSummary],
    agreed: Callable[[App], dict[str, str]],
) -> Callable[..., dict[str, str]]:
    """The digests of stores that took in these records, one run after the other, and that nobody disturbed."""
    known: dict[str, dict[str, str]] = {}

    def digests(*runs: list[Record]) -> dict[str, str]:
        name = json.dumps(runs)
        if name not in known:
            with fresh() as app:
                for records in runs:
                    run(app, records)
                known[name] = agreed(app)
        return known[name]

    return digests
