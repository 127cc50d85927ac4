"""What a run came to, as people read it."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from kith.cli.tables import beside, line, show, table
from kith.cli.words import count, number, seconds
from kith.etl.summary import RunSummary
from kith.persona.identity import Json

__all__ = ["runs_table", "show_codes", "show_summary"]

IDLE = ("names", "sweep", "publish")
"""Steps that are told only where they dealt with something."""
COLOURS = {"succeeded": "green", "interrupted": "yellow", "running": "cyan"}


def show_summary(summary: RunSummary) -> None:
    """Counts, steps and stores, side by side where there is room, and whether there was anything to do."""
    colour = COLOURS.get(summary.status, "red")
    pace = f": {number(round(summary.messages_per_second))} messages a second" if summary.accepted else ""
    lasted = "" if summary.status == "running" else f" in {seconds(summary.seconds)}"
    show(line("run ", (summary.run_id, "bold"), " ", (summary.status, colour), lasted, pace))
    if summary.read:
        show(beside(*_tables(summary)))
    if summary.error:
        show(line((summary.error, "red")))
    if summary.status == "succeeded" and not summary.accepted and not summary.rejected:
        show(line(*_nothing(summary)))


def _nothing(summary: RunSummary) -> tuple[str | tuple[str, str], ...]:
    if summary.duplicate or summary.sources_unchanged:
        unchanged = count(summary.sources_unchanged, "unchanged source") if summary.sources_unchanged else ""
        again = count(summary.duplicate, "duplicate") if summary.duplicate else ""
        why = ", ".join(one for one in (unchanged, again) if one)
        return ("Nothing new", "bold"), f" ({why}): all of this was taken in before."
    return ("Nothing to read", "bold"), ": there are no records in what was named."


def _tables(summary: RunSummary) -> list[Table]:
    counts = [
        ("read", summary.read),
        ("accepted", summary.accepted),
        ("duplicate", summary.duplicate),
        ("rejected", summary.rejected),
    ]
    told = [s for s in summary.stages if s.records > 0 or s.stage not in IDLE]
    steps = [(s.stage, number(s.records), f"{s.seconds:,.2f}") for s in told]
    tables = [table("", ["records", ""], [(name, number(value)) for name, value in counts], right=[""])]
    if steps:
        tables.append(table("", ["step", "records", "seconds"], steps, right=["records", "seconds"]))
    if summary.stores is not None:
        held = [(name, number(value)) for name, value in _held(summary)]
        tables.append(table("", ["the stores hold", ""], held, right=[""]))
    return tables


def _held(summary: RunSummary) -> list[tuple[str, int]]:
    stores = summary.stores
    if stores is None:
        return []
    return [
        ("messages", stores.documents),
        ("message vectors", stores.vectors),
        ("entities", stores.entities),
        ("graph ties", stores.edges),
        ("engagements", stores.engagement),
    ]


def show_codes(codes: Mapping[str, int]) -> None:
    """Why records were rejected, where any were."""
    if codes:
        rows = [(code, number(value)) for code, value in codes.items()]
        show(table("", ["rejected as", "records"], rows, right=["records"]), "")


def runs_table(items: Sequence[Mapping[str, Json]]) -> Table:
    """Runs, newest first, each on a line."""
    counts = ("read", "accepted", "duplicate", "rejected")
    rows = [
        (
            r["run_id"],
            r["status"],
            *(number(_figure(r[name])) for name in counts),
            seconds(_figure(r["seconds"]), digits=1),
        )
        for r in items
    ]
    return table(
        "",
        ["run", "status", *counts, "time"],
        rows,
        right=[*counts, "time"],
        whole=["run", "status"],
        spare=["duplicate", "time"],
    )


def _figure(value: Json) -> float:
    return value if isinstance(value, int | float) else 0
