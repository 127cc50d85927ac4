"""What the person owns: what they have, what has come to them, and what is theirs no more."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.rules.account import WEAK, Account
from kith.persona.language.rules.acquired import acquired_in, come_to_them
from kith.persona.language.rules.clauses import Clause
from kith.persona.language.rules.nouns import noun_phrases
from kith.persona.language.rules.parted import PARTING, TAKEN, parted_in, taken_from_them
from kith.persona.language.rules.things import is_thing, thing_names, things_among
from kith.persona.model import Statement

__all__ = ["belongings_in", "new_things"]

_HAVING = words_of("have own 've ve get possess")
_OWNING = words_of("own possess")
_AT_HAND = words_of("hand hands bag pocket front me us morning afternoon evening")
_FOR_NOW = words_of("booked reserved borrowed rented hired loaned lent")


def belongings_in(account: Account, clause: Clause) -> Iterator[Statement]:
    """What a clause says of things that the person has, got, or parted with."""
    lemma = clause.verb.lemma.lower()
    if lemma in _HAVING:
        yield from _having(account, clause)
    elif lemma == "be" or clause.verb.lower in ("'m", "m"):
        yield from _owner_of(account, clause)
    if not _have_got(clause) or any(one.lemma == "hand" for one in account.parse.children(clause.verb, "dobj")):
        yield from acquired_in(account, clause)
        yield from parted_in(account, clause)


def _have_got(clause: Clause) -> bool:
    """As in "I've got a bike", which says the same as "I have"."""
    return clause.verb.lower == "got" and clause.tense == "perfect"


def _having(account: Account, clause: Clause) -> Iterator[Statement]:
    verb, owning = clause.verb, clause.verb.lemma.lower() in _OWNING
    if verb.lemma.lower() == "get" and not _have_got(clause):
        return
    lasting = clause.tense == "perfect" and account.times(clause).since is not None
    if not (clause.tense == "present" or _have_got(clause) or lasting):
        return
    if not owning and _only_now(account, clause):
        return
    for head in account.parse.children(verb, "dobj", "ccomp" if owning else "dobj"):
        for word in things_among(account, head):
            if not owning and (not is_thing(account, word) or _passing(account, word)):
                continue
            for name in thing_names(account, word, pointed_at=lasting):
                yield account.told("owns", name, "product", clause=clause)


def _only_now(account: Account, clause: Clause) -> bool:
    """As in "I have the car today", "I have a pen in my hand", "I have a drill in the morning"."""
    if any(word.lower in _AT_HAND for word in account.below(clause.verb, "in", "on", "with")):
        return True
    times = account.times(clause, future=True)
    return clause.tense == "present" and times.since is None and times.until is None and bool(times.named)


def _passing(account: Account, word: Word) -> bool:
    """As in "A table booked for eight", "the car"."""
    parse = account.parse
    the = word.pos == "NOUN" and any(one.lower == "the" for one in parse.children(word, "det"))
    return the or any(one.lower in _FOR_NOW for one in parse.children(word, "acl", "amod"))


def _owner_of(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I'm the proud owner of a campervan"."""
    if clause.tense not in ("present", "perfect"):
        return
    for owner in account.complement(clause):
        if owner.lemma.lower() != "owner":
            continue
        for head in account.below(owner, "of"):
            for word in things_among(account, head):
                for name in thing_names(account, word):
                    yield account.told("owns", name, "product", clause=clause)


def new_things(account: Account) -> Iterator[Statement]:
    """What is told of things by the way: that they are new, have come, were given or stolen."""
    yield from _new(account)
    yield from come_to_them(account)
    yield from taken_from_them(account)


def _new(account: Account) -> Iterator[Statement]:
    """As in "My new bike" is news; "my bike" is not."""
    for fresh in account.parse.words:
        if fresh.lower not in ("new", "brand") or fresh.relation != "amod" or not account.scope.mentions(fresh):
            continue
        word = account.parse.head(fresh)
        if account.owner(word) is None or word.pos not in ("NOUN", "PROPN"):
            continue
        verb = next((one for one in account.parse.ancestors(word) if one.pos in ("VERB", "AUX")), None)
        told = verb is None or (account.scope.asserts(verb) and verb.lemma not in TAKEN | set(PARTING))
        if told and is_thing(account, word):
            for phrase in noun_phrases(account.parse, word):
                yield account.holds("owns", phrase.name, "product", sure=WEAK)
