"""What the person owns no more: sold, lost, broken, given away, stolen."""

from collections.abc import Iterable, Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.rules.account import Account
from kith.persona.language.rules.clauses import Clause
from kith.persona.language.rules.companions import kin_word
from kith.persona.language.rules.nouns import listed
from kith.persona.language.rules.pets import animal
from kith.persona.language.rules.things import is_thing, may_be_thing, thing_names
from kith.persona.model import Statement

__all__ = ["PARTING", "TAKEN", "parted_in", "taken_from_them"]

PARTING: dict[str, tuple[str, ...]] = {
    "sell": (),
    "flog": (),
    "pawn": (),
    "lose": (),
    "break": (),
    "donate": (),
    "scrap": (),
    "smash": (),
    "ditch": (),
    "dump": (),
    "throw": ("out", "away"),
    "give": ("away", "to"),
    "pass": ("on",),
    "chuck": ("out", "away"),
    "toss": ("out", "away"),
    "trade": ("in", "for"),
    "swap": ("for",),
    "total": (),
    "crash": (),
    "bin": (),
}
"""Verbs of parting, and the words of which they need one."""
_AT_LEISURE = words_of("sell flog donate scrap ditch dump bin trade swap throw chuck get rid part")
"""After these, "the" thing is the person's own as well."""
TAKEN = words_of("steal nick pinch total scrap sell crush impound")
_NOT_ENDED = words_of(
    """
    temper patience mind way job weight voice interest hope faith track count bet game match appetite leg arm foot
    ankle wrist toe finger nose back hip rib tooth heart promise record habit nerve sight touch balance contact
    streak marathon virginity hair memory grip collarbone
    """
)


def parted_in(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I sold my bike", "we got rid of the treadmill", "I parted with my car"."""
    parse, verb = account.parse, clause.verb
    lemma = verb.lemma.lower()
    if clause.tense not in ("past", "perfect") or clause.negated or _hardly(account, verb):
        return
    if lemma == "rid":
        yield from _gone(account, clause, account.below(verb, "of"))
    elif lemma == "get":
        for rid in parse.children(verb, "acomp", "dobj", "oprd", "auxpass", "advmod", "ccomp", "xcomp"):
            if rid.lower == "rid":
                yield from _gone(account, clause, account.below(rid, "of"))
    elif lemma == "part":
        yield from _gone(account, clause, account.below(verb, "with"))
    elif lemma in PARTING:
        wanted = PARTING[lemma]
        around = parse.children(verb, "prt", "advmod", "prep", "dative")
        if not wanted or any(one.lower in wanted for one in around):
            traded = account.below(verb, "in") if lemma == "trade" else iter(())
            yield from _gone(account, clause, [*parse.children(verb, "dobj"), *traded])


def _hardly(account: Account, verb: Word) -> bool:
    return any(one.lower in ("nearly", "almost") for one in account.parse.children(verb, "advmod"))


def _gone(account: Account, clause: Clause, heads: Iterable[Word]) -> Iterator[Statement]:
    """Things of the person's that are theirs no more."""
    parse, lemma = account.parse, clause.verb.lemma.lower()
    for head in heads:
        for word in listed(parse, head):
            the = lemma in _AT_LEISURE and any(one.lower == "the" for one in parse.children(word, "det"))
            mine = account.owner(word) is not None or the
            if mine and _ends(account, word) and (lemma not in ("give", "pass") or is_thing(account, word)):
                for name in thing_names(account, word):
                    yield account.ended("owns", name, "product", clause=clause)


def _ends(account: Account, word: Word) -> bool:
    """Whether it is a thing that one can part with."""
    if word.lemma.lower() in _NOT_ENDED or kin_word(word) or animal(account, word):
        return False
    return may_be_thing(account, word)


def taken_from_them(account: Account) -> Iterator[Statement]:
    """As in "My bike got stolen", "someone stole my bike"."""
    parse = account.parse
    for verb in parse.words:
        if verb.lemma not in TAKEN or verb.tag not in ("VBD", "VBN") or not account.scope.asserts(verb):
            continue
        if any(parse.children(verb, "neg")) or any(one.tag == "MD" for one in parse.children(verb, "aux")):
            continue
        passive = parse.children(verb, "nsubjpass")
        stolen = passive or (parse.children(verb, "dobj") if verb.lemma in ("steal", "nick", "pinch") else [])
        for word in stolen:
            if account.owner(word) is not None and is_thing(account, word):
                clause = _as_clause(account, verb, word)
                yield from (
                    account.ended("owns", name, "product", clause=clause) for name in thing_names(account, word)
                )


def _as_clause(account: Account, verb: Word, thing: Word) -> Clause:
    places = [one.place for one in account.parse.subtree(verb)]
    return Clause(verb, "i", "past", negated=False, subject=thing, first=places[0], end=places[-1] + 1)
