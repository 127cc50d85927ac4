"""Texts with choices in them: `[a|b|]` is one of its options, `{slot}` a word that stays the same in a conversation."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import TypeAlias, TypeVar

__all__ = ["Choice", "Dice", "Parts", "Slot", "Words", "compiled", "expand", "slots_of"]

Thing = TypeVar("Thing")
TOKEN = re.compile(r"[\[\]|]|\{\w+\}|[^\[\]|{}]+")


class Dice:
    """Draws that are the same for the same names on any machine: all of them come from `Random.random` alone."""

    __slots__ = ("roll",)

    def __init__(self, *names: int | str) -> None:
        self.roll = Random("/".join(map(str, names))).random  # noqa: S311 - made-up people need no secrets

    def chance(self, share: float) -> bool:
        """True in this share of the calls."""
        return self.roll() < share

    def below(self, bound: int) -> int:
        """A whole number from 0 up to, and without, the bound."""
        return int(self.roll() * bound)

    def between(self, low: float, high: float) -> float:
        """A number in this range."""
        return low + self.roll() * (high - low)

    def pick(self, things: "list[Thing] | tuple[Thing, ...]") -> Thing:
        """One of the things."""
        return things[int(self.roll() * len(things))]

    def some(self, things: "list[Thing] | tuple[Thing, ...]", count: int) -> tuple[Thing, ...]:
        """So many of the things, each at most once."""
        rest = list(things)
        return tuple(rest.pop(self.below(len(rest))) for _ in range(min(count, len(rest))))


@dataclass(frozen=True, slots=True)
class Slot:
    """A word to be filled in. `base` is the list it comes from: `place2` is another `place`."""

    name: str
    base: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several texts."""

    options: "tuple[Parts, ...]"


Parts: TypeAlias = "tuple[str | Slot | Choice, ...]"
Words: TypeAlias = Mapping[str, tuple[Parts, ...]]


def compiled(text: str) -> Parts:
    """The parts of a text. Raises ValueError where its brackets do not match."""
    tokens = TOKEN.findall(text)
    if "".join(tokens) != text or tokens.count("[") != tokens.count("]"):
        raise ValueError(
            f"{text!r} has a bracket too many or too few: write [a|b] for a choice and {{word}} for a slot"
        )
    return _parts(iter(tokens))[0]


def _parts(tokens: Iterator[str]) -> tuple[Parts, str]:
    """What stands before the next `|` or `]` of this level, and which of them ended it."""
    parts: list[str | Slot | Choice] = []
    for piece in tokens:
        if piece == "[":
            options: list[Parts] = []
            end = "|"
            while end == "|":
                option, end = _parts(tokens)
                options.append(option)
            parts.append(Choice(tuple(options)))
        elif piece in ("|", "]"):
            return tuple(parts), piece
        elif piece[0] == "{":
            parts.append(Slot(piece[1:-1], piece[1:-1].rstrip("0123456789")))
        else:
            parts.append(piece)
    return tuple(parts), ""


def slots_of(parts: Parts, words: Words) -> frozenset[str]:
    """The slots that a text needs and that no list of words can fill."""
    needed: set[str] = set()
    for part in parts:
        if isinstance(part, Slot):
            if part.base in words:
                needed.update(*(slots_of(word, words) for word in words[part.base]))
            else:
                needed.add(part.name)
        elif isinstance(part, Choice):
            needed.update(*(slots_of(option, words) for option in part.options))
    return frozenset(needed)


def expand(parts: Parts, said: dict[str, str], *, words: Words, dice: Dice) -> str:
    """The text with its choices made. What is filled in is kept in `said`, for the rest of the conversation."""
    out = ""
    for part in parts:
        if isinstance(part, str):
            out += part
        elif isinstance(part, Choice):
            out += expand(dice.pick(part.options), said, words=words, dice=dice)
        elif part.name in said:
            out += said[part.name]
        else:
            out += _fill(part, said, words=words, dice=dice)
    return out


def _fill(slot: Slot, said: dict[str, str], *, words: Words, dice: Dice) -> str:
    """A word for the slot: another one than its base has, if there is another."""
    choices = words[slot.base]
    at = dice.below(len(choices))
    word = expand(choices[at], said, words=words, dice=dice)
    if slot.name != slot.base and word == said.get(slot.base):
        word = expand(choices[(at + 1) % len(choices)], said, words=words, dice=dice)
    said[slot.name] = word
    return word
