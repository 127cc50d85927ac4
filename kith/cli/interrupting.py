"""The first Ctrl-C asks the batch in flight to be the last; the second ends at once, and the next run mends."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType

from kith.cli.failing import ExitCode, Interrupted, answer

__all__ = ["FINISHING", "GO_ON", "interruptible"]

FINISHING = "finishing the batch in flight (Ctrl-C again to end at once)"
GO_ON = "interrupted; run the same command again to go on"
STDOUT, STDERR = 1, 2
SHOW_CURSOR = "\x1b[?25h"


@contextmanager
def interruptible(*, told: bool, as_json: bool) -> Generator[threading.Event]:
    """An event that is set by the first Ctrl-C or SIGTERM. `told`: say so, where nothing else on the screen does."""
    stop = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            _end_at_once(restore=not told, as_json=as_json)
        stop.set()
        if told:
            _write(STDERR, f"kith: {FINISHING}\n")

    before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}
    numbers = [signal.SIGINT, signal.SIGTERM] + ([signal.SIGHUP] if sys.platform != "win32" else [])
    if threading.current_thread() is threading.main_thread():
        # One that is ignored was meant to be: `nohup`, or a job in the background of a script.
        heard = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
        before = {number: signal.signal(number, ask) for number in heard}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_at_once(*, restore: bool, as_json: bool) -> None:
    """Like a crash, after which nothing is lost: nobody waits for threads, and no store is closed under one."""
    _write(STDERR, f"{SHOW_CURSOR if restore else ''}\nkith: {GO_ON}\n")
    if as_json:
        _write(STDOUT, answer(Interrupted(GO_ON)) + "\n")
    os._exit(ExitCode.INTERRUPTED)


def _write(descriptor: int, words: str) -> None:
    """Not through `sys.stderr`: the signal may have come in the middle of one of its writes."""
    with suppress(OSError):
        os.write(descriptor, words.encode())
