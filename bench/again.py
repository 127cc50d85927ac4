"""What the same command costs the second time: `kith run` on files that it took in before, from start to end."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.commands import Ran, kith
from bench.figures import Say, columns, dataset, in_turns

__all__ = ["Again", "Run", "measure"]


@dataclass(frozen=True, slots=True)
class Run:
    """One of the commands."""

    seconds: float
    of_the_first: float
    read: int
    accepted: int
    duplicate: int


@dataclass(frozen=True, slots=True)
class Again:
    """What was measured."""

    messages: int
    embedder: str
    rounds: int
    runs: dict[str, Run]

    def table(self) -> str:
        """As people read it."""
        rows = [
            (
                name,
                f"{run.seconds:.1f}",
                f"{run.of_the_first:.2f}",
                f"{run.read:,}",
                f"{run.accepted:,}",
                f"{run.duplicate:,}",
            )
            for name, run in self.runs.items()
        ]
        headings = ("kith run, the whole command", "s", "of the first", "read", "accepted", "duplicate")
        return "\n".join(
            (
                f"{self.messages:,} messages, embedder {self.embedder}, median of {self.rounds} rounds",
                columns(headings, rows),
            )
        )


def measure(*, count: int, rounds: int, say: Say, embedder: str = "default") -> Again:
    """The first run, one on what has not changed, and one that is told to read it all the same."""
    answers: dict[str, Ran] = {}
    with TemporaryDirectory() as folder:
        files = dataset(Path(folder) / "data", messages=count)
        homes: list[Path] = []

        def first() -> float:
            homes.append(Path(folder) / f"home {len(homes)}")
            return again("first")

        def again(name: str, *options: str) -> float:
            ran = kith("run", str(files), *options, home=homes[-1], embedder=embedder, doing=f"{name} run", say=say)
            answers[name] = ran
            return ran.seconds

        # In this order in each round: the second and the third need the first.
        ways: dict[str, Callable[[], float]] = {
            "first": first,
            "unchanged": lambda: again("unchanged"),
            "--full": lambda: again("--full", "--full"),
        }
        seconds = in_turns(ways, rounds=rounds, doing="again", say=say, rotate=False)
    return Again(
        messages=count,
        embedder=embedder,
        rounds=rounds,
        runs={
            name: Run(
                seconds=taken,
                of_the_first=taken / seconds["first"],
                read=_count(answers[name], "read"),
                accepted=_count(answers[name], "accepted"),
                duplicate=_count(answers[name], "duplicate"),
            )
            for name, taken in seconds.items()
        },
    )


def _count(ran: Ran, name: str) -> int:
    found = ran.answer[name]
    assert isinstance(found, int), ran.answer
    return found
