"""The embedded vectors and their process: signals, crashes, two at once, odd folders, and what is left behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from kith.persona.embedding import ModelCard, Vectors
from kith.stores.errors import StoresHeld, Terminal, WrongFormat
from kith.stores.milvus import MilvusVectors
from kith.stores.milvus_lite import open_milvus_lite
from kith.stores.ports import Indexed

pytestmark = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds the program in /proc")

MODEL = ModelCard("a model", "0123abcd", 4)

OWNER = """
import sys
from pathlib import Path
import numpy as np
from kith.persona.embedding import ModelCard
from kith.stores.milvus_lite import open_milvus_lite
from kith.stores.ports import Indexed

index = open_milvus_lite(Path(sys.argv[1]), ModelCard("a model", "0123abcd", 4))
written = 0
while True:
    try:
        rows = [Indexed(f"{written + n}", "ana", "c", "user", 0, "digest", "hello") for n in range(10)]
        index.upsert_messages("t", rows, np.ones((10, 4), np.float32))
        written += 10
        print(written, flush=True)
        if sys.stdin.readline() == "stop\\n":
            break
    except KeyboardInterrupt:
        print("interrupted", flush=True)
index.close()
"""
"""Writes ten rows, says how many were acknowledged by now, and goes on at each line that it is given."""


@contextmanager
def owner(folder: Path, **environment: str) -> Generator[subprocess.Popen[str], None, None]:
    """A process that has the folder open, in a process group of its own as a shell would start it."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def say(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def program_of(folder: Path) -> int:
    """The process id of the program that serves a folder."""
    database = os.fsencode(folder / "milvus.db")
    found = [
        int(process.name)
        for process in Path("/proc").iterdir()
        if process.name.isdigit() and database in _arguments(process) and b"milvus" in _arguments(process)[0]
    ]
    assert len(found) == 1
    return found[0]


def _arguments(process: Path) -> list[bytes]:
    try:
        return (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return [b""]


def rows(number: int, *, first: int = 0) -> list[Indexed]:
    return [Indexed(f"{first + n}", "ana", "c", "user", 0, "digest", "hello") for n in range(number)]


def points(number: int) -> Vectors:
    return np.ones((number, 4), np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vectors"


# Signals and crashes


def test_an_interrupt_of_our_group_does_not_reach_the_program(folder: Path) -> None:
    with owner(folder) as process:
        assert heard(process) == "10"
        program = program_of(folder)
        os.killpg(process.pid, signal.SIGINT)
        assert [heard(process), heard(process)] == ["interrupted", "20"]
        assert program_of(folder) == program
        assert os.getsid(program) == program, "a terminal that closes would reach it"
        say(process, "stop")
        assert (process.wait(), process.communicate()) == (0, ("", ""))


def test_after_a_kill_of_the_owner_every_acknowledged_row_is_there(folder: Path) -> None:
    with owner(folder) as process:
        acknowledged = 0
        for _ in range(5):
            acknowledged = int(heard(process))
            say(process, "go on")
        process.kill()
        process.wait()
        index = open_milvus_lite(folder, MODEL)
        keys = [f"{n}" for n in range(acknowledged)]
        assert set(index.get_messages("t", keys)) == set(keys)
        index.upsert_messages("t", rows(100), points(100))
        assert index.count_messages("t") == 100
        index.close()


def test_a_program_that_outlives_its_owner_is_waited_for(folder: Path) -> None:
    with owner(folder) as process:
        heard(process)
        program = program_of(folder)
        os.kill(program, signal.SIGSTOP)
        process.kill()
        process.wait()
        with pytest.raises(StoresHeld, match="another process"):
            open_milvus_lite(folder, MODEL, patience=0)
        os.kill(program, signal.SIGCONT)
        index = open_milvus_lite(folder, MODEL)
        assert (index.count_messages("t"), program_of(folder) != program) == (10, True)
        index.close()


def test_a_program_that_dies_is_told_with_what_to_do(folder: Path) -> None:
    index = open_milvus_lite(folder, MODEL)
    index.upsert_messages("t", rows(3), points(3))
    os.kill(program_of(folder), signal.SIGKILL)
    for _ in range(2):
        with pytest.raises(Terminal, match=r"ended with status -9: .*milvus\.log.* start again"):
            index.count_messages("t")
    index.close()
    index = open_milvus_lite(folder, MODEL)
    assert index.count_messages("t") == 3
    index.close()


# Two at once


def test_a_living_owner_is_left_alone(folder: Path) -> None:
    with owner(folder) as process:
        heard(process)
        with pytest.raises(StoresHeld, match="another process"):
            open_milvus_lite(folder, MODEL, patience=0)
        say(process, "go on")
        assert heard(process) == "20"


def test_a_second_opening_in_the_same_process_leaves_the_first_at_work(folder: Path) -> None:
    index = open_milvus_lite(folder, MODEL)
    for _ in range(2):
        with pytest.raises(StoresHeld, match="another process"):
            open_milvus_lite(folder, MODEL, patience=0)
    index.upsert_messages("t", rows(3), points(3))
    assert index.count_messages("t") == 3
    index.close()


# The folder


@pytest.mark.parametrize("name", ["plain", "d'Ana 100% #1 {é}?", "x" * 150])
def test_any_folder_will_do_and_nothing_is_left_elsewhere(tmp_path: Path, name: str) -> None:
    system = tmp_path / "system"
    system.mkdir()
    with owner(tmp_path / name, TMPDIR=str(system)) as process:
        heard(process)
        assert [one.name for one in system.rglob("*") if not one.name.startswith("kith-")] in ([], ["milvus.sock"])
        assert list((tmp_path / name / "tmp").glob("milvus.*"))
        say(process, "stop")
        assert (process.wait(), process.communicate()) == (0, ("", ""))
    assert list(system.iterdir()) == []
    assert sorted(one.name for one in (tmp_path / name).iterdir()) == [
        "milvus-lite.json",
        "milvus.db",
        "milvus.living",
        "milvus.lock",
        "milvus.log",
    ]


def test_the_line_is_recorded_and_the_other_is_refused(folder: Path) -> None:
    open_milvus_lite(folder, MODEL).close()
    record = folder / "milvus-lite.json"
    line: int = json.loads(record.read_text())["line"]
    other = 5 - line
    for text, said in (
        (json.dumps({"line": other}), rf"milvus-lite {other}\.x, and {line}\.x"),
        ("{", "cannot be read"),
    ):
        record.write_text(text)
        with pytest.raises(WrongFormat, match=said):
            open_milvus_lite(folder, MODEL)
    record.unlink()
    with pytest.raises(WrongFormat, match="did not make"):
        open_milvus_lite(folder, MODEL)


def test_a_collection_of_somebody_else_is_refused_and_the_program_ends(folder: Path) -> None:
    folder.mkdir()
    index: MilvusVectors = open_milvus_lite(folder, MODEL)
    index.close()
    (folder / "milvus.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(Terminal):
        open_milvus_lite(folder, MODEL)
    with pytest.raises(AssertionError):
        program_of(folder)


def test_it_starts_where_nobody_has_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME", raising=False)
    vectors = open_milvus_lite(tmp_path / "vectors", ModelCard("tiny", "0" * 64, 8))
    assert vectors.count_messages("acme") == 0
    vectors.close()
