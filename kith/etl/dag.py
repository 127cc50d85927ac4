"""A small directed graph of named steps: independent steps run in parallel, and the graph draws itself."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Generic, TypeVar

from kith.etl.trace import Trace

__all__ = ["Dag", "Step", "run_step"]

B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Step(Generic[B]):
    """A plain function from a batch to a batch, and the steps it comes after.

    It is handed what the first of those gave; for the others it merely waits.
    """

    name: str
    run: Callable[[B], B]
    after: tuple[str, ...] = ()
    size: Callable[[B], tuple[int, int]] | None = None
    """Of its input: how many records the step deals with, and how many were read for it."""


def run_step(step: Step[B], batch: B, trace: Trace) -> B:
    """One step over one batch, on record."""
    with trace.step(step.name) as count:
        if step.size is not None:
            count(*step.size(batch))
        return step.run(batch)


class Dag(Generic[B]):
    """Steps in an order in which each follows all that it comes after."""

    def __init__(self, steps: Sequence[Step[B]]) -> None:
        self._steps: Mapping[str, Step[B]] = {step.name: step for step in steps}
        if len(self._steps) != len(steps):
            raise ValueError("two steps have the same name")
        unknown = {name for step in steps for name in step.after} - self._steps.keys()
        if unknown:
            raise ValueError(f"steps come after others that are not there: {sorted(unknown)!r}")
        try:
            order = tuple(self._sorter().static_order())
        except CycleError as cycle:
            raise ValueError(f"steps go round in a circle: {cycle.args[1]!r}") from cycle
        followed = {name for step in steps for name in step.after}
        ends = [name for name in order if name not in followed]
        if len(ends) != 1:
            raise ValueError(f"a graph of steps needs one end, and has {ends!r}")
        self.order = order
        self._end = ends[0]
        self._wide = any(len(step.after) > 1 for step in steps)

    def _sorter(self) -> TopologicalSorter[str]:
        return TopologicalSorter({step.name: step.after for step in self._steps.values()})

    def run(self, batch: B, trace: Trace) -> B:
        """Takes a batch through all steps. The first error ends it, once the steps under way are done."""
        if not self._wide:
            for name in self.order:
                batch = run_step(self._steps[name], batch, trace)
            return batch
        return self._parallel(batch, trace)

    def _parallel(self, batch: B, trace: Trace) -> B:
        sorter = self._sorter()
        sorter.prepare()
        given: dict[str, B] = {}
        running: dict[Future[B], str] = {}
        with ThreadPoolExecutor(max_workers=4, thread_name_prefix="kith-step") as pool:
            while sorter.is_active():
                ready = sorter.get_ready()
                if len(ready) == 1 and not running:  # nothing beside it: no thread needed
                    given[ready[0]] = run_step(self._steps[ready[0]], self._input(ready[0], batch, given), trace)
                    sorter.done(ready[0])
                    continue
                for name in ready:
                    step = self._steps[name]
                    running[pool.submit(run_step, step, self._input(name, batch, given), trace)] = name
                for done in wait(running, return_when=FIRST_COMPLETED).done:
                    name = running.pop(done)
                    given[name] = done.result()
                    sorter.done(name)
        return given[self._end]

    def _input(self, name: str, batch: B, given: Mapping[str, B]) -> B:
        after = self._steps[name].after
        return given[after[0]] if after else batch

    def mermaid(self) -> str:
        """The graph as a Mermaid flowchart."""
        lines = ["flowchart LR"]
        for name in self.order:
            lines += [f"    {before} --> {name}" for before in self._steps[name].after]
        return "\n".join(lines)
