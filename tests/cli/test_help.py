"""Help costs nothing and shows an example of every command."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import typer

from kith.cli.app import app

HEAVY = (
    "torch",
    "numpy",
    "pymilvus",
    "ladybug",
    "sqlalchemy",
    "sqlite3",
    "pydantic",
    "rich",
    "sentence_transformers",
    "zstandard",
)


def commands(group: Any, *names: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *names, name)
        else:
            yield (*names, name)


ALL = list(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("names", ALL, ids=" ".join)
def test_help_has_an_example(kith: Callable[..., Any], names: tuple[str, ...]) -> None:
    ran = kith(*names, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert f"Example: kith {' '.join(names)}" in " ".join(ran.out.split())
    assert max(len(line) for line in ran.out.splitlines()) <= 80


def test_every_command_but_export_of_a_file_has_json() -> None:
    root: Any = typer.main.get_command(app)
    without: list[tuple[str, ...]] = []
    for names in ALL:
        command = root
        for name in names:
            command = command.commands[name]
        if "--json" not in [option for parameter in command.params for option in parameter.opts]:
            without.append(names)
    assert without == []


@pytest.mark.parametrize(
    "statement", ["import kith", "import kith.cli.app", "import kith.cli.app; kith.cli.app.main(['--help'])"]
)
def test_nothing_heavy_is_imported_for_help(statement: str) -> None:
    look = f"{statement}\nimport sys\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_kith_alone_shows_its_help(kith: Callable[..., Any]) -> None:
    ran = kith()
    assert (ran.code, ran.out) == (2, "")
    assert "Commands:\n  run         Take conversations in" in ran.err
    assert not any(line.endswith("...") for line in ran.err.splitlines() if line.startswith("  "))
