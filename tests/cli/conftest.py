"""What the tests of the command line share: `kith` in this process, in one of its own, on a terminal; filled stores."""

import json
import os
import pty
import select
import shutil
import subprocess
import sys
import termios
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from kith.cli import main
from kith.data.generate import write_dataset
from kith.pipeline import Options, run_paths
from kith.settings import Settings

COMMAND = (sys.executable, "-m", "kith.cli")
ON_A_TERMINAL = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from kith.cli import main
sys.exit(main())
"""


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on standard output."""
        line, end, rest = self.out.partition("\n")
        assert (end, rest) == ("\n", ""), self
        return json.loads(line)


@dataclass(frozen=True)
class Place:
    """A folder to work in: stores under `home`, and the environment of a child."""

    folder: Path
    home: Path

    def environment(self, **more: str) -> dict[str, str]:
        return {**os.environ, "KITH_HOME": str(self.home), "KITH_EMBEDDER": "hash", "KITH_LANGUAGE": "plain", **more}

    def child(self, *arguments: str, given: str | bytes = b"", **environment: str) -> Ran:
        """`kith` in a process of its own, with its own standard streams."""
        done = subprocess.run(
            [*COMMAND, *arguments],
            input=given.encode() if isinstance(given, str) else given,
            capture_output=True,
            cwd=self.folder,
            env=self.environment(**environment),
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *arguments: str, preexec_fn: Callable[[], None] | None = None) -> "subprocess.Popen[bytes]":
        """A child that goes on while the test does."""
        return subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env=self.environment(),
            preexec_fn=preexec_fn,
        )


@dataclass
class Terminal:
    """A child on a terminal of its own, that sees what a person would see and can be typed at."""

    process: "subprocess.Popen[bytes]"
    descriptor: int
    seen: bytearray = field(default_factory=bytearray)

    def _read(self, seconds: float | None) -> bool:
        """What is shown within so many seconds; False where there is nothing, or nothing more to come."""
        if not select.select([self.descriptor], [], [], seconds)[0]:
            return False
        try:
            self.seen += os.read(self.descriptor, 65536)
        except OSError:  # the other end is closed
            return False
        return True

    def read_until(self, words: str) -> None:
        """Waits until these words have been shown."""
        while words not in self.text:
            assert self._read(None), self.text

    def look(self) -> None:
        """What is shown by now, or in a moment."""
        while self._read(0.02):
            pass

    @property
    def text(self) -> str:
        return self.seen.decode(errors="replace").replace("\r\n", "\n")

    def press_ctrl_c(self) -> None:
        """The terminal sends SIGINT to the whole group of processes in its foreground."""
        os.write(self.descriptor, b"\x03")

    def end(self) -> int:
        """Waits for the end; the exit code."""
        while self._read(None):
            pass
        return self.process.wait()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """An empty folder as the current one, and a home that is not there yet."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("KITH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KITH_EMBEDDER", "hash")
    monkeypatch.setenv("KITH_LANGUAGE", "plain")
    return Place(folder, tmp_path / "home")


@pytest.fixture
def kith(place: Place, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """`kith` in this process, in `place`."""

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        code = main(arguments)
        shown = capsys.readouterr()
        return Ran(code, shown.out, shown.err)

    return run


@pytest.fixture(scope="session")
def mangled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 400 records, 16 of them broken, repeated or edited, and campaigns."""
    folder = tmp_path_factory.mktemp("mangled")
    write_dataset(folder, users=15, messages=400, seed=11, mangled=0.05)
    return folder


@pytest.fixture(scope="session")
def first(mangled: Path) -> dict[str, Any]:
    """The first record of `mangled`, which is whole."""
    with (mangled / "conversations.jsonl").open("rb") as file:
        return json.loads(file.readline())


@pytest.fixture(scope="session")
def _once(tmp_path_factory: pytest.TempPathFactory, mangled: Path) -> Path:
    home = tmp_path_factory.mktemp("filled") / "home"
    settings = Settings(home=home, embedder="hash", language="plain")
    run_paths([str(mangled)], settings, Options(batch_size=100, max_rejected=1.0), command="a test")
    return home


@pytest.fixture
def filled(place: Place, _once: Path) -> Place:
    """The stores after a run over `mangled`: a copy, to be changed at will."""
    shutil.copytree(_once, place.home)
    return place


@pytest.fixture
def terminal(place: Place) -> Generator[Callable[..., Terminal]]:
    """Starts `kith` on a terminal of so many columns."""
    opened: list[Terminal] = []

    def start(*arguments: str, columns: int = 80, **environment: str) -> Terminal:
        descriptor, inside = pty.openpty()
        termios.tcsetwinsize(inside, (40, columns))
        process = subprocess.Popen(
            [sys.executable, "-c", ON_A_TERMINAL, *arguments],
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
            cwd=place.folder,
            env=place.environment(TERM="xterm-256color", **environment),
        )
        os.close(inside)
        opened.append(Terminal(process, descriptor))
        return opened[-1]

    yield start
    for one in opened:
        one.process.kill()
        one.process.wait()
        os.close(one.descriptor)
