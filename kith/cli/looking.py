"""Commands that look and change nothing: status, runs, lineage, doctor, config."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from kith.cli.failing import ExitCode
from kith.cli.options import AsJson, NoProgress, Tenant, command_line
from kith.cli.output import print_json

if TYPE_CHECKING:
    from rich.table import Table

    from kith.looking import Status
    from kith.persona.identity import Json

__all__ = ["add_to"]

runs = typer.Typer(help="What ran, and how it went.", no_args_is_help=True)
config = typer.Typer(help="The settings.", no_args_is_help=True)


def status(tenant: Tenant = None, as_json: AsJson = False) -> None:
    """Show what is there and what ran lately, beside a run too.

    Example: kith status --json
    """
    from kith.looking import status_of
    from kith.settings import load_settings

    found = status_of(load_settings(tenant=tenant))
    if as_json:
        print_json(found.as_json())
    else:
        _show_status(found)


def _show_status(found: "Status") -> None:
    from kith.cli.summaries import runs_table
    from kith.cli.tables import line, show, table
    from kith.cli.words import number
    from kith.etl.summary import run_json

    show(line("tenant ", (found.tenant, "bold"), f" in {found.home}"))
    if found.owner is not None:
        owner = found.owner
        show(line((f"held by process {owner.pid}, {owner.command!r}, since {owner.started_at}", "yellow")))
    held = [(name, number(count)) for name, count in found.counts.items()]
    show("", table("", ["on record", ""], held, right=[""]), "", runs_table([run_json(run) for run in found.runs]))


@runs.command("list")
def runs_list(
    tenant: Tenant = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the latest runs, newest first.

    Example: kith runs list --limit 5
    """
    from kith.looking import latest_runs
    from kith.settings import load_settings

    items = latest_runs(load_settings(tenant=tenant), limit=limit)
    if as_json:
        print_json({"items": list(items), "next": None})
        return
    from kith.cli.summaries import runs_table
    from kith.cli.tables import show

    show(runs_table(items) if items else "nothing has run yet")


@runs.command("show")
def runs_show(
    run_id: Annotated[
        str | None,
        typer.Argument(metavar="[RUN]", help="As `kith runs list` names it; the latest where none is named."),
    ] = None,
    tenant: Tenant = None,
    as_json: AsJson = False,
) -> None:
    """Show one run, step by step.

    Example: kith runs show 20260301T093000-1a2b3c4d
    """
    from kith.looking import run_of
    from kith.settings import load_settings

    found = run_of(load_settings(tenant=tenant), run_id)
    if as_json:
        print_json(found.as_json())
        return
    from kith.cli.summaries import show_codes, show_summary

    show_summary(found.summary)
    show_codes(found.codes)


def lineage(
    key: Annotated[str, typer.Argument(metavar="KEY", help="A message's key, as `kith export` tells it.")],
    tenant: Tenant = None,
    no_progress: NoProgress = False,
    as_json: AsJson = False,
) -> None:
    """Show where a message came from, and what came of it.

    Example: kith lineage 9f86d081884c7d659a2feaa0c55ad015
    """
    from kith.cli.progress import waiting
    from kith.cli.remote import lineage_of_key
    from kith.settings import load_settings

    with waiting(quiet=as_json or no_progress):
        found = lineage_of_key(load_settings(tenant=tenant), key, command=command_line())
    if as_json:
        print_json(found)
    else:
        _show_lineage(found)


def _show_lineage(found: "dict[str, Json]") -> None:
    from kith.cli.tables import show, table

    plain = [(name.replace("_", " "), value) for name, value in found.items() if not isinstance(value, list)]
    show(table("", ["where it came from", ""], plain))
    for name, value in found.items():
        if isinstance(value, list) and value:
            show("", _lineage_table(name, value))


def _lineage_table(name: str, values: "Sequence[Json]") -> "Table":
    """What came of a message, a row each; a column stands only where some row says something in it."""
    from kith.cli.tables import table

    rows = [one if isinstance(one, dict) else {name: one} for one in values]
    columns = [column for column in rows[0] if any(row[column] not in (None, "") for row in rows)]
    titled = "" if columns == [name] else name
    return table(titled, columns, [[_cell(column, row[column]) for column in columns] for row in rows], spare=["id"])


def _cell(column: str, value: "Json") -> object:
    if value is None:
        return ""
    return str(value)[:10] if column in ("since", "until") else value


def doctor(no_progress: NoProgress = False, as_json: AsJson = False) -> None:
    """Reach every store; show versions, model, disk, lock.

    Example: kith doctor
    """
    from kith.cli.progress import waiting
    from kith.looking import examine
    from kith.settings import load_settings

    with waiting(quiet=as_json or no_progress):
        findings = examine(load_settings(), command=command_line())
    ok = all(finding.ok for finding in findings)
    if as_json:
        print_json({"ok": ok, "items": [finding.as_json() for finding in findings]})
    else:
        from kith.cli.tables import show, table

        rows = [("well" if f.ok else "NOT WELL", f.subject, f.detail) for f in findings]
        show(table("", ["", "what", "found"], rows, whole=["", "what"]))
    if not ok:
        raise typer.Exit(ExitCode.FAILED)


@config.command("show")
def config_show(as_json: AsJson = False) -> None:
    """Show the settings as they are, with secrets hidden.

    Example: kith config show
    """
    from kith.settings import load_settings

    settings = load_settings()
    if as_json:
        print_json(dict(settings.shown()))
        return
    from kith.cli.tables import show, table

    places = settings.places()
    rows = [(name, value or places.get(name) or "(not set)") for name, value in settings.shown().items()]
    show(table("", ["setting", "value"], rows, whole=["setting"]))


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command()(status)
    app.add_typer(runs, name="runs")
    app.command()(lineage)
    app.command()(doctor)
    app.add_typer(config, name="config")
