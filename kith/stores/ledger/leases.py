"""Who may write for which shard, by the table of leases."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Update, and_, or_, select, true, update

from kith.stores.errors import LeaseLost
from kith.stores.ledger.engine import Database
from kith.stores.ledger.tables import leases, secrets
from kith.stores.ledger_port import Lease

__all__ = ["SqlLeases", "hold"]

AGREED = "shards"
"""Under what the number stands that all agree on, beside the secrets."""


class _NotAll(Exception):
    """Undoes a taking that got some of the shards only."""


class SqlLeases:
    """The ledger's `Leases`.

    On a server they run out by the server's clock, so that machines whose clocks differ agree; unless the ledger was
    opened with a clock.
    """

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
        now = self._database.moment()
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
                    "expires_at": now + new.length,
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
                connection.execute(_update(_locked(connection, _ours(lease))).values(holder=None, expires_at=0))

    def free_all(self) -> None:
        with self._database.write() as connection:
            connection.execute(_update(_locked(connection, true())).values(holder=None, expires_at=0))

    def agree(self, shards: int) -> int:
        with self._database.write() as connection:
            said = self._database.insert_new(secrets).values(name=AGREED, value=str(shards))
            connection.execute(said)
            return int(connection.execute(select(secrets.c.value).where(secrets.c.name == AGREED)).scalar_one())

    def holders(self) -> dict[int, str]:
        held = select(leases.c.shard, leases.c.holder).where(
            leases.c.holder.is_not(None), leases.c.expires_at > self._database.moment()
        )
        with self._database.read() as connection:
            return {row.shard: row.holder for row in connection.execute(held.order_by(leases.c.shard))}


def hold(connection: Connection, lease: Lease, database: Database) -> None:
    """Proves in this transaction that all of the lease is still ours, and pushes its expiry out again."""
    if not lease.epochs:
        return
    ours = _locked(connection, _ours(lease))
    if len(ours) != len(lease.epochs):
        raise LeaseLost(
            f"{lease.holder!r} does not hold all of the shards {sorted(lease.epochs)!r} any more: take the lease again "
            "and look again at what was begun under it."
        )
    connection.execute(_update(ours).values(expires_at=database.moment() + leases.c.length))


def _locked(connection: Connection, which: ColumnElement[bool]) -> list[int]:
    """The shards of these rows, which nobody else may change until the transaction ends.

    Everybody locks them by ascending shard, `take` too: so two who want the same ones wait, and never for each other.
    """
    query = select(leases.c.shard).where(which).order_by(leases.c.shard).with_for_update()
    return list(connection.execute(query).scalars())


def _update(shards: Sequence[int]) -> Update:
    return update(leases).where(leases.c.shard.in_(shards))


def _ours(lease: Lease) -> ColumnElement[bool]:
    return or_(
        *(
            and_(leases.c.shard == shard, leases.c.holder == lease.holder, leases.c.epoch == epoch)
            for shard, epoch in lease.epochs.items()
        )
    )
