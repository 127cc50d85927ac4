import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HIKE, SAIL = "boots for a long hike", "new sails for the boat"
NOW = 1_770_000_000_000


def talk() -> list[dict[str, Any]]:
    """Hikers like boots, sailors like sails, and sails are what most people like."""
    records: list[dict[str, Any]] = []

    def happens(user: str, words: str, likes: str) -> None:
        at = NOW + len(records) * 60_000
        own = {"user_id": user, "conversation_id": "c"}
        records.append(own | {"message": words, "timestamp": at})
        records.append(own | {"campaign_id": likes, "engagement": {"kind": "like"}, "timestamp": at + 1000})

    for number in range(4):
        happens(f"sailor{number}", SAIL, "sails")
    for number in range(3):
        happens(f"hiker{number}", HIKE, "boots")
    return records


@pytest.fixture
def folder(place: Any) -> str:
    Path("talk").mkdir()
    Path("talk/all.jsonl").write_text("".join(json.dumps(one) + "\n" for one in talk()), encoding="utf-8")
    known = '{"id": "boots", "title": "Boots"}\n{"id": "tent", "title": "A tent"}\n'
    Path("talk/campaigns.jsonl").write_text(known, encoding="utf-8")
    return "talk"


def test_recommendations_are_measured(folder: str, kith: Callable[..., Any]) -> None:
    told = kith("evaluate", "recommendations", folder, "--ablate", "--json").json
    counts = {name: told[name] for name in ("file", "people", "measured", "messages", "campaigns", "embedder", "at")}
    assert counts == {
        "file": "talk",
        "people": 7,
        "measured": 7,
        "messages": 7,
        "campaigns": 3,
        "embedder": "hash",
        "at": 10,
    }
    ways = {one["way"]: one for one in told["ways"]}
    # Of the first sailor and the first hiker nothing is known; the other hikers find boots first, not what is popular.
    assert ways["kith"]["ndcg"] > ways["popularity"]["ndcg"]
    assert [one["over"] for one in told["gains"]] == ["neighbour count", "popularity"]
    assert [one["part"] for one in told["without"]] == [
        "similar conversations",
        "shared things",
        "engagement",
        "variety",
    ]


def test_recommendations_are_measured_for_people(folder: str, kith: Callable[..., Any]) -> None:
    told = kith("evaluate", "recommendations", folder)
    assert told.code == 0, told
    assert "7 of 7 people, 7 messages, 3 campaigns\n" in told.out
    assert "neighbour count" in told.out
    assert "the method without" not in told.out


def test_a_catalogue_of_another_file(folder: str, kith: Callable[..., Any]) -> None:
    Path("more.jsonl").write_text('{"id": "oars", "title": "Oars"}\n', encoding="utf-8")
    told = kith("evaluate", "recommendations", "talk/all.jsonl", "--campaigns", "more.jsonl", "--json").json
    assert told["campaigns"] == 3
    Path("more.jsonl").write_text('{"id": "oars"}\n', encoding="utf-8")
    wrong = kith("evaluate", "recommendations", "talk/all.jsonl", "--campaigns", "more.jsonl")
    assert (wrong.code, "line 1: 'title' is missing" in wrong.err) == (2, True)


def test_nobody_engages_with_anything(place: Any, kith: Callable[..., Any]) -> None:
    Path("talk.jsonl").write_text(json.dumps(talk()[0]) + "\n", encoding="utf-8")
    told = kith("evaluate", "recommendations", "talk.jsonl")
    assert (told.code, told.out) == (2, "")
    assert "nobody engages with anything there" in told.err
