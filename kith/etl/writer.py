"""One writer: takes the leases of shards, finishes first what others left open there, and gives them back."""

from collections.abc import Callable, Iterable, Sequence

from kith.etl.mending import Mender
from kith.etl.retry import Patience
from kith.persona.identity import shard_of
from kith.stores.errors import Transient
from kith.stores.ledger_port import CATALOGUE, Lease, OpenBatch

__all__ = ["DAY", "Writer"]

DAY = 24 * 60 * 60 * 1000
"""Milliseconds after which whoever left a batch open is taken to be gone, and not merely asleep."""


class Writer:
    """The side of delivery that holds leases. One thread, one writer: `holder` names it among all others."""

    def __init__(
        self,
        mender: Mender,
        *,
        holder: str,
        shards: int,
        clock: Callable[[], int],
        patience: Patience,
        lease_seconds: float = 60.0,
    ) -> None:
        self.mender = mender
        self.stores = mender.stores
        self.holder = holder
        self.patience = patience
        self._shards = shards
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._finished: set[str] = set()
        self.in_hand: str | None = None
        """The batch that this writer is trying to deliver: not left open, and not to be finished by itself."""

    def shards_of(self, tenant: str, user_ids: Iterable[str]) -> list[int]:
        """The shards that these people's writes go through."""
        return sorted({shard_of(tenant, user_id, self._shards) for user_id in user_ids})

    def every_shard(self) -> list[int]:
        """All shards, the catalogue's included."""
        return [CATALOGUE, *range(self._shards)]

    def take(self, shards: Sequence[int], *, alone: bool = False) -> Lease:
        """The lease of these shards, once everybody else has let go, with nothing left open under it.

        `alone`: nobody else is alive who could have left a batch open and come back to it.
        """
        lease: Lease | None = None
        for _ in self.patience.pauses():
            lease = self.stores.ledger.leases.take(shards, holder=self.holder, seconds=self._lease_seconds)
            if lease is not None:
                break
        if lease is None:
            others = {shard: who for shard, who in self.stores.ledger.leases.holders().items() if shard in shards}
            raise Transient(
                f"the write leases {sorted(shards)!r} were not free within {self.patience.seconds:g} s, held by "
                f"{sorted(set(others.values()))!r}: wait until that writer is done, then run the command again"
            )
        try:
            self._recover(lease, shards, alone=alone)
        except BaseException:
            self.release(lease)
            raise
        return lease

    def release(self, lease: Lease) -> None:
        """Gives the lease back."""
        self.stores.ledger.leases.release(lease)

    def _recover(self, lease: Lease, shards: Sequence[int], *, alone: bool) -> None:
        for row in self.stores.ledger.batches.opened(shards):
            if row.batch_id == self.in_hand and row.holder == self.holder:
                continue
            gone = alone or row.holder == self.holder or row.opened_at < self._clock() - DAY
            if gone or row.batch_id not in self._finished:
                self._finish(lease, row, clear=gone)
                self._finished.add(row.batch_id)

    def recover_all(self) -> int:
        """Finishes and clears every open batch: for who opens stores that nobody else writes. How many there were."""
        rows = self.stores.ledger.batches.opened()
        if rows:
            self.release(self.take(self.every_shard(), alone=True))
        return len(rows)

    def _finish(self, lease: Lease, row: OpenBatch, *, clear: bool) -> None:
        self.patience.call(lambda: self.mender.finish(lease, row, clear=clear))
