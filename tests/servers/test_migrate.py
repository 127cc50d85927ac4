"""A folder's house copied to servers: whole, once, whatever stops it midway, and into nothing but an empty place."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from real_servers import RealServers
from starlette.testclient import TestClient

from kith.adapters import ledger_of, open_stores
from kith.etl.likeness import House, look
from kith.etl.retry import Patience
from kith.migrating import Migrated, migrate
from kith.persona.errors import BadInput
from kith.persona.identity import Json
from kith.persona.model import User
from kith.pipeline import Options, run_paths
from kith.serving.frame.access import Access, new_key
from kith.serving.frame.app import build_app
from kith.settings import NAMES, Settings
from kith.stores.bundle import Stores
from kith.stores.errors import StoreError, StoresHeld, Terminal, Transient
from kith.stores.ledger_port import OpenBatch
from kith.stores.owner import OwnerLock
from kith.stores.reports import open_reports
from kith.stores.serving_port import RequestRow
from kith.tending import forget_person, verify_stores
from kith.wiring import house_of, open_app, open_keys

CHILD = Path(__file__).with_name("migrating_child.py")
COMMAND = "kith migrate --to-env servers.env"
CAMPAIGNS = '{"id": "spring-0", "title": "Trail shoes in Porto", "intents": ["buy_shoes"]}\n{"id": "spring-4", "title": "A hut"}\n'
TENANTS = ("acme", "globex")
WAITING = "ingest-waiting"
KEY_NAME = "made before"


def nobody_waits(_: int) -> None:
    """For work that no bar follows."""


def unheard(_step: str, _more: int, _total: int) -> None:
    """For a migration that no bar follows."""


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder that two tenants have lived in, with something in every corner of it; and the key to it."""
    place = tmp_path_factory.mktemp("lived in")
    settings = Settings(home=place / "home", embedder="hash", language="plain", tenant="acme")
    (place / "talk").mkdir()
    (place / "talk" / "talk.jsonl").write_text("".join(json.dumps(one) + "\n" for one in talk()))
    (place / "talk" / "campaigns.jsonl").write_text(CAMPAIGNS)
    for tenant in TENANTS:
        own = settings.model_copy(update={"tenant": tenant})
        run_paths([str(place / "talk")], own, Options(max_rejected=1), command="a test")
    forget_person(settings, "u11", command="a test")
    with open_app(settings, command="a test") as app:
        app.stores.documents.put_users("acme", [User("acme", "u1", name="Ana", metadata={"plan": [1, None]})])
        key, row = new_key(tenant="acme", name=KEY_NAME, scopes=("admin",), now=app.clock(), expires_at=None)
        app.stores.ledger.keys.add(row)
        payload = json.dumps({"content": "I would rather see Ghent this week"})
        app.stores.ledger.requests.take(RequestRow("acme", WAITING, "u2", "a digest", app.clock(), payload=payload))
    return place, key


def talk() -> list[object]:
    """Words and deeds of 12 people, and some records that no house takes in."""
    places = ("New York", "Lake District", "Monte Rosa", "Porto")
    records: list[object] = []
    for n in range(120):
        record: dict[str, Json] = {
            "user_id": f"u{n % 12}",
            "message": f"This week {n} I would rather see {places[n % 4]} than {places[(n // 5) % 4]} again",
            "timestamp": 1_770_000_000_000 + n * 60_000,
            "conversation_id": f"c{n // 12}",
            "message_id": f"m{n}",
            "metadata": {"n": n},
        }
        if n % 3 == 0:
            record["intent"] = ("plan_trip", "buy_shoes")[n % 2]
        if n % 4 == 0:
            record |= {"campaign_id": f"spring-{n % 8}", "engagement": {"kind": "click", "value": 1.5}}
        records.append(record)
    done = {"engagement": {"kind": "like"}, "campaign_id": "spring-4", "timestamp": 1_770_000_000_000}
    records += [{"user_id": f"u{n}", **done} for n in range(3)]
    return [*records, {"user_id": "u1", "message": "no time"}, {"message": "nobody's"}]


@pytest.fixture
def home(lived_in: tuple[Path, str], tmp_path: Path) -> Settings:
    """A copy of that folder, to be changed at will."""
    shutil.copytree(lived_in[0] / "home", tmp_path / "home")
    return Settings(home=tmp_path / "home", embedder="hash", language="plain", tenant="acme")


@pytest.fixture
def servers_env(on_servers: Callable[..., Settings], tmp_path: Path) -> Path:
    """A file that names empty servers."""
    return written(tmp_path / "servers.env", on_servers())


def written(path: Path, there: Settings, **changed: str) -> Path:
    named = {name: str(getattr(there, field)) for field, name in NAMES.items() if field.endswith("_url")} | changed
    path.write_text("".join(f"{name}={value}\n" for name, value in named.items() if value))
    return path


@contextmanager
def opened(settings: Settings) -> Generator[Stores]:
    """The stores as they are: nothing is finished that was left open."""
    with ExitStack() as stack:
        yield open_stores(settings, stack, unfinished=True)


def held(settings: Settings) -> House:
    """All that is in a house."""
    with opened(settings) as stores:
        return look(stores, tick=nobody_waits)


def run(home: Settings, file: Path, *, beat: Callable[[str, int, int], None] = unheard) -> Migrated:
    return migrate(home, file, command=COMMAND, beat=beat, patience=Patience(seconds=0.1))


@contextmanager
def asking(settings: Settings) -> Generator[TestClient]:
    """The API over a house, for who has the key."""
    with open_app(settings, command="a test") as app:
        house = house_of(app)
        access = Access(
            house.stores.ledger.keys, open_tenant=None, default_tenant="acme", owner_token=None, clock=house.clock
        )
        with TestClient(build_app(house, access, version="0.0.0")) as client:
            yield client


def answers(settings: Settings, key: str) -> list[dict[str, Any]]:
    """What a house answers, without what depends on the moment and on what a server can do: first to the request that
    waits, when it is done, then about some people."""
    headers = {"Authorization": f"Bearer {key}"}
    asked = {"query": "Where would I go for a week?", "as_of": "2026-06-01T00:00:00Z"}
    with asking(settings) as client:
        assert client.get("/api/v1/users/u1/context").status_code == 401

        def ask(path: str, **parameters: str) -> dict[str, Any]:
            answer = client.get(f"/api/v1/{path}", params=parameters, headers=headers)
            assert answer.status_code == 200, answer.text
            left_out = {"degraded", "channels", "generated_at"} | ({"as_of"} - parameters.keys())
            return {name: value for name, value in answer.json().items() if name not in left_out}

        while (done := ask(f"ingest/u2/requests/{WAITING}")) == {"status": "waiting"}:
            """Another thread is at it."""
        found = [done]
        for user in ("u1", "u4"):
            found += [ask(f"users/{user}/context", **asked), ask(f"users/{user}/facts")]
            found.append(ask(f"users/{user}/recommendations", include_seen="true"))
        return found


def test_all_of_it_goes_along(
    home: Settings, on_servers: Callable[..., Settings], servers_env: Path, lived_in: tuple[Path, str]
) -> None:
    place, key = lived_in
    there, before = on_servers(), held(home)
    done = run(home, servers_env)
    assert (done.resumed, done.house) == (False, before)
    assert held(home) == before
    after = held(there)
    assert list(after.unlike(before)) == []
    assert (sorted(after.digests), [*after.unsound()]) == (sorted(TENANTS), [])
    with opened(home) as ours, opened(there) as theirs:
        message = ours.documents.scan_messages("globex", limit=1)[0]
        vectors = [stores.vectors.get_vectors("globex", [message.key])[message.key] for stores in (ours, theirs)]
        assert vectors[0].tolist() == vectors[1].tolist()
        assert theirs.documents.get_user("acme", "u1") == User("acme", "u1", "Ana", {"plan": [1, None]})
        assert theirs.ledger.people.tombstone("acme", "u11") == ours.ledger.people.tombstone("acme", "u11")
        assert [row.name for row in theirs.ledger.keys.list()] == [KEY_NAME]
        assert list(theirs.ledger.requests.waiting()) == list(ours.ledger.requests.waiting())
        assert (theirs.ledger.leases.agree(1), theirs.ledger.leases.holders()) == (16, {})
        assert theirs.ledger.copying.unfinished() is None
    again = run_paths([str(place / "talk")], there, Options(full=True, max_rejected=1), command="a test").summary
    assert (again.accepted, again.duplicate, again.rejected) == (0, 113, 12)


def test_it_answers_as_it_did_and_does_what_was_promised(
    home: Settings, on_servers: Callable[..., Settings], servers_env: Path, lived_in: tuple[Path, str]
) -> None:
    run(home, servers_env)
    told = answers(on_servers(), lived_in[1])
    assert (told[0]["accepted"], len(told[1]["messages"]), len(told[3]["items"])) == (1, 10, 2)
    assert told == answers(home, lived_in[1])
    assert list(held(on_servers()).unsound()) == []


def killed(home: Settings, file: Path, step: str, time: int) -> None:
    command = [sys.executable, str(CHILD), str(home.home), str(file), "7", step, str(time)]
    child = subprocess.run(command, capture_output=True, text=True, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr


def test_killed_again_and_again_it_goes_on_where_it_was(
    home: Settings, on_servers: Callable[..., Settings], servers_env: Path
) -> None:
    reached: list[str] = []
    for step, time in (
        ("the folder", 1),
        ("documents", 2),
        ("documents", 9),
        ("vectors", 4),
        ("graph", 8),
        ("ledger", 20),
        ("the servers", 2),
    ):
        killed(home, servers_env, step, time)
        with closing(ledger_of(on_servers(), unfinished=True)) as ledger:
            copy = ledger.copying.unfinished()
            reached.append("" if copy is None else copy.reached.piece)
    assert reached == []
    done = run(home, servers_env)
    assert done.resumed
    assert list(held(on_servers()).unlike(done.house)) == []
