"""Engagement and intents over time, as any ledger works them out."""

from datetime import date
from typing import get_args

import pytest

from kith.persona.evidence import Evidence, Extraction
from kith.persona.model import Engagement, EngagementKind
from kith.stores.figures import CampaignFigure, Engaged, EngagedDay, IntentDay, IntentFigure, Takers
from kith.stores.ledger_port import Ledger
from kith.stores.reports import Reports

DAY = 86_400_000
HARD = "spring 'n' \"more\" %_\\"
DONE: tuple[tuple[str, int, str, EngagementKind], ...] = (
    ("ana", 0, "spring", "view"),
    ("ana", 1, "spring", "click"),
    ("ana", DAY - 1, "spring", "convert"),
    ("ana", DAY, "spring", "view"),
    ("bo", 0, "spring", "view"),
    ("bo", 0, HARD, "like"),
    ("bo", -1, HARD, "dislike"),
)


def keep(ledger: Ledger, *some: Evidence, tenant: str = "t") -> None:
    lease = ledger.leases.take([0], holder="ann", seconds=60)
    assert lease is not None
    ledger.evidence.write(lease, tenant, some)
    ledger.leases.release(lease)


def did(key: str, user: str, at: int, campaign: str, kind: EngagementKind) -> Evidence:
    return Evidence(key, user, "a", at, "c", "x", campaign, Engagement(kind, 2.5), Extraction((), (), ()))


def wanted(key: str, user: str, at: int, *intents: str) -> Evidence:
    return Evidence(key, user, "a", at, "c", "x", None, None, Extraction((), (), intents))


def engaged(*done: EngagementKind, encounters: int, taken: int) -> Engaged:
    events = {kind: done.count(kind) for kind in get_args(EngagementKind)}
    return Engaged(events, encounters, taken)


@pytest.fixture
def full(ledger: Ledger) -> Ledger:
    """A ledger in which two people did things, and somebody of another tenant too."""
    keep(ledger, *(did(f"k{n}", *one) for n, one in enumerate(DONE)))
    keep(ledger, did("k0", "cy", 0, "spring", "like"), wanted("k1", "cy", 0, "buy"), tenant="another")
    return ledger


def test_engagement_by_day(full: Ledger, reports: Reports) -> None:
    first, second, third = date(1969, 12, 31), date(1970, 1, 1), date(1970, 1, 2)
    assert reports.figures.engagement_by_day("t") == [
        EngagedDay(first, engaged("dislike", encounters=1, taken=0)),
        EngagedDay(second, engaged("view", "click", "convert", "view", "like", encounters=3, taken=2)),
        EngagedDay(third, engaged("view", encounters=1, taken=0)),
    ]
    assert reports.figures.engagement_by_day("t", campaign_id=HARD) == [
        EngagedDay(first, engaged("dislike", encounters=1, taken=0)),
        EngagedDay(second, engaged("like", encounters=1, taken=1)),
    ]
    assert reports.figures.engagement_by_day("t", campaign_id="autumn") == []


def test_engagement_by_campaign(full: Ledger, reports: Reports) -> None:
    assert reports.figures.engagement_by_campaign("t") == [
        CampaignFigure("spring", 2, engaged("view", "click", "convert", "view", "view", encounters=3, taken=1)),
        CampaignFigure(HARD, 1, engaged("like", "dislike", encounters=2, taken=1)),
    ]
    assert reports.figures.engagement_by_campaign("nobody's") == []


def test_who_did_what(full: Ledger, reports: Reports) -> None:
    def takers(campaign_id: str | None) -> set[Takers]:
        return set(reports.figures.takers("t", campaign_id=campaign_id))

    ana = Takers(frozenset({"view", "click", "convert"}), 1)
    assert takers(None) == {ana, Takers(frozenset({"view", "like", "dislike"}), 1)}
    assert takers("spring") == {ana, Takers(frozenset({"view"}), 1)}
    assert takers("autumn") == set()


def test_intents(ledger: Ledger, reports: Reports) -> None:
    keep(
        ledger,
        wanted("k1", "ana", 0, "buy_shoes", "find_hut"),
        wanted("k2", "ana", DAY - 1, "buy_shoes"),
        wanted("k3", "bo", -1, "buy_shoes", HARD),
        wanted("k4", "bo", 3 * DAY, HARD),
    )
    keep(ledger, wanted("k1", "cy", 0, "buy_shoes"), tenant="another")
    first, second, fourth = date(1969, 12, 31), date(1970, 1, 1), date(1970, 1, 4)
    shoes, other = IntentFigure("buy_shoes", 3, 2, DAY - 1), IntentFigure(HARD, 2, 1, 3 * DAY)
    assert reports.figures.intents("t") == [shoes, other, IntentFigure("find_hut", 1, 1, 0)]
    assert reports.figures.intents("t", limit=2) == [shoes, other]
    assert reports.figures.intents_by_day("t", [HARD, "buy_shoes", "nothing"]) == [
        IntentDay("buy_shoes", first, 1),
        IntentDay("buy_shoes", second, 2),
        IntentDay(HARD, first, 1),
        IntentDay(HARD, fourth, 1),
    ]
    assert reports.figures.intents_by_day("t", []) == []
