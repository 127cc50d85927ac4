"""What the ledger promises about evidence: what each message taught, and the totals worked out from it.

As in `kith.stores.ledger_port`: each method is one transaction, and methods that take a `Lease` check it first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from kith.persona.evidence import Evidence, Ties, Touched
from kith.persona.model import Entity
from kith.stores.delivery_port import Lease

__all__ = ["CampaignAbout", "EvidenceHeader", "EvidenceTable", "Written"]


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
