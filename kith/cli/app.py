"""The `kith` command: its commands, and what happens to errors."""

import sys
from tempfile import mkstemp
from traceback import format_exception

import typer

from kith import __version__
from kith.cli import looking, people, running, tending
from kith.persona.errors import BadInput, KithError

__all__ = ["app", "main"]

FAILED, USAGE, TOO_MANY_REJECTED, HELD, INTERRUPTED = 1, 2, 3, 4, 130

app = typer.Typer(
    name="kith",
    help="Kith turns conversations into people you know.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"kith {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", help="Say which version this is.", is_eager=True),
) -> None:
    _version(wanted=version)


for module in (running, looking, tending, people):
    module.add_to(app)


def main() -> None:
    """Runs the command line; no error of ours or of anybody's reaches the user as a stack trace."""
    try:
        app()
    except KeyboardInterrupt:
        _say("interrupted: run the same command again to go on")
        sys.exit(INTERRUPTED)
    except KithError as error:
        _say(str(error))
        sys.exit(_code(error))
    except Exception as error:
        _say(f"something went wrong that should not: {type(error).__name__}: {error}\n{_kept(error)}")
        sys.exit(FAILED)


def _code(error: KithError) -> int:
    from kith.etl.running import TooManyRejected
    from kith.stores.errors import StoresHeld

    if isinstance(error, TooManyRejected):
        return TOO_MANY_REJECTED
    if isinstance(error, StoresHeld):
        return HELD
    return USAGE if isinstance(error, BadInput) else FAILED


def _say(words: str) -> None:
    typer.echo(f"kith: {words}", err=True)


def _kept(error: Exception) -> str:
    """Where the trace was written, for a report: a file that only its user reads."""
    try:
        handle, path = mkstemp(prefix="kith-error-", suffix=".txt")
        with open(handle, "w", encoding="utf-8") as file:
            file.write("".join(format_exception(error)))
    except OSError:
        return "its trace could not be written"
    return f"its trace is in {path}: please report it"
