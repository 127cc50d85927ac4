"""What the commands that keep and mend the stores do: each opens the stores, works, and closes them."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kith.etl.integrity import Integrity, Verdict
from kith.etl.people import Forgetter, Receipt, export_person
from kith.etl.relearning import Changes
from kith.etl.repairing import Rebuildable, Repaired, Repairs
from kith.etl.replay import Replay, can_replay
from kith.etl.running import RunOptions
from kith.looking import reports_of
from kith.persona.errors import BadInput
from kith.persona.identity import Json
from kith.persona.records import FieldNames
from kith.persona.time import iso
from kith.settings import Settings
from kith.stores.ledger_port import RejectionRow, Runs
from kith.wiring import open_app

__all__ = [
    "Remade",
    "Replayed",
    "Turned",
    "admit_person",
    "export_lines",
    "forget_person",
    "list_rejections",
    "rebuild_store",
    "repair_stores",
    "replay_rejections",
    "show_rejection",
    "verify_stores",
]

Tick = Callable[[int], None]


def verify_stores(settings: Settings, *, command: str, tick: Tick) -> Verdict:
    """Whether the stores agree."""
    with open_app(settings, command=command) as app:
        return Integrity(app.stores, tenant=settings.tenant, tick=tick).verify()


def repair_stores(settings: Settings, *, command: str, tick: Tick) -> Repaired:
    """Makes them agree."""
    with open_app(settings, command=command) as app:
        return Repairs(app.writer(), tenant=settings.tenant, tick=tick).repair()


@dataclass(frozen=True, slots=True)
class Remade:
    """A store worked out again, for one tenant or all: messages or people gone through, and what evidence learned."""

    what: Rebuildable
    through: int
    changes: Changes | None = None

    def as_json(self) -> dict[str, Json]:
        """For `--json`."""
        made: dict[str, Json] = {"rebuilt": self.what, "count": self.through}
        if self.changes is not None:
            made["changed"] = self.changes.messages
            made["changes"] = [one.as_json() for one in self.changes.counted()]
            made["facts"] = [one.as_json() for one in self.changes.facts]
        return made


def rebuild_store(settings: Settings, what: Rebuildable, *, command: str, tick: Tick) -> Remade:
    """Works a store out again.

    Vectors and graph begin anew, and so for every tenant: all of them share one model, and one file.
    """
    with open_app(settings, command=command, new_vectors=what == "vectors", new_graph=what == "graph") as app:
        if what == "evidence":
            done = Repairs(app.writer(), tenant=settings.tenant, tick=tick).rebuild(what)
            return Remade(what, done.through, done.changes)
        tenants = app.stores.documents.tenants()
        repairs = [Repairs(app.writer(), tenant=tenant, tick=tick) for tenant in tenants]
        return Remade(what, sum(one.rebuild(what).through for one in repairs))


def forget_person(settings: Settings, user_id: str, *, command: str) -> Receipt:
    """Forgets a person."""
    with open_app(settings, command=command) as app:
        return Forgetter(app.writer(), clock=app.clock).forget(settings.tenant, user_id)


def admit_person(settings: Settings, user_id: str, *, command: str) -> bool:
    """Lets a forgotten person in again."""
    with open_app(settings, command=command) as app:
        return app.stores.ledger.people.admit(settings.tenant, user_id)


def export_lines(settings: Settings, user_id: str, *, command: str) -> Iterator[str]:
    """Everything held about a person, a line at a time."""
    with open_app(settings, command=command) as app:
        known = False
        for record in export_person(app.stores, settings.tenant, user_id):
            known = True
            yield json.dumps(record, ensure_ascii=False)
    if not known:
        raise BadInput(f"nobody knows {user_id!r} in tenant {settings.tenant!r}")


@dataclass(frozen=True, slots=True)
class Turned:
    """Some of the rejections, and where the next ones begin."""

    items: tuple[dict[str, Json], ...]
    next: str | None
    total: int


def _row(row: RejectionRow) -> dict[str, Json]:
    rejection = row.rejection
    return {
        "id": row.id,
        "run_id": row.run_id,
        "rejected_at": iso(row.rejected_at),
        "code": rejection.code,
        "detail": rejection.detail,
        "source": rejection.source,
        "position": rejection.position,
    }


def list_rejections(
    settings: Settings, *, run_id: str | None, code: str | None, after: str | None, limit: int
) -> Turned:
    """Rejections on record, by id."""
    with reports_of(settings) as reports:
        found = reports.rejections(settings.tenant, run_id=run_id, code=code, after=after, limit=limit)
        total = sum(reports.rejection_summary(settings.tenant, run_id).values())
    return Turned(tuple(_row(row) for row in found), found[-1].id if len(found) == limit else None, total)


def show_rejection(settings: Settings, rejection_id: str) -> dict[str, Json]:
    """One rejection with the record as it was read."""
    with reports_of(settings) as reports:
        row = reports.rejection(settings.tenant, rejection_id)
    if row is None:
        raise BadInput(f"there is no rejection {rejection_id!r}: see `kith rejections list`")
    return _row(row) | {"raw": row.rejection.raw}


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of rejections that were tried again."""

    replayed: int
    accepted: int
    rejected: int
    cut: int


def replay_rejections(settings: Settings, ids: Sequence[str], *, names: FieldNames, command: str) -> Replayed:
    """Takes rejected records in again, each under its own source and position. What goes through leaves the list."""
    with open_app(settings, command=command) as app:
        runs, tenant = app.stores.ledger.runs, settings.tenant
        rows = _named(runs, tenant, ids) if ids else _all_rejections(runs, tenant)
        whole = [row for row in rows if can_replay(row.rejection)]
        intake = Replay([row.rejection for row in whole])
        options = RunOptions(tenant=tenant, names=names, max_rejected=1.0)
        summary = app.runner().run(intake, options)
        again = {row.id for row in _all_rejections(runs, tenant) if row.run_id == summary.run_id}
        through = [row.id for row in whole if row.id not in again]
        runs.drop_rejections(tenant, through)
    return Replayed(len(whole), len(through), len(whole) - len(through), len(rows) - len(whole))


def _named(runs: Runs, tenant: str, ids: Sequence[str]) -> list[RejectionRow]:
    found: list[RejectionRow] = []
    for rejection_id in ids:
        row = runs.rejection(tenant, rejection_id)
        if row is None:
            raise BadInput(f"there is no rejection {rejection_id!r}: see `kith rejections list`")
        found.append(row)
    return found


def _all_rejections(runs: Runs, tenant: str) -> list[RejectionRow]:
    found: list[RejectionRow] = []
    after: str | None = None
    while page := runs.rejections(tenant, after=after, limit=1000):
        found += page
        after = page[-1].id
    return found
