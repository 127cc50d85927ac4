"""What keeps a record from being a message: each reason with its code and its sentence."""

import json

import pytest

from kith.persona.identity import Json
from kith.persona.model import Message, Rejection, RejectionCode
from kith.persona.record_fields import MAX_ID, MAX_LABEL, MAX_METADATA_BYTES, MAX_NAME, MAX_TEXT
from kith.persona.records import FieldNames, Raw, parse_record

NAMES = FieldNames.from_options([])
LEAST: dict[str, Json] = {"user_id": "u", "message": "hi", "timestamp": 0}


def rejection(value: Json) -> Rejection:
    found = parse_record(Raw("s", "line 1", json.dumps(value)[:100], value), tenant="t", names=NAMES)
    assert isinstance(found, Rejection), found
    return found


def message(value: Json) -> Message:
    found = parse_record(Raw("s", "line 1", "", value), tenant="t", names=NAMES)
    assert isinstance(found, Message), found
    return found


def deep(levels: int) -> Json:
    value: Json = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("change", "code", "detail"),
    [
        (
            {"user_id": None},
            "missing_field",
            "'user_id' is missing; give it, or name the field that holds it: --map user_id=NAME",
        ),
        (
            {"message": None},
            "missing_field",
            "'message' is missing; give it, or name the field that holds it: --map message=NAME",
        ),
        (
            {"timestamp": None},
            "missing_field",
            "'timestamp' is missing; give it, or name the field that holds it: --map timestamp=NAME",
        ),
        ({"user_id": True}, "bad_type", "'user_id' is true or false; give text or a whole number"),
        ({"user_id": {"id": 1}}, "bad_type", "'user_id' is an object; give text or a whole number"),
        ({"user_id": " "}, "bad_value", "'user_id' is empty; give an id"),
        ({"user_id": "u" * (MAX_ID + 1)}, "too_large", "'user_id' has 257 characters; at most 256 are taken"),
        ({"user_id": 10**256}, "too_large", "'user_id' has 257 characters; at most 256 are taken"),
        ({"user_id": 10**4000}, "too_large", "'user_id' is a number of more than 256 digits; give a shorter id"),
        ({"user_id": "a\0"}, "bad_value", "'user_id' holds a NUL character; take it out"),
        (
            {"message": " \n\u200b"},
            "empty_text",
            "'message' holds no text; leave the record out, or give what was said",
        ),
        ({"message": []}, "empty_text", "'message' holds no text; leave the record out, or give what was said"),
        ({"message": 5}, "bad_type", "'message' is a number; give text, or a list of parts with 'type' and 'text'"),
        (
            {"message": [5]},
            "bad_type",
            "'message' has a part that is not text nor an object with 'type' and 'text'; mend that part",
        ),
        ({"message": "x" * (MAX_TEXT + 1)}, "too_large", "'message' has 200,001 characters; at most 200,000 are taken"),
        (
            {"message": "\ud800"},
            "bad_encoding",
            "'message' holds bytes that are not UTF-8, or half of a surrogate pair; write whole characters",
        ),
        ({"message": "a\0b"}, "bad_value", "'message' holds a NUL character; take it out"),
        ({"timestamp": True}, "bad_type", "'timestamp' is true or false; give ISO 8601 text, or a number since 1970"),
        (
            {"timestamp": "soon"},
            "bad_timestamp",
            "'timestamp' ('soon') is not a time; write it like '2026-03-01T09:30:00Z', or as seconds since 1970",
        ),
        (
            {"timestamp": "2026-02-30"},
            "bad_timestamp",
            "'timestamp' ('2026-02-30') is not a time; write it like '2026-03-01T09:30:00Z', or as seconds since 1970",
        ),
        ({"timestamp": -1}, "bad_timestamp", "'timestamp' (-1) is below 0; write times before 1970 as ISO 8601"),
        (
            {"timestamp": 1772357400000000},
            "bad_timestamp",
            "'timestamp' (1772357400000000) is after the year 9999; "
            "give seconds or milliseconds since 1970, not smaller parts",
        ),
        (
            {"timestamp": float("inf")},
            "bad_timestamp",
            "'timestamp' (inf) is not a finite number; give ISO 8601, or seconds or milliseconds since 1970",
        ),
        (
            {"timestamp": 1e300},
            "bad_timestamp",
            "'timestamp' (1e+300) is after the year 9999; give seconds or milliseconds since 1970",
        ),
        (
            {"timestamp": "0001-01-01T00:00:00+01:00"},
            "bad_timestamp",
            "'timestamp' ('0001-01-01T00:00:00+01:00') is outside the years 1 to 9999 in UTC; give a time within them",
        ),
        ({"conversation_id": [1]}, "bad_type", "'conversation_id' is a list; give text or a whole number"),
        ({"thread_id": "x" * (MAX_ID + 1)}, "too_large", "'thread_id' has 257 characters; at most 256 are taken"),
        ({"id": 1.5}, "bad_type", "'id' is a number; give text or a whole number"),
        ({"role": "boss"}, "bad_value", "'role' is 'boss'; give one of user, assistant, system, tool"),
        ({"role": ["user"]}, "bad_type", "'role' is a list; give one of user, assistant, system, tool"),
        ({"author": 5}, "bad_type", "'author' is a number; give text"),
        ({"author": "x" * (MAX_NAME + 1)}, "too_large", "'author' has 257 characters; at most 256 are taken"),
        ({"intent": "x" * (MAX_LABEL + 1)}, "too_large", "'intent' has 129 characters; at most 128 are taken"),
        (
            {"campaign_id": "x" * (MAX_LABEL + 1)},
            "too_large",
            "'campaign_id' has 129 characters; at most 128 are taken",
        ),
        ({"engagement": "click"}, "bad_value", "'engagement' needs a 'campaign_id'; say what was engaged with"),
        ({"engagement": 1}, "bad_type", "'engagement' is a number; give an object with 'kind' and 'value', or a kind"),
        (
            {"engagement": {}},
            "missing_field",
            "'engagement' has no 'kind'; give one of view, click, like, convert, dislike",
        ),
        (
            {"engagement": {"kind": 1}},
            "bad_type",
            "'engagement' has a 'kind' that is a number; give one of view, click, like, convert, dislike",
        ),
        (
            {"engagement": "hug"},
            "bad_value",
            "'engagement' is of kind 'hug'; give one of view, click, like, convert, dislike",
        ),
        (
            {"engagement": {"kind": "like", "value": True}},
            "bad_type",
            "'engagement' has a 'value' that is true or false; give a number",
        ),
        (
            {"engagement": {"kind": "like", "value": float("nan")}},
            "bad_value",
            "'engagement' has a 'value' that is not a number up to 1,000,000,000; give one",
        ),
        (
            {"engagement": {"kind": "like", "at": 1}},
            "bad_value",
            "'engagement' has a field 'at' that is not known; put it in 'metadata'",
        ),
        ({"metadata": 5}, "bad_type", "'metadata' is a number; give an object"),
        (
            {"metadata": {"a": "x" * MAX_METADATA_BYTES}},
            "too_large",
            "'metadata' has 65,544 bytes with all fields that are not known; 65,536 are taken",
        ),
        (
            {"metadata": {"a": "\ud800"}},
            "bad_encoding",
            "'metadata' holds bytes that are not UTF-8, or half of a surrogate pair; write whole characters",
        ),
        (
            {"metadata": {"a": [float("inf")]}},
            "bad_value",
            "'metadata' holds a number that is not finite or too large; give a finite one",
        ),
        (
            {"a": {"b": "\0"}},
            "bad_value",
            "'metadata', where fields that are not known go, holds a NUL character; take it out",
        ),
        (
            {"a": deep(32)},
            "bad_value",
            "'metadata', where fields that are not known go, is nested deeper than 32 levels; flatten it",
        ),
        (
            {"e\u0301": 1, "é": 2},
            "bad_value",
            "'metadata', where fields that are not known go, has two names that are one in Unicode's normal form; "
            "keep one",
        ),
    ],
)
def test_rejections(change: dict[str, Json], code: RejectionCode, detail: str):
    value = {**LEAST, **change}
    found = rejection(value)
    user = None if "user_id" in change else "u"
    assert found == Rejection(code, detail, "s", "line 1", json.dumps(value)[:100], user)


@pytest.mark.parametrize(
    ("value", "what"),
    [(None, "null"), (5, "a number"), ("x", "text"), ([], "a list"), (False, "true or false")],
)
def test_what_is_no_object(value: Json, what: str):
    detail = f"the record is {what}; give one object for each message"
    assert rejection(value) == Rejection("not_an_object", detail, "s", "line 1", json.dumps(value))


def test_limits_are_inclusive():
    long: dict[str, Json] = {
        "user_id": "é" * MAX_ID,
        "message": "x" * MAX_TEXT,
        "author": "x" * MAX_NAME,
        "intent": "x" * MAX_LABEL,
        "a": deep(31),
    }
    assert len(message({**LEAST, **long}).text) == MAX_TEXT


def test_raw_text_is_cut_to_what_can_be_kept():
    raw = Raw("s", "line 1", "é" * 8191 + "\0\ud800", 5)
    found = parse_record(raw, tenant="t", names=NAMES)
    assert isinstance(found, Rejection)
    assert found.raw == "é" * 4096
