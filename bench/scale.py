"""How time and memory grow with what is stored: `kith run` and `kith verify`, hashing embedder and plain extractor.

Those take next to no time: what is left is what the pipeline and its stores take. Each command runs in a
process of its own, so that peaks of memory don't mix.
"""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from bench.commands import Ran, kith
from bench.figures import Say, columns, dataset
from kith.persona.identity import Json

__all__ = ["Memory", "Scale", "Size", "measure"]


@dataclass(frozen=True, slots=True)
class Memory:
    """The most that was resident, as was seen from outside each tenth of a second."""

    own_mb: float
    vector_store_mb: float
    together_mb: float


@dataclass(frozen=True, slots=True)
class Size:
    """So many messages through both commands."""

    messages: int
    seconds: float
    messages_per_second: float
    steps: dict[str, float]
    """Seconds by step. They add up to more than the whole: steps run beside each other."""
    run_memory: Memory
    verify_seconds: float
    verify_memory: Memory
    stored_mb: float


@dataclass(frozen=True, slots=True)
class Scale:
    """What was measured."""

    sizes: list[Size]

    def table(self) -> str:
        """As people read it."""
        headings = ["", *(f"{size.messages:,} messages" for size in self.sizes)]
        overall = [
            ("run, s", [f"{size.seconds:.1f}" for size in self.sizes]),
            ("run, messages/s", [f"{size.messages_per_second:,.0f}" for size in self.sizes]),
            ("run, peak MB: kith", [f"{size.run_memory.own_mb:.0f}" for size in self.sizes]),
            ("run, peak MB: vector store", [f"{size.run_memory.vector_store_mb:.0f}" for size in self.sizes]),
            ("run, peak MB: together", [f"{size.run_memory.together_mb:.0f}" for size in self.sizes]),
            ("verify, s", [f"{size.verify_seconds:.1f}" for size in self.sizes]),
            ("verify, peak MB: kith", [f"{size.verify_memory.own_mb:.0f}" for size in self.sizes]),
            ("verify, peak MB: vector store", [f"{size.verify_memory.vector_store_mb:.0f}" for size in self.sizes]),
            ("on disk, MB", [f"{size.stored_mb:.0f}" for size in self.sizes]),
        ]
        steps = [(name, [self._per_thousand(size, name) for size in self.sizes]) for name in self.sizes[0].steps]
        return "\n".join(
            (
                columns(headings, [(name, *cells) for name, cells in overall]),
                "",
                "steps, ms for 1,000 messages; they run beside each other",
                columns(headings, [(name, *cells) for name, cells in steps]),
            )
        )

    def _per_thousand(self, size: Size, step: str) -> str:
        return f"{size.steps[step] * 1e6 / size.messages:.0f}"


def measure(*, sizes: list[int], say: Say) -> Scale:
    """Each size in stores of its own."""
    return Scale([_size(count, say=say) for count in sizes])


def _size(count: int, *, say: Say) -> Size:
    with TemporaryDirectory() as folder:
        say(f"{count:,} messages: making them")
        files, home = dataset(Path(folder) / "data", messages=count), Path(folder) / "home"
        run = kith("run", str(files), home=home, embedder="hash", doing=f"run, {count:,} messages", say=say)
        verified = kith("verify", home=home, embedder="hash", doing=f"verify, {count:,} messages", say=say)
        assert run.answer["accepted"] == count, run.answer
        assert verified.answer["ok"] is True, verified.answer
        seconds = cast("float", run.answer["seconds"])
        stages = cast("list[dict[str, Json]]", run.answer["stages"])
        return Size(
            messages=count,
            seconds=seconds,
            messages_per_second=count / seconds,
            steps={str(stage["name"]): cast("float", stage["seconds"]) for stage in stages},
            run_memory=_memory(run),
            verify_seconds=verified.seconds,
            verify_memory=_memory(verified),
            stored_mb=sum(file.stat().st_size for file in home.rglob("*") if file.is_file()) / 1e6,
        )


def _memory(ran: Ran) -> Memory:
    return Memory(ran.own_mb, ran.children_mb, ran.together_mb)
