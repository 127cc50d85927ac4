"""What the commands of language print with `--json` has just the names that the page of commands shows."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kith.cli import main
from kith.persona.identity import Json

PAGE = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
LIFE = (
    "I live in Ghent and I've got a cat.",
    "My sister Lea works at the Linden Pharmacy.",
    "I don't live in Ghent any more.",
)
FACTS: tuple[dict[str, Json], ...] = (
    {"text": "I live in Ghent.", "facts": [{"predicate": "lives_in", "object": "porto"}], "trap": "negation"},
    {"text": "I sold my bike.", "facts": []},
)
INTENTS = ({"text": "where is my order?", "intent": "track_order"}, {"text": "hello there", "intent": "buy"})


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """What a command answers, in a folder with talk and labels."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KITH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KITH_EMBEDDER", "hash")
    monkeypatch.setenv("KITH_LANGUAGE", "sm")
    liked: dict[str, Json] = {"intent": "chat", "campaign_id": "cats", "engagement": "like"}
    talk = [{"user_id": "mira30", "message": text, "timestamp": n, **liked} for n, text in enumerate(LIFE)]
    facts = [{"id": f"f{n}", "said": "2026-03-01T10:00:00Z", "user_id": "u1", **one} for n, one in enumerate(FACTS)]
    intents = [{"id": f"i{n}", **one} for n, one in enumerate(INTENTS)]
    for name, rows in (("talk", talk), ("facts", facts), ("intents", intents)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    def run(*command: str, **environment: str) -> Any:
        with pytest.MonkeyPatch.context() as for_now:
            for name, value in environment.items():
                for_now.setenv(name, value)
            assert main([*command, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


def names(answer: Json) -> set[str]:
    if isinstance(answer, list):
        return {name for one in answer for name in names(one)}
    return {*answer}.union(*map(names, answer.values())) if isinstance(answer, dict) else set()


def shapes(command: str) -> list[set[str]]:
    """The names in each shape of a command's part of the page, in order, without words such as "came" | "went"."""
    part = next(part for part in re.split(r"^## kith ", PAGE, flags=re.M) if part.startswith(f"{command}\n"))
    blocks = [block for block in re.findall(r"(?:^    .*\n)+", part, flags=re.M) if '"' in block]
    return [set(re.findall(r'"(\w+)"', re.sub(r'("\w+"): "\w+"(?: \| "\w+")+', r"\1", block))) for block in blocks]


def test_lineage_and_rebuild(say: Callable[..., Any]) -> None:
    say("run", "talk.jsonl", KITH_LANGUAGE="plain")
    rebuilt = say("rebuild", "evidence")
    assert names(rebuilt) == shapes("rebuild")[0]
    keys = {one["key"] for one in rebuilt["facts"]}
    found = [say("lineage", key) for key in sorted(keys)]
    assert set[str]().union(*map(names, found)) == shapes("lineage")[0]
    assert names(say("profile", "mira30")) == shapes("profile")[0]


def test_evaluate(say: Callable[..., Any]) -> None:
    facts, intents, *_ = shapes("evaluate")
    assert names(say("evaluate", "facts", "facts.jsonl")) == facts
    assert names(say("evaluate", "intents", "intents.jsonl")) == intents


def test_evaluate_retrieval(say: Callable[..., Any], tmp_path: Path) -> None:
    told = {"conversation_id": "c1", "messages": [{"message_id": "m1", "message": LIFE[0], "timestamp": 1}]}
    asked = {"id": "q1", "question": "Where does she live?", "kind": "one", "answers": ["m1"]}
    person = {"user_id": "mira30", "half": "tune", "asked": 2, "conversations": [told], "questions": [asked]}
    (tmp_path / "asked.jsonl").write_text(json.dumps(person), encoding="utf-8")
    *_, shape = shapes("evaluate")
    assert names(say("evaluate", "retrieval", "asked.jsonl", "--ablate")) == shape


def test_what_a_model_was_asked(say: Callable[..., Any], speaker: Any, make: Any) -> None:
    speaker.always(make.said({"facts": [make.fact("I love golf", "likes", "golf")], "entities": []}))
    answer = say("run", "talk.jsonl", KITH_LLM_BASE_URL=speaker.url, KITH_LLM_MODEL="tiny")["llm"]
    asked, *others = answer
    assert {"llm", asked, *others} in shapes("run")
    assert (answer["fell_back"], answer["refused"]) == ({"unusable": 3}, {"words": 3})
