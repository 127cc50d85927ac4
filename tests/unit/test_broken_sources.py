"""What is broken in a source costs as little as it can, and is never passed over in silence."""

import gzip
import io
import json

import pytest
import zstandard

from kith.etl.sources import open_sources, records_source
from kith.persona.identity import Json
from kith.persona.model import Message
from kith.persona.records import FieldNames, Problem, Raw, parse_record

Record = dict[str, Json]


def read(octets: bytes) -> list[Raw]:
    sources = open_sources(["-"], known=lambda _: None, full=False, stdin=io.BytesIO(octets))
    return [raw for batch in sources.batches(100) for raw in batch.records]


def faults(octets: bytes) -> list[tuple[str, str, str]]:
    """Position, code and detail of what has a problem; how many records there are beside."""
    return [(raw.position, raw.problem.code, raw.problem.detail) for raw in read(octets) if raw.problem is not None]


def whole(octets: bytes) -> int:
    return sum(raw.problem is None for raw in read(octets))


def read_given(records: list[Record]) -> list[Raw]:
    return [raw for batch in records_source(records).batches(100) for raw in batch.records]


def messages(octets: bytes) -> list[Message]:
    names = FieldNames.from_options([])
    parsed = [parse_record(raw, tenant="t", names=names) for raw in read(octets)]
    return [one for one in parsed if isinstance(one, Message)]


A = b'{"user_id": "u", "message": "hi", "timestamp": 1}'
REST = ". The rest was not read"
ENDS = "the text ends before the value does; send the whole of it"
EXPECTING = "the text is not JSON at character 1: expecting value"
NOT_UTF8 = "the byte 0xff at character 8 is not UTF-8; save the text as UTF-8"
NAN = "NaN is not JSON; write null, or leave the field out"
BINARY = "this is binary data, or UTF-16 without a byte order mark; give JSON in UTF-8"
DEEP = "the record is nested deeper than 32 levels; flatten it"
COPY = "; copy the file again" + REST
PACK = "; pack the file again" + REST
LINE_ENDS = "the line ends before the value does; give each record one line, whole"


@pytest.mark.parametrize(
    ("octets", "good", "found"),
    [
        # lines: each costs itself alone
        (A + b"\nnope\n" + A, 2, [("line 2", "not_json", EXPECTING)]),
        (A + b'\n{"a": "x\n' + A, 2, [("line 2", "not_json", LINE_ENDS)]),
        (b'{"a": "x\n' + A, 1, [("line 1", "not_json", LINE_ENDS)]),
        (b'{"a": "x",\n' + A + b"\n", 1, [("line 1", "not_json", LINE_ENDS)]),
        (A + b'\n{"a": "x', 1, [("line 2", "truncated", ENDS)]),
        (A + b'\n{"a": tr', 1, [("line 2", "truncated", ENDS)]),
        (A + A, 0, [("line 1", "not_json", "more stands after the value; give each record a line of its own")]),
        (A + b'\n{"a": "\xff"}\n' + A, 2, [("line 2", "bad_encoding", NOT_UTF8)]),
        (b'{"a": NaN}\n' + A, 1, [("line 1", "not_json", NAN)]),
        (b'{"a": [-Infinity]}\n' + A, 1, [("line 1", "not_json", NAN.replace("NaN", "-Infinity"))]),
        (
            b'{"a": {"b": 1, "b": 2}}\n' + A,
            1,
            [("line 1", "bad_value", "the name 'b' stands twice in one object; keep one")],
        ),
        (b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}\n" + A, 1, [("line 1", "bad_value", DEEP)]),
        (
            b'{"a": ' + b"9" * 5000 + b"}\n" + A,
            1,
            [("line 1", "bad_value", "the record holds a number of thousands of digits; write it as text")],
        ),
        (b'{"a": ' + b"9" * 400 + b"}\n", 1, []),
        # arrays: what came before stands
        (b"[" + A + b", " + A, 2, [("item 2", "truncated", ENDS + REST)]),
        (b"[" + A + b', {"a": "x', 1, [("item 2", "truncated", ENDS + REST)]),
        (b"[" + A + b",", 1, [("item 2", "truncated", ENDS + REST)]),
        (
            b"[" + A + b', {"a" 1}, ' + A + b"]",
            1,
            [("item 2", "not_json", "the text is not JSON at character 6: expecting ':' delimiter" + REST)],
        ),
        (
            b"[" + A + b" " + A + b"]",
            1,
            [("item 1", "not_json", "the text is not JSON: '{' stands where ',' or ']' is due" + REST)],
        ),
        (b"[" + A + b',{"a": NaN},' + A + b"]", 2, [("item 2", "not_json", NAN)]),
        (
            b"[" + A + b',{"a": 1, "a": 1},' + A + b"]",
            2,
            [("item 2", "bad_value", "the name 'a' stands twice in one object; keep one")],
        ),
        (b"[" + A + b',{"a": "\xe9"},' + A + b"]", 2, [("item 2", "bad_encoding", NOT_UTF8.replace("0xff", "0xe9"))]),
        (b"[" + A + b"," + b"[" * 5000 + b"]" * 5000 + b"," + A + b"]", 2, [("item 2", "bad_value", DEEP)]),
        (b"[" + A + b"] nope", 1, [("item 2", "not_json", EXPECTING + REST)]),
        # conversations: a flaw costs the message that has it, or all that inherit it
        (b'{"messages":\n[{"a": 1}, {"a": NaN}], "b": 1}', 1, [("message 2", "not_json", NAN)]),
        (
            b'{"messages": [{"a": 1}], "b": 1, "b": 2}',
            0,
            [("line 1, message 1", "bad_value", "the name 'b' stands twice in one object; keep one")],
        ),
        (b'{"messages": [{"a": 1}, {"a": "\xff"}]}', 1, [("line 1, message 2", "bad_encoding", NOT_UTF8)]),
        # no JSON at all
        (
            b"PK\x03\x04zip",
            0,
            [("start", "bad_encoding", "this is a zip archive, not JSON; unpack or export it as JSON Lines")],
        ),
        (b"\x00\x01\x02", 0, [("start", "bad_encoding", BINARY)]),
        (b'{\0"\0', 0, [("start", "bad_encoding", BINARY)]),
        (
            b"user_id,message,timestamp\nu1,hi,1\n",
            0,
            [("start", "not_json", "this looks like CSV; write it as JSON Lines, one object for each row")],
        ),
        (b"\xff\xfe{\0}\0\n", 0, [("line 1", "bad_encoding", "the text is not whole UTF-16: truncated data")]),
        (
            gzip.compress(A + b"\n" + A + b"\n", mtime=0)[:-8],
            2,
            [("line 3", "truncated", "the gzip data ends in the middle" + COPY)],
        ),
        (
            gzip.compress(A + b"\n", mtime=0) + b"junk",
            1,
            [("line 2", "bad_encoding", "the gzip data is damaged" + PACK)],
        ),
        (
            gzip.compress(b"[" + A + b"]", mtime=0)[:-3],
            1,
            [("item 1", "truncated", "the gzip data ends in the middle" + COPY)],
        ),
        (
            zstandard.ZstdCompressor(write_checksum=True).compress(A + b"\n")[:-2],
            1,
            [("line 2", "truncated", "the zstd data ends in the middle" + COPY)],
        ),
        (
            zstandard.ZstdCompressor().compress(A + b"\n") + b"junk",
            1,
            [("line 2", "bad_encoding", "the zstd data is damaged" + PACK)],
        ),
    ],
    ids=lambda _: None,
)
def test_what_is_broken(octets: bytes, good: int, found: list[tuple[str, str, str]]):
    assert (whole(octets), faults(octets)) == (good, found)


def test_a_record_that_is_too_large_costs_itself_alone():
    long: Record = {"user_id": "u", "message": "x" * 1_100_000}
    detail = "the record has more than 1,048,576 bytes; split it"
    octets = b"[" + A + b"," + json.dumps(long).encode() + b"," + A + b"]"
    assert (whole(octets), faults(octets)) == (2, [("item 2", "too_large", detail)])
    octets = A + b"\n" + json.dumps(long).encode() + b"\n" + A
    assert (whole(octets), faults(octets)) == (2, [("line 2", "too_large", detail)])
    found = [raw for raw in read(octets) if raw.problem is not None]
    assert found == [Raw("-", "line 2", json.dumps(long)[:8192], problem=Problem("too_large", detail))]
    assert faults(A + b"\n" + json.dumps(long).encode()[:-5]) == [("line 2", "truncated", ENDS)]
    assert [raw.problem and raw.problem.code for raw in read_given([long])] == ["too_large"]


@pytest.mark.parametrize("indent", [None, 1])
def test_a_long_conversation_is_read_piece_by_piece(indent: int | None):
    chat: list[Json] = [{"content": f"{n} " + "é" * 1000} for n in range(1500)]
    value: Record = {"user_id": "u", "messages": chat, "created_at": 7}
    found = messages(json.dumps(value, indent=indent, ensure_ascii=False).encode())
    assert [(one.user_id, one.text, one.timestamp) for one in found] == [
        ("u", f"{n} " + "é" * 1000, 7_000 + n) for n in range(1500)
    ]


def test_fields_after_too_long_a_conversation_are_refused_aloud():
    chat: list[Json] = [{"content": "é" * 100_000} for _ in range(90)]
    octets = json.dumps({"user_id": "u", "messages": chat, "created_at": 7}, ensure_ascii=False).encode()
    detail = "'created_at' stands after too many of the messages that inherit it; put it before them"
    assert (whole(octets), faults(octets)) == (90, [("line 1", "bad_value", detail)])


def test_a_bomb_is_not_unpacked():
    detail = "the file unpacks to more than 200 times its size; unpack it first if that is right" + REST
    line = A + b"\n" + b" " * 1000 + b"\n"
    for octets in (gzip.compress(line * 70_000, 9), zstandard.ZstdCompressor().compress(line * 70_000)):
        sources = open_sources(["-"], known=lambda _: None, full=False, stdin=io.BytesIO(octets))
        last = [batch.records[-1] for batch in sources.batches(10_000)][-1]
        assert last.problem == Problem("too_large", detail)


LONG = b'"' + b"x" * 1_100_000 + b'"'
TOO_LARGE = "the record has more than 1,048,576 bytes; split it"


@pytest.mark.parametrize(
    ("octets", "good", "found"),
    [
        (b"[" + LONG + b", {}]", 1, [("item 1", "too_large", TOO_LARGE)]),
        (b"[[" + LONG + b", true, [1, 2]], {}]", 1, [("item 1", "too_large", TOO_LARGE)]),
        (b"[1." + b"1" * 1_100_000 + b", {}]", 1, [("item 1", "too_large", TOO_LARGE)]),
        (
            b'{"messages": [{}], "a": ' + LONG + b', "b": 1, "b": 2, "c": NaN, "d": ' + b"9" * 5000 + b"}",
            1,
            [
                ("line 1", "too_large", "'a' has more than 1,048,576 bytes; cut it"),
                ("line 1", "bad_value", "the name 'b' stands twice in one object; keep one"),
                ("line 1", "not_json", NAN),
                ("line 1", "bad_value", "the record holds a number of thousands of digits; write it as text"),
            ],
        ),
        (b'{"messages": [{}], "a": ' + LONG, 1, [("line 1", "truncated", ENDS)]),
        (b'{"messages": [{}], "a": ' + LONG + b"\n{}", 2, [("line 1", "not_json", LINE_ENDS)]),
        (
            b'{"messages": [{}], "a": ' + LONG + b", 5}\n{}",
            2,
            [("line 1", "not_json", "the text is not JSON: a name in quotes is due")],
        ),
        (b" " * 1_100_000 + b"\n{}", 1, []),
    ],
    ids=lambda _: None,
)
def test_what_is_broken_beyond_the_length_of_a_record(octets: bytes, good: int, found: list[tuple[str, str, str]]):
    assert (whole(octets), faults(octets)) == (good, found)


def test_a_long_line_of_a_packed_file_that_is_cut_off():
    chat = json.dumps({"messages": [{"n": n, "x": "x" * 1000} for n in range(1200)]}).encode()
    octets = gzip.compress(b"{}\n" + chat, mtime=0)[:-8]
    detail = "the gzip data ends in the middle" + COPY
    assert (whole(octets), faults(octets)) == (1201, [("line 2", "truncated", detail)])
