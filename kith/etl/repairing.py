"""`repair` mends what `verify` found; `rebuild` works one store out again, whole, from documents."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from kith.etl.integrity import Difference, Integrity, Verdict
from kith.etl.writer import Writer
from kith.persona.model import Message
from kith.stores.bundle import Stores
from kith.stores.ledger_port import Item, Lease, OpenBatch

__all__ = ["Rebuildable", "Repaired", "Repairs"]

Rebuildable: TypeAlias = Literal["evidence", "vectors", "graph"]
CHUNK = 256


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair did, and what stands now. `lost`: messages delivered once that documents do not hold."""

    mended: int
    lost: int
    verdict: Verdict


class Repairs:
    """Works as one writer that holds the leases of all shards."""

    def __init__(self, writer: Writer, *, tenant: str, tick: Callable[[int], None] = lambda _: None) -> None:
        self._writer = writer
        self._stores: Stores = writer.stores
        self._mender = writer.mender
        self._tenant = tenant
        self._tick = tick

    def repair(self) -> Repaired:
        """Finishes what was left open, then mends each difference, then looks again."""
        lease = self._writer.take(self._writer.every_shard())
        try:
            found = Integrity(self._stores, tenant=self._tenant).verify().differences
            self._mend(lease, found)
        finally:
            self._writer.release(lease)
        verdict = Integrity(self._stores, tenant=self._tenant, tick=self._tick).verify()
        lost = sum(1 for d in found if d.store == "documents" and d.kind == "missing")
        return Repaired(mended=len(found) - len(verdict.differences), lost=lost, verdict=verdict)

    def _mend(self, lease: Lease, found: list[Difference]) -> None:
        campaigns = {c for page in self._campaign_pages() for c in page}
        campaigns |= {one.campaign_id for one in self._stores.ledger.evidence.campaigns(self._tenant)}
        campaigns |= set(self._stores.graph.scan_campaigns(self._tenant))
        if any(d.key in campaigns for d in found):
            self._mender.set_campaigns(lease, self._tenant, sorted(campaigns))
        keys = sorted({d.key for d in found if d.user_id is not None and d.store != "graph"})
        for start in range(0, len(keys), CHUNK):
            self._mend_keys(lease, keys[start : start + CHUNK])
        if any(d.store == "graph" for d in found):
            self._redraw(lease)
        if any(d.user_id is None for d in found):
            self._set_entities()

    def _mend_keys(self, lease: Lease, keys: list[str]) -> None:
        delivered = self._stores.ledger.batches.get(self._tenant, keys)
        standing = self._mender.mend(lease, self._tenant, keys)
        items = [
            Item(m.key, m.user_id, m.content, m.timestamp, "repair", "")
            for m in standing.values()
            if m.key not in delivered or delivered[m.key].content != m.content
        ]
        if items:
            row = OpenBatch("repair", "repair", "messages", self._tenant, self._writer.holder, (), 0, tuple(items))
            self._stores.ledger.batches.settle(lease, row, delivered=items, clear=False)
        self._tick(len(keys))

    def _campaign_pages(self) -> Iterator[list[str]]:
        after: str | None = None
        while page := self._stores.documents.scan_campaigns(self._tenant, after=after, limit=CHUNK):
            yield [campaign.campaign_id for campaign in page]
            after = page[-1].campaign_id

    def _message_pages(self) -> Iterator[list[Message]]:
        after: str | None = None
        while page := self._stores.documents.scan_messages(self._tenant, after=after, limit=CHUNK):
            yield page
            after = page[-1].key

    def rebuild(self, what: Rebuildable) -> int:
        """Works one store out again from documents; how many messages or people it went through."""
        lease = self._writer.take(self._writer.every_shard())
        try:
            if what == "vectors":
                return self._rebuild_vectors()
            if what == "graph":
                return self._redraw(lease)
            return self._relearn(lease)
        finally:
            self._writer.release(lease)

    def _rebuild_vectors(self) -> int:
        from kith.etl.mending import indexed

        done = 0
        for page in self._message_pages():
            vectors = self._mender.tools.embed_messages(page)
            self._stores.vectors.upsert_messages(self._tenant, [indexed(m) for m in page], vectors)
            done += len(page)
            self._tick(len(page))
        self._set_entities()
        return done

    def _set_entities(self) -> None:
        """Every entity on record has its vector, and none that is not on record."""
        stores = self._stores
        self._mender.sweep(self._tenant)
        on_record = list(stores.ledger.evidence.entities(self._tenant))
        for start in range(0, len(on_record), CHUNK):
            some = on_record[start : start + CHUNK]
            stores.vectors.upsert_entities(self._tenant, some, self._mender.tools.embed_entities(some))
        extra = set(stores.vectors.scan_entities(self._tenant)) - set(on_record)
        stores.vectors.delete_entities(self._tenant, sorted(extra))

    def _relearn(self, lease: Lease) -> int:
        done = 0
        for page in self._message_pages():
            written = self._stores.ledger.evidence.write(lease, self._tenant, self._mender.tools.learn(page))
            del written
            done += len(page)
            self._tick(len(page))
        self._redraw(lease)
        self._set_entities()
        return done

    def _redraw(self, lease: Lease) -> int:
        """The graph, from nothing, as the evidence has it."""
        self._stores.graph.clear(self._tenant)
        campaigns = [c for page in self._campaign_pages() for c in page]
        self._mender.set_campaigns(lease, self._tenant, campaigns)
        done = 0
        after: str | None = None
        while page := self._stores.ledger.evidence.users(self._tenant, after=after, limit=CHUNK):
            self._mender.set_people(self._tenant, page)
            done += len(page)
            after = page[-1]
        return done
