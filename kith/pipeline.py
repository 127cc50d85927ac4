"""The pipeline as a library: `run_pipeline` and its companions, which the commands use too."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeAlias, cast

from kith.etl.anomalies import Anomaly, find_anomalies
from kith.etl.batch import Batch
from kith.etl.catalogue import Loaded, load_campaigns
from kith.etl.llm_extraction import LlmReport
from kith.etl.running import Intake, RunOptions
from kith.etl.sources import open_sources, read_campaigns, records_source
from kith.etl.steps import validate
from kith.etl.summary import RunSummary
from kith.etl.trace import Pulse
from kith.persona.errors import BadInput
from kith.persona.identity import Json
from kith.persona.model import Campaign, Rejection
from kith.persona.records import FieldNames, parse_campaign
from kith.settings import Settings, load_settings
from kith.wiring import App, open_app

__all__ = [
    "Checked",
    "Done",
    "Options",
    "Pulses",
    "Record",
    "Source",
    "all_campaigns",
    "anomalies_of",
    "detect_anomalies",
    "dry_run_paths",
    "get_pipeline_run_summary",
    "load_campaign_files",
    "run_paths",
    "run_pipeline",
]

OnePath: TypeAlias = str | os.PathLike[str]
Record: TypeAlias = Mapping[str, object]
"""What JSON can say, and dates."""
Source: TypeAlias = OnePath | Iterable[OnePath] | Iterable[Record]
Pulses: TypeAlias = Callable[[Callable[[], float | None]], AbstractContextManager[Callable[[Pulse], None] | None]]
"""Given a way to ask which share of the bytes has been read: what is told of each step (None: nothing is)."""
PATH = (str, os.PathLike)
EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class Options:
    """How to read and run."""

    batch_size: int = 256
    max_rejected: float = 0.05
    full: bool = False
    limit: int | None = None
    names: FieldNames = field(default_factory=lambda: FieldNames.from_options([]))

    def for_tenant(self, tenant: str) -> RunOptions:
        """As the runner has them."""
        return RunOptions(
            tenant=tenant,
            batch_size=self.batch_size,
            max_rejected=self.max_rejected,
            limit=self.limit,
            names=self.names,
        )


@dataclass(frozen=True, slots=True)
class Done:
    """A run, and the campaigns that were found beside its sources."""

    summary: RunSummary
    campaigns: Loaded
    person: str | None = None
    """Somebody whom the stores know, to be looked at."""
    llm: LlmReport | None = None

    def as_json(self) -> dict[str, Json]:
        """The run's shape, with the campaigns, and what a language model was asked where one is set."""
        asked: dict[str, Json] = {} if self.llm is None else {"llm": self.llm.as_json()}
        return {**self.summary.as_json(), "campaigns": self.campaigns.as_json(), **asked}


def _unwatched(_share: Callable[[], float | None]) -> AbstractContextManager[None]:
    return nullcontext()


def run_paths(
    paths: Sequence[str],
    settings: Settings,
    options: Options,
    *,
    command: str,
    stop: threading.Event | None = None,
    say: Callable[[str], None] = lambda _: None,
    pulses: Pulses = _unwatched,
) -> Done:
    """Takes in files, and any campaigns that lie in the same folders. `say` is told what is done before the run."""
    say("opening the stores")
    with open_app(settings, command=command, create=True) as app:
        ledger = app.stores.ledger
        sources = open_sources(
            paths, known=lambda source: ledger.batches.mark(settings.tenant, source), full=options.full
        )
        if sources.campaign_paths:
            say("taking campaigns in")
        loaded = _load(app, sources.campaign_paths)

        def share() -> float | None:
            return sources.bytes_read / sources.total_bytes if sources.total_bytes else None

        with pulses(share) as pulse:
            summary = _run(app, sources, options, stop=stop, pulse=pulse)
        people = ledger.evidence.users(settings.tenant, limit=1)
        return Done(summary, loaded, person=people[0] if people else None, llm=app.llm)


def _run(
    app: App,
    intake: Intake,
    options: Options,
    *,
    stop: threading.Event | None = None,
    pulse: Callable[[Pulse], None] | None = None,
) -> RunSummary:
    return app.runner().run(intake, options.for_tenant(app.settings.tenant), stop=stop, pulse=pulse)


def _load(app: App, paths: Sequence[str]) -> Loaded:
    writer = app.writer()
    loaded = Loaded()
    for path in paths:
        loaded += load_campaigns(writer, app.settings.tenant, read_campaigns(path), clock=app.clock)
    return loaded


@dataclass(frozen=True, slots=True)
class Checked:
    """What a dry run found. Of the rejections, the first few."""

    read: int
    accepted: int
    codes: Mapping[str, int]
    examples: Sequence[Rejection]
    campaigns: Loaded

    @property
    def rejected(self) -> int:
        return self.read - self.accepted

    @property
    def share_rejected(self) -> float:
        """Of what was read; 0 where nothing was."""
        return self.rejected / self.read if self.read else 0.0

    def as_json(self) -> dict[str, Json]:
        """By name."""
        examples: list[Json] = [
            {"code": r.code, "detail": r.detail, "source": r.source, "position": r.position} for r in self.examples
        ]
        return {
            "dry_run": True,
            "read": self.read,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "codes": dict(self.codes),
            "examples": examples,
            "campaigns": self.campaigns.as_json(),
        }


def dry_run_paths(paths: Sequence[str], settings: Settings, options: Options) -> Checked:
    """Reads and checks, and opens no store."""
    sources = open_sources(paths, known=lambda _: None, full=True)
    codes: Counter[str] = Counter()
    examples: list[Rejection] = []
    read = accepted = 0
    for some in sources.batches(options.batch_size, limit=options.limit):
        batch = Batch(run_id="", tenant=settings.tenant, sequence=0, raws=tuple(some.records))
        checked = validate(batch, names=options.names)
        read += len(some.records)
        accepted += len(checked.candidates)
        codes.update(rejection.code for rejection in checked.rejections)
        examples += checked.rejections[: EXAMPLES - len(examples)]
    campaigns = _check_campaigns(sources.campaign_paths, settings.tenant)
    return Checked(read, accepted, dict(sorted(codes.items())), examples, campaigns)


def _check_campaigns(paths: Sequence[str], tenant: str) -> Loaded:
    parsed = [parse_campaign(raw, tenant=tenant) for path in paths for raw in read_campaigns(path)]
    rejections = tuple(one for one in parsed if isinstance(one, Rejection))
    return Loaded(len(parsed), len(parsed) - len(rejections), 0, rejections)


def load_campaign_files(paths: Sequence[str], settings: Settings, *, command: str) -> Loaded:
    """Takes campaigns in from files."""
    for path in paths:
        if not os.path.exists(path):
            raise BadInput(f"{path!r} does not exist; check the path.")
    with open_app(settings, command=command, create=True) as app:
        return _load(app, paths)


def all_campaigns(settings: Settings, *, command: str) -> list[Campaign]:
    """Every campaign of the tenant, by id."""
    found: list[Campaign] = []
    with open_app(settings, command=command) as app:
        after: str | None = None
        while page := app.stores.documents.scan_campaigns(settings.tenant, after=after):
            found += page
            after = page[-1].campaign_id
    return found


def anomalies_of(settings: Settings, *, command: str) -> list[Anomaly]:
    """What needs attention in runs and stores."""
    with open_app(settings, command=command) as app:
        return find_anomalies(app.stores, settings.tenant, extractor=app.tools.extractor.version)


def run_pipeline(
    source: Source,
    *,
    home: str | os.PathLike[str] | None = None,
    tenant: str | None = None,
    embedder: str | None = None,
    options: Options | None = None,
) -> RunSummary:
    """Takes in files, or any iterable of records, on the stores that the settings name; keywords go before settings.

    Raises a `KithError` that says what to do where the run fails: whatever was committed stays.
    """
    settings = load_settings(home=home, tenant=tenant, embedder=embedder)
    options = options or Options()
    given = _paths_or_records(source)
    if isinstance(given, list):
        return run_paths(given, settings, options, command="run_pipeline").summary
    with open_app(settings, command="run_pipeline", create=True) as app:
        return _run(app, records_source(given), options)


def _paths_or_records(source: object) -> list[str] | Iterator[object]:
    """A list of paths, or the records; what they are is told by the first of them."""
    if isinstance(source, PATH):
        return [_path(cast("object", source))]
    if isinstance(source, Mapping):
        raise BadInput("run_pipeline was given a mapping: wrap one record, or one conversation, in a list")
    if isinstance(source, bytes | bytearray) or not isinstance(source, Iterable):
        raise BadInput(
            f"run_pipeline was given {type(source).__name__}: give a path, a list of paths, or an iterable of records"
        )
    rest = iter(cast("Iterable[object]", source))
    for first in rest:
        whole = chain([first], rest)
        return [_path(one) for one in whole] if isinstance(first, PATH) else whole
    return iter(())


def _path(one: object) -> str:
    if isinstance(one, PATH):
        return os.fsdecode(cast("OnePath", one))
    raise BadInput(
        f"run_pipeline was given paths and {type(one).__name__} in one list: take them in one after the other"
    )


def get_pipeline_run_summary(
    run_id: str | None = None, *, home: str | os.PathLike[str] | None = None, tenant: str | None = None
) -> RunSummary | None:
    """A run by its id, or the latest; None where there is none. Opens no store but the ledger, to read."""
    from kith.looking import reports_of

    settings = load_settings(home=home, tenant=tenant)
    with reports_of(settings) as reports:
        if run_id is not None:
            run = reports.run(run_id)
        else:
            run = next(iter(reports.latest_runs(settings.tenant, limit=1)), None)
    return None if run is None else RunSummary.of(run)


def detect_anomalies(*, home: str | os.PathLike[str] | None = None, tenant: str | None = None) -> list[Anomaly]:
    """What needs attention in runs and stores, each with the reason and the command that helps."""
    return anomalies_of(load_settings(home=home, tenant=tenant), command="detect_anomalies")
