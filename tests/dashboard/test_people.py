"""People over a real API: what the page is told of somebody, what it shows, and that who is forgotten is gone."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from readings import told
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df
from streamlit.testing.v1 import AppTest
from talking import talk

from kith.dashboard.data.leaving import export_of, receipt_of
from kith.dashboard.data.offered import context_for, offers_for
from kith.dashboard.data.people import known
from kith.dashboard.data.person import minded, said, somebody
from kith.dashboard.data.reading import Missing

OpenPage = Callable[..., Page]


@pytest.fixture
def open_person(page: Any) -> Callable[..., AppTest]:
    """The page of a person, found by the address, with one of its parts open."""

    def run(served: Any, user_id: str, part: str = "Facts", **more: Any) -> AppTest:
        shown: AppTest = page("people", served, **more)
        shown.query_params["person"] = user_id
        shown.run()
        if part != "Facts":
            shown.segmented_control(key="part").select(part).run()
        assert list(shown.exception) == []
        return shown

    return run


def rows(shown: AppTest) -> list[dict[str, Any]]:
    """The rows of the first table of the page."""
    found: Any = shown.dataframe[0].value
    return found.to_dict("records")


def drawn(shown: AppTest) -> list[dict[str, Any]]:
    """What the chart of the page draws."""
    chart: Any = shown.get("vega_lite_chart")[0].proto
    spec = json.loads(chart.spec)
    if "layer" in spec:
        return spec["layer"][0]["data"]["values"]
    found: Any = convert_arrow_bytes_to_pandas_df(chart.data.data)
    return found.to_dict("records")


def test_nobody_is_there_yet(served: Callable[[str], Any], page: Any, words: Any) -> None:
    shown = page("people", served("empty"))
    assert "Nobody is known yet." in words(shown)
    assert list(shown.selectbox) == []


def test_somebody_beyond_those_that_are_offered(
    served: Callable[[str], Any], page: Any, open_person: Any, words: Any
) -> None:
    large = served("large")
    offered = told(known(large.api()))
    after = large.api().get("users", dict[str, Any], limit=1, cursor=offered.next)
    beyond = told(somebody(large.api(), after["items"][0]["user_id"]))
    shown = open_person(large, beyond.user_id)
    assert shown.header[0].value.replace("\\", "") == (beyond.name or beyond.user_id)
    assert f"{beyond.messages} message" in words(shown)
    chosen = offered.items[7].user_id
    shown.selectbox[0].select(chosen).run()
    assert (shown.query_params["person"], shown.header[0].value) == (chosen, chosen)
    shown.query_params["person"] = beyond.user_id
    shown.run()
    assert shown.selectbox[0].value == beyond.user_id


def test_a_stranger_in_the_address(small: Any, open_person: Any, words: Any) -> None:
    shown = open_person(small, "no such person")
    assert "Nobody knows 'no such person'" in words(shown)
    assert list(shown.segmented_control) == []


def test_facts_are_drawn_and_traced_to_their_words(learned: Any, open_person: Any, words: Any) -> None:
    shown = open_person(learned, "bea")
    assert shown.header[0].value == r"Bea \*B\*"
    assert [(one["fact"], one["so"], one["since"], one["until"]) for one in rows(shown)] == [
        ("likes hiking", "so then", "10 Feb 2026", "–"),
        ("lives in Porto", "at other times", "5 Jan 2026", "10 Feb 2026"),
        ("lives in Lisbon", "so then", "10 Feb 2026", "–"),
    ]
    shown.date_input(key="kith.people.facts.as_of").set_value("2026-01-20").run()
    assert [one["so"] for one in rows(shown)] == ["at other times", "so then", "at other times"]
    assert "1 of 3 facts was so on 20 Jan 2026" in words(shown).replace("*", "")
    picker = shown.selectbox(key="kith.people.facts.picked.bea")
    picker.select_index(1).run()
    assert "lives in Porto since 5 Jan 2026, 10:00 UTC, until 10 Feb 2026, 10:00 UTC" in words(shown).replace("*", "")
    assert ":material/arrow_forward: I live in Porto." in words(shown)


def test_facts_as_they_were_known_before_anything_was(learned: Any, open_person: Any, words: Any) -> None:
    shown = open_person(learned, "bea")
    shown.date_input(key="kith.people.facts.known").set_value("2026-02-20").run()
    assert "0 of 3 facts were so on" in words(shown).replace("*", "")
    assert {one["so"] for one in drawn(shown)} == {"at other times"}


def test_things_and_their_strength(learned: Any, open_person: Any) -> None:
    shown = open_person(learned, "bea", "On their mind")
    found = told(minded(learned.api(), "bea")).items
    assert [one["thing"] for one in rows(shown)] == [one.name for one in found]
    assert [one["strength"] for one in drawn(shown)] == pytest.approx([one.strength for one in found], rel=0.01)


def test_messages_are_shown_as_they_are(learned: Any, open_person: Any, words: Any) -> None:
    shown = open_person(learned, "bea", "Messages")
    assert [one.value.partition("  \n")[0] for one in shown.markdown] == [
        r"I moved to Lisbon, and I love \*hiking\*\.",
        r"Noted\.",
        r"I live in Porto\.",
    ]
    shown.selectbox(key="kith.people.messages.role").select("assistant").run()
    assert [one.value.partition("  \n")[0] for one in shown.markdown] == [r"Noted\."]
    shown.date_input(key="kith.people.messages.since").set_value("2026-02-01").run()
    assert "There are no messages here." in words(shown)


def test_messages_page(small: Any, open_person: Any) -> None:
    people = [told(somebody(small.api(), one.user_id)) for one in told(known(small.api())).items]
    talker = max(people, key=lambda one: one.messages)
    assert talker.messages > 15
    shown = open_person(small, talker.user_id, "Messages")
    first = [one.value for one in shown.markdown]
    shown.button(key="kith.people.messages.older").click().run()
    second = [one.value for one in shown.markdown]
    assert (len(first), set(first) & set(second)) == (15, set())
    shown.button(key="kith.people.messages.newer").click().run()
    assert [one.value for one in shown.markdown] == first


def test_the_context_as_a_model_gets_it(learned: Any, open_person: Any, words: Any, figures: Any) -> None:
    shown = open_person(learned, "bea", "Context")
    shown.text_input(key="kith.people.context.query").input("Where do they live?")
    shown.number_input(key="kith.people.context.budget").set_value(200)
    shown.button[0].click().run()
    found = told(context_for(learned.api(), "bea", query="Where do they live?", max_tokens=200))
    assert shown.code[0].value == found.text
    assert shown.get("progress")[0].proto.text == f"{found.tokens} of 200 tokens used"
    assert figures(shown) == {
        "Facts": str(len(found.facts)),
        "On their mind": str(len(found.entities)),
        "Wishes": str(len(found.intents)),
        "Messages": str(len(found.messages)),
    }


def test_recommendations_are_drawn_by_their_reasons(learned: Any, open_person: Any, words: Any) -> None:
    shown = open_person(learned, "bea", "Recommendations")
    found = told(offers_for(learned.api(), "bea")).items
    parts = [(f"{one.rank}. {one.title}", reason.share, one.score) for one in found for reason in one.reasons]
    assert [(one["title"], one["share"], one["score"]) for one in drawn(shown)] == parts
    assert [reason.text for one in found for reason in one.reasons if reason.text not in words(shown)] == []


def test_forgetting_takes_two_steps(learned: Any, open_person: Any, words: Any) -> None:
    shown = open_person(learned, "bea", "Export and forget")
    shown.button(key="kith.people.leaving.gather").click().run()
    assert {one["kind"]: one["records"] for one in rows(shown)} == {
        kind.replace("_", " "): number for kind, number in told(export_of(learned.api(), "bea")).kinds.items()
    }
    shown.button(key="kith.people.leaving.begin").click().run()
    assert "3 messages of bea," in words(shown)
    shown.text_input(key="kith.people.leaving.typed").input("somebody else")
    next(one for one in shown.button if one.label == "Forget for good").click().run()
    assert "'somebody else' is not their id: nobody was forgotten." in words(shown)
    shown.button(key="kith.people.leaving.keep").click().run()
    assert told(somebody(learned.api(), "bea")).messages == 3


def test_who_may_only_read_forgets_nobody(keyed: Any, open_person: Any, words: Any) -> None:
    shown = open_person(keyed.served, "ana", "Export and forget", key=keyed.key("read"))
    assert "A key that may write can have them forgotten." in words(shown)
    assert [one.label for one in shown.button] == ["Gather it"]


def test_that_there_is_no_receipt_is_said_until_it_was_read(small: Any, page: Any, words: Any) -> None:
    shown = page("people", small)
    shown.session_state["kith.people.leaving.gone"] = "nobody at all"
    shown.run()
    assert "Nobody knows 'nobody at all'" in words(shown)
    shown.button(key="kith.people.leaving.done").click().run()
    assert "nobody at all" not in words(shown)


def test_a_person_leads_to_their_graph_and_a_message_to_where_it_came_from(
    learned: Any, open_person: Any, links: Any
) -> None:
    shown = open_person(learned, "bea", "Messages")
    keys = [one.key for one in told(said(learned.api(), "bea")).items]
    assert links(shown) == [("graph", "person=bea"), *(("lineage", f"message={key}") for key in keys)]


def test_a_person_is_forgotten_in_the_browser(
    learned: Any, dashboard: Callable[[Any], str], browser_page: OpenPage
) -> None:
    user_id = "dora/2"
    talk(learned.api(), user_id)
    shown = browser_page(dashboard(learned), "people?person=dora%2F2&part=Export+and+forget")
    expect(shown.get_by_role("heading", name="Bea *B*")).to_be_visible()
    shown.get_by_role("button", name="Forget this person…").click()
    shown.get_by_label("Type their id to confirm").fill(user_id)
    shown.get_by_role("button", name="Forget for good").click()
    expect(shown.get_by_text("A second look found nothing of theirs.")).to_be_visible()
    expect(shown.get_by_role("heading", name="Bea *B*")).to_have_count(0)
    assert "person=" not in shown.url
    shown.get_by_role("combobox", name="Person").fill(user_id)
    expect(shown.get_by_role("option", name=f"Bea *B* ({user_id})", exact=True)).to_have_count(0)
    assert isinstance(somebody(learned.api(), user_id), Missing)
    assert told(receipt_of(learned.api(), user_id)).deleted["documents"] == 4


def test_what_an_answer_lacked_is_said() -> None:
    def lacking() -> None:
        from kith.dashboard.person.lines import say_degraded

        say_degraded(("graph", "lexical"))
        say_degraded(())

    shown = AppTest.from_function(lacking).run()
    assert [one.value.replace("\\", "") for one in shown.warning] == [
        "This is not all: the graph does not answer; the vector store cannot search words.  \n"
        "The page Stores tells more."
    ]
