"""Runs: what became of each, how far one has come, its log; starting one with files that are sent, and ending one."""

import tarfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Literal, TypeAlias

from pydantic import TypeAdapter, ValidationError

from kith.dashboard.data.asking import Api, path_of
from kith.dashboard.data.overview import RunLine
from kith.dashboard.data.reading import Missing, Unanswered, reading

__all__ = [
    "AFTER",
    "STEPS",
    "Begun",
    "Cancelled",
    "Outcome",
    "Progress",
    "Run",
    "Sent",
    "Stage",
    "StepDone",
    "begin_run",
    "cancel_run",
    "log_of",
    "progress_of",
    "run_of",
    "steps_of",
]

AFTER: Mapping[str, tuple[str, ...]] = {
    "ingest": (),
    "validate": ("ingest",),
    "known?": ("validate",),
    "embed": ("known?",),
    "extract": ("embed",),
    "lease": ("extract",),
    "dedupe": ("lease",),
    "documents": ("dedupe",),
    "vectors": ("documents",),
    "evidence": ("documents",),
    "names": ("evidence",),
    "graph": ("evidence",),
    "sweep": ("graph", "names", "vectors"),
    "commit": ("sweep",),
    "publish": ("commit",),
}
"""The steps of a run, and those that each comes after. The API tells their names alone."""
STEPS: Mapping[str, str] = {
    "ingest": "reads records from the sources",
    "validate": "turns records into messages, and rejects what is none",
    "known?": "drops what was delivered before, to spare the models",
    "embed": "has the model make a vector of each message",
    "extract": "reads things, facts, intents and relations out of the words",
    "lease": "makes this writer the only one of these people",
    "dedupe": "looks once more for what was delivered before, now that nobody else writes",
    "documents": "writes the messages down: the record that all else can be made from",
    "vectors": "writes the vectors, to search by meaning and by words",
    "evidence": "writes what the messages taught into the ledger",
    "names": "writes the vectors of the things that are named",
    "graph": "sets the ties of these people to what the ledger holds",
    "sweep": "takes away what an earlier version of a message left behind",
    "commit": "puts it all on record at once: from here on it counts",
    "publish": "tells the cache whose answers are out of date",
}
"""What each of them does."""
TAR = "application/x-tar"
PIECE = 256 * 1024
LISTENED = 0.5
"""Seconds for which progress is listened to while more and more of it comes."""

Outcome: TypeAlias = Literal["succeeded", "failed", "interrupted", "idle", "working", "waiting", "unknown"]


@dataclass(frozen=True, slots=True)
class Stage:
    """What one step of a run did, on record when the run is over."""

    name: str
    records: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Run(RunLine):
    """One run. `codes`: how many records were rejected for what."""

    sources_unchanged: int
    stages: tuple[Stage, ...]
    codes: Mapping[str, int]

    @property
    def over(self) -> bool:
        return self.status not in ("waiting", "running")


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step as it is shown. `seconds`: None while the run is at work, and where it was never reached."""

    name: str
    records: int
    seconds: float | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come: records that each step is done with, and which share of the input was read."""

    steps: Mapping[str, int]
    share: float | None

    @property
    def done(self) -> float | None:
        """Which share of the input is committed, reckoned by records: reading is ahead of that. None: not known."""
        read = self.steps.get("ingest", 0)
        return self.share * min(self.steps.get("commit", 0) / read, 1.0) if self.share is not None and read else None


@dataclass(frozen=True, slots=True)
class Sent:
    """A file to send: what it is called, and its bytes."""

    name: str
    size: int
    stream: BinaryIO


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that will be. `ahead`: how many jobs come before it."""

    run_id: str
    ahead: int


@dataclass(frozen=True, slots=True)
class Cancelled:
    """That a run was asked to end. `running`: it was not over yet, and finishes the batch in flight."""

    run_id: str
    running: bool


@dataclass(frozen=True, slots=True)
class _Pulse:
    step: str
    read: int
    share: float | None


PULSE = TypeAdapter(_Pulse)


@reading
def run_of(api: Api, run_id: str) -> Run:
    """How it stands."""
    return api.get(path_of("runs", run_id), Run)


@reading
def log_of(api: Api, run_id: str) -> str:
    """What happened, a line each."""
    return api.text(path_of("runs", run_id, "log"))


@reading
def cancel_run(api: Api, run_id: str) -> Cancelled:
    """Has it end after the batch in flight."""
    return api.post(path_of("runs", run_id, "cancel"), Cancelled)


@reading
def begin_run(api: Api, files: Sequence[Sent], *, full: bool = False, max_rejected: float = 0.05) -> Begun:
    """Sends files to be taken in, several as one archive. Under the same name, a file that has grown is read on from
    where it ended, unless it is to be read in `full`."""
    asked = {"full": full, "max_rejected": max_rejected}
    if len(files) == 1:
        body, form = _pieces(files[0]), "application/octet-stream"
        asked |= {"source": files[0].name}
    else:
        body, form = _packed(files), TAR
    return api.read(Begun, api.send("POST", "runs", parameters=asked, content=body, form=form))


def _pieces(file: Sent) -> Iterator[bytes]:
    file.stream.seek(0)
    while piece := file.stream.read(PIECE):
        yield piece


def _packed(files: Sequence[Sent]) -> Iterator[bytes]:
    for file in files:
        head = tarfile.TarInfo(file.name)
        head.size = file.size
        yield head.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
        yield from _pieces(file)
        yield bytes(-file.size % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


@reading
def progress_of(api: Api, run_id: str) -> Progress:
    """How far it has come, by its events: all sums so far come first, so that nobody need have listened before."""
    steps: dict[str, int] = {}
    share: float | None = None
    with api.lines(path_of("runs", run_id, "events")) as lines:
        until = time.monotonic() + LISTENED
        for pulse in _pulses(lines):
            steps[pulse.step] = steps.get(pulse.step, 0) + pulse.read
            share = pulse.share if share is None else max(share, pulse.share or 0.0)
            if time.monotonic() > until:
                break
    return Progress(steps, share)


def _pulses(lines: Iterator[str]) -> Iterator[_Pulse]:
    """Pulses, until the run is over or there is nothing new for a moment, which a comment says."""
    event = ""
    for line in lines:
        field, _, told = line.partition(": ")
        if line.startswith(":") or (field == "event" and told == "done"):
            return
        if field == "event":
            event = told
        elif field == "data" and event == "pulse":
            try:
                yield PULSE.validate_json(told)
            except ValidationError:
                raise Unanswered(Missing("too_old", "The events of this run cannot be read.")) from None


def steps_of(
    run: Run, *, outcomes: Mapping[str, Outcome] | None = None, progress: Progress | None = None
) -> tuple[StepDone, ...]:
    """All steps in their order. `outcomes`: how each ended, where the ledger told; `progress`: while it is at work."""
    heard: Mapping[str, int] = {} if progress is None else progress.steps
    done = {one.name: one for one in run.stages}
    names = [*AFTER, *(name for name in (*done, *heard) if name not in AFTER)]
    return tuple(_step(run, name, done.get(name), outcomes, heard.get(name, 0)) for name in dict.fromkeys(names))


def _step(run: Run, name: str, stage: Stage | None, outcomes: Mapping[str, Outcome] | None, heard: int) -> StepDone:
    if stage is None:
        outcome: Outcome = "unknown" if run.over else "working" if heard else "waiting"
        return StepDone(name, heard, None, outcome)
    return StepDone(name, stage.records, stage.seconds, _outcome(run, stage, outcomes))


def _outcome(run: Run, stage: Stage, outcomes: Mapping[str, Outcome] | None) -> Outcome:
    told: Outcome = "succeeded" if run.status == "succeeded" else "unknown"
    if outcomes is not None:
        told = outcomes.get(stage.name, told)
    # A step that was never reached is on record as if it had gone well.
    return "idle" if not stage.seconds and not stage.records and told in ("succeeded", "unknown") else told
