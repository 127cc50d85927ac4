"""A question as it is searched for: without the names of those who talk, and with what it asks for besides."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from kith.persona.language.dates import Period
from kith.persona.language.dates.written import listed
from kith.persona.model import Message
from kith.persona.retrieval.cues import Asked, asked_for, periods_in
from kith.persona.retrieval.weights import METHOD, Method

__all__ = ["Question", "first_name", "read_question"]

_LETTERS = re.compile(r"[^\W\d_]+")
_NOT_AT_THE_END = re.compile(r"[\W\d_]+$")
_BEFORE_A_MARK = re.compile(r" (?=[?!.,;:])")
_WORDS_TOO = frozenset(
    listed("art bill can dawn faith grace hope ivy joy june mark may olive pat ray rich rob rose sunny sue violet will")
)
"""Names that are words as well: only with a capital, inside the sentence, are they somebody."""


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked. `searched` is what to embed and to look words up for."""

    text: str
    searched: str
    asked: int
    """When, in milliseconds UTC: what "last May" goes by."""
    person: str | None
    """Whose memory it is put to: a name, or a user id."""
    talking: tuple[str, ...]
    """Those who talk there, the person first, where known."""
    about: str | None
    """The first name of the one among them that the question names; None where it names nobody, or several."""
    wants: Asked
    periods: tuple[Period, ...]
    """Days, months and years that it names."""
    names_left_out: bool = True
    """Whether who talks there is not searched for."""

    def among(self, others: Iterable[str]) -> "Question":
        """The same question where these talk there too."""
        talking = _talking((*self.talking, *others))
        searched, about = _naming(self.text, talking, left_out=self.names_left_out)
        return replace(self, searched=searched, talking=talking, about=about)

    @property
    def is_of_its_person(self) -> bool:
        """Whether it names the person to whose memory it is put, and nobody else who talks there."""
        return self.person is not None and self.about == first_name(self.person)

    def wrote(self, message: Message) -> bool:
        """Whether the one that the question is about wrote a message. One without an author is the person's own."""
        author = message.author or (self.person if message.role == "user" else None)
        return self.about is not None and author is not None and first_name(author) == self.about


def first_name(name: str) -> str:
    """What somebody is told by: the first word of a name, or of a user id, in small letters and without digits."""
    found = _LETTERS.search(name)
    return found[0].casefold() if found else ""


def read_question(
    text: str, *, asked: int, person: str | None = None, others: Iterable[str] = (), method: Method = METHOD
) -> Question:
    """The question, put at this time to what is kept of `person`, who talked with `others`: names, or user ids."""
    talking = _talking((person, *others))
    searched, about = _naming(text, talking, left_out=method.names_left_out)
    return Question(
        text=text,
        searched=searched,
        asked=asked,
        person=person,
        talking=talking,
        about=about,
        wants=asked_for(text),
        periods=periods_in(text, asked=asked),
        names_left_out=method.names_left_out,
    )


def _talking(names: Iterable[str | None]) -> tuple[str, ...]:
    """Each name once."""
    return tuple(dict.fromkeys(name for name in names if name))


def _naming(text: str, talking: Iterable[str], *, left_out: bool) -> tuple[str, str | None]:
    """What to search for, and the first name of the only one of those who talk whom the text names."""
    places = [(*place, first_name(name)) for name in talking for place in _places(name, text)]
    about = {name for _, _, name in places}
    searched = _without(text, [(start, end) for start, end, _ in places]) if left_out else text
    return searched, about.pop() if len(about) == 1 else None


def _places(name: str, text: str) -> list[tuple[int, int]]:
    """Where a text has a name or its first word, with a possessive. A single letter is nobody."""
    first = first_name(name)
    if len(first) < 2:
        return []
    whole = re.escape(_NOT_AT_THE_END.sub("", name.strip()))
    found = re.finditer(rf"(?<!\w)(?:{whole}|{re.escape(first)})(?:['\u2019]s?)?(?!\w)", text, re.IGNORECASE)
    places = [match.span() for match in found]
    if first in _WORDS_TOO:
        return [(start, end) for start, end in places if text[start].isupper() and text[:start].strip()]
    return places


def _without(text: str, places: Iterable[tuple[int, int]]) -> str:
    """The text with these places left out; all of it where nothing else would be left."""
    kept, end = "", 0
    for start, stop in sorted(places):
        kept += text[end : max(start, end)]
        end = max(end, stop)
    kept = _BEFORE_A_MARK.sub("", " ".join((kept + text[end:]).split()))
    return kept if _LETTERS.search(kept) else text
