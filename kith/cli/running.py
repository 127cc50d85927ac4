"""`kith run` and `kith campaigns`: taking things in."""

import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from kith.cli.options import AsJson, FieldMap, NoProgress, Tenant, command_line, print_json

if TYPE_CHECKING:
    from kith.pipeline import Checked

__all__ = ["add_to"]

NEXT = """
[bold]What to try next[/]
  kith status                          what is there, and what happened lately
  kith verify                          whether the five stores agree
  kith run YOUR.jsonl                  your own conversations"""


def run(
    paths: Annotated[list[str] | None, typer.Argument(help="Files, folders or globs; - for standard input.")] = None,
    tenant: Tenant = None,
    batch_size: Annotated[int, typer.Option(min=1, max=10_000, help="Records that are written together.")] = 256,
    max_rejected: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share that may be rejected.")] = 0.05,
    full: Annotated[bool, typer.Option("--full", help="Read unchanged sources too.")] = False,
    map_: FieldMap = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Read so many records at most.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the records and write nothing.")] = False,
    no_progress: NoProgress = False,
    as_json: AsJson = False,
) -> None:
    """Take conversations in: read, check, embed, learn, store.

    Example: kith run conversations.jsonl --map message=body
    """
    from kith.cli.progress import step_bars
    from kith.cli.tables import print_summary, show
    from kith.persona.errors import BadInput
    from kith.persona.records import FieldNames
    from kith.pipeline import Options, dry_run_paths, run_paths
    from kith.settings import load_settings

    if not paths:
        raise BadInput("name what to take in: `kith run FILE`, a folder, a glob, or - for standard input")
    settings = load_settings(tenant=tenant)
    options = Options(
        batch_size=batch_size,
        max_rejected=max_rejected,
        full=full,
        limit=limit,
        names=FieldNames.from_options(map_ or []),
    )
    if dry_run:
        checked = dry_run_paths(paths, settings, options)
        if as_json:
            print_json(checked.as_json())
        else:
            _show_dry_run(checked)
        return
    with _interruptible() as stop:
        done = run_paths(
            paths,
            settings,
            options,
            command=command_line(),
            stop=stop,
            pulses=partial(step_bars, quiet=as_json or no_progress),
        )
    if as_json:
        print_json(done.as_json())
    else:
        if done.campaigns.read:
            show(f"\ncampaigns: {done.campaigns.accepted} taken in, {done.campaigns.unchanged} unchanged")
        for rejection in done.campaigns.rejections:
            show(f"[red]rejected[/] {rejection.source} {rejection.position}: {rejection.detail}")
        print_summary(done.summary)
        if done.summary.rejected:
            show(f"see them with: kith rejections list --run {done.summary.run_id}")
        show(NEXT)
    if done.summary.status == "interrupted":
        typer.echo("kith: interrupted; run the same command again to go on", err=True)
        raise typer.Exit(130)


def _show_dry_run(checked: "Checked") -> None:
    from kith.cli.tables import number, show, table

    rows = [("read", checked.read), ("accepted", checked.accepted), ("rejected", checked.read - checked.accepted)]
    counts = [(name, number(count)) for name, count in rows]
    show(table("a dry run: nothing was written", ["records", ""], counts, right=[1]))
    if checked.codes:
        show(table("rejected", ["code", "records"], list(checked.codes.items()), right=[1]))
    show(*checked.examples)


@contextmanager
def _interruptible() -> Generator[threading.Event]:
    """The first Ctrl-C lets the batch in flight finish; the second ends at once, and the next run mends."""
    stop = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        sys.stderr.write("\nkith: finishing the batch in flight (Ctrl-C again to end at once)\n")

    before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, ask)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


campaigns = typer.Typer(help="What can be shown to people.", no_args_is_help=True)


@campaigns.command("load")
def load(
    path: Annotated[Path, typer.Argument(help="A file of campaigns: campaigns.jsonl.")],
    tenant: Tenant = None,
    as_json: AsJson = False,
) -> None:
    """Take campaigns in; those that are there and unchanged are left alone.

    Example: kith campaigns load campaigns.jsonl
    """
    from kith.cli.tables import show, table
    from kith.pipeline import load_campaign_files
    from kith.settings import load_settings

    loaded = load_campaign_files([str(path)], load_settings(tenant=tenant), command=command_line())
    if as_json:
        print_json(loaded.as_json())
    else:
        show(f"{loaded.read} read, {loaded.accepted} taken in, {loaded.unchanged} unchanged")
        rows = [(r.position, r.code, r.detail) for r in loaded.rejections]
        if rows:
            show(table("rejected", ["where", "code", "why"], rows))
    if loaded.rejections:
        raise typer.Exit(1 if loaded.accepted + loaded.unchanged else 3)


@campaigns.command("list")
def list_(tenant: Tenant = None, as_json: AsJson = False) -> None:
    """List the campaigns.

    Example: kith campaigns list --json
    """
    from kith.cli.tables import show, table
    from kith.persona.identity import Json
    from kith.persona.outgoing import campaign_record
    from kith.pipeline import all_campaigns
    from kith.settings import load_settings

    found = all_campaigns(load_settings(tenant=tenant), command=command_line())
    if as_json:
        items: list[Json] = [campaign_record(campaign) for campaign in found]
        print_json({"items": items, "next": None})
        return
    rows = [(c.campaign_id, c.title, ", ".join(c.intents)) for c in found]
    show(table(f"{len(rows)} campaigns", ["id", "title", "intents"], rows))


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command()(run)
    app.add_typer(campaigns, name="campaigns")
