"""The catalogue of campaigns: what each area offers. Some are over before the conversations are, some begin after
them, and most stand until further notice."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from kith.data.grammar import Dice
from kith.data.people import DAYS
from kith.data.topics import AREAS, Offer, area, resource
from kith.persona.errors import BadInput
from kith.persona.identity import Json

__all__ = ["START", "Run", "generate_campaigns", "runs"]

START: Final = datetime(2026, 2, 1, tzinfo=UTC)
"""The first day of the conversations."""
WINDOWS: Final = {"now": (-30, -2, 8, 50), "past": (-40, -10, 15, DAYS - 15), "future": (3, 20, 40, 90)}
"""Days of the earliest and latest start, then of the earliest and latest end: counted from `START` and from the last
day, but for the end of what is past, which counts from `START`, and the start of what is to come, from the last day."""
ENDING: Final = 4
"""One in so many of those that stand now has a last day."""


@dataclass(frozen=True, slots=True)
class Run:
    """An offer with the days on which it stands, counted from the first day of the conversations."""

    offer: Offer
    starts: int
    ends: int | None

    def stands(self, day: float) -> bool:
        """Whether it can be met on a day."""
        return self.starts <= day and (self.ends is None or day < self.ends)


@cache
def runs(seed: int) -> tuple[Run, ...]:
    """All offers that people meet: the first of each area, then the second, and so on."""
    offers = [area(key).offers for key in AREAS]
    ranked = [of_area[rank] for rank in range(max(map(len, offers))) for of_area in offers if rank < len(of_area)]
    return tuple(_run(offer, Dice(seed, "campaign", offer.campaign_id)) for offer in ranked)


def _run(offer: Offer, dice: Dice) -> Run:
    first, last, soonest, latest = WINDOWS[offer.when]
    starts = first + dice.below(last - first)
    ends = soonest + dice.below(latest - soonest)
    if offer.when == "past":
        return Run(offer, starts, ends)
    fixed = offer.when == "now" and dice.below(ENDING) == 0
    return Run(offer, starts + (DAYS if offer.when == "future" else 0), ends + DAYS if fixed else None)


def generate_campaigns(*, seed: int, count: int = 40) -> Iterator[dict[str, Json]]:
    """Campaign records. Past the first 40, the same offers come again for one city each; nobody met those yet."""
    if count < 0:
        raise BadInput(f"{count!r} campaigns cannot be made; ask for 0 or more")
    known = runs(seed)
    cities = [city for city, _ in resource("people.toml")["cities"]]
    for number in range(count):
        turn, place = divmod(number, len(known))
        city = None if turn == 0 else cities[(turn - 1) % len(cities)]
        yield _record(known[place], turn, city)


def _record(run: Run, turn: int, city: str | None) -> dict[str, Json]:
    offer = run.offer
    campaign_id = offer.campaign_id if turn == 0 else f"{offer.campaign_id}-{turn + 1}"
    intents: list[Json] = [*offer.intents]
    about: dict[str, Json] = {"area": offer.area} if city is None else {"area": offer.area, "city": city}
    return {
        "id": campaign_id,
        "title": offer.title if city is None else f"{offer.title} ({city})",
        "text": offer.text,
        "intents": intents,
        "starts": _midnight(run.starts),
        "ends": None if run.ends is None else _midnight(run.ends),
        "url": f"https://example.com/campaigns/{campaign_id}",
        "metadata": about,
    }


def _midnight(day: int) -> str:
    return f"{START + timedelta(days=day):%Y-%m-%d}T00:00:00Z"
