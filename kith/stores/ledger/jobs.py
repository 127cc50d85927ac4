"""Long work of the API's processes, by the table of jobs."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, select, update

from kith.persona.identity import Json
from kith.stores.jobs_port import JobRow, SeenJob
from kith.stores.ledger.engine import Database
from kith.stores.ledger.tables import jobs

__all__ = ["SqlJobs"]

J = jobs.c
LIVING = J.state != "over"


class SqlJobs:
    """The ledger's `Jobs`. Who has not been heard of is told by the database's clock, where it has one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tell(self, row: JobRow) -> None:
        statement = self._database.insert(jobs).values(
            job_id=row.job_id,
            tenant=row.tenant,
            what=row.what,
            worker=row.worker,
            added_at=row.added_at,
            heard_at=self._database.moment(),
            state=row.state,
            cancelled=0,
            progress=_text(row.progress),
            outcome=_text(row.outcome),
        )
        new = statement.excluded
        told = {name: new[name] for name in ("worker", "added_at", "heard_at", "state", "progress", "outcome")}
        with self._database.write() as connection:
            connection.execute(
                statement.on_conflict_do_update(index_elements=[J.job_id], set_=told, where=J.tenant == new.tenant)
            )

    def still_here(self, worker: str) -> frozenset[str]:
        own = and_(LIVING, J.worker == worker)
        with self._database.write() as connection:
            connection.execute(update(jobs).where(own).values(heard_at=self._database.moment()))
            return frozenset(connection.execute(select(J.job_id).where(own, J.cancelled == 1)).scalars())

    def find(self, tenant: str, job_id: str, *, silence: int) -> SeenJob | None:
        other = jobs.alias()
        ahead = (
            select(func.count())
            .where(other.c.worker == J.worker, other.c.state != "over", other.c.added_at < J.added_at)
            .scalar_subquery()
        )
        query = select(jobs, self._lost(silence).label("lost"), ahead.label("ahead"))
        with self._database.read() as connection:
            row = connection.execute(query.where(J.job_id == job_id, J.tenant == tenant)).one_or_none()
        return None if row is None else SeenJob(_job(row), lost=bool(row.lost), ahead=row.ahead if _waits(row) else 0)

    def cancel(self, tenant: str, job_id: str) -> bool:
        living = and_(J.job_id == job_id, J.tenant == tenant, LIVING)
        with self._database.write() as connection:
            return connection.execute(update(jobs).where(living).values(cancelled=1)).rowcount > 0

    def counts(self, *, silence: int) -> Mapping[str, int]:
        query = select(J.state, func.count()).where(LIVING, ~self._lost(silence)).group_by(J.state)
        with self._database.read() as connection:
            found = {state: count for state, count in connection.execute(query)}
        return {"waiting": found.get("waiting", 0), "running": found.get("running", 0)}

    def lose(self) -> None:
        with self._database.write() as connection:
            connection.execute(update(jobs).where(LIVING).values(heard_at=0))

    def drop_oldest(self, tenant: str, *, keep: int) -> None:
        over = and_(J.tenant == tenant, J.state == "over")
        oldest_kept = (
            select(J.added_at).where(over).order_by(J.added_at.desc()).offset(keep - 1).limit(1).scalar_subquery()
        )
        with self._database.write() as connection:
            connection.execute(delete(jobs).where(over, J.added_at < oldest_kept))

    def _lost(self, silence: int) -> ColumnElement[bool]:
        return and_(LIVING, J.heard_at < self._database.moment() - silence)


def _waits(row: Any) -> bool:
    return row.state == "waiting"


def _text(told: Mapping[str, Json]) -> str:
    return json.dumps(dict(told), separators=(",", ":"))


def _job(row: Any) -> JobRow:
    return JobRow(
        job_id=row.job_id,
        tenant=row.tenant,
        what=row.what,
        worker=row.worker,
        added_at=row.added_at,
        state=row.state,
        progress=json.loads(row.progress),
        outcome=json.loads(row.outcome),
    )
