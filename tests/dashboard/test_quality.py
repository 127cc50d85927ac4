"""Quality over a real API: counts, what was turned away by code and source, one record as text, and trying it again."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import asdict, replace
from typing import Any, get_args

import httpx
import pytest
from playwright.sync_api import Page, expect
from readings import told

from kith.dashboard.data import quality
from kith.dashboard.data.history import Ledger
from kith.dashboard.data.jobs import job_of
from kith.dashboard.data.overview import RunLine, held, latest_runs
from kith.dashboard.data.quality import (
    Tally,
    TriedAgain,
    adds_up,
    all_runs,
    by_source,
    counted,
    rejected,
    rejections,
    tally_of,
    tried_again,
    try_again,
    try_all_again,
)
from kith.dashboard.data.reading import Missing
from kith.dashboard.rejection_words import CODES
from kith.persona.model import RejectionCode

SIZES = ("empty", "small", "large")
CUT = '{"user_id":"ines"'
LATE = '{"user_id":"ines","message":"Hello","timestamp":"soon"}'
HARD = '{"user_id":"ines","nachricht":"I love **hiking** <b>:red[x]</b> `a`","timestamp":"2026-03-01T09:31:00Z"}'
RUN = RunLine("r", "succeeded", 10, 6, 3, 1, 1, 1.0, 6.0, None, None, None)


@pytest.fixture(scope="module")
def mended(served: Callable[[str], Any], started: Any, tmp_path_factory: pytest.TempPathFactory) -> Generator[Any]:
    """A server in which records are tried again; each test has it read some of its own."""
    home = tmp_path_factory.mktemp("mended") / "home"
    with started(home, "serve", "--quiet") as at:
        yield replace(served("empty"), url=at["url"], home=home)


def upload(served: Any, *lines: str, source: str = "export.jsonl") -> str:
    """Has the server read these records; the id of the run, when it is over."""
    asked = {"source": source, "max_rejected": 1}
    with httpx.Client(base_url=served.url, timeout=60) as client:
        begun = client.post(
            "/api/v1/runs", params=asked, content="".join(f"{line}\n" for line in lines).encode()
        ).json()
        run = client.get(f"/api/v1/runs/{begun['run_id']}").json()
        while run["finished_at"] is None:
            run = client.get(f"/api/v1/runs/{begun['run_id']}").json()
    assert run["status"] == "succeeded"
    return str(run["run_id"])


def over(api: Any, begun: Any) -> Any:
    job = told(job_of(api, told(begun).id))
    while not job.over:
        job = told(job_of(api, job.id))
    return tried_again(job)


def test_each_code_is_told_in_words() -> None:
    assert tuple(CODES) == get_args(RejectionCode)


def test_a_run_that_adds_up_and_ones_that_do_not() -> None:
    assert adds_up(RUN)
    assert not adds_up(replace(RUN, read=11))
    assert not adds_up(replace(RUN, duplicate=4))
    assert tally_of([RUN, replace(RUN, read=11), RUN]) == Tally(3, 31, 18, 9, 3)
    assert tally_of([RUN, replace(RUN, read=11)]).lost == 1
    assert tally_of([]) == Tally(0, 0, 0, 0, 0)


def test_what_was_turned_away_by_code_and_source(small: Any) -> None:
    api = small.api()
    listed = told(rejections(api))
    codes = told(held(api)).rejections
    assert (Counter(one.code for one in listed.items), listed.next) == (codes, None)
    (of_source,) = told(by_source(Ledger(small.ledger, "default")))
    assert of_source.source.endswith("conversations.jsonl")
    assert (dict(of_source.codes), of_source.records) == (codes, len(listed.items))
    assert counted(listed.items) == (of_source,)
    assert told(by_source(Ledger(small.ledger, "somebody else"))) == ()
    code = next(iter(codes))
    assert told(rejections(api, code=code)).items == tuple(one for one in listed.items if one.code == code)
    assert told(rejections(api, run="none")).items == ()


def test_sources_come_by_how_much_was_turned_away() -> None:
    one = quality.Rejected("1", "r", "t", "not_json", "wrong", "a", "line 1")
    other = replace(one, source="b", code="bad_value")
    found = counted([one, other, replace(other, code="not_json"), other])
    assert [asdict(source) for source in found] == [
        {"source": "b", "codes": (("bad_value", 2), ("not_json", 1))},
        {"source": "a", "codes": (("not_json", 1),)},
    ]


def test_one_rejection_with_its_record(small: Any) -> None:
    api = small.api()
    one = next(one for one in told(rejections(api)).items if one.code == "missing_field")
    whole = told(rejected(api, one.id))
    assert {name: value for name, value in asdict(whole).items() if name != "raw"} == asdict(one)
    talk = (small.home.parent / "talk" / "conversations.jsonl").read_text("utf-8", errors="replace").splitlines()
    assert one.position.startswith("line ")
    assert whole.raw == talk[int(one.position.removeprefix("line ")) - 1]
    gone = rejected(api, "0" * 32)
    assert isinstance(gone, Missing)
    assert gone.why == "unknown"


def test_nothing_named_is_nothing_tried_again(small: Any) -> None:
    api, runs = small.api(), len(told(all_runs(small.api())).items)
    for found in (try_again(api, []), try_all_again(api, code="forgotten"), try_all_again(api, run="none")):
        assert found == Missing("unknown", "There is nothing of the kind on the list to try again.")
    assert len(told(all_runs(api)).items) == runs


def test_records_are_tried_again_alone_and_all_of_a_code(mended: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "PAGE", 2)
    api = mended.api()
    run = upload(mended, LATE, CUT, *(HARD.replace(":31:", f":3{n}:") for n in range(6)), source="several.jsonl")
    first, *others = told(rejections(api, run=run, code="missing_field")).items
    assert over(api, try_again(api, [first.id])) == TriedAgain(1, 0, 1, 0)
    assert over(api, try_again(api, [first.id], fields=["message=nachricht"])) == TriedAgain(1, 1, 0, 0)
    assert told(rejections(api, run=run, code="missing_field")).items == tuple(others)
    tried = try_all_again(api, code="missing_field", run=run, fields=["message=nachricht"])
    assert over(api, tried) == TriedAgain(5, 5, 0, 0)
    assert over(api, try_all_again(api, run=run)) == TriedAgain(1, 0, 1, 1)
    of_source = [one for one in told(by_source(Ledger(mended.ledger, "default"))) if one.source == "several.jsonl"]
    assert [one.codes for one in of_source] == [(("bad_timestamp", 1), ("not_json", 1))]
    every = told(all_runs(api))
    assert (every.next, every.items) == (None, told(latest_runs(api, limit=1000)).items)
    nothing = try_again(api, [of_source[0].source], fields=["nonsense"])
    assert isinstance(nothing, Missing)
    assert (nothing.why, "nonsense" in nothing.words) == ("refused", True)


@pytest.mark.parametrize("size", SIZES)
def test_quality(size: str, served: Callable[[str], Any], page: Any, figures: Any, words: Any) -> None:
    server = served(size)
    shown, api = page("quality", server), server.api()
    assert shown.title[0].value == "Quality"
    if size == "empty":
        assert "Nothing has run yet." in words(shown)
        assert "Nothing stands on the list." in words(shown)
        assert (list(shown.dataframe), list(shown.button)) == ([], [])
        return
    (run,) = told(latest_runs(api)).items
    assert (
        f"Every record is accounted for: {run.read:,} read in 1 run, of which {run.accepted:,} accepted, "
        f"{run.duplicate:,} duplicate, {run.rejected:,} rejected."
    ) in words(shown)
    names = ("read", "accepted", "duplicate", "rejected")
    assert figures(shown) == {name.capitalize(): f"{getattr(run, name):,}" for name in names}
    runs, sources, listed = (one.value.to_dict("records") for one in shown.dataframe)
    assert [{name: row[name] for name in ("adds up", "run", *names)} for row in runs] == [
        {"adds up": "✓", "run": run.run_id, **{name: getattr(run, name) for name in names}}
    ]
    (of_source,) = told(by_source(Ledger(server.ledger, "default")))
    by_code = ", ".join(f"{number} {code}" for code, number in of_source.codes)
    assert sources == [{"source": of_source.source, "records": of_source.records, "by code": by_code}]
    found = told(rejections(api)).items
    assert [(row["code"], row["why"], row["where"], row["id"]) for row in listed] == [
        (one.code, one.detail, one.position, one.id) for one in found[:10]
    ]
    assert shown.button(key="kith.quality.again").disabled
    assert shown.button(key="kith.quality.again_all").label == f"Try all {len(found)} again"


def test_who_may_only_read_sees_counts_alone(keyed: Any, page: Any, words: Any) -> None:
    shown = page("quality", keyed.served, key=keyed.key("read"))
    assert "Every record is accounted for: 1 read in 1 run, of which 1 accepted, 0 duplicate, 0 rejected." in words(
        shown
    )
    assert "are shown to a key that may administer" in words(shown)
    assert list(shown.button) == []


def test_where_there_is_no_ledger_the_list_tells_of_sources(small: Any, page: Any) -> None:
    beside, alone = page("quality", small), page("quality", small, ledger="")
    assert alone.dataframe[1].value.to_dict("records") == beside.dataframe[1].value.to_dict("records")


def test_records_are_shown_as_text_and_tried_again(mended: Any, page: Any, words: Any, links: Any) -> None:
    run = upload(mended, HARD, CUT, CUT, source="shown.jsonl")
    (one,) = told(rejections(mended.api(), run=run, code="missing_field")).items
    shown = page("quality", mended)
    shown.query_params["rejection"] = one.id
    shown.query_params["run"] = run
    shown.run()
    assert [block.value for block in shown.code] == [HARD]
    assert links(shown) == [("runs", f"run={run}")]
    assert one.detail in words(shown)
    assert _tried(shown, words) == "1 record tried again: 0 went through, 1 did not."
    assert [block.value for block in shown.code] == [HARD]
    shown.text_area(key="kith.quality.fields").input("message=nachricht\n")
    assert _tried(shown, words) == "1 record tried again: 1 went through."
    assert (list(shown.code), "rejection" in shown.query_params) == ([], False)
    shown.selectbox(key="kith.quality.code").select("not_json").run()
    assert shown.button(key="kith.quality.again_all").label == "Try all 2 not_json again"
    assert _tried(shown, words, "again_all") == (
        "0 records tried again: 0 went through. Of 2 too little was kept to try again: "
        "mend the source, and read it again with `kith run`."
    )


def test_a_record_that_is_not_of_those_listed_is_tried_alone(mended: Any, page: Any, words: Any) -> None:
    run = upload(mended, LATE, source="alone.jsonl")
    (one,) = told(rejections(mended.api(), run=run)).items
    shown = page("quality", mended)
    shown.query_params["rejection"] = one.id
    shown.query_params["run"] = "another"
    shown.run()
    assert "None of the kind stands on the list." in words(shown)
    buttons = {str(button.key) for button in shown.button if str(button.key).startswith("kith.quality.again")}
    assert ([block.value for block in shown.code], buttons) == ([LATE], {"kith.quality.again"})


def test_a_record_that_is_not_on_the_list_cannot_be_tried(mended: Any, page: Any, words: Any) -> None:
    upload(mended, LATE, source="listed.jsonl")
    shown = page("quality", mended)
    shown.query_params["rejection"] = "0" * 32
    shown.run()
    assert "The record that was chosen is not on the list, or not any more." in words(shown)
    assert (list(shown.code), shown.button(key="kith.quality.again").disabled) == ([], True)


def test_counts_that_do_not_add_up_are_named(mended: Any, page: Any, words: Any) -> None:
    run, other = upload(mended, LATE), upload(mended, CUT)
    _read_more(mended, run, 2)
    shown = page("quality", mended)
    _read_more(mended, run, -2)
    assert f"see `{run}`." in words(shown)
    assert ("The counts do not add up: " in words(shown), "is accounted for: " in words(shown)) == (True, False)
    marks = {row["run"]: row["adds up"] for row in shown.dataframe[0].value.to_dict("records")}
    assert (marks[run], marks[other]) == ("✗", "✓")


def _read_more(mended: Any, run: str, records: int) -> None:
    with closing(sqlite3.connect(mended.home / "ledger.db")) as ledger, ledger:
        ledger.execute("UPDATE pipeline_runs SET read = read + ? WHERE run_id = ?", (records, run))


def _tried(shown: Any, words: Callable[[Any], str], button: str = "again") -> str:
    """What the page says of what was tried again, when that is over."""
    shown.button(key=f"kith.quality.{button}").click().run()
    while "Trying…" in words(shown) or "It waits" in words(shown):
        shown.run()
    assert list(shown.exception) == []
    return next(line for line in words(shown).splitlines() if "tried again: " in line)


def test_a_rejection_is_replayed_in_the_browser(
    mended: Any, dashboard: Callable[[Any], str], browser_page: Callable[..., Page]
) -> None:
    run = upload(mended, HARD.replace("ines", "vera"))
    (one,) = told(rejections(mended.api(), run=run)).items
    shown = browser_page(dashboard(mended), f"quality?run={run}")
    grid = shown.get_by_test_id("stDataFrame").nth(2)
    grid.scroll_into_view_if_needed()
    grid.click(position={"x": 16, "y": 52})
    shown.get_by_text(HARD.replace("ines", "vera")).wait_for()
    shown.get_by_test_id("stAlertContentError").get_by_text(one.detail).wait_for()
    shown.get_by_role("textbox", name="Field names").fill("message=nachricht")
    shown.get_by_role("button", name="Try this one again").click()
    shown.get_by_text("1 record tried again: 1 went through.").wait_for()
    shown.get_by_text("None of the kind stands on the list.").wait_for()
    assert told(rejections(mended.api(), run=run)).items == ()
    said = httpx.get(f"{mended.url}/api/v1/users/vera/messages").json()["items"]
    assert [message["text"] for message in said] == ["I love **hiking** <b>:red[x]</b> `a`"]


def test_of_another_list_nothing_is_chosen_in_the_browser(
    mended: Any, dashboard: Callable[[Any], str], browser_page: Callable[..., Page]
) -> None:
    run = upload(mended, LATE, CUT, source="two.jsonl")
    one, other = told(rejections(mended.api(), run=run)).items
    shown = browser_page(dashboard(mended), f"quality?run={run}")
    grid = shown.get_by_test_id("stDataFrame").nth(2)
    grid.scroll_into_view_if_needed()
    grid.click(position={"x": 16, "y": 52})
    shown.get_by_test_id("stAlertContentError").get_by_text(one.detail).wait_for()
    shown.get_by_role("combobox", name="Code").fill(other.code)
    shown.get_by_role("option", name=other.code).click()
    shown.get_by_role("button", name=f"Try all 1 {other.code} again").wait_for()
    expect(shown.get_by_text("What is wrong with it")).to_have_count(0)
