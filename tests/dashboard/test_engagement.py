"""Engagement over a real API and its ledger: what was done and wanted, and how sure a rate is."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readings import asked, told
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df

from kith.dashboard.data.coverage import (
    catalogue,
)
from kith.dashboard.data.engagement import (
    CampaignLine,
    Engagement,
    Every,
    Rate,
    Span,
    Step,
    campaigns_engaged,
    engagement,
    intents,
)
from kith.dashboard.data.history import Ledger
from kith.dashboard.data.reading import Missing
from kith.dashboard.engagement_charts import rate_told

SIZES = ("empty", "small", "large")
KINDS = ("view", "click", "like", "convert", "dislike")
POSITIVE = {"click", "like", "convert"}
Row = tuple[str, str, str, date]


def done_in(served: Any) -> list[Row]:
    """All that was done there: by whom, with which campaign, what, and on which day."""
    rows = asked(served, "SELECT user_id, campaign_id, kind, substr(timestamp, 1, 10) FROM user_engagement")
    return [(user, campaign, kind, date.fromisoformat(day)) for user, campaign, kind, day in rows]


def beginning(day: date, every: Every) -> date:
    return day if every == "day" else day - timedelta(days=day.isoweekday() - 1)


def rate_of(done: Sequence[Row]) -> Rate:
    met = {(user, campaign, day) for user, campaign, _, day in done}
    taken = {(user, campaign, day) for user, campaign, kind, day in done if kind in POSITIVE}
    return Rate(len(taken), len(met))


def events_of(done: Sequence[Row]) -> dict[str, int]:
    counted = Counter(kind for _, _, kind, _ in done)
    return {kind: counted[kind] for kind in KINDS}


def expected(done: Sequence[Row], every: Every) -> Engagement:
    """The same as `engagement` finds, row by row."""
    starts = sorted({beginning(day, every) for *_, day in done})
    length = timedelta(days=1 if every == "day" else 7)
    spans: list[Span] = []
    for start in starts:
        some = [row for row in done if beginning(row[3], every) == start]
        spans.append(Span(start, start + length, events_of(some), rate_of(some)))  # pyright: ignore[reportArgumentType]
    who = {kind: {user for user, _, did, _ in done if did == kind} for kind in KINDS}
    steps = [Step("view", events_of(done)["view"], len(who["view"]), None)]
    for before, kind in (("view", "click"), ("click", "like"), ("like", "convert")):
        part = Rate(len(who[before] & who[kind]), len(who[before]))
        steps.append(Step(kind, events_of(done)[kind], len(who[kind]), part))  # pyright: ignore[reportArgumentType]
    return Engagement(tuple(spans), len({user for user, *_ in done}), tuple(steps))


@pytest.mark.parametrize(
    ("part", "of", "within"),
    [
        (0, 10, (0.0, 0.27754)),
        (5, 10, (0.23659, 0.76341)),
        (10, 10, (0.72246, 1.0)),
        (81, 263, (0.25527, 0.36620)),
        (0, 0, (0.0, 1.0)),
    ],
)
def test_how_sure_a_rate_is(part: int, of: int, within: tuple[float, float]) -> None:
    assert Rate(part, of).within == pytest.approx(within, abs=1e-4)


@given(st.integers(1, 10**7), st.data())
def test_a_rate_lies_within_its_bounds_which_narrow_with_what_is_known(of: int, data: st.DataObject) -> None:
    rate = Rate(data.draw(st.integers(0, of)), of)
    (low, high), value = rate.within, rate.value
    assert value is not None
    assert 0 <= low <= value + 1e-12
    assert value - 1e-12 <= high <= 1
    more = Rate(10 * rate.part, 10 * rate.of).within
    assert more[1] - more[0] < high - low


def test_few_are_told_as_few() -> None:
    assert [rate_told(one) for one in (Rate(0, 0), Rate(3, 9), Rate(3, 10))] == ["–", "3 of 9", "30.0 %"]
    assert (Rate(0, 0).value, Rate(3, 9).few, Rate(3, 10).few) == (None, True, False)


@pytest.mark.parametrize("every", ["day", "week"])
def test_what_was_done(every: Every, small: Any) -> None:
    done, ledger = done_in(small), Ledger(small.ledger, "default")
    found = told(engagement(ledger, every=every))
    assert found == expected(done, every)
    assert (found.taken, found.times("view", "click")) == (
        Rate(sum(one.taken.part for one in found.spans), sum(one.taken.of for one in found.spans)),
        sum(kind in ("view", "click") for *_, kind, _ in done),
    )
    for campaign_id in {campaign for _, campaign, _, _ in done}:
        own = [row for row in done if row[1] == campaign_id]
        assert told(engagement(ledger, every=every, campaign_id=campaign_id)) == expected(own, every)
    nothing = told(engagement(Ledger(small.ledger, "somebody else"), every=every))
    assert (nothing.spans, nothing.people, nothing.taken) == ((), 0, Rate(0, 0))


def test_campaigns_by_what_was_done_with_them(small: Any) -> None:
    done = done_in(small)
    lines = [
        CampaignLine(campaign_id, len({user for user, *_ in own}), events_of(own), rate_of(own))  # pyright: ignore[reportArgumentType]
        for campaign_id in {campaign for _, campaign, _, _ in done}
        for own in [[row for row in done if row[1] == campaign_id]]
    ]
    found = told(campaigns_engaged(Ledger(small.ledger, "default")))
    assert found == tuple(sorted(lines, key=lambda one: (-one.times, one.campaign_id)))
    assert sum(one.times for one in found) == len(done) > 0


@pytest.mark.parametrize("every", ["day", "week"])
def test_what_was_wanted(every: Every, small: Any) -> None:
    rows = asked(small, "SELECT intent, user_id, timestamp FROM intents")
    times = Counter(intent for intent, _, _ in rows)
    found = told(intents(Ledger(small.ledger, "default"), every=every))
    names = sorted(times, key=lambda one: (-times[one], one))
    assert [(one.intent, one.times, one.people) for one in found.lines] == [
        (name, times[name], len({user for intent, user, _ in rows if intent == name})) for name in names
    ]
    assert max(one.last for one in found.lines).startswith(
        datetime.fromtimestamp(max(at for *_, at in rows) / 1000, UTC).isoformat(timespec="seconds")[:19]
    )
    top = names[:5]
    at = Counter(
        (intent, beginning(datetime.fromtimestamp(ms / 1000, UTC).date(), every))
        for intent, _, ms in rows
        if intent in top
    )
    first, last = min(start for _, start in at), max(start for _, start in at)
    step = timedelta(days=1 if every == "day" else 7)
    starts = [first + n * step for n in range((last - first) // step + 1)]
    assert [(one.intent, one.start, one.times) for one in found.over_time] == [
        (name, start, at[name, start]) for name in top for start in starts
    ]


def test_without_a_ledger() -> None:
    nowhere = Ledger("", "default")
    found = (engagement(nowhere), campaigns_engaged(nowhere), intents(nowhere))
    assert [one.why for one in found if isinstance(one, Missing)] == ["no_ledger"] * 3


def drawn(shown: Any, at: int) -> list[dict[str, Any]]:
    """The rows of one of the charts of a page."""
    found: Any = convert_arrow_bytes_to_pandas_df(shown.get("vega_lite_chart")[at].proto.data.data)
    return found.to_dict("records")


@pytest.mark.parametrize("size", SIZES)
def test_the_page(size: str, served: Callable[[str], Any], page: Any, figures: Any, words: Any) -> None:
    at = served(size)
    done, shown = done_in(at), page("engagement", at)
    said = words(shown)
    assert shown.title[0].value == "Engagement"
    assert ("Nobody has done anything with a campaign yet." in said) == (size == "empty")
    assert ("No message has shown yet what somebody wants." in said) == (size == "empty")
    assert ("There are no campaigns to recommend yet." in said) == (size == "empty")
    if size == "empty":
        assert (figures(shown), list(shown.dataframe)) == ({}, [])
        return
    times, rate = events_of(done), rate_of(done)
    assert figures(shown) == {
        "People": f"{len({user for user, *_ in done}):,}",
        "Views": f"{times['view']:,}",
        "Clicks and likes": f"{times['click'] + times['like']:,}",
        "Conversions": f"{times['convert']:,}",
        "Dislikes": f"{times['dislike']:,}",
        "Positive rate": f"{100 * rate.part / rate.of:.1f} %",
    }
    assert sum(row["events"] for row in drawn(shown, 0)) == len(done)
    assert [row["number"] for row in drawn(shown, 2) if row["unit"] == "events"] == [times[kind] for kind in KINDS[:4]]
    assert len(shown.dataframe[2].value) == 10
    assert f"{len({campaign for _, campaign, _, _ in done})} campaigns that somebody did something with" in said


def test_one_campaign_by_week(small: Any, page: Any, figures: Any, words: Any) -> None:
    shown = page("engagement", small)
    titles = told(catalogue(small.api())).names()
    line = told(campaigns_engaged(Ledger(small.ledger, "default")))[0]
    shown.selectbox(key="kith.engagement.campaign").select(line.campaign_id).run()
    shown.segmented_control[0].select("week").run()
    assert list(shown.exception) == []
    own = [row for row in done_in(small) if row[1] == line.campaign_id]
    found = expected(own, "week")
    assert (figures(shown)["People"], figures(shown)["Views"]) == (str(line.people), str(line.events["view"]))
    assert "Positive rate by week" in words(shown)
    rates, steps, campaigns = (one.value.to_dict("records") for one in shown.dataframe[:3])
    assert [(row["week"], row["positive"], row["encounters"], row["rate"]) for row in rates] == [
        (one.start, one.taken.part, one.taken.of, rate_told(one.taken)) for one in reversed(found.spans)
    ]
    assert [(row["people"], row["events"]) for row in steps] == [(one.people, one.events) for one in found.funnel]
    assert (campaigns[0]["campaign"], campaigns[0]["events"]) == (titles[line.campaign_id], line.times)


def test_for_who_may_only_read(keyed: Any, page: Any, figures: Any, words: Any) -> None:
    shown = page("engagement", keyed.served, key=keyed.key("read"))
    assert "Figures over time are shown to a key that may administer." in words(shown)
    assert "There are no campaigns to recommend yet." in words(shown)
    assert figures(shown) == {}


def test_where_there_is_no_ledger_to_read(small: Any, page: Any, words: Any) -> None:
    shown = page("engagement", small, ledger="")
    assert "There is no ledger on this machine for the dashboard to read." in words(shown)
    assert "Nobody has been asked about in this session." in words(shown)
