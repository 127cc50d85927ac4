"""What a text says of others: whom they work for, where they live, and who is whose kin."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.rules.account import Account
from kith.persona.language.rules.companions import kin_word
from kith.persona.language.rules.employer_names import employer_name
from kith.persona.language.rules.homes import place_names
from kith.persona.language.rules.household import relatives_in
from kith.persona.language.rules.nouns import listed, noun_phrases
from kith.persona.language.rules.occupations import is_occupation
from kith.persona.model import Entity, Relation

__all__ = ["relations_in"]

_WORKING = words_of("work intern teach")
_LIVING = words_of("live reside")
_WOULD = words_of("would could might may should can will 'd 'll did do does to")


def relations_in(account: Account) -> Iterator[Relation]:
    """Relations between two that are named, neither of which is the person."""
    parse = account.parse
    if not any(one.label == "PERSON" for one in parse.named) and not any(kin_word(word) for word in parse.words):
        return
    kin: dict[int, str] = {}
    for relative in relatives_in(account):
        kin |= dict(zip(relative.name_places, relative.names, strict=False))
        if len(relative.names) == 1:
            kin[relative.word.place] = relative.names[0]
    for verb in parse.words:
        lemma = verb.lemma.lower()
        telling = lemma in _WORKING or lemma in _LIVING or lemma == "be"
        if telling and verb.pos in ("VERB", "AUX") and _told(account, verb):
            yield from _of_verb(account, verb, kin)
    yield from _kin_of_others(account)


def _told(account: Account, verb: Word) -> bool:
    """Whether it is told as true now."""
    auxiliaries = [one.lower for one in account.parse.children(verb, "aux")]
    past = verb.tag == "VBD" or any(one in _WOULD for one in auxiliaries)
    over = any(one.lower in ("longer", "more", "anymore") for one in account.parse.children(verb, "advmod"))
    return not (past or over) and not account.parse.children(verb, "neg") and account.scope.asserts(verb)


def _of_verb(account: Account, verb: Word, kin: dict[int, str]) -> Iterator[Relation]:
    parse, lemma = account.parse, verb.lemma.lower()
    subjects = list(_subjects(account, verb, kin))
    if lemma in _WORKING or lemma == "be":
        heads = [verb] if lemma in _WORKING else _occupations(account, verb)
        for word in [one for head in heads for one in account.below(head, "at", "for")]:
            name = employer_name(account, word)
            found = account.objects.entity(name, "organisation") if name else None
            yield from (Relation(one, "works_at", found) for one in subjects if found is not None)
    elif lemma in _LIVING:
        for word in account.below(verb, "in"):
            for name in place_names(account, word):
                yield from (Relation(one, "lives_in", account.objects.entity(name, "place")) for one in subjects)
    for married in parse.children(verb, "acomp", "attr"):
        to = [account.objects.entity(_name(account, one), "person") for one in account.below(married, "to")]
        couple = [*subjects, *(one for one in to if one.name)]
        if married.lower == "married" and len(couple) == 2:
            yield Relation(couple[0], "family:spouse", couple[1])
    for word in parse.children(verb, "attr"):
        yield from _kin_named(account, word, subjects)


def _occupations(account: Account, be: Word) -> list[Word]:
    """What somebody is said to be by trade."""
    named = account.parse.children(be, "attr")
    return [one for one in named if any(is_occupation(phrase.name) for phrase in noun_phrases(account.parse, one))]


def _subjects(account: Account, verb: Word, kin: dict[int, str]) -> Iterator[Entity]:
    """Persons by name: relatives by the name they were given, others as they are called."""
    parse = account.parse
    heads = parse.children(verb, "nsubj")
    if not heads and verb.relation == "conj":
        heads = parse.children(parse.head(verb), "nsubj")
    if not heads:
        heads = [one for one in parse.children(verb, "npadvmod") if one.place < verb.place and _name(account, one)]
    if heads and heads[-1].tag == "WP" and verb.relation == "relcl":
        heads = [parse.head(verb)]
    for word in [one for head in heads for one in listed(parse, head)]:
        apposed = [_name(account, one) for one in parse.children(word, "appos") if kin_word(word)]
        name = kin.get(word.place) or _name(account, word) or next(iter(apposed), "")
        if name and word.place not in account.people.theirs:
            yield account.objects.entity(name, "person")


def _name(account: Account, word: Word) -> str:
    person = any(one.label == "PERSON" and one.first <= word.place < one.end for one in account.parse.named)
    if not person or word.pos != "PROPN" or word.place in account.people.theirs:
        return ""
    first = word.place
    while (
        first > 0
        and account.parse.words[first - 1].relation == "compound"
        and account.parse.words[first - 1].head == word.place
    ):
        first -= 1
    return account.parse.said(account.parse.words[first : word.place + 1]).lower()


def _kin_named(account: Account, word: Word, subjects: list[Entity]) -> Iterator[Relation]:
    """As in "Ana is Tom's sister": Tom has a sister, Ana."""
    kin = kin_word(word)
    for owner in account.parse.children(word, "poss") if kin else []:
        name = _name(account, owner)
        if name:
            yield from (Relation(account.objects.entity(name, "person"), f"family:{kin}", one) for one in subjects)


def _kin_of_others(account: Account) -> Iterator[Relation]:
    """As in "Tom's sister Ana"."""
    for word in account.parse.words:
        kin = kin_word(word)
        for owner in account.parse.children(word, "poss") if kin else []:
            theirs = _name(account, owner)
            named = [_name(account, one) for one in account.parse.children(word, "appos")]
            if theirs and named and named[0] and account.scope.mentions(word):
                yield Relation(
                    account.objects.entity(theirs, "person"),
                    f"family:{kin}",
                    account.objects.entity(named[0], "person"),
                )
