"""The person's family and pets: "my sister Lea", "our two cats", "a dog called Luna"."""

from collections.abc import Iterator
from dataclasses import dataclass

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.rules.account import Account
from kith.persona.language.rules.clauses import Clause
from kith.persona.language.rules.companions import barred, having_clause, kin_word, names_of
from kith.persona.language.rules.pets import pets_in
from kith.persona.model import Statement

__all__ = ["Relative", "household_in", "relatives_in"]

_HALVES = words_of("step half god great grand")


@dataclass(frozen=True, slots=True)
class Relative:
    """One of the family: the word that says what they are, and what they are called, where that is said."""

    word: Word
    kin: str
    names: tuple[str, ...]
    name_places: tuple[int, ...] = ()


def household_in(account: Account) -> Iterator[Statement]:
    """All family and pets that a text speaks of as the person's own."""
    for relative in relatives_in(account):
        for name in relative.names or (relative.kin,):
            yield _member(account, relative, name)
    for clause in account.clauses:
        if clause.verb.lemma == "marry" or any(one.lower == "married" for one in account.complement(clause)):
            yield from _married(account, clause)
    yield from pets_in(account)


def _member(account: Account, relative: Relative, name: str) -> Statement:
    return account.holds("family", name, "person", detail=relative.kin)


def relatives_in(account: Account) -> Iterator[Relative]:
    """Words for kin that are the person's, with the names that go with them."""
    parse = account.parse
    for word in parse.words:
        kin = _compound_kin(account, word)
        if not kin:
            continue
        following = parse.words[word.place + 1] if word.place + 1 < len(parse.words) else word
        if following is not word and word.relation in ("compound", "amod") and kin_word(following):
            continue
        if not account.scope.mentions(word) or word.pos == "VERB":
            continue
        mine = account.owner(word) is not None and not barred(account, word)
        if mine or (having_clause(account, word) is not None and not barred(account, word)):
            names, places = names_of(account, word)
            yield Relative(word, kin, tuple(names), tuple(places))


def _compound_kin(account: Account, word: Word) -> str:
    """Kin of one word, or of words with hyphens: "mother-in-law" comes in five."""
    words, place = account.parse.words, word.place
    kin = kin_word(word)
    if not kin and word.lower not in ("law", "laws"):
        return ""
    following = [one.lower for one in words[place + 1 : place + 5]]
    before = [one.lower for one in words[max(0, place - 4) : place]]
    if not kin:
        return "in-law" if before[-2:] == ["in", "-"] and before[-3:-2] != ["-"] else ""
    if following[:4] == ["-", "in", "-", "law"]:
        return f"{kin}-in-law"
    if before[-1:] == ["-"] and before[-2:-1] and before[-2] in _HALVES:
        return f"{before[-2]}-{kin}"
    hyphen = (before[-1:] == ["-"] and before[-2:-1] in (["ex"], ["co"])) or following[:1] == ["-"]
    return "" if hyphen else kin


def _married(account: Account, clause: Clause) -> Iterator[Statement]:
    heads = [clause.verb, *account.complement(clause)]
    if clause.negated or clause.tense in ("modal", "future", "infinitive"):
        return
    for word in [one for head in heads for one in account.below(head, "to")]:
        if word.pos == "PROPN" and word.text[0].isupper():
            yield account.holds("family", word.lower, "person", clause=clause, detail="spouse")
