"""Forgetting a person, letting them in again, and telling them all that is held about them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from secrets import token_hex

from kith.etl.writer import Writer
from kith.persona.errors import KithError
from kith.persona.identity import Json, user_node_id
from kith.persona.outgoing import message_record
from kith.persona.time import iso
from kith.stores.bundle import Stores
from kith.stores.ledger_port import Lease

__all__ = ["Forgetter", "Receipt", "export_person"]


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
        requested = self._clock()
        self._stores.ledger.people.bury(tenant, user_id)
        lease = self._writer.take(self._writer.shards_of(tenant, [user_id]))
        try:
            deleted = self._writer.patience.call(lambda: self._delete(lease, tenant, user_id))
            self._writer.patience.call(lambda: self._writer.mender.sweep(tenant))
        finally:
            self._writer.release(lease)
        left = self._left(tenant, user_id)
        receipt = Receipt(
            receipt_id=token_hex(8),
            user=user_id,
            requested_at=iso(requested),
            finished_at=iso(self._clock()),
            deleted=deleted,
            second_look=left,
        )
        if any(left.values()):
            raise KithError(
                f"{user_id!r} was forgotten, and a second look still found {left!r}: run `kith forget` for them again"
            )
        kept = {name: value for name, value in receipt.as_json().items() if name != "user"}
        self._stores.ledger.people.keep_receipt(receipt.receipt_id, tenant, user_id, kept)
        return receipt

    def _delete(self, lease: Lease, tenant: str, user_id: str) -> dict[str, int]:
        stores = self._stores
        return {
            "documents": stores.documents.delete_user(tenant, user_id),
            "vectors": stores.vectors.delete_user(tenant, user_id),
            "ledger": sum(stores.ledger.people.delete(lease, tenant, user_id).values()),
            "graph": stores.graph.delete_user(tenant, user_id),
            "cache": stores.cache.forget(tenant, user_node_id(tenant, user_id)),
        }

    def _left(self, tenant: str, user_id: str) -> dict[str, int]:
        stores = self._stores
        known = stores.documents.get_user(tenant, user_id) is not None
        ties = stores.graph.get_ties(tenant, user_id)
        return {
            "documents": stores.documents.count_messages(tenant, user_id=user_id) + int(known),
            "vectors": stores.vectors.count_messages(tenant, user_id=user_id),
            "graph": len(ties.mentioned)
            + len(ties.wants)
            + len(ties.engaged)
            + len(ties.seen_with)
            + len(ties.facts or ()),
            "ledger": sum(stores.ledger.people.count(tenant, user_id).values()),
            "cache": stores.cache.count(tenant, user_node_id(tenant, user_id)),
        }

    def purge(self, tenant: str) -> int:
        """Forgets again whoever stands in the stores under a tombstone, as after a crash; how many there were."""
        found = 0
        for page in self._everyone(tenant):
            for user_id, tombstone in self._stores.ledger.people.forgotten(tenant, page).items():
                if tombstone.admitted_at is None:
                    self.forget(tenant, user_id)
                    found += 1
        return found

    def _everyone(self, tenant: str) -> Iterator[list[str]]:
        stores = self._stores
        after: str | None = None
        while users := stores.documents.scan_users(tenant, after=after):
            yield [user.user_id for user in users]
            after = users[-1].user_id
        for scan in (stores.ledger.evidence.users, stores.graph.scan_users):
            after = None
            while page := scan(tenant, after=after, limit=1000):
                yield page
                after = page[-1]
        yield sorted({user_id for _, user_id, _ in stores.vectors.scan_messages(tenant)})


def export_person(stores: Stores, tenant: str, user_id: str) -> Iterator[dict[str, Json]]:
    """Everything held about a person, a record at a time: who they are, what they said, what was learned of them."""
    user = stores.documents.get_user(tenant, user_id)
    if user is None:
        return
    yield {"kind": "user", "user_id": user.user_id, "name": user.name, "metadata": dict(user.metadata)}
    after: str | None = None
    while page := stores.documents.scan_messages(tenant, user_id=user_id, after=after):
        for message in page:
            yield {"kind": "message", "key": message.key, **message_record(message)}
        after = page[-1].key
    ties = stores.ledger.evidence.all_ties(tenant, user_id)
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
            "since": iso(f.since),
            "until": None if f.until is None else iso(f.until),
            "confidence": f.confidence,
            "origin": f.origin,
            "sources": list(f.sources),
        }
