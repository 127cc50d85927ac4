"""Options that many commands share, and how their answers go out."""

import json
import sys
from typing import Annotated

import typer

from kith.persona.identity import Json

__all__ = ["AsJson", "FieldMap", "NoProgress", "Tenant", "command_line", "print_json"]

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Tenant = Annotated[str | None, typer.Option("--tenant", help="Whose stores; KITH_TENANT where not given.")]
FieldMap = Annotated[
    list[str] | None, typer.Option("--map", metavar="FIELD=NAME", help="What a field is called there.")
]
NoProgress = Annotated[bool, typer.Option("--no-progress", help="Show no progress bars.")]


def print_json(answer: Json) -> None:
    """One object on standard output."""
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")


def command_line() -> str:
    """The command as it was typed, for whoever asks who holds the stores."""
    return "kith " + " ".join(sys.argv[1:])
