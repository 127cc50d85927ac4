"""A view on the text of a stream that moves forward: as much of it as one value needs, never the whole."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kith.etl.decoding import Unreadable
from kith.etl.forms import is_too_long
from kith.etl.json_text import JsonText, NotJson
from kith.persona.identity import Json
from kith.persona.records import MAX_RAW_BYTES, MAX_RECORD_BYTES, Problem

__all__ = ["Decoded", "Window"]

SPACE: Final = re.compile(r"[ \t\r\n]*")
SCALAR: Final = re.compile(r'[^ \t\r\n,:\[\]{}"]*')
STRUCTURE: Final = re.compile(r'["\[\]{}]')
INSIDE_STRING: Final = re.compile(r'(?:[^"\\]++|\\.)*+', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A value with the text that it was decoded from, or with what is wrong with it."""

    text: str
    value: Json = None
    flawed: bool = False
    problem: Problem | None = None


class Window:
    """Reads JSON from pieces of UTF-8. Bytes that are none are in the text as lone surrogates (PEP 383)."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._json = JsonText()
        self._text = ""
        self._at = 0
        self._passed = 0
        self._ended = False
        self._failure: Unreadable | None = None

    @property
    def position(self) -> int:
        """How many characters have been passed."""
        return self._passed + self._at

    def head(self) -> str:
        """What comes next, for people: the same however the bytes come."""
        while len(self._text) - self._at < MAX_RAW_BYTES and self._more(1):
            pass
        return self._text[self._at : self._at + MAX_RAW_BYTES]

    def peek(self) -> str:
        """The next character that is not white space; empty at the end."""
        while True:
            match = SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(1):
                if self._failure is not None:
                    raise self._failure
                return ""

    def take(self, expected: str) -> str:
        """Passes the next character, which is one of those expected."""
        found = self.peek()
        if found and found in expected:
            self._at += 1
            return found
        if not found:
            raise self._end()
        wanted = " or ".join(map(repr, expected))
        raise NotJson("malformed", f"the text is not JSON: {found!r} stands where {wanted} is due", self._at)

    def value(self) -> Decoded | None:
        """Passes the next value; None, and stays, where it has more bytes than a record may have.

        No more than that is ever decoded: what comes out does not depend on how the bytes come.
        """
        self.peek()
        while True:
            pending = len(self._text) - self._at
            too_long = pending > MAX_RECORD_BYTES
            text = self._text[self._at : self._at + MAX_RECORD_BYTES + 1] if too_long else self._text
            start = 0 if too_long else self._at
            self._json.flawed = False
            try:
                value, end = self._json.decode_at(text, start)
            except NotJson as error:
                if error.why in ("deep", "long_number"):
                    return self._refused(error.problem)
                if error.why == "malformed":
                    raise
                if too_long:
                    return None
                if self._ended:
                    raise (self._failure or error) from None
            else:
                if too_long or self._ended or end < len(text) or text[end - 1] in '}]"':
                    return self._accepted(text[start:end], value)
            self._more(min(pending, MAX_RECORD_BYTES + 1 - pending))

    def _accepted(self, text: str, value: Json) -> Decoded | None:
        if is_too_long(text):
            return None
        self._at += len(text)
        return Decoded(text, value, self._json.flawed)

    def _refused(self, problem: Problem) -> Decoded:
        text = self.head()
        self.skip()
        return Decoded(text, problem=problem)

    def skip(self) -> None:
        """Passes a value of any size, holding none of it. Only its brackets and strings are looked at."""
        depth = 0
        while True:
            if depth == 0 and self.peek() not in '"[{':
                self._skip_scalar()
                return
            found = self._next_structure()
            self._at += 1
            if found == '"':
                self._skip_string()
            else:
                depth += 1 if found in "[{" else -1
            if depth <= 0:
                return

    def _skip_scalar(self) -> None:
        while True:
            match = SCALAR.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text) or not self._more(1):
                return

    def _skip_string(self) -> None:
        while True:
            match = INSIDE_STRING.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._text.startswith('"', self._at):
                self._at += 1
                return
            if not self._more(1):
                raise self._end()

    def _next_structure(self) -> str:
        """Moves to the next bracket or quote and returns it."""
        while True:
            match = STRUCTURE.search(self._text, self._at)
            if match:
                self._at = match.start()
                return match.group()
            self._at = len(self._text)
            if not self._more(1):
                raise self._end()

    def _more(self, least: int) -> bool:
        """Reads so many characters more, lets go of those that were passed; False where nothing follows."""
        self._passed += self._at
        parts = [self._text[self._at :]]
        self._at = 0
        size = 0
        while size < least and not self._ended:
            chunk = self._next_chunk()
            self._ended = chunk is None
            parts.append(self._decoder.decode(chunk or b"", final=self._ended))
            size += len(parts[-1])
        self._text = "".join(parts)
        return size > 0

    def _next_chunk(self) -> bytes | None:
        """A failure to read on waits until what was read before it has been passed."""
        try:
            return next(self._chunks, None)
        except Unreadable as error:
            self._failure = error
            return None

    def _end(self) -> Exception:
        return self._failure or NotJson(
            "incomplete", "the text ends before the value does; send the whole of it", self._at
        )
