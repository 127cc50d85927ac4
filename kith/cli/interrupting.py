"""The first Ctrl-C asks the batch in flight to be the last; the second ends at once, and the next run mends."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType

__all__ = ["FINISHING", "interruptible"]

FINISHING = "finishing the batch in flight (Ctrl-C again to end at once)"
STDERR = 2


@contextmanager
def interruptible(*, told: bool) -> Generator[threading.Event]:
    """An event that is set by the first Ctrl-C or SIGTERM. `told`: say so, where nothing else on the screen does."""
    stop = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        if told:
            # Not through `sys.stderr`: the signal may have come in the middle of one of its writes.
            with suppress(OSError):
                os.write(STDERR, f"kith: {FINISHING}\n".encode())

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
