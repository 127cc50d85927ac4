"""Taking campaigns in: documents first, then what they are about into ledger and graph."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from uuid import uuid4

from kith.etl.writer import Writer
from kith.persona.identity import Json
from kith.persona.model import Campaign, Rejection
from kith.persona.records import Raw, parse_campaign
from kith.stores.ledger_port import CATALOGUE, Item, Lease, OpenBatch

__all__ = ["Loaded", "load_campaigns"]

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
        changed = _changed(writer, tenant, campaigns)
        _set(writer, tenant, changed, clock=clock)
        total += Loaded(len(some), len(changed), len(some) - len(rejections) - len(changed), rejections)
    return total


def _changed(writer: Writer, tenant: str, campaigns: dict[str, Campaign]) -> list[Campaign]:
    there = writer.stores.documents.get_campaigns(tenant, list(campaigns))
    return [c for c in campaigns.values() if c.campaign_id not in there or there[c.campaign_id].content != c.content]


def _set(writer: Writer, tenant: str, campaigns: list[Campaign], *, clock: Callable[[], int]) -> None:
    if not campaigns:
        return
    stores = writer.stores
    row = OpenBatch(
        batch_id=uuid4().hex,
        run_id="campaigns",
        kind="campaigns",
        tenant=tenant,
        holder=writer.holder,
        shards=(CATALOGUE,),
        opened_at=clock(),
        items=tuple(Item(c.campaign_id, "", c.content, 0, "campaigns", "") for c in campaigns),
    )

    def write(lease: Lease) -> None:
        stores.ledger.batches.open(lease, row)
        stores.documents.put_campaigns(tenant, campaigns)
        writer.mender.set_campaigns(lease, tenant, [campaign.campaign_id for campaign in campaigns])
        stores.ledger.batches.settle(lease, row, delivered=(), clear=True)

    writer.under_lease([CATALOGUE], write)
