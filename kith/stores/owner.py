"""One process at a time for the embedded folder: who takes it locks `owner.lock` and writes there who they are.

The lock is what counts, never the file: a file whose writer was killed names nobody. The file is written in place and
never replaced or removed, for the lock hangs on it.

A program that is started from here does not inherit the lock. A child made by `os.fork` does, and keeps it if this
process is killed: use `subprocess`, or multiprocessing with `spawn`. A child never releases its parent's lock.
"""

import errno
import json
import os
import secrets
import sys
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from kith.persona.identity import Json, content_digest
from kith.stores.errors import StoresHeld, Terminal
from kith.stores.file_locks import lock, only_ours, unlock

__all__ = ["Owner", "OwnerLock", "read_owner"]

FILE = "owner.lock"
LONGEST = 1000
"""Characters of a command line that are told."""
NAP = 0.005
LOOKING = 1.0
"""Seconds for a new owner to write who they are, and for those who only looked at the lock to let it go."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds the embedded stores. `token` lets the same user's commands in at `url`, once a server has set one."""

    pid: int
    command: str
    started_at: str
    """ISO 8601, UTC."""
    url: str | None
    token: str = field(repr=False)


class OwnerLock:
    """The embedded folder is ours from `take` to `release`, or until this process ends, however it ends."""

    def __init__(self, home: Path, fd: int, owner: Owner) -> None:
        self.home = home
        self.owner = owner
        self._fd: int | None = fd

    @classmethod
    def take(cls, home: Path, *, command: str, wait: float = 0.0) -> "OwnerLock":
        """Makes the folder (mode 0700) where there is none, and takes it; `StoresHeld` where another has it.

        `wait`: seconds to wait for another to let go.
        """
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd = os.open(home / FILE, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        except OSError as error:
            raise _unusable(home, error) from error
        owner = _ourselves(command)
        try:
            only_ours(fd)
            _lock_or_refuse(fd, home, wait=wait)
            _write(fd, owner)
        except OSError as error:
            os.close(fd)
            raise _unusable(home, error) from error
        except BaseException:
            os.close(fd)
            raise
        return cls(home, fd, owner)

    def announce(self, url: str) -> None:
        """Tells others where this process answers."""
        if self._fd is None:
            raise Terminal(f"The stores in {str(self.home)!r} have been released. Take them again.")
        owner = replace(self.owner, url=url)
        try:
            _write(self._fd, owner)
        except OSError as error:
            raise _unusable(self.home, error) from error
        self.owner = owner

    def release(self) -> None:
        """Lets the next one in. May be called again."""
        fd, self._fd = self._fd, None
        if fd is None:
            return
        try:
            if os.getpid() == self.owner.pid:
                os.ftruncate(fd, 0)
                unlock(fd)
        finally:
            os.close(fd)

    def __enter__(self) -> "OwnerLock":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def read_owner(home: Path) -> Owner | None:
    """Who holds the folder now; None where nobody alive does. `StoresHeld` if whoever does never says who they are."""
    try:
        fd = os.open(home / FILE, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(home, error) from error
    try:
        return _holder(fd, home)
    except OSError as error:
        raise _unusable(home, error) from error
    finally:
        os.close(fd)


def _ourselves(command: str) -> Owner:
    # A command line may be long, and hold octets that are no text.
    told = command[:LONGEST].encode(errors="backslashreplace").decode()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Owner(pid=os.getpid(), command=told, started_at=now, url=None, token=secrets.token_urlsafe())


def _holder(fd: int, home: Path) -> Owner | None:
    """Looks until the file is whole and names a process that lives, so never at what a dead owner left behind.

    After a while, it is whoever is named: a process in another container cannot be seen from here.
    """
    deadline = time.monotonic() + LOOKING
    while True:
        if lock(fd, shared=True):
            unlock(fd)
            return None
        owner = _read(fd)
        if owner is not None and _lives(owner.pid):
            return owner
        if time.monotonic() >= deadline:
            break
        time.sleep(NAP)
    if owner is None:
        raise _silent(home)
    return owner


def _lock_or_refuse(fd: int, home: Path, *, wait: float) -> None:
    start = time.monotonic()
    while not lock(fd, shared=False):
        waited = time.monotonic() - start
        if waited >= wait:
            owner = _holder(fd, home)
            if owner is not None:
                raise StoresHeld(_who(owner, home))
            # Nobody has it: somebody looked at it, which takes an instant, or has just let go.
            if waited >= wait + LOOKING:
                raise _silent(home)
        time.sleep(NAP)


def _who(owner: Owner, home: Path) -> str:
    place = str(home)
    if owner.pid == os.getpid():
        return (
            f"The stores in {place!r} are held by this very process, {owner.command!r}, since {owner.started_at}. "
            "Use what is open, or close it first."
        )
    at = "" if owner.url is None else f" and answers at {owner.url}"
    return (
        f"The stores in {place!r} are held by process {owner.pid}, {owner.command!r}, since {owner.started_at}{at}. "
        f"Wait until it has ended, or end it with `kill {owner.pid}`, and try again."
    )


def _silent(home: Path) -> StoresHeld:
    return StoresHeld(
        f"The stores in {str(home)!r} are held by a process that does not say who it is. "
        f"Find it with `fuser {home / FILE}`, and wait until it has ended."
    )


def _write(fd: int, owner: Owner) -> None:
    """In one piece, then the rest of what stood there goes. What is read between is known by its check."""
    told: dict[str, Json] = {
        "pid": owner.pid,
        "command": owner.command,
        "started_at": owner.started_at,
        "url": owner.url,
        "token": owner.token,
    }
    line = json.dumps({**told, "check": content_digest(told)}).encode() + b"\n"
    os.lseek(fd, 0, os.SEEK_SET)
    if os.write(fd, line) != len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.ftruncate(fd, len(line))


def _read(fd: int) -> Owner | None:
    os.lseek(fd, 0, os.SEEK_SET)
    line = os.read(fd, 1 << 16).partition(b"\n")[0]
    try:
        told: dict[str, Any] = json.loads(line)
        check = told.pop("check")
        return Owner(**told) if content_digest(told) == check else None
    except (ValueError, TypeError, AttributeError, KeyError):
        return None


def _lives(pid: int) -> bool:
    if sys.platform == "win32":
        # There, `os.kill` ends the process, whatever the signal.
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _unusable(home: Path, error: OSError) -> Terminal:
    return Terminal(f"{str(home / FILE)!r} cannot be used: {error}. Check who may write the folder, and its disk.")
