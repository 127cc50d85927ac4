"""Commands that keep the stores in agreement: verify, repair, rebuild, anomalies."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kith.cli.failing import ExitCode
from kith.cli.options import AsJson, NoProgress, Tenant, command_line
from kith.cli.output import print_json

if TYPE_CHECKING:
    from kith.etl.anomalies import Anomaly
    from kith.etl.integrity import Verdict
    from kith.etl.relearning import Changes
    from kith.persona.model import Statement

__all__ = ["add_to"]

SHOWN = 50
OPENING = "opening the stores"


def verify(tenant: Tenant = None, no_progress: NoProgress = False, as_json: AsJson = False) -> None:
    """Compare the five stores and name each difference.

    Example: kith verify --json
    """
    from kith.cli.progress import ticking
    from kith.cli.remote import verify_stores
    from kith.settings import load_settings

    settings = load_settings(tenant=tenant)
    with ticking("verify", note=OPENING, quiet=as_json or no_progress) as tick:
        verdict = verify_stores(settings, command=command_line(), tick=tick)
    if as_json:
        print_json(verdict.as_json())
    else:
        _show_verdict(verdict)
    if not verdict.ok:
        raise typer.Exit(ExitCode.FAILED)


def _show_verdict(verdict: "Verdict") -> None:
    from kith.cli.tables import beside, line, show, table
    from kith.cli.words import count, number

    counts = [(name.replace("_", " "), number(value)) for name, value in verdict.counts.items()]
    digests = list(verdict.digests.items())
    show(
        beside(
            table("", ["compared", ""], counts, right=[""]),
            table("", ["store", "digest of what it holds"], digests, whole=["digest of what it holds"]),
        )
    )
    if verdict.pending:
        show(f"{count(verdict.pending, 'message')} in batches that are open now: neither there nor missing")
    if verdict.ok:
        show(line(("the stores agree", "green")))
        return
    rows = [(d.store, d.kind, d.key, d.detail) for d in verdict.differences[:SHOWN]]
    title = count(len(verdict.differences), "difference")
    title += f", the first {SHOWN}" if len(verdict.differences) > SHOWN else ""
    show(table(title, ["store", "kind", "key", "what"], rows, whole=["store", "kind", "key"]))
    show("mend them with: kith repair")


def repair(tenant: Tenant = None, no_progress: NoProgress = False, as_json: AsJson = False) -> None:
    """Make every store say again what documents say.

    Example: kith repair
    """
    from kith.cli.progress import ticking
    from kith.cli.remote import repair_stores
    from kith.settings import load_settings

    settings = load_settings(tenant=tenant)
    with ticking("repair", note=OPENING, quiet=as_json or no_progress) as tick:
        done = repair_stores(settings, command=command_line(), tick=tick)
    if as_json:
        print_json(done.as_json())
    else:
        from kith.cli.tables import show
        from kith.cli.words import count

        show(f"{count(done.mended, 'difference')} mended")
        if done.lost:
            lost = count(done.lost, "message")
            show(f"documents had lost {lost}: read their sources again with `kith run --full SOURCE`")
        _show_verdict(done.verdict)
    if not done.verdict.ok:
        raise typer.Exit(ExitCode.FAILED)


def rebuild(
    what: Annotated[
        Literal["evidence", "vectors", "graph"], typer.Argument(metavar="STORE", help="evidence, vectors or graph.")
    ],
    tenant: Tenant = None,
    no_progress: NoProgress = False,
    as_json: AsJson = False,
) -> None:
    """Work a store out again from documents.

    Vectors and graph are made again for all tenants, vectors by the model that is set now.

    Example: kith rebuild vectors
    """
    from kith.cli.progress import ticking
    from kith.cli.remote import rebuild_store
    from kith.settings import load_settings

    settings = load_settings(tenant=tenant)
    models = what == "evidence" or (what == "vectors" and settings.embedder != "hash")
    note = "loading the models" if models else OPENING
    with ticking(f"rebuild {what}", note=note, quiet=as_json or no_progress) as tick:
        done = rebuild_store(settings, what, command=command_line(), tick=tick)
    if as_json:
        print_json(done.as_json())
        return
    from kith.cli.tables import show
    from kith.cli.words import count

    things = count(done.through, "person", "people") if what == "graph" else count(done.through, "message")
    show(f"{what} worked out again from {things}")
    if done.changes is not None:
        _show_changes(done.changes)


def _show_changes(changes: "Changes") -> None:
    from kith.cli.tables import show, table
    from kith.cli.words import number

    if not changes.messages:
        show("they teach what they taught before")
        return
    teach = "teaches" if changes.messages == 1 else "teach"
    show(f"{changes.messages:,} of them {teach} something else than before")
    rows = [(one.kind, one.name.replace("_", " "), number(one.came), number(one.went)) for one in changes.counted()]
    show("", table("", ["what", "of", "came", "went"], rows, right=["came", "went"]))
    if changes.facts:
        told = changes.facts[:SHOWN]
        rows = [(one.change, one.user_id, *_stated(one.statement), one.key) for one in told]
        title = "statements" + (f", the first {SHOWN} (all counted above)" if len(changes.facts) > SHOWN else "")
        show("", table(title, ["", "person", "predicate", "object", "message"], rows, whole=["message"]))


def _stated(said: "Statement") -> tuple[str, str]:
    """The predicate and what is said by it."""
    from kith.persona.time import iso

    until = "" if said.until is None else f" until {iso(said.until)[:10]}"
    detail = f" ({said.detail})" if said.detail else ""
    return said.predicate.replace("_", " "), f"{'not ' if said.denied else ''}{said.object.name}{detail}{until}"


def anomalies(tenant: Tenant = None, no_progress: NoProgress = False, as_json: AsJson = False) -> None:
    """Show what needs attention, why, and the command that helps.

    Example: kith anomalies
    """
    from kith.cli.progress import waiting
    from kith.cli.remote import anomalies_of
    from kith.settings import load_settings

    with waiting(quiet=as_json or no_progress):
        found = anomalies_of(load_settings(tenant=tenant), command=command_line())
    if as_json:
        print_json({"items": [anomaly.as_json() for anomaly in found], "next": None})
    else:
        _show_anomalies(found)


def _show_anomalies(found: "Sequence[Anomaly]") -> None:
    from kith.cli.tables import inset, line, show

    if not found:
        show(line(("nothing needs attention", "green")))
    for one in found:
        show(line((one.kind.replace("_", " "), "yellow"), f"  {one.subject}"), inset(one.detail))
        show(inset(f"what helps: {one.remedy}"))


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command()(verify)
    app.command()(repair)
    app.command()(rebuild)
    app.command()(anomalies)
