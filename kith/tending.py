"""What the commands that keep and mend the stores do: each opens the stores, works, and closes them."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kith.etl.integrity import Integrity, Verdict
from kith.etl.people import Forgetter, Receipt, export_person
from kith.etl.profiles import nobody
from kith.etl.repairing import Rebuildable, Repaired, Repairs
from kith.etl.upkeep import Remade, Replayed, rebuild, rejection_json, replay
from kith.looking import reports_of
from kith.persona.errors import BadInput
from kith.persona.identity import Json
from kith.persona.records import FieldNames
from kith.settings import Settings
from kith.wiring import open_app

__all__ = [
    "Remade",
    "Replayed",
    "Turned",
    "admit_person",
    "export_lines",
    "forget_person",
    "list_rejections",
    "nobody",
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


def rebuild_store(settings: Settings, what: Rebuildable, *, command: str, tick: Tick) -> Remade:
    """Works a store out again.

    Vectors and graph begin anew, and so for every tenant: all of them share one model, and one file.
    """
    with open_app(settings, command=command, new_vectors=what == "vectors", new_graph=what == "graph") as app:
        tenants = [settings.tenant] if what == "evidence" else app.stores.documents.tenants()
        return rebuild(app.writer(), what, tenants=tenants, tick=tick)


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
        raise nobody(settings.tenant, user_id)


@dataclass(frozen=True, slots=True)
class Turned:
    """Some of the rejections, and where the next ones begin."""

    items: tuple[dict[str, Json], ...]
    next: str | None
    total: int


def list_rejections(
    settings: Settings, *, run_id: str | None, code: str | None, after: str | None, limit: int
) -> Turned:
    """Rejections on record, by id."""
    with reports_of(settings) as reports:
        found = reports.rejections(settings.tenant, run_id=run_id, code=code, after=after, limit=limit)
        total = sum(reports.rejection_summary(settings.tenant, run_id).values())
    return Turned(tuple(rejection_json(row) for row in found), found[-1].id if len(found) == limit else None, total)


def show_rejection(settings: Settings, rejection_id: str) -> dict[str, Json]:
    """One rejection with the record as it was read."""
    with reports_of(settings) as reports:
        row = reports.rejection(settings.tenant, rejection_id)
    if row is None:
        raise BadInput(f"there is no rejection {rejection_id!r}: see `kith rejections list`")
    return rejection_json(row) | {"raw": row.rejection.raw}


def replay_rejections(settings: Settings, ids: Sequence[str], *, names: FieldNames, command: str) -> Replayed:
    """Takes rejected records in again, each under its own source and position. What goes through leaves the list."""
    with open_app(settings, command=command) as app:
        return replay(app.runner(), app.stores.ledger.runs, ids, tenant=settings.tenant, names=names)
