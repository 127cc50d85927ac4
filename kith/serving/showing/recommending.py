"""Recommending: what stores know of a person and of those who talk alike, put together for `kith.persona.ranking`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kith.etl.walking import PAGE, walk
from kith.persona.engagement import DayCount, Did
from kith.persona.identity import nfc
from kith.persona.model import Campaign
from kith.persona.ranking import WEIGHTS, Asked, Neighbour, Recommended, Shared, recommend
from kith.persona.ranking.fallback import eligible, running
from kith.persona.ranking.lately import COUNTED, INTENTS, LATEST, lately
from kith.persona.ranking.likeness import alike
from kith.persona.ranking.popularity import favourites
from kith.persona.time import iso
from kith.serving.frame.attempts import Attempts
from kith.serving.frame.house import House
from kith.serving.frame.problems import Refusal
from kith.serving.shapes.recommendations import (
    Popular,
    PopularCampaigns,
    Reason,
    Recommendation,
    Recommendations,
    Similar,
    SimilarCampaigns,
)
from kith.serving.showing.shelf import Shelves
from kith.serving.showing.shown import Shown
from kith.stores.ports import Narrowed

__all__ = ["Ask", "Recommender"]

HITS = 400
"""Messages looked at to find enough different conversations: one conversation may hold several of the nearest."""
SAID = Narrowed(role="user")


@dataclass(frozen=True, slots=True)
class Ask:
    """Who is to be shown something, and what else the question says."""

    tenant: str
    user_id: str
    limit: int = 10
    include_seen: bool = False
    exclude: frozenset[str] = frozenset()
    intent: str | None = None
    explain: bool = True
    cursor: str | None = None


class Recommender:
    """Answers questions about what to show, over the stores of a house. Any thread may call."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._shelves = Shelves(house)

    def recommend(self, ask: Ask) -> Recommendations:
        """What to show a person. `Refusal` for one that nobody knows, and for a cursor that is none."""
        shown = Shown.of(ask.cursor)
        attempts = Attempts()
        user = self._house.stores.documents.get_user(ask.tenant, nfc(ask.user_id))
        if user is None:
            raise Refusal("unknown-user", f"nobody knows {ask.user_id!r}; add them with POST /users, or ingest")
        now = self._house.clock()
        campaigns = self._shelves.of(ask.tenant, attempts).campaigns
        asked = self._asked(ask, user.user_id, campaigns, shown, now, attempts)
        found = recommend(asked)
        after = shown.and_also(one.campaign_id for one in found)
        return Recommendations(
            items=[_item(one, campaigns, explain=ask.explain, before=len(shown.digests)) for one in found],
            next=after.cursor if len(eligible(asked)) > len(found) else None,
            generated_at=iso(now),
            degraded=attempts.degraded,
        )

    def similar(self, tenant: str, campaign_id: str, *, limit: int = 10) -> SimilarCampaigns:
        """The campaigns most like one. `Refusal` for one that is not there."""
        attempts = Attempts()
        shelf = self._shelves.of(tenant, attempts)
        campaign_id = nfc(campaign_id)
        if campaign_id not in shelf.campaigns:
            raise Refusal("unknown-thing", f"there is no campaign {campaign_id!r}; see GET /campaigns")
        ledger = self._house.stores.ledger
        learned = attempts.of("ledger", lambda: ledger.evidence.campaigns(tenant), [])
        entities = {one.campaign_id: one.entities for one in learned}
        about = {name: Shared(one.intents, entities.get(name, ())) for name, one in shelf.campaigns.items()}
        rows = self._shelves.vectors(tenant, shelf)
        cosines = {name: float(row @ rows[campaign_id]) for name, row in rows.items()}
        return SimilarCampaigns(
            items=[
                Similar(
                    campaign_id=one.campaign_id,
                    title=shelf.campaigns[one.campaign_id].title,
                    score=one.score,
                    shared=list(one.shared),
                )
                for one in alike(campaign_id, about, cosines, limit=limit)
            ],
            degraded=attempts.degraded,
        )

    def popular(self, tenant: str, *, intent: str | None = None, limit: int = 10) -> PopularCampaigns:
        """What many took to, of what runs now; of what targets the intent alone, where one is given."""
        now = self._house.clock()
        intent = None if intent is None else nfc(intent)
        campaigns = [
            one
            for one in self._shelves.of(tenant, Attempts()).campaigns.values()
            if running(one, now) and (intent is None or intent in one.intents)
        ]
        found = favourites(campaigns, self._day_counts(tenant, now), now=now, limit=limit)
        return PopularCampaigns(
            items=[
                Popular(
                    campaign_id=one.campaign.campaign_id, title=one.campaign.title, score=one.score, count=one.count
                )
                for one in found
            ],
            generated_at=iso(now),
        )

    def _asked(
        self,
        ask: Ask,
        user_id: str,
        campaigns: Mapping[str, Campaign],
        shown: Shown,
        now: int,
        attempts: Attempts,
    ) -> Asked:
        """All that the stores say of this question; what one of them does not say counts for nothing."""
        tenant, stores = ask.tenant, self._house.stores
        insight = stores.ledger.insight
        near = self._neighbours(tenant, user_id, attempts)
        where = [(one.user_id, one.conversation_id) for one in near]
        done_there = attempts.of("ledger", lambda: insight.done_in(tenant, where), []) if where else []
        own = attempts.of("ledger", lambda: insight.done_by(tenant, user_id), None)
        intents = attempts.of("ledger", lambda: insight.intents_by_time(tenant, user_id, limit=INTENTS), [])
        shared = attempts.of("graph", lambda: stores.graph.shared_campaigns(tenant, user_id), [])
        return Asked(
            user_id=user_id,
            now=now,
            candidates=list(campaigns.values()),
            limit=ask.limit,
            neighbours=near,
            done_there=done_there,
            own=self._done_on_record(tenant, user_id) if own is None else own,
            shared={one.campaign_id: Shared(one.intents, one.entities) for one in shared},
            wanted=Counter(intent for _, intent in intents),
            day_counts=attempts.of("ledger", lambda: self._day_counts(tenant, now), []),
            intent=None if ask.intent is None else nfc(ask.intent),
            include_seen=ask.include_seen,
            exclude={*map(nfc, ask.exclude), *(name for name in campaigns if name in shown)},
        )

    def _neighbours(self, tenant: str, user_id: str, attempts: Attempts) -> list[Neighbour]:
        """The conversations of other people that are nearest to what this person said last."""
        stores = self._house.stores
        latest = stores.documents.page_messages(tenant, user_id, only=SAID, limit=LATEST)
        keys = [message.key for message in latest]
        rows = attempts.of("vectors", lambda: stores.vectors.get_vectors(tenant, keys), {})
        sought = lately([rows[key] for key in keys if key in rows])
        if sought is None:
            return []
        hits = attempts.of(
            "vectors",
            lambda: stores.vectors.search_dense(tenant, sought, except_user=user_id, only=SAID, limit=HITS),
            [],
        )
        best: dict[tuple[str, str], Neighbour] = {}
        for hit in hits:  # the nearest first
            where = (hit.user_id, hit.conversation_id)
            best.setdefault(where, Neighbour(*where, hit.score))
        return list(best.values())[: WEIGHTS.neighbours]

    def _day_counts(self, tenant: str, now: int) -> Sequence[DayCount]:
        return self._house.stores.ledger.insight.done_by_day(tenant, since=now - COUNTED)

    def _done_on_record(self, tenant: str, user_id: str) -> list[Did]:
        """What a person did, from documents: slower, but what was disliked stays away while the ledger is down."""
        documents = self._house.stores.documents
        messages = walk(
            lambda after: documents.scan_messages(tenant, user_id=user_id, after=after, limit=PAGE), lambda one: one.key
        )
        return [
            Did(user_id, one.campaign_id, one.conversation_id, one.engagement, one.timestamp)
            for _, one in messages
            if one.campaign_id is not None and one.engagement is not None
        ]


def _item(one: Recommended, campaigns: Mapping[str, Campaign], *, explain: bool, before: int) -> Recommendation:
    return Recommendation(
        campaign_id=one.campaign_id,
        title=one.title,
        score=one.score,
        rank=before + one.rank,
        source=one.source,
        reasons=[Reason(kind=r.kind, share=r.share, text=r.text, count=r.count) for r in one.reasons]
        if explain
        else [],
        url=campaigns[one.campaign_id].url,
        propensity=one.propensity,
    )
