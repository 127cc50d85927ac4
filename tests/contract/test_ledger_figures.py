"""Figures over time, as any ledger works them out."""

from datetime import date

from kith.stores.figures import DayFigure
from kith.stores.ledger_port import Commit, Item, Lease, Ledger
from kith.stores.reports import Reports

DAY = 86_400_000


def test_days_are_those_on_which_somebody_spoke(ledger: Ledger, lease: Lease, reports: Reports) -> None:
    said = [("ana", 0), ("ana", DAY - 1), ("bo", DAY - 1), ("bo", DAY), ("ana", -1), ("ana", -DAY), ("bo", 400 * DAY)]
    items = [Item(f"k{n}", user, "a", at, "file", "line") for n, (user, at) in enumerate(said)]
    ledger.runs.start("r1", "t")
    ledger.batches.commit(lease, Commit("b1", "r1", "t", 0, True, items, 0, []))
    assert reports.figures.days("t") == [
        DayFigure(date(1969, 12, 31), 2, 1),
        DayFigure(date(1970, 1, 1), 3, 2),
        DayFigure(date(1970, 1, 2), 1, 1),
        DayFigure(date(1971, 2, 5), 1, 1),
    ]
    assert reports.figures.days("somebody else") == []
