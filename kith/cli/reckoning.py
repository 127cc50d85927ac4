"""How many records there are to come, as far as can be told from how many stood in the bytes that were read."""

from collections.abc import Callable

__all__ = ["Reckoning"]


class Reckoning:
    """Follows the reading of sources. `share` says which part of their bytes has been read; None where unknown.

    What was read before is passed by without giving a record, so records are reckoned against the bytes since the
    first of them.
    """

    def __init__(self, share: Callable[[], float | None], *, limit: int | None = None) -> None:
        self.read = 0
        """Records up to now."""
        self.total: int | None = None
        """Records in all; None as long as nothing can be said."""
        self.exact = False
        """Whether `total` is known, not reckoned."""
        self._share = share
        self._limit = limit
        self._first: tuple[int, float] | None = None

    def add(self, more: int) -> None:
        """So many more records were read; 0 says that there are no more."""
        if more == 0:
            self.total, self.exact = self.read, True
            return
        self.read += more
        share = self._share()
        if share is None:
            self.total = self._limit
            return
        if self._first is None:
            self._first = (self.read, share)
        read, before = self._first
        # All bytes may have been read long before their records are handed out: then nothing can be told.
        self.total = None if share <= before or share >= 1 else self._reckoned(read, before, share)
        if self._limit is not None:
            self.total = self._limit if self.total is None else min(self.total, self._limit)

    def _reckoned(self, read: int, before: float, share: float) -> int:
        return self.read + round((1 - share) * (self.read - read) / (share - before))
