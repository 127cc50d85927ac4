"""Reads JSON documents of any size, record by record: arrays, conversations, objects; also several in a row."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from kith.etl.decoding import Unreadable
from kith.etl.forms import TOO_LARGE, Place, records_in
from kith.etl.json_text import NotJson, flaw_in
from kith.etl.window import Window
from kith.persona.identity import Json
from kith.persona.record_fields import shown
from kith.persona.record_names import COMMON_NAMES
from kith.persona.records import MAX_RECORD_BYTES, Problem, Raw
from kith.stores.ledger_port import SourceMark

__all__ = ["DocumentReader", "values_in"]

HELD_CHARACTERS: Final = 8 * 1024 * 1024
"""How much of a conversation is held back while fields that its messages inherit may still follow them."""


class DocumentReader:
    """Records of a source that is not made of lines. It is read as a whole, or again from its start."""

    def __init__(self, chunks: Iterator[bytes], source: str) -> None:
        self._chunks = chunks
        self._source = source
        self._digest = blake2b()
        self._size = 0
        self._finished = False

    def records(self) -> Iterator[Raw]:
        """All records; where the text can't be read on, one more that says why."""
        window = Window(self._hashed())
        place = Place(self._source)
        try:
            for place in _places(window, self._source):
                yield from values_in(window, place)
        except (NotJson, Unreadable) as error:
            problem = error.problem
            detail = problem.detail if "not read" in problem.detail else f"{problem.detail}. The rest was not read"
            yield place.raw(window.head(), problem=Problem(problem.code, detail))
        else:
            self._finished = True

    def mark(self) -> SourceMark:
        """All of the source, once all of it has been read without fault; before that, its very start."""
        if self._finished:
            return SourceMark(self._source, self._size, self._digest.hexdigest(), finished=True)
        return SourceMark(self._source, 0, blake2b().hexdigest(), finished=False)

    def _hashed(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._digest.update(chunk)
            self._size += len(chunk)
            yield chunk


def _places(window: Window, source: str) -> Iterator[Place]:
    """The place of each value at the top, and of each element of an array there, as the window comes to it."""
    item = 0
    while following := window.peek():
        if following == "[":
            for _ in _elements(window):
                item += 1
                yield Place(source, f"item {item}")
        else:
            item += 1
            yield Place(source, "" if item == 1 else f"item {item}")


def values_in(window: Window, place: Place) -> Iterator[Raw]:
    """The records in the next value, which stands at this place. Raises `NotJson` where the text is none."""
    decoded = window.value()
    if decoded is None and window.peek() == "{":
        yield from _long_object(window, place)
    elif decoded is None:
        text = window.head()
        window.skip()
        yield place.raw(text, problem=TOO_LARGE)
    elif decoded.problem is not None:
        yield place.raw(decoded.text, problem=decoded.problem)
    else:
        yield from records_in(decoded.value, place, text=decoded.text, flawed=decoded.flawed)


def _elements(window: Window) -> Iterator[int]:
    """Comes to each element of an array in turn, and leaves it to be passed."""
    window.take("[")
    if window.peek() == "]":
        window.take("]")
        return
    index = 0
    while True:
        yield index
        index += 1
        if window.take(",]") == "]":
            return


def _names(window: Window) -> Iterator[str]:
    """Comes to the value of each name of an object in turn, and leaves it to be passed."""
    window.take("{")
    if window.peek() == "}":
        window.take("}")
        return
    while True:
        name = window.value() if window.peek() == '"' else None
        if name is None or not isinstance(name.value, str):
            raise NotJson("malformed", "the text is not JSON: a name in quotes is due", 0)
        window.take(":")
        yield name.value
        if window.take(",}") == "}":
            return


@dataclass(slots=True)
class _LongObject:
    """An object that is too long for a record: a conversation, if it holds a container."""

    place: Place
    start: int
    head: str
    fields: dict[str, Json] = field(default_factory=dict[str, Json])
    problems: list[Problem] = field(default_factory=list[Problem])
    held: list[Raw] = field(default_factory=list[Raw])
    holding: bool = True
    container: str = ""

    def records(self, window: Window) -> Iterator[Raw]:
        try:
            for name in _names(window):
                if name in self.place.may_hold and window.peek() == "[":
                    self.container = name
                    yield from self._contained(window, name)
                else:
                    self._take_field(window, name)
        except (NotJson, Unreadable):
            yield from self.held
            raise
        yield from self.held
        for problem in self.problems if self.container else [TOO_LARGE]:
            yield self.place.raw(self.head, problem=problem)

    def _contained(self, window: Window, name: str) -> Iterator[Raw]:
        """Records are held until it is known what they inherit, or until too much would be held."""
        for index in _elements(window):
            for raw in values_in(window, self.place.inside(name, self.fields, index)):
                if self.holding:
                    self.held.append(raw)
                else:
                    yield raw
            if self.holding and window.position - self.start > HELD_CHARACTERS:
                yield from self.held
                self.held.clear()
                self.holding = False

    def _take_field(self, window: Window, name: str) -> None:
        decoded = window.value()
        if decoded is None:
            window.skip()
            self.problems.append(
                Problem("too_large", f"{shown(name)} has more than {MAX_RECORD_BYTES:,} bytes; cut it")
            )
        elif decoded.problem is not None:
            self.problems.append(decoded.problem)
        elif name in self.fields:
            self.problems.append(Problem("bad_value", f"the name {shown(name)} stands twice in one object; keep one"))
        elif decoded.flawed and (flaw := flaw_in(decoded.value)) is not None:
            self.problems.append(flaw)
        elif self.holding:
            self.fields[name] = decoded.value
        elif name in COMMON_NAMES.of_conversation or self.container == "messages":
            late = f"{shown(name)} stands after too many of the messages that inherit it; put it before them"
            self.problems.append(Problem("bad_value", late))


def _long_object(window: Window, place: Place) -> Iterator[Raw]:
    return _LongObject(place, window.position, window.head()).records(window)
