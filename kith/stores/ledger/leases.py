"""Who may write for which shard, by the table of leases."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from kith.stores.errors import LeaseLost
from kith.stores.ledger.engine import Database
from kith.stores.ledger.tables import leases
from kith.stores.ledger_port import Lease

__all__ = ["SqlLeases", "hold"]


class _NotAll(Exception):
    """Undoes a taking that got some of the shards only."""


class SqlLeases:
    """The ledger's `Leases`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, shards: Sequence[int], *, holder: str, seconds: float) -> Lease | None:
        wanted = sorted(set(shards))
        if not wanted:
            return Lease(holder, {})
        try:
            with self._database.write() as connection:
                return self._take(connection, wanted, holder, int(seconds * 1000))
        except _NotAll:
            return None

    def _take(self, connection: Connection, shards: list[int], holder: str, length: int) -> Lease:
        now = self._database.now()
        row = {"holder": holder, "epoch": 1, "length": length, "expires_at": now + length}
        statement = self._database.insert(leases).values([{"shard": shard, **row} for shard in shards])
        new = statement.excluded
        # One statement decides and takes: two takers at once can't both see a shard free.
        taken = connection.execute(
            statement.on_conflict_do_update(
                index_elements=[leases.c.shard],
                set_={
                    "holder": new.holder,
                    "epoch": leases.c.epoch + 1,
                    "length": new.length,
                    "expires_at": new.expires_at,
                },
                where=or_(leases.c.holder.is_(None), leases.c.holder == holder, leases.c.expires_at <= now),
            ).returning(leases.c.shard, leases.c.epoch)
        ).all()
        if len(taken) < len(shards):
            raise _NotAll
        return Lease(holder, {row.shard: row.epoch for row in taken})

    def release(self, lease: Lease) -> None:
        if lease.epochs:
            with self._database.write() as connection:
                connection.execute(update(leases).where(_ours(lease)).values(holder=None, expires_at=0))

    def free_all(self) -> None:
        with self._database.write() as connection:
            connection.execute(update(leases).values(holder=None, expires_at=0))

    def holders(self) -> dict[int, str]:
        held = select(leases.c.shard, leases.c.holder).where(
            leases.c.holder.is_not(None), leases.c.expires_at > self._database.now()
        )
        with self._database.read() as connection:
            return {row.shard: row.holder for row in connection.execute(held.order_by(leases.c.shard))}


def hold(connection: Connection, lease: Lease, now: int) -> None:
    """Proves in this transaction that all of the lease is still ours, and pushes its expiry out again."""
    if not lease.epochs:
        return
    ours = connection.execute(update(leases).where(_ours(lease)).values(expires_at=now + leases.c.length))
    if ours.rowcount != len(lease.epochs):
        raise LeaseLost(
            f"{lease.holder!r} does not hold all of the shards {sorted(lease.epochs)!r} any more: take the lease again "
            "and look again at what was begun under it."
        )


def _ours(lease: Lease) -> ColumnElement[bool]:
    return or_(
        *(
            and_(leases.c.shard == shard, leases.c.holder == lease.holder, leases.c.epoch == epoch)
            for shard, epoch in lease.epochs.items()
        )
    )
