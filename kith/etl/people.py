"""Forgetting a person, and telling them all that is held about them."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from secrets import token_hex

from kith.etl.walking import PAGE, aligned, pages, walk
from kith.etl.writer import Writer
from kith.persona.errors import KithError
from kith.persona.evidence import Ties
from kith.persona.identity import Json, nfc, user_node_id
from kith.persona.model import Rejection
from kith.persona.outgoing import message_record
from kith.persona.time import iso
from kith.stores.bundle import Stores
from kith.stores.ledger_port import Lease

__all__ = ["Forgetter", "Receipt", "export_person"]

STORES = ("documents", "vectors", "ledger", "graph", "cache")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was deleted where, and what a second look found: all 0."""

    receipt_id: str
    user: str
    requested_at: str
    finished_at: str
    deleted: dict[str, int]
    second_look: dict[str, int]

    def as_json(self) -> dict[str, Json]:
        """The shape that scripts read."""
        return {
            "receipt_id": self.receipt_id,
            "user": self.user,
            "requested_at": self.requested_at,
            "finished_at": self.finished_at,
            "deleted": dict(self.deleted),
            "second_look": dict(self.second_look),
        }


class Forgetter:
    """Forgets people, as one writer."""

    def __init__(self, writer: Writer, *, clock: Callable[[], int]) -> None:
        self._writer = writer
        self._stores: Stores = writer.stores
        self._clock = clock

    def forget(self, tenant: str, user_id: str) -> Receipt:
        """Sets the tombstone, waits for whoever writes for this person, then deletes everywhere and looks again."""
        user_id = nfc(user_id)
        requested = self._clock()
        self._stores.ledger.people.bury(tenant, user_id)
        return self._purge(tenant, user_id, requested=requested)

    def _purge(self, tenant: str, user_id: str, *, requested: int) -> Receipt:
        deleted = self._delete(tenant, user_id)
        left = self._left(tenant, user_id)
        if any(left.values()):
            raise KithError(
                f"{user_id!r} was forgotten, and a second look still found {left!r}: run `kith forget` for them again"
            )
        receipt = Receipt(
            receipt_id=token_hex(8),
            user=user_id,
            requested_at=iso(requested),
            finished_at=iso(self._clock()),
            deleted=deleted,
            second_look=left,
        )
        kept = {name: value for name, value in receipt.as_json().items() if name != "user"}
        self._stores.ledger.people.keep_receipt(receipt.receipt_id, tenant, user_id, kept)
        return receipt

    def _delete(self, tenant: str, user_id: str) -> dict[str, int]:
        """How much went, by store: all tries together."""
        deleted: Counter[str] = Counter()

        def erase(lease: Lease) -> None:
            self._writer.mender.erase(lease, tenant, user_id, deleted)

        self._writer.under_lease(self._writer.shards_of(tenant, [user_id]), erase)
        return {store: deleted[store] for store in STORES}

    def _left(self, tenant: str, user_id: str) -> dict[str, int]:
        stores = self._stores
        known = stores.documents.get_user(tenant, user_id) is not None
        ties = stores.graph.get_ties(tenant, user_id)
        kinds = (ties.mentioned, ties.wants, ties.engaged, ties.seen_with, ties.related, ties.facts or ())
        tied = sum(map(len, kinds))
        return {
            "documents": stores.documents.count_messages(tenant, user_id=user_id) + int(known),
            "vectors": stores.vectors.count_messages(tenant, user_id=user_id),
            "ledger": sum(stores.ledger.people.count(tenant, user_id).values()),
            "graph": tied + int(self._is_drawn(tenant, user_id)),
            "cache": stores.cache.count(tenant, user_node_id(tenant, user_id)),
        }

    def _is_drawn(self, tenant: str, user_id: str) -> bool:
        """Whether the graph has a node for a person, asked of the ids that begin like theirs."""
        graph, before = self._stores.graph, user_id[:-1]
        near = walk(lambda after: graph.scan_users(tenant, after=after or before, limit=PAGE), str)
        return user_id in (found for found, _ in takewhile(lambda one: one[0] <= user_id, near))

    def purge(self, tenant: str) -> int:
        """Finishes what a crash left: whoever stands in the stores under a tombstone goes. How many there were."""
        gone: set[str] = set()
        for page in pages(self._everyone(tenant)):
            for user_id, tombstone in self._stores.ledger.people.forgotten(tenant, sorted({*page} - gone)).items():
                if tombstone.admitted_at is None:
                    self._purge(tenant, user_id, requested=tombstone.forgotten_at)
                    gone.add(user_id)
        # The crash may have come when they were gone, and what only they spoke of was not.
        self._writer.mender.sweep(tenant)
        return len(gone)

    def _everyone(self, tenant: str) -> Iterator[str]:
        """Whoever a store knows; some come more than once."""
        documents, ledger, graph = self._stores.documents, self._stores.ledger, self._stores.graph
        people = aligned(
            walk(lambda after: documents.scan_users(tenant, after=after, limit=PAGE), lambda user: user.user_id),
            walk(lambda after: ledger.evidence.users(tenant, after=after, limit=PAGE), str),
            walk(lambda after: graph.scan_users(tenant, after=after, limit=PAGE), str),
        )
        yield from (user_id for user_id, *_ in people)
        yield from (user_id for _, user_id, _ in self._stores.vectors.scan_messages(tenant))
        delivered = walk(lambda after: ledger.batches.scan(tenant, after=after, limit=PAGE), lambda one: one.key)
        yield from (one.user_id for _, one in delivered)
        yield from (one.user_id for one in _rejections(self._stores, tenant) if one.user_id is not None)


def _rejections(stores: Stores, tenant: str, *, user_id: str | None = None) -> Iterator[Rejection]:
    runs = stores.ledger.runs
    rows = walk(lambda after: runs.rejections(tenant, user_id=user_id, after=after, limit=PAGE), lambda row: row.id)
    return (row.rejection for _, row in rows)


def export_person(stores: Stores, tenant: str, user_id: str) -> Iterator[dict[str, Json]]:
    """Everything held about a person, a record at a time: who they are, what they said, what was learned of them,
    and what of theirs was rejected. A message or event without `kind` and `key` is a record that `kith run` takes."""
    user_id = nfc(user_id)
    user = stores.documents.get_user(tenant, user_id)
    if user is not None:
        yield {"kind": "user", "user_id": user.user_id, "name": user.name, "metadata": dict(user.metadata)}
    messages = walk(
        lambda after: stores.documents.scan_messages(tenant, user_id=user_id, after=after, limit=PAGE), lambda m: m.key
    )
    for key, message in messages:
        yield {"kind": "event" if message.is_event else "message", "key": key, **message_record(message)}
    yield from _learned(stores.ledger.evidence.all_ties(tenant, user_id))
    for one in _rejections(stores, tenant, user_id=user_id):
        yield {
            "kind": "rejection",
            "code": one.code,
            "detail": one.detail,
            "source": one.source,
            "position": one.position,
            "raw": one.raw,
        }


def _learned(ties: Ties) -> Iterator[dict[str, Json]]:
    for m in ties.mentioned:
        yield {
            "kind": "entity",
            "name": m.entity.name,
            "type": m.entity.type,
            "surface": m.surface,
            "count": m.count,
            "sentiment": m.sentiment,
            "first": iso(m.first),
            "last": iso(m.last),
        }
    for w in ties.wants:
        yield {"kind": "intent", "intent": w.intent, "count": w.count, "last": iso(w.last)}
    for e in ties.engaged:
        yield {
            "kind": "engagement",
            "campaign_id": e.campaign_id,
            "score": e.score,
            "count": e.count,
            "last": iso(e.last),
        }
    for f in ties.facts or ():
        yield {
            "kind": "fact",
            "id": f.id,
            "predicate": f.predicate,
            "object": f.object.name,
            "detail": f.detail,
            "since": iso(f.since),
            "until": None if f.until is None else iso(f.until),
            "confidence": f.confidence,
            "origin": f.origin,
            "sources": list(f.sources),
        }
    for s in ties.seen_with:
        yield {"kind": "seen_with", "first": s.first.name, "second": s.second.name, "count": s.count}
    for r in ties.related:
        yield {
            "kind": "relation",
            "subject": r.relation.subject.name,
            "relation": r.relation.kind,
            "object": r.relation.object.name,
            "sources": list(r.sources),
        }
