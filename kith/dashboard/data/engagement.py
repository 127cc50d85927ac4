"""What people did with campaigns and what they wanted, over time: read from the ledger."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Literal, TypeAlias

from kith.dashboard.data.history import Ledger
from kith.dashboard.data.reading import reading
from kith.persona.model import ENGAGEMENT_KINDS, EngagementKind
from kith.persona.time import iso

__all__ = [
    "FEW",
    "CampaignLine",
    "Engagement",
    "Every",
    "IntentLine",
    "Intents",
    "Rate",
    "Span",
    "Step",
    "campaigns_engaged",
    "engagement",
    "intents",
]

Every: TypeAlias = Literal["day", "week"]

FEW = 10
"""Encounters below which a rate says little."""
CERTAIN = 1.96
"""How many standard deviations hold 95 of 100."""
FUNNEL: tuple[EngagementKind, ...] = ("view", "click", "like", "convert")
FOLLOWED = 5
"""Intents that are followed over time: the most frequent."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A part of a whole, and how far it can be trusted."""

    part: int
    of: int

    @property
    def value(self) -> float | None:
        """None where there is nothing to take a part of."""
        return self.part / self.of if self.of else None

    @property
    def few(self) -> bool:
        return self.of < FEW

    @property
    def within(self) -> tuple[float, float]:
        """Between which bounds the true rate lies, with 95 % certainty (Wilson); of nothing, anywhere."""
        if not self.of:
            return 0.0, 1.0
        share, square = self.part / self.of, CERTAIN**2
        middle = (share + square / (2 * self.of)) / (1 + square / self.of)
        reach = CERTAIN * sqrt(share * (1 - share) / self.of + square / (4 * self.of**2)) / (1 + square / self.of)
        return max(0.0, middle - reach), min(1.0, middle + reach)


@dataclass(frozen=True, slots=True)
class Span:
    """What was done on one day, or in the week that began on it (a Monday), UTC.

    `taken`: the share of encounters that people took to. An encounter is one person with one campaign on one day; they
    took to it if they clicked, liked or converted.
    """

    start: date
    end: date
    """The day after the last."""
    events: Mapping[EngagementKind, int]
    taken: Rate


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """What was done with one campaign."""

    campaign_id: str
    people: int
    events: Mapping[EngagementKind, int]
    taken: Rate

    @property
    def times(self) -> int:
        return sum(self.events.values())


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that people did: how often, how many of them, and how many of those who did what comes before it."""

    kind: EngagementKind
    events: int
    people: int
    of_before: Rate | None


@dataclass(frozen=True, slots=True)
class Engagement:
    """What was done, the earliest first, and how far people went. `people`: all who did anything, dislikes among it."""

    spans: tuple[Span, ...]
    people: int
    funnel: tuple[Step, ...]

    @property
    def taken(self) -> Rate:
        """The same rate as of the spans, of all of them together."""
        return Rate(sum(one.taken.part for one in self.spans), sum(one.taken.of for one in self.spans))

    def times(self, *kinds: EngagementKind) -> int:
        """How often these things were done."""
        return sum(one.events[kind] for one in self.spans for kind in kinds)


@dataclass(frozen=True, slots=True)
class IntentLine:
    """How often something was wanted, by how many people, and when last."""

    intent: str
    times: int
    people: int
    last: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """How often something was wanted on one day, or in the week that began on it."""

    intent: str
    start: date
    times: int


@dataclass(frozen=True, slots=True)
class Intents:
    """What was wanted, the most often wanted first, and those at the top over time."""

    lines: tuple[IntentLine, ...]
    over_time: tuple[Wanted, ...]
    """By intent, then time; what was not wanted for a while stands there with none."""


@reading
def engagement(ledger: Ledger, *, every: Every = "day", campaign_id: str | None = None) -> Engagement:
    """What was done whenever somebody did something, with any campaign or with this one."""
    with ledger.opened() as reports:
        days = reports.figures.engagement_by_day(ledger.tenant, campaign_id=campaign_id)
        takers = reports.figures.takers(ledger.tenant, campaign_id=campaign_id)
    events: dict[date, dict[EngagementKind, int]] = defaultdict(lambda: dict.fromkeys(ENGAGEMENT_KINDS, 0))
    encounters: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for one in days:
        start = _start(one.day, every)
        for kind, times in one.engaged.events.items():
            events[start][kind] += times
        encounters[start][0] += one.engaged.taken
        encounters[start][1] += one.engaged.encounters

    def people(*kinds: EngagementKind) -> int:
        return sum(one.people for one in takers if one.kinds.issuperset(kinds))

    return Engagement(
        spans=tuple(
            Span(start, start + _length(every), events[start], Rate(*encounters[start])) for start in sorted(events)
        ),
        people=people(),
        funnel=tuple(
            Step(
                kind,
                events=sum(one[kind] for one in events.values()),
                people=people(kind),
                of_before=None if before is None else Rate(people(before, kind), people(before)),
            )
            for before, kind in zip((None, *FUNNEL), FUNNEL, strict=False)
        ),
    )


@reading
def campaigns_engaged(ledger: Ledger) -> tuple[CampaignLine, ...]:
    """The campaigns that somebody did something with, the busiest first."""
    with ledger.opened() as reports:
        found = reports.figures.engagement_by_campaign(ledger.tenant)
    lines = [
        CampaignLine(one.campaign_id, one.people, one.engaged.events, Rate(one.engaged.taken, one.engaged.encounters))
        for one in found
    ]
    return tuple(sorted(lines, key=lambda one: (-one.times, one.campaign_id)))


@reading
def intents(ledger: Ledger, *, every: Every = "day") -> Intents:
    """What was wanted."""
    with ledger.opened() as reports:
        found = reports.figures.intents(ledger.tenant)
        top = [one.intent for one in found[:FOLLOWED]]
        by_day = reports.figures.intents_by_day(ledger.tenant, top)
    times: dict[tuple[str, date], int] = defaultdict(int)
    for one in by_day:
        times[one.intent, _start(one.day, every)] += one.times
    starts = _filled({start for _, start in times}, _length(every))
    return Intents(
        lines=tuple(IntentLine(one.intent, one.times, one.people, iso(one.last)) for one in found),
        over_time=tuple(Wanted(intent, start, times.get((intent, start), 0)) for intent in top for start in starts),
    )


def _start(day: date, every: Every) -> date:
    return day if every == "day" else day - timedelta(days=day.weekday())


def _length(every: Every) -> timedelta:
    return timedelta(days=1 if every == "day" else 7)


def _filled(starts: Iterable[date], length: timedelta) -> Sequence[date]:
    """All from the first to the last, those between them too."""
    known = sorted(starts)
    if not known:
        return ()
    return [known[0] + at * length for at in range((known[-1] - known[0]) // length + 1)]
