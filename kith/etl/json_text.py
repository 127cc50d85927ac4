"""From JSON text to values, with a problem for each thing that JSON does not allow or that we do not take."""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast

from kith.persona.identity import Json
from kith.persona.model import RejectionCode
from kith.persona.record_fields import MAX_DEPTH, shown
from kith.persona.records import Problem

__all__ = ["JsonText", "NotJson", "encoding_problem", "flaw_in", "text_of"]

Why: TypeAlias = Literal["malformed", "incomplete", "deep", "long_number"]

WORDS: Final = ("true", "false", "null", "NaN", "Infinity", "-Infinity")
CUT: Final = re.compile(r"u[0-9a-fA-F]{0,4}|[.eE]|[eE][+-]")
LONGEST_CUT: Final = 10
"""One more than what `WORDS` and `CUT` can be at the end of a text."""


class NotJson(Exception):
    """The text is no JSON value: because of what stands at `at`, or because it ends too early."""

    def __init__(self, why: Why, detail: str, at: int) -> None:
        super().__init__(detail)
        self.why: Why = why
        self.at = at
        code: RejectionCode = "truncated" if why == "incomplete" else "not_json" if why == "malformed" else "bad_value"
        self.problem = Problem(code, detail)


@dataclass(frozen=True, slots=True)
class _Constant:
    """Stands in a value for a word that is not JSON."""

    word: str


class _Repeated(dict[str, Json]):
    """An object in which a name stands twice."""

    name: str = ""


class JsonText:
    """Decodes values. `flawed` says that a value decoded since it was last cleared holds what `flaw_in` finds."""

    def __init__(self) -> None:
        self.flawed = False
        self._decoder = json.JSONDecoder(object_pairs_hook=self._object, parse_constant=self._constant)

    def decode_at(self, text: str, at: int) -> tuple[Json, int]:
        """The value that starts there and where it ends; raises `NotJson`."""
        try:
            value, end = self._decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise _not_json(error, at) from None
        except RecursionError:
            raise NotJson("deep", f"the record is nested deeper than {MAX_DEPTH} levels; flatten it", at) from None
        except ValueError:
            raise NotJson(
                "long_number", "the record holds a number of thousands of digits; write it as text", at
            ) from None
        return cast(Json, value), end

    def _object(self, pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        value = dict(pairs)
        if len(value) == len(pairs):
            return value
        self.flawed = True
        seen: set[str] = set()
        repeated = _Repeated(value)
        repeated.name = next(name for name, _ in pairs if name in seen or seen.add(name))
        return repeated

    def _constant(self, word: str) -> _Constant:
        self.flawed = True
        return _Constant(word)


def flaw_in(value: Json, *, beside: Collection[str] = ()) -> Problem | None:
    """What is wrong with a value that was decoded: a name that stands twice, or a word that JSON does not have.

    Of an object, the fields named by `beside` are not looked at.
    """
    pending: list[object] = [value]
    if beside and isinstance(value, dict):
        if isinstance(value, _Repeated):
            return _repeated(value)
        pending = [inner for name, inner in value.items() if name not in beside]
    while pending:
        one = pending.pop()
        if isinstance(one, _Constant):
            return Problem("not_json", f"{one.word} is not JSON; write null, or leave the field out")
        if isinstance(one, _Repeated):
            return _repeated(one)
        if isinstance(one, dict):
            pending.extend(cast("dict[str, Json]", one).values())
        elif isinstance(one, list):
            pending.extend(cast("list[Json]", one))
    return None


def _repeated(value: _Repeated) -> Problem:
    return Problem("bad_value", f"the name {shown(value.name)} stands twice in one object; keep one")


def text_of(value: Json) -> str:
    """A value as JSON text again."""
    return json.dumps(value, ensure_ascii=False, default=lambda one: getattr(one, "word", str(one)))


def encoding_problem(text: str) -> Problem | None:
    """What is wrong with text that was decoded with `surrogateescape`."""
    if text.isascii():
        return None
    try:
        text.encode()
    except UnicodeEncodeError as error:
        found = ord(text[error.start])
        what = f"the byte {found & 0xFF:#04x}" if 0xDC80 <= found <= 0xDCFF else "half of a surrogate pair"
        detail = f"{what} at character {error.start + 1} is not UTF-8; save the text as UTF-8"
        return Problem("bad_encoding", detail)
    return None


def _not_json(error: json.JSONDecodeError, at: int) -> NotJson:
    rest = error.doc[error.pos : error.pos + LONGEST_CUT]
    if not rest or error.msg.startswith("Unterminated string") or _is_cut(rest):
        return NotJson("incomplete", "the text ends before the value does; send the whole of it", error.pos)
    what = f"{error.msg[:1].lower()}{error.msg[1:]}"
    return NotJson("malformed", f"the text is not JSON at character {error.pos - at + 1}: {what}", error.pos)


def _is_cut(rest: str) -> bool:
    """Whether this, at the end of a text, may be the beginning of a word, of an escape or of the end of a number."""
    return CUT.fullmatch(rest) is not None or any(word.startswith(rest) for word in WORDS)
