"""The embedder that needs no model: hashed words and letter groups, for tests and for benches of stores."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from kith.persona.embedding import ModelCard, Vectors

__all__ = ["HashEmbedder"]

RECIPE = "kith hash 1: NFKC, casefold; words x2, groups of 3 and 4 (and 2 outside ASCII) x1; crc32, signed"
WORD_WEIGHT = 2
GROUPS = (3, 4)
LONGEST_WORD = 64
"""A run of letters is hashed in pieces of this length: scripts without spaces are one run a sentence."""
CHUNK = 2048

_words = re.compile(r"\w+").findall


@dataclass(frozen=True, slots=True)
class HashEmbedder:
    """Texts that share words and letter groups are near each other; meaning is not known to it.

    Sums are of whole numbers, so a text has the same vector to the last bit on any machine and in any company.
    """

    dimension: int = 384

    @property
    def card(self) -> ModelCard:
        """The recipe stands where a model has the digest of its weights."""
        return ModelCard(name="hash", digest=sha256(RECIPE.encode()).hexdigest(), dimension=self.dimension)

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = np.empty((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), CHUNK):
            part = texts[start : start + CHUNK]
            rows[start : start + len(part)] = self._embed(part)
        return rows

    def _embed(self, texts: Sequence[str]) -> Vectors:
        known: dict[str, list[int]] = {}
        counted: list[int] = []
        hashes: list[list[int]] = []
        for text in texts:
            found = [known.get(word) or known.setdefault(word, _hashes(word)) for word in _words(_plain(text))]
            hashes.extend(found)
            counted.append(sum(map(len, found)))
        flat: NDArray[np.int64] = np.fromiter(chain.from_iterable(hashes), dtype=np.int64, count=sum(counted))
        of_text = np.repeat(np.arange(len(texts)), counted)
        signs = 1 - 2 * (flat & 1)
        cells = of_text * self.dimension + (flat >> 1) % self.dimension
        sums = np.bincount(cells, weights=signs, minlength=len(texts) * self.dimension)
        rows = sums.reshape(len(texts), self.dimension)
        for bare in np.flatnonzero(~rows.any(axis=1)).tolist():
            rows[bare, crc32(_octets(texts[bare])) % self.dimension] = 1
        return (rows / np.sqrt(np.square(rows).sum(axis=1, keepdims=True))).astype(np.float32)


def _plain(text: str) -> str:
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold()


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _hashes(word: str) -> list[int]:
    """One hash for each feature of a word, the word's own as often as it weighs."""
    found: list[int] = []
    for start in range(0, len(word), LONGEST_WORD):
        piece = word[start : start + LONGEST_WORD]
        found += [crc32(_octets(piece))] * WORD_WEIGHT
        framed = f"<{piece}>"
        sizes = GROUPS if piece.isascii() else (2, *GROUPS)
        found += [
            crc32(_octets(framed[at : at + size])) for size in sizes for at in range(max(0, len(framed) - size + 1))
        ]
    return found
