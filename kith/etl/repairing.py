"""`repair` mends what `verify` found; `rebuild` works one store out again, whole, from documents."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

from kith.etl.differences import Difference
from kith.etl.integrity import Integrity, Verdict
from kith.etl.relearning import Changes
from kith.etl.walking import aligned, nothing, pages, walk
from kith.etl.writer import Writer
from kith.persona.identity import Json
from kith.persona.model import Campaign, Message, User
from kith.stores.bundle import Stores
from kith.stores.ledger_port import Item, Lease, OpenBatch

__all__ = ["Rebuildable", "Rebuilt", "Repaired", "Repairs"]

Rebuildable: TypeAlias = Literal["evidence", "vectors", "graph"]
CHUNK = 256


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair did, and what stands now.

    `lost`: messages of which documents do not hold what was delivered once; only their source can bring it back.
    """

    mended: int
    lost: int
    verdict: Verdict

    def as_json(self) -> dict[str, Json]:
        """For `--json` and the API."""
        return {"mended": self.mended, "lost": self.lost, "verify": self.verdict.as_json()}


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild went through, and what came out otherwise than it stood."""

    what: Rebuildable
    through: int
    """Messages; for vectors, those that are no events; for the graph, people."""
    changes: Changes
    """What messages teach otherwise than they did: never anything but for evidence."""
    before: Mapping[str, int]
    after: Mapping[str, int]
    """Rows of the store by kind."""

    @property
    def relearned(self) -> int:
        """Messages that teach something else than they did."""
        return self.changes.messages


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
            found = Integrity(self._stores, tenant=self._tenant, tick=self._tick).look().differences
            if found:
                self._mend(lease, found)
        finally:
            self._writer.release(lease)
        verdict = Integrity(self._stores, tenant=self._tenant, tick=self._tick).verify()
        lost = {d.key for d in found if (d.store, d.about) == ("documents", "message") and d.kind != "forgotten"}
        still = set(verdict.differences)
        mended = sum(1 for d in found if d not in still and not (d.store == "documents" and d.key in lost))
        return Repaired(mended=mended, lost=len(lost), verdict=verdict)

    def _mend(self, lease: Lease, found: Sequence[Difference]) -> None:
        """Everything is set to what documents and evidence say at that moment, so an old difference does no harm."""
        people = sorted({d.key for d in found if d.about == "person"})
        messages = {d.key: d.user_id for d in found if d.about == "message"}
        campaigns = sorted({d.key for d in found if d.about == "campaign"})
        for some in pages(people, CHUNK):
            self._set_records(lease, some)
        for some in pages(messages.items(), CHUNK):
            self._mend_messages(lease, dict(some))
        for some in pages(people, CHUNK):
            self._mender.set_people(self._tenant, some)
        for some in pages(campaigns, CHUNK):
            self._mender.set_campaigns(lease, self._tenant, some)
        self._set_entities()

    def _set_records(self, lease: Lease, user_ids: Sequence[str]) -> None:
        """Whoever was forgotten goes; whoever wrote and has no record gets one, as at their first message."""
        stores, tenant = self._stores, self._tenant
        tombstones = stores.ledger.people.forgotten(tenant, user_ids)
        for user_id in user_ids:
            tombstone = tombstones.get(user_id)
            if tombstone is not None and tombstone.admitted_at is None:
                self._mender.erase(lease, tenant, user_id, Counter())
            elif stores.documents.get_user(tenant, user_id) is None and stores.documents.scan_messages(
                tenant, user_id=user_id, limit=1
            ):
                stores.documents.put_users(tenant, [User(tenant, user_id)])

    def _mend_messages(self, lease: Lease, users: Mapping[str, str]) -> None:
        """As a batch of these keys that somebody left open: one that no store will take is withdrawn and rejected."""
        batches, keys = self._stores.ledger.batches, list(users)
        delivered = batches.get(self._tenant, keys)
        there = self._stores.documents.get_messages(self._tenant, keys)
        # What is delivered in a greater version than documents hold would stay so.
        outdated = [key for key, found in delivered.items() if key in there and found.content != there[key].content]
        batches.remove(lease, self._tenant, outdated)
        items = tuple(
            Item(key, user_id, "", 0, delivered[key].source, delivered[key].position)
            if key in delivered
            else Item(key, user_id, "", 0, "repair", "")
            for key, user_id in users.items()
        )
        self._writer.patience.call(lambda: self._mender.finish(lease, self._row("repair", items), clear=False))

    def _row(self, what: str, items: Sequence[Item]) -> OpenBatch:
        return OpenBatch(what, what, "messages", self._tenant, self._writer.holder, (), 0, tuple(items))

    def _set_entities(self, *, every: bool = False) -> None:
        """Every entity on record stands in vectors and graph, and no other; `every` vector is made again."""
        stores, tenant = self._stores, self._tenant
        self._mender.sweep(tenant)
        on_record = set(stores.ledger.evidence.entities(tenant))
        in_vectors = set(stores.vectors.scan_entities(tenant))
        for some in pages(sorted(on_record if every else on_record - in_vectors), CHUNK):
            self._mender.embed_entities(tenant, some)
        stores.vectors.delete_entities(tenant, sorted(in_vectors - on_record))
        in_graph = set(stores.graph.scan_entities(tenant))
        stores.graph.delete_entities(tenant, sorted(in_graph - on_record))
        for entity in sorted(on_record - in_graph):
            self._mender.set_again(tenant, entity)
        about = [one for one in stores.ledger.evidence.campaigns(tenant) if not in_graph.issuperset(one.entities)]
        found = stores.documents.get_campaigns(tenant, [one.campaign_id for one in about])
        self._mender.draw_campaigns(tenant, found.values(), about)

    def rebuild(self, what: Rebuildable) -> Rebuilt:
        """Works one store out again from documents (the graph from the evidence)."""
        lease = self._writer.take(self._writer.every_shard())
        changes = Changes()
        try:
            before = self._counts(what)
            if what == "vectors":
                through = self._rebuild_vectors()
            elif what == "graph":
                through = self._redraw(lease)
            else:
                through = self._relearn(lease, changes)
            return Rebuilt(what, through, changes, before, self._counts(what))
        finally:
            self._writer.release(lease)

    def _counts(self, what: Rebuildable) -> dict[str, int]:
        stores, tenant = self._stores, self._tenant
        if what == "evidence":
            return stores.ledger.evidence.counts(tenant)
        if what == "graph":
            return asdict(stores.graph.counts(tenant))
        return {"messages": stores.vectors.count_messages(tenant), "entities": stores.vectors.count_entities(tenant)}

    def _messages(self) -> Iterator[tuple[str, Message]]:
        documents, tenant = self._stores.documents, self._tenant
        return walk(lambda after: documents.scan_messages(tenant, after=after, limit=CHUNK), lambda m: m.key)

    def _rebuild_vectors(self) -> int:
        stores, tenant = self._stores, self._tenant
        done = 0
        for page in pages((message for _, message in self._messages()), CHUNK):
            vectors = self._mender.tools.embed_messages(page)
            self._mender.set_vectors(tenant, page, vectors, stood=())
            done += sum(not message.is_event for message in page)
            self._tick(len(page))
        if stores.vectors.count_messages(tenant) != done:
            for page in pages([key for key, _, _ in stores.vectors.scan_messages(tenant)], CHUNK):
                there = stores.documents.get_messages(tenant, page)
                said = {key for key, message in there.items() if not message.is_event}
                stores.vectors.delete_messages(tenant, [key for key in page if key not in said])
        self._set_entities(every=True)
        return done

    def _relearn(self, lease: Lease, changes: Changes) -> int:
        """How many messages were learned from again; adds to `changes` what they teach otherwise."""
        evidence, tenant = self._stores.ledger.evidence, self._tenant
        headers = walk(lambda after: evidence.headers(tenant, after=after, limit=CHUNK), lambda h: h[0].key)
        through = 0
        for page in pages(aligned(self._messages(), headers, nothing()), CHUNK):
            messages = [message for _, message, _, _ in page if message is not None]
            stood = {key: learned[1] for key, _, learned, _ in page if learned is not None}
            teach = self._mender.tools.learn(messages)
            changed = {one.key: one for one in teach if stood.get(one.key) != one.digest}
            version = self._mender.tools.extractor.version
            moved = {key for key, _, learned, _ in page if learned is not None and learned[0].extractor != version}
            taught = evidence.get_many(tenant, list(changed))
            for key, one in changed.items():
                changes.add(taught.get(key), one)
            evidence.delete_messages(lease, tenant, [key for key, message, _, _ in page if message is None])
            evidence.write(lease, tenant, teach)
            self._raise_generations(lease, [m for m in messages if m.key in moved or m.key in changed])
            through += len(messages)
            self._tick(len(messages))
        known = {one.campaign_id for one in evidence.campaigns(tenant)}
        for some in pages(sorted(known.union(campaign.campaign_id for campaign in self._campaigns())), CHUNK):
            self._mender.set_campaigns(lease, tenant, some)
        self._draw_people()
        self._set_entities()
        return through

    def _raise_generations(self, lease: Lease, messages: Sequence[Message]) -> None:
        """What was answered about these people stands no more. Their messages stand delivered as they are."""
        items = [Item(m.key, m.user_id, m.content, m.timestamp, "rebuild", "") for m in messages]
        self._stores.ledger.batches.settle(lease, self._row("rebuild", ()), delivered=items, clear=False)

    def _campaigns(self) -> Iterator[Campaign]:
        documents, tenant = self._stores.documents, self._tenant
        scan = walk(lambda after: documents.scan_campaigns(tenant, after=after, limit=CHUNK), lambda c: c.campaign_id)
        return (campaign for _, campaign in scan)

    def _redraw(self, lease: Lease) -> int:
        """The graph from nothing. No model is asked: what campaigns are about is on record."""
        stores, tenant = self._stores, self._tenant
        stores.graph.clear(tenant)
        about = {one.campaign_id: one for one in stores.ledger.evidence.campaigns(tenant)}
        for page in pages(self._campaigns(), CHUNK):
            known = [c for c in page if c.campaign_id in about and about[c.campaign_id].content == c.content]
            self._mender.draw_campaigns(tenant, known, [about[c.campaign_id] for c in known])
            self._mender.set_campaigns(lease, tenant, [c.campaign_id for c in page if c not in known])
        for some in pages(stores.ledger.evidence.entities(tenant), CHUNK):
            stores.graph.set_entities(tenant, some)
        return self._draw_people()

    def _draw_people(self) -> int:
        """Sets the ties of whoever has evidence or a node; how many there are."""
        evidence, graph, tenant = self._stores.ledger.evidence, self._stores.graph, self._tenant
        users = walk(lambda after: evidence.users(tenant, after=after, limit=CHUNK), str)
        drawn = walk(lambda after: graph.scan_users(tenant, after=after, limit=CHUNK), str)
        done = 0
        for page in pages(aligned(users, drawn, nothing()), CHUNK):
            self._mender.set_people(tenant, [user_id for user_id, *_ in page])
            done += len(page)
            self._tick(len(page))
        return done
