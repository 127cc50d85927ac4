"""What becomes of errors: words on standard error, an exit code, and with `--json` an object; never a stack trace."""

import json
from collections.abc import Sequence
from enum import IntEnum
from tempfile import mkstemp
from traceback import format_exception

from typer.exceptions import TyperException

from kith.cli.output import print_json_text, warn
from kith.persona.errors import BadInput, KithError

__all__ = ["ExitCode", "Interrupted", "answer", "report", "wants_json"]


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    TOO_MANY_REJECTED = 3
    HELD = 4
    INTERRUPTED = 130


class Interrupted(KithError):
    """Somebody asked the command to end before it was done."""


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether `--json` is among the options, where they may be too wrong to be read."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in options


def report(error: BaseException, *, as_json: bool) -> ExitCode:
    """Tells people, and programs that asked for JSON, what went wrong."""
    kind, words, code = _judged(error)
    if isinstance(error, TyperException) and words.startswith("Usage:"):
        warn(words)
    else:
        warn(f"kith: {words}")
    if as_json:
        print_json_text(_object(kind, words, code))
    return code


def answer(error: KithError) -> str:
    """The object that stands for an error, as JSON."""
    return _object(*_judged(error))


def _object(kind: str, words: str, code: ExitCode) -> str:
    return json.dumps({"error": {"type": kind, "message": words, "exit_code": int(code)}}, ensure_ascii=False)


def _judged(error: BaseException) -> tuple[str, str, ExitCode]:
    """The kind, the words, and the exit code."""
    if isinstance(error, KithError):
        return type(error).__name__, str(error), _code(error)
    if isinstance(error, TyperException):
        return "UsageError", _usage(error), ExitCode.USAGE
    if isinstance(error, MemoryError):
        return "OutOfMemory", "there is not enough memory: try a smaller --batch-size", ExitCode.FAILED
    words = f"something went wrong that should not: {type(error).__name__}: {error}\n{_kept(error)}"
    return "Unforeseen", words, ExitCode.FAILED


def _code(error: KithError) -> ExitCode:
    from kith.etl.running import TooManyRejected
    from kith.stores.errors import StoresHeld

    if isinstance(error, TooManyRejected):
        return ExitCode.TOO_MANY_REJECTED
    if isinstance(error, StoresHeld):
        return ExitCode.HELD
    if isinstance(error, Interrupted):
        return ExitCode.INTERRUPTED
    return ExitCode.USAGE if isinstance(error, BadInput) else ExitCode.FAILED


def _usage(error: TyperException) -> str:
    words = error.format_message()
    command = getattr(getattr(error, "ctx", None), "command_path", None)
    if words.startswith("Usage:") or command is None:
        return words
    return f"{words[:1].lower()}{words[1:].rstrip('.')}: see `{command} --help`"


def _kept(error: BaseException) -> str:
    """Where the trace was written, for a report: a file that only its user reads."""
    try:
        handle, path = mkstemp(prefix="kith-error-", suffix=".txt")
        with open(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write("".join(format_exception(error)))
    except OSError:
        return "its trace could not be written"
    return f"its trace is in {path}: please report it"
