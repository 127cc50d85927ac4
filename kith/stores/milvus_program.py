"""The program of milvus-lite 2.x: started with a life of its own, waited for, and ended with its owner.

It is started directly, not through its Python package, for three reasons. It gets a session of its own: a Ctrl-C in a
terminal, or the terminal's end, does not end it in the middle of a batch. It inherits a lock that is held until it is
gone: who opens the folder after a crash waits for that. And its logs and temporary files stay in the folder.
"""

import fcntl
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from kith.stores.errors import StoreError, StoresHeld, Terminal, Transient

__all__ = ["MilvusProgram", "start"]

STARTING = 60.0
"""Seconds until it must answer."""
ENDING = 0.2
STOPPING = 10.0
NAP = 0.005

# Linux takes socket paths of 107 bytes, macOS of 103; and gRPC reads a path as part of a URI.
_SOCKET_PATH = re.compile(r"[A-Za-z0-9/._-]{1,100}")


class MilvusProgram:
    """A running program, and the lock whose release ends it: by `stop`, or by the death of this process."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes], *, owner: IO[bytes], address: Path) -> None:
        self._folder = folder
        self._process = process
        self._owner = owner
        self._address = address

    @property
    def uri(self) -> str:
        return f"unix:{self._address}"

    def fault(self) -> StoreError | None:
        """What to tell when a call failed because the program is gone."""
        try:
            # Its connections break a moment before it is gone.
            status = self._process.wait(ENDING)
        except subprocess.TimeoutExpired:
            return None
        return self._ended(status)

    def wait_until_it_answers(self) -> None:
        until = time.monotonic() + STARTING
        while not _answers(self._address):
            status = self._process.poll()
            if status is not None:
                raise self._ended(status)
            if time.monotonic() > until:
                raise Transient(f"the vectors in {str(self._folder)!r} did not open within {STARTING:g} seconds")
            time.sleep(NAP)

    def _ended(self, status: int) -> Terminal:
        return Terminal(
            f"the program that serves the vectors in {str(self._folder)!r} ended with status {status}: what it said is "
            f"in {str(self._folder / 'milvus.log')!r}: start again, and what was in flight is done anew"
        )

    def stop(self) -> None:
        self._owner.close()
        try:
            self._process.wait(STOPPING)
        except subprocess.TimeoutExpired:
            # Safe at any time: what it acknowledged is in its SQLite file.
            self._process.kill()
            self._process.wait()
        self._address.unlink(missing_ok=True)
        if self._address.parent != self._folder:
            self._address.parent.rmdir()
        shutil.rmtree(self._folder / "tmp", ignore_errors=True)


def start(folder: Path, *, database: str, patience: float) -> MilvusProgram:
    """Starts the program on a folder, after waiting `patience` seconds for the one of an owner that was killed."""
    with ExitStack() as opened:
        living = opened.enter_context((folder / "milvus.living").open("ab"))
        _take(living, folder=folder, patience=patience)
        # Not before: closing it would free the lock of a program that this process has on the same folder.
        owner = opened.enter_context((folder / "milvus.lock").open("ab"))
        try:
            fcntl.lockf(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise _held(folder) from error
        address = _socket_in(folder)
        command = [f"{_libraries()}/milvus", str(folder / database), f"unix:{address}", "ERROR", owner.name]
        with (folder / "milvus.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603  # the program of an installed package, and no shell
                command,
                cwd=folder,
                env=_environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(living.fileno(),),
                start_new_session=True,
            )
        living.close()
        program = MilvusProgram(folder, process, owner=owner, address=address)
        opened.pop_all()
    try:
        program.wait_until_it_answers()
    except BaseException:
        program.stop()
        raise
    return program


def _take(living: IO[bytes], *, folder: Path, patience: float) -> None:
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(living, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if time.monotonic() > until:
                raise _held(folder) from error
            time.sleep(NAP)
        else:
            return


def _held(folder: Path) -> StoresHeld:
    return StoresHeld(f"another process has the vectors in {str(folder)!r}: stop it, or wait until it is done")


def _socket_in(folder: Path) -> Path:
    """Where the program listens: in a folder made for it where ours has too long or too odd a name."""
    address = folder / "milvus.sock"
    if _SOCKET_PATH.fullmatch(str(address)):
        address.unlink(missing_ok=True)
        return address
    return Path(tempfile.mkdtemp(prefix="kith-")) / "milvus.sock"


def _libraries() -> str:
    found = find_spec("milvus_lite")
    if found is None or not found.submodule_search_locations:
        raise Terminal("milvus-lite is damaged: run `pip install --force-reinstall milvus-lite`")
    return os.path.join(found.submodule_search_locations[0], "lib")


def _environment(folder: Path) -> dict[str, str]:
    """Ours, with its libraries before others and its logs and temporary files in the folder."""
    temporary = folder / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    environment = dict(os.environ)
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
        environment[name] = ":".join(filter(None, (_libraries(), environment.get(name))))
    for name in ("TEST_TMPDIR", "TMPDIR"):
        environment[name] = str(temporary)
    environment.setdefault("HOME", str(temporary))  # a service may have none, and the program ends without
    return environment


def _answers(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(address))
        except OSError:
            return False
    return True
