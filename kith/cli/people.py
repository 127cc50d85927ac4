"""Commands about a person, and the one that makes people up."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from kith.cli.options import AsJson, NoProgress, Tenant, command_line, print_json

__all__ = ["add_to"]

data = typer.Typer(help="Made-up conversations to try things on.", no_args_is_help=True)


def forget(
    user: Annotated[str, typer.Argument(help="A user id.")], tenant: Tenant = None, as_json: AsJson = False
) -> None:
    """Delete all that is held about a person, in every store, and keep it from coming back.

    Example: kith forget u42
    """
    from kith.cli.tables import show, table
    from kith.settings import load_settings
    from kith.tending import forget_person

    receipt = forget_person(load_settings(tenant=tenant), user, command=command_line())
    if as_json:
        print_json(receipt.as_json())
        return
    rows = [(store, count, receipt.second_look[store]) for store, count in receipt.deleted.items()]
    show(f"[bold]{user}[/] is forgotten; receipt {receipt.receipt_id}, {receipt.finished_at}")
    show(table("", ["store", "deleted", "second look"], rows, right=[1, 2]))


def admit(
    user: Annotated[str, typer.Argument(help="A user id.")], tenant: Tenant = None, as_json: AsJson = False
) -> None:
    """Let a forgotten person in again: messages dated from now on are taken.

    Example: kith admit u42
    """
    from kith.cli.tables import show
    from kith.settings import load_settings
    from kith.tending import admit_person

    changed = admit_person(load_settings(tenant=tenant), user, command=command_line())
    if as_json:
        print_json({"user": user, "admitted": changed})
    else:
        show(f"{user} is let in again" if changed else f"{user} was not forgotten: nothing to do")


def export(
    user: Annotated[str, typer.Argument(help="A user id.")],
    tenant: Tenant = None,
    out: Annotated[Path | None, typer.Option(help="A file to write; standard output where not given.")] = None,
) -> None:
    """Write all that is held about a person as JSON Lines.

    Example: kith export u42 --out u42.jsonl
    """
    from kith.settings import load_settings
    from kith.tending import export_lines

    lines = export_lines(load_settings(tenant=tenant), user, command=command_line())
    if out is None:
        for line in lines:
            sys.stdout.write(line + "\n")
        return
    partial = out.with_name(out.name + ".part")
    with partial.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(line + "\n")
    partial.replace(out)
    typer.echo(f"written to {out}", err=True)


@data.command("generate")
def generate(
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("generated"),
    users: Annotated[int, typer.Option(min=1, help="How many people.")] = 60,
    messages: Annotated[int, typer.Option(min=1, help="How many messages.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 7,
    mangled: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of records that are broken.")] = 0.0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
    no_progress: NoProgress = False,
    as_json: AsJson = False,
) -> None:
    """Make up people, conversations and campaigns.

    Example: kith data generate --users 1000 --messages 50000 --seed 3 --mangled 0.02 --out big
    """
    from kith.cli.progress import bar
    from kith.cli.tables import show
    from kith.data.generate import write_dataset

    with bar("messages", total=messages, quiet=as_json or no_progress) as tick:
        written = write_dataset(
            out, users=users, messages=messages, seed=seed, mangled=mangled, overwrite=overwrite, progress=tick
        )
    if as_json:
        print_json(written.as_json())
    else:
        show(f"{messages:,} messages of {users:,} people in {out}; next: kith run {out}")


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command()(forget)
    app.command()(admit)
    app.command()(export)
    app.add_typer(data, name="data")
