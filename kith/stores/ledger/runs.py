"""Runs, their stages, their events, and what they turned away."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, select, tuple_, update

from kith.persona.identity import Json, canonical, content_digest
from kith.stores.ledger import progress, rejected
from kith.stores.ledger.again import again
from kith.stores.ledger.engine import Database, chunks, iso, milliseconds
from kith.stores.ledger.tables import pipeline_runs, pipeline_stages, run_events
from kith.stores.ledger_port import RejectionRow, RunRow, RunStatus, RunTotals, StageRow

__all__ = ["SqlRuns"]


class SqlRuns:
    """The ledger's `Runs`. An event that is recorded twice stands once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, run_id: str, tenant: str) -> None:
        with self._database.write() as connection:
            connection.execute(
                self._database.insert_new(pipeline_runs).values(
                    run_id=run_id,
                    tenant=tenant,
                    status="running",
                    started_at=iso(self._database.now()),
                    read=0,
                    accepted=0,
                    duplicate=0,
                    rejected=0,
                    batches=0,
                    sources_unchanged=0,
                    next_sequence=0,
                )
            )

    def finish(
        self, run_id: str, status: RunStatus, *, stages: Sequence[StageRow], error: str | None, sources_unchanged: int
    ) -> None:
        with self._database.write() as connection:
            connection.execute(
                update(pipeline_runs)
                .where(pipeline_runs.c.run_id == run_id)
                .values(
                    status=status,
                    finished_at=iso(self._database.now()),
                    error=error,
                    sources_unchanged=sources_unchanged,
                )
            )
            connection.execute(delete(pipeline_stages).where(pipeline_stages.c.run_id == run_id))
            if stages:
                rows = [_stage_fields(run_id, place, stage) for place, stage in enumerate(stages)]
                connection.execute(pipeline_stages.insert(), rows)
            progress.drop_waiting(connection, run_id)

    def abandon(self, *, older: int | None = None) -> list[str]:
        runs = pipeline_runs.c
        query = select(runs.run_id).where(runs.status == "running").order_by(runs.started_at, runs.run_id)
        if older is not None:
            query = query.where(runs.started_at <= iso(self._database.now() - older))
        with self._database.write() as connection:
            left = list(connection.execute(query).scalars())
            for run_id in left:
                ended = {"status": "abandoned", "finished_at": iso(self._database.now())}
                connection.execute(update(pipeline_runs).where(runs.run_id == run_id).values(ended))
                progress.drop_waiting(connection, run_id)
            return left

    def get(self, run_id: str) -> RunRow | None:
        with self._database.read() as connection:
            return next(iter(_runs(connection, pipeline_runs.c.run_id == run_id, limit=1)), None)

    def latest(self, tenant: str, *, before: str | None = None, limit: int = 20) -> list[RunRow]:
        runs = pipeline_runs.c
        own = runs.tenant == tenant
        with self._database.read() as connection:
            if before is None:
                return _runs(connection, own, limit=limit)
            started = connection.execute(select(runs.started_at).where(own, runs.run_id == before)).scalar_one_or_none()
            if started is None:
                return []
            return _runs(connection, own, tuple_(runs.started_at, runs.run_id) < (started, before), limit=limit)

    def totals(self) -> RunTotals:
        runs, stages = pipeline_runs.c, pipeline_stages.c
        counted = (runs.accepted, runs.duplicate, runs.rejected, runs.batches)
        sums = (func.sum(column).label(column.name) for column in counted)
        by_status = select(runs.status, func.count().label("runs"), *sums).group_by(runs.status)
        by_stage = select(stages.stage, func.sum(stages.record_count), func.sum(stages.seconds)).group_by(stages.stage)
        with self._database.read() as connection:
            found = connection.execute(by_status).all()
            done = connection.execute(by_stage).all()
        # PostgreSQL's sums of whole numbers are decimals.
        return RunTotals(
            runs={row.status: row.runs for row in found},
            accepted=int(sum(row.accepted for row in found)),
            duplicate=int(sum(row.duplicate for row in found)),
            rejected=int(sum(row.rejected for row in found)),
            batches=int(sum(row.batches for row in found)),
            records={stage: int(records) for stage, records, _ in done},
            seconds={stage: seconds for stage, _, seconds in done},
        )

    def rejections(
        self,
        tenant: str,
        *,
        run_id: str | None = None,
        code: str | None = None,
        user_id: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> list[RejectionRow]:
        with self._database.read() as connection:
            return rejected.some(
                connection, tenant, run_id=run_id, code=code, user_id=user_id, after=after, limit=limit
            )

    def rejection(self, tenant: str, rejection_id: str) -> RejectionRow | None:
        with self._database.read() as connection:
            return rejected.one(connection, tenant, rejection_id)

    @again
    def drop_rejections(self, tenant: str, ids: Sequence[str]) -> int:
        if not ids:
            return 0
        with self._database.write() as connection:
            return rejected.drop(connection, tenant, ids)

    def rejection_counts(self, tenant: str, run_id: str | None = None) -> dict[str, int]:
        with self._database.read() as connection:
            return rejected.counts(connection, tenant, run_id)

    def record_event(self, run_id: str, event: Mapping[str, Json]) -> None:
        kept = dict(event)
        events = run_events.c
        of_run = select(func.coalesce(func.max(events.place), -1) + 1).where(events.run_id == run_id)
        with self._database.write() as connection:
            place = connection.execute(of_run).scalar_one()
            row = {"run_id": run_id, "digest": content_digest(kept), "place": place, "event": canonical(kept)}
            connection.execute(self._database.insert_new(run_events).values(row))

    def events(self, run_id: str) -> list[dict[str, Json]]:
        query = select(run_events.c.event).where(run_events.c.run_id == run_id)
        with self._database.read() as connection:
            in_order = query.order_by(run_events.c.place, run_events.c.digest)
            return [json.loads(event) for event in connection.execute(in_order).scalars()]


def _stage_fields(run_id: str, place: int, stage: StageRow) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "place": place,
        "stage": stage.stage,
        "record_count": stage.records,
        "seconds": stage.seconds,
        "status": stage.status,
        "started_at": iso(stage.started_at),
        "finished_at": iso(stage.finished_at),
    }


def _runs(connection: Connection, *which: ColumnElement[bool], limit: int) -> list[RunRow]:
    query = select(pipeline_runs).where(*which)
    newest = query.order_by(pipeline_runs.c.started_at.desc(), pipeline_runs.c.run_id.desc()).limit(limit)
    rows = connection.execute(newest).all()
    stages = _stages(connection, [row.run_id for row in rows])
    return [
        RunRow(
            run_id=row.run_id,
            tenant=row.tenant,
            status=row.status,
            started_at=milliseconds(row.started_at),
            finished_at=None if row.finished_at is None else milliseconds(row.finished_at),
            read=row.read,
            accepted=row.accepted,
            duplicate=row.duplicate,
            rejected=row.rejected,
            batches=row.batches,
            error=row.error,
            sources_unchanged=row.sources_unchanged,
            stages=tuple(stages[row.run_id]),
        )
        for row in rows
    ]


def _stages(connection: Connection, run_ids: Sequence[str]) -> dict[str, list[StageRow]]:
    stages: dict[str, list[StageRow]] = defaultdict(list)
    for some in chunks(run_ids):
        query = select(pipeline_stages).where(pipeline_stages.c.run_id.in_(some)).order_by(pipeline_stages.c.place)
        for row in connection.execute(query):
            stages[row.run_id].append(
                StageRow(
                    stage=row.stage,
                    records=row.record_count,
                    seconds=row.seconds,
                    status=row.status,
                    started_at=milliseconds(row.started_at),
                    finished_at=milliseconds(row.finished_at),
                )
            )
    return stages
