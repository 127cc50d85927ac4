"""What the page of a person is told by a real API: facts over time, messages, context, recommendations, export."""

import json
from math import exp
from typing import Any

import pytest
from readings import told
from talking import LISBON, PORTO, TALK, talk

from kith.dashboard.data.facts import facts_over_time, grounds_of
from kith.dashboard.data.leaving import export_of
from kith.dashboard.data.offered import context_for, offers_for, tell_deed
from kith.dashboard.data.people import known
from kith.dashboard.data.person import minded, said, somebody
from kith.dashboard.data.reading import Missing


def test_facts_over_time(learned: Any) -> None:
    def spans(**moments: str) -> list[tuple[str, str, str | None, int, bool]]:
        found = told(facts_over_time(learned.api(), "default", "bea", **moments))
        assert (found.degraded, found.cut) == ((), False)
        return [(one.text, one.since, one.until, one.sources, one.fact is not None) for one in found.spans]

    likes, porto = ("likes hiking", LISBON, None, 1), ("lives in Porto", PORTO, LISBON, 1)
    lisbon = ("lives in Lisbon", LISBON, None, 1)
    assert spans() == [(*likes, True), (*porto, False), (*lisbon, True)]
    assert spans(as_of="2026-01-20T00:00:00Z") == [(*likes, False), (*porto, True), (*lisbon, False)]
    nothing_then = [(*likes, False), (*porto, False), (*lisbon, False)]
    assert spans(as_of="2026-01-20T00:00:00Z", known_at="2026-01-20T00:00:00Z") == nothing_then


def test_what_a_fact_rests_on_though_it_is_over(learned: Any) -> None:
    porto = told(facts_over_time(learned.api(), "default", "bea")).spans[1]
    found = told(grounds_of(learned.api(), "bea", porto.id))
    assert found.fact == found.history[0]
    assert [(one.text, one.since, one.until) for one in found.history] == [
        ("lives in Porto", PORTO, LISBON),
        ("lives in Lisbon", LISBON, None),
    ]
    assert [one.text for one in found.messages] == [TALK[0]["content"], TALK[2]["content"]]
    assert found.fact.sources == (found.messages[0].key,)
    assert isinstance(grounds_of(learned.api(), "bea", "0" * 32), Missing)


def test_messages_page_by_role_and_time(learned: Any) -> None:
    api = learned.api()
    first = told(said(api, "bea", limit=2))
    second = told(said(api, "bea", limit=2, cursor=first.next))
    assert [one.text for one in (*first.items, *second.items)] == [one["content"] for one in reversed(TALK)]
    assert second.next is None
    assert [one.role for one in told(said(api, "bea", role="assistant")).items] == ["assistant"]
    assert [one.timestamp for one in told(said(api, "bea", since=LISBON)).items] == [LISBON]
    assert [one.text for one in told(said(api, "bea", until=LISBON)).items] == ["Noted.", "I live in Porto."]


def test_what_is_on_their_mind_is_in_order_of_strength(learned: Any) -> None:
    found = told(minded(learned.api(), "bea"))
    assert sorted((one.name, one.type, one.count) for one in found.items) == [
        ("Lisbon", "place", 1),
        ("Porto", "place", 1),
        ("hiking", "hobby", 1),
    ]
    assert [one.strength for one in found.items] == sorted((exp(one.score) for one in found.items), reverse=True)


def test_a_context_keeps_to_its_budget(learned: Any) -> None:
    small_one = told(context_for(learned.api(), "bea", query="Where do they live?", max_tokens=100))
    whole_one = told(context_for(learned.api(), "bea", query="", max_tokens=1500))
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


def test_feedback_is_seen_in_the_next_recommendations(learned: Any) -> None:
    api = learned.api()
    talk(api, "cleo")
    first, second = (one.campaign_id for one in told(offers_for(api, "cleo")).items)
    assert told(tell_deed(api, "cleo", first, "dislike")).accepted == 1
    assert [one.campaign_id for one in told(offers_for(api, "cleo", seen=True)).items] == [second]


def test_all_that_is_held_is_handed_out(learned: Any) -> None:
    found = told(export_of(learned.api(), "bea"))
    lines = [json.loads(line) for line in found.lines.splitlines()]
    assert found.kinds == {kind: sum(one["kind"] == kind for one in lines) for kind in {one["kind"] for one in lines}}
    assert (found.kinds["user"], found.kinds["message"], found.kinds["fact"]) == (1, 3, 3)


def test_who_is_not_known(small: Any) -> None:
    found = somebody(small.api(), "nobody at all")
    assert isinstance(found, Missing)
    assert (found.why, found.words.partition(";")[0]) == ("unknown", "Nobody knows 'nobody at all'")
