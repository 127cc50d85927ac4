"""ReDial as records: who said what, what was shown when, and what they said of it in the end."""

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from kith.evaluating.recommendations import read_talk
from kith.persona.engagement import Did
from kith.persona.measuring_ranking import Case, cases
from kith.persona.model import Engagement, EngagementKind

ROOT = Path(__file__).parents[2]
TALK = {
    "conversationId": "7",
    "initiatorWorkerId": 1,
    "movieMentions": {"10": "Heat (1995)", "20": "Alien (1979)", "30": "Up (2009)"},
    "messages": [
        {"senderWorkerId": 1, "text": "I loved @10"},
        {"senderWorkerId": 2, "text": "Have you seen @20 or @99?"},
        {"senderWorkerId": 1, "text": "@20 is great, like @30"},
    ],
    "initiatorQuestions": {"10": {"liked": 1}, "20": {"liked": 1}, "30": {"liked": 0}, "99": {"liked": 2}},
}
FILM = {"id": "20", "title": "Alien (1979)", "genres": ["horror"], "stars": ["Sigourney Weaver"], "directors": []}


@pytest.fixture
def redial(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr("sys.path", [str(ROOT), *sys.path])
    return importlib.import_module("bench.redial")


def did(film: str, kind: EngagementKind, at: int, talk: str = "7") -> Did:
    return Did("w1", film, talk, Engagement(kind), at)


def test_what_is_shown_is_a_view_and_what_they_name_first_is_known_before(redial: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "conversations.jsonl").write_text(json.dumps(TALK) + "\n", encoding="utf-8")
    (tmp_path / "films.jsonl").write_text(json.dumps(FILM) + "\n", encoding="utf-8")
    redial.main([str(tmp_path), str(tmp_path / "out")])
    talk = read_talk([str(tmp_path / "out")], tenant="acme")
    assert [message.text for message in talk.messages if message.text] == [
        "I loved Heat (1995)",
        "Alien (1979) is great, like Up (2009)",
    ]
    assert (sorted(talk.campaigns), talk.campaigns["20"].text) == (
        ["10", "20", "30", "99"],
        "horror. With Sigourney Weaver",
    )
    begin = redial.BEGIN
    done = [
        Did(m.user_id, m.campaign_id, m.conversation_id, m.engagement, m.timestamp)
        for m in talk.messages
        if m.campaign_id is not None and m.engagement is not None
    ]
    assert sorted(done, key=lambda one: (one.timestamp, one.campaign_id)) == [
        did("10", "view", begin - 1000, "7-before"),
        did("20", "view", begin + 1000),
        did("99", "view", begin + 1000),
        did("10", "like", begin + 3000),
        did("20", "like", begin + 3000),
        did("30", "dislike", begin + 3000),
        did("99", "view", begin + 3000),
    ]
    assert cases(done) == [Case("w1", begin + 1000, frozenset({"20"}))]
