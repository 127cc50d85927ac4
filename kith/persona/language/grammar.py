"""A text as a parser understood it: words, how they hang together, and the names among them."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Named", "Parse", "Parser", "Word"]


@dataclass(frozen=True, slots=True)
class Word:
    """One token. `pos` is its universal part of speech, `tag` the Penn Treebank's; `relation` (nsubj, dobj, neg) says
    what it is to the word at `head`. The head of a sentence is its own, as ROOT."""

    place: int
    text: str
    lemma: str
    """In lower case, but for names."""
    pos: str
    tag: str
    relation: str
    head: int
    start: int
    """Where it begins in the text, in characters."""
    lower: str = field(init=False, repr=False, compare=False)
    """The text in lower case, with a plain apostrophe: rules ask for it again and again."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "lower", self.text.lower().replace("\u2019", "'"))

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Named:
    """A run of words that names something, `first` to before `end`, and what kind of thing the model takes it for
    (PERSON, GPE, LOC, FAC, ORG, NORP, PRODUCT, WORK_OF_ART, EVENT, LANGUAGE, …)."""

    label: str
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Parse:
    """A text's words. `sentences` are ranges of words, in order and without gaps."""

    text: str
    words: tuple[Word, ...]
    named: tuple[Named, ...] = ()
    sentences: tuple[tuple[int, int], ...] = ()
    _children: tuple[tuple[int, ...], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        children: list[list[int]] = [[] for _ in self.words]
        for word in self.words:
            if word.head != word.place:
                children[word.head].append(word.place)
        object.__setattr__(self, "_children", tuple(map(tuple, children)))

    def head(self, word: Word) -> Word:
        return self.words[word.head]

    def children(self, word: Word, *relations: str) -> list[Word]:
        """Words that hang on this one, in order; only those of these relations, where any are named."""
        found = (self.words[place] for place in self._children[word.place])
        return [one for one in found if not relations or one.relation in relations]

    def subtree(self, word: Word) -> list[Word]:
        """The word and all that hangs on it, in order."""
        places, waiting = [word.place], [word.place]
        while waiting:
            below = self._children[waiting.pop()]
            places += below
            waiting += below
        return [self.words[place] for place in sorted(places)]

    def ancestors(self, word: Word) -> Iterator[Word]:
        """From its head up to the root."""
        while word.head != word.place:
            word = self.words[word.head]
            yield word

    def sentence(self, word: Word) -> tuple[int, int]:
        """The range of words of its sentence."""
        return self.sentences[bisect_right(self.sentences, word.place, key=lambda span: span[0]) - 1]

    def said(self, words: Sequence[Word]) -> str:
        """The text from the first of these words to the last one, as it was written."""
        return self.text[words[0].start : words[-1].end] if words else ""


class Parser(Protocol):
    """Parses English. One `Parse` per text, in the order given; the same text gives the same parse."""

    @property
    def version(self) -> str: ...

    def parse(self, texts: Sequence[str]) -> list[Parse]: ...
