"""`from kith import …`: what the public functions take, give and refuse."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

import kith
from kith import Options, detect_anomalies, get_pipeline_run_summary, run_pipeline
from kith.etl.running import TooManyRejected
from kith.etl.summary import RunSummary
from kith.persona.errors import BadInput

RECORD = {"user_id": "u1", "message": "Porto or Lisbon?", "timestamp": "2026-03-01T09:30:00Z"}
LINE = json.dumps(RECORD) + "\n"


def take(place: Any, source: Any, **more: Any) -> RunSummary:
    return run_pipeline(source, home=place.home, embedder="hash", **more)


def counts(summary: RunSummary) -> tuple[int, int, int, int]:
    return summary.read, summary.accepted, summary.duplicate, summary.rejected


def test_the_public_names() -> None:
    assert {"Kith", "Options", "detect_anomalies", "get_pipeline_run_summary", "run_pipeline"} < {*kith.__all__}
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        getattr(kith, "nothing")  # noqa: B009 - it is not there for a type checker either


def test_paths_of_all_kinds(place: Any) -> None:
    (place.folder / "a.jsonl").write_text(LINE)
    (place.folder / "b.jsonl").write_text(LINE.replace("u1", "u2"))
    assert counts(take(place, "a.jsonl")) == (1, 1, 0, 0)
    assert take(place, Path("a.jsonl")).sources_unchanged == 1
    assert take(place, ["a.jsonl", Path("b.jsonl")]).accepted == 1
    assert take(place, Path().glob("*.jsonl")).sources_unchanged == 2
    assert counts(take(place, "*.jsonl", options=Options(full=True))) == (2, 0, 2, 0)


def test_records_of_all_kinds(place: Any) -> None:
    def talk() -> Iterator[dict[str, object]]:
        for n in range(5):
            yield {"user_id": f"u{n}", "message": "Any shoes?", "timestamp": datetime(2026, 3, 1 + n, tzinfo=UTC)}

    assert counts(take(place, talk())) == (5, 5, 0, 0)
    assert counts(take(place, (record for record in talk()))) == (5, 0, 5, 0)
    conversation = {"user_id": "u9", "messages": [{"content": "Hi", "ts": 1}, {"content": "Ho", "ts": 2}]}
    assert counts(take(place, [conversation])) == (2, 2, 0, 0)
    assert counts(take(place, (RECORD, RECORD))) == (2, 1, 1, 0)
    assert counts(take(place, [RECORD, 3, None, "text", {}], options=Options(max_rejected=1))) == (5, 0, 1, 4)
    for nothing in (take(place, []), take(place, iter(()))):
        assert (nothing.status, counts(nothing)) == ("succeeded", (0, 0, 0, 0))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (RECORD, "run_pipeline was given a mapping: wrap one record, or one conversation, in a list"),
        (None, "run_pipeline was given NoneType: give a path, a list of paths, or an iterable of records"),
        (b"{}", "run_pipeline was given bytes: give a path, a list of paths, or an iterable of records"),
        ("none.jsonl", "'none.jsonl' does not exist; check the path."),
        ([Path("none.jsonl")], "'none.jsonl' does not exist; check the path."),
        (["-", RECORD], "run_pipeline was given paths and dict in one list: take them in one after the other"),
    ],
)
def test_what_is_no_source_is_refused(place: Any, source: object, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        take(place, cast("Any", source))
    assert str(refused.value) == words


def test_a_run_that_fails_is_on_record(place: Any) -> None:
    with pytest.raises(TooManyRejected):
        take(place, [RECORD, {}])
    latest = get_pipeline_run_summary(home=place.home)
    assert latest is not None
    assert (latest.status, counts(latest)) == ("failed", (2, 1, 0, 1))
    assert [(one.kind, one.subject) for one in detect_anomalies(home=place.home)] == [("failed_run", latest.run_id)]


def test_summaries(place: Any) -> None:
    first = take(place, [RECORD], tenant="acme")
    second = take(place, [RECORD], tenant="acme")
    latest = get_pipeline_run_summary(home=place.home, tenant="acme")
    assert latest is not None
    assert (latest.run_id, latest.stores) == (second.run_id, None)
    by_id = get_pipeline_run_summary(first.run_id, home=place.home)
    assert by_id is not None
    assert counts(by_id) == counts(first) == (1, 1, 0, 0)
    assert get_pipeline_run_summary("none", home=place.home) is None
    assert get_pipeline_run_summary(home=place.home, tenant="other") is None
    assert detect_anomalies(home=place.home, tenant="acme") == []


def test_nothing_stored_yet_is_told(place: Any) -> None:
    for look in (get_pipeline_run_summary, detect_anomalies):
        with pytest.raises(BadInput, match="nothing has been stored under"):
            look(home=place.home)
