"""Locks on files that end with their process, however it ends, on every system."""

import os
import sys

__all__ = ["lock", "only_ours", "unlock"]

if sys.platform == "win32":
    import msvcrt

    BEYOND = 1 << 30
    """Windows keeps others from reading what is locked: the byte that we lock lies far past the end."""

    def lock(fd: int, *, shared: bool) -> bool:
        """Whether the lock was got; nobody waits for it."""
        # There are no shared locks here: a look at the lock that meets another's may take it for an owner.
        os.lseek(fd, BEYOND, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def unlock(fd: int) -> None:
        """Lets the next one have it."""
        os.lseek(fd, BEYOND, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)

    def only_ours(fd: int) -> None:
        """The folder's own rules hold: those of the user's profile."""
else:
    import fcntl

    def lock(fd: int, *, shared: bool) -> bool:
        """Whether the lock was got; nobody waits for it."""
        try:
            fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def unlock(fd: int) -> None:
        """Lets the next one have it."""
        fcntl.flock(fd, fcntl.LOCK_UN)

    def only_ours(fd: int) -> None:
        """For its user alone to read."""
        os.fchmod(fd, 0o600)
