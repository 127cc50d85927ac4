"""Runs in a list, and drawn beside each other: what several pages show of them."""

from collections.abc import Sequence

from kith.dashboard.charts import RECORDS, bars, draw
from kith.dashboard.data.overview import RunLine
from kith.dashboard.looks import Rows
from kith.dashboard.wording import clock, count, moment, seconds

__all__ = ["draw_runs", "run_rows"]


def draw_runs(runs: Sequence[RunLine]) -> None:
    """What became of the records of these runs, the newest first; nothing where there is one alone."""
    if len(runs) < 2:
        return
    rows = [
        {"run": f"{clock(one.started_at)} · {one.run_id[-8:]}", "outcome": outcome, "records": getattr(one, outcome)}
        for one in reversed(runs)
        for outcome in RECORDS
    ]
    chart = bars(rows, x="run", y="records", y_title="records", kind="name", split="outcome", colours=RECORDS)
    draw(chart, told=f"Records of the latest {count(len(runs), 'run')}, by what became of them.")


def run_rows(runs: Sequence[RunLine]) -> Rows:
    """A row for each run, for a table."""
    return [
        {
            "run": one.run_id,
            "status": one.status,
            "started": moment(one.started_at),
            "took": seconds(one.seconds) if one.finished_at else "at work",
            "read": one.read,
            "accepted": one.accepted,
            "duplicate": one.duplicate,
            "rejected": one.rejected,
        }
        for one in runs
    ]
