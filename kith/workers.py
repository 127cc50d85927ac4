"""Several processes that answer at one address: begun together, begun again when one dies, and ended together."""

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from tempfile import TemporaryDirectory
from time import monotonic
from types import FrameType
from typing import Any, Generic, TypeAlias, TypeVar, cast

from prometheus_client import multiprocess

from kith.persona.errors import KithError
from kith.serving.frame.metrics import SHARED

__all__ = ["Answering", "run_workers"]

log = logging.getLogger("kith.serving")
T = TypeVar("T")

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before one is begun in the place of another: a store that is down comes back."""

Answering: TypeAlias = Callable[[socket.socket, Callable[[T], None]], None]
"""Answers at an address until its process is asked to end; tells when it has begun. It can be sent to a process."""


@dataclass(frozen=True, slots=True)
class _Began(Generic[T]):
    """A worker answers, and this is what it says of itself."""

    told: T


@dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    words: Connection
    """What it says: that it has begun, or why it cannot. It closes when the worker is gone."""
    has_begun: bool = False

    def word(self) -> Any:
        """What it said; None where it is gone."""
        with suppress(EOFError, OSError):
            return self.words.recv()
        return None

    def bury(self) -> None:
        """Waits until it has ended."""
        self.process.join()
        self.words.close()
        if self.process.pid is not None:
            forget_process: Callable[[int], None] = cast("Any", multiprocess).mark_process_dead
            forget_process(self.process.pid)


class _Crew(Generic[T]):
    """The workers, as the process sees them that began them."""

    def __init__(self, answering: Answering[T], listening: socket.socket) -> None:
        self._answering = answering
        self._listening = listening
        self._workers: list[_Worker] = []
        self._due: list[float] = []
        """When another is to begin."""
        self._pause = FIRST_PAUSE

    def go(self, count: int, *, ending: Connection, began: Callable[[T], None]) -> None:
        """Has so many answer until there is something to read in `ending`."""
        for _ in range(count):
            self._begin()
        have_begun = False
        while True:
            patience = max(0.0, self._due[0] - monotonic()) if self._due else None
            heard = wait([ending, *(worker.words for worker in self._workers)], patience)
            if ending in heard:
                ending.recv_bytes()
                return
            for worker in [one for one in self._workers if one.words in heard]:
                word = worker.word()
                if not isinstance(word, _Began):
                    self._lose(worker, word, at_first=not have_begun)
                    continue
                worker.has_begun, self._pause = True, FIRST_PAUSE
                if not have_begun and all(one.has_begun for one in self._workers):
                    have_begun = True
                    began(cast("_Began[T]", word).told)
            while self._due and self._due[0] <= monotonic():
                self._due.pop(0)
                self._begin()

    def end(self, ending: Connection) -> None:
        """Asks all to end, and waits until they have; not any longer where that is asked again."""
        for worker in self._workers:
            worker.process.terminate()
        while left := [worker.process for worker in self._workers if worker.process.is_alive()]:
            if ending in wait([ending, *(process.sentinel for process in left)]):
                ending.recv_bytes()
                for process in left:
                    process.kill()
        for worker in self._workers:
            worker.bury()

    def _begin(self) -> None:
        ours, theirs = Pipe()
        process = get_context("spawn").Process(
            target=_work, args=(self._answering, self._listening, theirs), name="kith-worker"
        )
        with _held_back(signal.SIGINT):
            process.start()
        theirs.close()
        self._workers.append(_Worker(process, ours))

    def _lose(self, worker: _Worker, word: Any, *, at_first: bool) -> None:
        self._workers.remove(worker)
        worker.bury()
        reason = (
            word
            if isinstance(word, KithError)
            else KithError(f"a worker ended with {worker.process.exitcode}; what it wrote above may say why")
        )
        if at_first:
            raise reason
        log.error("a worker is gone, another begins in %.1f s: %s", self._pause, reason)
        self._due.append(monotonic() + self._pause)
        self._pause = min(2 * self._pause, LONGEST_PAUSE)


def run_workers(answering: Answering[T], listening: socket.socket, *, workers: int, began: Callable[[T], None]) -> None:
    """Has so many processes answer until SIGTERM or SIGINT. `began` hears when all do.

    One that dies is begun again. Where one of the first cannot begin, all end, and its error is raised here.
    """
    crew = _Crew(answering, listening)
    with _counted_together(), _asked_to_end() as ending:
        try:
            crew.go(workers, ending=ending, began=began)
        finally:
            crew.end(ending)


def _work(answering: Answering[T], listening: socket.socket, words: Connection) -> None:
    """What a worker does, from its start to its end."""
    threading.Thread(target=_end_with_parent, args=(words,), name="kith-parent", daemon=True).start()
    try:
        answering(listening, lambda told: words.send(_Began(told)))
    except KithError as error:
        with suppress(OSError):
            words.send(error)


def _end_with_parent(words: Connection) -> None:
    """Nobody begins this one again, or ends it, when whoever began it is gone."""
    with suppress(EOFError, OSError):
        words.recv()
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _held_back(number: signal.Signals) -> Generator[None]:
    """What is begun meanwhile never hears of this signal: a terminal sends it to all, and the parent tells them."""
    if sys.platform == "win32":
        yield
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})


@contextmanager
def _counted_together() -> Generator[None]:
    """What workers count is told by each as one sum."""
    with TemporaryDirectory(prefix="kith-metrics-") as folder:
        os.environ[SHARED] = folder
        try:
            yield
        finally:
            del os.environ[SHARED]


@contextmanager
def _asked_to_end() -> Generator[Connection]:
    """Where something can be read once somebody asked this process to end."""
    ours, theirs = Pipe(duplex=False)

    def ask(_number: int, _frame: FrameType | None) -> None:
        theirs.send_bytes(b"!")

    with ExitStack() as stack:
        stack.callback(ours.close)
        stack.callback(theirs.close)
        for number in (signal.SIGINT, signal.SIGTERM):
            stack.callback(signal.signal, number, signal.signal(number, ask))
        yield ours
