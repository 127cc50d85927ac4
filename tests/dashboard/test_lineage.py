"""Lineage over a real API: where a message came from, what came of it, and which messages stand behind a thing."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from readings import told

from kith.dashboard.data.history import Ledger
from kith.dashboard.data.lineage import (
    Lineage,
    behind,
    lineage_of,
    said_in,
    speakers,
    thing_id,
)
from kith.dashboard.data.people import known
from kith.dashboard.data.person import MOST, minded, said
from kith.dashboard.data.reading import Missing

SIZES = ("small", "large")


def a_telling_message(api: Any) -> Lineage:
    """The lineage of a message that speaks of something and says what is wanted."""
    for person in told(known(api)).items[:50]:
        for one in told(said(api, person.user_id, limit=MOST)).items:
            found = told(lineage_of(api, one.key))
            if found.entities and found.intents:
                return found
    raise AssertionError("nobody said anything of the kind")


def test_the_lineage_of_a_message(small: Any) -> None:
    api = small.api()
    found = a_telling_message(api)
    (run,) = httpx.get(f"{small.url}/api/v1/runs").json()["items"]
    talk = (small.home.parent / "talk" / "conversations.jsonl").read_text("utf-8", errors="replace").splitlines()
    message = told(said_in(api, found))
    assert (message.key, message.timestamp) == (found.key, found.timestamp)
    assert message in told(said(api, found.user_id, limit=MOST)).items
    assert found.run_id == run["run_id"]
    assert found.batch_id.startswith(run["run_id"])
    assert found.source.endswith("conversations.jsonl")
    assert f'"{found.user_id}"' in talk[int(found.position.removeprefix("line ")) - 1]
    assert message.text.split()[-1].rstrip(".") in talk[int(found.position.removeprefix("line ")) - 1]


def test_messages_that_nobody_took_in(small: Any) -> None:
    found = lineage_of(small.api(), "0" * 32)
    assert isinstance(found, Missing)
    assert (found.why, found.words) == ("unknown", f"No message with the key {'0' * 32!r} was ever taken in.")


def test_the_messages_behind_a_thing(small: Any) -> None:
    api, ledger = small.api(), Ledger(small.ledger, "default")
    lineage = a_telling_message(api)
    things = {one.id: one for one in told(minded(api, lineage.user_id, limit=MOST)).items}
    mentioned = lineage.entities[0]
    entity = thing_id("default", mentioned)
    assert (things[entity].name.lower(), things[entity].type) == (mentioned.name, mentioned.type)
    mine = told(behind(api, entity, lineage.user_id))
    assert lineage.key in [one.key for one in mine.items]
    assert (mine.entity.name, mine.next) == (mentioned.name, None)
    everybody = told(speakers(ledger, entity))
    assert (everybody.name, everybody.type) == (mentioned.name, mentioned.type)
    (me,) = [one for one in everybody.people if one.user_id == lineage.user_id]
    assert (me.messages, me.first, me.last) == (len(mine.items), mine.items[-1].timestamp, mine.items[0].timestamp)
    for one in everybody.people:
        assert len(told(behind(api, entity, one.user_id)).items) == one.messages
    assert [one.messages for one in everybody.people] == sorted(
        (one.messages for one in everybody.people), reverse=True
    )


def test_things_of_which_nobody_spoke(small: Any) -> None:
    found = speakers(Ledger(small.ledger, "default"), "0" * 32)
    assert isinstance(found, Missing)
    assert (found.why, found.words) == ("unknown", f"Nobody spoke of a thing with the id {'0' * 32!r}.")


def opened(page: Any, served: Any, /, *, key: str | None = None, **asked: str) -> Any:
    """The page, with these parameters in its address."""
    shown = page("lineage", served, key=key)
    for name, value in asked.items():
        shown.query_params[name] = value
    shown.run()
    assert list(shown.exception) == []
    return shown


@pytest.mark.parametrize("size", SIZES)
def test_a_message_is_traced(size: str, served: Callable[[str], Any], page: Any, words: Any, links: Any) -> None:
    server = served(size)
    lineage = a_telling_message(server.api())
    shown = opened(page, server, message=lineage.key)
    assert [one.value for one in shown.code] == [told(said_in(server.api(), lineage)).text]
    shown_words = words(shown)
    for part in (lineage.source, lineage.position, lineage.run_id, lineage.batch_id, lineage.user_id):
        assert part in shown_words
    assert links(shown) == [("runs", f"run={lineage.run_id}"), ("people", f"person={lineage.user_id}")]
    things, intents, *_ = (one.value.to_dict("records") for one in shown.dataframe)
    assert intents == [{"intent": one} for one in lineage.intents]
    assert things == [
        {"name": one.name, "type": one.type, "written": one.surface, "times": one.count, "id": thing_id("default", one)}
        for one in lineage.entities
    ]
    shown.button(key="kith.lineage.anew").click().run()
    assert ("message" in shown.query_params, shown.text_input[0].label) == (False, "Key of a message")


def test_what_came_of_a_message(learned: Any, page: Any, words: Any) -> None:
    spoke = {"message": "I live in Porto. <b>So</b> there.", "timestamp": "2026-01-05T10:00:00Z", "role": "user"}
    did = {"campaign_id": "trails", "engagement": "click", "timestamp": "2026-01-06T10:00:00Z"}
    body = {"messages": [spoke, did, {"message": "Hm.", "timestamp": "2026-01-07T10:00:00Z"}]}
    answer = httpx.post(f"{learned.url}/api/v1/ingest/lin", json=body, timeout=60).json()
    live, click, nothing = answer["keys"]
    (fact,) = told(lineage_of(learned.api(), live)).facts
    assert (fact.predicate, fact.object, fact.until) == ("lives_in", "porto", None)
    shown = opened(page, learned, message=live)
    assert [one.value for one in shown.code] == ["I live in Porto. <b>So</b> there."]
    row = {"fact": "lives_in", "of": "porto", "detail": "", "since": "5 Jan 2026", "until": "holds"}
    assert shown.dataframe[0].value.to_dict("records") == [row]
    shown = opened(page, learned, message=click)
    (engagement,) = (one.value.to_dict("records") for one in shown.dataframe)
    assert (engagement, list(shown.code)) == ([{"campaign": "trails", "did": "click", "value": 1.0}], [])
    assert "An event: nothing was said." in words(shown)
    assert "Nothing was learned from it: it is kept and found, no more." in words(
        opened(page, learned, message=nothing)
    )
    httpx.delete(f"{learned.url}/api/v1/users/lin/messages/{nothing}", timeout=60)
    assert "was ever taken in." in words(opened(page, learned, message=nothing))


@pytest.mark.parametrize("size", SIZES)
def test_a_thing_is_traced(size: str, served: Callable[[str], Any], page: Any, words: Any) -> None:
    server = served(size)
    lineage = a_telling_message(server.api())
    entity = thing_id("default", lineage.entities[0])
    everybody = told(speakers(Ledger(server.ledger, "default"), entity)).people
    shown = opened(page, server, entity=entity)
    (people,) = (one.value.to_dict("records") for one in shown.dataframe)
    assert [(row["person"], row["messages"]) for row in people] == [
        (one.user_id, one.messages) for one in everybody[:10]
    ]
    shown = opened(page, server, entity=entity, person=lineage.user_id)
    _, messages = (one.value.to_dict("records") for one in shown.dataframe)
    found = told(behind(server.api(), entity, lineage.user_id)).items
    assert [(row["key"], row["text"]) for row in messages] == [(one.key, one.text) for one in found[:10]]
    assert f"What {lineage.user_id} said of {lineage.entities[0].name}" in words(shown)


def test_a_list_begins_at_its_first_page_whosever_it_is(small: Any, page: Any) -> None:
    everybody = {
        one.user_id: told(said(small.api(), one.user_id, limit=MOST)).items for one in told(known(small.api())).items
    }
    one, other = [user_id for user_id, messages in everybody.items() if len(messages) > 10][:2]
    shown = page("lineage", small)
    for user_id, label in ((one, "Next"), (other, "Next"), (one, "Back")):
        shown.selectbox(key="kith.lineage.picker").select(user_id).run()
        first = everybody[user_id][10:20] if label == "Back" else everybody[user_id][:10]
        assert shown.dataframe[0].value["key"].to_list() == [message.key for message in first]
        next(button for button in shown.button if button.label == label).click().run()


def test_where_one_begins(served: Callable[[str], Any], small: Any, page: Any, words: Any) -> None:
    assert "Nobody is known yet." in words(page("lineage", served("empty")))
    lineage = a_telling_message(small.api())
    shown = page("lineage", small)
    shown.selectbox(key="kith.lineage.picker").select(lineage.user_id).run()
    (messages,) = (one.value.to_dict("records") for one in shown.dataframe)
    found = told(said(small.api(), lineage.user_id, limit=MOST)).items
    assert [row["key"] for row in messages] == [one.key for one in found[:10]]
    shown.text_input[0].input(f" {lineage.key} ").run()
    assert (shown.query_params["message"], len(shown.code)) == (lineage.key, 1)


def test_what_is_not_there_is_said(keyed: Any, small: Any, page: Any, words: Any) -> None:
    assert "was ever taken in." in words(opened(page, small, message="nothing"))
    assert "Nobody spoke of a thing with the id 'nothing'." in words(opened(page, small, entity="nothing"))
    reader = keyed.key("read")
    shown = opened(page, keyed.served, key=reader, entity="0" * 32, person="ana")
    assert "spoke of no" in words(shown)
    (message,) = told(said(keyed.served.api(reader), "ana", limit=MOST)).items
    assert [one.value for one in opened(page, keyed.served, key=reader, message=message.key).code] == ["Porto?"]
