"""What the ledger promises: leases, batches from open to commit, evidence, runs, and who was forgotten.

Each method is one transaction: all of it or nothing, on disk when it returns. Methods that take a `Lease` check it
first, in the same transaction, push its expiry out again, and raise `LeaseLost` where another holder has it by now.
Times are milliseconds UTC and come from the caller's clock, handed to the ledger when it is opened.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from kith.persona.evidence import Evidence, Ties, Touched
from kith.persona.identity import Json
from kith.persona.model import Entity, Rejection
from kith.stores.ports import StoreCard
from kith.stores.serving_port import Insight, Keys, Requests

__all__ = [
    "CATALOGUE",
    "Batches",
    "CampaignAbout",
    "Commit",
    "Delivered",
    "EvidenceHeader",
    "EvidenceTable",
    "Item",
    "Lease",
    "Leases",
    "Ledger",
    "Lineage",
    "OpenBatch",
    "Opened",
    "People",
    "RejectionRow",
    "RunRow",
    "RunStatus",
    "Runs",
    "SourceMark",
    "StageRow",
    "Tombstone",
    "Written",
]

CATALOGUE = -1
"""The shard that campaigns are written under; people's shards count from 0."""

RunStatus: TypeAlias = Literal["running", "succeeded", "failed", "interrupted", "abandoned"]
BatchKind: TypeAlias = Literal["messages", "campaigns"]


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write for some shards, until it expires or is released. `epochs` counts takers, per shard."""

    holder: str
    epochs: Mapping[int, int]


class Leases(Protocol):
    """One writer per shard. A holder is one writer: two threads of one process are two holders."""

    def take(self, shards: Sequence[int], *, holder: str, seconds: float) -> Lease | None:
        """All of the shards or none; None while somebody else holds one that has not expired.

        Every taking raises the epoch, the holder's own taking again included.
        """
        ...

    def release(self, lease: Lease) -> None:
        """Frees what is still ours; what is not is left alone."""
        ...

    def free_all(self) -> None:
        """Takes every lease from its holder: for who knows that no other writer is alive."""
        ...

    def holders(self) -> dict[int, str]:
        """Who holds which shard now."""
        ...


@dataclass(frozen=True, slots=True)
class Item:
    """One key that a batch wants to write: a message's, or a campaign's id."""

    key: str
    user_id: str
    """Empty for a campaign."""
    content: str
    timestamp: int
    source: str
    position: str


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch that was begun and neither committed nor finished by another."""

    batch_id: str
    run_id: str
    kind: BatchKind
    tenant: str
    holder: str
    shards: tuple[int, ...]
    opened_at: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """What the look under the lease decided. Each item of the call is in exactly one of these."""

    accepted: frozenset[str]
    """Keys to write."""
    edits: frozenset[str]
    """Of the accepted, those that replace a version delivered before."""
    duplicates: frozenset[str]
    """Delivered already with the same content, or with one of a greater version (timestamp, content)."""
    forgotten: frozenset[str]
    """Of people who were forgotten and not let in again, or dated before they were forgotten."""


@dataclass(frozen=True, slots=True)
class SourceMark:
    """How far a source has been read: the end of the longest prefix that is committed.

    `offset` counts bytes after decompression, `prefix` is the blake2b of those bytes, `finished` that nothing follows.
    """

    source: str
    offset: int
    prefix: str
    finished: bool


@dataclass(frozen=True, slots=True)
class Commit:
    """What one batch settles, all at once."""

    batch_id: str
    run_id: str
    tenant: str
    sequence: int
    """The batch's place in its run, from 0. Marks count once every batch before has been committed."""
    last_piece: bool
    """False for a piece of a batch that was halved: its marks wait for the last piece."""
    items: Sequence[Item]
    duplicate: int
    rejections: Sequence[Rejection]
    marks: Sequence[SourceMark] = ()


@dataclass(frozen=True, slots=True)
class Delivered:
    """A key that stands in a committed batch."""

    key: str
    user_id: str
    content: str
    timestamp: int
    batch_id: str
    source: str
    position: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a message came from. What came of it is asked of the evidence."""

    delivered: Delivered
    run_id: str
    committed_at: int


class Batches(Protocol):
    """From `open` to `commit`, and what is known of keys afterwards."""

    def known(self, tenant: str, items: Sequence[Item]) -> set[str]:
        """Keys that `open` would call duplicates, as far as one can see without a lease."""
        ...

    def open(self, lease: Lease, batch: OpenBatch) -> Opened:
        """Decides about each item (a key stands once in the call) and writes the open row for the accepted ones.

        No row is written where nothing was accepted. Other rows of the same holder stay.
        """
        ...

    def opened(self, shards: Sequence[int] | None = None) -> list[OpenBatch]:
        """Open rows that touch any of these shards (None: all), oldest first."""
        ...

    def settle(self, lease: Lease, batch: OpenBatch, *, delivered: Sequence[Item], clear: bool) -> None:
        """For who finishes another's row: these items are delivered under its batch id; `clear` removes the row.

        Raises the generation of the people named. The items of the row that are not in `delivered` stay unknown.
        An item older than what is delivered already under its key changes nothing.
        """
        ...

    def commit(self, lease: Lease, commit: Commit) -> dict[str, int]:
        """Writes deliveries, rejections, counts, marks and generations, removes the open row: in one transaction.

        Returns the new generation of each person touched, by user id. Campaign batches raise the catalogue's, under "".
        """
        ...

    def remove(self, lease: Lease, tenant: str, keys: Sequence[str]) -> None:
        """The keys are not delivered any more: for messages that are deleted, or withdrawn as undeliverable."""
        ...

    def scan(self, tenant: str, *, after: str | None = None, limit: int = 1000) -> list[Delivered]:
        """Delivered messages by ascending key."""
        ...

    def get(self, tenant: str, keys: Sequence[str]) -> dict[str, Delivered]: ...
    def lineage(self, tenant: str, key: str) -> Lineage | None: ...
    def count(self, tenant: str) -> int: ...
    def mark(self, tenant: str, source: str) -> SourceMark | None: ...
    def generation(self, tenant: str, user_id: str) -> int:
        """0 for a person nobody knows; "" asks for the catalogue's."""
        ...


@dataclass(frozen=True, slots=True)
class EvidenceHeader:
    """That a message has been learned from: `digest` is `Evidence.digest` as it was written."""

    key: str
    user_id: str
    content: str
    extractor: str
    digest: str


@dataclass(frozen=True, slots=True)
class CampaignAbout:
    """What a campaign is about, as it was learned from its title and text."""

    campaign_id: str
    content: str
    extractor: str
    intents: tuple[str, ...]
    entities: tuple[Entity, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What writing evidence changed: of whom, and which entities were not on record before. Everyone in the call is
    named in `touched`, once, those who taught nothing too."""

    touched: tuple[Touched, ...]
    new_entities: tuple[Entity, ...]


class EvidenceTable(Protocol):
    """Mentions, statements, intents, relations and engagement, per message; and the totals worked out from them.

    Totals: `Mentioned.count` sums the mentions' counts, `sentiment` is their mean weighted by count, `first` and `last`
    are message times, `surface` is the one most often used (then the smallest); `Wants` counts messages; `Engaged`
    counts events, `score` sums `strength`; `SeenWith` counts messages that mention both; `Related` names the messages
    that say so; facts come from `kith.persona.facts.timeline` over all statements.
    """

    def write(self, lease: Lease, tenant: str, evidence: Sequence[Evidence]) -> Written:
        """Replaces what each message taught. Says what was touched: by what went and by what came."""
        ...

    def delete_messages(self, lease: Lease, tenant: str, keys: Sequence[str]) -> list[Touched]: ...
    def ties(self, tenant: str, touched: Touched) -> Ties:
        """The totals of what is named (0, or no sources, where nothing is left), `facts` where asked for, SEEN_WITH
        among pairs of which at least one entity is named."""
        ...

    def ties_many(self, tenant: str, touched: Sequence[Touched]) -> list[Ties]:
        """`ties` of many people at once, in the order given."""
        ...

    def all_ties(self, tenant: str, user_id: str) -> Ties:
        """The totals of a person: `whole`, lists sorted, facts included."""
        ...

    def get(self, tenant: str, key: str) -> Evidence | None: ...
    def get_many(self, tenant: str, keys: Sequence[str]) -> dict[str, Evidence]: ...
    def versions(self, tenant: str) -> dict[str, int]:
        """How many messages were learned from by each version of an extractor."""
        ...

    def headers(self, tenant: str, *, after: str | None = None, limit: int = 1000) -> list[tuple[EvidenceHeader, str]]:
        """By ascending key: each header, and the digest worked out again from the rows that stand now."""
        ...

    def users(self, tenant: str, *, after: str | None = None, limit: int = 1000) -> list[str]:
        """Everyone who has evidence, by ascending code points."""
        ...

    def write_campaigns(self, lease: Lease, tenant: str, about: Sequence[CampaignAbout]) -> None: ...
    def delete_campaigns(self, lease: Lease, tenant: str, campaign_ids: Sequence[str]) -> None: ...
    def campaigns(self, tenant: str) -> list[CampaignAbout]:
        """By ascending campaign id."""
        ...

    def entities(self, tenant: str) -> Iterator[Entity]:
        """All entities that were ever mentioned and have not been dropped, in order."""
        ...

    def orphans(self, tenant: str) -> list[Entity]:
        """Entities on record that no mention, statement, relation or campaign speaks of now."""
        ...

    def drop_orphans(self, tenant: str, entities: Sequence[Entity]) -> list[Entity]:
        """Takes those that are still orphans off the record and returns those that somebody mentioned meanwhile."""
        ...

    def mentioned_by(self, tenant: str, entity: Entity) -> list[str]:
        """Users whose evidence speaks of an entity."""
        ...

    def counts(self, tenant: str) -> dict[str, int]:
        """Rows: `messages`, `mentions`, `statements`, `intents`, `relations`, `engagement`, `entities`."""
        ...


@dataclass(frozen=True, slots=True)
class StageRow:
    """What one step of a run did."""

    stage: str
    records: int
    seconds: float
    status: Literal["succeeded", "failed", "interrupted"]
    started_at: int
    finished_at: int


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run. Counts are the sums over its committed batches, as they stand."""

    run_id: str
    tenant: str
    status: RunStatus
    started_at: int
    finished_at: int | None
    read: int
    accepted: int
    duplicate: int
    rejected: int
    batches: int
    error: str | None
    sources_unchanged: int = 0
    stages: tuple[StageRow, ...] = ()


@dataclass(frozen=True, slots=True)
class RejectionRow:
    """A rejection on record. `id` comes from tenant, source, position, code and raw: found twice, it stands once."""

    id: str
    run_id: str
    rejected_at: int
    rejection: Rejection


class Runs(Protocol):
    """What happened, and what was turned away."""

    def start(self, run_id: str, tenant: str) -> None: ...
    def finish(
        self, run_id: str, status: RunStatus, *, stages: Sequence[StageRow], error: str | None, sources_unchanged: int
    ) -> None: ...
    def abandon(self) -> list[str]:
        """Marks every run that still says `running` as `abandoned`: for who opens a folder that nobody else has."""
        ...

    def get(self, run_id: str) -> RunRow | None: ...
    def latest(self, tenant: str, *, limit: int = 20) -> list[RunRow]:
        """Newest first."""
        ...

    def rejections(
        self,
        tenant: str,
        *,
        run_id: str | None = None,
        code: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> list[RejectionRow]:
        """By ascending id."""
        ...

    def rejection(self, tenant: str, rejection_id: str) -> RejectionRow | None: ...
    def drop_rejections(self, tenant: str, ids: Sequence[str]) -> int: ...
    def rejection_counts(self, tenant: str, run_id: str | None = None) -> dict[str, int]:
        """By code."""
        ...

    def record_event(self, run_id: str, event: Mapping[str, Json]) -> None:
        """Keeps an OpenLineage event."""
        ...

    def events(self, run_id: str) -> list[dict[str, Json]]: ...


@dataclass(frozen=True, slots=True)
class Tombstone:
    """That somebody was forgotten, and when. `person` is a keyed hash: nobody's id is kept."""

    person: str
    forgotten_at: int
    admitted_at: int | None


class People(Protocol):
    """Who was forgotten, and all that the ledger holds of a person."""

    def bury(self, tenant: str, user_id: str) -> Tombstone:
        """Sets the tombstone, dated now; where one stands already, its date moves forward and any admission goes."""
        ...

    def tombstone(self, tenant: str, user_id: str) -> Tombstone | None: ...
    def admit(self, tenant: str, user_id: str) -> bool:
        """Lets a forgotten person in again: messages dated after the tombstone are accepted from now on."""
        ...

    def forgotten(self, tenant: str, user_ids: Sequence[str]) -> dict[str, Tombstone]:
        """Those of the people named who have a tombstone."""
        ...

    def unpurged(self) -> list[Tombstone]:
        """Tombstones of people not let in, with no receipt since and not settled: as after a crash midway."""
        ...

    def settle(self, waiting: Sequence[Tombstone]) -> None:
        """For who looked through all stores and found nothing left of anyone forgotten: these are unpurged no more.

        One that was set again since stays unpurged.
        """
        ...

    def delete(self, lease: Lease, tenant: str, user_id: str) -> dict[str, int]:
        """Removes all rows about a person: deliveries, evidence, and rejected records (also those of nobody in
        particular whose raw text holds the id as a JSON string); raises the generation. Rows by table. Items of open
        batches stay, without their person, for whoever finishes them."""
        ...

    def count(self, tenant: str, user_id: str) -> dict[str, int]:
        """Rows about a person by table, counted as `delete` would: the second look."""
        ...

    def keep_receipt(self, receipt_id: str, tenant: str, user_id: str, receipt: Mapping[str, Json]) -> None:
        """Keeps a receipt under the person's hash; the receipt itself must not hold the id."""
        ...

    def receipts(self, tenant: str, user_id: str) -> list[dict[str, Json]]: ...


class Ledger(Protocol):
    """Its parts, over one database."""

    @property
    def leases(self) -> Leases: ...
    @property
    def batches(self) -> Batches: ...
    @property
    def evidence(self) -> EvidenceTable: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def people(self) -> People: ...
    @property
    def insight(self) -> Insight: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def requests(self) -> Requests: ...
    def card(self) -> StoreCard: ...
    def tenants(self) -> list[str]: ...
    def close(self) -> None: ...
