"""Figures over time, worked out by the ledger's database: for who reads beside a pipeline that is writing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import CTE, ColumnElement, case, func, or_, select

from kith.persona.model import ENGAGEMENT_KINDS, EngagementKind
from kith.persona.ranking.signals import POSITIVE
from kith.stores.ledger.engine import Database
from kith.stores.ledger.tables import deliveries, intents, user_engagement

__all__ = ["CampaignFigure", "DayFigure", "Engaged", "EngagedDay", "Figures", "IntentDay", "IntentFigure", "Takers"]

DAY = 86_400_000
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class DayFigure:
    """What was said on one day, UTC, and by how many people."""

    day: date
    messages: int
    people: int


@dataclass(frozen=True, slots=True)
class Engaged:
    """How often each thing was done, and how many encounters there were, with how many that people took to.

    An encounter is one person with one campaign on one day, UTC; they took to it if they clicked, liked or converted.
    """

    events: dict[EngagementKind, int]
    encounters: int
    taken: int


@dataclass(frozen=True, slots=True)
class EngagedDay:
    """What was done on one day, UTC."""

    day: date
    engaged: Engaged


@dataclass(frozen=True, slots=True)
class CampaignFigure:
    """What was done with one campaign, and by how many people."""

    campaign_id: str
    people: int
    engaged: Engaged


@dataclass(frozen=True, slots=True)
class Takers:
    """How many people did these things, and none of the others."""

    kinds: frozenset[EngagementKind]
    people: int


@dataclass(frozen=True, slots=True)
class IntentFigure:
    """How often something was wanted, by how many people, and when last (milliseconds UTC)."""

    intent: str
    times: int
    people: int
    last: int


@dataclass(frozen=True, slots=True)
class IntentDay:
    """How often something was wanted on one day, UTC."""

    intent: str
    day: date
    times: int


class Figures:
    """Questions about one tenant over time. Of engagement, what names no campaign is left out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def days(self, tenant: str) -> list[DayFigure]:
        """The days on which somebody said something, the earliest first."""
        d = deliveries.c
        day = _day(d.timestamp)
        query = (
            select(day.label("day"), func.count().label("messages"), func.count(d.user_id.distinct()).label("people"))
            .where(d.tenant == tenant, d.kind == "messages")
            .group_by("day")
            .order_by("day")
        )
        with self._database.read() as connection:
            return [DayFigure(_date(row.day), row.messages, row.people) for row in connection.execute(query)]

    def engagement_by_day(self, tenant: str, *, campaign_id: str | None = None) -> list[EngagedDay]:
        """The days on which somebody did something, with any campaign or with this one, the earliest first."""
        met = _encounters(tenant, campaign_id)
        query = select(met.c.day, *_sums(met)).group_by(met.c.day).order_by(met.c.day)
        with self._database.read() as connection:
            return [EngagedDay(date.fromisoformat(row.day), _engaged(row)) for row in connection.execute(query)]

    def engagement_by_campaign(self, tenant: str) -> list[CampaignFigure]:
        """The campaigns that somebody did something with, by ascending id."""
        met = _encounters(tenant, None)
        people = func.count(met.c.user_id.distinct()).label("people")
        query = select(met.c.campaign_id, people, *_sums(met)).group_by(met.c.campaign_id).order_by(met.c.campaign_id)
        with self._database.read() as connection:
            return [CampaignFigure(row.campaign_id, row.people, _engaged(row)) for row in connection.execute(query)]

    def takers(self, tenant: str, *, campaign_id: str | None = None) -> list[Takers]:
        """How many people did which things, with any campaign or with this one; each counts once. In no order."""
        met = _encounters(tenant, campaign_id)
        did = [func.max(case((met.c[kind] > 0, 1), else_=0)).label(kind) for kind in ENGAGEMENT_KINDS]
        of_person = select(*did).group_by(met.c.user_id).cte("of_person")
        kinds = [of_person.c[kind] for kind in ENGAGEMENT_KINDS]
        query = select(*kinds, func.count().label("people")).group_by(*kinds)
        with self._database.read() as connection:
            return [
                Takers(frozenset(kind for kind in ENGAGEMENT_KINDS if getattr(row, kind)), row.people)
                for row in connection.execute(query)
            ]

    def intents(self, tenant: str, *, limit: int = 500) -> list[IntentFigure]:
        """What was wanted, the most often wanted first."""
        i = intents.c
        times, people = func.count().label("times"), func.count(i.user_id.distinct()).label("people")
        query = (
            select(i.intent, times, people, func.max(i.timestamp).label("last"))
            .where(i.tenant == tenant)
            .group_by(i.intent)
            .order_by(times.desc(), i.intent)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [IntentFigure(*row) for row in connection.execute(query)]

    def intents_by_day(self, tenant: str, named: Sequence[str]) -> list[IntentDay]:
        """How often these were wanted on each day on which they were, by ascending intent and day."""
        i = intents.c
        query = (
            select(i.intent, _day(i.timestamp).label("day"), func.count().label("times"))
            .where(i.tenant == tenant, i.intent.in_(named))
            .group_by(i.intent, "day")
            .order_by(i.intent, "day")
        )
        with self._database.read() as connection:
            return [IntentDay(row.intent, _date(row.day), row.times) for row in connection.execute(query)]


def _day(timestamp: ColumnElement[int]) -> ColumnElement[int]:
    """Whole days since 1970, rounded down: times before that are negative, and division would round them up."""
    return (timestamp - ((timestamp % DAY) + DAY) % DAY) // DAY


def _date(day: int) -> date:
    return EPOCH + timedelta(days=int(day))


def _encounters(tenant: str, campaign_id: str | None) -> CTE:
    """One row for each person with one campaign on one day, and how often they did what."""
    e = user_engagement.c
    # What comes before the T of "2026-03-01T09:30:00.000Z".
    day = func.substr(e.timestamp, 1, 10).label("day")
    which = e.campaign_id.is_not(None) if campaign_id is None else e.campaign_id == campaign_id
    done = [func.sum(case((e.kind == kind, 1), else_=0)).label(kind) for kind in ENGAGEMENT_KINDS]
    grouped = select(e.campaign_id, e.user_id, day, *done).where(e.tenant == tenant, which)
    return grouped.group_by(e.campaign_id, e.user_id, "day").cte("encounters")


def _sums(met: CTE) -> list[ColumnElement[int]]:
    """What `_engaged` reads, of a group of encounters."""
    taken = or_(*(met.c[kind] > 0 for kind in sorted(POSITIVE)))
    return [
        *(func.sum(met.c[kind]).label(kind) for kind in ENGAGEMENT_KINDS),
        func.count().label("encounters"),
        func.sum(case((taken, 1), else_=0)).label("taken"),
    ]


def _engaged(row: Any) -> Engaged:
    # PostgreSQL sums up to a decimal.
    events: dict[EngagementKind, int] = {kind: int(getattr(row, kind)) for kind in ENGAGEMENT_KINDS}
    return Engaged(events, row.encounters, int(row.taken))
