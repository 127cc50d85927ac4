"""The batches of a run as the ledger has them: what stands of each, how its steps ended, and how fast it went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kith.dashboard.data.history import Ledger
from kith.dashboard.data.reading import Missing, Unanswered, reading
from kith.dashboard.data.runs import Outcome
from kith.persona.time import iso

__all__ = ["Batch", "Batches", "Commits", "Open", "Throughput", "batches", "rates"]

MOST = 100
"""Batches of which it is told what they taught."""
SPANS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 86_400)
"""Seconds over which a rate is told: the shortest that gives no more bars than are legible."""
BARS = 40


@dataclass(frozen=True, slots=True)
class Batch:
    """A committed batch: how many messages stand under it, of how many people, and how much was learned of them."""

    name: str
    messages: int
    people: int
    learned: int
    committed_at: str


@dataclass(frozen=True, slots=True)
class Open:
    """A batch that was begun and not committed yet."""

    name: str
    messages: int
    opened_at: str


@dataclass(frozen=True, slots=True)
class Commits:
    """When how many messages were committed, from the run's begin to its end; in milliseconds."""

    begun: int
    ended: int
    messages: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Batches:
    """The latest batches of a run under which something stands, in order; `all` counts those that there are.

    `outcomes`: how each step of the run ended.
    """

    items: tuple[Batch, ...]
    all: int
    opened: tuple[Open, ...]
    commits: Commits
    outcomes: Mapping[str, Outcome]


@dataclass(frozen=True, slots=True)
class Throughput:
    """How many messages were committed in a second, between two times in milliseconds."""

    begun: int
    ended: int
    per_second: float


@reading
def batches(ledger: Ledger, run_id: str) -> Batches:
    """What stands of each of its batches. Looks at all that was ever delivered: not to be asked again and again."""
    with ledger.opened() as reports:
        row = reports.run(run_id)
        if row is None or row.tenant != ledger.tenant:
            raise _no_run(run_id)
        found = reports.batches.committed(ledger.tenant, run_id)
        latest = found[-MOST:]
        learned = reports.batches.learned(ledger.tenant, run_id, [one.batch_id for one in latest])
        opened = reports.batches.opened(ledger.tenant, run_id)
    return Batches(
        items=tuple(
            Batch(
                name=_name(one.batch_id, run_id),
                messages=one.messages,
                people=one.people,
                learned=learned[one.batch_id],
                committed_at=iso(one.committed_at),
            )
            for one in latest
        ),
        all=len(found),
        opened=tuple(Open(_name(one.batch_id, run_id), one.keys, iso(one.opened_at)) for one in opened),
        commits=Commits(
            begun=row.started_at,
            ended=max([row.finished_at or row.started_at, *(one.committed_at for one in found)]),
            messages=tuple((one.committed_at, one.messages) for one in found),
        ),
        outcomes={one.stage: one.status for one in row.stages},
    )


def _name(batch_id: str, run_id: str) -> str:
    """Its place in the run, from 1; batches that are no part of one have a name of their own."""
    place = batch_id.removeprefix(f"{run_id}.")
    return str(int(place) + 1) if place.isdecimal() else batch_id


def _no_run(run_id: str) -> Unanswered:
    return Unanswered(Missing("unknown", f"The ledger has no run {run_id!r}.", "It begins when its turn comes."))


def rates(commits: Commits) -> tuple[Throughput, ...]:
    """How fast it went, over spans of one length; none where all of it was over within one."""
    if len(commits.messages) < 2:
        return ()
    return _spread(commits.messages, begun=commits.begun, ended=commits.ended)


def _spread(messages: Sequence[tuple[int, int]], *, begun: int, ended: int) -> tuple[Throughput, ...]:
    lasted = (ended - begun) / 1000
    seconds = next((span for span in SPANS if lasted <= span * BARS), SPANS[-1])
    span = 1000 * seconds
    counted = [0] * max(1, -(-(ended - begun) // span))
    for at, some in messages:
        counted[min(max(at - begun, 0) // span, len(counted) - 1)] += some
    if len(counted) < 2:
        return ()
    return tuple(Throughput(begun + n * span, begun + (n + 1) * span, some / seconds) for n, some in enumerate(counted))
