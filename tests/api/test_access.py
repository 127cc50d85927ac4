"""Who is let in, as whom, and who is not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kith.serving.frame.access import REMEMBERED, STANDS, Access, Caller, new_key
from kith.serving.frame.house import House
from kith.serving.frame.problems import Refusal
from kith.serving.frame.routes import Asked, Routes
from kith.stores.errors import Transient
from kith.stores.serving_port import KeyRow, Scope

PLAIN = {"host": "localhost:8000"}


class Held:
    """Keys in memory: counts who asks."""

    def __init__(self, *rows: KeyRow) -> None:
        self.rows = {row.key_id: row for row in rows}
        self.asked = 0
        self.down = False

    def add(self, key: KeyRow) -> None:
        self.rows[key.key_id] = key

    def get(self, key_id: str) -> KeyRow | None:
        self._ask()
        return self.rows.get(key_id)

    def list(self) -> list[KeyRow]:
        self._ask()
        return [*self.rows.values()]

    def revoke(self, key_id: str) -> bool:
        return key_id in self.rows

    def any_valid(self) -> bool:
        self._ask()
        return bool(self.rows)

    def _ask(self) -> None:
        self.asked += 1
        if self.down:
            raise Transient("the ledger does not answer")


@pytest.fixture(scope="module")
def whoami(api: FastAPI) -> str:
    """Where the application says whom it takes the caller for."""
    routes = Routes("test", prefix="/whoami")

    def who(caller: Asked) -> dict[str, Any]:
        return {"tenant": caller.tenant, "scopes": sorted(caller.scopes), "key_id": caller.key_id}

    for scope in ("read", "write", "admin"):
        routes.get(f"/{scope}", scope=scope, name=f"who_{scope}", include_in_schema=False)(who)
    api.include_router(routes.router)
    return "/whoami"


def kind(response: Any) -> str:
    return response.json()["type"].removeprefix("urn:kith:problem:")


def test_the_tenant_comes_from_the_key(api: FastAPI, keys: Any, whoami: str) -> None:
    key, row = keys.make("Zoë & co", "write")
    client = TestClient(api)
    told = {"tenant": "Zoë & co", "scopes": ["write"], "key_id": row.key_id}
    for headers in ({"Authorization": f"Bearer {key}"}, {"authorization": f"bearer  {key} "}, {"X-Api-Key": key}):
        assert client.get(f"{whoami}/read", headers={**headers, "X-Kith-Tenant": "acme"}).json() == told


@pytest.mark.parametrize(
    ("held", "may"),
    [("read", {"read"}), ("write", {"read", "write"}), ("admin", {"read", "write", "admin"})],
)
def test_what_each_scope_may(api: FastAPI, keys: Any, whoami: str, held: Scope, may: set[str]) -> None:
    client = TestClient(api, headers=keys.headers("acme", held))
    answers = {scope: client.get(f"{whoami}/{scope}") for scope in ("read", "write", "admin")}
    assert {scope for scope, answer in answers.items() if answer.status_code == 200} == may
    refused = [answer for answer in answers.values() if answer.status_code != 200]
    assert [(answer.status_code, kind(answer)) for answer in refused] == [(403, "wrong-scope")] * (3 - len(may))
    assert all("insufficient_scope" in answer.headers["www-authenticate"] for answer in refused)


def test_keys_that_open_nothing(api: FastAPI, keys: Any, house: House, whoami: str) -> None:
    good, row = keys.make()
    revoked, of_revoked = keys.make()
    expired, _ = keys.make(expires_at=house.clock() - 1)
    house.stores.ledger.keys.revoke(of_revoked.key_id)
    wrong = {
        "revoked": revoked,
        "expired": expired,
        "another secret": f"kith_{row.key_id}_{'x' * 43}",
        "unknown": "kith_0123456789ab_" + "x" * 43,
        "no secret": f"kith_{row.key_id}_",
        "another prefix": good.replace("kith_", "sk_"),
        "no key at all": "hello",
        "a long one": "kith_" + "a" * 5000 + "_b",
        "beyond ASCII": "kith_größe_x",
    }
    client = TestClient(api)
    for why, key in wrong.items():
        answer = client.get(f"{whoami}/read", headers=[(b"Authorization", f"Bearer {key}".encode())])
        assert (answer.status_code, kind(answer)) == (401, "bad-credential"), why
        assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    basic = client.get(f"{whoami}/read", headers={"Authorization": "Basic YTpi"})
    assert (basic.status_code, kind(basic)) == (401, "bad-credential")
    assert client.get(f"{whoami}/read", headers={"Authorization": f"Bearer {good}"}).status_code == 200


def test_without_a_key_nothing_is_told(api: FastAPI, whoami: str) -> None:
    answer = TestClient(api).get(f"{whoami}/read")
    assert (answer.status_code, kind(answer)) == (401, "no-credential")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_whoever_may_not_ask_is_told_so_before_what_they_sent_is_read(api: FastAPI) -> None:
    answer = TestClient(api).post(
        "/api/v1/campaigns", content=b"{", headers={"Content-Type": "application/json", "Content-Length": "10000000000"}
    )
    assert kind(answer) == "no-credential"


def test_the_owner_says_the_tenant(owner: TestClient, whoami: str) -> None:
    everything = ["admin", "read", "write"]
    assert owner.get(f"{whoami}/admin").json() == {"tenant": "acme", "scopes": everything, "key_id": "owner"}
    quoted = owner.get(f"{whoami}/admin", headers={"X-Kith-Tenant": "Zoe%CC%88%20%26%20co"})
    assert quoted.json()["tenant"] == "Zoë & co"


@pytest.mark.parametrize(
    ("host", "origin", "let_in"),
    [
        ("127.0.0.1:8000", None, True),
        ("localhost", None, True),
        ("LOCALHOST:8000", "http://localhost:3000", True),
        ("[::1]:8000", "http://[::1]", True),
        ("evil.example", None, False),
        ("evil.example:8000", "http://evil.example:8000", False),
        ("localhost.evil.example", None, False),
        ("127.0.0.1.evil.example", None, False),
        ("evil@localhost.example", None, False),
        ("[", None, False),
        ("127.0.0.1:8000", "https://evil.example", False),
        ("127.0.0.1:8000", "https://localhost.evil.example", False),
        ("127.0.0.1:8000", "null", False),
        ("127.0.0.1:8000", "http://[", False),
    ],
)
def test_open_to_this_machine_alone(
    an_app: Callable[..., FastAPI], at_work: Callable[[FastAPI], Any], host: str, origin: str | None, let_in: bool
) -> None:
    headers = {"Host": host, **({} if origin is None else {"Origin": origin})}
    with at_work(an_app()) as client:
        answer = client.get("/api/v1/campaigns", headers=headers)
        assert (answer.status_code == 200) == let_in
        assert let_in or (answer.status_code, kind(answer)) == (403, "wrong-host")
        assert client.get("/healthz", headers=headers).status_code == 200


def test_what_is_bound_elsewhere_is_open_to_nobody(
    an_app: Callable[..., FastAPI], at_work: Callable[[FastAPI], Any]
) -> None:
    with at_work(an_app(open_tenant=None)) as client:
        assert kind(client.get("/api/v1/campaigns")) == "no-credential"


def a_key(**changed: Any) -> tuple[str, KeyRow]:
    given: dict[str, Any] = {"tenant": "acme", "name": "a", "scopes": ["read"], "now": 1000, "expires_at": None}
    return new_key(**given | changed)


def an_access(keys: Held, **changed: Any) -> Access:
    given: dict[str, Any] = {"open_tenant": "acme", "default_tenant": "acme", "owner_token": None}
    given["clock"] = lambda: 2000
    return Access(keys, **given | changed)


def test_with_the_first_key_the_house_is_closed() -> None:
    keys = Held()
    access = an_access(keys)
    assert access.admit(PLAIN, "admin") == Caller("acme", frozenset({"read", "write", "admin"}))
    key, row = a_key()
    keys.add(row)
    access.forget_looked_up()
    with pytest.raises(Refusal, match="send a key"):
        access.admit(PLAIN, "read")
    assert access.admit({"x-api-key": key}, "read") == Caller("acme", frozenset({"read"}), row.key_id)


def test_a_key_is_looked_up_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 5.0
    monkeypatch.setattr("kith.serving.frame.access.time.monotonic", lambda: moment)
    key, row = a_key()
    keys = Held(row)
    access = an_access(keys)
    headers = {"authorization": f"Bearer {key}"}
    assert not access.at_hand(headers)
    for _ in range(3):
        access.admit(headers, "read")
    assert (keys.asked, access.at_hand(headers)) == (1, True)
    moment += REMEMBERED
    assert not access.at_hand(headers)
    access.admit(headers, "read")
    assert keys.asked == 2


@pytest.mark.parametrize("closed", [True, False])
def test_what_was_known_stands_for_a_while_when_the_ledger_is_gone(
    monkeypatch: pytest.MonkeyPatch, closed: bool
) -> None:
    moment = 5.0
    monkeypatch.setattr("kith.serving.frame.access.time.monotonic", lambda: moment)
    key, row = a_key()
    keys = Held(row) if closed else Held()
    access = an_access(keys)
    headers = {"authorization": f"Bearer {key}"} if closed else PLAIN
    who = access.admit(headers, "read")
    keys.down = True
    for _ in range(2):
        moment += REMEMBERED
        assert [access.admit(headers, "read") for _ in range(3)] == [who] * 3
    assert keys.asked == 3
    moment = 5.0 + STANDS
    with pytest.raises(Transient):
        access.admit(headers, "read")
    keys.down = False
    keys.add(replace(row, revoked_at=1))
    with pytest.raises(Refusal):
        access.admit(headers, "read")


def test_of_a_key_that_was_not_there_nothing_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 5.0
    monkeypatch.setattr("kith.serving.frame.access.time.monotonic", lambda: moment)
    (key, row), keys = a_key(), Held()
    access, headers = an_access(keys), {"authorization": f"Bearer {key}"}
    with pytest.raises(Refusal, match="no key like this"):
        access.admit(headers, "read")
    moment += REMEMBERED
    keys.down = True
    with pytest.raises(Transient):
        access.admit(headers, "read")
    keys.down = False
    keys.add(row)
    assert access.admit(headers, "read").key_id == row.key_id


def test_a_key_expires_while_it_is_remembered() -> None:
    moment = 1000
    key, row = a_key(expires_at=2000)
    access = an_access(Held(row), clock=lambda: moment)
    assert access.admit({"x-api-key": key}, "read").key_id == row.key_id
    moment = 2000
    with pytest.raises(Refusal, match="has expired"):
        access.admit({"x-api-key": key}, "read")


def test_what_is_kept_of_a_key_opens_nothing() -> None:
    key, row = a_key(scopes=["admin", "read", "read"])
    prefix, key_id, secret = key.split("_", 2)
    assert (prefix, key_id, row.scopes) == ("kith", row.key_id, ("read", "admin"))
    assert len(secret) == 43
    assert secret not in repr(row)
    with pytest.raises(Refusal):
        an_access(Held(row)).admit({"x-api-key": f"kith_{row.key_id}_{row.digest}"}, "read")
