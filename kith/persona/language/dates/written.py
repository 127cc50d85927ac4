"""A text made ready for patterns: small letters, plain apostrophes, every character in its place."""

import re
from dataclasses import dataclass

__all__ = ["Written", "listed", "pattern"]


@dataclass(frozen=True, slots=True)
class Written:
    """A text as it was written, and for patterns."""

    text: str
    lower: str

    @classmethod
    def of(cls, text: str) -> "Written":
        lower = text.lower()
        if len(lower) != len(text):
            lower = "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)
        return cls(text, lower.replace("\u2019", "'"))

    def capital(self, place: int) -> bool:
        return self.text[place].isupper()


def listed(words: str) -> list[str]:
    """Words, in order."""
    return words.split()


def pattern(template: str) -> re.Pattern[str]:
    """A pattern in which a space stands for any run of blanks."""
    return re.compile(template.replace(" ", r"\s+"))
