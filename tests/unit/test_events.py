"""Records without words but with an engagement: when they are taken, as what, and which of them are one."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.persona.identity import Json, identity
from kith.persona.model import ENGAGEMENT_KINDS, ROLES, Engagement, Message, Rejection
from kith.persona.outgoing import message_record
from kith.persona.records import FieldNames, Raw, parse_record

NAMES = FieldNames.from_options([])
CLICK: dict[str, Json] = {"user_id": "u", "timestamp": 0, "campaign_id": "spring", "engagement": "click"}
CLICKED = Message(
    tenant="t", user_id="u", text="", timestamp=0, campaign_id="spring", engagement=Engagement("click", 1.0)
)
PINNED = ("2434cd6dd4b1ffa027b14b4af91a7bed", "7105b1f70b2f41fb1d30ea93760294dc")
NOTHING_SAID: list[Json] = [None, "", " \n\u200b", [], [{"type": "text", "text": ""}]]
MISSING = "'message' is missing; give it, or name the field that holds it: --map message=NAME"
EMPTY = "'message' holds no text; leave the record out, or give what was said"
NEEDS_CAMPAIGN = "'engagement' needs a 'campaign_id'; say what was engaged with"

few = st.sampled_from(["", "a", "ab"])
events = st.builds(
    Message,
    tenant=st.just("t"),
    user_id=few,
    text=st.just(""),
    timestamp=st.sampled_from([1, 12]),
    conversation_id=few,
    message_id=st.none() | few,
    campaign_id=st.sampled_from(["a", "ab"]),
    engagement=st.builds(Engagement, st.sampled_from(ENGAGEMENT_KINDS), st.sampled_from([1.0, 2.0])),
)


def parse(value: Json, *, around: tuple[dict[str, Json], ...] = (), index: int = 0) -> Message | Rejection:
    raw = Raw("s", "line 1", json.dumps(value), value, conversations=around, index=index)
    return parse_record(raw, tenant="t", names=NAMES)


@pytest.mark.parametrize("message", NOTHING_SAID)
def test_an_engagement_needs_no_words(message: Json) -> None:
    assert parse({**CLICK, "message": message}) == CLICKED
    assert CLICKED.is_event


def test_a_record_without_the_field_is_an_event_too() -> None:
    assert parse(CLICK) == CLICKED
    assert parse({**CLICK, "engagement": {"kind": "click", "value": 1}}) == CLICKED


def test_with_words_it_is_a_message() -> None:
    found = parse({**CLICK, "message": "That one"})
    assert (found, CLICKED.is_event) == (replace(CLICKED, text="That one"), True)
    assert isinstance(found, Message)
    assert not found.is_event


def test_all_other_fields_are_kept() -> None:
    more: dict[str, Json] = {"conversation_id": "c", "author": "Ana", "intent": "buy", "metadata": {"page": 3}}
    found = parse({**CLICK, **more, "event_id": "e1", "message": [{"type": "image_url"}], "lang": "en"})
    assert found == replace(
        CLICKED,
        conversation_id="c",
        message_id="e1",
        author="Ana",
        intent="buy",
        metadata={"page": 3, "lang": "en", "left_out_parts": ["image_url"]},
    )


@pytest.mark.parametrize("role", ROLES)
def test_an_event_is_the_person_s_own_whoever_spoke(role: str) -> None:
    assert parse({**CLICK, "role": role}) == CLICKED


@pytest.mark.parametrize("spelled", ["event_id", "eventId", "EventID", "event-id"])
def test_an_event_id_is_its_id(spelled: str) -> None:
    assert parse({**CLICK, spelled: "e1"}) == parse({**CLICK, "message_id": "e1"})
    assert parse({**CLICK, spelled: "e1", "id": 2}) == replace(CLICKED, message_id="2", metadata={spelled: "e1"})


@pytest.mark.parametrize(
    ("record", "code", "detail"),
    [
        ({"engagement": None}, "missing_field", MISSING),
        ({"engagement": None, "message": ""}, "empty_text", EMPTY),
        ({"engagement": None, "message": []}, "empty_text", EMPTY),
        ({"campaign_id": None}, "bad_value", NEEDS_CAMPAIGN),
        ({"campaign_id": None, "message": ""}, "bad_value", NEEDS_CAMPAIGN),
        (
            {"engagement": "hug", "message": ""},
            "bad_value",
            "'engagement' is of kind 'hug'; give one of view, click, like, convert, dislike",
        ),
        ({"timestamp": None}, "missing_field", MISSING.replace("message", "timestamp")),
        ({"role": "boss"}, "bad_value", "'role' is 'boss'; give one of user, assistant, system, tool"),
        ({"message": 5}, "bad_type", "'message' is a number; give text, or a list of parts with 'type' and 'text'"),
        (
            {"message": [{"text": 5}]},
            "bad_type",
            "'message' has a part that is not text nor an object with 'type' and 'text'; mend that part",
        ),
    ],
)
def test_what_is_no_event_either(record: dict[str, Json], code: str, detail: str) -> None:
    found = parse({**CLICK, **record})
    assert isinstance(found, Rejection)
    assert (found.code, found.detail, found.user_id) == (code, detail, "u")


def test_an_event_takes_from_its_conversation_what_it_lacks() -> None:
    around: dict[str, Json] = {"id": "c", "user_id": "u", "timestamp": 5, "campaign_id": "spring"}
    found = parse({"engagement": "click"}, around=(around,), index=2)
    assert found == replace(CLICKED, conversation_id="c", timestamp=5_002)


def test_an_engagement_of_the_conversation_makes_no_event_of_its_first_message() -> None:
    found = parse({"message": ""}, around=(CLICK,))
    assert isinstance(found, Rejection)
    assert found.code == "empty_text"


def test_keys_of_events_never_change() -> None:
    assert CLICKED.key == identity("message-content", "t", "u", "", "0", "user", "", "spring", "click")
    assert replace(CLICKED, message_id="e1").key == identity("event-id", "t", "u", "", "e1")
    assert (CLICKED.key, CLICKED.content) == PINNED


def test_what_was_done_is_no_part_of_the_key_of_a_message_with_words() -> None:
    said = replace(CLICKED, text="That one")
    other = replace(said, campaign_id="autumn", engagement=Engagement("like"))
    assert (said.key, replace(said, engagement=None, campaign_id=None).key) == (other.key, other.key)


@given(events, events)
def test_two_events_share_a_key_only_if_they_are_one(one: Message, other: Message) -> None:
    def known_by(event: Message) -> tuple[object, ...]:
        owner = (event.user_id, event.conversation_id)
        if event.message_id is not None:
            return (*owner, event.message_id)
        assert event.engagement is not None
        return (*owner, event.timestamp, event.campaign_id, event.engagement.kind)

    assert (one.key == other.key) == (known_by(one) == known_by(other))


@given(events.filter(lambda one: one.user_id != "" and one.message_id != "" and one.campaign_id != ""))
def test_an_event_goes_out_as_a_record_that_comes_in_again(event: Message) -> None:
    record = message_record(event)
    assert "message" not in record
    assert parse(record) == event
