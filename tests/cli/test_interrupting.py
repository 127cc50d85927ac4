"""Ctrl-C as a terminal sends it, and SIGTERM: what was begun is finished, and the same command goes on."""

import json
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kith.persona.errors import KithError
from kith.pipeline import get_pipeline_run_summary

Kith = Callable[..., Any]
RECORDS = 1200
BATCH = 20
GO_ON = "kith: interrupted; run the same command again to go on\n"


@pytest.fixture
def talk(place: Any) -> Path:
    """More than can be taken in before the first batch has been seen."""
    path = place.folder / "talk.jsonl"
    with path.open("w") as file:
        for n in range(RECORDS):
            record = {"user_id": f"u{n % 20}", "message": f"From Porto to Monte Rosa, {n}", "timestamp": n}
            file.write(json.dumps(record) + "\n")
    return path


def begun(place: Any, wait: Callable[[], object]) -> None:
    """Waits for the first committed batch."""
    while True:
        wait()
        with suppress(KithError):
            summary = get_pipeline_run_summary(home=place.home)
            if summary is not None and summary.batches:
                return


def child_waits(child: "subprocess.Popen[bytes]") -> None:
    """A moment, or less if it ends."""
    with suppress(subprocess.TimeoutExpired):
        child.wait(timeout=0.02)


def goes_on(kith: Kith, runs: int) -> None:
    """The same command takes in what is left, and the stores agree."""
    ran = kith("run", "talk.jsonl", "--json")
    listed = kith("runs", "list", "--json").json["items"]
    assert (ran.code, len(listed)) == (0, runs + 1)
    assert sum(run["accepted"] for run in listed) == ran.json["stores"]["documents"] == RECORDS
    assert kith("verify", "--json").code == 0


def test_ctrl_c_finishes_the_batch_in_flight(place: Any, talk: Path, terminal: Callable[..., Any], kith: Kith) -> None:
    child = terminal("run", "talk.jsonl", "--batch-size", str(BATCH), "--no-progress")
    begun(place, child.look)
    child.press_ctrl_c()
    assert child.end() == 130
    assert child.text.startswith("^Ckith: finishing the batch in flight (Ctrl-C again to end at once)\n")
    assert child.text.endswith(GO_ON)
    first = get_pipeline_run_summary(home=place.home)
    assert first is not None
    assert (first.status, first.read % BATCH, first.read) == ("interrupted", 0, first.batches * BATCH)
    assert 0 < first.read < RECORDS
    goes_on(kith, runs=1)


def test_a_second_ctrl_c_ends_at_once(place: Any, talk: Path, terminal: Callable[..., Any], kith: Kith) -> None:
    child = terminal("run", "talk.jsonl", "--batch-size", "600", "--no-progress")
    while not place.home.joinpath("graph.lbug").exists():
        child.look()
    child.press_ctrl_c()
    child.read_until("finishing")
    child.press_ctrl_c()
    assert child.end() == 130
    assert "Traceback" not in child.text
    assert child.text.endswith(GO_ON)
    listed = kith("runs", "list", "--json").json["items"]
    assert {run["status"] for run in listed} <= {"interrupted", "abandoned"}
    goes_on(kith, runs=len(listed))


def test_sigterm_ends_as_ctrl_c_does(place: Any, talk: Path, kith: Kith) -> None:
    with place.start("run", "talk.jsonl", "--batch-size", str(BATCH), "--json") as child:
        begun(place, partial(child_waits, child))
        child.send_signal(signal.SIGTERM)
        out, err = child.communicate()
    summary = json.loads(out)
    assert (child.returncode, summary["status"], summary["read"] % BATCH) == (130, "interrupted", 0)
    assert err.decode() == "kith: finishing the batch in flight (Ctrl-C again to end at once)\n" + GO_ON
    goes_on(kith, runs=1)


def test_ctrl_c_on_a_terminal_with_bars(place: Any, talk: Path, terminal: Callable[..., Any]) -> None:
    child = terminal("run", "talk.jsonl", "--batch-size", str(BATCH))
    begun(place, child.look)
    child.press_ctrl_c()
    assert child.end() == 130
    assert child.text.endswith(GO_ON)


def test_other_commands_end_quietly(filled: Any, terminal: Callable[..., Any]) -> None:
    child = terminal("verify")
    child.read_until("opening the stores")
    child.press_ctrl_c()
    assert child.end() == 130
    assert child.text.endswith(GO_ON)
    assert "Traceback" not in child.text
