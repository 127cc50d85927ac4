"""How a fact's object is written: in the singular, as a gerund, by the name that a vocabulary has for it."""

from dataclasses import dataclass
from typing import Protocol

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import (
    IRREGULAR,
    PLURAL_ONLY,
    words_of,
)
from kith.persona.model import Entity

__all__ = ["ObjectNames", "Phrase", "gerund", "is_gerund", "singular"]

_DOUBLED = words_of(
    """
    begin bet cut dig drop drum fit forget get grab grin hit hop hug jog kid knit let nap pat pet plan plot put
    quit rap rob rub run rig set shop shut sip sit skim skip slip spin split spot stop strum swim tan tap tip trap
    travel trim trip win wrap chat drag flip hum jam log mop nod pin pop ship shred snap tag trek vlog blog
    """
)
_NOT_GERUNDS = words_of(
    """
    anything building ceiling clothing during earring evening everything king morning nothing painting pudding
    ring sibling something spring string swing thing wedding wing dumpling sterling duckling
    """
)


class ObjectNames(Protocol):
    """A vocabulary: what a thing is called whoever writes it, and what type it is."""

    def entity(self, name: str, default_type: str) -> Entity: ...


@dataclass(frozen=True, slots=True)
class Phrase:
    """An object as it is written in a fact, with the word that heads it."""

    name: str
    head: Word
    activity: bool = False


def singular(word: Word) -> str:
    """A common noun in the singular, in lower case; any other word as it is."""
    text = word.lower
    plural = word.tag == "NNS" or text == "nuts" or (word.tag in ("VB", "VBZ", "VBP") and text.endswith("s"))
    if not plural or text in PLURAL_ONLY:
        return text
    lemma = word.lemma.lower()
    if not text.endswith("s"):
        return lemma if text in IRREGULAR else text
    if lemma != text and (text.startswith(lemma[:-1]) or (text.endswith("ves") and lemma.endswith(("f", "fe")))):
        return lemma
    if text.endswith(("ss", "us", "is")):
        return text
    if text.endswith("ies") and len(text) > 4:
        return text[:-3] + "y"
    return text[:-2] if text.endswith(("ches", "shes", "xes", "sses")) else text[:-1]


def gerund(word: Word) -> str:
    """The -ing form of a verb."""
    if word.tag == "VBG" or is_gerund(word):
        return word.lower
    verb = word.lemma.lower()
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")) and verb != "be":
        return verb[:-1] + "ing"
    return verb + (verb[-1] if verb in _DOUBLED else "") + "ing"


def is_gerund(word: Word) -> bool:
    """Whether the word names what one does: "hiking"."""
    text = word.lower
    return word.tag in ("NN", "VBG") and text.endswith("ing") and len(text) > 4 and text not in _NOT_GERUNDS
