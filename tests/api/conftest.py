"""What the tests of the API share: a house of filled stores, the application over it, keys, and clients that hold them.

Stores, application and keys are there once for all tests: a test that writes does so for a person or a tenant of its
own. A key is needed here; where none is, `an_app` gives an application with keys of its own.
"""

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, cast
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from houses import new_house
from listening import listening as listening_app
from real_servers import RealServers
from starlette.testclient import TestClient

from kith.data.generate import write_dataset
from kith.etl.running import RunOptions
from kith.etl.sources import open_sources
from kith.serving.frame.access import Access, new_key
from kith.serving.frame.app import build_app
from kith.serving.frame.house import House
from kith.serving.frame.middleware import Limits
from kith.settings import Settings
from kith.stores.bundle import Stores
from kith.stores.ledger import open_ledger
from kith.stores.serving_port import KeyRow, Scope
from kith.wiring import App, house_of, open_app

TENANT = "acme"
OWNER = "the-owner's-token-1234567890"
OPEN_HOST = "http://127.0.0.1:8000"

ClientOf: TypeAlias = Callable[..., TestClient]
AnApp: TypeAlias = Callable[..., FastAPI]


@dataclass(frozen=True)
class Keyring:
    """Makes keys in the ledger that the application asks."""

    stores: Stores
    clock: Callable[[], int]

    def make(self, tenant: str = TENANT, *scopes: Scope, expires_at: int | None = None) -> tuple[str, KeyRow]:
        """A key as its owner has it, and its row; for reading where no scope is named."""
        key, row = new_key(
            tenant=tenant, name="a test", scopes=scopes or ("read",), now=self.clock(), expires_at=expires_at
        )
        self.stores.ledger.keys.add(row)
        return key, row

    def headers(self, tenant: str = TENANT, *scopes: Scope) -> dict[str, str]:
        """What a client sends that has such a key."""
        return {"Authorization": f"Bearer {self.make(tenant, *scopes)[0]}"}


@contextmanager
def embedded(_: RealServers) -> Generator[dict[str, str]]:
    yield {}


STORES: dict[str, Callable[[RealServers], AbstractContextManager[dict[str, str]]]] = {
    "embedded": embedded,
    "servers": new_house,
}
"""From servers to start to the URLs of empty stores."""


@pytest.fixture(scope="session", params=STORES)
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, servers: RealServers
) -> Generator[App]:
    """Stores with 20 people and 300 messages of tenant `acme`."""
    folder = tmp_path_factory.mktemp("api")
    write_dataset(folder / "talk", users=20, messages=300, seed=5)
    with ExitStack() as stack:
        urls = stack.enter_context(STORES[request.param](servers))
        own = {"home": folder / "home", "embedder": "hash", "language": "plain", "tenant": TENANT}
        settings = Settings.model_validate({**own, **urls})
        app = stack.enter_context(open_app(settings, command="the tests of the API", create=True))
        fill(app, folder / "talk" / "conversations.jsonl")
        yield app


def fill(app: App, path: Path) -> None:
    sources = open_sources([str(path)], known=lambda _: None, full=True)
    app.runner().run(sources, RunOptions(tenant=TENANT))


@pytest.fixture(scope="session")
def people(opened: App) -> list[str]:
    """Who is known to tenant `acme`."""
    return [user.user_id for user in opened.stores.documents.scan_users(TENANT)]


@pytest.fixture(scope="session")
def house(opened: App) -> House:
    """The house that the application serves."""
    return house_of(opened)


@pytest.fixture(scope="session")
def keys(house: House) -> Keyring:
    """Makes keys."""
    return Keyring(house.stores, house.clock)


@pytest.fixture(scope="session")
def api(house: House) -> Generator[FastAPI]:
    """The application, at work."""
    access = Access(
        house.stores.ledger.keys,
        open_tenant=None,
        default_tenant=house.tenant,
        owner_token=OWNER,
        clock=house.clock,
    )
    app = build_app(house, access, version="0.0.0")
    with TestClient(app):
        yield app


@pytest.fixture(scope="session")
def client_of(api: FastAPI, keys: Keyring) -> ClientOf:
    """A client with a key of this tenant, and these scopes (all, where none is named)."""

    def make(tenant: str = TENANT, *scopes: Scope) -> TestClient:
        return TestClient(api, headers=keys.headers(tenant, *(scopes or ("admin",))), raise_server_exceptions=False)

    return make


@pytest.fixture(scope="session")
def client(client_of: ClientOf) -> TestClient:
    """A client that may do all for tenant `acme`."""
    return client_of()


@pytest.fixture(scope="session")
def owner(api: FastAPI) -> TestClient:
    """A client that has the token of whoever holds the stores."""
    return TestClient(api, headers={"Authorization": f"Bearer {OWNER}"}, raise_server_exceptions=False)


@pytest.fixture
def an_app(house: House, tmp_path: Path) -> Iterator[AnApp]:
    """Applications over the same house with keys of their own: none, at first, so that they are open."""
    ledger = open_ledger(f"sqlite:///{tmp_path / 'keys.db'}")

    def make(limits: Limits | None = None, **changed: Any) -> FastAPI:
        access = Access(
            ledger.keys,
            open_tenant=changed.pop("open_tenant", TENANT),
            default_tenant=TENANT,
            owner_token=None,
            clock=house.clock,
        )
        return build_app(changed.pop("house", house), access, version="0.0.0", limits=limits)

    yield make
    ledger.close()


@contextmanager
def _at_work(app: FastAPI) -> Generator[TestClient]:
    with TestClient(app, base_url=OPEN_HOST, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def at_work() -> Callable[[FastAPI], Any]:
    """Has an application begin and end, with a client on loopback that has no key."""
    return _at_work


@pytest.fixture(scope="session")
def served() -> Callable[[House], FastAPI]:
    """An application of its own over a house, open to this machine."""

    def make(house: House) -> FastAPI:
        access = Access(
            house.stores.ledger.keys, open_tenant=TENANT, default_tenant=TENANT, owner_token=None, clock=house.clock
        )
        return build_app(house, access, version="0.0.0")

    return make


@pytest.fixture
def own(
    settings: Settings, served: Callable[[House], FastAPI], at_work: Callable[[FastAPI], Any]
) -> Generator[tuple[House, TestClient]]:
    """Empty stores of this test's own, and a client of what serves them."""
    with open_app(settings, command="a test", create=True) as app:
        house = house_of(app)
        with at_work(served(house)) as client:
            yield house, client


@pytest.fixture(scope="session")
def problem() -> Callable[[Any], tuple[int, str]]:
    """What an answer says that is a problem: its status and its kind."""

    def kind(answer: Any) -> tuple[int, str]:
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        return answer.status_code, answer.json()["type"].removeprefix("urn:kith:problem:")

    return kind


@pytest.fixture(scope="session")
def send() -> Callable[..., Any]:
    """Posts what somebody is to have said, halves of characters and all."""

    def post(client: TestClient, user_id: str, body: Any, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        address = f"/api/v1/ingest/{quote(user_id, safe='')}"
        return client.post(address, content=json.dumps(body), headers={"Content-Type": "application/json", **named})

    return post


@pytest.fixture(scope="session")
def messages_of() -> Callable[[TestClient, str], list[dict[str, Any]]]:
    """What somebody said, the oldest first."""

    def told(client: TestClient, user_id: str) -> list[dict[str, Any]]:
        return client.get(f"/api/v1/users/{quote(user_id, safe='')}/messages").json()["items"][::-1]

    return told


@pytest.fixture(scope="session")
def say() -> Callable[..., list[str]]:
    """Has somebody say this, which is taken; the keys."""

    def take(client: TestClient, user_id: str, *messages: dict[str, Any] | str) -> list[str]:
        given = [{"message": one} if isinstance(one, str) else one for one in messages]
        # Clients take dots that stand alone for steps through folders.
        address = f"/api/v1/ingest/{quote(user_id, safe='').replace('.', '%2E')}"
        answer = client.post(address, json={"messages": given})
        assert answer.status_code == 200, answer.text
        return answer.json()["keys"]

    return take


@pytest.fixture(scope="session")
def receipt_of() -> Callable[[TestClient, Any], dict[str, Any]]:
    """The receipt that a DELETE leads to, once it is there."""

    def wait(client: TestClient, answer: Any) -> dict[str, Any]:
        while answer.status_code == 202:
            assert answer.json() == {"status": "forgetting"}
            answer = client.get(answer.headers["location"])
        assert answer.status_code == 200, answer.text
        return answer.json()

    return wait


@pytest.fixture(scope="session")
def listening() -> Callable[[FastAPI], AbstractContextManager[str]]:
    """Has an application answer on a port of its own: the address."""
    return listening_app


@pytest.fixture(scope="session")
def described(api: FastAPI) -> dict[str, Any]:
    """The OpenAPI, as it is sent."""
    return cast("dict[str, Any]", json.loads(json.dumps(api.openapi())))
