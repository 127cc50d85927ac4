"""Commands that look and change nothing: status, runs, lineage, doctor, config."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from kith.cli.options import AsJson, Tenant, command_line, print_json

__all__ = ["add_to"]

runs = typer.Typer(help="What ran, and how it went.", no_args_is_help=True)
config = typer.Typer(help="The settings.", no_args_is_help=True)


def status(tenant: Tenant = None, as_json: AsJson = False) -> None:
    """Show what is there and what happened lately; also while another command is at work.

    Example: kith status --json
    """
    from kith.cli.tables import show, table
    from kith.looking import status_of
    from kith.settings import load_settings

    found = status_of(load_settings(tenant=tenant))
    if as_json:
        print_json(found.as_json())
        return
    if found.owner is not None:
        show(f"held by process {found.owner.pid} ({found.owner.command}) since {found.owner.started_at}")
    held = [(name.replace("_", " "), f"{count:,}") for name, count in found.counts.items()]
    show(table(f"tenant {found.tenant}", ["on record", ""], held, right=[1]))
    _show_runs([run.as_json() for run in found.runs])


def _show_runs(items: Sequence[Mapping[str, object]]) -> None:
    from kith.cli.tables import show, table

    columns = ["run", "status", "read", "accepted", "duplicate", "rejected", "seconds"]
    rows = [
        (r["run_id"], r["status"], *(f"{r[c]:,}" for c in ("read", "accepted", "duplicate", "rejected", "seconds")))
        for r in items
    ]
    show(table("latest runs", columns, rows, right=[2, 3, 4, 5, 6]))


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
    else:
        _show_runs(items)


@runs.command("show")
def runs_show(
    run_id: Annotated[str, typer.Argument(help="As `kith runs list` names it.")], as_json: AsJson = False
) -> None:
    """Show one run, step by step.

    Example: kith runs show 20260301T093000-1a2b3c4d
    """
    from kith.cli.tables import print_summary, show
    from kith.looking import run_of
    from kith.settings import load_settings

    summary = run_of(load_settings(), run_id)
    if as_json:
        print_json(summary.as_json())
        return
    print_summary(summary)
    if summary.error:
        show(f"[red]{summary.error}[/]")


def lineage(
    key: Annotated[str, typer.Argument(help="A message's key.")], tenant: Tenant = None, as_json: AsJson = False
) -> None:
    """Show where a message came from, and what came of it.

    Example: kith lineage 0f3c… --json
    """
    from kith.cli.tables import show, table
    from kith.looking import lineage_of_key
    from kith.settings import load_settings

    found = lineage_of_key(load_settings(tenant=tenant), key, command=command_line()).as_json()
    if as_json:
        print_json(found)
        return
    plain = [(name, value) for name, value in found.items() if not isinstance(value, list)]
    show(table("where it came from", ["", ""], plain))
    for name in ("entities", "intents", "facts"):
        value = found[name]
        if isinstance(value, list) and value:
            rows = [(", ".join(f"{k} {v}" for k, v in one.items()) if isinstance(one, dict) else one,) for one in value]
            show(table(name, [""], rows))


def doctor(as_json: AsJson = False) -> None:
    """Reach every store, and say what is here: versions, model, disk, who holds the lock.

    Example: kith doctor
    """
    from kith.cli.tables import show, table
    from kith.looking import examine
    from kith.settings import load_settings

    findings = examine(load_settings(), command=command_line())
    if as_json:
        print_json({"ok": all(f.ok for f in findings), "items": [f.as_json() for f in findings]})
    else:
        rows = [("well" if f.ok else "NOT WELL", f.subject, f.detail) for f in findings]
        show(table("", ["", "what", "found"], rows))
    if not all(f.ok for f in findings):
        raise typer.Exit(1)


@config.command("show")
def config_show(as_json: AsJson = False) -> None:
    """Show the settings as they are, with secrets hidden.

    Example: kith config show
    """
    from kith.cli.tables import show, table
    from kith.settings import load_settings

    shown = load_settings().shown()
    if as_json:
        print_json(dict(shown))
    else:
        show(table("", ["setting", "value"], [(name, value or "(not set)") for name, value in shown.items()]))


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command()(status)
    app.add_typer(runs, name="runs")
    app.command()(lineage)
    app.command()(doctor)
    app.add_typer(config, name="config")
