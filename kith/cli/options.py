"""Options and arguments that many commands share."""

import shlex
import sys
from typing import Annotated

import typer

__all__ = ["AsJson", "FieldMap", "NoProgress", "Tenant", "UserId", "command_line"]

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Tenant = Annotated[str | None, typer.Option("--tenant", help="Whose stores; KITH_TENANT where not given.")]
FieldMap = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="FIELD=NAME", help="What a field is called there; may be given again."),
]
NoProgress = Annotated[bool, typer.Option("--no-progress", help="Show no progress.")]
UserId = Annotated[str, typer.Argument(metavar="USER", help="A user id.", show_default=False)]


def command_line() -> str:
    """The command as it was typed, for whoever asks who holds the stores."""
    return "kith " + shlex.join(sys.argv[1:])
