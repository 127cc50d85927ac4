"""Whose a clause is: the person's who writes it (I, we), the person's in a text about them, or somebody else's."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from kith.persona.language.grammar import Parse, Word
from kith.persona.language.lexicon import KIN, KINDS_OF_MAN, KINDS_OF_WOMAN
from kith.persona.language.persons import folded

__all__ = ["People", "Whose"]

Whose: TypeAlias = Literal["i", "we", "them"]

_FIRST = frozenset({"i", "me", "im", "ive", "i'm", "i've", "i'd", "i'll", "myself"})
_WE = frozenset({"we", "us", "we're", "we've", "weve"})
_OURS = frozenset({"my", "our", "we"})
_THIRD = frozenset({"she", "he", "they", "her", "his", "their", "him"})
_PERSONAL = frozenset({"PRP", "PRP$"})
_SUBJECTS = ("nsubj", "nsubjpass")


@dataclass(frozen=True, slots=True)
class People:
    """Which words of a parse stand for the person."""

    parse: Parse
    theirs: frozenset[int]
    """Places of names and pronouns of the third person that mean them."""

    @classmethod
    def of(cls, parse: Parse, names: frozenset[str]) -> "People":
        """Finds the person's names, and the pronouns that follow up on them."""
        named = frozenset(_named(parse, names)) if names else frozenset[int]()
        return cls(parse, named | frozenset(_pronouns(parse, named)) if named else named)

    def whose(self, subjects: Iterable[Word]) -> Whose | None:
        """Whose a clause with these subjects is: with "my wife and I" ours."""
        found: Whose | None = None
        for word in subjects:
            joined = [word, *self._joined(word)]
            if any((one.lower in _WE or one.lower in _FIRST) and not _in_title(self.parse, one) for one in joined):
                first = len(joined) == 1 and word.lower in _FIRST
                return "i" if first else "we"
            if any(one.place in self.theirs for one in joined):
                found = "them"
            elif self._some_of_us(word):
                return "we"
        return found

    def possessor(self, noun: Word) -> Whose | None:
        """Whose something is: "my sister", "our dog", "Alice's husband", "her husband" in a text about Alice."""
        for poss in self.parse.children(noun, "poss", "nmod", "det", "compound", "amod", "dep"):
            if poss.lower in ("my", "our") and not _in_title(self.parse, poss):
                return "i" if poss.lower == "my" else "we"
            if poss.relation == "poss" and poss.place in self.theirs:
                return "them"
        if noun.relation in ("conj", "appos") and not self.parse.children(noun, "poss", "det"):
            head = self.parse.head(noun)
            return self.possessor(head) if head.pos in ("NOUN", "PROPN") else None
        return self._before(noun)

    def _before(self, noun: Word) -> Whose | None:
        """By the words in front of it, where the parse lost them."""
        place = noun.place - 1
        while place >= 0 and self.parse.words[place].pos in ("ADJ", "NUM", "NOUN") and noun.place - place < 4:
            if self.parse.words[place].pos == "NOUN" and self.parse.words[place].head != noun.place:
                return None
            place -= 1
        if place < 0 or _in_title(self.parse, self.parse.words[place]):
            return None
        before = self.parse.words[place].lower
        return "i" if before == "my" else "we" if before == "our" else None

    def _joined(self, word: Word) -> list[Word]:
        found = self.parse.children(word, "conj")
        return found + [deeper for one in found for deeper in self._joined(one)]

    def _some_of_us(self, word: Word) -> bool:
        """As in "Both of us", "all of us"."""
        inner = [one for of in self.parse.children(word, "prep") for one in self.parse.children(of, "pobj")]
        return word.lower in ("both", "all", "most", "two", "three") and any(one.lower == "us" for one in inner)


def _in_title(parse: Parse, word: Word) -> bool:
    """As in "I watched My Little Pony", "We Bought a Zoo is fun": a capital where none is due, before another."""
    following = parse.words[word.place + 1] if word.place + 1 < len(parse.words) else None
    if following is None or not word.text.istitle() or not following.text.istitle() or word.lower == "i":
        return False
    opens = word.place == parse.sentence(word)[0]
    return following.pos in ("VERB", "AUX") if opens else word.lower in _OURS


def _named(parse: Parse, names: frozenset[str]) -> Iterable[int]:
    whole = {tuple(name.split()) for name in names}
    longest = max(len(name) for name in whole)
    written = [folded(word.lower) for word in parse.words]
    for place in range(len(written)):
        for size in range(longest, 0, -1):
            if tuple(written[place : place + size]) in whole and _is_name(parse.words[place]):
                yield from range(place, place + size)
                following = place + size
                if following < len(written) and _surname(parse, following):
                    yield following
                break


def _is_name(word: Word) -> bool:
    """Not the verb or the month that a name may also be: "will", "may"."""
    return word.text[0].isupper() or word.pos == "PROPN"


def _surname(parse: Parse, place: int) -> bool:
    word = parse.words[place]
    return word.pos == "PROPN" and word.text[0].isupper() and parse.words[place - 1].head == place


def _pronouns(parse: Parse, named: frozenset[int]) -> Iterable[int]:
    """Pronouns after the person is spoken of, up to where they may mean somebody else."""
    spoken_of, others = False, set[str]()
    people = {place for one in parse.named if one.label == "PERSON" for place in range(one.first, one.end)}
    for word in parse.words:
        if word.place in named:
            spoken_of, others = True, set[str]()
        elif word.tag in _PERSONAL and word.lower in _THIRD:
            if spoken_of and not _may_mean(word.lower, others):
                yield word.place
        elif _somebody(word, parse, people):
            kin = parse.head(word) if word.relation == "appos" else word
            others.add(_kind(kin))


def _somebody(word: Word, parse: Parse, people: set[int]) -> bool:
    """Whether a pronoun behind this word may mean it."""
    if word.place in people:
        head = parse.head(word)
        return not (word.relation in ("compound", "poss") and head.place in people)
    return word.lemma.lower() in KIN or (word.relation in _SUBJECTS and word.lemma in ("boss", "friend", "colleague"))


def _kind(word: Word) -> str:
    lemma = word.lemma.lower()
    return "she" if lemma in KINDS_OF_WOMAN else "he" if lemma in KINDS_OF_MAN else "anyone"


def _may_mean(pronoun: str, others: set[str]) -> bool:
    kind = "she" if pronoun in ("she", "her") else "he" if pronoun in ("he", "his", "him") else "they"
    return "anyone" in others or kind in others
