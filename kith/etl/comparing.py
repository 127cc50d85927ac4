"""One comparison of a tenant's stores: messages, people and their ties, campaigns, entities.

In memory are a page of messages or people at a time, the campaigns, and the names of entities.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from kith.etl.differences import Difference, Kind, Store, of_message, of_ties, of_vector
from kith.etl.mending import covers
from kith.etl.walking import PAGE, aligned, pages, walk
from kith.persona.evidence import tie_digests
from kith.persona.identity import Json, add_digests, content_digest
from kith.persona.model import Campaign, Entity, User
from kith.stores.bundle import Stores
from kith.stores.ledger_port import CampaignAbout

__all__ = ["Comparison"]

Person: TypeAlias = tuple[str, User | None, str | None, str | None]
"""An id, and whether documents, evidence and graph know it."""


class _Bag:
    """A digest of things without regard to their order, and their number."""

    def __init__(self) -> None:
        self.digest = "0" * 32
        self.count = 0

    def add(self, *digests: str) -> None:
        self.digest = add_digests(self.digest, *digests)
        self.count += len(digests)


class Comparison:
    """Counts and digests are whole once all differences have been asked for."""

    def __init__(self, stores: Stores, tenant: str, tick: Callable[[int], None]) -> None:
        self._stores = stores
        self._tenant = tenant
        self._tick = tick
        self._bags: defaultdict[str, _Bag] = defaultdict(_Bag)
        self.counts: dict[str, int] = {}

    def differences(self) -> Iterator[Difference]:
        """All that there are: messages first, for all else follows from them."""
        yield from self._messages()
        yield from self._people()
        yield from self._campaigns()
        yield from self._entities()

    def digests(self) -> dict[str, str]:
        """By store, of all that it holds: keys, texts, totals and facts, no floats and no times of recording."""
        parts = {
            "documents": ("messages", "campaigns"),
            "vectors": ("vectors", "vector entities"),
            "graph": ("ties", "graph campaigns", "graph entities"),
            "evidence": ("evidence", "about campaigns"),
        }
        return {
            store: add_digests("0" * 32, *(self._bags[part].digest for part in names)) for store, names in parts.items()
        }

    def _messages(self) -> Iterator[Difference]:
        """Each message that documents hold stands everywhere with the same content, and no other stands anywhere."""
        stores, tenant = self._stores, self._tenant
        sides = aligned(
            walk(lambda after: stores.documents.scan_messages(tenant, after=after, limit=PAGE), lambda m: m.key),
            walk(lambda after: stores.ledger.evidence.headers(tenant, after=after, limit=PAGE), lambda h: h[0].key),
            walk(lambda after: stores.ledger.batches.scan(tenant, after=after, limit=PAGE), lambda d: d.key),
        )
        in_vectors = events = 0
        for page in pages(sides):
            messages = [message for _, message, _, _ in page if message is not None]
            contents = stores.vectors.get_messages(tenant, [message.key for message in messages])
            in_vectors += len(contents)
            events += sum(message.is_event for message in messages)
            tombstones = stores.ledger.people.forgotten(tenant, sorted({message.user_id for message in messages}))
            for _, message, learned, delivered in page:
                yield from of_message(message, learned, delivered)
                if learned is not None:
                    self._bags["evidence"].add(learned[1])
                if message is not None:
                    self._bags["messages"].add(content_digest([message.key, message.user_id, message.content]))
                    yield from of_vector(message, contents.get(message.key))
                    if covers(tombstones.get(message.user_id), message.timestamp):
                        detail = "the person was forgotten"
                        yield Difference("documents", "forgotten", message.key, detail, "message", message.user_id)
            self._tick(len(messages))
        yield from self._vectors(in_vectors)
        self.counts |= {
            "documents": self._bags["messages"].count,
            "events": events,
            "users": stores.documents.count_users(tenant),
            "vectors": self._bags["vectors"].count,
            "deliveries": stores.ledger.batches.count(tenant),
        }
        self.counts |= {f"evidence_{name}": count for name, count in stores.ledger.evidence.counts(tenant).items()}

    def _vectors(self, expected: int) -> Iterator[Difference]:
        """Rows beside those that were asked for by key. They are looked for only where their number says so."""
        stores, tenant, bag = self._stores, self._tenant, self._bags["vectors"]
        for key, _, content in stores.vectors.scan_messages(tenant):
            bag.add(content_digest([key, content]))
        if bag.count == expected:
            return
        seen: set[str] = set()
        for page in pages(stores.vectors.scan_messages(tenant)):
            there = stores.documents.get_messages(tenant, [key for key, _, _ in page])
            for key, user_id, _ in page:
                if key not in there:
                    yield Difference("vectors", "extra", key, "documents do not hold it", "message", user_id)
                elif key in seen:
                    yield Difference("vectors", "extra", key, "stands there twice", "message", user_id)
                seen.add(key)

    def _people(self) -> Iterator[Difference]:
        """Whoever wrote has a record and a node, with the ties that the evidence amounts to; and nobody else has."""
        stores, tenant = self._stores, self._tenant
        sides = aligned(
            walk(lambda after: stores.documents.scan_users(tenant, after=after, limit=PAGE), lambda user: user.user_id),
            walk(lambda after: stores.ledger.evidence.users(tenant, after=after, limit=PAGE), str),
            walk(lambda after: stores.graph.scan_users(tenant, after=after, limit=PAGE), str),
        )
        drawn = 0
        for page in pages(sides):
            tombstones = stores.ledger.people.forgotten(tenant, [user_id for user_id, *_ in page])
            for person in page:
                tombstone = tombstones.get(person[0])
                drawn += person[3] is not None
                if tombstone is not None and tombstone.admitted_at is None:
                    yield _whole(person, "forgotten", "the person was forgotten")
                else:
                    yield from self._person(person)
            self._tick(len(page))
        self.counts |= {"graph_users": drawn, "graph_edges": stores.graph.counts(tenant).edges}

    def _person(self, person: Person) -> Iterator[Difference]:
        user_id, record, learned, drawn = person
        if record is None and learned is not None:
            yield Difference("documents", "missing", user_id, "a person who wrote has no record", "person")
        if record is None and learned is None:
            yield Difference("graph", "extra", user_id, "documents do not know this person", "person")
            return
        if learned is not None and drawn is None:
            yield Difference("graph", "missing", user_id, "a person who wrote has no node", "person")
        if learned is None and drawn is None:
            return
        there = self._stores.graph.get_ties(self._tenant, user_id)
        self._bags["ties"].add(*(digest for _, digest in tie_digests(self._tenant, there)))
        ought = self._stores.ledger.evidence.all_ties(self._tenant, user_id)
        yield from of_ties(self._tenant, ought=ought, stands=there)

    def _campaigns(self) -> Iterator[Difference]:
        """Each campaign was learned from as it is, and is drawn as it was learned; and no other is."""
        stores, tenant = self._stores, self._tenant
        learned = {one.campaign_id: one for one in stores.ledger.evidence.campaigns(tenant)}
        drawn = set(stores.graph.scan_campaigns(tenant))
        self._bags["about campaigns"].add(*(_about_digest(one) for one in learned.values()))
        scan = walk(lambda after: stores.documents.scan_campaigns(tenant, after=after, limit=PAGE), _campaign_id)
        for campaign_id, campaign in scan:
            self._bags["campaigns"].add(content_digest([campaign_id, campaign.content]))
            yield from self._campaign(campaign, learned.pop(campaign_id, None))
            drawn.discard(campaign_id)
        for campaign_id in sorted(learned):
            yield Difference("evidence", "extra", campaign_id, "documents do not hold this campaign", "campaign")
        for campaign_id in sorted(drawn):
            yield Difference("graph", "extra", campaign_id, "documents do not hold this campaign", "campaign")
        self.counts["campaigns"] = self._bags["campaigns"].count

    def _campaign(self, campaign: Campaign, learned: CampaignAbout | None) -> Iterator[Difference]:
        campaign_id = campaign.campaign_id
        drawn = self._stores.graph.get_campaign(self._tenant, campaign_id)
        if drawn is not None:
            self._bags["graph campaigns"].add(content_digest([campaign_id, list(drawn[0]), _named(drawn[1])]))
        if learned is None:
            yield Difference("evidence", "missing", campaign_id, "a campaign never learned from", "campaign")
        elif learned.content != campaign.content:
            yield Difference("evidence", "different", campaign_id, "learned from another version of it", "campaign")
        if drawn is None:
            yield Difference("graph", "missing", campaign_id, "a campaign that documents hold", "campaign")
        elif learned is not None and drawn != (learned.intents, tuple(sorted(learned.entities))):
            yield Difference("graph", "different", campaign_id, "its TARGETS or ABOUT", "campaign")

    def _entities(self) -> Iterator[Difference]:
        """The entities on record are those that somebody speaks of, and stand in graph and vectors."""
        stores, tenant = self._stores, self._tenant
        on_record = set(stores.ledger.evidence.entities(tenant))
        orphans = set(stores.ledger.evidence.orphans(tenant))
        for entity in sorted(orphans):
            yield _entity("evidence", "extra", entity, "nobody speaks of it now")
        scans: list[tuple[Store, str, Iterator[Entity]]] = [
            ("graph", "graph entities", stores.graph.scan_entities(tenant)),
            ("vectors", "vector entities", stores.vectors.scan_entities(tenant)),
        ]
        for store, bag, scan in scans:
            missing = on_record - orphans
            for entity in scan:
                self._bags[bag].add(content_digest([entity.type, entity.name]))
                missing.discard(entity)
                if entity not in on_record:
                    yield _entity(store, "extra", entity, "an entity that is not on record")
            for entity in sorted(missing):
                yield _entity(store, "missing", entity, "an entity that somebody speaks of")
            self.counts[f"{store}_entities"] = self._bags[bag].count


def _whole(person: Person, kind: Kind, detail: str) -> Difference:
    """A difference about all that there is of a person, under the first store that knows them."""
    user_id, record, learned, _ = person
    store: Store = "documents" if record is not None else "evidence" if learned is not None else "graph"
    return Difference(store, kind, user_id, detail, "person")


def _campaign_id(campaign: Campaign) -> str:
    return campaign.campaign_id


def _named(entities: Sequence[Entity]) -> list[Json]:
    return [[entity.type, entity.name] for entity in entities]


def _about_digest(one: CampaignAbout) -> str:
    intents: list[Json] = [*sorted(one.intents)]
    return content_digest([one.campaign_id, one.content, intents, _named(sorted(one.entities))])


def _entity(store: Store, kind: Kind, entity: Entity, detail: str) -> Difference:
    return Difference(store, kind, f"{entity.type} {entity.name}", detail, "entity")
