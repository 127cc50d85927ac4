"""People over a real API: what the page is told of somebody, what it shows, and that who is forgotten is gone."""

import json
from collections.abc import Callable, Generator
from math import exp
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from kith.dashboard.data.facts import facts_over_time, grounds_of
from kith.dashboard.data.leaving import export_of, forget, receipt_of
from kith.dashboard.data.offered import context_for, offers_for, tell_deed
from kith.dashboard.data.people import known
from kith.dashboard.data.person import minded, said, somebody
from kith.dashboard.data.reading import Missing, Told

PORTO, LISBON = "2026-01-05T10:00:00.000Z", "2026-02-10T10:00:00.000Z"
TALK = [
    {"role": "user", "content": "I live in Porto.", "timestamp": PORTO, "conversation_id": "c1"},
    {"role": "assistant", "content": "Noted.", "timestamp": "2026-01-05T10:00:05Z", "conversation_id": "c1"},
    {
        "role": "user",
        "content": "I moved to Lisbon, and I love *hiking*.",
        "timestamp": LISBON,
        "conversation_id": "c2",
    },
]
OpenPage = Callable[..., Page]


def told(reading: Any) -> Any:
    assert isinstance(reading, Told), reading
    return reading.value  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - of any type


@pytest.fixture
def bea(small: Any) -> Generator[str]:
    """The id of a person of the test's own, who said three things; forgotten afterwards."""
    user_id = f"bea/{uuid4().hex[:8]}"
    api = small.api()
    api.post("users", dict[str, Any], {"user_id": user_id, "name": "Bea *B*"})
    api.post(f"ingest/{quote(user_id, safe='')}", dict[str, Any], {"messages": TALK})
    yield user_id
    told(forget(api, user_id))
    while told(receipt_of(api, user_id)) is None:
        pass


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


def rows(shown: AppTest, at: int = 0) -> list[dict[str, Any]]:
    """The rows of a table of the page."""
    found: Any = shown.dataframe[at].value
    return found.to_dict("records")


def drawn(shown: AppTest) -> list[list[dict[str, Any]]]:
    """What each chart of the page draws."""
    specs = [json.loads(one.proto.spec) for one in shown.get("vega_lite_chart")]
    return [list(values) for spec in specs for values in spec["datasets"].values()]


def test_facts_over_time(small: Any, bea: str) -> None:
    def spans(**moments: str) -> list[tuple[str, str, str | None, int, bool]]:
        found = told(facts_over_time(small.api(), "default", bea, **moments))
        assert (found.degraded, found.cut) == ((), False)
        return [(one.text, one.since, one.until, one.sources, one.fact is not None) for one in found.spans]

    likes, porto = ("likes hiking", LISBON, None, 1), ("lives in Porto", PORTO, LISBON, 1)
    lisbon = ("lives in Lisbon", LISBON, None, 1)
    assert spans() == [(*likes, True), (*porto, False), (*lisbon, True)]
    assert spans(as_of="2026-01-20T00:00:00Z") == [(*likes, False), (*porto, True), (*lisbon, False)]
    nothing_then = [(*likes, False), (*porto, False), (*lisbon, False)]
    assert spans(as_of="2026-01-20T00:00:00Z", known_at="2026-01-20T00:00:00Z") == nothing_then


def test_what_a_fact_rests_on_though_it_is_over(small: Any, bea: str) -> None:
    porto = told(facts_over_time(small.api(), "default", bea)).spans[1]
    found = told(grounds_of(small.api(), bea, porto.id))
    assert found.fact == found.history[0]
    assert [(one.text, one.since, one.until) for one in found.history] == [
        ("lives in Porto", PORTO, LISBON),
        ("lives in Lisbon", LISBON, None),
    ]
    assert [one.text for one in found.messages] == [TALK[0]["content"], TALK[2]["content"]]
    assert found.fact.sources == (found.messages[0].key,)
    assert isinstance(grounds_of(small.api(), bea, "0" * 32), Missing)


def test_messages_page_by_role_and_time(small: Any, bea: str) -> None:
    api = small.api()
    first = told(said(api, bea, limit=2))
    second = told(said(api, bea, limit=2, cursor=first.next))
    assert [one.text for one in (*first.items, *second.items)] == [one["content"] for one in reversed(TALK)]
    assert second.next is None
    assert [one.role for one in told(said(api, bea, role="assistant")).items] == ["assistant"]
    assert [one.timestamp for one in told(said(api, bea, since=LISBON)).items] == [LISBON]
    assert [one.text for one in told(said(api, bea, until=LISBON)).items] == ["Noted.", "I live in Porto."]


def test_what_is_on_their_mind_is_in_order_of_strength(small: Any, bea: str) -> None:
    found = told(minded(small.api(), bea))
    assert sorted((one.name, one.type, one.count) for one in found.items) == [
        ("Lisbon", "place", 1),
        ("Porto", "place", 1),
        ("hiking", "hobby", 1),
    ]
    assert [one.strength for one in found.items] == sorted((exp(one.score) for one in found.items), reverse=True)


def test_a_context_keeps_to_its_budget(small: Any, bea: str) -> None:
    small_one = told(context_for(small.api(), bea, query="Where do they live?", max_tokens=100))
    whole_one = told(context_for(small.api(), bea, query="", max_tokens=1500))
    assert small_one.tokens <= small_one.max_tokens == 100
    assert (len(whole_one.facts), len(whole_one.messages), whole_one.closed, whole_one.degraded) == (2, 3, (), ())
    assert "lives in Lisbon" in whole_one.text


def test_the_shares_of_reasons_add_up_to_the_score(small: Any) -> None:
    people = told(known(small.api())).items
    offers = [one for person in people for one in told(offers_for(small.api(), person.user_id)).items]
    assert len(offers) > 20
    assert [sum(reason.share for reason in one.reasons) for one in offers] == pytest.approx(
        [one.score for one in offers]
    )


def test_feedback_is_seen_in_the_next_recommendations(small: Any, bea: str) -> None:
    api = small.api()
    first = told(offers_for(api, bea)).items[0].campaign_id
    assert told(tell_deed(api, bea, first, "dislike")).accepted == 1
    assert first not in [one.campaign_id for one in told(offers_for(api, bea, seen=True)).items]
    assert told(tell_deed(api, bea, "no such campaign", "like")).rejected[0].detail != ""


def test_all_that_is_held_is_handed_out(small: Any, bea: str) -> None:
    found = told(export_of(small.api(), bea))
    lines = [json.loads(line) for line in found.lines.splitlines()]
    assert found.kinds == {kind: sum(one["kind"] == kind for one in lines) for kind in {one["kind"] for one in lines}}
    assert (found.kinds["user"], found.kinds["message"], found.kinds["fact"]) == (1, 3, 3)


def test_who_is_not_known(small: Any) -> None:
    found = somebody(small.api(), "nobody at all")
    assert isinstance(found, Missing)
    assert (found.why, found.words.partition(";")[0]) == ("unknown", "Nobody knows 'nobody at all'")


def test_nobody_is_there_yet(served: Callable[[str], Any], page: Any, words: Any) -> None:
    shown = page("people", served("empty"))
    assert "Nobody is known yet." in words(shown)
    assert list(shown.selectbox) == []


def test_somebody_beyond_those_that_are_offered(served: Callable[[str], Any], page: Any, words: Any) -> None:
    large = served("large")
    offered = told(known(large.api()))
    beyond = large.api().get("users", dict[str, Any], limit=1, cursor=offered.next)["items"][0]["user_id"]
    shown = page("people", large)
    shown.selectbox(key="person.0.picker").set_value(beyond).run()
    assert shown.query_params["person"] == beyond
    assert shown.header[0].value.replace("\\", "") in (beyond, told(somebody(large.api(), beyond)).name)
    assert f"{told(somebody(large.api(), beyond)).messages} message" in words(shown)


def test_a_stranger_in_the_address(small: Any, open_person: Any, words: Any) -> None:
    shown = open_person(small, "no such person")
    assert "Nobody knows 'no such person'" in words(shown)
    assert list(shown.segmented_control) == []


def test_facts_are_drawn_and_traced_to_their_words(small: Any, bea: str, open_person: Any, words: Any) -> None:
    shown = open_person(small, bea)
    assert shown.header[0].value == r"Bea \*B\*"
    assert [(one["fact"], one["so"], one["since"], one["until"]) for one in rows(shown)] == [
        ("likes hiking", "so then", "10 Feb 2026", "–"),
        ("lives in Porto", "at other times", "5 Jan 2026", "10 Feb 2026"),
        ("lives in Lisbon", "so then", "10 Feb 2026", "–"),
    ]
    shown.date_input(key="kith.people.facts.as_of").set_value("2026-01-20").run()
    assert [one["so"] for one in rows(shown)] == ["at other times", "so then", "at other times"]
    assert "1 of 3 facts was so on 20 Jan 2026" in words(shown).replace("*", "")
    picker = shown.selectbox(key=f"kith.people.facts.picked.{bea}")
    picker.select_index(1).run()
    assert "lives in Porto since 5 Jan 2026, 10:00 UTC, until 10 Feb 2026, 10:00 UTC" in words(shown).replace("*", "")
    assert ":material/arrow_forward: I live in Porto." in words(shown)


def test_facts_as_they_were_known_before_anything_was(small: Any, bea: str, open_person: Any, words: Any) -> None:
    shown = open_person(small, bea)
    shown.date_input(key="kith.people.facts.known").set_value("2026-02-20").run()
    assert "0 of 3 facts were so on" in words(shown).replace("*", "")
    assert {one["so"] for one in drawn(shown)[0] if "so" in one} == {"at other times"}


def test_things_and_their_strength(small: Any, bea: str, open_person: Any) -> None:
    shown = open_person(small, bea, "On their mind")
    found = told(minded(small.api(), bea)).items
    assert [one["thing"] for one in rows(shown)] == [one.name for one in found]
    assert [one["strength"] for one in drawn(shown)[0]] == pytest.approx([one.strength for one in found], rel=0.01)


def test_messages_are_shown_as_they_are(small: Any, bea: str, open_person: Any, words: Any) -> None:
    shown = open_person(small, bea, "Messages")
    assert [one.value.partition("  \n")[0] for one in shown.markdown] == [
        r"I moved to Lisbon, I love \*hiking\*\.",
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


def test_the_context_as_a_model_gets_it(small: Any, bea: str, open_person: Any, words: Any, figures: Any) -> None:
    shown = open_person(small, bea, "Context")
    shown.text_input(key="kith.people.context.query").input("Where do they live?")
    shown.number_input(key="kith.people.context.budget").set_value(200)
    shown.button[0].click().run()
    found = told(context_for(small.api(), bea, query="Where do they live?", max_tokens=200))
    assert shown.code[0].value == found.text
    assert shown.get("progress")[0].proto.text == f"{found.tokens} of 200 tokens used"
    assert figures(shown) == {
        "Facts": str(len(found.facts)),
        "On their mind": str(len(found.entities)),
        "Wishes": str(len(found.intents)),
        "Messages": str(len(found.messages)),
    }


def test_recommendations_are_drawn_by_their_reasons(small: Any, bea: str, open_person: Any, words: Any) -> None:
    shown = open_person(small, bea, "Recommendations")
    found = told(offers_for(small.api(), bea)).items
    parts = [(f"{one.rank}. {one.title}", reason.share, one.score) for one in found for reason in one.reasons]
    assert [(one["title"], one["share"], one["score"]) for one in drawn(shown)[0]] == parts
    assert [reason.text for one in found for reason in one.reasons if reason.text not in words(shown)] == []


def test_forgetting_takes_two_steps(small: Any, bea: str, open_person: Any, words: Any) -> None:
    shown = open_person(small, bea, "Export and forget")
    shown.button(key="kith.people.leaving.gather").click().run()
    assert {one["kind"]: one["records"] for one in rows(shown)} == {
        kind.replace("_", " "): number for kind, number in told(export_of(small.api(), bea)).kinds.items()
    }
    shown.button(key="kith.people.leaving.begin").click().run()
    assert "3 messages of " + bea in words(shown)
    shown.text_input(key="kith.people.leaving.typed").input("somebody else")
    next(one for one in shown.button if one.label == "Forget for good").click().run()
    assert "'somebody else' is not their id: nobody was forgotten." in words(shown)
    shown.button(key="kith.people.leaving.keep").click().run()
    assert told(somebody(small.api(), bea)).messages == 3


def test_who_may_only_read_forgets_nobody(keyed: Any, open_person: Any, words: Any) -> None:
    shown = open_person(keyed.served, "ana", "Export and forget", key=keyed.key("read"))
    assert "A key that may write can have them forgotten." in words(shown)
    assert [one.label for one in shown.button] == ["Gather it"]


def test_a_person_is_forgotten_in_the_browser(
    small: Any, bea: str, dashboard: Callable[[Any], str], browser_page: OpenPage
) -> None:
    shown = browser_page(dashboard(small), f"people?person={quote(bea, safe='')}&part=Export+and+forget")
    expect(shown.get_by_role("heading", name="Bea *B*")).to_be_visible()
    shown.get_by_role("button", name="Forget this person…").click()
    shown.get_by_label("Type their id to confirm").fill(bea)
    shown.get_by_role("button", name="Forget for good").click()
    expect(shown.get_by_text("A second look found nothing of theirs.")).to_be_visible()
    expect(shown.get_by_role("heading", name="Bea *B*")).to_have_count(0)
    assert "person=" not in shown.url
    shown.get_by_role("combobox", name="Person").fill("Bea")
    expect(shown.get_by_role("option", name="Bea *B*")).to_have_count(0)
    assert isinstance(somebody(small.api(), bea), Missing)
    assert told(receipt_of(small.api(), bea)).deleted["documents"] == 4
    found = httpx.get(f"{small.url}/api/v1/users/{quote(bea, safe='')}/export")
    assert found.status_code == 404
