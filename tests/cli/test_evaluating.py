"""evaluate facts: the table, what is listed with --wrong, the object, and files that are refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Kith = Callable[..., Any]


def fact(predicate: str, name: str, **more: Any) -> dict[str, Any]:
    return {"predicate": predicate, "object": name, "state": "holds", "since": None, "until": None, **more}


@pytest.fixture
def labels(place: Any) -> Path:
    """Three labelled messages: a fact, one that has ended, and a question."""
    lines: list[dict[str, Any]] = [
        {"id": "a", "text": "I live in Ghent.", "facts": [fact("lives_in", "ghent")]},
        {"id": "b", "text": "I sold my bike.", "facts": [fact("owns", "bike", state="ended")]},
        {"id": "c", "text": "Do I live in Ghent?", "facts": [], "trap": "question"},
    ]
    path = place.folder / "labels.jsonl"
    rows = [json.dumps({"said": "2026-06-10T09:30:00Z", "user_id": "u1", **line}) + "\n" for line in lines]
    path.write_text("".join(rows), encoding="utf-8")
    return path


NONE_FOUND = {"labelled": 1, "found": 0, "right": 0, "precision": None, "recall": 0.0, "f1": 0.0}


def test_an_extractor_that_finds_no_facts(kith: Kith, place: Any, labels: Path) -> None:
    ran = kith("evaluate", "facts", "labels.jsonl")
    assert (ran.code, ran.err) == (0, "")
    lines = [line.rstrip() for line in ran.out.splitlines()]
    extractor = kith("evaluate", "facts", "labels.jsonl", "--json").json["extractor"]
    assert lines == [
        f"3 messages read by {extractor}",
        "",
        "predicate  labelled  found  right  precision  recall    F1",
        "─" * len("predicate  labelled  found  right  precision  recall    F1"),
        "lives_in          1      0      0          –    0.0%  0.0%",
        "owns              1      0      0          –    0.0%  0.0%",
        "overall           2      0      0          –    0.0%  0.0%",
        "",
        "dates: 0 of 0 right, –; 0 invented",
        "",
        "traps",
        "trap      messages  wrong triples",
        "─" * len("trap      messages  wrong triples"),
        "question         1              0",
        "",
        "2 differences: list them with --wrong",
    ]
    assert not place.home.exists()


def test_the_object(kith: Kith, labels: Path) -> None:
    answer = kith("evaluate", "facts", str(labels), "--json").json
    missing = {"kind": "missing", "detail": "", "trap": None}
    assert {name: value for name, value in answer.items() if name != "extractor"} == {
        "file": str(labels),
        "messages": 3,
        "predicates": [{"predicate": "lives_in", **NONE_FOUND}, {"predicate": "owns", **NONE_FOUND}],
        "overall": NONE_FOUND | {"labelled": 2},
        "dates": {"labelled": 0, "right": 0, "share": None, "invented": 0},
        "traps": [{"trap": "question", "messages": 1, "wrong": 0}],
        "differences": [
            {
                **missing,
                **{"id": "a", "predicate": "lives_in", "object": "ghent", "state": "holds", "text": "I live in Ghent."},
            },
            {
                **missing,
                **{"id": "b", "predicate": "owns", "object": "bike", "state": "ended", "text": "I sold my bike."},
            },
        ],
    }


def test_what_is_wrong(kith: Kith, labels: Path) -> None:
    assert kith("evaluate", "facts", "labels.jsonl", "--wrong").out.endswith(
        "\n\na missing: lives_in ghent\n    I live in Ghent.\nb missing: owns bike (ended)\n    I sold my bike.\n"
    )


def test_the_configured_extractor_reads(kith: Kith, labels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_LANGUAGE", "md")
    answer = kith("evaluate", "facts", "labels.jsonl", "--json").json
    assert (answer["overall"]["right"], answer["overall"]["f1"], answer["differences"]) == (2, 1.0, [])


def test_a_file_that_cannot_be_used(kith: Kith, labels: Path) -> None:
    labels.write_text(labels.read_text(encoding="utf-8") + "{}\n", encoding="utf-8")
    ran = kith("evaluate", "facts", "labels.jsonl")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "kith: 'labels.jsonl', line 4: id is missing; add it\n"
    ran = kith("evaluate", "facts", "none.jsonl", "--json")
    assert (ran.code, ran.json["error"]["exit_code"]) == (2, 2)
