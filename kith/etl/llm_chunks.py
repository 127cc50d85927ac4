"""The text of an answer that comes in pieces: server-sent chunks, wherever the bytes are cut. Nothing is read here."""

import json
from collections.abc import Iterator
from typing import Any, cast

from kith.etl.llm_errors import NoReply
from kith.etl.llm_questions import LARGEST_REPLY

__all__ = ["Chunks"]

BLANK = b" \t\r\n\xef\xbb\xbf"
"""What may stand before anything, the mark of UTF-8 among it."""


class Chunks:
    """Takes bytes as they come, and gives the text that they complete. Raises `NoReply` where they make no sense.

    An endpoint that does not know `stream` sends one JSON object instead: that stands in `whole` when all of it came.
    """

    def __init__(self) -> None:
        self.ended = False
        """Whether the endpoint said that the answer is complete: what comes after is not of it."""
        self._line = bytearray()
        self._looked = 0
        """Bytes of the line in which no end of it was found."""
        self._is_whole: bool | None = None
        self._has_begun = False
        self._half = ""
        """The first half of a character that JSON writes as two, where the chunk ended between them."""

    @property
    def whole(self) -> str | None:
        """What came, where it came in one piece."""
        return self._line.decode("utf-8", "replace") if self._is_whole else None

    def feed(self, octets: bytes) -> str:
        """The text in what these complete."""
        self._line += octets
        if self._is_whole is None:
            self._line = self._line.lstrip(BLANK)
            self._is_whole = self._line.startswith(b"{") if self._line else None
        text = "" if self._is_whole else self._complete("".join(self._added()))
        if len(self._line) > LARGEST_REPLY:
            raise NoReply("size")
        if self.ended and self._half:
            raise NoReply("connection")
        return text

    def close(self) -> str:
        """The text of a last line that nothing ended; raises where the answer is not complete."""
        text = "" if self.ended or self._is_whole else self.feed(b"\n")
        if self._has_begun and not self.ended:
            raise NoReply("connection")
        return text

    def _added(self) -> Iterator[str]:
        """What each whole line adds."""
        while not self.ended and (end := self._line.find(b"\n", self._looked)) >= 0:
            yield self._told(bytes(self._line[:end]))
            del self._line[: end + 1]
            self._looked = 0
        self._looked = len(self._line)

    def _told(self, line: bytes) -> str:
        """What one line adds; whatever is no data (comments, names of events) adds nothing."""
        if not line.startswith(b"data:"):
            return ""
        self._has_begun = True
        told = line.removeprefix(b"data:").strip()
        if told == b"[DONE]":
            self.ended = True
            return ""
        try:
            return self._content(cast("dict[str, Any]", json.loads(told)))
        except (ValueError, LookupError, AttributeError, TypeError, RecursionError):
            raise NoReply("connection") from None

    def _content(self, chunk: dict[str, Any]) -> str:
        if chunk.get("error"):
            raise NoReply("connection")  # it had begun to answer: too late for a status
        choices: list[dict[str, Any]] = chunk.get("choices") or [{}]  # a chunk that counts tokens has none
        first = choices[0]
        self.ended = bool(first.get("finish_reason"))
        # Some that do not know how to send pieces send all of it as one.
        added: dict[str, Any] = first.get("delta") or first.get("message") or {}
        content = added.get("content")
        return content if isinstance(content, str) else ""

    def _complete(self, text: str) -> str:
        """The text without the half of a character at its end, which waits for the other."""
        text, self._half = self._half + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        try:
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            raise NoReply("connection") from None
