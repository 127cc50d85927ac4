"""What goes out on standard output: text that does a terminal no harm, JSON; quiet where nobody listens any more."""

import json
import os
import re
import sys
from contextlib import suppress
from typing import TextIO, cast

from kith.persona.errors import KithError
from kith.persona.identity import Json

__all__ = ["print_json", "print_json_text", "print_text", "visible", "warn"]

UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of writing."""

NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


def visible(text: str) -> str:
    """The text with characters that steer a terminal written out, as what people wrote may hold them."""
    return UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def print_text(text: str) -> bool:
    """Writes at once; False where nobody listens any more, which is no error: `kith export u42 | head`."""
    out = cast("TextIO | None", sys.stdout)  # None where it was closed before we began
    if out is None:
        return False
    try:
        out.write(text.encode(out.encoding, "backslashreplace").decode(out.encoding))
        out.flush()
    except BrokenPipeError:
        _go_deaf(out)
        return False
    except OSError as error:
        _go_deaf(out)
        raise KithError(f"standard output cannot be written: {error.strerror}") from error
    return True


def print_json(answer: Json) -> None:
    """One object on standard output."""
    print_json_text(json.dumps(answer, ensure_ascii=False))


def print_json_text(text: str) -> bool:
    """JSON, as UTF-8 or escaped: other programs read it, whatever this machine's own encoding is."""
    out = cast("TextIO | None", sys.stdout)
    if out is not None and out.encoding.lower().replace("-", "") != "utf8":
        text = NOT_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], text)
    return print_text(text + "\n")


def warn(words: str) -> None:
    """Says something on standard error."""
    with suppress(OSError, AttributeError):
        sys.stderr.write(visible(words) + "\n")
        sys.stderr.flush()


def _go_deaf(out: TextIO) -> None:
    """What is still to be written goes nowhere, so that the end of the process says nothing of it."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, out.fileno())
        os.close(nowhere)
