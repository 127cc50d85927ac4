"""Work on whole stores as commands and the API ask for it: working a store out again, trying rejections again."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kith.etl.relearning import Changes
from kith.etl.repairing import Rebuildable, Repairs
from kith.etl.replay import Replay, can_replay
from kith.etl.running import Runner, RunOptions
from kith.etl.writer import Writer
from kith.persona.errors import BadInput
from kith.persona.identity import Json
from kith.persona.records import FieldNames
from kith.persona.time import iso
from kith.stores.ledger_port import RejectionRow, Runs

__all__ = ["Remade", "Replayed", "rebuild", "rejection_json", "replay"]

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Remade:
    """A store worked out again, for one tenant or all: messages or people gone through, and what evidence learned."""

    what: Rebuildable
    through: int
    changes: Changes | None = None

    def as_json(self) -> dict[str, Json]:
        """For `--json` and the API."""
        made: dict[str, Json] = {"rebuilt": self.what, "count": self.through}
        if self.changes is not None:
            made["changed"] = self.changes.messages
            made["changes"] = [one.as_json() for one in self.changes.counted()]
            made["facts"] = [one.as_json() for one in self.changes.facts]
        return made


def rebuild(writer: Writer, what: Rebuildable, *, tenants: Sequence[str], tick: Callable[[int], None]) -> Remade:
    """Works a store out again for each of these tenants; the evidence is that of one."""
    done = [Repairs(writer, tenant=tenant, tick=tick).rebuild(what) for tenant in tenants]
    return Remade(what, sum(one.through for one in done), done[0].changes if what == "evidence" and done else None)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of rejections that were tried again. `interrupted`: not all were, and all stay on the list."""

    replayed: int
    accepted: int
    rejected: int
    cut: int
    interrupted: bool = False

    def as_json(self) -> dict[str, Json]:
        """For `--json` and the API."""
        return {"replayed": self.replayed, "accepted": self.accepted, "rejected": self.rejected, "cut": self.cut}


def replay(
    runner: Runner,
    runs: Runs,
    ids: Sequence[str],
    *,
    tenant: str,
    names: FieldNames,
    stop: threading.Event | None = None,
) -> Replayed:
    """Takes rejected records in again, each under its own source and position; all, where none is named.

    What goes through leaves the list.
    """
    rows = _named(runs, tenant, ids) if ids else _all(runs, tenant)
    whole = [row for row in rows if can_replay(row.rejection)]
    options = RunOptions(tenant=tenant, names=names, max_rejected=1.0)
    summary = runner.run(Replay([row.rejection for row in whole]), options, stop=stop)
    cut = len(rows) - len(whole)
    if summary.status == "interrupted":
        return Replayed(summary.read, summary.accepted, summary.rejected, cut, interrupted=True)
    again = {row.id for row in _all(runs, tenant, run_id=summary.run_id)}
    through = [row.id for row in whole if row.id not in again]
    runs.drop_rejections(tenant, through)
    return Replayed(len(whole), len(through), len(whole) - len(through), cut)


def _named(runs: Runs, tenant: str, ids: Sequence[str]) -> list[RejectionRow]:
    found: list[RejectionRow] = []
    for rejection_id in ids:
        row = runs.rejection(tenant, rejection_id)
        if row is None:
            raise BadInput(f"there is no rejection {rejection_id!r}: see `kith rejections list`")
        found.append(row)
    return found


def _all(runs: Runs, tenant: str, *, run_id: str | None = None) -> list[RejectionRow]:
    found: list[RejectionRow] = []
    after: str | None = None
    while page := runs.rejections(tenant, run_id=run_id, after=after, limit=PAGE):
        found += page
        after = page[-1].id
    return found


def rejection_json(row: RejectionRow) -> dict[str, Json]:
    """A rejection in a list of them: without the record as it was read."""
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
