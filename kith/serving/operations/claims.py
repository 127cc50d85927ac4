"""Folders that one process has for itself for as long as it lives; what is in them is the next one's to take up."""

import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from kith.stores.file_locks import lock

__all__ = ["Claim"]

LOCK = "lock"
"""The file on which the lock of its folder hangs."""


class Claim:
    """A folder that is ours until `release`, or until this process ends, however it ends."""

    def __init__(self, folder: Path, fd: int) -> None:
        self.folder = folder
        self._fd = fd

    @classmethod
    def new(cls, parent: Path) -> "Claim":
        """A new folder of our own, for its user alone to read."""
        while True:
            folder = parent / token_hex(8)
            folder.mkdir(mode=0o700, parents=True)
            with suppress(FileNotFoundError):  # whoever looks for the folders of the dead may find it before it is ours
                claim = cls.take(folder)
                if claim is not None:
                    return claim

    @classmethod
    def take(cls, folder: Path) -> "Claim | None":
        """A folder whose process is gone; None where it lives."""
        path = folder / LOCK
        fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            if lock(fd, shared=False) and os.path.samestat(os.fstat(fd), path.stat()):
                return cls(folder, fd)
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)
        return None

    def paths(self) -> list[Path]:
        """What lies in it."""
        return [path for path in self.folder.iterdir() if path.name != LOCK]

    def release(self) -> None:
        """Lets it go; it goes itself where nothing is in it."""
        try:
            if not self.paths():
                with suppress(OSError):
                    (self.folder / LOCK).unlink()
                    self.folder.rmdir()
        finally:
            os.close(self._fd)
