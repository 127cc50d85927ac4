"""`verify` compares the stores and names each difference; `repair` mends them from documents; `rebuild` starts over."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal, TypeAlias

from kith.persona.evidence import Ties, tie_digests
from kith.persona.identity import Json, add_digests, content_digest
from kith.persona.model import Entity, Message
from kith.stores.bundle import Stores

__all__ = ["Difference", "Integrity", "Verdict"]

PAGE = 500
StoreName: TypeAlias = Literal["documents", "vectors", "graph", "evidence", "deliveries"]
DifferenceKind: TypeAlias = Literal["missing", "extra", "different", "forgotten"]
Tick: TypeAlias = Callable[[int], None]
"""Told how many more messages or people have been looked at."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that one store says otherwise than documents (or, for the graph, than the evidence)."""

    store: StoreName
    kind: DifferenceKind
    key: str
    detail: str
    user_id: str | None = None

    def as_json(self) -> dict[str, Json]:
        """Without the person: that is for `repair`."""
        return {"store": self.store, "kind": self.kind, "key": self.key, "detail": self.detail}


@dataclass(slots=True)
class Verdict:
    """What `verify` found. `pending`: messages of batches that are open now, which are no differences."""

    differences: list[Difference] = field(default_factory=list[Difference])
    pending: int = 0
    counts: dict[str, int] = field(default_factory=dict[str, int])
    digests: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def ok(self) -> bool:
        """Whether the stores agree."""
        return not self.differences

    def as_json(self) -> dict[str, Json]:
        """The shape that scripts read."""
        return {
            "ok": self.ok,
            "differences": [difference.as_json() for difference in self.differences],
            "pending": self.pending,
            "counts": dict(self.counts),
            "digests": dict(self.digests),
        }


class _Bag:
    """A digest of things without regard to their order, and their number."""

    def __init__(self) -> None:
        self.digest = "0" * 32
        self.count = 0

    def add(self, *digests: str) -> None:
        self.digest = add_digests(self.digest, *digests)
        self.count += len(digests)


class Integrity:
    """Looks at one tenant's stores as a whole."""

    def __init__(self, stores: Stores, *, tenant: str, tick: Tick = lambda _: None) -> None:
        self._stores = stores
        self._tenant = tenant
        self._tick = tick

    def verify(self) -> Verdict:
        """Compares all stores. Takes no lease: what is being written meanwhile is pending."""
        verdict = Verdict()
        rows = self._stores.ledger.batches.opened()
        pending = {item.key for row in rows if row.tenant == self._tenant for item in row.items}
        verdict.pending = len(pending)
        found: list[Difference] = []
        found += self._messages(verdict)
        found += self._extra_vectors()
        found += self._extra_headers(verdict)
        found += self._graph(verdict)
        found += self._entities(verdict)
        found += self._campaigns(verdict)
        busy = {item.user_id for row in rows for item in row.items} | pending
        verdict.differences = [d for d in found if d.key not in pending and d.user_id not in busy]
        return verdict

    def _pages(self) -> Iterator[list[Message]]:
        after: str | None = None
        while page := self._stores.documents.scan_messages(self._tenant, after=after, limit=PAGE):
            yield page
            after = page[-1].key

    def _messages(self, verdict: Verdict) -> Iterator[Difference]:
        """Everything that documents hold stands everywhere else with the same content, and nobody is forgotten."""
        stores, tenant = self._stores, self._tenant
        documents, vectors = _Bag(), _Bag()
        for page in self._pages():
            keys = [message.key for message in page]
            in_vectors = stores.vectors.get_messages(tenant, keys)
            delivered = stores.ledger.batches.get(tenant, keys)
            tombstones = stores.ledger.people.forgotten(tenant, sorted({m.user_id for m in page}))
            for m in page:
                documents.add(content_digest([m.key, m.user_id, m.content]))
                contents = {
                    "vectors": in_vectors.get(m.key),
                    "deliveries": delivered[m.key].content if m.key in delivered else None,
                }
                for store, content in contents.items():
                    yield from _compare(store, m, content)
                tombstone = tombstones.get(m.user_id)
                if tombstone and (tombstone.admitted_at is None or m.timestamp <= tombstone.forgotten_at):
                    yield Difference("documents", "forgotten", m.key, "the person was forgotten", m.user_id)
            self._tick(len(page))
        for key, _user, content in stores.vectors.scan_messages(tenant):
            vectors.add(content_digest([key, content]))
        verdict.counts |= {
            "documents": documents.count,
            "users": stores.documents.count_users(tenant),
            "vectors": vectors.count,
            "deliveries": stores.ledger.batches.count(tenant),
        }
        verdict.digests |= {"documents": documents.digest, "vectors": vectors.digest}

    def _extra_vectors(self) -> Iterator[Difference]:
        scan = self._stores.vectors.scan_messages(self._tenant)
        while page := list(islice(scan, PAGE)):
            there = self._stores.documents.get_messages(self._tenant, [key for key, _, _ in page])
            for key, user_id, _ in page:
                if key not in there:
                    yield Difference("vectors", "extra", key, "documents do not hold this message", user_id)

    def _extra_headers(self, verdict: Verdict) -> Iterator[Difference]:
        """Each message was learned from, as it is now; and nothing else was."""
        stores, tenant = self._stores, self._tenant
        evidence = _Bag()
        after: str | None = None
        seen = 0
        while page := stores.ledger.evidence.headers(tenant, after=after, limit=PAGE):
            there = stores.documents.get_messages(tenant, [header.key for header, _ in page])
            for header, digest in page:
                evidence.add(digest)
                message = there.get(header.key)
                if message is None:
                    yield Difference("evidence", "extra", header.key, "documents do not hold it", header.user_id)
                    continue
                seen += 1
                if message.content != header.content:
                    yield Difference("evidence", "different", header.key, "learned from another text", header.user_id)
                elif digest != header.digest:
                    yield Difference("evidence", "different", header.key, "rows were lost or changed", header.user_id)
            after = page[-1][0].key
        if seen < verdict.counts["documents"]:
            yield from self._unlearned()
        delivered_after: str | None = None
        while delivered := stores.ledger.batches.scan(tenant, after=delivered_after, limit=PAGE):
            there = stores.documents.get_messages(tenant, [d.key for d in delivered])
            for d in delivered:
                if d.key not in there:
                    yield Difference("documents", "missing", d.key, "delivered, and not in documents", d.user_id)
            delivered_after = delivered[-1].key
        verdict.counts |= {f"evidence_{name}": count for name, count in stores.ledger.evidence.counts(tenant).items()}
        verdict.digests["evidence"] = evidence.digest

    def _unlearned(self) -> Iterator[Difference]:
        for page in self._pages():
            for message in page:
                if self._stores.ledger.evidence.get(self._tenant, message.key) is None:
                    yield Difference("evidence", "missing", message.key, "never learned from", message.user_id)

    def _graph(self, verdict: Verdict) -> Iterator[Difference]:
        """Each person's ties are the totals of the evidence, and nobody else stands in the graph."""
        stores, tenant = self._stores, self._tenant
        ties, people = _Bag(), 0
        after: str | None = None
        while page := stores.ledger.evidence.users(tenant, after=after, limit=PAGE):
            for user_id in page:
                expected = _ties(tenant, stores.ledger.evidence.all_ties(tenant, user_id))
                actual = _ties(tenant, stores.graph.get_ties(tenant, user_id))
                ties.add(*actual)
                people += 1
                for digest in expected.keys() - actual.keys():
                    yield Difference("graph", "missing", user_id, expected[digest], user_id)
                for digest in actual.keys() - expected.keys():
                    yield Difference("graph", "extra", user_id, actual[digest], user_id)
            self._tick(len(page))
            after = page[-1]
        after = None
        learned = 0
        while page := stores.graph.scan_users(tenant, after=after, limit=PAGE):
            for user_id in page:
                learned += 1
                if stores.documents.get_user(tenant, user_id) is None:
                    yield Difference("graph", "extra", user_id, "documents do not know this person", user_id)
            after = page[-1]
        if learned < people:
            yield Difference("graph", "missing", "", f"{people - learned} people have no node")
        verdict.counts["graph_users"] = learned
        verdict.counts["graph_edges"] = stores.graph.counts(tenant).edges
        verdict.digests["graph"] = ties.digest

    def _entities(self, verdict: Verdict) -> Iterator[Difference]:
        """The entities on record are those that somebody speaks of, and stand in graph and vectors."""
        stores, tenant = self._stores, self._tenant
        on_record = set(stores.ledger.evidence.entities(tenant))
        for entity in stores.ledger.evidence.orphans(tenant):
            yield Difference("evidence", "extra", entity.name, "an entity that nobody speaks of now")
        places: list[tuple[StoreName, set[Entity]]] = [
            ("graph", set(stores.graph.scan_entities(tenant))),
            ("vectors", set(stores.vectors.scan_entities(tenant))),
        ]
        for store, there in places:
            for entity in sorted(on_record - there):
                yield Difference(store, "missing", f"{entity.type} {entity.name}", "an entity that somebody speaks of")
            for entity in sorted(there - on_record):
                yield Difference(store, "extra", f"{entity.type} {entity.name}", "an entity that is not on record")
            bag = _Bag()
            bag.add(*(content_digest([entity.type, entity.name]) for entity in there))
            verdict.digests[store] = add_digests(verdict.digests[store], bag.digest)
            verdict.counts[f"{store}_entities"] = bag.count

    def _campaigns(self, verdict: Verdict) -> Iterator[Difference]:
        stores, tenant = self._stores, self._tenant
        about = {one.campaign_id: one for one in stores.ledger.evidence.campaigns(tenant)}
        in_graph = set(stores.graph.scan_campaigns(tenant))
        documents, graph = _Bag(), _Bag()
        after: str | None = None
        while page := stores.documents.scan_campaigns(tenant, after=after, limit=PAGE):
            for campaign in page:
                documents.add(content_digest([campaign.campaign_id, campaign.content]))
                learned = about.pop(campaign.campaign_id, None)
                in_graph.discard(campaign.campaign_id)
                if learned is None or learned.content != campaign.content:
                    yield Difference("evidence", "different", campaign.campaign_id, "a campaign not learned from")
                    continue
                drawn = stores.graph.get_campaign(tenant, campaign.campaign_id)
                if drawn != (learned.intents, learned.entities):
                    yield Difference("graph", "different", campaign.campaign_id, "a campaign's TARGETS or ABOUT")
                elif drawn is not None:
                    entities: list[Json] = [[entity.type, entity.name] for entity in drawn[1]]
                    graph.add(content_digest([campaign.campaign_id, list(drawn[0]), entities]))
            after = page[-1].campaign_id
        for campaign_id in sorted(about.keys() | in_graph):
            yield Difference("graph", "extra", campaign_id, "documents do not hold this campaign")
        verdict.counts["campaigns"] = documents.count
        verdict.digests["documents"] = add_digests(verdict.digests["documents"], documents.digest)
        verdict.digests["graph"] = add_digests(verdict.digests["graph"], graph.digest)


def _ties(tenant: str, ties: Ties) -> dict[str, str]:
    """Names of a person's ties, by digest."""
    return {digest: name for name, digest in tie_digests(tenant, ties)}


def _compare(store: str, message: Message, content: str | None) -> Iterator[Difference]:
    name: StoreName = "vectors" if store == "vectors" else "deliveries"
    if content is None:
        yield Difference(name, "missing", message.key, "documents hold this message", message.user_id)
    elif content != message.content:
        yield Difference(name, "different", message.key, "another version of this message", message.user_id)
