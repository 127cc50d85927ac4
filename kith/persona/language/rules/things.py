"""Which nouns are things that one can own, and what they are called."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.rules.account import Account
from kith.persona.language.rules.companions import kin_word
from kith.persona.language.rules.goods import DEVICES, GOODS, NO_GOODS, OF_MATTER
from kith.persona.language.rules.nouns import listed, noun_head, noun_phrases
from kith.persona.language.rules.occupations import is_occupation
from kith.persona.language.rules.pets import animal

__all__ = ["is_thing", "may_be_thing", "thing_names", "things_among"]

_ABSTRACT = tuple(words_of("tion sion ment ness ity ance ence ship ism hood dom acy ology graphy"))
_OTHERS = words_of("no your his her their what which")
_POINTED_AT = words_of("that this these those")
_TIMES = frozenset({"DATE", "TIME", "MONEY", "PERCENT", "EVENT", "PERSON", "GPE", "CARDINAL", "ORDINAL", "QUANTITY"})


def is_thing(account: Account, word: Word) -> bool:
    """Whether a noun is known as a thing to own, by itself or with the word before it."""
    lemma, text = word.lemma.lower(), word.lower
    before = account.parse.words[word.place - 1].lower if word.place else ""
    if any(one in GOODS for one in (lemma, text, f"{before} {lemma}", f"{before}-{lemma}", text.removesuffix("s"))):
        return True
    if word.pos in ("NOUN", "PROPN") and lemma.endswith(DEVICES) and not _somebody(account, word):
        return True
    return _branded(account, word) or _of_matter(account, word)


def _somebody(account: Account, word: Word) -> bool:
    """Whether what may be a device is a person by itself: "a cleaner"."""
    return is_occupation(word.lemma.lower()) and not any(account.parse.children(word, "compound"))


def _of_matter(account: Account, word: Word) -> bool:
    """As in "A vintage what-not": what is antique or wooden is a thing, whatever it is called."""
    made = any(one.lower in OF_MATTER for one in account.parse.children(word, "amod", "compound"))
    return made and word.pos in ("NOUN", "PROPN") and not _abstract(word)


def _abstract(word: Word) -> bool:
    lemma = word.lemma.lower()
    return lemma in NO_GOODS or (lemma.endswith(_ABSTRACT) and word.pos == "NOUN")


def _branded(account: Account, word: Word) -> bool:
    """As in "A Canon", "two Kindles": a name with an article or a number, which a person's has not."""
    if word.pos != "PROPN" or not word.text[0].isupper() or not any(account.parse.children(word, "det", "nummod")):
        return False
    if any(one.lower not in ("a", "an", "the") for one in account.parse.children(word, "det")):
        return False
    labels = _labels(account, word)
    known = bool(labels & {"PRODUCT", "ORG"}) or any(account.parse.children(word, "compound"))
    return known and not labels & (_TIMES - {"PERSON"}) and word.lemma.lower() not in NO_GOODS


def _labels(account: Account, word: Word) -> frozenset[str]:
    return frozenset(one.label for one in account.parse.named if one.first <= word.place < one.end)


def may_be_thing(account: Account, word: Word) -> bool:
    """Whether a noun that one owns, buys or sells can be a thing at all."""
    if is_thing(account, word):
        return True
    if _abstract(word):
        return False
    if word.pos == "PROPN" and not any(account.parse.children(word, "det", "poss", "nummod", "amod")):
        return False
    return not _labels(account, word) & _TIMES


def things_among(account: Account, head: Word) -> Iterator[Word]:
    """What is listed that may be a thing; no family, animals, and people."""
    for one in listed(account.parse, noun_head(account.parse, head)):
        word = noun_head(account.parse, one)
        misread = word.pos == "VERB" and any(account.parse.children(word, "compound"))
        if word.pos not in ("NOUN", "PROPN", "X", "ADJ") and not misread:
            continue
        if kin_word(word) or animal(account, word):
            continue
        if may_be_thing(account, word):
            yield word


def thing_names(account: Account, word: Word, *, pointed_at: bool = False) -> list[str]:
    """What a thing is called; nothing where it is another's, or only `pointed_at`, or somebody by trade."""
    parse = account.parse
    left_out = _OTHERS if pointed_at else _OTHERS | _POINTED_AT
    if any(one.lower in left_out for one in parse.children(word, "det", "poss")):
        return []
    if word.pos == "NOUN" and not is_thing(account, word) and is_occupation(word.lemma.lower()):
        return []
    names = [phrase.name for phrase in noun_phrases(parse, word)]
    cut = _cut_off(account, word)
    return [f"{name} {cut.lower}" for name in names] if cut is not None else names


def _cut_off(account: Account, word: Word) -> Word | None:
    """The noun behind a name, where the parse takes it for a verb: of "the Salt House pass", pass."""
    following = account.parse.words[word.place + 1 : word.place + 2]
    if word.pos != "PROPN" or not following or following[0].tag not in ("VB", "VBP") or following[0].text[0].isupper():
        return None
    return following[0] if not any(account.parse.children(following[0], "nsubj", "aux", "dobj", "prt")) else None
