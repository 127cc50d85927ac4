"""How an object that a language model names is written: as the rules write theirs, so that one thing has one name."""

import re

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import QUANTIFIERS
from kith.persona.language.objects import is_gerund
from kith.persona.language.vocabulary import singular_noun

__all__ = ["is_activity", "without_lead"]


def without_lead(name: str, text: str) -> str:
    """A name without article, possessive or quantifier before it; its last word in the singular, where the text it
    comes from writes it small, as common nouns are."""
    words = name.split()
    while len(words) > 1 and words[0].lower() in QUANTIFIERS:
        words = words[1:]
    if words and re.search(rf"(?<!\w){re.escape(words[-1].lower())}(?!\w)", text):
        words[-1] = singular_noun(words[-1].lower())
    return " ".join(words)


def is_activity(name: str) -> bool:
    """Whether a name is of something that one does: "hiking", "reading fantasy novel", "mountain biking"."""
    words = name.lower().split()
    return any(is_gerund(_noun(word)) for word in (*words[:1], *words[-1:]))


def _noun(word: str) -> Word:
    return Word(0, word, word, pos="NOUN", tag="NN", relation="ROOT", head=0, start=0)
