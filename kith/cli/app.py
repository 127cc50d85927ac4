"""The `kith` command: its commands, in the order in which they are met, and how they end."""

import os
import signal
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import typer
from typer.core import TyperGroup

from kith import __version__
from kith.cli import (
    dashboard,
    evaluating,
    keys,
    looking,
    migrating,
    people,
    profiles,
    rejecting,
    running,
    serving,
    tending,
)
from kith.cli.failing import ExitCode, Interrupted, report, wants_json
from kith.cli.interrupting import GO_ON
from kith.cli.output import print_text

__all__ = ["app", "main"]

ORDER = (
    *("run", "serve", "dashboard", "status", "runs", "rejections", "anomalies", "lineage", "profile"),
    *("verify", "repair", "rebuild", "migrate", "campaigns", "forget", "admit", "export", "evaluate"),
    *("keys", "data", "doctor", "config"),
)


class _Commands(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return [*ORDER, *(name for name in super().list_commands(ctx) if name not in ORDER)]

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise Interrupted(GO_ON) from error


app = typer.Typer(
    cls=_Commands,
    name="kith",
    help="Kith turns conversations into people you know.",
    epilog="Example: kith run conversations.jsonl",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        print_text(f"kith {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", help="Say which version this is.", is_eager=True, callback=_version
    ),
) -> None:
    """The options of `kith` itself."""


for module in (running, serving, dashboard, looking, rejecting, tending, migrating, people, profiles, evaluating, keys):
    module.add_to(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and gives the exit code; no error reaches the user as a stack trace."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with _ended_as_interrupted():
            code = app(args=given, prog_name="kith", standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:
        code = report(error, as_json=wants_json(given))
    if arguments is None and code == ExitCode.INTERRUPTED and threading.active_count() > 1:
        # A thread may wait for input that never comes, and would hold up the end of the interpreter.
        os._exit(code)
    return code if isinstance(code, int) else ExitCode.DONE


@contextmanager
def _ended_as_interrupted() -> Generator[None]:
    """SIGTERM ends a command as Ctrl-C does: stores are closed on the way out."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
