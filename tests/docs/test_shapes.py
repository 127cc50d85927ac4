"""What `--json` prints has the shape that the page of commands shows."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from kith.cli import main
from kith.persona.identity import Json

PAGE = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
TALK: list[dict[str, Json]] = [
    {"user_id": "u1", "message": "From Monte Rosa to Porto", "timestamp": 1, "message_id": "m1", "intent": "plan_trip"},
    {"user_id": "u1", "timestamp": 2},
]
CAMPAIGN = {"id": "c1", "title": "Trail week", "starts": 1, "ends": 2, "url": "https://x.example", "metadata": {"a": 1}}
COMMANDS = (
    *("run talk --json --max-rejected 1", "run talk --json --dry-run --max-rejected 1"),
    *("status --json", "rejections list --json", "rejections replay --json", "anomalies --json", "verify --json"),
    *("repair --json", "rebuild graph --json", "campaigns load talk/campaigns.jsonl --json", "campaigns list --json"),
    *("export u1 --json", "doctor --json", "data generate --users 1 --messages 1 --json"),
    *("forget u1 --json", "admit u1 --json"),
)
OURS = {"codes", "counts", "deleted", "second_look", "digests", "verify"}
"""Objects whose names are told as such, not one by one."""


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[str], Any]:
    (tmp_path / "talk").mkdir()
    (tmp_path / "talk" / "talk.json").write_text(json.dumps(TALK))
    (tmp_path / "talk" / "campaigns.jsonl").write_text(json.dumps(CAMPAIGN))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KITH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KITH_EMBEDDER", "hash")
    monkeypatch.setenv("KITH_LANGUAGE", "plain")

    def run(command: str) -> Any:
        assert main(command.split()) == 0
        return json.loads(capsys.readouterr().out)

    return run


def names(answer: Any) -> set[str]:
    """All names in an answer, but those inside of `OURS` and of what people wrote."""
    if isinstance(answer, list):
        return {name for one in cast("list[Any]", answer) for name in names(one)}
    if not isinstance(answer, dict):
        return set()
    fields = cast("dict[str, Any]", answer)
    return {*fields}.union(*(names(value) for key, value in fields.items() if key not in {*OURS, "metadata"}))


def told(command: str) -> set[str]:
    """The names in the shapes of a command's part of the page; those of a run too, where it speaks of runs."""
    group = command.split()[0]
    parts = {part.partition("\n")[0].split(" ")[1]: part for part in re.split(r"^## ", PAGE, flags=re.M) if " " in part}
    text = parts[group] + (parts["run"] if group in ("status", "runs") else "")
    return set(re.findall(r'"(\w+)"', "\n".join(line for line in text.splitlines() if line.startswith("    "))))


def test_shapes(say: Callable[[str], Any]) -> None:
    answers = {command: say(command) for command in COMMANDS}
    missing = {command: names(answer) - told(command) for command, answer in answers.items()}
    exported = {"export u1 --json": names(answers["export u1 --json"]["items"])}
    unexplained = {command: left - exported.get(command, set()) for command, left in missing.items()}
    assert {command: left for command, left in unexplained.items() if left} == {}
