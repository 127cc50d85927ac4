"""Questions about what is there. Most are asked of the ledger, read-only, beside whoever is at work."""

import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from kith import __version__
from kith.etl.lineage import MessageLineage, lineage_of
from kith.etl.summary import RunSummary, run_json
from kith.persona.embedding import ModelCard
from kith.persona.errors import BadInput, KithError
from kith.persona.identity import Json
from kith.settings import Settings
from kith.stores.bundle import Stores
from kith.stores.ledger_port import RunRow
from kith.stores.owner import Owner, read_owner
from kith.stores.ports import StoreCard
from kith.stores.reports import Reports, open_reports
from kith.wiring import check_begun, is_begun, open_app

__all__ = [
    "Finding",
    "Ran",
    "Status",
    "examine",
    "latest_runs",
    "lineage_of_key",
    "never_taken_in",
    "reports_of",
    "run_of",
    "status_of",
]

ENOUGH = 1 << 30
"""Bytes of free disk below which all is not well."""


def reports_of(settings: Settings) -> Reports:
    """The ledger, to read beside whoever writes."""
    check_begun(settings)
    return open_reports(settings.ledger)


@dataclass(frozen=True, slots=True)
class Status:
    """What is there, who holds it, and what ran lately."""

    tenant: str
    home: str
    owner: Owner | None
    counts: Mapping[str, int]
    runs: tuple[RunRow, ...]

    def as_json(self) -> dict[str, Json]:
        """By name; the owner without the token."""
        owner: Json = None
        if self.owner is not None:
            owner = {"pid": self.owner.pid, "command": self.owner.command, "started_at": self.owner.started_at}
        return {
            "tenant": self.tenant,
            "home": self.home,
            "owner": owner,
            "counts": dict(self.counts),
            "runs": [run_json(run) for run in self.runs],
        }


def status_of(settings: Settings) -> Status:
    """What the ledger holds, the latest runs, and who holds the stores now."""
    with reports_of(settings) as reports:
        runs = tuple(reports.latest_runs(settings.tenant, limit=10))
        counts = reports.totals(settings.tenant)
    owner = None if settings.is_shared else read_owner(settings.home)
    return Status(settings.tenant, str(settings.home), owner, counts, runs)


def latest_runs(settings: Settings, *, limit: int) -> list[dict[str, Json]]:
    """Newest first."""
    with reports_of(settings) as reports:
        return [run_json(run) for run in reports.latest_runs(settings.tenant, limit=limit)]


@dataclass(frozen=True, slots=True)
class Ran:
    """One run, and how many of its records were rejected for what."""

    row: RunRow
    codes: Mapping[str, int]

    @property
    def summary(self) -> RunSummary:
        return RunSummary.of(self.row)

    def as_json(self) -> dict[str, Json]:
        """As in the list of runs, with the codes."""
        return {**run_json(self.row), "codes": dict(self.codes)}


def run_of(settings: Settings, run_id: str | None) -> Ran:
    """One run by its id, or the tenant's latest."""
    with reports_of(settings) as reports:
        if run_id is not None:
            row = reports.run(run_id)
        else:
            row = next(iter(reports.latest_runs(settings.tenant, limit=1)), None)
        if row is None:
            raise BadInput(
                f"nothing has run yet for tenant {settings.tenant!r}"
                if run_id is None
                else f"there is no run {run_id!r}: see `kith runs list`"
            )
        return Ran(row, reports.rejection_summary(row.tenant, row.run_id))


def lineage_of_key(settings: Settings, key: str, *, command: str) -> MessageLineage:
    """Where a message came from, and what came of it."""
    with open_app(settings, command=command) as app:
        found = lineage_of(app.stores.ledger, settings.tenant, key)
    if found is None:
        raise never_taken_in(settings, key)
    return found


def never_taken_in(settings: Settings, key: str) -> BadInput:
    """That nobody knows a message."""
    return BadInput(f"no message with the key {key!r} was ever taken in for tenant {settings.tenant!r}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the doctor looked at."""

    subject: str
    ok: bool
    detail: str

    def as_json(self) -> dict[str, Json]:
        """By name."""
        return {"subject": self.subject, "ok": self.ok, "detail": self.detail}


def examine(settings: Settings, *, command: str) -> list[Finding]:
    """Everything that a working Kith needs, each with what was found."""
    machine = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    model, card = _model(settings)
    findings = [Finding("kith", True, f"{__version__} on {machine}"), _disk(settings), model]
    if not settings.is_shared:
        try:
            owner = read_owner(settings.home)
        except KithError as problem:
            return [*findings, Finding("lock", False, str(problem))]
        if owner is not None:
            detail = (
                f"held by process {owner.pid} ({owner.command}) since {owner.started_at}; its stores were not opened"
            )
            return [*findings, Finding("lock", True, detail)]
        findings.append(Finding("lock", True, "free"))
    if not is_begun(settings):
        return [*findings, Finding("stores", True, "not made yet: `kith run` makes them")]
    try:
        with open_app(settings, command=command) as app:
            return [*findings, *_stores(app.stores, card)]
    except KithError as problem:
        return [*findings, Finding("stores", False, str(problem))]


def _disk(settings: Settings) -> Finding:
    home = settings.home.absolute()
    place = next(folder for folder in (home, *home.parents) if folder.is_dir())
    free = shutil.disk_usage(place).free
    return Finding("disk", free > ENOUGH, f"{free / (1 << 30):,.1f} GiB free at {str(place)!r}")


def _model(settings: Settings) -> tuple[Finding, ModelCard | None]:
    from kith.etl.encoders import card_of

    try:
        card = card_of(settings.embedder, home=settings.home)
    except KithError as problem:
        return Finding("model", False, str(problem)), None
    return Finding("model", True, _told(card)), card


def _told(card: ModelCard) -> str:
    return f"{card.name}, {card.dimension} dimensions, {card.digest[:12]}"


def _stores(stores: Stores, wanted: ModelCard | None) -> list[Finding]:
    """What each store says of itself, and whether the vectors are of the model that is set."""
    cards: dict[str, StoreCard] = {
        "documents": stores.documents.card(),
        "vectors": stores.vectors.card(),
        "graph": stores.graph.card(),
        "ledger": stores.ledger.card(),
        "cache": stores.cache.card(),
    }
    found = [Finding(name, True, f"{card.kind} {card.version}, {card.where}") for name, card in cards.items()]
    held = stores.vectors.model()
    if wanted in (None, held):
        return [*found, Finding("vectors' model", True, _told(held))]
    remedy = "not the model that is set: set KITH_EMBEDDER back, or run `kith rebuild vectors`"
    return [*found, Finding("vectors' model", False, f"{_told(held)}: {remedy}")]
