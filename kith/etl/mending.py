"""Making the other stores say what documents say: for batches left open, for `repair`, and for forgetting."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from kith.etl.refusals import undeliverable
from kith.etl.tools import Tools
from kith.persona.embedding import Vectors
from kith.persona.evidence import Ties
from kith.persona.identity import user_node_id
from kith.persona.language import campaign_message
from kith.persona.model import Campaign, Entity, Message, Rejection
from kith.stores.bundle import Stores
from kith.stores.errors import RecordRefused
from kith.stores.ledger_port import CampaignAbout, Commit, Lease, OpenBatch, Tombstone
from kith.stores.ports import Indexed

__all__ = ["Mender", "covers", "indexed"]


def indexed(message: Message) -> Indexed:
    """A message as the vector store holds it."""
    return Indexed(
        key=message.key,
        user_id=message.user_id,
        conversation_id=message.conversation_id,
        role=message.role,
        timestamp=message.timestamp,
        content=message.content,
        text=message.spoken,
    )


def covers(tombstone: Tombstone | None, timestamp: int) -> bool:
    """Whether a message of this time is of somebody who was forgotten, or of before they were."""
    return tombstone is not None and (tombstone.admitted_at is None or timestamp <= tombstone.forgotten_at)


@dataclass(frozen=True, slots=True)
class Mender:
    """Works under a lease that covers the people concerned."""

    stores: Stores
    tools: Tools

    def finish(self, lease: Lease, row: OpenBatch, *, clear: bool) -> None:
        """Writes whatever documents hold of an open batch everywhere else, and settles it."""
        if row.kind == "campaigns":
            self.set_campaigns(lease, row.tenant, [item.key for item in row.items])
            self.stores.ledger.batches.settle(lease, row, delivered=(), clear=clear)
            return
        standing = self._finish_messages(lease, row, [item.key for item in row.items])
        delivered = [
            # Also the person: a row keeps the keys of somebody who was forgotten, without them.
            replace(item, user_id=found.user_id, content=found.content, timestamp=found.timestamp)
            for item in row.items
            if (found := standing.get(item.key)) is not None
        ]
        self.stores.ledger.batches.settle(lease, row, delivered=delivered, clear=clear)

    def _finish_messages(self, lease: Lease, row: OpenBatch, keys: Sequence[str]) -> dict[str, Message]:
        """The messages that stand. One that no store will ever take is withdrawn and rejected."""
        try:
            return self.mend(lease, row.tenant, keys)
        except RecordRefused as refused:
            if len(keys) > 1:
                half = len(keys) // 2
                first = self._finish_messages(lease, row, keys[:half])
                return first | self._finish_messages(lease, row, keys[half:])
            message = self.stores.documents.get_messages(row.tenant, keys).get(keys[0])
            if message is None:
                raise
            item = next(item for item in row.items if item.key == message.key)
            # On record first: who dies in between finds it in documents again.
            self._reject(lease, row, undeliverable(message, str(refused), source=item.source, position=item.position))
            self.withdraw(lease, row.tenant, [message.key], users=[message.user_id])
            return {}

    def _reject(self, lease: Lease, row: OpenBatch, rejection: Rejection) -> None:
        self.stores.ledger.batches.commit(
            lease,
            Commit(
                batch_id=f"{row.batch_id}.withdrawn",
                run_id=row.run_id,
                tenant=row.tenant,
                sequence=0,
                last_piece=False,
                items=(),
                duplicate=0,
                rejections=[rejection],
            ),
        )

    def mend(self, lease: Lease, tenant: str, keys: Sequence[str]) -> dict[str, Message]:
        """Vectors, evidence and graph of these keys say afterwards what documents say, nothing where they say nothing.

        Messages of people who were forgotten go from documents too. Returns the messages that stand.
        """
        stores = self.stores
        found = stores.documents.get_messages(tenant, keys)
        unwanted = self._drop_forgotten(lease, tenant, found.values())
        standing = {key: message for key, message in found.items() if key not in unwanted}
        people = {message.user_id for message in found.values()}
        people |= self.remove(lease, tenant, [key for key in keys if key not in standing])
        messages = list(standing.values())
        vectors = self.tools.embed_messages(messages) if messages else None
        if vectors is not None:
            self.set_vectors(tenant, messages, vectors, stood=standing)
        evidence = self.tools.learn(messages, vectors)
        stores.ledger.evidence.write(lease, tenant, evidence)
        self.embed_entities(tenant, {entity for one in evidence for entity in one.entities})
        self.set_people(tenant, people)
        self.sweep(tenant)
        return standing

    def set_vectors(self, tenant: str, messages: Sequence[Message], rows: Vectors, *, stood: Collection[str]) -> None:
        """Gives each message its row, and takes from events what may stand there of an earlier version with words.

        `stood`: keys under which there may be one.
        """
        said = [at for at, message in enumerate(messages) if not message.is_event]
        if said:
            self.stores.vectors.upsert_messages(tenant, [indexed(messages[at]) for at in said], rows[said])
        silent = [message.key for message in messages if message.is_event and message.key in stood]
        self.stores.vectors.delete_messages(tenant, silent)

    def embed_entities(self, tenant: str, entities: Iterable[Entity]) -> None:
        """Gives each its vector. Opens the model only if there are any."""
        some = sorted(set(entities))
        if some:
            self.stores.vectors.upsert_entities(tenant, some, self.tools.embed_entities(some))

    def _drop_forgotten(self, lease: Lease, tenant: str, messages: Iterable[Message]) -> set[str]:
        """Whoever was forgotten and is not let in again goes whole; of who is, the messages of before. The keys."""
        given = list(messages)
        tombstones = self.stores.ledger.people.forgotten(tenant, sorted({message.user_id for message in given}))
        unwanted = {m.key for m in given if covers(tombstones.get(m.user_id), m.timestamp)}
        for user_id, tombstone in tombstones.items():
            if tombstone.admitted_at is None:
                self.erase(lease, tenant, user_id, Counter())
        self.stores.documents.delete_messages(tenant, sorted(unwanted))
        return unwanted

    def erase(self, lease: Lease, tenant: str, user_id: str, deleted: Counter[str]) -> None:
        """Deletes a person in every store, and what only they spoke of. Adds to `deleted` what went, as it goes.

        Vectors go last: by them a person is known until all is done, and with a person their file is written anew.
        """
        stores = self.stores
        deleted["documents"] += stores.documents.delete_user(tenant, user_id)
        deleted["ledger"] += sum(stores.ledger.people.delete(lease, tenant, user_id).values())
        deleted["graph"] += stores.graph.delete_user(tenant, user_id)
        person = user_node_id(tenant, user_id)
        # What is being worked out of them at this moment must not be kept when it is done.
        stores.cache.raise_generation(tenant, person, stores.ledger.batches.generation(tenant, user_id))
        deleted["cache"] += stores.cache.forget(tenant, person)
        self.sweep(tenant)
        deleted["vectors"] += stores.vectors.delete_user(tenant, user_id)

    def remove(self, lease: Lease, tenant: str, keys: Sequence[str]) -> set[str]:
        """Takes keys out of vectors, evidence and deliveries; the people whose ties must be set again."""
        self.stores.vectors.delete_messages(tenant, keys)
        touched = self.stores.ledger.evidence.delete_messages(lease, tenant, keys)
        self.stores.ledger.batches.remove(lease, tenant, keys)
        return {one.user_id for one in touched}

    def withdraw(self, lease: Lease, tenant: str, keys: Sequence[str], *, users: Iterable[str]) -> None:
        """Takes messages out of every store."""
        self.stores.documents.delete_messages(tenant, keys)
        people = self.remove(lease, tenant, keys) | set(users)
        self.set_people(tenant, people)
        self.sweep(tenant)

    def set_people(self, tenant: str, user_ids: Iterable[str]) -> None:
        """Sets all ties of these people to what the ledger holds; those whom documents do not know go."""
        ties: list[Ties] = []
        for user_id in sorted(user_ids):
            if self.stores.documents.get_user(tenant, user_id) is None:
                self.stores.graph.delete_user(tenant, user_id)
            else:
                ties.append(self.stores.ledger.evidence.all_ties(tenant, user_id))
        self.stores.graph.set_ties(tenant, ties)

    def sweep(self, tenant: str) -> None:
        """Removes entities and intents that nobody speaks of now. What somebody mentioned meanwhile is set again."""
        stores = self.stores
        orphans = stores.ledger.evidence.orphans(tenant)
        if orphans:
            stores.vectors.delete_entities(tenant, orphans)
            stores.graph.delete_entities(tenant, orphans)
            back = stores.ledger.evidence.drop_orphans(tenant, orphans)
            self.embed_entities(tenant, back)
            for entity in back:
                self.set_again(tenant, entity)
        stores.graph.delete_unused_intents(tenant)

    def set_again(self, tenant: str, entity: Entity) -> None:
        """Draws an entity's node with the ties of all who speak of it.

        Others write these people's ties at the same time: set, and look whether it still is what the ledger says.
        """
        for user_id in self.stores.ledger.evidence.mentioned_by(tenant, entity):
            ties = self.stores.ledger.evidence.all_ties(tenant, user_id)
            while True:
                self.stores.graph.set_ties(tenant, [ties])
                latest = self.stores.ledger.evidence.all_ties(tenant, user_id)
                if latest == ties:
                    break
                ties = latest

    def set_campaigns(self, lease: Lease, tenant: str, campaign_ids: Sequence[str]) -> None:
        """Ledger and graph say of these campaigns afterwards what documents say."""
        found = self.stores.documents.get_campaigns(tenant, campaign_ids)
        gone = [campaign_id for campaign_id in campaign_ids if campaign_id not in found]
        self.stores.ledger.evidence.delete_campaigns(lease, tenant, gone)
        self.stores.graph.delete_campaigns(tenant, gone)
        about = [self._about(campaign) for campaign in found.values()]
        self.stores.ledger.evidence.write_campaigns(lease, tenant, about)
        self.embed_entities(tenant, {entity for one in about for entity in one.entities})
        self.draw_campaigns(tenant, found.values(), about)
        self.sweep(tenant)

    def draw_campaigns(self, tenant: str, campaigns: Iterable[Campaign], about: Iterable[CampaignAbout]) -> None:
        """Sets the campaigns' nodes by what was learned of them."""
        entities = {one.campaign_id: one.entities for one in about}
        self.stores.graph.set_campaigns(tenant, [(one, entities[one.campaign_id]) for one in campaigns])

    def _about(self, campaign: Campaign) -> CampaignAbout:
        extraction = self.tools.extract([campaign_message(campaign)])[0]
        return CampaignAbout(
            campaign_id=campaign.campaign_id,
            content=campaign.content,
            extractor=self.tools.extractor.version,
            intents=tuple(sorted(set(campaign.intents))),
            entities=tuple(sorted(mention.entity for mention in extraction.mentions)),
        )
