"""Each measurement runs in a tiny size and gives its table and its shape; how long anything takes is not judged."""

import importlib
import json
import re
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import pytest

ROOT = Path(__file__).parents[2]
NUMBER = re.compile(r"\d[\d,]*(\.\d+)?")
STEPS = (
    *("ingest", "validate", "known?", "embed", "extract", "lease", "dedupe", "documents", "vectors", "evidence"),
    *("names", "graph", "sweep", "commit", "publish"),
)
MEMORY = {"own_mb": "float", "vector_store_mb": "float", "together_mb": "float"}
RUN = {"seconds": "float", "of_the_first": "float", "read": "int", "accepted": "int", "duplicate": "int"}

Module = Callable[[str], Any]


def cells(table: str) -> list[list[str]]:
    """The lines of a table, cell by cell, with # for each number."""
    return [re.split(r" {2,}", NUMBER.sub("#", line).strip()) for line in table.splitlines()]


def shape(value: object) -> object:
    """The names in an answer, and the kinds of what they stand for."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [shape(one) for one in cast("list[object]", value)]
    return type(value).__name__


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Module:
    """A module of the measurements, which stand beside the package and are not installed with it."""
    monkeypatch.setattr("sys.path", [str(ROOT), *sys.path])
    return lambda name: importlib.import_module(f"bench.{name}")


def test_the_embedder_beside_plain_encode(bench: Module) -> None:
    measured = bench("embedding").measure(count=8, rounds=1, say=bench("figures").silent)
    way = {"messages_per_second": "float", "kith_is_faster_by": "float"}
    assert shape(asdict(measured)) == {
        "messages": "int",
        "mean_characters": "float",
        "rounds": "int",
        "runs_on": "str",
        "least_cosine_to_encode": "float",
        "ways": {"kith": way, "encode()": way, "encode(batch_size=64)": way},
    }
    assert measured.least_cosine_to_encode > 0.999
    first, *rest = measured.table().splitlines()
    assert first.startswith("8 messages of ")
    assert cells("\n".join(rest)) == [
        ["messages/s", "kith is faster by"],
        ["kith", "#", "#"],
        ["encode()", "#", "#"],
        ["encode(batch_size=#)", "#", "#"],
        ["least cosine to encode(): #"],
    ]


def test_the_pipeline_beside_its_model(bench: Module) -> None:
    measured = bench("pipeline").measure(count=20, rounds=1, say=bench("figures").silent)
    kept = {"messages_per_second": "float", "of_the_model": "float"}
    assert shape(asdict(measured)) == {
        "messages": "int",
        "rounds": "int",
        "model": "str",
        "batch_size": "int",
        "ways": {"the model alone": kept, "the whole pipeline": kept, "encode()": kept},
    }
    assert cells(measured.table())[1:] == [
        ["messages/s", "of the model's speed"],
        ["the model alone", "#", "#"],
        ["the whole pipeline", "#", "#"],
        ["encode()", "#", "#"],
    ]


def test_the_same_command_again(bench: Module) -> None:
    measured = bench("again").measure(count=20, rounds=1, say=bench("figures").silent, embedder="hash")
    assert shape(asdict(measured)) == {
        "messages": "int",
        "embedder": "str",
        "rounds": "int",
        "runs": {"first": RUN, "unchanged": RUN, "--full": RUN},
    }
    counted = {name: (run.read, run.accepted, run.duplicate) for name, run in measured.runs.items()}
    assert counted == {"first": (20, 20, 0), "unchanged": (0, 0, 0), "--full": (20, 0, 20)}
    assert cells(measured.table())[1:] == [
        ["kith run, the whole command", "s", "of the first", "read", "accepted", "duplicate"],
        ["first", "#", "#", "#", "#", "#"],
        ["unchanged", "#", "#", "#", "#", "#"],
        ["--full", "#", "#", "#", "#", "#"],
    ]


def test_time_and_memory_by_size(bench: Module) -> None:
    measured = bench("scale").measure(sizes=[20, 40], say=bench("figures").silent)
    size = {
        "messages": "int",
        "seconds": "float",
        "messages_per_second": "float",
        "steps": dict.fromkeys(STEPS, "float"),
        "run_memory": MEMORY,
        "verify_seconds": "float",
        "verify_memory": MEMORY,
        "stored_mb": "float",
    }
    assert shape(asdict(measured)) == {"sizes": [size, size]}
    assert all(one.run_memory.own_mb > 0 for one in measured.sizes)
    names = [
        "run, s",
        "run, messages/s",
        "run, peak MB: kith",
        "run, peak MB: vector store",
        "run, peak MB: together",
        "verify, s",
        "verify, peak MB: kith",
        "verify, peak MB: vector store",
        "on disk, MB",
    ]
    heading = ["# messages", "# messages"]
    assert cells(measured.table()) == [
        heading,
        *([name, "#", "#"] for name in names),
        [""],
        ["steps, ms for # messages; they run beside each other"],
        heading,
        *([step, "#", "#"] for step in STEPS),
    ]


def test_context_over_http(bench: Module) -> None:
    serving = bench("serving")
    asks = serving.Asks(miss=3, hit=4, flood=20, at_once=2, turns=2)
    measured = serving.measure(sizes=[40], rounds=2, say=bench("figures").silent, embedder="hash", asks=asks)
    spread = {"p50": "float", "p95": "float"}
    size = {
        "messages": "int",
        "answer_bytes": "int",
        **dict.fromkeys(("miss", "hit", "bare"), spread),
        **dict.fromkeys(("hits_per_second", "bare_per_second", "hits_of_bare"), "float"),
    }
    assert shape(asdict(measured)) == {"embedder": "str", "rounds": "int", "at_once": "int", "sizes": [size]}
    assert cells(measured.table()) == [
        ["embedder hash, # rounds"],
        ["context of one person, ms", "# messages"],
        *([f"{name}, p#", "#"] for name in ("miss", "miss", "hit", "hit", "bare bytes", "bare bytes")),
        ["hits/s, # at once", "#"],
        ["bare bytes/s, # at once", "#"],
        ["hits of bare bytes", "#"],
        ["bytes in an answer", "#"],
    ]


def test_what_the_extractor_reads(bench: Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    language = bench("language")
    talk = {"userId": 1, "text": "@7 is great. I live in Ghent."}, {"userId": 2, "text": " "}
    told = {
        "conversationId": "3",
        "movieMentions": {"7": "Heat (1995)"},
        "messages": [{"senderWorkerId": one["userId"], "text": one["text"]} for one in talk],
    }
    (tmp_path / "conversations.jsonl").write_text(json.dumps(told) + "\n", encoding="utf-8")
    start = language.NEW_YEAR + 3 * language.DAY
    redial = language.redial(tmp_path)
    assert [(m.user_id, m.text, m.timestamp) for m in redial] == [("w1", "Heat is great. I live in Ghent.", start)]
    some = language.sample()[:12]
    assert {m.role for m in some} == {"user"}
    monkeypatch.setattr(language, "sample", lambda: some)
    measured = language.measure(rounds=1, say=bench("figures").silent, folder=tmp_path)
    figures = {
        **dict.fromkeys(("messages", "relations", "mentions"), "int"),
        **dict.fromkeys(("words", "english", "parsed", "messages_per_second", "telling"), "float"),
    }
    predicates = {name: dict.fromkeys(one.predicates, "int") for name, one in measured.read.items()}
    assert shape(asdict(measured)) == {
        "extractor": "str",
        "rounds": "int",
        "read": {name: {**figures, "predicates": predicates[name]} for name in ("sample", "redial")},
    }
    one = measured.read["redial"]
    assert (one.messages, one.words, one.english, one.parsed, one.telling) == (1, 7.0, 1.0, 1.0, 1.0)
    assert one.predicates["lives_in"] == 1
    head, *rest = measured.table().splitlines()
    assert head == f"{measured.extractor}, median of 1 rounds"
    titles = ["messages of people", "words in one", "in English, %", "let pass by the gate, %"]
    titles += ["messages/s of a core", "with a statement, %", "mentions", "relations"]
    named = sorted({*predicates["sample"], *predicates["redial"]})
    assert cells("\n".join(rest)) == [["sample", "redial"], *([name, "#", "#"] for name in (*titles, *named))]


@pytest.mark.parametrize("as_json", [False, True])
def test_the_command_prints_what_was_asked_for(
    bench: Module, capsys: pytest.CaptureFixture[str], *, as_json: bool
) -> None:
    main = bench("__main__")
    tiny = main.Sizes(embedding=8, pipeline=8, again=8, rounds=1, scale=(8,), serving=(8,))
    main.main(["--quick", "--only", "scale", *(["--json"] if as_json else [])], quick=tiny)
    out, err = capsys.readouterr()
    assert err == ""
    if as_json:
        assert list(json.loads(out)) == ["machine", "scale"]
    else:
        machine, empty, title, *_ = out.splitlines()
        assert (empty, title) == ("", "Time and memory by size, hashing embedder and plain extractor")
        assert re.fullmatch(r"\d+ processors, \d+ GB, .*; load before: .*", machine)


def test_a_command_that_fails_is_told_with_its_words(bench: Module, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"^`kith run nowhere` ended with 2: kith: .nowhere. does not exist"):
        bench("commands").kith("run", "nowhere", home=tmp_path, embedder="hash", doing="", say=bench("figures").silent)
