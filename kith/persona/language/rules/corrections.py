"""What people put right in few words: "I live in Berlin. Actually, Hamburg.", "I mean decaf"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kith.persona.language.dates import day_of_year
from kith.persona.language.grammar import Parse, Word
from kith.persona.language.lexicon import DIETS, words_of
from kith.persona.language.rules.account import WEAK, Account
from kith.persona.language.rules.nouns import noun_phrases
from kith.persona.model import Statement

__all__ = ["Correction", "corrections_in", "instead", "taken_back"]

_MEANT = re.compile(
    r"(?:^|(?<=[.!?;,\u2013\u2014-])|(?<=\n))\W{0,8}(?:(?:no|nope|oops|wait|ah|oh|sorry|hang on|hm+)[,.!]{0,3}\s+){0,3}"
    r"(?P<mark>actually|i mean(?:t)?|sorry|correction|make that|or rather|scratch that|oops|wait)\b[,:]?\s*"
    r"(?:(?:actually|sorry|i mean(?:t)?|it's|it is|that's|that is|make it|make that|rather)[,]?\s+){0,2}",
    re.IGNORECASE,
)
_NOT = re.compile(r"^[^,.;!?]{1,40},\s*(?:and )?not\s+(?P<not>[^,.;!?]{1,40})", re.IGNORECASE)
_NONE = words_of("no wrong any phone")
_LONGEST = 5
"""Words that what was meant may have."""
_NAMED = {"GPE": "place", "LOC": "place", "ORG": "organisation", "PERSON": "person", "DATE": "date", "TIME": "date"}
_NOTHING_MEANT = words_of(
    """
    it that this you one all thing message question problem never yes no thanks thank nothing everything way
    time wrong wait moment second minute great good fine late order idea chat number link typo name luck call place
    today tomorrow yesterday tonight now later soon
    """
)


@dataclass(frozen=True, slots=True)
class Correction:
    """What was meant, with the place of the word where the correction begins, and the sentence it stands in."""

    place: int
    name: str
    kind: str
    surely: bool
    """Whether the words can mean nothing else: "I mean decaf", and no mere "sorry"."""


def corrections_in(account: Account) -> Iterator[Correction]:
    """Short afterthoughts that name what was meant, and no more."""
    parse = account.parse
    text = parse.text.replace("\u2019", "'")
    for match in _MEANT.finditer(text):
        behind = [word for word in parse.words if word.start >= match.end()]
        meant = _short(parse, behind)
        if not meant or meant[0].place in account.scope.unmeant:
            continue
        denied = _NOT.search(text[match.end() :])
        name, kind = _name(account, meant), _kind(parse, meant[-1])
        if not name or any(word.lower in _NONE for word in meant):
            continue
        mark = match["mark"].lower()
        it_is = re.search(r"\b(?:it's|it is|make that|make it|or rather)\b", match[0].lower()) is not None
        alone = match.start() == 0 and meant[-1].place >= len(parse.words) - 2 and mark == "actually"
        surely = (
            alone or mark.startswith(("i mean", "correction", "make that", "or rather")) or it_is or denied is not None
        )
        first = next(
            (word.place for word in parse.words if word.end > match.start() and word.start >= match.start()), 0
        )
        yield Correction(first, name, kind, surely=surely and kind != "date" and not _mere_word(meant))


def _name(account: Account, meant: list[Word]) -> str:
    """What was meant, as facts write it: a day of the year, or a thing."""
    if _kind(account.parse, meant[-1]) == "date":
        return day_of_year(account.parse.said(meant), said=account.said) or ""
    phrases = noun_phrases(account.parse, meant[-1])
    return "" if not phrases or phrases[-1].head.lemma.lower() in _NOTHING_MEANT else phrases[-1].name


def _mere_word(meant: list[Word]) -> bool:
    """Whether it is as likely a word on how things are: "actually it's late"."""
    return meant[-1].pos == "ADJ" and meant[-1].relation == "acomp" and meant[-1].lower not in DIETS


def _short(parse: Parse, behind: list[Word]) -> list[Word]:
    """The few words up to the next stop, where they name a thing and tell nothing of it."""
    meant: list[Word] = []
    for word in behind:
        if word.pos == "PUNCT" and word.tag != "HYPH":
            break
        meant.append(word)
    telling = [word for word in meant if word.pos in ("VERB", "AUX", "PRON", "SCONJ", "ADP", "INTJ")]
    if telling and not (len(telling) == 1 and telling[0].lower == "in" and telling[0] is meant[0]):
        return []
    return meant if 0 < len(meant) <= _LONGEST and meant[-1].pos in ("NOUN", "PROPN", "ADJ", "X") else []


def _kind(parse: Parse, word: Word) -> str:
    labels = [one.label for one in parse.named if one.first <= word.place < one.end]
    return _NAMED.get(labels[0], "thing") if labels else "thing"


def taken_back(account: Account, correction: Correction) -> Statement:
    """The statement of a correction that speaks of another message."""
    return Statement("corrected", account.objects.entity(correction.name, correction.kind), confidence=WEAK)


def instead(account: Account, correction: Correction, one: Statement) -> Statement:
    """A statement with what was meant in the place of what was said."""
    detail = correction.name if one.detail == one.object.name else one.detail
    return replace(one, object=account.objects.entity(correction.name, one.object.type), detail=detail)
