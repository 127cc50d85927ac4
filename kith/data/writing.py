"""How a person writes: what becomes of a sentence between the head and the keyboard."""

import re
from typing import Final

from kith.data.grammar import Dice
from kith.data.people import Habits
from kith.data.topics import Voice

__all__ = ["capitalised", "lowered", "written"]

SENTENCE: Final = re.compile(r"(?:^|(?<=[^.][.!?] )|(?<=: '))[a-zäöüéà]")
SPACES: Final = re.compile(r" +(?= |[,.](?: |$))")


def capitalised(text: str) -> str:
    """The text with a capital at the start of each sentence, and single spaces."""
    return SPACES.sub("", SENTENCE.sub(_upper, text.strip()))


def lowered(text: str, voice: Voice) -> str:
    """The text with a small first letter, where its first word is no name."""
    first = text.partition(" ")[0].rstrip(",.!?:").lower().partition("'")[0]
    return text[0].lower() + text[1:] if first in voice.openers else text


def _upper(found: re.Match[str]) -> str:
    return found[0].upper()


def written(text: str, *, habits: Habits, emoji: tuple[str, ...], voice: Voice, dice: Dice) -> str:
    """The text as this person types it. Names stay as they are, so that they can be found."""
    text = capitalised(text)
    if habits.lowercase and dice.chance(0.8):
        text = lowered(text, voice)
    if dice.chance(0.02):
        text = _filled(text, dice.pick(voice.fillers))
    if habits.typos and dice.chance(habits.typos):
        text = _mistyped(text, dice)
    if text[-1] == "." and not text.endswith("..") and dice.chance(habits.no_full_stop):
        text = text[:-1]
    elif text[-1] in "!?" and dice.chance(habits.doubles_marks):
        text += text[-1]
    if habits.emoji and dice.chance(habits.emoji):
        text = f"{text} {dice.pick(emoji)}"
    return text


def _filled(text: str, filler: str) -> str:
    """With a word that means nothing before the last full stop."""
    return f"{text[:-1]}{filler}." if text[-1] == "." else text


def _mistyped(text: str, dice: Dice) -> str:
    """With two letters swapped in one word of small letters."""
    words = text.split(" ")
    at = dice.below(len(words))
    word = words[at]
    if len(word) < 5 or not word.islower() or not word.isalpha():
        return text
    cut = 1 + dice.below(len(word) - 2)
    words[at] = word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :]
    return " ".join(words)
