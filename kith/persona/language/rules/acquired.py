"""How things come to the person: bought, found, given, delivered."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.rules.account import WEAK, Account
from kith.persona.language.rules.clauses import Clause
from kith.persona.language.rules.companions import kin_word
from kith.persona.language.rules.goods import CONSUMED
from kith.persona.language.rules.nouns import COMPANY
from kith.persona.language.rules.occupations import is_occupation
from kith.persona.language.rules.things import is_thing, thing_names, things_among
from kith.persona.model import Statement

__all__ = ["acquired_in", "come_to_them"]

_BUYING = words_of("buy purchase acquire inherit")
"""Verbs after which anything that may be a thing is one's own."""
_GETTING = words_of("get receive snag score nab bag grab win build pick adopt")
"""Verbs after which a thing that is known as one is one's own."""
_TREATING = {"treat": "to", "splurge": "on", "splash": "on", "upgrade": "to", "invest": "in", "get": "on", "lay": "on"}
"""Verbs with the preposition behind which the thing stands: "treated myself to a desk", "got my hands on a lens"."""
_GIVING = words_of("give gift buy get leave hand")
_ARRIVING = words_of("arrive come deliver land")
_SELVES = words_of("me us myself ourselves meself")
_NOT_REALLY = words_of("nearly almost barely rid married used back to stuck lost going")
_FOR_A_WHILE = words_of("aeroplane plane van bus lorry train taxi ship boat ferry ambulance truck")
"""What arrives without being brought."""


def acquired_in(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "We bought a tandem in April", "just got myself a cast iron pan", "picked up a second-hand loom"."""
    parse, verb = account.parse, clause.verb
    lemma = _verb(verb)
    if clause.negated or not (clause.tense in ("past", "perfect") or (verb.lower == "got" and clause.subject is None)):
        return
    around = parse.children(verb, "acomp", "dobj", "oprd", "auxpass", "advmod", "xcomp")
    if any(one.lower in _NOT_REALLY for one in around):
        return
    bought = lemma in _BUYING
    if bought or _got_hold(account, clause) or _passively_given(account, verb):
        yield from _had(account, clause, parse.children(verb, "dobj", "oprd"), any_thing=bought)
    if lemma in _TREATING and (lemma != "get" or any(one.lemma == "hand" for one in parse.children(verb, "dobj"))):
        yield from _had(account, clause, account.below(verb, _TREATING[lemma]), any_thing=False)


def _got_hold(account: Account, clause: Clause) -> bool:
    """Whether the verb says that a thing became the person's own: "picked up", but not "picked" a thing."""
    verb = clause.verb
    lemma = _verb(verb)
    if lemma == "pick":
        return any(one.lower == "up" for one in account.parse.children(verb, "prt", "advmod"))
    return lemma in _GETTING and (lemma != "build" or _for_themselves(account, verb))


def _verb(verb: Word) -> str:
    """Its lemma; a parser does not know "got" at the start of a note."""
    return "get" if verb.lower == "got" else verb.lemma.lower()


def _for_themselves(account: Account, verb: Word) -> bool:
    return any(one.lower in _SELVES for one in account.parse.children(verb, "dative", "dobj"))


def _passively_given(account: Account, verb: Word) -> bool:
    """As in "I was given a telescope"."""
    passive = any(account.parse.children(verb, "auxpass", "nsubjpass"))
    return passive and verb.lemma in ("give", "gift", "leave", "hand")


def _had(
    account: Account, clause: Clause, heads: Iterator[Word] | list[Word], *, any_thing: bool
) -> Iterator[Statement]:
    """What stands behind the verb as the person's own, unless it was for somebody else."""
    if _for_others(account, clause.verb):
        return
    for head in heads:
        for word in things_among(account, head):
            if _kept(account, word, any_thing=any_thing):
                for name in thing_names(account, word):
                    yield account.holds("owns", name, "product", clause=clause, changed=True)


def _kept(account: Account, word: Word, *, any_thing: bool) -> bool:
    """Whether what was bought, or was got and is known as a thing, is there to stay."""
    lemma = word.lemma.lower()
    if any_thing:
        return is_thing(account, word) or lemma not in CONSUMED
    the = any(one.lower == "the" for one in account.parse.children(word, "det"))
    return is_thing(account, word) and not the and lemma not in _FOR_A_WHILE


def _for_others(account: Account, verb: Word) -> bool:
    """As in "I bought my dad a watch", "I got a bike for Tom"."""
    parse = account.parse
    objects = parse.children(verb, "dobj", "dative", "oprd")
    handed = [one for one in objects if one.relation == "dative" and one.pos != "ADP"]
    if len(objects) > 1 and not handed and parse.words[objects[0].place + 1 : objects[1].place]:
        handed = objects[:1]
    if any(one.lower not in _SELVES for one in handed):
        return True
    return any(
        word.lower not in _SELVES and word.pos != "NUM" and _somebody(account, word)
        for word in [
            *account.below(verb, "for"),
            *(deep for one in objects for deep in account.below(one, "for")),
        ]
    )


def _somebody(account: Account, word: Word) -> bool:
    lemma = word.lemma.lower()
    if word.pos == "PRON" or kin_word(word) or lemma in COMPANY - {"time", "age", "year"} or is_occupation(lemma):
        return True
    return any(one.label == "PERSON" and one.first <= word.place < one.end for one in account.parse.named)


def come_to_them(account: Account) -> Iterator[Statement]:
    """As in "My air purifier just arrived", "my parents gave me a record player"."""
    parse = account.parse
    for verb in parse.words:
        if verb.pos != "VERB" or verb.tag not in ("VBD", "VBN") or any(parse.children(verb, "neg")):
            continue
        if verb.lemma in _ARRIVING and not _would(account, verb):
            for word in parse.children(verb, "nsubj", "nsubjpass"):
                if account.owner(word) is not None and word.lemma.lower() not in _FOR_A_WHILE:
                    yield from _known(account, word)
        elif verb.lemma in _GIVING and not _would(account, verb) and not parse.children(verb, "nsubjpass"):
            objects = parse.children(verb, "dobj", "dative")
            subjects = parse.children(verb, "nsubj")
            if subjects and any(one.lower in ("me", "us") for one in objects) and subjects[0].lower not in ("i", "we"):
                for word in parse.children(verb, "dobj"):
                    if any(one.lower in ("a", "an") for one in parse.children(word, "det")):
                        yield from _known(account, word)


def _would(account: Account, verb: Word) -> bool:
    """Whether what the verb tells of has not happened, or is not told as true."""
    unreal = any(one.tag in ("MD", "TO") or one.lower in ("had",) for one in account.parse.children(verb, "aux"))
    return unreal or not account.scope.asserts(verb)


def _known(account: Account, word: Word) -> Iterator[Statement]:
    if is_thing(account, word) and word.lemma != "ring":
        for name in thing_names(account, word):
            yield account.holds("owns", name, "product", sure=WEAK)
