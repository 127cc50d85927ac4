"""One real server as a process: started on a free port with a folder of its own, killed, frozen, and ended."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

__all__ = ["Missing", "RealServer", "Unready", "found", "free_port", "listens"]

TRIES = 1200
PAUSE = 0.05


class Missing(Exception):
    """What a test needs is not on this machine, and this is how to get it."""


class Unready(AssertionError):
    """A server that was started does not answer."""


@dataclass
class RealServer:
    """A server that was started here: it can be killed, frozen, and started again on what it has stored."""

    url: str
    port: int
    folder: Path
    command: Sequence[str]
    is_ready: Callable[["RealServer"], bool]
    user: str | None = None
    environment: dict[str, str] = field(default_factory=dict[str, str])
    _process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Returns when it answers."""
        with open(self.folder / "log", "ab") as log:
            self._process = subprocess.Popen(
                self.command,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd=self.folder,
                user=self.user,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )
        for _ in range(TRIES):
            if self.is_ready(self):
                return
            with suppress(subprocess.TimeoutExpired):
                code = self._process.wait(PAUSE)
                raise Unready(f"{self.command[0]} ended with {code}: {self.log()}")
        raise Unready(f"{self.command[0]} does not answer: {self.log()}")

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-2000:]

    def kill(self) -> None:
        """As a crash would."""
        self._signal(signal.SIGKILL)
        self._wait()

    def freeze(self) -> None:
        """It keeps its connections, and answers nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was frozen."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """Ends it, and all that it began."""
        if self._process is None:
            return
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
        self._signal(signal.SIGKILL)
        self._wait()

    def _wait(self) -> None:
        if self._process is not None:
            self._process.wait()
            self._process = None

    def _signal(self, number: int) -> None:
        if self._process is None:
            return
        began: list[psutil.Process] = []
        with suppress(psutil.Error):
            began = psutil.Process(self._process.pid).children(recursive=True)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)  # Milvus's outlive the one that began them
        for one in began:  # PostgreSQL's have left the group
            with suppress(ProcessLookupError, psutil.Error):
                if os.getpgid(one.pid) != self._process.pid:
                    one.send_signal(number)


def listens(server: RealServer) -> bool:
    """Whether its port takes a connection."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=1):
        return True
    return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def found(program: str, hint: str) -> str:
    """Where a program is; `Missing` if it is nowhere."""
    folders = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    place = shutil.which(program) or shutil.which(program, path=os.pathsep.join(folders))
    if place is None:
        raise Missing(f"there is no {program!r} on this machine: {hint}")
    return str(Path(place).absolute())
