"""Taking campaigns in, changing and removing them: documents first, then what they are about into ledger and graph."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from uuid import uuid4

from kith.etl.writer import Writer
from kith.persona.identity import Json, user_node_id
from kith.persona.model import Campaign, Rejection
from kith.persona.records import Raw, parse_campaign
from kith.stores.errors import StoreError
from kith.stores.ledger_port import CATALOGUE, Item, Lease, OpenBatch

__all__ = ["Loaded", "Put", "change_campaign", "load_campaigns", "put_campaigns", "remove_campaigns"]

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a file of campaigns."""

    read: int = 0
    accepted: int = 0
    unchanged: int = 0
    rejections: tuple[Rejection, ...] = ()

    def __add__(self, other: "Loaded") -> "Loaded":
        return Loaded(
            self.read + other.read,
            self.accepted + other.accepted,
            self.unchanged + other.unchanged,
            self.rejections + other.rejections,
        )

    def as_json(self) -> dict[str, Json]:
        """The shape that scripts read."""
        rejected: list[Json] = [
            {"code": r.code, "detail": r.detail, "source": r.source, "position": r.position} for r in self.rejections
        ]
        return {"read": self.read, "accepted": self.accepted, "unchanged": self.unchanged, "rejected": rejected}


def load_campaigns(writer: Writer, tenant: str, raws: Iterable[Raw], *, clock: Callable[[], int]) -> Loaded:
    """Sets each campaign that is new or has changed. Of two with one id the last counts."""
    total = Loaded()
    given = iter(raws)
    while some := list(islice(given, CHUNK)):
        parsed = [parse_campaign(raw, tenant=tenant) for raw in some]
        campaigns = {one.campaign_id: one for one in parsed if isinstance(one, Campaign)}
        rejections = tuple(one for one in parsed if isinstance(one, Rejection))
        put = put_campaigns(writer, tenant, campaigns, clock=clock)
        accepted = put.created + put.changed
        total += Loaded(len(some), accepted, len(some) - len(rejections) - accepted, rejections)
    return total


@dataclass(frozen=True, slots=True)
class Put:
    """How many campaigns are new, and how many were there and are another now."""

    created: int
    changed: int


def put_campaigns(writer: Writer, tenant: str, campaigns: Mapping[str, Campaign], *, clock: Callable[[], int]) -> Put:
    """Sets each of these campaigns, by id, that is new or has changed."""
    there = writer.stores.documents.get_campaigns(tenant, list(campaigns))
    differing = _differing(campaigns, there)
    if differing:
        # Looked up without a lease, and set all the same: whatever others do meanwhile, it says what it should.
        _under_lease(writer, tenant, list(differing), lambda _: _Change(differing), clock=clock)
    created = len(differing.keys() - there.keys())
    return Put(created, len(differing) - created)


def change_campaign(
    writer: Writer,
    tenant: str,
    campaign_id: str,
    *,
    change: Callable[[Campaign], Campaign | Rejection],
    clock: Callable[[], int],
) -> Campaign | Rejection | None:
    """The campaign as it stands after the change, or why it can't be changed so; None for one that nobody knows.

    Nobody else changes it in between.
    """
    found: Campaign | Rejection | None = None

    def decide(there: Mapping[str, Campaign]) -> _Change:
        nonlocal found
        found = change(there[campaign_id]) if campaign_id in there else None
        return _Change(_differing({campaign_id: found}, there)) if isinstance(found, Campaign) else _Change()

    _under_lease(writer, tenant, [campaign_id], decide, clock=clock)
    return found


def remove_campaigns(
    writer: Writer, tenant: str, campaign_ids: Sequence[str], *, clock: Callable[[], int]
) -> frozenset[str]:
    """Takes campaigns out of every store; which of them were there. What people did with them stays on record."""
    gone: frozenset[str] = frozenset()

    def decide(there: Mapping[str, Campaign]) -> _Change:
        nonlocal gone
        gone |= frozenset(there)  # a try whose lease ran out may have removed some already
        return _Change(gone=frozenset(there))

    _under_lease(writer, tenant, campaign_ids, decide, clock=clock)
    return gone


def _nothing_set() -> Mapping[str, Campaign]:
    return {}


@dataclass(frozen=True, slots=True)
class _Change:
    """What is to be done with the catalogue."""

    set: Mapping[str, Campaign] = field(default_factory=_nothing_set)
    gone: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.set or self.gone)


def _differing(campaigns: Mapping[str, Campaign], there: Mapping[str, Campaign]) -> dict[str, Campaign]:
    return {name: one for name, one in campaigns.items() if name not in there or there[name].content != one.content}


def _under_lease(
    writer: Writer,
    tenant: str,
    campaign_ids: Sequence[str],
    decide: Callable[[Mapping[str, Campaign]], _Change],
    *,
    clock: Callable[[], int],
) -> None:
    """Does what is decided by what documents hold of these campaigns, then tells the cache."""
    stores = writer.stores
    decided: dict[int, tuple[_Change, OpenBatch]] = {}

    def write(lease: Lease) -> None:
        # Once for each lease: a second try under the same one would find in documents what the first has put there.
        epoch = lease.epochs[CATALOGUE]
        if epoch not in decided:
            change = decide(stores.documents.get_campaigns(tenant, campaign_ids))
            decided[epoch] = (change, _row(writer, tenant, change, opened_at=clock()))
        change, row = decided[epoch]
        if not change:
            return
        stores.ledger.batches.open(lease, row)
        stores.documents.put_campaigns(tenant, list(change.set.values()))
        stores.documents.delete_campaigns(tenant, sorted(change.gone))
        writer.mender.set_campaigns(lease, tenant, [*change.set, *sorted(change.gone)])
        stores.ledger.batches.settle(lease, row, delivered=(), clear=True)

    writer.under_lease([CATALOGUE], write)
    with suppress(StoreError):  # a cache that is not told costs staleness of a minute
        generation = stores.ledger.batches.generation(tenant, "")
        stores.cache.raise_generation(tenant, user_node_id(tenant, ""), generation)


def _row(writer: Writer, tenant: str, change: _Change, *, opened_at: int) -> OpenBatch:
    contents = {name: one.content for name, one in change.set.items()} | dict.fromkeys(sorted(change.gone), "")
    return OpenBatch(
        batch_id=uuid4().hex,
        run_id="campaigns",
        kind="campaigns",
        tenant=tenant,
        holder=writer.holder,
        shards=(CATALOGUE,),
        opened_at=opened_at,
        items=tuple(Item(name, "", content, 0, "campaigns", "") for name, content in contents.items()),
    )
