"""What is a message, what is a campaign, and what is turned away and why."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.persona.errors import BadInput
from kith.persona.identity import Json, canonical
from kith.persona.model import Engagement, Message
from kith.persona.records import FieldNames, Raw, parse_record

NAMES = FieldNames.from_options([])
LEAST: dict[str, Json] = {"user_id": "u", "message": "hi", "timestamp": 0}
FULL: dict[str, Json] = {
    "user_id": "u42",
    "message": "Any trail shoes under 100?",
    "timestamp": "2026-03-01T09:30:00Z",
    "conversation_id": "c9",
    "message_id": "m1",
    "role": "user",
    "campaign_id": "spring-trail",
    "author": "Ana",
    "intent": "buy_shoes",
    "engagement": {"kind": "click", "value": 1},
    "metadata": {"lang": "en"},
}
FULL_MESSAGE = Message(
    tenant="t",
    user_id="u42",
    text="Any trail shoes under 100?",
    timestamp=1772357400000,
    conversation_id="c9",
    message_id="m1",
    role="user",
    author="Ana",
    campaign_id="spring-trail",
    intent="buy_shoes",
    engagement=Engagement("click", 1.0),
    metadata={"lang": "en"},
)


def parse(value: Json, *, names: FieldNames = NAMES, around: tuple[dict[str, Json], ...] = (), index: int = 0):
    raw = Raw("s", "line 1", json.dumps(value)[:100], value, conversations=around, index=index)
    return parse_record(raw, tenant="t", names=names)


def message(value: Json, *, names: FieldNames = NAMES, around: tuple[dict[str, Json], ...] = (), index: int = 0):
    found = parse(value, names=names, around=around, index=index)
    assert isinstance(found, Message), found
    return found


def test_a_whole_record_is_a_message():
    assert message(FULL) == FULL_MESSAGE


@pytest.mark.parametrize(
    "spelled",
    [
        {"userId": "u42", "content": "Any trail shoes under 100?", "created_at": 1772357400},
        {"user": "u42", "text": "Any trail shoes under 100?", "ts": "1772357400"},
        {"uid": "u42", "body": "Any trail shoes under 100?", "time": 1772357400000},
        {"UserID": "u42", "Content": "Any trail shoes under 100?", "createdAt": "2026-03-01T10:30:00.0009+01:00"},
        {
            "user-id": "u42",
            "message": [{"type": "text", "text": "Any trail shoes under 100?"}],
            "timestamp": 1772357400.0,
        },
    ],
)
def test_other_names_and_spellings_give_the_same_message(spelled: dict[str, Json]):
    rest: dict[str, Json] = {
        "sessionId": "c9",
        "id": "m1",
        "role": "Human",
        "campaignId": "spring-trail",
        "sender_name": "Ana",
        "intent": "buy_shoes",
        "engagement": {"kind": "CLICK"},
        "metadata": {"lang": "en"},
    }
    assert message({**spelled, **rest}) == FULL_MESSAGE


def test_names_given_by_hand_come_before_the_common_ones():
    names = FieldNames.from_options(["message=Nachricht", "user_id=Kunde", "timestamp=Wann"])
    found = message({"Kunde": 7, "Nachricht": "hallo", "Wann": 0, "message": "other"}, names=names)
    assert found == Message(tenant="t", user_id="7", text="hallo", timestamp=0, metadata={"message": "other"})


@pytest.mark.parametrize(
    ("options", "detail"),
    [
        (["message"], "--map 'message' is not FIELD=NAME; write it like 'message=body'."),
        (["message="], "--map 'message=' is not FIELD=NAME; write it like 'message=body'."),
        (
            ["words=body"],
            "--map 'words=body': there is no field 'words'; the fields are user_id, message, timestamp, "
            "conversation_id, message_id, role, author, campaign_id, intent, engagement, metadata.",
        ),
        (["message=x", "author=x"], "--map 'author=x': 'x' already stands for 'message'; give it one meaning."),
    ],
)
def test_a_bad_map_option_is_named(options: list[str], detail: str):
    with pytest.raises(BadInput) as error:
        FieldNames.from_options(options)
    assert str(error.value) == detail


@pytest.mark.parametrize(
    ("fields", "user_id", "author", "role"),
    [
        ({"user_id": "u", "author": "Ana"}, "u", "Ana", "user"),
        ({"author": "Ana"}, "Ana", None, "user"),
        ({"user_id": "u", "sender": "assistant"}, "u", None, "assistant"),
        ({"user_id": "u", "from": "human"}, "u", None, "user"),
        ({"user_id": "u", "sender": "Bot", "role": "user"}, "u", "Bot", "user"),
        ({"user_id": "u", "author_id": "a", "role": "tool"}, "u", None, "tool"),
        ({"author_id": "a", "author": "Ana"}, "a", "Ana", "user"),
    ],
)
def test_who_spoke(fields: dict[str, Json], user_id: str, author: str | None, role: str):
    found = message({"message": "hi", "timestamp": 0, **fields})
    assert (found.user_id, found.author, found.role) == (user_id, author, role)


def test_unknown_fields_go_under_what_metadata_says():
    value: dict[str, Json] = {**LEAST, "lang": "de", "app": {"v": 1}, "content": "other", "metadata": {"lang": "en"}}
    assert message(value).metadata == {"lang": "en", "app": {"v": 1}, "content": "other"}


def test_null_and_empty_optional_fields_are_not_there():
    empty: dict[str, Json] = {
        "conversation_id": None,
        "message_id": "",
        "author": "",
        "campaign_id": None,
        "role": None,
    }
    assert message({**LEAST, **empty}) == message(LEAST)


def test_parts_that_are_no_text_are_named_in_the_metadata():
    parts: Json = [{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {}}, "here"]
    found = message({**LEAST, "message": parts})
    assert (found.text, found.metadata) == ("Look\nhere", {"left_out_parts": ["image_url"]})


def test_everything_is_in_normal_form_c():
    found = message({**LEAST, "user_id": "Zoe\u0308", "message": "cafe\u0301", "no\u0308te": ["a\u030a\n\u0303"]})
    assert (found.user_id, found.text, found.metadata) == ("Zoë", "café", {"nöte": ["å\n\u0303"]})


def test_a_message_inherits_from_its_conversation():
    around: dict[str, Json] = {
        "id": "c1",
        "userId": "u1",
        "author": "Ana",
        "created_at": "2024-01-01",
        "title": "Trip",
        "campaignId": "k",
        "engagement": "view",
        "metadata": {"lang": "en"},
        "messages": 3,
        "content": "not mine",
        "message_id": "nor this",
    }
    inherited: dict[str, Json] = {
        "title": "Trip",
        "messages": 3,
        "content": "not mine",
        "message_id": "nor this",
        "lang": "fr",
        "x": 1,
    }
    first = message({"text": "hi", "x": 1, "metadata": {"lang": "fr"}}, around=({"id": "file", "v": 2}, around))
    assert first == Message(
        tenant="t",
        user_id="u1",
        text="hi",
        timestamp=1704067200000,
        conversation_id="c1",
        author="Ana",
        campaign_id="k",
        engagement=Engagement("view"),
        metadata=inherited,
    )
    later = message({"content": "ok", "role": "assistant", "userId": "u2"}, around=(around,), index=3)
    assert later == Message(
        tenant="t",
        user_id="u2",
        text="ok",
        timestamp=1704067200003,
        conversation_id="c1",
        role="assistant",
        campaign_id="k",
        metadata={name: value for name, value in inherited.items() if name != "x"} | {"lang": "en"},
    )


def test_a_message_of_a_time_of_its_own_keeps_it():
    assert message(LEAST, around=({"timestamp": 5_000},), index=7).timestamp == 0


def test_the_time_of_arrival_serves_where_none_is_given():
    raw = Raw("s", "item 1", "", {"user_id": "u", "message": "hi"})
    found = parse_record(raw, tenant="t", names=NAMES, default_time=1_234)
    assert found == Message(tenant="t", user_id="u", text="hi", timestamp=1_234)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-01T09:30:00Z", 1772357400000),
        ("2026-03-01t09:30:00z", 1772357400000),
        ("2026-03-01 09:30", 1772357400000),
        ("2026-03-01 09:30:00 UTC", 1772357400000),
        ("2026-03-01 11:30:00 +02:00", 1772357400000),
        ("20260301T093000Z", 1772357400000),
        ("2026-03-01T09:30:00.1239999", 1772357400123),
        ("2026-03-01", 1772323200000),
        (" 1772357400 ", 1772357400000),
        ("1772357400.5", 1772357400500),
        (1772357400.123, 1772357400123),
        (99_999_999_999, 99_999_999_999_000),
        (100_000_000_000, 100_000_000_000),
        (0, 0),
        ("1969-12-31T23:59:59.9999Z", -1),
        ("0001-01-01", -62135596800000),
        ("9999-12-31T23:59:59.999Z", 253402300799999),
    ],
)
def test_times(written: Json, moment: int):
    assert message({**LEAST, "timestamp": written}).timestamp == moment


@given(
    st.datetimes(datetime(1973, 3, 4), datetime(2999, 1, 1)),
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_one_moment_has_one_key_however_it_is_written(naive: datetime, zone: timezone):
    moment = naive.replace(microsecond=naive.microsecond // 1000 * 1000, tzinfo=UTC)
    since = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    spellings: list[Json] = [
        moment.isoformat(),
        moment.astimezone(zone).isoformat(),
        moment.isoformat().replace("+00:00", "Z"),
        moment.replace(tzinfo=None).isoformat(),
        since,
        float(since),
        str(since),
        since / 1000,
        f"{since // 1000}.{since % 1000:03d}",
    ]
    assert {message({**LEAST, "timestamp": one}).key for one in spellings} == {
        Message(tenant="t", user_id="u", text="hi", timestamp=since).key
    }


@given(st.text(max_size=300))
def test_a_detail_never_holds_much_of_a_value(value: str):
    for field in ("user_id", "timestamp", "role", "engagement"):
        found = parse({**LEAST, "campaign_id": "k", field: value})
        assert isinstance(found, Message) or len(found.detail) < 240


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KNOWN = ["user_id", "message", "timestamp", "role", "engagement", "campaign_id", "metadata", "author", "sender", "id"]


@given(st.dictionaries(st.sampled_from(KNOWN) | st.text(max_size=5), json_values, max_size=8), st.booleans())
def test_any_object_is_a_message_or_a_rejection(value: dict[str, Json], complete: bool):
    found = parse(value | LEAST if complete else value)
    if isinstance(found, Message):
        canonical(dict(found.metadata)).encode()
        assert found.text.strip() or (found.is_event and found.campaign_id and found.engagement)
    else:
        found.raw.encode()
        found.detail.encode()
