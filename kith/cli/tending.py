"""Commands that keep the stores in agreement: verify, repair, rebuild, rejections, anomalies."""

from typing import Annotated, Literal

import typer

from kith.cli.options import AsJson, FieldMap, NoProgress, Tenant, command_line, print_json
from kith.persona.identity import Json

__all__ = ["add_to"]

SHOWN = 50
rejections = typer.Typer(help="Records that were turned away.", no_args_is_help=True)


def verify(tenant: Tenant = None, no_progress: NoProgress = False, as_json: AsJson = False) -> None:
    """Compare the five stores and name each difference.

    Example: kith verify --json
    """
    from kith.cli.progress import bar
    from kith.cli.tables import show
    from kith.settings import load_settings
    from kith.tending import verify_stores

    with bar("verify", total=None, quiet=as_json or no_progress) as tick:
        verdict = verify_stores(load_settings(tenant=tenant), command=command_line(), tick=tick)
    answer = verdict.as_json()
    if as_json:
        print_json(answer)
    else:
        _show_verdict(answer)
        if not verdict.ok:
            show("mend them with: kith repair")
    if not verdict.ok:
        raise typer.Exit(1)


def _show_verdict(answer: dict[str, Json]) -> None:
    from kith.cli.tables import show, table

    counts, digests, differences = answer["counts"], answer["digests"], answer["differences"]
    if isinstance(counts, dict):
        rows = [(name.replace("_", " "), f"{count:,}") for name, count in counts.items()]
        show(table("what was compared", ["", "count"], rows, right=[1]))
    if isinstance(digests, dict):
        show(table("digests", ["store", "of all that it holds"], list(digests.items())))
    if answer["pending"]:
        show(f"{answer['pending']} messages are being written now")
    if isinstance(differences, list) and differences:
        rows = [(d["store"], d["kind"], d["key"], d["detail"]) for d in differences[:SHOWN] if isinstance(d, dict)]
        title = f"{len(differences)} differences" + (f", the first {SHOWN}" if len(differences) > SHOWN else "")
        show(table(title, ["store", "kind", "key", "what"], rows))
    else:
        show("[green]the stores agree[/]")


def repair(tenant: Tenant = None, no_progress: NoProgress = False, as_json: AsJson = False) -> None:
    """Make every store say again what documents say.

    Example: kith repair
    """
    from kith.cli.progress import bar
    from kith.cli.tables import show
    from kith.settings import load_settings
    from kith.tending import repair_stores

    with bar("repair", total=None, quiet=as_json or no_progress) as tick:
        done = repair_stores(load_settings(tenant=tenant), command=command_line(), tick=tick)
    if as_json:
        print_json({"mended": done.mended, "lost": done.lost, "verify": done.verdict.as_json()})
    else:
        show(f"{done.mended} differences mended")
        if done.lost:
            show(f"documents had lost {done.lost} messages: read their sources again with `kith run --full SOURCE`")
        _show_verdict(done.verdict.as_json())
    if not done.verdict.ok:
        raise typer.Exit(1)


def rebuild(
    what: Annotated[Literal["evidence", "vectors", "graph"], typer.Argument(help="Which store to work out again.")],
    tenant: Tenant = None,
    no_progress: NoProgress = False,
    as_json: AsJson = False,
) -> None:
    """Work a store out again from documents; with vectors, for all tenants, by the model that is set now.

    Example: kith rebuild vectors
    """
    from kith.cli.progress import bar
    from kith.cli.tables import show
    from kith.settings import load_settings
    from kith.tending import rebuild_store

    with bar(f"rebuild {what}", total=None, quiet=as_json or no_progress) as tick:
        done = rebuild_store(load_settings(tenant=tenant), what, command=command_line(), tick=tick)
    if as_json:
        print_json({"rebuilt": what, "count": done})
    else:
        show(f"{what} worked out again from {done:,} {'people' if what == 'graph' else 'messages'}")


def anomalies(tenant: Tenant = None, as_json: AsJson = False) -> None:
    """Show what needs attention, why, and the command that helps.

    Example: kith anomalies
    """
    from kith.cli.tables import show, table
    from kith.pipeline import detect_anomalies

    found = detect_anomalies(tenant=tenant)
    if as_json:
        print_json({"items": [anomaly.as_json() for anomaly in found], "next": None})
    elif found:
        rows = [(a.kind.replace("_", " "), a.subject, a.detail, a.remedy) for a in found]
        show(table("", ["what", "where", "why", "what helps"], rows))
    else:
        show("[green]nothing needs attention[/]")


@rejections.command("list")
def rejections_list(
    tenant: Tenant = None,
    run: Annotated[str | None, typer.Option("--run", help="Of this run only.")] = None,
    code: Annotated[str | None, typer.Option(help="With this code only.")] = None,
    after: Annotated[str | None, typer.Option(help="Those after this id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List records that were turned away, with where they stand and why.

    Example: kith rejections list --code bad_timestamp
    """
    from kith.cli.tables import show, table
    from kith.settings import load_settings
    from kith.tending import list_rejections

    found = list_rejections(load_settings(tenant=tenant), run_id=run, code=code, after=after, limit=limit)
    if as_json:
        print_json({"items": list(found.items), "next": found.next})
        return
    columns = ["id", "code", "source", "position", "detail"]
    show(table(f"{found.total} rejections", columns, [[item[c] for c in columns] for item in found.items]))
    if found.next:
        show(f"more with: --after {found.next}")


@rejections.command("show")
def rejections_show(
    rejection_id: Annotated[str, typer.Argument(help="As `kith rejections list` names it.")],
    tenant: Tenant = None,
    as_json: AsJson = False,
) -> None:
    """Show one rejection with the record as it was read.

    Example: kith rejections show 0f3c…
    """
    from kith.cli.tables import show, table
    from kith.settings import load_settings
    from kith.tending import show_rejection

    found = show_rejection(load_settings(tenant=tenant), rejection_id)
    if as_json:
        print_json(found)
    else:
        show(table("", ["", ""], list(found.items())))


@rejections.command("replay")
def rejections_replay(
    ids: Annotated[list[str] | None, typer.Argument(help="Which ones; all, where none is named.")] = None,
    tenant: Tenant = None,
    map_: FieldMap = None,
    as_json: AsJson = False,
) -> None:
    """Try rejected records again; those that go through leave the list.

    Example: kith rejections replay --map message=body
    """
    from kith.cli.tables import show
    from kith.persona.records import FieldNames
    from kith.settings import load_settings
    from kith.tending import replay_rejections

    names = FieldNames.from_options(map_ or [])
    done = replay_rejections(load_settings(tenant=tenant), ids or [], names=names, command=command_line())
    if as_json:
        print_json({"replayed": done.replayed, "accepted": done.accepted, "rejected": done.rejected, "cut": done.cut})
    else:
        show(f"{done.replayed} tried again: {done.accepted} went through, {done.rejected} were rejected again")
        if done.cut:
            show(f"{done.cut} are kept cut short and cannot be tried from here: read their sources again")


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.add_typer(rejections, name="rejections")
    app.command()(verify)
    app.command()(repair)
    app.command()(rebuild)
    app.command()(anomalies)
