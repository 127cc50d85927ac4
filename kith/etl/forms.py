"""What a JSON value holds: one record, or conversations and their messages, which inherit what stands around them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from kith.etl.json_text import encoding_problem, flaw_in, text_of
from kith.persona.identity import Json
from kith.persona.records import MAX_RAW_BYTES, MAX_RECORD_BYTES, Problem, Raw

__all__ = ["TOO_LARGE", "Place", "index_in", "is_too_long", "records_in"]

CONTAINERS: Final[dict[str, str]] = {"conversations": "conversation", "messages": "message"}
"""Lists that hold records, from the outside in, and what one of their elements is called."""
LAST: Final = re.compile(rf"(?:{'|'.join(CONTAINERS.values())}) (\d+)$")
TOO_LARGE: Final = Problem("too_large", f"the record has more than {MAX_RECORD_BYTES:,} bytes; split it")
INSIDE: Final[dict[str, tuple[str, ...]]] = {"conversations": ("messages",), "messages": ()}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: in which source and at what position, and in which conversations."""

    source: str
    position: str = ""
    """Empty for what is alone in its source."""
    may_hold: tuple[str, ...] = tuple(CONTAINERS)
    """Names of the lists that are containers here."""
    conversations: tuple[Mapping[str, Json], ...] = ()
    index: int = 0

    def inside(self, container: str, fields: Mapping[str, Json], index: int) -> "Place":
        """The place of an element of a container that stands beside these fields."""
        position = f"{CONTAINERS[container]} {index + 1}"
        return Place(
            source=self.source,
            position=f"{self.position}, {position}" if self.position else position,
            may_hold=INSIDE[container],
            conversations=(*self.conversations, fields),
            index=index,
        )

    def raw(self, text: str, value: Json = None, problem: Problem | None = None) -> Raw:
        """One record that stands here."""
        return Raw(
            source=self.source,
            position=self.position or "item 1",
            text=text[:MAX_RAW_BYTES],
            value=value,
            problem=problem,
            conversations=self.conversations,
            index=self.index,
        )


def index_in(position: str) -> int:
    """A record's place in its conversation, from 0, by its position; 0 where it stands in none."""
    last = LAST.search(position)
    return 0 if last is None else int(last[1]) - 1


def records_in(
    value: Json, place: Place, *, text: str, flawed: bool = False, problem: Problem | None = None
) -> Iterator[Raw]:
    """The records that a value holds. `flawed`: it may have what `flaw_in` finds; `problem` is that of all of them."""
    held: list[str] = []
    if isinstance(value, dict):
        held = [name for name in place.may_hold if isinstance(value.get(name), list)]
    if not isinstance(value, dict) or not held:
        yield place.raw(text, value, problem or _problem_of(value, text, flawed=flawed))
        return
    if flawed and problem is None:
        problem = flaw_in(value, beside=held)
    fields = {name: inner for name, inner in value.items() if name not in held}
    for name in held:
        elements = value[name]
        for index, element in enumerate(elements if isinstance(elements, list) else ()):
            inner = place.inside(name, fields, index)
            yield from records_in(element, inner, text=text_of(element), flawed=flawed, problem=problem)


def _problem_of(value: Json, text: str, *, flawed: bool) -> Problem | None:
    if is_too_long(text):
        return TOO_LARGE
    return (flaw_in(value) if flawed else None) or encoding_problem(text)


def is_too_long(text: str) -> bool:
    """Whether a record of this text has more bytes than are taken."""
    if len(text) <= MAX_RECORD_BYTES // 4:
        return False
    return len(text) > MAX_RECORD_BYTES or len(text.encode(errors="surrogatepass")) > MAX_RECORD_BYTES
