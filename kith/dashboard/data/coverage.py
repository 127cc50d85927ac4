"""How much of the catalogue is recommended, and how evenly: asked of the API for some people."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kith.dashboard.data.asking import Api, path_of
from kith.dashboard.data.people import Person
from kith.dashboard.data.reading import reading

__all__ = [
    "PLACES",
    "Campaign",
    "Catalogue",
    "Coverage",
    "Recommended",
    "Shown",
    "Suggestion",
    "campaign_of",
    "catalogue",
    "coverage",
    "recommended",
    "some_of",
    "told_apart",
]

MOST = 1000
"""Campaigns that are looked at."""
AT_ONCE = 100
PLACES = 10
"""Recommendations that each person is asked for."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """Something that can be shown, from when until when, for which intents, and what it is about."""

    id: str
    title: str
    starts: str | None
    ends: str | None
    intents: tuple[str, ...] = ()
    about: tuple[str, ...] = ()

    def runs(self, now: datetime) -> bool:
        """Whether it may be shown now."""
        begun = self.starts is None or datetime.fromisoformat(self.starts) <= now
        return begun and (self.ends is None or now < datetime.fromisoformat(self.ends))


@dataclass(frozen=True, slots=True)
class _Page:
    items: tuple[Campaign, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What can be shown. `whole`: whether these are all campaigns."""

    campaigns: tuple[Campaign, ...]
    whole: bool

    def names(self) -> Mapping[str, str]:
        """What to call each campaign, by its id: its title, with the id where others have the same title."""
        return told_apart({one.id: one.title for one in self.campaigns})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A campaign that is recommended to somebody, and how it was found."""

    campaign_id: str
    source: str


@dataclass(frozen=True, slots=True)
class Recommended:
    """What somebody is recommended. `degraded`: what was missing from the answer."""

    items: tuple[Suggestion, ...]
    degraded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """To how many of those who were asked about a campaign is recommended, by how it was found."""

    campaign_id: str
    sources: Mapping[str, int]

    @property
    def people(self) -> int:
        return sum(self.sources.values())


@dataclass(frozen=True, slots=True)
class Coverage:
    """What came of asking about `people`."""

    people: int
    unserved: int
    """People who were recommended nothing."""
    degraded: int
    """Answers from which something was missing."""
    shown: tuple[Shown, ...]
    """Each campaign that may be shown now, and whatever else was recommended, the most recommended first."""

    @property
    def reached(self) -> int:
        """Campaigns that anybody is recommended."""
        return sum(one.people > 0 for one in self.shown)

    @property
    def share(self) -> float | None:
        """Of the campaigns that may be shown, those that anybody is recommended; None where there is none."""
        return self.reached / len(self.shown) if self.shown else None

    @property
    def as_varied_as(self) -> float | None:
        """As many campaigns, recommended equally often, would be as varied (inverse Simpson); None where there is none.

        It is the number of campaigns reached where all are recommended equally often, and near 1 where one is to all.
        """
        total = sum(one.people for one in self.shown)
        return total**2 / sum(one.people**2 for one in self.shown) if total else None


def told_apart(titles: Mapping[str, str]) -> Mapping[str, str]:
    """What to call each by its id: its title, with the id where others have the same."""
    having = Counter(titles.values())
    return {one: title if having[title] == 1 else f"{title} ({one})" for one, title in titles.items()}


@reading
def catalogue(api: Api) -> Catalogue:
    """The campaigns, by id."""
    found: list[Campaign] = []
    cursor: str | None = None
    while len(found) < MOST:
        page = api.get("campaigns", _Page, patient=True, limit=AT_ONCE, cursor=cursor)
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    return Catalogue(tuple(found), cursor is None)


@reading
def campaign_of(api: Api, campaign_id: str) -> Campaign:
    """A campaign by its id."""
    return api.get(path_of("campaigns", campaign_id), Campaign)


@reading
def recommended(api: Api, user_id: str) -> Recommended:
    """What this person is recommended now."""
    return api.get(path_of("users", user_id, "recommendations"), Recommended, limit=PLACES, explain=False)


def some_of(people: Sequence[Person], number: int) -> tuple[str, ...]:
    """So many of them, spread evenly over the list: the same ones each time."""
    number = min(number, len(people))
    return tuple(people[at * len(people) // number].user_id for at in range(number))


def coverage(campaigns: Iterable[Campaign], answers: Sequence[Recommended], *, now: datetime) -> Coverage:
    """What these answers, one for each person, show of the campaigns that may be shown now."""
    running = [one.id for one in campaigns if one.runs(now)]
    sources: dict[str, Counter[str]] = {campaign_id: Counter() for campaign_id in running}
    for answer in answers:
        for one in answer.items:
            sources.setdefault(one.campaign_id, Counter())[one.source] += 1
    shown = [Shown(campaign_id, dict(counted)) for campaign_id, counted in sources.items()]
    return Coverage(
        people=len(answers),
        unserved=sum(not answer.items for answer in answers),
        degraded=sum(bool(answer.degraded) for answer in answers),
        shown=tuple(sorted(shown, key=lambda one: (-one.people, one.campaign_id))),
    )
