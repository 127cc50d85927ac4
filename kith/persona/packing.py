"""What fits into a prompt: facts, intents, entities and messages packed into a budget of tokens, whole pieces only."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from kith.persona.activation import Activated
from kith.persona.evidence import Wants
from kith.persona.model import Fact, Message
from kith.persona.prompt_text import FRAME, HEADINGS, Known, Piece, Surface, as_named, line, prompt_text

__all__ = ["Offered", "Packed", "Scored", "pack"]

Count: TypeAlias = Callable[[str], int]
T = TypeVar("T")

KNOWN_SHARE = 0.5
"""Of the budget, for all that is no message: a person of whom much is known still gets to be quoted. What is left out
for that gets what the messages leave. The fact that matters most takes what it needs: an old message must not stand
where what holds now found no room."""


@dataclass(frozen=True, slots=True)
class Scored(Generic[T]):
    """A piece, and how much it matters here."""

    piece: T
    score: float


@dataclass(frozen=True, slots=True)
class Offered:
    """What could be shown, in any order."""

    facts: Sequence[Scored[Fact]] = ()
    intents: Sequence[Wants] = ()
    entities: Sequence[Activated] = ()
    messages: Sequence[Scored[Message]] = ()


@dataclass(frozen=True, slots=True)
class Packed:
    """What is shown, its text for a prompt, and the tokens of that text."""

    known: Known
    text: str
    tokens: int


def pack(offered: Offered, *, budget: int, count: Count, surface: Surface = as_named) -> Packed:
    """As much as fits: facts, intents and entities first, then messages, each by what matters most.

    The text never counts more than the budget. A piece that is too long for what is left is passed over: shorter
    ones after it may still fit. Facts and messages are shown in order of time, the rest by what matters most.
    """
    room = _Room(budget=budget, count=count, surface=surface)
    about = list(_about(offered))
    first, _ = room.fill([piece for piece in about[:1] if isinstance(piece, Fact)], upto=budget)
    rest, passed_over = room.fill(about[len(first) :], upto=int(budget * KNOWN_SHARE))
    held = [*first, *rest]
    said, _ = room.fill(_said(offered.messages), upto=budget)
    more, _ = room.fill(passed_over, upto=budget)
    chosen = [*held, *said, *more]
    while True:
        known = _in_order(chosen)
        text = prompt_text(known, surface=surface)
        tokens = count(text)
        if tokens <= budget or not chosen:
            return Packed(known, text, tokens)
        chosen.pop()  # a tokenizer may make more of lines together than of each: what matters least goes


class _Room:
    """What is left of a budget, judged line by line: the whole text is counted once, at the end."""

    def __init__(self, *, budget: int, count: Count, surface: Surface) -> None:
        self._count = count
        self._surface = surface
        self._left = budget - count(f"{FRAME}\n")
        self._budget = budget
        self._headed: set[type[Piece]] = set()

    def fill(self, pieces: Iterable[Piece], *, upto: int) -> tuple[list[Piece], list[Piece]]:
        """The pieces that still fit when this much of the budget may be used, and those that don't."""
        kept: list[Piece] = []
        passed_over: list[Piece] = []
        for piece in pieces:
            room = self._left - (self._budget - upto)
            if room > 0 and (cost := self._cost(piece, most=room)) <= room:
                self._left -= cost
                self._headed.add(type(piece))
                kept.append(piece)
            else:
                passed_over.append(piece)
        return kept, passed_over

    def _cost(self, piece: Piece, *, most: int) -> int:
        """Of its line, and of its heading where it is the first of its kind; of what is beyond `most`, just that."""
        heading = "" if type(piece) in self._headed else f"{HEADINGS[type(piece)]}\n"
        text = f"{heading}{line(piece, surface=self._surface)}\n"
        words = len(text.split())  # no word costs nothing, and to count them is soon done
        return words if words > most else self._count(text)


def _about(offered: Offered) -> Iterator[Piece]:
    """All that is no message, what matters most first, each once."""
    facts = sorted(offered.facts, key=lambda one: (-one.score, -one.piece.since, one.piece.id))
    yield from _once((one.piece for one in facts), by=lambda fact: fact.id)
    yield from sorted(set(offered.intents), key=_latest)
    yield from sorted(set(offered.entities), key=_most_active)


def _said(messages: Iterable[Scored[Message]]) -> Iterator[Message]:
    """Messages that say something, the best first, of equals the latest, each once."""
    ranked = sorted(messages, key=lambda one: (one.score, one.piece.timestamp, one.piece.key), reverse=True)
    yield from _once((one.piece for one in ranked if one.piece.text), by=lambda message: message.key)


def _once(pieces: Iterable[T], *, by: Callable[[T], str]) -> Iterator[T]:
    """The first of each name."""
    met: set[str] = set()
    for piece in pieces:
        if by(piece) not in met:
            met.add(by(piece))
            yield piece


def _in_order(chosen: Iterable[Piece]) -> Known:
    """As they are shown."""
    facts: list[Fact] = []
    intents: list[Wants] = []
    entities: list[Activated] = []
    messages: list[Message] = []
    for piece in chosen:
        match piece:
            case Fact():
                facts.append(piece)
            case Wants():
                intents.append(piece)
            case Activated():
                entities.append(piece)
            case Message():
                messages.append(piece)
    return Known(
        facts=tuple(sorted(facts, key=lambda fact: (fact.since, fact.id))),
        intents=tuple(sorted(intents, key=_latest)),
        entities=tuple(sorted(entities, key=_most_active)),
        messages=tuple(sorted(messages, key=lambda message: (message.timestamp, message.key))),
    )


def _latest(wanted: Wants) -> tuple[int, str, int]:
    return (-wanted.last, wanted.intent, wanted.count)


def _most_active(one: Activated) -> tuple[float, str, str]:
    return (-one.activation, one.entity.name, one.entity.type)
