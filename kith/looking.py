"""Questions about what is there. Most are asked of the ledger, read-only, beside whoever is at work."""

import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from kith import __version__
from kith.etl.lineage import MessageLineage, lineage_of
from kith.etl.summary import RunSummary, run_json
from kith.persona.errors import BadInput, KithError
from kith.persona.identity import Json
from kith.settings import Settings
from kith.stores.owner import Owner, read_owner
from kith.stores.ports import StoreCard
from kith.stores.reports import Reports, open_reports
from kith.wiring import open_app

__all__ = ["Finding", "Status", "examine", "latest_runs", "lineage_of_key", "reports_of", "run_of", "status_of"]


def reports_of(settings: Settings) -> Reports:
    """The ledger, to read beside whoever writes."""
    path = settings.path_of("ledger_url", "ledger.db")
    if not path.exists():
        raise BadInput(f"nothing has been stored under {str(settings.home)!r} yet: begin with `kith run FILE`")
    return open_reports(f"sqlite:///{path}")


@dataclass(frozen=True, slots=True)
class Status:
    """What is there, who holds it, and what ran lately."""

    tenant: str
    owner: Owner | None
    counts: Mapping[str, int]
    runs: tuple[RunSummary, ...]

    def as_json(self) -> dict[str, Json]:
        """By name; the owner without the token."""
        owner: Json = None
        if self.owner is not None:
            owner = {"pid": self.owner.pid, "command": self.owner.command, "started_at": self.owner.started_at}
        return {
            "tenant": self.tenant,
            "owner": owner,
            "counts": dict(self.counts),
            "runs": [run.as_json() for run in self.runs],
        }


def status_of(settings: Settings) -> Status:
    """What the ledger holds, the latest runs, and who holds the stores now."""
    with reports_of(settings) as reports:
        runs = tuple(RunSummary.of(run) for run in reports.latest_runs(settings.tenant, limit=10))
        return Status(settings.tenant, read_owner(settings.home), reports.totals(settings.tenant), runs)


def latest_runs(settings: Settings, *, limit: int) -> list[dict[str, Json]]:
    """Newest first."""
    with reports_of(settings) as reports:
        return [run_json(run) for run in reports.latest_runs(settings.tenant, limit=limit)]


def run_of(settings: Settings, run_id: str) -> RunSummary:
    """One run by its id."""
    with reports_of(settings) as reports:
        run = reports.run(run_id)
    if run is None:
        raise BadInput(f"there is no run {run_id!r}: see `kith runs list`")
    return RunSummary.of(run)


def lineage_of_key(settings: Settings, key: str, *, command: str) -> MessageLineage:
    """Where a message came from, and what came of it."""
    with open_app(settings, command=command) as app:
        found = lineage_of(app.stores.ledger, settings.tenant, key)
    if found is None:
        raise BadInput(f"no message with the key {key!r} was ever taken in for tenant {settings.tenant!r}")
    return found


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
    findings = [Finding("kith", True, f"{__version__} on {machine}"), _disk(settings), _model(settings)]
    owner = read_owner(settings.home)
    if owner is not None:
        detail = f"held by process {owner.pid} ({owner.command}) since {owner.started_at}; its stores were not opened"
        return [*findings, Finding("lock", True, detail)]
    findings.append(Finding("lock", True, "free"))
    if not settings.path_of("ledger_url", "ledger.db").exists():
        return [*findings, Finding("stores", True, "not made yet: `kith run` makes them")]
    try:
        with open_app(settings, command=command) as app:
            stores = app.stores
            cards: dict[str, StoreCard] = {
                "documents": stores.documents.card(),
                "vectors": stores.vectors.card(),
                "graph": stores.graph.card(),
                "ledger": stores.ledger.card(),
                "cache": stores.cache.card(),
            }
            held = stores.vectors.model()
    except KithError as problem:
        return [*findings, Finding("stores", False, str(problem))]
    findings += [Finding(name, True, f"{c.kind} {c.version}, {c.where}") for name, c in cards.items()]
    return [*findings, Finding("vectors' model", True, f"{held.name}, {held.dimension} dimensions, {held.digest[:12]}")]


def _disk(settings: Settings) -> Finding:
    place = settings.home if settings.home.exists() else settings.home.absolute().parent
    free = shutil.disk_usage(place).free
    return Finding("disk", free > 1 << 30, f"{free / (1 << 30):,.1f} GiB free at {str(place)!r}")


def _model(settings: Settings) -> Finding:
    from kith.etl.encoders import card_of

    try:
        card = card_of(settings.embedder, home=settings.home)
    except KithError as problem:
        return Finding("model", False, str(problem))
    return Finding("model", True, f"{card.name}, {card.dimension} dimensions, {card.digest[:12]}")
