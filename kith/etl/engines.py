"""Engines move batches through steps; they know no store. `LocalEngine`: a bounded pipeline of threads."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

__all__ = ["Engine", "LocalEngine"]

B = TypeVar("B")


class Engine(Protocol):
    """Takes every batch through every step, each step seeing the batches in order."""

    def run(self, batches: Iterator[B], steps: Sequence[Callable[[B], B]], *, stop: threading.Event) -> None:
        """Returns when all is done, or, once `stop` is set, when the batch in the last step is. Raises the first
        error of a step, after the others have ended. Ctrl-C sets `stop`; where it is set already, ends at once."""
        ...


class _Channel(Generic[B]):
    """A bounded queue between two steps that can be ended by its writer, or cut by anybody."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held: deque[B] = deque()
        self._ended = False
        self._cut = False
        self._changed = threading.Condition()

    def put(self, batch: B) -> bool:
        """Waits for room. False where the channel was cut: nobody will take anything any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._cut or len(self._held) < self._size)
            if self._cut:
                return False
            self._held.append(batch)
            self._changed.notify_all()
            return True

    def __iter__(self) -> Iterator[B]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._cut or self._held or self._ended)
                if self._cut or not self._held:
                    return
                batch = self._held.popleft()
                self._changed.notify_all()
            yield batch

    def end(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def cut(self) -> None:
        with self._changed:
            self._cut = True
            self._held.clear()
            self._changed.notify_all()


class LocalEngine:
    """A thread per step and `ahead` batches waiting before each, so that memory is bounded by their number."""

    def __init__(self, *, ahead: int = 2) -> None:
        self._ahead = ahead

    def run(self, batches: Iterator[B], steps: Sequence[Callable[[B], B]], *, stop: threading.Event) -> None:
        """See `Engine.run`."""
        channels = [_Channel[B](self._ahead) for _ in steps]
        errors: list[BaseException] = []

        def fail(error: BaseException) -> None:
            errors.append(error)
            for channel in channels:
                channel.cut()

        pumps = [_Pump(batches, None, channels[0], stop, fail)]
        outputs = [*channels[1:], None]
        pumps += [
            _Pump(given, step, out, stop, fail) for given, step, out in zip(channels, steps, outputs, strict=True)
        ]
        threads = [
            threading.Thread(target=pump.run, name=f"kith-pump-{n}", daemon=True) for n, pump in enumerate(pumps)
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except BaseException:  # Ctrl-C: whoever called must not close the stores under a batch in flight
            asked = stop.is_set()
            stop.set()
            for channel in channels:
                channel.cut()
            for thread in () if asked else threads:
                thread.join()
            raise
        if errors:
            raise errors[0]


@dataclass(frozen=True, slots=True)
class _Pump(Generic[B]):
    """Takes batches from `inputs` through one step to `output`, until there are no more or somebody ends it."""

    inputs: Iterable[B]
    step: Callable[[B], B] | None
    output: _Channel[B] | None
    stop: threading.Event
    fail: Callable[[BaseException], None]

    def run(self) -> None:
        try:
            for batch in self.inputs:
                if self.stop.is_set():
                    break
                out = batch if self.step is None else self.step(batch)
                if self.output is not None and not self.output.put(out):
                    break
        except BaseException as error:  # raised again by the thread that called the engine
            self.fail(error)
        if isinstance(self.inputs, _Channel):
            self.inputs.cut()
        if self.output is not None:
            self.output.end()
