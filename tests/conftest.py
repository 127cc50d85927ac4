"""What tests of the whole house share: an open application on embedded stores of its own."""

import json
import os
from collections.abc import Generator
from pathlib import Path
from typing import TypeAlias

import pytest

from kith.persona.identity import Json
from kith.settings import Settings
from kith.wiring import App, open_app

Record: TypeAlias = dict[str, Json]


def pytest_configure() -> None:
    """No setting of whoever runs the tests reaches them."""
    for name in list(os.environ):
        if name == "OPENLINEAGE_URL" or (name.startswith("KITH_") and not name.startswith("KITH_TEST_")):
            del os.environ[name]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a folder of this test's own, with the embedder that needs no model."""
    return Settings(home=tmp_path / "home", embedder="hash", language="plain", tenant="acme")


@pytest.fixture
def app(settings: Settings) -> Generator[App]:
    """Five embedded stores, empty."""
    with open_app(settings, command="a test", create=True) as opened:
        yield opened


@pytest.fixture
def talk() -> list[Record]:
    """240 messages of 12 people who speak of the same things, with intents, engagement, repeats and an edit."""
    places = ("New York", "Lake District", "Monte Rosa", "Porto")
    records: list[Record] = []
    for n in range(240):
        record: Record = {
            "user_id": f"u{n % 12}",
            "message": f"This week {n} I would rather see {places[n % 4]} than {places[(n // 5) % 4]} again",
            "timestamp": 1_770_000_000_000 + n * 60_000,
            "conversation_id": f"c{n // 12}",
            "message_id": f"m{n}",
        }
        if n % 3 == 0:
            record["intent"] = ("plan_trip", "buy_shoes")[n % 2]
        if n % 4 == 0:
            record |= {"campaign_id": f"spring-{n % 8}", "engagement": {"kind": "click", "value": 1}}
        records.append(record)
    records.append(records[17])
    records.append(records[30] | {"message": "I have changed my mind about Ben Nevis", "timestamp": 1_780_000_000_000})
    return records


@pytest.fixture
def talk_file(tmp_path: Path, talk: list[Record]) -> Path:
    """The same as a file of JSON Lines."""
    path = tmp_path / "talk.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in talk), encoding="utf-8")
    return path
