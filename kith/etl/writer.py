"""One writer: takes the leases of shards, finishes first what others left open there, and gives them back."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TypeVar

from kith.etl.aftermath import drop_strays
from kith.etl.mending import Mender
from kith.etl.retry import Patience
from kith.persona.identity import shard_of
from kith.stores.errors import LeaseLost, RecordRefused, Terminal, Transient
from kith.stores.ledger_port import CATALOGUE, Lease, OpenBatch

__all__ = ["DAY", "TRIES", "Writer"]

DAY = 24 * 60 * 60 * 1000
"""Milliseconds after which whoever left a batch open is taken to be gone, and not merely asleep."""

TRIES = 20
"""How often work is begun again because its lease ran out under it, before the writer gives up."""

SOON = 0.1
"""Seconds between two looks at a lease that somebody holds: it is free for moments only while they go on and on."""

T = TypeVar("T")


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
        self._waiting = replace(patience, longest=min(patience.longest, SOON))
        self._shards = shards
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._finished: dict[OpenBatch, dict[str, str]] = {}
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

        It covers more shards where a batch that was left open does. `alone`: nobody else is alive who could have left a
        batch open and come back to it.
        """
        wanted = set(shards)
        while True:
            lease = self._wait_for(sorted(wanted))
            try:
                rows = self._left_open(sorted(wanted), alone=alone)
                missing = {shard for row in rows for shard in row.shards} - wanted
                if not missing:
                    for row in rows:
                        self._finish(lease, row, clear=self._is_gone(row, alone=alone))
                    return lease
            except BaseException:
                self.release(lease)
                raise
            self.release(lease)
            wanted |= missing

    def _wait_for(self, shards: Sequence[int]) -> Lease:
        problem: Transient | None = None
        for _ in self._waiting.pauses():
            try:
                lease = self.stores.ledger.leases.take(shards, holder=self.holder, seconds=self._lease_seconds)
            except Transient as latest:
                problem = latest
                continue
            if lease is not None:
                return lease
            problem = None
        if problem is not None:
            raise problem
        others = {shard: who for shard, who in self.stores.ledger.leases.holders().items() if shard in shards}
        raise Transient(
            f"the write leases {sorted(shards)!r} were not free within {self.patience.seconds:g} s, held by "
            f"{sorted(set(others.values()))!r}: wait until that writer is done, then run the command again"
        )

    def release(self, lease: Lease) -> None:
        """Gives the lease back. One that the ledger does not take back now runs out by itself."""
        with suppress(Transient):
            brief = replace(self.patience, seconds=min(self.patience.seconds, 2.0))
            brief.call(lambda: self.stores.ledger.leases.release(lease))

    def under_lease(self, shards: Sequence[int], action: Callable[[Lease], T]) -> T:
        """What `action` gives under the lease of these shards; begun again where it fails for now or is too slow."""
        for _ in range(TRIES):
            with suppress(LeaseLost):
                lease = self.take(shards)
                try:
                    return self.patience.call(partial(action, lease))
                finally:
                    self.release(lease)
        raise self.outrun()

    def outrun(self) -> Transient:
        """That every try was overtaken by other writers."""
        return Transient(
            f"{self.holder!r} lost its lease {TRIES} times before it was done: other writers are busy with the same "
            "people, or a store is very slow; run the command again when there is less to do"
        )

    def recover_all(self) -> int:
        """Finishes and clears every open batch: for who opens stores that nobody else writes. How many there were."""
        rows = self.patience.call(lambda: self.stores.ledger.batches.opened())
        for tenant in sorted({row.tenant for row in rows}):
            self.patience.call(partial(drop_strays, self.mender, tenant))
        if rows:
            # Rows may name shards of a time when there were more of them.
            shards = {*self.every_shard(), *(shard for row in rows for shard in row.shards)}
            self.release(self.take(sorted(shards), alone=True))
        return len(rows)

    def _left_open(self, shards: Sequence[int], *, alone: bool) -> list[OpenBatch]:
        """What must be finished before anything else is written."""
        rows = self.patience.call(lambda: self.stores.ledger.batches.opened(shards))
        return [
            row
            for row in rows
            if not (row.batch_id == self.in_hand and row.holder == self.holder)
            and (self._is_gone(row, alone=alone) or self._finished.get(row) != self._contents(row))
        ]

    def _contents(self, row: OpenBatch) -> dict[str, str]:
        """What documents hold of a row: whoever left it open may wake and write."""
        if row.kind == "campaigns":
            return {}
        keys = [item.key for item in row.items]
        found = self.patience.call(lambda: self.stores.documents.get_messages(row.tenant, keys))
        return {key: message.content for key, message in found.items()}

    def _is_gone(self, row: OpenBatch, *, alone: bool) -> bool:
        return alone or row.holder == self.holder or row.opened_at < self._clock() - DAY

    def _finish(self, lease: Lease, row: OpenBatch, *, clear: bool) -> None:
        contents = self._contents(row)
        try:
            self.patience.call(lambda: self.mender.finish(lease, row, clear=clear))
        except RecordRefused as refused:  # not a record of who takes the lease
            raise Terminal(
                f"batch {row.batch_id!r}, which was left open, cannot be finished ({refused}): see `kith verify`"
            ) from refused
        self._finished[row] = contents
