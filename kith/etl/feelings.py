"""VADER as what tells the feeling in a few words, loaded when it is first asked."""

from threading import Lock
from typing import Protocol, cast

__all__ = ["Feeling"]

LONGEST_TEXT = 2_000
"""Characters of a text that are looked at."""

EVERYDAY = {
    "addictive": 1.5,
    "blurry": -1.3,
    "bland": -1.5,
    "broke": -1.6,
    "brilliant": 2.8,
    "bumpy": -1.0,
    "buggy": -1.7,
    "comfy": 1.8,
    "cosy": 1.8,
    "crisp": 1.0,
    "delicious": 2.7,
    "dull": -1.5,
    "expensive": -1.2,
    "flimsy": -1.7,
    "leaks": -1.6,
    "loud": -0.8,
    "noisy": -1.4,
    "overpriced": -1.9,
    "overrated": -1.8,
    "pricey": -1.0,
    "reliable": 1.9,
    "rubbish": -2.2,
    "slow": -1.3,
    "spotless": 1.8,
    "stale": -1.5,
    "sturdy": 1.5,
    "tasteless": -1.9,
    "tasty": 2.2,
    "unreliable": -1.9,
    "yum": 2.2,
    "yummy": 2.4,
}
"""What VADER's own list lacks: words for the things of every day, rated on its scale from -4 to 4."""


class _Analyzer(Protocol):
    """What is used of VADER's `SentimentIntensityAnalyzer`, which comes without types."""

    lexicon: dict[str, float]

    def polarity_scores(self, text: str) -> dict[str, float]: ...


class Feeling:
    """Scores the feeling in a text, from -1 to 1; 0 where it shows none. Any thread may call."""

    def __init__(self) -> None:
        self._loading = Lock()
        self._analyzer: _Analyzer | None = None

    def __call__(self, text: str) -> float:
        with self._loading:
            if self._analyzer is None:
                self._analyzer = _load()
        return self._analyzer.polarity_scores(text[:LONGEST_TEXT])["compound"]


def _load() -> _Analyzer:
    from importlib import import_module

    # "no" turns the word after it, but is no bad word by itself: "thirty people, no phones"
    analyzer = cast("_Analyzer", import_module("vaderSentiment.vaderSentiment").SentimentIntensityAnalyzer())
    analyzer.lexicon.update({word: rating for word, rating in EVERYDAY.items() if word not in analyzer.lexicon})
    analyzer.lexicon.pop("no", None)
    return analyzer
