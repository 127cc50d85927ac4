"""py3langid as what tells the language of a text, loaded when it is first asked."""

from threading import Lock
from typing import Protocol, cast

__all__ = ["Tongue"]

FEWEST_LETTERS = 20
"""In a text with fewer letters, what looks like one language is too often another."""

LONGEST_TEXT = 2_000
"""Characters of a text that are looked at."""

SURE = 0.7
"""The least confidence, of 1, with which a language is named."""


class _Identifier(Protocol):
    """What is used of `py3langid.langid.LanguageIdentifier`."""

    def classify(self, text: str) -> tuple[str, float]: ...


class Tongue:
    """Says which language a text is in, as an ISO 639 code, or None where the text is too short or it is not sure.

    Any thread may call.
    """

    def __init__(self) -> None:
        self._loading = Lock()
        self._identifier: _Identifier | None = None

    def __call__(self, text: str) -> str | None:
        text = text[:LONGEST_TEXT]
        if sum(map(str.isalpha, text)) < FEWEST_LETTERS:
            return None
        with self._loading:
            if self._identifier is None:
                self._identifier = _load()
        language, confidence = self._identifier.classify(text)
        return language if confidence >= SURE else None


def _load() -> _Identifier:
    from importlib import import_module

    langid = import_module("py3langid.langid")  # comes without types
    return cast("_Identifier", langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True))
