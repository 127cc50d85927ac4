from collections.abc import Callable
from pathlib import Path
from typing import Any

LABELS = """\
{"id": "1", "text": "where is my order?", "intent": "track_order"}
{"id": "2", "text": "I live in Ghent", "intent": null}
"""


def test_intents_are_measured(place: Any, kith: Callable[..., Any]) -> None:
    Path("labels.jsonl").write_text(LABELS, encoding="utf-8")
    told = kith("evaluate", "intents", "labels.jsonl", "--json").json
    right = {"labelled": 1, "found": 1, "right": 1, "precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert (told["file"], told["messages"], told["embedder"]) == ("labels.jsonl", 2, "hash")
    assert told["overall"] == right
    assert told["differences"] == []


def test_intents_are_measured_for_people(place: Any, kith: Callable[..., Any]) -> None:
    labels = LABELS + '{"id": "3", "text": "hello there", "intent": "buy"}\n'
    Path("labels.jsonl").write_text(labels, encoding="utf-8")
    told = kith("evaluate", "intents", "labels.jsonl")
    assert told.code == 0, told
    assert "1 message without an intent; 0 of them got one\n" in told.out
    assert "1 difference: list them with --wrong\n" in told.out
    assert "it knows words and no meaning" in told.out
    wrong = kith("evaluate", "intents", "labels.jsonl", "--wrong").out
    assert "3: labelled buy, found – (nearest " in wrong
    assert "\n    hello there\n" in wrong


def test_a_taxonomy_that_is_not_there(place: Any, kith: Callable[..., Any]) -> None:
    Path("labels.jsonl").write_text(LABELS, encoding="utf-8")
    told = kith("evaluate", "intents", "labels.jsonl", "--taxonomy", "mine.toml")
    assert (told.code, told.out) == (2, "")
    assert "the taxonomy 'mine.toml' cannot be read: No such file or directory" in told.err
