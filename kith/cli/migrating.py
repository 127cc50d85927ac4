"""`kith migrate`: out of one folder, to servers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kith.cli.options import AsJson, NoProgress, command_line
from kith.cli.output import print_json

if TYPE_CHECKING:
    from kith.migrating import Migrated

__all__ = ["add_to"]


def migrate(
    to_env: Annotated[
        Path,
        typer.Option(metavar="FILE", help="Settings that name the servers, as .env does.", show_default=False),
    ],
    no_progress: NoProgress = False,
    as_json: AsJson = False,
) -> None:
    """Copy everything in the folder to servers, all tenants.

    The servers must be empty. Cut off, the same command goes on where it was.

    Example: kith migrate --to-env servers.env
    """
    from kith.cli.progress import beating
    from kith.migrating import migrate as migrated_to
    from kith.settings import load_settings

    with beating(quiet=as_json or no_progress) as beat:
        done = migrated_to(load_settings(), to_env, command=command_line(), beat=beat)
    if as_json:
        print_json(done.as_json())
    else:
        _show(done, to_env)


def _show(done: "Migrated", to_env: Path) -> None:
    from kith.cli.tables import line, show, table
    from kith.cli.words import number

    counted = {"documents": "messages", "users": "people", "campaigns": "campaigns", "graph_edges": "ties"}
    rows = [
        (tenant, *(number(counts.get(name, 0)) for name in counted)) for tenant, counts in done.house.counts.items()
    ]
    show(table("", ["tenant", *counted.values()], rows, right=[*counted.values()]), "")
    show(line(("all of it is on the servers", "green"), ": both sides have the same digests, store by store"))
    show(f"the folder is as it was: {done.place}", "", line(("How to go on", "bold")))
    show(f"  use the settings in {str(to_env)!r} from now on: as .env, or in the environment")
    if done.unsaid:
        show(f"  keep {', '.join(done.unsaid)} as set now: that file does not say")
    show("  what the folder takes in from now on is not on the servers")


def add_to(app: typer.Typer) -> None:
    """Adds this command."""
    app.command()(migrate)
