"""Work that outlasts its request: in threads of its own, and once for each thing that it is about."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeAlias

from kith.persona.errors import KithError

__all__ = ["About", "Later"]

log = logging.getLogger("kith.serving")

About: TypeAlias = tuple[str, str]
"""A tenant, and the id of what is worked on."""


class Later:
    """Does one kind of work, begun in the order in which it came. Any thread may call."""

    def __init__(self, name: str, *, threads: int = 1) -> None:
        self.closing = threading.Event()
        """Set when no more than what is in hand will be done: for work that waits between two tries."""
        self._name = name
        self._lock = threading.Lock()
        self._latest: dict[About, Future[None]] = {}
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=f"kith-{name.replace(' ', '-')}")

    def underway(self, about: About) -> "Future[None] | None":
        """The latest work on this that is not over."""
        with self._lock:
            return self._latest.get(about)

    def __len__(self) -> int:
        """On how many things work is not over."""
        return len(self._latest)

    def begin(self, about: About, work: Callable[[], object], *, again: bool) -> "Future[None]":
        """Has the work done. Without `again` only where none on this is underway; that is returned then.

        What is returned is set when the work is over, also where it failed: that is told in the log.
        """
        with self._lock:
            latest = self._latest.get(about)
            if latest is not None and not again:
                return latest
            over: Future[None] = Future()
            over.set_running_or_notify_cancel()  # nobody who waits can take it away from the others
            self._threads.submit(self._do, about, work, over)  # raises after `close`: then nobody waits for it
            self._latest[about] = over
            return over

    def close(self) -> None:
        """Ends what is in hand, and leaves the rest to the next start."""
        self.closing.set()
        self._threads.shutdown(cancel_futures=True)
        with self._lock:
            for over in self._latest.values():
                over.set_result(None)
            self._latest.clear()

    def _do(self, about: About, work: Callable[[], object], over: "Future[None]") -> None:
        try:
            work()
        except KithError as error:
            log.error("%s was not done; the next start takes it up again: %s", self._name, error)
        except Exception:
            log.exception("%s was not done", self._name)
        with self._lock:
            if self._latest.get(about) is over:
                del self._latest[about]
        over.set_result(None)
