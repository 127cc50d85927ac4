"""Asking a server that is down no more than now and then, so that it does not cost everybody their patience."""

import threading
from collections.abc import Callable

from kith.stores.errors import StoreError

__all__ = ["Circuit"]


class Circuit:
    """Open for `pause` seconds after a failure; then one caller tries while the others wait. Any thread may call."""

    def __init__(self, *, pause: float, clock: Callable[[], float]) -> None:
        self._pause = pause
        self._clock = clock
        self._lock = threading.Lock()
        self._latest: StoreError | None = None
        self._until = 0.0

    def admit(self) -> None:
        """Raises the latest failure again, unless it is time to try."""
        with self._lock:
            if self._latest is None:
                return
            now = self._clock()
            if now < self._until:
                raise type(self._latest)(f"{self._latest} (that was a moment ago: it is not asked just now)")
            self._until = now + self._pause  # whoever comes meanwhile waits for how this try ends

    def failed(self, why: StoreError) -> None:
        with self._lock:
            self._latest = why
            self._until = self._clock() + self._pause

    def worked(self) -> None:
        with self._lock:
            self._latest = None
