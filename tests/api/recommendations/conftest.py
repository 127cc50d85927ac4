"""Hikers and sailors who did something with campaigns ten days ago, and clients of the tenant that they belong to."""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, cast

import pytest
from starlette.testclient import TestClient

from kith.etl.catalogue import load_campaigns
from kith.etl.running import RunOptions
from kith.etl.sources import records_source
from kith.persona.identity import Json
from kith.persona.records import Raw
from kith.serving.frame.house import House

Record: TypeAlias = dict[str, Json]
DAY = 86_400_000
START = 1_770_000_000_000
NOW = START + 10 * DAY
TENANT = "trails"

CAMPAIGNS: list[Record] = [
    {"id": "boots", "title": "Boots for Monte Rosa", "intents": ["buy_boots"], "url": "https://example.org/boots"},
    {"id": "hut", "title": "A night in a mountain hut", "intents": ["plan_trip"]},
    {"id": "sails", "title": "Sails and ropes", "intents": ["sail"]},
    {"id": "ended", "title": "Last year's maps", "intents": ["plan_trip"], "ends": "2025-01-01T00:00:00Z"},
    {"id": "tent", "title": "A light tent", "intents": ["plan_trip"]},
    {"id": "piano", "title": "Piano lessons", "intents": ["learn_piano"]},
]
HIKE = "which boots are good for a long hike in the mountains"
SEA = "the boat needs new sails before the summer"


def _said(user: str, text: str, at: int, **more: Json) -> Record:
    """A message of the `at`-th minute."""
    return {"user_id": user, "message": text, "timestamp": START + at * 60_000, "conversation_id": f"c-{user}", **more}


def _did(user: str, campaign: str, kind: str, at: int, **more: Json) -> Record:
    """An event of the `at`-th minute."""
    return {
        "user_id": user,
        "timestamp": START + at * 60_000,
        "campaign_id": campaign,
        "engagement": {"kind": kind},
        "conversation_id": f"c-{user}",
        **more,
    }


RECORDS: list[Record] = [
    *(_said(f"hiker{n}", f"{HIKE}, says walker {n}", n) for n in range(4)),
    *(_did(f"hiker{n}", "boots", "like", n + 10) for n in range(4)),
    _did("hiker0", "hut", "convert", 20),
    # Elsewhere: in a conversation that is about something else.
    _said("hiker1", "my piano is out of tune", 21, conversation_id="elsewhere"),
    _did("hiker1", "piano", "like", 22, conversation_id="elsewhere"),
    *(_said(f"sailor{n}", f"{SEA}, says skipper {n}", n + 30) for n in range(3)),
    *(_did(f"sailor{n}", "sails", "click", n + 40) for n in range(3)),
    _said("ana", HIKE, 50),
    _said("bo", SEA, 51, intent="plan_trip"),
    _said("cleo", HIKE, 52),
    _did("cleo", "boots", "view", 53),
    _said("dan", HIKE, 54),
    _did("dan", "boots", "dislike", 55),
    _did("eve", "tent", "view", 56),
    _said("silent", "ok", 60, role="assistant"),
]


def take_in(house: House, tenant: str, records: Iterable[Record]) -> None:
    house.new_runner().run(records_source(list(records)), RunOptions(tenant=tenant))


def raws(campaigns: Sequence[Record]) -> list[Raw]:
    return [Raw("a test", f"item {at}", "", cast("Json", one)) for at, one in enumerate(campaigns)]


@dataclass
class Clock:
    """A clock that stands still."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now


def furnish(house: House, tenant: str) -> None:
    take_in(house, tenant, RECORDS)
    load_campaigns(house.new_writer(), tenant, raws(CAMPAIGNS), clock=house.clock)


@pytest.fixture(scope="session")
def said() -> Callable[..., Record]:
    """A message, by whom, of which words and of which minute."""
    return _said


@pytest.fixture(scope="session")
def did() -> Callable[..., Record]:
    """An event, by whom, with which campaign, of which kind and of which minute."""
    return _did


@pytest.fixture(scope="session")
def still(house: House) -> House:
    """The house, ten days after what happened in it, with people and campaigns of a tenant of its own."""
    found = replace(house, clock=Clock())
    furnish(found, TENANT)
    return found


@pytest.fixture
def at(still: House, an_app: Any, at_work: Any) -> Generator[TestClient]:
    """A client of that tenant."""
    with at_work(an_app(house=still, open_tenant=TENANT)) as client:
        yield client


@dataclass
class Moving:
    """The same people and campaigns once more, of whom more may be told."""

    house: House
    tenant: str
    client: TestClient

    def happens(self, *records: Record) -> None:
        take_in(self.house, self.tenant, records)


@pytest.fixture
def moving(still: House, an_app: Any, at_work: Any, request: pytest.FixtureRequest) -> Generator[Moving]:
    tenant = request.node.name
    furnish(still, tenant)
    with at_work(an_app(house=still, open_tenant=tenant)) as client:
        yield Moving(still, tenant, client)
