"""The labelled sets that come with Kith are well formed, and share nothing; and files that are not are refused."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kith.evaluating.facts import read_examples
from kith.persona.errors import BadInput
from kith.persona.facts import PREDICATES
from kith.persona.measuring import Example, Label, Triple

SETS = sorted((Path(__file__).parents[2] / "data" / "evaluation" / "facts").glob("*.jsonl"))
TRAPS = {
    *("question", "conditional", "hedge", "negation", "past", "reported", "quote", "sarcasm"),
    *("others", "generic", "wish", "momentary", "near_miss"),
}
LINE: dict[str, Any] = {
    "id": "f1",
    "text": "I live in Ghent since March",
    "said": "2026-06-10T09:30:00Z",
    "user_id": "u1",
    "name": "Ana",
    "facts": [{"predicate": "lives_in", "object": "ghent", "state": "holds", "since": "2026-03-01", "until": None}],
    "trap": None,
}


def as_sentence(example: Example) -> str:
    return " ".join(example.text.casefold().split())


def test_the_sets_that_are_there() -> None:
    assert {"dev.jsonl"} <= {path.name for path in SETS} <= {"dev.jsonl", "held.jsonl"}


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.name)
def test_a_set_is_well_formed(path: Path) -> None:
    examples = read_examples(path)
    assert len(examples) >= 220
    without = [one for one in examples if not one.labels]
    assert len(without) >= len(examples) / 3
    assert {one.trap for one in without} == TRAPS
    assert {one.trap for one in examples} == TRAPS | {None}
    held = Counter(label.triple.predicate for one in examples for label in one.labels)
    assert set(held) == set(PREDICATES)
    assert min(held.values()) >= 7
    assert all(one.text == one.text.strip() for one in examples)
    written = [label.triple.object for one in examples for label in one.labels]
    assert [name for name in written if name.split()[0] in {"a", "an", "the", "my", "our", "some"}] == []


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.name)
def test_objects_are_written_as_they_compare(path: Path) -> None:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    facts = [fact for line in lines for fact in line["facts"]]
    assert [fact for fact in facts if Triple(fact["predicate"], fact["object"]).object != fact["object"]] == []


def test_no_sentence_and_no_id_stands_twice() -> None:
    examples = [one for path in SETS for one in read_examples(path)]
    assert [text for text, times in Counter(map(as_sentence, examples)).items() if times > 1] == []
    assert [id for id, times in Counter(one.id for one in examples).items() if times > 1] == []


def written(folder: Path, *lines: str | dict[str, Any]) -> Path:
    path = folder / "labels.jsonl"
    rows = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_a_line_is_an_example(tmp_path: Path) -> None:
    least: dict[str, Any] = {"id": "f2", "text": "Cafe\u0301?", "said": 1_781_000_000, "user_id": "u2", "facts": []}
    assert read_examples(written(tmp_path, LINE, "", least)) == [
        Example(
            "f1",
            "I live in Ghent since March",
            1_781_083_800_000,
            "u1",
            "Ana",
            (Label(Triple("lives_in", "ghent"), since=date(2026, 3, 1)),),
        ),
        Example("f2", "Café?", 1_781_000_000_000, "u2"),
    ]


FACT: dict[str, Any] = {"predicate": "likes", "object": "tea", "state": "holds", "since": None, "until": None}
BAD: dict[str, tuple[str | dict[str, Any], str]] = {
    "no json": ('{"id": ', "is not JSON (EOF while parsing a value at line 1 column 7); write one object on each line"),
    "missing": ({name: LINE[name] for name in LINE if name != "said"}, "said is missing; add it"),
    "unknown": (LINE | {"sad": 1}, "sad is not known; remove it, or check how it is spelled"),
    "empty": (LINE | {"text": ""}, "text is empty; write something there, or null where it may be"),
    "a time": (
        LINE | {"said": "yesterday"},
        "said='yesterday' is not a time; write it like '2026-03-01T09:30:00Z', or as seconds since 1970",
    ),
    "a predicate": (
        LINE | {"facts": [FACT | {"predicate": "loves"}]},
        f"predicate='loves' is not known; write one of {', '.join(PREDICATES)}",
    ),
    "a state": (
        LINE | {"facts": [FACT | {"state": "over"}]},
        "facts.0.state='over': Input should be 'holds' or 'ended'; write it as docs/evaluation.md shows",
    ),
    "nothing": (
        LINE | {"facts": [FACT | {"object": "..."}]},
        "object='...' of likes names nothing; write what the message names",
    ),
    "days": (
        LINE | {"facts": [FACT | {"since": "2026-03-01", "until": "2025-01-01"}]},
        "likes 'tea' has since=2026-03-01 after until=2025-01-01; swap them",
    ),
    "twice": (LINE | {"facts": [FACT, FACT | {"object": "Tea"}]}, "facts.1: likes 'tea' stands twice; remove one"),
    "an id": (LINE, "id='f1' stands on line 1 too; give it one of its own"),
    "a name": (
        LINE | {"id": "f2", "name": None},
        "user_id='u1' has name=None here and 'Ana' on line 1; write the same on both, or another user_id",
    ),
}


@pytest.mark.parametrize(("line", "problem"), BAD.values(), ids=BAD)
def test_a_wrong_line_is_named(tmp_path: Path, line: str | dict[str, Any], problem: str) -> None:
    path = written(tmp_path, LINE, line if isinstance(line, str) or line is LINE else line | {"id": "f2"})
    with pytest.raises(BadInput) as caught:
        read_examples(path)
    assert str(caught.value) == f"{str(path)!r}, line 2: {problem}"


def test_files_that_are_none(tmp_path: Path) -> None:
    for content, words in ((b"", "holds no labelled messages"), (b'"\xff"', "is not UTF-8 (byte 1); save it as UTF-8")):
        (tmp_path / "labels.jsonl").write_bytes(content)
        with pytest.raises(BadInput, match=f"labels.jsonl' {words}".replace("(", r"\(").replace(")", r"\)")):
            read_examples(tmp_path / "labels.jsonl")
    with pytest.raises(BadInput, match=r"none.jsonl' cannot be read: No such file or directory; name a file"):
        read_examples(tmp_path / "none.jsonl")
