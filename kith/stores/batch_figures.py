"""What stands in the ledger of each batch of a run: for who reads beside a pipeline that is writing."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, func, select

from kith.stores.ledger.engine import Database, chunks
from kith.stores.ledger.tables import (
    deliveries,
    intents,
    mentions,
    open_batches,
    open_items,
    relations,
    statements,
    user_engagement,
)

__all__ = ["BatchFigure", "BatchFigures", "OpenFigure"]

LEARNED = (mentions, statements, intents, relations, user_engagement)
"""What was learned of a message, by its key."""


@dataclass(frozen=True, slots=True)
class BatchFigure:
    """A committed batch: how many messages stand under it, of how many people, and when it was committed.

    What came again later with other words stands under the later batch, and what was deleted under none.
    """

    batch_id: str
    messages: int
    people: int
    committed_at: int


@dataclass(frozen=True, slots=True)
class OpenFigure:
    """A batch that was begun and not committed yet: how many keys it names."""

    batch_id: str
    keys: int
    opened_at: int


class BatchFigures:
    """Questions about the batches of one tenant's run."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def committed(self, tenant: str, run_id: str) -> list[BatchFigure]:
        """Batches of which messages stand, in the order in which they were committed. Looks at all deliveries."""
        d = deliveries.c
        at = func.max(d.committed_at)
        query = (
            select(d.batch_id, func.count(), func.count(d.user_id.distinct()), at)
            .where(d.tenant == tenant, d.kind == "messages", d.run_id == run_id)
            .group_by(d.batch_id)
            .order_by(at, d.batch_id)
        )
        with self._database.read() as connection:
            return [BatchFigure(*row) for row in connection.execute(query)]

    def learned(self, tenant: str, run_id: str, batch_ids: Sequence[str]) -> dict[str, int]:
        """How much the messages of these batches taught: rows of evidence, by batch. Looks at all deliveries."""
        d = deliveries.c
        rows = _rows_of(LEARNED[0])
        for table in LEARNED[1:]:
            rows = rows + _rows_of(table)
        found = dict.fromkeys(batch_ids, 0)
        with self._database.read() as connection:
            for some in chunks(batch_ids):
                query = (
                    select(d.batch_id, func.sum(rows))
                    .where(d.tenant == tenant, d.kind == "messages", d.run_id == run_id, d.batch_id.in_(some))
                    .group_by(d.batch_id)
                )
                # PostgreSQL sums up to a decimal.
                found |= {batch_id: int(taught) for batch_id, taught in connection.execute(query)}
        return found

    def opened(self, tenant: str, run_id: str) -> list[OpenFigure]:
        """Batches that were begun and not committed, the oldest first."""
        b, i = open_batches.c, open_items.c
        query = (
            select(b.batch_id, func.count(i.key), b.opened_at)
            .join(open_items, (i.batch_id == b.batch_id) & (i.holder == b.holder), isouter=True)
            .where(b.tenant == tenant, b.run_id == run_id)
            .group_by(b.batch_id, b.holder, b.opened_at)
            .order_by(b.opened_at, b.batch_id, b.holder)
        )
        with self._database.read() as connection:
            return [OpenFigure(*row) for row in connection.execute(query)]


def _rows_of(table: Table) -> ColumnElement[int]:
    """How many rows of a table one delivered message taught: found by its key, so that deliveries are read once."""
    d, t = deliveries.c, table.c
    of_message = (t.message_key == d.key, t.tenant == d.tenant)
    return select(func.count()).select_from(table).where(*of_message).correlate(deliveries).scalar_subquery()
