"""Every form of a source gives the same records, plain or packed; what is broken costs as little as it can."""

import gzip
import io
import json
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from kith.etl.sources import Sources, open_sources, records_source
from kith.persona.identity import Json
from kith.persona.model import Message
from kith.persona.records import FieldNames, Raw, parse_record

NAMES = FieldNames.from_options([])
Record = dict[str, Json]
RECORDS: list[Record] = [
    {
        "user_id": "u1",
        "conversation_id": "c1",
        "timestamp": 1_000_000 + n,
        "message": f'Zoë said {{}} "{n}" ⏱ [',
        "n": n,
    }
    for n in range(5)
]


def as_lines(records: list[Record]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def as_conversations(records: list[Record], *, indent: int | None = None) -> str:
    """Neighbours that share user and conversation go together."""
    groups: list[Record] = []
    for record in records:
        around = {name: record[name] for name in ("user_id", "conversation_id") if name in record}
        own = {name: value for name, value in record.items() if name not in around}
        if not groups or {name: groups[-1].get(name) for name in around} != around or len(groups[-1]) > len(around) + 1:
            groups.append({**around, "messages": []})
        messages = groups[-1]["messages"]
        assert isinstance(messages, list)
        messages.append(own)
    return json.dumps({"version": 1, "conversations": groups}, indent=indent)


FORMS: dict[str, Callable[[list[Record]], str]] = {
    "lines": as_lines,
    "lines, CRLF, blank ones": lambda records: "\r\n".join(["", *map(json.dumps, records), " ", ""]),
    "lines, not escaped, no end": lambda records: "\n".join(json.dumps(one, ensure_ascii=False) for one in records),
    "array": json.dumps,
    "array, pretty": lambda records: json.dumps(records, indent=2, ensure_ascii=False),
    "objects in a row, pretty": lambda records: "\n".join(json.dumps(one, indent=2) for one in records),
    "arrays in a row": lambda records: "".join(json.dumps([one]) for one in records),
    "conversations": as_conversations,
    "conversations, pretty": lambda records: as_conversations(records, indent=1),
    "chats in an array": lambda records: json.dumps([{"messages": [one]} for one in records]),
    "chats, one for each line": lambda records: as_lines([{"messages": [one]} for one in records]),
    "one chat": lambda records: json.dumps({"messages": list(records)}),
    "one chat, pretty": lambda records: json.dumps({"messages": list(records)}, indent=4),
}
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "gzip of two members": lambda octets: gzip.compress(octets[:50]) + gzip.compress(octets[50:]) + b"\0\0",
    "zstd": zstandard.ZstdCompressor().compress,
    "zstd of two frames": lambda octets: b"".join(map(zstandard.ZstdCompressor().compress, (octets[:50], octets[50:]))),
    "with a mark": lambda octets: b"\xef\xbb\xbf" + octets,
    "UTF-16": lambda octets: octets.decode().encode("utf-16"),
    "UTF-16, big end first, gzip": lambda octets: gzip.compress(b"\xfe\xff" + octets.decode().encode("utf-16-be")),
}


def read(octets: bytes, *, size: int = 3) -> list[Raw]:
    sources = open_sources(["-"], known=lambda _: None, full=False, stdin=io.BytesIO(octets))
    return all_of(sources, size=size)


def all_of(sources: Sources, *, size: int = 3) -> list[Raw]:
    return [raw for batch in sources.batches(size) for raw in batch.records]


def messages(raws: list[Raw]) -> list[Message]:
    parsed = [parse_record(raw, tenant="t", names=NAMES) for raw in raws]
    found = [one for one in parsed if isinstance(one, Message)]
    assert len(found) == len(parsed), parsed
    return found


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("form", FORMS)
def test_each_form_and_packing_gives_the_same_messages(form: str, packing: str):
    octets = PACKINGS[packing](FORMS[form](RECORDS).encode())
    assert messages(read(octets)) == messages(all_of(records_source(RECORDS)))


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30).filter(
    lambda text: any(character.isalnum() for character in text)
)


def record(user: str, text: str, time: int, conversation: str | None, extra: float | None) -> Record:
    fields: Record = {"user_id": user, "message": text, "timestamp": time, "conversation_id": conversation, "x": extra}
    return {name: value for name, value in fields.items() if value is not None}


some_records = st.lists(
    st.builds(
        record,
        st.sampled_from(["u1", "ü2"]),
        texts,
        st.integers(0, 10**12),
        st.sampled_from([None, "c1", "c2"]),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
    ),
    max_size=6,
)


@given(some_records, st.sampled_from(sorted(FORMS)), st.sampled_from(sorted(PACKINGS)), st.integers(1, 7))
def test_any_records_written_in_any_form_read_back_the_same(records: list[Record], form: str, packing: str, size: int):
    found = messages(read(PACKINGS[packing](FORMS[form](records).encode()), size=size))
    assert found == messages(all_of(records_source(records)))


class Trickle(io.BytesIO):
    """A stream that gives a few bytes at a time."""

    def __init__(self, octets: bytes, size: int) -> None:
        super().__init__(octets)
        self._most = size

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self._most)


junk = st.binary(max_size=200) | st.text('[]{}",:\\ \n01eE.-+ntfaulrsxdé', max_size=60).map(str.encode)


@given(some_records, st.sampled_from(sorted(FORMS)), st.sampled_from(sorted(PACKINGS)), junk, st.integers(1, 9))
def test_how_the_bytes_come_makes_no_difference(records: list[Record], form: str, packing: str, more: bytes, size: int):
    packed = PACKINGS[packing](FORMS[form](records).encode())
    for octets in (packed, packed[: len(packed) // 2], more, FORMS[form](records).encode() + more):
        sources = open_sources(["-"], known=lambda _: None, full=False, stdin=Trickle(octets, size))
        assert all_of(sources) == read(octets)


@pytest.mark.parametrize(
    ("octets", "positions"),
    [
        (b'{"a": 1}\n\n{"a": 2}', ["line 1", "line 3"]),
        (b'{\n"a": 1}', ["item 1"]),
        (b'{\n"a": 1} {"a": 2}', ["item 1", "item 2"]),
        (b'[{"a": 1}, {"messages": [{}, {}]}]', ["item 1", "item 2, message 1", "item 2, message 2"]),
        (b'{"messages": [{}]}\n{"messages": [{}]}', ["line 1, message 1", "line 2, message 1"]),
        (b'{"messages":\n [{}, {}]}', ["message 1", "message 2"]),
        (b'{"conversations":\n [{"messages": [{}]}, {}]}', ["conversation 1, message 1", "conversation 2"]),
        (b'{"messages": "x"}', ["line 1"]),
        (b'{"messages": []}', []),
        (b"", []),
        (b" \n\t\r\n", []),
        (b"[]", []),
    ],
)
def test_positions(octets: bytes, positions: list[str]):
    assert [raw.position for raw in read(octets)] == positions


def test_a_message_carries_what_stands_around_it():
    found = read(b'{"v": 1, "conversations": [{"id": "c", "messages": [{"x": 1}, {"x": 2}], "u": 3}]}')
    around: tuple[Record, ...] = ({"v": 1}, {"id": "c", "u": 3})
    assert found == [
        Raw("-", "line 1, conversation 1, message 1", '{"x": 1}', {"x": 1}, None, around, 0),
        Raw("-", "line 1, conversation 1, message 2", '{"x": 2}', {"x": 2}, None, around, 1),
    ]


@given(junk, st.integers(1, 4))
def test_junk_never_raises_and_everything_is_counted(octets: bytes, size: int):
    for packed in (octets, gzip.compress(octets), gzip.compress(octets)[:-1], b"\x28\xb5\x2f\xfd" + octets):
        for raw in read(packed, size=size):
            parsed = parse_record(raw, tenant="t", names=NAMES)
            assert isinstance(parsed, Message) or parsed.raw.encode() is not None


@given(st.sampled_from(sorted(FORMS)), st.data())
def test_a_source_cut_anywhere_keeps_what_came_whole(form: str, data: st.DataObject):
    octets = FORMS[form](RECORDS).encode()
    cut = read(octets[: data.draw(st.integers(0, len(octets)))])
    good = messages([raw for raw in cut if raw.problem is None])
    everything = messages(read(octets))
    if "chat" not in form and "conversations" not in form:
        assert good == everything[: len(good)]
    assert len(cut) - len(good) <= 1
