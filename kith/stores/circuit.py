"""Asking a server that is down no more than now and then, so that it does not cost everybody their patience."""

import threading
from collections.abc import Callable

from kith.stores.errors import StoreError

__all__ = ["Circuit"]


class Circuit:
    """Open for `pause` seconds after a failure; then one caller tries while the others wait. Any thread may call.

    With `look` no caller tries: that is called in their place, and tells by `failed` or `worked` how it went. It must
    return at once.
    """

    def __init__(self, *, pause: float, clock: Callable[[], float], look: Callable[[], object] | None = None) -> None:
        self._pause = pause
        self._clock = clock
        self._look = look
        self._lock = threading.Lock()
        self._latest: StoreError | None = None
        self._until = 0.0

    def admit(self) -> None:
        """Raises the latest failure again, unless it is time to try."""
        with self._lock:
            latest, now = self._latest, self._clock()
            if latest is None:
                return
            due = now >= self._until
            if due:
                self._until = now + self._pause  # whoever comes meanwhile waits for how this try ends
        if due:
            if self._look is None:
                return
            self._look()
        raise type(latest)(f"{latest} (that was a moment ago: it is not asked just now)")

    def failed(self, why: StoreError) -> None:
        with self._lock:
            self._latest = why
            self._until = self._clock() + self._pause

    def worked(self) -> None:
        with self._lock:
            self._latest = None
