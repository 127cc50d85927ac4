"""What the tests on servers share: a folder that was lived in, and a file that names empty servers."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from migrations import written

from kith.persona.identity import Json
from kith.persona.model import User
from kith.pipeline import Options, run_paths
from kith.serving.frame.access import new_key
from kith.settings import Settings
from kith.stores.serving_port import RequestRow
from kith.tending import forget_person
from kith.wiring import open_app

CAMPAIGNS = """{"id": "spring-0", "title": "Trail shoes in Porto", "intents": ["buy_shoes"]}
{"id": "spring-4", "title": "A hut"}
"""
WAITING = "ingest-waiting"


@dataclass(frozen=True)
class LivedIn:
    """A folder of stores, the sources that were taken in, a key that was made, and a request that waits."""

    home: Path
    sources: Path
    key: str
    waiting: str = WAITING


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> LivedIn:
    """Two tenants, `acme` and `globex`, with something in every corner."""
    place = tmp_path_factory.mktemp("lived in")
    settings = Settings(home=place / "home", embedder="hash", language="plain", tenant="acme")
    (place / "talk").mkdir()
    (place / "talk" / "talk.jsonl").write_text("".join(json.dumps(one) + "\n" for one in talk()))
    (place / "talk" / "campaigns.jsonl").write_text(CAMPAIGNS)
    for tenant in ("acme", "globex"):
        own = settings.model_copy(update={"tenant": tenant})
        run_paths([str(place / "talk")], own, Options(max_rejected=1), command="a test")
    forget_person(settings, "u11", command="a test")
    with open_app(settings, command="a test") as app:
        app.stores.documents.put_users("acme", [User("acme", "u1", name="Ana", metadata={"plan": [1, None]})])
        key, row = new_key(tenant="acme", name="made before", scopes=("admin",), now=app.clock(), expires_at=None)
        app.stores.ledger.keys.add(row)
        payload = json.dumps({"content": "I would rather see Ghent this week"})
        app.stores.ledger.requests.take(RequestRow("acme", WAITING, "u2", "a digest", app.clock(), payload=payload))
    return LivedIn(settings.home, place / "talk", key)


def talk() -> list[dict[str, Json]]:
    """Words and deeds of 12 people, and two records that no house takes in."""
    places = ("New York", "Lake District", "Monte Rosa", "Porto")
    records: list[dict[str, Json]] = []
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
    done: dict[str, Json] = {"engagement": {"kind": "like"}, "campaign_id": "spring-4", "timestamp": 1_770_000_000_000}
    records += [{"user_id": f"u{n}", **done} for n in range(3)]
    return [*records, {"user_id": "u1", "message": "no time"}, {"message": "nobody's"}]


@pytest.fixture
def home(lived_in: LivedIn, tmp_path: Path) -> Settings:
    """A copy of that folder, to be changed at will."""
    shutil.copytree(lived_in.home, tmp_path / "home")
    return Settings(home=tmp_path / "home", embedder="hash", language="plain", tenant="acme")


@pytest.fixture
def more(tmp_path: Path) -> Path:
    """A file with a message that nobody has taken in yet."""
    path = tmp_path / "more.jsonl"
    path.write_text('{"user_id": "u99", "message": "I would rather see Ghent", "timestamp": 1780000000000}\n')
    return path


@pytest.fixture
def servers_env(on_servers: Callable[..., Settings], tmp_path: Path) -> Path:
    """A file that names empty servers."""
    return written(tmp_path / "servers.env", on_servers())
