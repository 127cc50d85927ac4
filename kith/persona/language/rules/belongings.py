"""What the person owns, and what they own no more."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.rules.account import WEAK, Account
from kith.persona.language.rules.clauses import Clause
from kith.persona.language.rules.companions import kin_word
from kith.persona.language.rules.nouns import listed, noun_head, noun_phrases
from kith.persona.language.rules.occupations import is_occupation
from kith.persona.language.rules.pets import animal
from kith.persona.language.rules.things import is_thing, may_be_thing
from kith.persona.model import Statement

__all__ = ["belongings_in", "new_things"]

_BUYING = words_of("buy get purchase acquire inherit order? receive")
_PARTING = {
    "sell": (),
    "lose": (),
    "break": (),
    "donate": (),
    "scrap": (),
    "smash": (),
    "throw": ("out", "away"),
    "give": ("away",),
    "chuck": ("out", "away"),
    "toss": ("out", "away"),
    "total": (),
    "crash": (),
    "bin": (),
}
_NOT_ENDED = words_of(
    """
    temper patience mind way job weight voice interest hope faith track count bet game match appetite leg arm foot
    ankle wrist toe finger nose back hip rib tooth heart promise record habit nerve sight touch balance contact
    streak marathon virginity hair memory grip collarbone
    """
)


def belongings_in(account: Account, clause: Clause) -> Iterator[Statement]:
    """What a clause says of things that the person has, got, or parted with."""
    lemma = clause.verb.lemma.lower()
    if lemma in ("have", "own", "'ve", "ve", "get"):
        yield from _having(account, clause)
    if lemma in _BUYING and clause.tense in ("past", "perfect") and not _got(account, clause):
        yield from _bought(account, clause)
    elif lemma == "get" and clause.tense in ("past", "perfect") and not clause.negated:
        yield from _rid(account, clause)
    elif lemma in _PARTING and clause.tense in ("past", "perfect") and not clause.negated:
        yield from _parted(account, clause)


def _got(account: Account, clause: Clause) -> bool:
    """As in "I've got a bike" says the same as "I have"."""
    return clause.verb.lower == "got" and clause.tense == "perfect"


def _having(account: Account, clause: Clause) -> Iterator[Statement]:
    verb, lemma = clause.verb, clause.verb.lemma.lower()
    if lemma == "get" and not _got(account, clause):
        return
    lasting = clause.tense == "perfect" and account.times(clause).since is not None
    if not (clause.tense == "present" or _got(account, clause) or lasting):
        return
    for head in account.parse.children(verb, "dobj", "ccomp" if lemma == "own" else "dobj"):
        for word in _things(account, head):
            if lemma != "own" and not is_thing(account, word):
                continue
            for phrase in _named(account, word):
                yield account.told("owns", phrase, "product", clause=clause)


def _things(account: Account, head: Word) -> Iterator[Word]:
    """What is listed, without family, animals, and people."""
    for word in listed(account.parse, noun_head(account.parse, head)):
        word = noun_head(account.parse, word)
        if word.pos not in ("NOUN", "PROPN", "X", "ADJ") or kin_word(word) or animal(account, word):
            continue
        if may_be_thing(account, word):
            yield word


def _named(account: Account, word: Word) -> list[str]:
    if any(
        one.lower in ("no", "that", "this", "your", "what", "which")
        for one in account.parse.children(word, "det", "poss")
    ):
        return []
    names = [phrase.name for phrase in noun_phrases(account.parse, word)]
    return [name for name in names if not (word.pos == "NOUN" and is_occupation(name) and not is_thing(account, word))]


def _bought(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "We bought a tandem in April", "just got myself a cast iron pan"."""
    parse, verb = account.parse, clause.verb
    getting = verb.lemma in ("get", "receive", "order?")
    if clause.negated or any(
        one.lower in ("rid", "married", "used", "back", "to")
        for one in parse.children(verb, "acomp", "dobj", "oprd", "auxpass", "advmod")
    ):
        return
    given = any(
        one.relation == "dative" and not one.lower.endswith(("self", "selves")) and one.lower not in ("me", "us")
        for one in parse.children(verb)
    )
    given = given or any(
        word.lower not in ("me", "us", "myself", "ourselves", "christmas")
        and word.pos != "NUM"
        and (word.pos == "PRON" or kin_word(word))
        for word in account.below(verb, "for")
    )
    if given:
        return
    for head in parse.children(verb, "dobj", "oprd"):
        for word in _things(account, head):
            if not is_thing(account, word) and (getting or _eaten(word)):
                continue
            for phrase in _named(account, word):
                yield account.holds("owns", phrase, "product", clause=clause, changed=True)


def _eaten(word: Word) -> bool:
    return word.lemma.lower() in words_of(
        """
        ticket coffee bread milk food lunch dinner pizza beer wine tea cake flower fish meat cheese ingredient
        groceries grocery bottle round gift present voucher pass subscription time everything stuff thing
        insurance share stock property one flight drink
        """
    )


def _rid(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I got rid of my car"."""
    for rid in account.parse.children(clause.verb, "acomp", "dobj", "oprd", "auxpass", "advmod", "ccomp", "xcomp"):
        if rid.lower == "rid":
            yield from _gone(account, clause, account.below(rid, "of"))


def _parted(account: Account, clause: Clause) -> Iterator[Statement]:
    parse, verb = account.parse, clause.verb
    wanted = _PARTING[verb.lemma.lower()]
    if wanted and not any(one.lower in wanted for one in parse.children(verb, "prt", "advmod", "prep")):
        return
    yield from _gone(account, clause, iter(parse.children(verb, "dobj")))


def _gone(account: Account, clause: Clause, heads: Iterator[Word]) -> Iterator[Statement]:
    """Things of the person's that are theirs no more."""
    parse, verb = account.parse, clause.verb
    for head in heads:
        for word in listed(parse, head):
            mine = account.owner(word) is not None or (
                verb.lemma == "sell" and any(one.lower == "the" for one in parse.children(word, "det"))
            )
            if (
                not mine
                or word.lemma.lower() in _NOT_ENDED
                or kin_word(word)
                or animal(account, word)
                or not may_be_thing(account, word)
            ):
                continue
            for name in _named(account, word):
                yield account.ended("owns", name, "product", clause=clause)


def new_things(account: Account) -> Iterator[Statement]:
    """As in "My new bike" is news; "my bike" is not."""
    for fresh in account.parse.words:
        if fresh.lower not in ("new", "brand") or fresh.relation != "amod" or not account.scope.mentions(fresh):
            continue
        word = account.parse.head(fresh)
        if account.owner(word) is None or word.pos not in ("NOUN", "PROPN"):
            continue
        verb = next((one for one in account.parse.ancestors(word) if one.pos in ("VERB", "AUX")), None)
        if is_thing(account, word) and (verb is None or (account.scope.asserts(verb) and verb.lemma not in _PARTING)):
            for phrase in noun_phrases(account.parse, word):
                yield account.holds("owns", phrase.name, "product", sure=WEAK)
