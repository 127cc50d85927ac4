"""Sources: which files are meant, what a batch says of how far they were read, and how reading goes on later."""

import gzip
import io
import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from hashlib import blake2b
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.etl.sources import RawBatch, Sources, open_sources, read_campaigns, records_source
from kith.persona.errors import BadInput
from kith.persona.identity import Json
from kith.persona.records import Problem, Raw
from kith.stores.ledger_port import SourceMark

Marks = dict[str, SourceMark]


def line(number: int) -> bytes:
    return json.dumps({"n": number}).encode() + b"\n"


def opened(path: Path | str, marks: Marks | None = None, *, full: bool = False) -> Sources:
    return open_sources([str(path)], known=(marks or {}).get, full=full)


def run(path: Path, marks: Marks, *, size: int = 2, limit: int | None = None) -> tuple[list[Json], list[str]]:
    """Reads what is new, settles it in `marks`; the values read, and the sources unchanged."""
    sources = opened(path, marks)
    values: list[Json] = []
    for batch in sources.batches(size, limit=limit):
        values += [raw.value if raw.problem is None else raw.problem.code for raw in batch.records]
        marks |= {mark.source: mark for mark in batch.marks}
    return values, sources.unchanged


def mark(path: Path, octets: bytes, *, finished: bool) -> SourceMark:
    return SourceMark(str(path), len(octets), blake2b(octets).hexdigest(), finished)


def test_a_folder_is_read_in_order_without_what_is_hidden_and_campaigns_apart(tmp_path: Path):
    names = ["b.jsonl", "a/z.json", "a/y.ndjson.gz", "c.json.zst", "campaigns.jsonl", "a/campaigns.json"]
    for name in [*names, ".hidden.json", ".git/x.json", "notes.txt", "x.csv"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    sources = opened(tmp_path)
    read = [mark.source for batch in sources.batches(5) for mark in batch.marks]
    assert read == [str(tmp_path / name) for name in ("a/y.ndjson.gz", "a/z.json", "b.jsonl", "c.json.zst")]
    assert sources.campaign_paths == [str(tmp_path / name) for name in ("a/campaigns.json", "campaigns.jsonl")]


def test_a_glob_a_link_and_the_same_file_again_are_one_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "a.jsonl").write_bytes(line(1))
    (tmp_path / "b [x].jsonl").write_bytes(line(2))
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "a.jsonl")
    monkeypatch.chdir(tmp_path)
    sources = open_sources(["*.jsonl", "a.jsonl", "./b [x].jsonl", "."], known=lambda _: None, full=False)
    batches = list(sources.batches(5))
    assert [raw.source for raw in batches[0].records] == [str(tmp_path / "a.jsonl"), str(tmp_path / "b [x].jsonl")]
    assert (sources.total_bytes, sources.bytes_read) == (18, 18)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere.json", "'{}nowhere.json' does not exist; check the path."),
        (
            "*.json",
            "'{}*.json' matches no file; check the pattern, and quote it so that the shell leaves it alone.",
        ),
        (
            "empty",
            "'{}empty' holds no file that ends with .json, .json.gz, .json.zst, .jsonl, .jsonl.gz, .jsonl.zst, "
            ".ndjson, .ndjson.gz, .ndjson.zst; give the files by name.",
        ),
    ],
)
def test_a_path_that_names_nothing_is_refused(tmp_path: Path, path: str, message: str):
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput) as error:
        opened(tmp_path / path)
    assert str(error.value) == message.format(f"{tmp_path}/")


def test_a_file_that_goes_before_it_is_read_is_named(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(line(1))
    sources = opened(path)
    path.unlink()
    with pytest.raises(BadInput) as error:
        list(sources.batches(5))
    reason = "No such file or directory"
    assert str(error.value) == f"'{path}' cannot be read on ({reason}); see that it is there, then run again."


class FailingStream(io.BytesIO):
    """Gives one record, then an error of the disk."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise OSError(5, "Input/output error")
        return super().read()


def test_an_error_of_the_disk_is_named_after_what_was_read():
    stream = FailingStream(line(1))
    batches = open_sources(["-"], known=lambda _: None, full=False, stdin=stream).batches(1)
    with pytest.raises(BadInput, match=r"'-' cannot be read on \(Input/output error\)"):
        list(batches)


def test_a_pipe_is_read_once_and_leaves_no_mark():
    reading, writing = os.pipe()
    os.write(writing, line(1))
    os.close(writing)
    sources = opened(f"/dev/fd/{reading}")
    found = list(sources.batches(5))
    os.close(reading)
    assert ([raw.value for batch in found for raw in batch.records], sources.total_bytes) == ([{"n": 1}], None)
    assert [batch.marks for batch in found] == [()]


def test_batches_span_sources_and_say_how_far_each_was_read(tmp_path: Path):
    a, b, empty = tmp_path / "a.jsonl", tmp_path / "b.json", tmp_path / "c.json"
    a.write_bytes(line(1) + line(2) + b"\n" + line(3))
    b.write_bytes(b"[" + line(4) + b"," + line(5) + b"]")
    empty.write_bytes(b"")

    def raw(path: Path, position: str, number: int) -> Raw:
        return Raw(str(path), position, json.dumps({"n": number}), {"n": number})

    nothing = mark(b, b"", finished=False)
    found = list(opened(tmp_path).batches(2))
    assert found == [
        RawBatch((raw(a, "line 1", 1), raw(a, "line 2", 2)), (mark(a, line(1) + line(2), finished=False),)),
        RawBatch((raw(a, "line 4", 3), raw(b, "item 1", 4)), (mark(a, a.read_bytes(), finished=True), nothing)),
        RawBatch((raw(b, "item 2", 5),), (mark(b, b.read_bytes(), finished=True), mark(empty, b"", finished=True))),
    ]
    assert list(opened(tmp_path).batches(2, limit=3)) == [
        found[0],
        RawBatch(found[1].records[:1], (mark(a, a.read_bytes(), finished=False),)),
    ]
    assert list(opened(tmp_path).batches(2, limit=0)) == []


def test_a_line_of_several_records_is_settled_with_its_last_one(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"messages": [{}, {}, {}]}\n' + line(1))
    first, second, third = opened(path).batches(2)
    assert [first.marks, second.marks, third.marks] == [
        (mark(path, b"", finished=False),),
        (mark(path, path.read_bytes(), finished=False),),
        (mark(path, path.read_bytes(), finished=True),),
    ]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_lines_are_read_on_where_they_ended(tmp_path: Path, pack: Callable[[bytes], bytes]):
    path, marks = tmp_path / "a.jsonl", Marks()
    path.write_bytes(pack(line(1) + line(2) + line(3)))
    assert run(path, marks, limit=2) == ([{"n": 1}, {"n": 2}], [])
    assert run(path, marks) == ([{"n": 3}], [])
    assert run(path, marks) == ([], [str(path)])
    path.write_bytes(pack(line(1) + line(2) + line(3) + line(4)))
    assert run(path, marks) == ([{"n": 4}], [])
    assert run(path, marks) == ([], [str(path)])
    path.write_bytes(pack(line(1) + line(9) + line(3) + line(4)))
    assert run(path, marks) == ([{"n": 1}, {"n": 9}, {"n": 3}, {"n": 4}], [])
    path.write_bytes(pack(line(1)))
    assert run(path, marks) == ([{"n": 1}], [])
    assert marks == {str(path): mark(path, line(1), finished=True)}
    full = [raw.value for batch in opened(path, marks, full=True).batches(5) for raw in batch.records]
    assert full == [{"n": 1}]


def test_positions_go_on_counting(tmp_path: Path):
    path, marks = tmp_path / "a.jsonl", Marks()
    path.write_bytes(line(1) + line(2)[:-1])
    run(path, marks)
    path.write_bytes(line(1) + line(2) + line(3))
    found = [raw.position for batch in opened(path, marks).batches(5) for raw in batch.records]
    assert found == ["line 3"]


def test_a_line_in_the_middle_of_a_write_is_read_again(tmp_path: Path):
    path, marks = tmp_path / "a.jsonl", Marks()
    path.write_bytes(line(1) + line(2)[:-3])
    assert run(path, marks) == ([{"n": 1}, "truncated"], [])
    assert marks == {str(path): mark(path, line(1), finished=False)}
    assert run(path, marks) == (["truncated"], [])
    path.write_bytes(line(1) + line(2))
    assert run(path, marks) == ([{"n": 2}], [])
    assert run(path, marks) == ([], [str(path)])


def test_a_long_line_in_the_middle_of_a_write_is_read_again(tmp_path: Path):
    path, marks = tmp_path / "a.jsonl", Marks()
    long = json.dumps({"messages": [{"n": n, "x": "x" * 1000} for n in range(1200)]}).encode()
    path.write_bytes(line(1) + long[:-1])
    values, _ = run(path, marks, size=1000)
    assert (len(values), values[-1]) == (1202, "truncated")
    assert marks == {str(path): mark(path, line(1), finished=False)}
    path.write_bytes(line(1) + long + b"\n" + line(2))
    values, _ = run(path, marks, size=1000)
    assert (len(values), values[-1]) == (1201, {"n": 2})
    assert marks == {str(path): mark(path, path.read_bytes(), finished=True)}


@pytest.mark.parametrize("form", [b"[%s, %s]", b"\n[\n%s,\n%s\n]", b'{"messages":\n [%s, %s]}'])
def test_a_document_is_read_as_a_whole_or_again(tmp_path: Path, form: bytes):
    path, marks = tmp_path / "a.json", Marks()
    both: list[Json] = [{"n": 1}, {"n": 2}]
    path.write_bytes(form % (line(1), line(2)))
    assert run(path, marks, size=1, limit=1) == ([{"n": 1}], [])
    assert marks == {str(path): mark(path, b"", finished=False)}
    assert run(path, marks) == (both, [])
    assert run(path, marks) == ([], [str(path)])
    path.write_bytes(path.read_bytes() + b"\n")
    assert run(path, marks) == (both, [])
    path.write_bytes(form % (line(1), line(3)))
    assert run(path, marks) == ([{"n": 1}, {"n": 3}], [])


def test_a_broken_document_is_never_unchanged(tmp_path: Path):
    path, marks = tmp_path / "a.json", Marks()
    path.write_bytes(b"[" + line(1))
    assert run(path, marks) == ([{"n": 1}, "truncated"], [])
    assert run(path, marks) == ([{"n": 1}, "truncated"], [])


@given(st.lists(st.binary(max_size=12), max_size=8), st.data())
def test_whatever_the_lines_hold_stopping_and_going_on_reads_each_once(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], data: st.DataObject
):
    path = tmp_path_factory.mktemp("lines") / "a.jsonl"
    path.write_bytes(b"{}\n" + b"\n".join(lines) + b"\n")
    whole = [raw for batch in opened(path).batches(100) for raw in batch.records]
    parts: list[Raw] = []
    marks = Marks()
    while True:
        limit = data.draw(st.integers(1, 3))
        batches = list(opened(path, marks).batches(2, limit=limit))
        parts += [raw for batch in batches for raw in batch.records]
        marks |= {mark.source: mark for batch in batches for mark in batch.marks}
        if sum(len(batch.records) for batch in batches) < limit:
            break
    assert parts == whole
    assert marks == {str(path): mark(path, path.read_bytes(), finished=True)}


def test_an_iterable_of_records_is_what_its_json_would_be():
    day = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    records: list[object] = [{"a": (1, day, date(2026, 3, 1))}, {"messages": [{"b": 1}]}, 5, {"a": {1, 2}}]
    sources = records_source(iter(records))
    text = '{"a": [1, "2026-03-01T09:30:00+00:00", "2026-03-01"]}'
    problem = Problem("bad_type", "the record is not JSON (set is not JSON); give text, numbers, lists and mappings")
    assert [*sources.batches(9)] == [
        RawBatch(
            (
                Raw("records", "item 1", text, json.loads(text)),
                Raw("records", "item 2, message 1", '{"b": 1}', {"b": 1}, None, ({},), 0),
                Raw("records", "item 3", "5", 5),
                Raw("records", "item 4", "{'a': {1, 2}}", problem=problem),
            )
        )
    ]
    assert (sources.total_bytes, sources.unchanged, sources.campaign_paths) == (None, [], [])


def test_campaigns_are_read_by_the_same_machinery(tmp_path: Path):
    path = tmp_path / "campaigns.jsonl"
    path.write_bytes(b'{"id": "a"}\nnope\n')
    assert [(raw.position, raw.value, raw.problem and raw.problem.code) for raw in read_campaigns(str(path))] == [
        ("line 1", {"id": "a"}, None),
        ("line 2", None, "not_json"),
    ]
    with pytest.raises(BadInput):
        list(read_campaigns(str(tmp_path / "none.jsonl")))


def test_a_packed_file_that_was_cut_off_is_read_on_where_it_is_whole(tmp_path: Path):
    path, marks = tmp_path / "a.jsonl.gz", Marks()
    packed = gzip.compress(line(1)) + gzip.compress(line(2))
    path.write_bytes(packed[:-4])
    assert run(path, marks) == ([{"n": 1}, {"n": 2}, "truncated"], [])
    assert run(path, marks) == (["truncated"], [])
    path.write_bytes(packed)
    assert run(path, marks) == ([], [])
    assert run(path, marks) == ([], [str(path)])
    path.write_bytes(packed[:20])
    assert run(path, marks) == ([{"n": 1}, "truncated"], [])
