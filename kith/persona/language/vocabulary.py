"""What everyday things are called, whoever writes it, and what kind of thing they are."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kith.persona.identity import Json, content_digest, nfc
from kith.persona.language.gate import opens_sentence
from kith.persona.model import Entity
from kith.persona.phrases import ARTICLES, entity_name, words_of

__all__ = ["Found", "Term", "Vocabulary", "singular_noun"]

GENERIC = frozenset({"thing", "activity", "product"})
"""Types that say little: where the vocabulary knows a thing, its own type is the better one."""


QUANTIFIERS = words_of("some any no all both many much more most few several another each every one two three")

AS_THEY_ARE = words_of(
    """
    always bus christmas gas headquarters jeans kansas lens mars mathematics maths news outdoors physics series species
    texas thermos trousers
    """
)
"""Words in -s that are no plurals."""

IRREGULAR = {
    "buses": "bus",
    "children": "child",
    "feet": "foot",
    "geese": "goose",
    "halves": "half",
    "knives": "knife",
    "leaves": "leaf",
    "lenses": "lens",
    "loaves": "loaf",
    "men": "man",
    "mice": "mouse",
    "people": "person",
    "shelves": "shelf",
    "teeth": "tooth",
    "wolves": "wolf",
    "women": "woman",
}

_WORD = re.compile(r"&|[^\W_]+(?:['\u2019&.][^\W_]+)*")
_POSSESSIVE = re.compile(r"['\u2019]s?$|(?<=s)['\u2019]$", re.IGNORECASE)
_GAP = re.compile(r"[ \t\u00a0\u2010-]{1,2}")


@dataclass(frozen=True, slots=True)
class Term:
    """A thing: what it is called, its type, and what else it is called.

    A name or an alias in small letters stands for itself in any case; one with a capital is found only as it is
    written. A `quiet` one is known by its name, but not looked for in texts; its aliases are.
    """

    name: str
    type: str
    also: tuple[str, ...] = ()
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Where in a text an entity is named."""

    entity: Entity
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Sense:
    """What a run of words may stand for."""

    entity: Entity
    written: tuple[str, ...] | None
    """The words with the capitals that they must have, where they must have some."""
    sought: bool
    """Whether it is looked for in texts."""
    alias: bool

    def fits(self, words: list[re.Match[str]]) -> bool:
        if self.written is None:
            return True
        said = [_stripped(word[0]) for word in words]
        return all(word in (own, own + "s") for word, own in zip(said, self.written, strict=True))


class Vocabulary:
    """Terms, found by their words. Of two that claim the same words, the later one comes first."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._senses: dict[str, list[_Sense]] = {}
        self._longest: dict[str, int] = {}
        known: list[Json] = []
        for term in terms:
            known.append([term.name, term.type, list(term.also), term.quiet])
            entity = Entity(type=term.type, name=entity_name(term.name))
            for at, name in enumerate((term.name, *term.also)):
                self._add(name, entity, sought=not (term.quiet and at == 0), alias=at > 0)

        self.version = f"words-{content_digest(known)[:12]}"
        """Changes with any of the terms and their order."""

    def _add(self, name: str, entity: Entity, *, sought: bool, alias: bool) -> None:
        words = list(_WORD.finditer(nfc(name)))
        written = tuple(_stripped(word[0]) for word in words) if name != name.lower() else None
        sense = _Sense(entity, written, sought=sought, alias=alias)
        key, first = _key(words), _plain(words[0][0])
        others = [one for one in self._senses.get(key, []) if one.entity.type != entity.type or one.written != written]
        self._senses[key] = [sense, *others]
        if len(words) > 1:
            self._longest[first] = max(self._longest.get(first, 1), len(words))

    def find(self, text: str) -> list[Found]:
        """What is named in a text, in order: of names that overlap the longest, in the singular or in the plural."""
        words = list(_WORD.finditer(text))
        shouted = text.isupper() and len(words) > 1
        found: list[Found] = []
        at = 0
        while at < len(words):
            length, entity = self._at(text, words, at, shouted=shouted)
            if entity is not None:
                last = words[at + length - 1]
                found.append(Found(entity, words[at].start(), last.start() + len(_POSSESSIVE.sub("", last[0]))))
            at += length
        return found

    def _at(self, text: str, words: list[re.Match[str]], at: int, *, shouted: bool) -> tuple[int, Entity | None]:
        """How many words from here name an entity, and which."""
        most = _beside(text, words, at, self._longest.get(_plain(words[at][0]), 1))
        for length in range(most, 0, -1):
            run = words[at : at + length]
            for sense in self._senses.get(_key(run), ()):
                if sense.sought and sense.fits(run) and (sense.written is None or _meant(text, run, shouted=shouted)):
                    return length, sense.entity
        return 1, None

    def canonical(self, surface: str) -> tuple[str, str | None]:
        """What a thing is called whoever writes it, and its type where it is known.

        Without articles, possessives and quantifiers before it; in the singular, where it is no name.
        """
        sense = self._known(surface)
        bare = _without_lead(surface)
        sense = sense or self._known(bare)
        return (sense.entity.name, sense.entity.type) if sense else (_in_singular(bare), None)

    def entity(self, name: str, default_type: str) -> Entity:
        """A thing that a statement is about. The vocabulary's type counts where the statement's says little."""
        wanted = None if default_type in GENERIC else default_type
        sense = self._known(name, of_type=wanted)
        if sense is None or (default_type == "product" and sense.alias and sense.entity.type == "hobby"):
            return Entity(type=default_type, name=entity_name(name))
        return sense.entity

    def _known(self, surface: str, *, of_type: str | None = None) -> _Sense | None:
        """What a surface stands for: what is written just so, then in any case, then but for its capitals.

        Short forms in capitals are nothing without them ("us" is no country), unless the type is known to fit.
        """
        words = list(_WORD.finditer(surface))
        senses = [s for s in self._senses.get(_key(words), []) if of_type in (None, s.entity.type)] if words else []
        written = [sense for sense in senses if sense.written is not None and sense.fits(words)]
        anyhow = [sense for sense in senses if sense.written is None]
        named = [s for s in senses if of_type or (s.written is not None and not s.written[0].isupper())]
        return next(iter([*written, *anyhow, *named]), None)


def singular_noun(word: str) -> str:
    """A noun in the singular, as far as its letters tell. In lower case."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")) or word in AS_THEY_ARE:
        return word
    if word.endswith("ies") and len(word) > 4 and word not in ("cookies", "movies", "brownies", "smoothies", "selfies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes", "toes")) and word not in ("shoes", "toes", "caches"):
        return word[:-2]
    return word[:-1]


def _key(words: list[re.Match[str]]) -> str:
    *before, last = [_plain(word[0]) for word in words]
    return " ".join([*before, singular_noun(last)])


def _plain(word: str) -> str:
    return _stripped(word).casefold()


def _stripped(word: str) -> str:
    """A word without possessive and full stops: "U.S.'s" is "US"."""
    return _POSSESSIVE.sub("", word).replace(".", "") if not word.isalpha() else word


def _beside(text: str, words: list[re.Match[str]], at: int, most: int) -> int:
    """How many words from here stand beside each other, `most` at most."""
    length = 1
    while length < most and at + length < len(words):
        if not _GAP.fullmatch(text, words[at + length - 1].end(), words[at + length].start()):
            break
        length += 1
    return length


def _meant(text: str, run: list[re.Match[str]], *, shouted: bool) -> bool:
    """Whether the capitals of a run say that it is a name: not where any word would have them."""
    if run[0][0].isupper() and len(run[0][0]) > 1:
        return not shouted
    return len(run) > 1 or not opens_sentence(text, run[0].start())


def _without_lead(surface: str) -> str:
    """A surface without articles, possessives and quantifiers before it."""
    words = surface.split()
    while len(words) > 1 and (words[0].lower() in ARTICLES or words[0] in QUANTIFIERS):
        words = words[1:]
    return " ".join(words)


def _in_singular(surface: str) -> str:
    """Its name, with the last word in the singular unless that has a capital."""
    name = entity_name(surface)
    if not name or not surface.split()[-1].islower():
        return name
    *before, last = name.split()
    one = singular_noun(last)
    return " ".join([*before, one if one[-1].isalnum() else last])
