"""`kith run` and `kith campaigns`: taking things in."""

import shlex
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, TextIO, cast

import typer

from kith.cli.failing import ExitCode
from kith.cli.interrupting import GO_ON, interruptible
from kith.cli.options import AsJson, FieldMap, NoProgress, Tenant, command_line
from kith.cli.output import print_json, warn
from kith.persona.errors import BadInput

if TYPE_CHECKING:
    from kith.etl.catalogue import Loaded
    from kith.etl.llm_extraction import LlmReport
    from kith.pipeline import Checked, Done, Options
    from kith.settings import Settings

__all__ = ["add_to"]

NEXT = (
    ("kith profile {person}", "what is known of a person, and from which words"),
    ("kith status", "what is there, and what happened lately"),
    ("kith verify", "whether the five stores agree"),
    ("kith run YOUR.jsonl", "your own conversations"),
)


def run(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATHS]...", help="Files, folders, globs; - is standard input.")
    ] = None,
    tenant: Tenant = None,
    batch_size: Annotated[int, typer.Option(min=1, max=10_000, help="Records that are written together.")] = 256,
    max_rejected: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of the records that may be rejected.")
    ] = 0.05,
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
    from kith.persona.records import FieldNames
    from kith.pipeline import Options
    from kith.settings import load_settings

    settings = load_settings(tenant=tenant)
    options = Options(
        batch_size=batch_size,
        max_rejected=max_rejected,
        full=full,
        limit=limit,
        names=FieldNames.from_options(map_ or []),
    )
    quiet = as_json or no_progress
    _check(paths, quiet=quiet)
    if dry_run:
        _dry_run(paths or [], settings, options, as_json=as_json, quiet=quiet)
        return
    done = _run(paths or [], settings, options, fields=map_ or [], as_json=as_json, quiet=quiet)
    if as_json:
        print_json(done.as_json())
    else:
        _show(done)
    if done.summary.status == "interrupted":
        warn(f"kith: {GO_ON}")
        raise typer.Exit(ExitCode.INTERRUPTED)


def _check(paths: Sequence[str] | None, *, quiet: bool) -> None:
    if not paths:
        raise BadInput("name what to take in: `kith run FILE`, a folder, a glob, or - for standard input")
    if "-" in paths:
        given = cast("TextIO | None", sys.stdin)  # None where it was closed before we began
        if given is None:
            raise BadInput("standard input is closed; name a file, or pipe records in")
        if given.isatty() and not quiet:
            warn("kith: reading records from this terminal; end them with Ctrl-D")


def _run(
    paths: Sequence[str],
    settings: "Settings",
    options: "Options",
    *,
    fields: Sequence[str],
    as_json: bool,
    quiet: bool,
) -> "Done":
    from kith.cli.progress import following, waiting, watched
    from kith.cli.remote_runs import run_paths
    from kith.stores.errors import ModelMismatch, Terminal, Transient, WrongFormat

    with interruptible(told=not watched(quiet=quiet), as_json=as_json) as stop, waiting(quiet=quiet) as say:
        pulses = following(
            stop=stop, limit=options.limit, loads=settings.embedder != "hash", begin=lambda: say(""), quiet=quiet
        )
        try:
            return run_paths(
                paths,
                settings,
                options,
                fields=fields,
                command=command_line(),
                stop=stop,
                say=say,
                pulses=pulses,
            )
        except (Terminal, Transient) as error:
            if isinstance(error, ModelMismatch | WrongFormat):
                raise
            raise type(error)(
                f"{error}\nwhat was committed stays; mend that, and go on with: {command_line()}"
            ) from error


def _show(done: "Done") -> None:
    from kith.cli.summaries import show_summary
    from kith.cli.tables import line, show

    summary = done.summary
    _show_campaigns(done.campaigns)
    show_summary(summary)
    if done.llm is not None and (done.llm.asked or done.llm.fell_back):
        _show_asked(done.llm)
    if summary.rejected:
        show("see what was rejected with: kith rejections list --run " + summary.run_id)
    if (
        summary.status == "succeeded"
        and summary.accepted
        and summary.stores is not None
        and summary.stores.documents == summary.accepted
    ):
        person = shlex.quote(done.person or "USER")
        show(
            "",
            line(("What to try next", "bold")),
            *(f"  {command.format(person=person):24}{what}" for command, what in NEXT),
        )


def _show_asked(llm: "LlmReport") -> None:
    from kith.cli.tables import show
    from kith.cli.words import count

    words = f"the model was asked about {count(llm.asked, 'message')} and answered for {llm.answered:,}"
    for what, counted in (("the rules spoke for", llm.fell_back), ("refused of what it claimed:", llm.refused)):
        if counted:
            reasons = ", ".join(f"{times:,} {reason}" for reason, times in counted)
            words += f"; {what} {sum(times for _, times in counted):,} ({reasons})"
    show(words.replace("_", " "))


def _show_campaigns(loaded: "Loaded") -> None:
    from kith.cli.tables import inset, line, show
    from kith.cli.words import short_path

    if loaded.read:
        rejected = f", {len(loaded.rejections):,} rejected" if loaded.rejections else ""
        show(f"campaigns: {loaded.accepted:,} taken in, {loaded.unchanged:,} unchanged{rejected}")
    for rejection in loaded.rejections:
        show(line((rejection.code, "red"), f"  {short_path(rejection.source)}, {rejection.position}"))
        show(inset(rejection.detail))


def _dry_run(paths: Sequence[str], settings: "Settings", options: "Options", *, as_json: bool, quiet: bool) -> None:
    from kith.cli.progress import waiting
    from kith.pipeline import dry_run_paths

    with waiting("reading", quiet=quiet):
        checked = dry_run_paths(paths, settings, options)
    if as_json:
        print_json(checked.as_json())
    else:
        _show_checked(checked)
    if checked.share_rejected > options.max_rejected:
        warn(
            f"kith: {checked.share_rejected:.1%} of the records would be rejected, and --max-rejected allows "
            f"{options.max_rejected:.1%}"
        )
        raise typer.Exit(ExitCode.TOO_MANY_REJECTED)


def _show_checked(checked: "Checked") -> None:
    from kith.cli.summaries import show_codes
    from kith.cli.tables import inset, line, show
    from kith.cli.words import count, short_path

    show(line(("A dry run", "bold"), ": nothing was written"))
    show(f"{count(checked.read, 'record')} read, {checked.accepted:,} accepted, {checked.rejected:,} rejected", "")
    show_codes(checked.codes)
    for rejection in checked.examples:
        show(line((rejection.code, "red"), f"  {short_path(rejection.source)}, {rejection.position}"))
        show(inset(rejection.detail))
    _show_campaigns(checked.campaigns)


campaigns = typer.Typer(help="What can be shown to people.", no_args_is_help=True)


@campaigns.command("load")
def load(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATHS...", help="Files of campaigns, such as campaigns.jsonl.")
    ],
    tenant: Tenant = None,
    no_progress: NoProgress = False,
    as_json: AsJson = False,
) -> None:
    """Take campaigns in; unchanged ones are left alone.

    Example: kith campaigns load campaigns.jsonl
    """
    from kith.cli.progress import waiting
    from kith.cli.remote_runs import load_campaign_files
    from kith.settings import load_settings

    with waiting(quiet=as_json or no_progress):
        loaded = load_campaign_files(paths, load_settings(tenant=tenant), command=command_line())
    if as_json:
        print_json(loaded.as_json())
    else:
        _show_campaigns(loaded)
    if loaded.rejections:
        raise typer.Exit(ExitCode.TOO_MANY_REJECTED)


@campaigns.command("list")
def list_(tenant: Tenant = None, no_progress: NoProgress = False, as_json: AsJson = False) -> None:
    """List the campaigns.

    Example: kith campaigns list --json
    """
    from kith.cli.progress import waiting
    from kith.cli.remote_runs import all_campaigns
    from kith.persona.identity import Json
    from kith.persona.outgoing import campaign_record
    from kith.settings import load_settings

    with waiting(quiet=as_json or no_progress):
        found = all_campaigns(load_settings(tenant=tenant), command=command_line())
    if as_json:
        items: list[Json] = [campaign_record(campaign) for campaign in found]
        print_json({"items": items, "next": None})
        return
    from kith.cli.tables import show, table
    from kith.cli.words import count

    rows = [(c.campaign_id, c.title, ", ".join(c.intents)) for c in found]
    show(table(count(len(rows), "campaign"), ["id", "title", "intents"], rows, whole=["id"]))


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command()(run)
    app.add_typer(campaigns, name="campaigns")
