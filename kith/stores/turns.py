"""Many readers or one writer: for stores whose writes others would see half done."""

from collections.abc import Generator
from contextlib import contextmanager
from threading import Condition, Lock

__all__ = ["Turns"]


class Turns:
    """A lock that readers share and a writer has alone.

    A waiting writer goes before readers that come after it, so that steady reading cannot starve it.
    """

    def __init__(self) -> None:
        self._door = Lock()
        self._left = Condition()
        self._readers = 0

    @contextmanager
    def reading(self) -> Generator[None, None, None]:
        with self._door, self._left:
            self._readers += 1
        try:
            yield
        finally:
            with self._left:
                self._readers -= 1
                self._left.notify_all()

    @contextmanager
    def writing(self) -> Generator[None, None, None]:
        with self._door:
            with self._left:
                self._left.wait_for(lambda: self._readers == 0)
            yield
