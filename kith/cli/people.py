"""Commands about a person, and the one that makes people up."""

import json
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Annotated

import typer

from kith.cli.options import AsJson, NoProgress, Tenant, UserId, command_line
from kith.cli.output import print_json, print_json_text, warn
from kith.cli.words import count
from kith.persona.errors import BadInput, KithError

__all__ = ["add_to"]

data = typer.Typer(help="Made-up conversations to try things on.", no_args_is_help=True)


def forget(user: UserId, tenant: Tenant = None, no_progress: NoProgress = False, as_json: AsJson = False) -> None:
    """Delete all that is held about a person, and keep it out.

    Everything goes from every store, is looked for again, and a receipt is kept. Messages dated before now are
    refused from then on.

    Example: kith forget u42
    """
    from kith.cli.progress import waiting
    from kith.cli.remote import forget_person
    from kith.settings import load_settings

    with waiting(quiet=as_json or no_progress):
        receipt = forget_person(load_settings(tenant=tenant), user, command=command_line())
    if as_json:
        print_json(receipt.as_json())
        return
    from kith.cli.tables import line, show, table
    from kith.cli.words import number

    if any(receipt.deleted.values()):
        rows = [(s, number(deleted), number(receipt.second_look[s])) for s, deleted in receipt.deleted.items()]
        columns = ["store", "deleted", "second look"]
        show(line((user, "bold"), f" is forgotten; receipt {receipt.receipt_id}, {receipt.finished_at}"))
        show("", table("", columns, rows, right=columns[1:]))
    else:
        show(f"nothing was held about {user!r}; messages dated before {receipt.requested_at} will be refused")
        show(f"receipt {receipt.receipt_id}; was it a slip? `kith admit` takes it back")


def admit(user: UserId, tenant: Tenant = None, no_progress: NoProgress = False, as_json: AsJson = False) -> None:
    """Let a forgotten person in again, from now on.

    Example: kith admit u42
    """
    from kith.cli.progress import waiting
    from kith.cli.remote import admit_person
    from kith.settings import load_settings

    with waiting(quiet=as_json or no_progress):
        changed = admit_person(load_settings(tenant=tenant), user, command=command_line())
    if as_json:
        print_json({"user": user, "admitted": changed})
        return
    from kith.cli.tables import show

    show(f"{user!r} is let in again" if changed else f"{user!r} was not forgotten: nothing to do")


def export(
    user: UserId,
    tenant: Tenant = None,
    out: Annotated[Path | None, typer.Option(help="A file to write; standard output where not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write all that is held about a person as JSON Lines.

    Example: kith export u42 --out u42.jsonl
    """
    from kith.cli.remote import export_lines
    from kith.settings import load_settings

    lines = export_lines(load_settings(tenant=tenant), user, command=command_line())
    if out is not None:
        written = _write(lines, out)
        if as_json:
            print_json({"user": user, "out": str(out), "records": written})
        else:
            warn(f"kith: {count(written, 'record')} written to {out}")
    elif as_json:
        items = [json.loads(line) for line in lines]
        print_json({"user": user, "out": None, "records": len(items), "items": items})
    else:
        while (some := list(islice(lines, 500))) and print_json_text("\n".join(some)):
            pass


def _write(lines: Iterator[str], out: Path) -> int:
    """Writes a file that is there whole or not at all, and that only its user reads."""
    written = 0
    with _in_place_of(out) as file:
        for line in lines:
            file.write(line + "\n")
            written += 1
    return written


@contextmanager
def _in_place_of(out: Path) -> Generator[IO[str]]:
    if out.is_dir():
        raise BadInput(f"{str(out)!r} is a folder; name a file")
    if not out.parent.is_dir():
        raise BadInput(f"{str(out.parent)!r} is no folder; make it first, or name another file")
    try:
        with NamedTemporaryFile("w", encoding="utf-8", dir=out.parent, prefix=f".{out.name}.", delete=False) as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
                os.replace(file.name, out)
            finally:
                with suppress(OSError):
                    os.unlink(file.name)
    except OSError as error:
        raise KithError(f"{str(out)!r} cannot be written: {error.strerror}; check its folder and disk") from error


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

    Example: kith data generate --users 1000 --messages 50000 --mangled 0.02 --out big
    """
    from kith.cli.progress import ticking
    from kith.data.generate import write_dataset

    try:
        with ticking("messages", total=messages, quiet=as_json or no_progress) as tick:
            written = write_dataset(
                out, users=users, messages=messages, seed=seed, mangled=mangled, overwrite=overwrite, progress=tick
            )
    except OSError as error:
        raise KithError(f"{str(out)!r} cannot be written: {error.strerror}; check its folder and disk") from error
    if as_json:
        print_json(written.as_json())
        return
    from kith.cli.tables import show
    from kith.cli.words import count

    made = f"{count(written.records, 'record')} of {count(users, 'person', 'people')}"
    show(f"{made} and {count(written.catalogue, 'campaign')} in {out}; next: kith run {out}")


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command()(forget)
    app.command()(admit)
    app.command()(export)
    app.add_typer(data, name="data")
