"""BM25 over a pool, by the pool's own statistics. A text that weighs four is there as if four times."""

import importlib
import re
from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "Weighted", "bm25", "stems"]

Floats: TypeAlias = NDArray[np.float64]
Weighted: TypeAlias = tuple[str, float]
"""A text, and how often it is taken to stand there."""

_WORDS = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


class _Stemmer(Protocol):
    def stemWords(self, words: Sequence[str]) -> list[str]: ...


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.casefold().replace("\u2019", "'"))


def _stemmer() -> _Stemmer:
    """One of its own for each call, as no two threads may share one; it costs less than a word."""
    return cast(_Stemmer, importlib.import_module("Stemmer").Stemmer("english"))


def stems(text: str) -> list[str]:
    """The words of a text, stemmed, in order."""
    return _stemmer().stemWords(_words(text))


def bm25(query: str, pool: Sequence[Sequence[Weighted]], *, k1: float, b: float) -> Floats:
    """How well each text of the pool, given as weighted parts, has the words of the query; each word counts once."""
    terms = list(dict.fromkeys(stems(query)))
    if not terms or not pool:
        return np.zeros(len(pool))
    places: dict[str, int] = {}
    for parts in pool:
        for text, _ in parts:
            places.setdefault(text, len(places))
    counts, lengths = _counted(places, terms)
    rows = np.repeat(np.arange(len(pool)), [len(parts) for parts in pool])
    columns = np.array([places[text] for parts in pool for text, _ in parts], dtype=np.intp)
    weights = np.array([weight for parts in pool for _, weight in parts], dtype=np.float64)
    return _scored(
        _summed(weights[:, None] * counts[columns], rows, len(pool)),
        _summed(weights * lengths[columns], rows, len(pool)),
        k1=k1,
        b=b,
    )


def _summed(values: Floats, rows: NDArray[np.intp], count: int) -> Floats:
    """The sums of what belongs to each row. Not by a product of matrices, which would wake all cores for so little."""
    sums = np.zeros((count, *values.shape[1:]))
    np.add.at(sums, rows, values)
    return sums


def _counted(texts: Mapping[str, int], terms: Sequence[str]) -> tuple[Floats, Floats]:
    """How often each text has each term, and how many words it has."""
    split = [_words(text) for text in texts]
    known = _known({word for words in split for word in words}, terms)
    counts = np.zeros((len(split), len(terms)))
    for row, words in enumerate(split):
        for word in words:
            if word in known:
                counts[row, known[word]] += 1
    return counts, np.array([len(words) for words in split], dtype=np.float64)


def _known(vocabulary: set[str], terms: Sequence[str]) -> dict[str, int]:
    """The words whose stem is a term, with its place. Only words that begin like one are stemmed: that is most of the
    time saved. A stem begins with its word's first two letters, but for a y that becomes an i (dying, die)."""
    places = {term: place for place, term in enumerate(terms)}
    beginnings = {_beginning(term) for term in terms}
    alike = sorted(word for word in vocabulary if _beginning(word) in beginnings)
    stemmed = zip(alike, _stemmer().stemWords(alike), strict=True)
    return {word: places[stem] for word, stem in stemmed if stem in places}


def _beginning(word: str) -> str:
    return word[:2].replace("y", "i")


def _scored(frequencies: Floats, lengths: Floats, *, k1: float, b: float) -> Floats:
    """BM25 with an inverse document frequency that is never negative."""
    holding = (frequencies > 0).sum(axis=0)
    rarity = np.log1p((len(frequencies) - holding + 0.5) / (holding + 0.5))
    mean = lengths.mean()
    relative = lengths / mean if mean > 0 else np.ones(len(lengths))
    damping = k1 * (1 - b + b * relative)
    return (frequencies * (k1 + 1) / (frequencies + damping[:, None]) * rarity).sum(axis=1)
