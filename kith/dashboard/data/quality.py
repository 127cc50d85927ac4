"""What was turned away and why, trying it again, and whether every record that was read is accounted for."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kith.dashboard.data.asking import Api, path_of
from kith.dashboard.data.history import Ledger
from kith.dashboard.data.jobs import Job, JobId
from kith.dashboard.data.overview import RunLine, Runs
from kith.dashboard.data.reading import Missing, Unanswered, reading

__all__ = [
    "MOST",
    "MOST_AGAIN",
    "MOST_RUNS",
    "FromSource",
    "Rejected",
    "Rejections",
    "Tally",
    "TriedAgain",
    "WholeRejected",
    "adds_up",
    "all_runs",
    "by_source",
    "counted",
    "rejected",
    "rejections",
    "tally_of",
    "tried_again",
    "try_again",
    "try_all_again",
]

PAGE = 1000
MOST = 1000
"""Rejections that are listed."""
MOST_RUNS = 5000
"""Runs that are counted together, the latest."""
MOST_AGAIN = 10_000
"""Rejections that are tried again at a time."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that was turned away: where it stands, and why."""

    id: str
    run_id: str
    rejected_at: str
    code: str
    detail: str
    source: str
    position: str


@dataclass(frozen=True, slots=True)
class WholeRejected(Rejected):
    """With the record as it was read; empty where nothing was kept of it."""

    raw: str


@dataclass(frozen=True, slots=True)
class Rejections:
    """Some of them, by id; `next` says that there are more."""

    items: tuple[Rejected, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class FromSource:
    """How many records of one source were turned away for what, the most frequent first."""

    source: str
    codes: tuple[tuple[str, int], ...]

    @property
    def records(self) -> int:
        return sum(number for _, number in self.codes)


@dataclass(frozen=True, slots=True)
class Tally:
    """What went into some runs, and what came of it."""

    runs: int
    read: int
    accepted: int
    duplicate: int
    rejected: int

    @property
    def lost(self) -> int:
        """Records that were read and of which nothing is said; below zero: more came out than went in."""
        return self.read - self.accepted - self.duplicate - self.rejected


@dataclass(frozen=True, slots=True)
class TriedAgain:
    """What became of rejections that were tried again. `cut`: of these too little was kept to try them."""

    replayed: int
    accepted: int
    rejected: int
    cut: int


@reading
def rejections(api: Api, *, code: str | None = None, run: str | None = None) -> Rejections:
    """What stands on the list: the first `MOST`, of all, of one code, of one run."""
    return api.get("rejections", Rejections, code=code, run=run, limit=MOST)


@reading
def rejected(api: Api, rejection_id: str) -> WholeRejected:
    """One of them with the record as it was read."""
    return api.get(path_of("rejections", rejection_id), WholeRejected)


@reading
def by_source(ledger: Ledger) -> tuple[FromSource, ...]:
    """All that stands on the list, by source and code; the source with the most records first."""
    with ledger.opened() as reports:
        found = reports.provenance.turned_away(ledger.tenant)
    return _grouped({(one.source, one.code): one.records for one in found})


def counted(listed: Iterable[Rejected]) -> tuple[FromSource, ...]:
    """The same, of those that are listed: for where no ledger is at hand."""
    return _grouped(Counter((one.source, one.code) for one in listed))


def _grouped(numbers: Mapping[tuple[str, str], int]) -> tuple[FromSource, ...]:
    codes: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for (source, code), number in sorted(numbers.items(), key=lambda one: (-one[1], one[0])):
        codes[source].append((code, number))
    found = (FromSource(source, tuple(of_it)) for source, of_it in codes.items())
    return tuple(sorted(found, key=lambda one: (-one.records, one.source)))


@reading
def all_runs(api: Api) -> Runs:
    """Every run, the newest first; `next` where there are more than `MOST_RUNS`."""
    found: list[RunLine] = []
    following: str | None = None
    while len(found) < MOST_RUNS:
        page = api.get("runs", Runs, limit=PAGE, cursor=following)
        found += page.items
        following = page.next
        if following is None:
            break
    return Runs(tuple(found), following)


def tally_of(runs: Sequence[RunLine]) -> Tally:
    """What these runs read, and what came of it, in all."""
    return Tally(
        runs=len(runs),
        read=sum(run.read for run in runs),
        accepted=sum(run.accepted for run in runs),
        duplicate=sum(run.duplicate for run in runs),
        rejected=sum(run.rejected for run in runs),
    )


def adds_up(run: RunLine) -> bool:
    """Whether every record that a run has read was accepted, a duplicate or rejected."""
    return tally_of([run]).lost == 0


@reading
def try_again(api: Api, ids: Sequence[str], *, fields: Sequence[str] = ()) -> JobId:
    """Has these rejections tried again. `fields`: what fields are called there, as in `message=body`."""
    return _try(api, ids, fields)


@reading
def try_all_again(api: Api, *, code: str | None = None, run: str | None = None, fields: Sequence[str] = ()) -> JobId:
    """Has all of a code, or of a run, tried again, `MOST_AGAIN` at most."""
    ids = [one.id for one, _ in zip(_each(api, code, run), range(MOST_AGAIN), strict=False)]
    return _try(api, ids, fields)


def _each(api: Api, code: str | None, run: str | None) -> Iterator[Rejected]:
    following: str | None = None
    while True:
        page = api.get("rejections", Rejections, code=code, run=run, limit=PAGE, cursor=following)
        yield from page.items
        following = page.next
        if following is None:
            return


def _try(api: Api, ids: Sequence[str], fields: Sequence[str]) -> JobId:
    if not ids:  # to the API, none named means all
        raise Unanswered(Missing("unknown", "There is nothing of the kind on the list to try again."))
    return api.post("rejections/replay", JobId, {"ids": list(ids), "map": list(fields)})


def tried_again(job: Job) -> TriedAgain | None:
    """What came of it; None while it is at work, or where it failed."""
    return None if job.result is None else job.result_as(TriedAgain)
