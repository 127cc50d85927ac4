"""Runs: what the API and the ledger tell of them, the page over stores of all sizes, and one begun and ended there."""

import json
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from readings import told
from streamlit.testing.v1 import AppTest

from kith.dashboard.data.batches import batches
from kith.dashboard.data.history import Ledger
from kith.dashboard.data.overview import held, latest_runs
from kith.dashboard.data.reading import Missing
from kith.dashboard.data.runs import (
    AFTER,
    Run,
    Sent,
    StepDone,
    begin_run,
    cancel_run,
    log_of,
    progress_of,
    run_of,
    steps_of,
)
from kith.dashboard.run_charts import steps_dot
from kith.etl.delivery import DELIVERY_STEPS
from kith.etl.steps import FRONT_STEPS
from kith.persona.time import iso
from kith.stores.ledger import open_ledger
from kith.stores.ledger_port import StageRow

BEGUN = 1_772_357_400_000  # 2026-03-01T09:30:00Z
HOUR = 3_600_000
PAST = 21
"""Runs that are on record where runs are begun: more than stand on one page of the list."""
LONG = 60_000
"""Milliseconds within which a browser shows what it will."""
FAILED = "20260302T053000-00000020"


@pytest.fixture(scope="module")
def mine(
    tmp_path_factory: pytest.TempPathFactory,
    started: Callable[..., AbstractContextManager[dict[str, Any]]],
    served: Callable[[str], Any],
) -> Generator[Any]:
    """A server over stores of our own, with runs of the past: the latest failed at its vectors."""
    home = tmp_path_factory.mktemp("runs") / "home"
    home.mkdir(mode=0o700)
    now = [BEGUN]
    with closing(open_ledger(f"sqlite:///{home / 'ledger.db'}", clock=lambda: now[0])) as ledger:
        for n in range(PAST):
            now[0] = BEGUN + n * HOUR
            run_id, last = f"{iso(now[0])[:19].replace('-', '').replace(':', '')}-{n:08}", n + 1 == PAST
            ledger.runs.start(run_id, "default")
            now[0] += 2500
            stages = [
                StageRow(name, 0 if name == "commit" else 3, 0.0 if name == "commit" else 0.5, "succeeded", 1, 2)
                for name in (*FRONT_STEPS, *DELIVERY_STEPS)
            ]
            if last:
                stages = [replace(one, status="failed") if one.stage == "vectors" else one for one in stages]
            ledger.runs.finish(
                run_id,
                "failed" if last else "succeeded",
                stages=stages,
                error="at 'vectors': *no* room" if last else None,
                sources_unchanged=n,
            )
    with started(home, "serve", "--quiet") as served_at:
        yield replace(served("empty"), url=served_at["url"], home=home)


def lines(user: str, messages: int, *, broken: int = 0) -> bytes:
    """Records of somebody, and some without words."""
    good = [{"user_id": user, "message": f"Number {n}, in Porto", "timestamp": 1000 + n} for n in range(messages)]
    bad = [{"user_id": user} for _ in range(broken)]
    return "".join(json.dumps(one) + "\n" for one in (*good, *bad)).encode()


def sent(name: str, content: bytes) -> Sent:
    return Sent(name, len(content), BytesIO(content))


def over(at: Any, run_id: str) -> Run:
    """The run, when it is over."""
    run = told(run_of(at.api(), run_id))
    while not run.over:
        run = told(run_of(at.api(), run_id))
    return run


def counts(run: Run) -> tuple[str, int, int, int, int, int]:
    return (run.status, run.read, run.accepted, run.duplicate, run.rejected, run.sources_unchanged)


def test_a_run_as_it_went(small: Any) -> None:
    api, ledger = small.api(), Ledger(small.ledger, "default")
    (line,) = told(latest_runs(api)).items
    run = told(run_of(api, line.run_id))
    assert (run.status, run.over, run.read) == ("succeeded", True, run.accepted + run.duplicate + run.rejected)
    assert sum(run.codes.values()) == run.rejected > 0
    steps = steps_of(run, outcomes=told(batches(ledger, run.run_id)).outcomes)
    assert [(one.name, one.outcome) for one in steps] == [(name, "succeeded") for name in AFTER]
    assert steps == tuple(StepDone(one.name, one.records, one.seconds, "succeeded") for one in run.stages)
    assert steps == steps_of(run)
    log = told(log_of(api, run.run_id)).splitlines()
    assert len([one for one in log if " succeeded: " in one]) == len(AFTER)


def test_batches_of_a_run(small: Any) -> None:
    api, ledger = small.api(), Ledger(small.ledger, "default")
    run = told(latest_runs(api)).items[0]
    found = told(batches(ledger, run.run_id))
    assert [one.name for one in found.items] == ["1", "2"]
    assert (found.all, found.opened) == (run.batches, ())
    assert sum(one.messages for one in found.items) == run.accepted
    known = told(held(api)).counts
    learned = sum(known[what] for what in ("mentions", "statements", "intents", "relations", "engagement"))
    assert sum(one.learned for one in found.items) == learned
    assert [iso(at) for at, _ in found.commits.messages] == [one.committed_at for one in found.items]
    assert iso(found.commits.begun) == run.started_at
    assert iso(found.commits.ended) == run.finished_at


def test_runs_that_there_are_not(small: Any) -> None:
    run_id = told(latest_runs(small.api())).items[0].run_id
    nobody = run_of(small.api(), "20260301T093000-1a2b3c4d")
    assert isinstance(nobody, Missing)
    assert (nobody.why, nobody.words) == (
        "unknown",
        "There is no run '20260301T093000-1a2b3c4d'; see GET /api/v1/runs.",
    )
    missing = Missing("unknown", f"The ledger has no run {run_id!r}.", "It begins when its turn comes.")
    assert batches(Ledger(small.ledger, "others"), run_id) == missing
    assert isinstance(progress_of(small.api(), "no such run"), Missing)


def test_steps_of_a_run_that_failed(mine: Any) -> None:
    run = told(run_of(mine.api(), FAILED))
    assert (counts(run), run.error) == (("failed", 0, 0, 0, 0, PAST - 1), "at 'vectors': *no* room")
    ended = told(batches(Ledger(mine.ledger, "default"), FAILED)).outcomes
    expected = {name: "succeeded" for name in AFTER} | {"vectors": "failed", "commit": "idle"}
    assert {one.name: one.outcome for one in steps_of(run, outcomes=ended)} == expected
    unknown = dict.fromkeys(AFTER, "unknown") | {"commit": "idle"}
    assert {one.name: one.outcome for one in steps_of(run)} == unknown


def test_a_run_that_failed_is_led_to(mine: Any, page: Any, figures: Any, links: Any) -> None:
    assert ("runs", f"run={FAILED}") in links(page("overview", mine))
    shown: AppTest = page("runs", mine)
    *_, other = asked_for(shown)
    for run_id, status in ((other, "succeeded"), (FAILED, "failed")):
        shown.query_params["run"] = run_id
        shown.run()
        assert (shown.selectbox[0].value, figures(shown)["Status"]) == (run_id, status)
    shown.selectbox[0].select(other).run()
    assert (shown.query_params["run"], figures(shown)["Status"]) == (other, "succeeded")


def test_the_newest_run_is_looked_at_until_another_is_chosen(mine: Any, page: Any) -> None:
    shown: AppTest = page("runs", mine)
    for name in ("ina", "jo"):
        begun = told(begin_run(mine.api(), [sent(f"{name}.jsonl", lines(name, 1))]))
        over(mine, begun.run_id)
        assert shown.run().selectbox[0].value == begun.run_id
    shown.selectbox[0].select(FAILED).run()
    over(mine, told(begin_run(mine.api(), [sent("kay.jsonl", lines("kay", 1))])).run_id)
    assert shown.run().selectbox[0].value == FAILED


def test_several_files_are_sent_as_one_run(mine: Any) -> None:
    api = mine.api()
    files = [sent("several/ana – é.jsonl", lines("ana", 700)), sent("bo.jsonl", lines("bo", 2, broken=1))]
    begun = told(begin_run(api, files, max_rejected=0.5))
    assert counts(over(mine, begun.run_id)) == ("succeeded", 703, 702, 0, 1, 0)
    assert told(progress_of(api, begun.run_id)).done == 1.0
    found = told(batches(Ledger(mine.ledger, "default"), begun.run_id))
    assert ([one.name for one in found.items], sum(one.messages for one in found.items)) == (["1", "2", "3"], 702)
    assert '"several/ana – é.jsonl"' in told(log_of(api, begun.run_id))
    again = told(begin_run(api, files))
    assert counts(over(mine, again.run_id)) == ("succeeded", 0, 0, 0, 0, 2)
    whole = told(begin_run(api, files, full=True, max_rejected=0.5))
    assert counts(over(mine, whole.run_id)) == ("succeeded", 703, 0, 702, 1, 0)
    assert told(batches(Ledger(mine.ledger, "default"), whole.run_id)).items == ()


def test_a_run_is_cancelled(mine: Any) -> None:
    api = mine.api()
    begun = told(begin_run(api, [sent("long.jsonl", lines("cy", 20_000))]))
    assert told(cancel_run(api, begun.run_id)).running
    run = over(mine, begun.run_id)
    assert (run.status, run.accepted < 20_000) == ("interrupted", True)
    assert not told(cancel_run(api, FAILED)).running


def asked_for(shown: AppTest) -> list[str]:
    """The runs that are offered to be looked at."""
    return [option.rpartition(" ")[2] for option in shown.selectbox[0].options]


def start(shown: AppTest, *files: tuple[str, bytes, str]) -> None:
    """Starts a run on the page."""
    if files:
        shown.file_uploader[0].set_value(files)
    (submit,) = [one for one in shown.button if one.label == "Start"]
    submit.click().run()
    assert list(shown.exception) == []


SIZES = {"empty": 0, "small": 2, "large": 12}
"""Batches of the one run that there is."""


@pytest.mark.parametrize("size", SIZES)
def test_the_page(size: str, served: Callable[[str], Any], page: Any, figures: Any, words: Any) -> None:
    at = served(size)
    shown = page("runs", at)
    said = words(shown)
    assert shown.title[0].value == "Runs"
    assert ("Nothing has run yet." in said) == (size == "empty")
    if size == "empty":
        assert (list(shown.selectbox), figures(shown), list(shown.dataframe)) == ([], {}, [])
        return
    run = told(latest_runs(at.api())).items[0]
    assert asked_for(shown) == [run.run_id]
    assert {name: figures(shown)[name] for name in ("Status", "Read", "Accepted", "Rejected")} == {
        "Status": "succeeded",
        "Read": f"{run.read:,}",
        "Accepted": f"{run.accepted:,}",
        "Rejected": f"{run.rejected:,}",
    }
    listed, steps, stood = (one.value for one in shown.dataframe)
    assert listed[["run", "read", "rejected"]].to_numpy().tolist() == [[run.run_id, run.read, run.rejected]]
    assert steps["step"].tolist() == list(AFTER)
    assert set(steps["outcome"]) == {"succeeded"}
    assert stood["batch"].tolist() == [str(n + 1) for n in range(SIZES[size])]
    assert set(stood["vectors"]) == {"those with words"}
    steps_shown = told(run_of(at.api(), run.run_id))
    assert shown.get("graphviz_chart")[0].proto.spec == steps_dot(steps_of(steps_shown))
    assert "On the list of rejections: " in said
    assert " COMPLETE " in said


def test_the_page_for_who_may_only_read(keyed: Any, page: Any, figures: Any, words: Any) -> None:
    shown = page("runs", keyed.served, key=keyed.key("read"))
    said = words(shown)
    assert (figures(shown)["Accepted"], list(shown.button)) == ("1", [])
    assert "A key that may write can start a run here, and cancel one." in said
    assert "is read from the ledger: by a key that may administer" in said


def test_a_run_that_failed_and_older_ones(mine: Any, page: Any, figures: Any, words: Any) -> None:
    shown: AppTest = page("runs", mine)
    assert len(asked_for(shown)) == 20
    shown.selectbox[0].select(FAILED).run()
    said = words(shown)
    assert figures(shown)["Status"] == "failed"
    assert "It ended early: at 'vectors': *no* room" in said
    assert "20 sources had been read to the end before, and had nothing new." in said
    assert "Nothing stands under this run" in said
    assert "vectors\\n3 · 500 ms\\nfailed" in shown.get("graphviz_chart")[0].proto.spec
    while not shown.button(key="kith.runs.older").disabled:
        shown.button(key="kith.runs.older").click().run()
    listed: Any = shown.dataframe[0].value
    assert list(listed["run"])[-1] == "20260301T093000-00000000"
    assert shown.selectbox[0].value == FAILED
    shown.button(key="kith.runs.newer").click().run()
    assert len(shown.dataframe[0].value) == 20


def test_a_run_is_begun_and_followed(mine: Any, page: Any, figures: Any, words: Any, links: Any) -> None:
    shown: AppTest = page("runs", mine)
    start(shown)
    assert "Choose a file first." in words(shown)
    shown.slider[0].set_value(50)
    start(shown, ("dora.jsonl", lines("dora", 3, broken=1), "application/json"))
    run_id = shown.session_state["kith.runs.chosen"]
    over(mine, run_id)
    shown.run()
    assert list(shown.exception) == []
    assert shown.selectbox[0].value == run_id
    assert {name: figures(shown)[name] for name in ("Status", "Read", "Accepted", "Duplicate", "Rejected")} == {
        "Status": "succeeded",
        "Read": "4",
        "Accepted": "3",
        "Duplicate": "0",
        "Rejected": "1",
    }
    listed: Any = shown.dataframe[0].value
    assert next(iter(listed["run"])) == run_id
    assert links(shown) == [("quality", f"run={run_id}")]


def test_a_run_at_work_is_ended_on_the_page(mine: Any, page: Any, figures: Any, words: Any) -> None:
    first = told(begin_run(mine.api(), [sent("first.jsonl", lines("eve", 20_000))]))
    shown: AppTest = page("runs", mine)
    start(shown, ("more.jsonl", lines("fay", 20_000), "application/json"))
    second = shown.session_state["kith.runs.chosen"]
    assert "It waits for 1 job before it." in words(shown)
    shown.button(key="kith.runs.cancel").click().run()
    assert "It was asked to end" in words(shown)
    while first.run_id not in asked_for(shown):  # its turn has come, and it has not begun yet
        shown.run()
    shown.selectbox[0].select(first.run_id).run()
    assert figures(shown)["Status"] == "running"
    assert "Records that each step is done with so far." in words(shown)
    shown.button(key="kith.runs.cancel").click().run()
    assert [over(mine, run_id).status for run_id in (first.run_id, second)] == ["interrupted", "interrupted"]
    shown.run()
    assert figures(shown)["Status"] == "interrupted"


def test_a_run_is_started_in_the_browser_and_seen_to_finish(
    mine: Any, dashboard: Callable[[Any], str], browser_page: Callable[..., Page]
) -> None:
    shown = browser_page(dashboard(mine), "runs")
    shown.get_by_text("Start a run from files").click()
    shown.locator("input[type=file]").set_input_files(
        [
            {"name": "gil.jsonl", "mimeType": "application/json", "buffer": lines("gil", 400)},
            {"name": "hal.jsonl", "mimeType": "application/json", "buffer": lines("hal", 11, broken=1)},
        ]
    )
    expect(shown.get_by_test_id("stFileChipName")).to_have_count(2, timeout=LONG)
    shown.get_by_role("button", name="Start", exact=True).click()
    metric = shown.get_by_test_id("stMetric")
    expect(metric.filter(has_text="Status")).to_contain_text("succeeded", timeout=LONG)
    for label, figure in (("Read", "412"), ("Accepted", "411"), ("Duplicate", "0"), ("Rejected", "1")):
        expect(metric.filter(has_text=label)).to_contain_text(figure, timeout=LONG)
    graph = shown.get_by_test_id("stGraphVizChart")
    expect(graph.locator("g.node")).to_have_count(len(AFTER), timeout=LONG)
    expect(graph).to_contain_text("commit")
    expect(shown.get_by_role("button", name="Cancel this run")).to_have_count(0, timeout=LONG)
