"""Rejected records tried again: what goes through leaves the list, with all that it inherits where it stood."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from kith.etl.replay import Replay, can_replay
from kith.etl.running import RunOptions
from kith.etl.sources import open_sources
from kith.etl.summary import RunSummary
from kith.persona.identity import Json
from kith.persona.model import Message, Rejection
from kith.persona.records import MAX_RAW_BYTES, FieldNames, parse_record
from kith.settings import Settings
from kith.stores.errors import RecordRefused
from kith.tending import Replayed, replay_rejections
from kith.wiring import App, open_app

Record = dict[str, Json]
NAMES = FieldNames.from_options(["message=utterance", "timestamp=clock"])
TIME = 1_770_000_000_000


def taken_in(settings: Settings, file: Path, content: str, *, names: FieldNames) -> tuple[RunSummary, list[Message]]:
    """Reads a file into stores that are empty; the messages that they hold then."""
    file.write_text(content, encoding="utf-8")
    with open_app(settings, command="a test", create=True) as app:
        sources = open_sources([str(file)], known=lambda _: None, full=True)
        done = app.runner().run(sources, RunOptions(tenant="acme", names=names, max_rejected=1))
        return done, app.stores.documents.scan_messages("acme")


def again(settings: Settings, *, names: FieldNames = NAMES) -> Replayed:
    return replay_rejections(settings, [], names=names, command="a test")


def held(settings: Settings) -> list[Message]:
    with open_app(settings, command="a test") as app:
        return app.stores.documents.scan_messages("acme")


def left(settings: Settings) -> list[Rejection]:
    with open_app(settings, command="a test") as app:
        return [row.rejection for row in app.stores.ledger.runs.rejections("acme")]


SHAPES: dict[str, Json] = {
    "records": [{"user_id": f"u{n}", "utterance": f"Hello {n}", "clock": TIME + n} for n in range(3)],
    "a conversation": {
        "user_id": "ann",
        "id": "c1",
        "created_at": TIME,
        "channel": "phone",
        "campaign_id": "spring",
        "engagement": "click",
        "messages": [{"utterance": f"Hello {n}", "id": f"m{n}", "role": "user"} for n in range(3)],
    },
    "conversations": {
        "author": "Ann",
        "title": "all of them",
        "conversations": [
            {"uid": f"u{n}", "clock": TIME, "messages": [{"utterance": f"Hello {m}"} for m in range(2)]}
            for n in range(2)
        ],
    },
    "conversations of bare records": {
        "clock": TIME,
        "conversations": [{"user_id": f"u{n}", "utterance": f"Hello {n}", "id": n} for n in range(3)],
    },
}


@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_map_mends_goes_through_as_if_it_had_been_read_with_it(
    shape: str, settings: Settings, tmp_path: Path
) -> None:
    file, content = tmp_path / "talk.json", json.dumps(SHAPES[shape])
    mapped = settings.model_copy(update={"home": tmp_path / "mapped"})
    done, expected = taken_in(mapped, file, content, names=NAMES)
    assert (done.accepted, done.rejected) == (len(expected), 0)
    done, nothing = taken_in(settings, file, content, names=FieldNames.from_options([]))
    assert (done.rejected, nothing) == (len(expected), [])
    assert again(settings) == Replayed(len(expected), len(expected), 0, 0)
    assert (held(settings), left(settings)) == (expected, [])


def test_lines_keep_their_places(settings: Settings, tmp_path: Path) -> None:
    line = {"user_id": "ann", "messages": [{"text": "Hello", "clock": TIME}, {"text": "Bye", "clock": TIME}]}
    file = tmp_path / "talk.jsonl"
    taken_in(settings, file, f"\n{json.dumps(line)}\n", names=FieldNames.from_options([]))
    assert again(settings) == Replayed(2, 2, 0, 0)
    with open_app(settings, command="a test") as app:
        delivered = app.stores.ledger.batches.scan("acme")
    assert sorted((one.source, one.position) for one in delivered) == [
        (str(file), "line 2, message 1"),
        (str(file), "line 2, message 2"),
    ]


def test_what_is_still_wrong_stays_on_the_list_under_what_is_wrong_now(settings: Settings, tmp_path: Path) -> None:
    records: list[Json] = [
        {"user_id": "ann", "utterance": "Hello", "clock": TIME},
        {"user_id": "ann", "utterance": "Hello", "clock": "yesterday"},
        {"user_id": "ann", "message": "Hello", "timestamp": "yesterday"},
    ]
    taken_in(settings, tmp_path / "talk.json", json.dumps(records), names=FieldNames.from_options([]))
    assert sorted((one.position, one.code) for one in left(settings)) == [
        ("item 1", "missing_field"),
        ("item 2", "missing_field"),
        ("item 3", "bad_timestamp"),
    ]
    again(settings)
    assert sorted((one.position, one.code) for one in left(settings)) == [
        ("item 2", "bad_timestamp"),
        ("item 3", "bad_timestamp"),
    ]
    assert len(held(settings)) == 1
    again(settings)
    assert len(left(settings)) == 2


def test_what_a_store_refused_goes_through_once_it_takes_it(
    app: App,
    said: Callable[..., list[Record]],
    disturbed: Callable[..., App],
    run: Callable[..., RunSummary],
    agreed: Callable[[App], dict[str, str]],
    undisturbed: Callable[..., dict[str, str]],
) -> None:
    def refuse(call: str, given: Sequence[object]) -> None:
        if call == "vectors.upsert_messages" and "Poison" in repr(given):
            raise RecordRefused("no such thing")

    records = said(5, author="Ann", intent="leave", campaign_id="spring", engagement="like", metadata={"by": "train"})
    records[3]["message"] = "Poison in Porto"
    run(disturbed(app, before=refuse), records)
    rows = app.stores.ledger.runs.rejections("acme")
    assert [can_replay(row.rejection) for row in rows] == [True]
    intake = Replay([row.rejection for row in rows])
    assert app.runner().run(intake, RunOptions(tenant="acme")).accepted == 1
    assert agreed(app) == undisturbed(records)


def test_what_was_cut_or_could_not_be_kept_is_not_tried(settings: Settings, tmp_path: Path) -> None:
    long = {"user_id": "ann", "message": "long " * MAX_RAW_BYTES, "timestamp": "yesterday"}
    lines = [
        json.dumps(long).encode(),
        '{"user_id": "ann", "message": "café", "timestamp": 1770000000}'.encode("latin-1"),
        b'{"user_id": "ann", "message": "a\0b", "timestamp": 1770000000}',
        b'{"user_id": "ann", "utterance": "Hello", "clock": 1770000000}',
    ]
    file = tmp_path / "talk.jsonl"
    file.write_bytes(b"\n".join(lines) + b"\n")
    with open_app(settings, command="a test", create=True) as app:
        sources = open_sources([str(file)], known=lambda _: None, full=True)
        app.runner().run(sources, RunOptions(tenant="acme", max_rejected=1))
    before = left(settings)
    assert len(before) == 4
    assert again(settings) == Replayed(1, 1, 0, 3)
    assert [one.text for one in held(settings)] == ["Hello"]
    assert left(settings) == [one for one in before if one.code != "missing_field"]


@pytest.mark.parametrize("missing", range(4))
def test_a_cut_in_the_middle_of_a_character_is_a_cut(missing: int) -> None:
    raw = "a" * (4 - missing) + "🏔" * (MAX_RAW_BYTES // 4)
    cut = raw.encode()[:MAX_RAW_BYTES].decode(errors="ignore")
    assert not can_replay(Rejection("bad_value", "", "a", "line 1", cut))


def test_a_replay_is_read_in_batches(said: Callable[..., list[Record]]) -> None:
    raws = [json.dumps(record) for record in said(5)]
    replay = Replay([Rejection("bad_value", "", "a", f"line {n}", raw) for n, raw in enumerate(raws)])
    assert [len(some.records) for some in replay.batches(2)] == [2, 2, 1]
    assert [len(some.records) for some in replay.batches(2, limit=3)] == [2, 1]
    names = FieldNames.from_options([])
    read = [parse_record(raw, tenant="acme", names=names) for some in replay.batches(9) for raw in some.records]
    assert [one.message_id for one in read if isinstance(one, Message)] == [f"m{n}" for n in range(5)]
