"""Read-only questions about runs and what was kept: asked beside a pipeline that is writing."""

from contextlib import closing
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from sqlalchemy import func, select

from kith.stores.batch_figures import BatchFigures
from kith.stores.errors import WrongFormat
from kith.stores.figures import Figures
from kith.stores.ledger.copying import refuse_unfinished
from kith.stores.ledger.engine import Database, milliseconds, open_database
from kith.stores.ledger.migrations import NEWEST, format_of
from kith.stores.ledger.runs import SqlRuns
from kith.stores.ledger.tables import (
    api_keys,
    campaign_about,
    deliveries,
    entities,
    evidence_headers,
    mentions,
    open_items,
    pipeline_runs,
    pipeline_stages,
    rejections,
    statements,
    user_engagement,
)
from kith.stores.ledger_port import RejectionRow, RunRow
from kith.stores.provenance import Provenance

__all__ = ["Reports", "StagePast", "open_reports", "where_at"]

COUNTED = {
    "runs": pipeline_runs,
    "rejections": rejections,
    "pending": open_items,
    "mentions": mentions,
    "statements": statements,
    "engagement": user_engagement,
    "entities": entities,
    "campaigns": campaign_about,
}


@dataclass(frozen=True, slots=True)
class StagePast:
    """What one stage did in one run that has ended."""

    run_id: str
    stage: str
    records: int
    seconds: float
    started_at: int


class Reports:
    """Answers from a connection that cannot write. A context manager."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._runs = SqlRuns(database)
        self.figures = Figures(database)
        self.batches = BatchFigures(database)
        self.provenance = Provenance(database)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def latest_runs(self, tenant: str, *, limit: int = 20) -> list[RunRow]:
        """Newest first."""
        return self._runs.latest(tenant, limit=limit)

    def run(self, run_id: str) -> RunRow | None:
        return self._runs.get(run_id)

    def stage_history(self, tenant: str, *, stage: str | None = None, limit: int = 200) -> list[StagePast]:
        """What stages did in the latest runs, newest first; in a run, in their order."""
        s = pipeline_stages.c
        query = (
            select(s.run_id, s.stage, s.record_count, s.seconds, s.started_at)
            .join(pipeline_runs, pipeline_runs.c.run_id == s.run_id)
            .where(pipeline_runs.c.tenant == tenant)
            .order_by(pipeline_runs.c.started_at.desc(), s.run_id.desc(), s.place)
            .limit(limit)
        )
        if stage is not None:
            query = query.where(s.stage == stage)
        with self._database.read() as connection:
            return [
                StagePast(row.run_id, row.stage, row.record_count, row.seconds, milliseconds(row.started_at))
                for row in connection.execute(query)
            ]

    def rejections(
        self,
        tenant: str,
        *,
        run_id: str | None = None,
        code: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> list[RejectionRow]:
        """By ascending id."""
        return self._runs.rejections(tenant, run_id=run_id, code=code, after=after, limit=limit)

    def rejection(self, tenant: str, rejection_id: str) -> RejectionRow | None:
        return self._runs.rejection(tenant, rejection_id)

    def rejection_summary(self, tenant: str, run_id: str | None = None) -> dict[str, int]:
        """How many records were turned away, by code."""
        return self._runs.rejection_counts(tenant, run_id)

    def totals(self, tenant: str) -> dict[str, int]:
        """How much is kept: `people`, `messages`, and rows by what they are; `pending` items stand in open batches."""
        messages = (deliveries.c.tenant == tenant, deliveries.c.kind == "messages")
        people = select(func.count(evidence_headers.c.user_id.distinct())).where(evidence_headers.c.tenant == tenant)
        with self._database.read() as connection:
            counts = {
                name: connection.execute(
                    select(func.count()).select_from(table).where(table.c.tenant == tenant)
                ).scalar_one()
                for name, table in COUNTED.items()
            }
            delivered = select(func.count()).select_from(deliveries).where(*messages)
            return {
                "people": connection.execute(people).scalar_one(),
                "messages": connection.execute(delivered).scalar_one(),
                **counts,
            }

    @property
    def where(self) -> str:
        """Where the ledger is, as its card says."""
        return self._database.where

    def needs_key(self) -> bool:
        """Whether keys were ever made: who asks the API must have one then."""
        with self._database.read() as connection:
            return connection.execute(select(api_keys.c.key_id).limit(1)).first() is not None

    def close(self) -> None:
        self._database.close()


def open_reports(url: str) -> Reports:
    """Opens a ledger that is there, to read only."""
    database = open_database(url, read_only=True)
    try:
        found = format_of(database)
        if found != NEWEST:
            raise WrongFormat(
                f"The ledger at {database.where!r} has format {found}, not {NEWEST}: any command that writes, such as "
                "`kith run`, brings it up to date."
            )
        refuse_unfinished(database)
        return Reports(database)
    except BaseException:
        database.close()
        raise


def where_at(url: str) -> str:
    """Where the ledger at a URL is, as its card says. Nobody is asked: it may be down, or not there."""
    with closing(open_database(url, read_only=True)) as database:
        return database.where
