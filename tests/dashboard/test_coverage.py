"""Coverage of recommendations: counted, and asked about for some people of a real API."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, expect
from readings import asked, told
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df

from kith.dashboard.data.coverage import (
    PLACES,
    Campaign,
    Catalogue,
    Coverage,
    Recommended,
    Shown,
    Suggestion,
    catalogue,
    coverage,
    recommended,
    some_of,
)
from kith.dashboard.data.people import Person, known
from kith.dashboard.data.reading import Missing, Told
from kith.dashboard.surveying import Survey

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def drawn(shown: Any, at: int) -> list[dict[str, Any]]:
    """The rows of one of the charts of a page."""
    found: Any = convert_arrow_bytes_to_pandas_df(shown.get("vega_lite_chart")[at].proto.data.data)
    return found.to_dict("records")


def test_the_catalogue_and_what_is_recommended(small: Any, served: Callable[[str], Any]) -> None:
    found = told(catalogue(small.api()))
    ids = [row[0] for row in asked(small, "SELECT campaign_id FROM campaign_about ORDER BY campaign_id")]
    assert ([one.id for one in found.campaigns], found.whole) == (ids, True)
    somebody = told(known(small.api())).items[0].user_id
    offered = told(recommended(small.api(), somebody))
    assert (len(offered.items), offered.degraded) == (PLACES, ())
    assert {one.campaign_id for one in offered.items} <= set(ids)
    assert told(catalogue(served("empty").api())) == Catalogue((), True)
    stranger = recommended(small.api(), "nobody at all")
    assert isinstance(stranger, Missing)
    assert stranger.why == "unknown"


def test_campaigns_of_one_title_are_told_apart() -> None:
    some = tuple(Campaign(id, title, None, None) for id, title in (("a", "Spring"), ("b", "Spring"), ("c", "Autumn")))
    assert Catalogue(some, True).names() == {"a": "Spring (a)", "b": "Spring (b)", "c": "Autumn"}


def recommending(*campaigns: str, source: str = "similar", degraded: tuple[str, ...] = ()) -> Recommended:
    return Recommended(tuple(Suggestion(one, source) for one in campaigns), degraded)


def test_coverage() -> None:
    times = {"a": (None, None), "b": ("2026-02-28T23:00:00Z", "2026-03-02T00:00:00Z"), "c": (None, None)}
    over = {"gone": (None, "2026-03-01T00:00:00Z"), "to come": ("2026-03-02T00:00:00Z", None)}
    campaigns = [Campaign(id, id.title(), *span) for id, span in (times | over).items()]
    answers = [recommending("a", "b"), recommending("a", source="popular", degraded=("graph",)), recommending()]
    found = coverage(campaigns, answers, now=NOW)
    assert found == Coverage(
        people=3,
        unserved=1,
        degraded=1,
        shown=(Shown("a", {"similar": 1, "popular": 1}), Shown("b", {"similar": 1}), Shown("c", {})),
    )
    assert (found.reached, found.share, found.as_varied_as) == (2, pytest.approx(2 / 3), pytest.approx(9 / 5))
    nothing = coverage([], [], now=NOW)
    assert (nothing.reached, nothing.share, nothing.as_varied_as) == (0, None, None)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_variety_lies_between_one_and_all_that_are_reached(people: list[int]) -> None:
    found = Coverage(50, 0, 0, tuple(Shown(str(n), {"similar": times}) for n, times in enumerate(people)))
    assert found.as_varied_as is not None
    assert 1 - 1e-9 <= found.as_varied_as <= found.reached + 1e-9
    same = Coverage(50, 0, 0, tuple(Shown(str(n), {"similar": people[0]}) for n in range(len(people))))
    assert same.as_varied_as == pytest.approx(len(people))


def test_people_are_spread_over_all() -> None:
    people = [Person(str(n)) for n in range(10)]
    assert some_of(people, 4) == ("0", "2", "5", "7")
    assert some_of(people, 50) == tuple(str(n) for n in range(10))
    assert some_of([], 4) == ()


def test_a_survey_goes_on_until_all_are_asked_about_or_an_answer_fails() -> None:
    begun = Survey(("a", "b", "c"), "3 by id")
    one = begun.after(Told(recommending("x")))
    gone = one.after(Missing("unknown", "Nobody knows them."))
    assert (gone.asked, gone.gone, gone.over) == (2, 1, False)
    assert gone.after(Told(recommending())) == replace(gone, answers=(recommending("x"), recommending()))
    assert gone.after(Told(recommending())).over
    down = Missing("unreachable", "The API is down.")
    assert gone.after(down) == replace(gone, failed=down)
    assert (gone.after(down).over, replace(one, stopped=True).over) == (True, True)


@pytest.mark.parametrize("size", ["small", "large"])
def test_coverage_is_asked_about(size: str, served: Callable[[str], Any], page: Any, figures: Any, words: Any) -> None:
    at = served(size)
    shown = page("engagement", at)
    assert "Nobody has been asked about in this session." in words(shown)
    shown.segmented_control(key="kith.engagement.people").select(20)
    shown.button(key="kith.engagement.ask").click().run()
    assert list(shown.exception) == []
    survey = shown.session_state["kith.engagement.survey"]
    offered = told(known(at.api()))
    assert survey.people == some_of(offered.items, 20)
    assert (survey.asked, survey.gone, survey.failed, survey.over) == (20, 0, None, True)
    found = coverage(told(catalogue(at.api())).campaigns, survey.answers, now=datetime.now(UTC))
    assert figures(shown)["Asked about"] == "20"
    assert figures(shown)["As varied as"] == f"{found.as_varied_as:.1f}"
    of = "the first 1,000 by id" if offered.next else "20 by id"
    assert f"20 people, spread evenly over {of}." in words(shown)
    assert sum(row["people"] for row in drawn(shown, -1)) == sum(one.people for one in found.shown[:15])
    assert shown.dataframe[-1].value["people"].tolist() == [one.people for one in found.shown[:10]]
    assert shown.run().session_state["kith.engagement.survey"] is survey


def test_a_survey_that_was_cut_off_says_so(small: Any, page: Any, figures: Any, words: Any) -> None:
    down = Missing("unreachable", "The API is down.", "Start it with `kith serve`.")
    shown = page("engagement", small)
    survey = Survey(("a", "b", "c"), "3 by id", (recommending("x", degraded=("graph",)),), gone=1, failed=down)
    shown.session_state["kith.engagement.survey"] = survey
    said = words(shown.run())
    assert "The API is down." in said
    assert "It ended before all 3 were asked about. 1 of them are not known any more." in said
    assert "From 1 answer something was missing: see the page Stores." in said
    assert figures(shown)["Asked about"] == "1"


def test_people_are_asked_about_in_the_browser(
    small: Any, dashboard: Callable[[Any], str], browser_page: Callable[..., Page]
) -> None:
    shown = browser_page(dashboard(small), "engagement")
    shown.get_by_role("radio", name="20", exact=True).click()
    shown.get_by_role("button", name="Ask about them").click()
    shown.get_by_text("20 people, spread evenly over 20 by id.").wait_for()
    expect(shown.get_by_role("button", name="Stop")).to_have_count(0)
    for chart in (shown.get_by_test_id("stVegaLiteChart").first, shown.get_by_test_id("stVegaLiteChart").last):
        bar = chart.locator(".mark-rect path[fill^='#']").first
        bar.wait_for()
        box = bar.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) > 1
