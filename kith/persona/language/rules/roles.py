"""What the person does for a living."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.rules.account import SHARED, Account
from kith.persona.language.rules.clauses import Clause
from kith.persona.language.rules.nouns import listed, noun_phrases
from kith.persona.language.rules.occupations import anybody_may_be, is_occupation
from kith.persona.model import Statement

__all__ = ["employed_now", "roles_in", "roles_of"]

_WORKING = words_of("work freelance train")
_TAKEN_ON = words_of("employ hire promote")
_CHANGES = words_of("start hire promote become")
"""Verbs of a change, after which it is so."""
_EARNING = words_of("make earn")
_NOT_NOW = ("modal", "future", "infinitive")
_FOR_A_DAY = words_of("tonight today tomorrow")
_NO_TRADE_THERE = words_of("heart wedding party life character family household birthday spirit disguise dream")
"""Where, or of what, one is something only in a manner of speaking."""
_AT_WORK = words_of(
    """
    professional freelance senior junior full-time part-time time chief lead classical private official trained
    certified licensed self-employed commercial independent wedding technical deputy assistant
    """
)
"""Adjectives that somebody at work has."""
_NO_WORK = words_of("team pair group unit one favour favor whole child result part")


def roles_in(account: Account, clause: Clause) -> Iterator[Statement]:
    """What a clause says of the person's occupation."""
    for word in _by_the_way(account, clause):
        yield from roles_of(account, clause, word, ended=False)
    lemma = clause.verb.lemma.lower()
    if clause.tense in _NOT_NOW or _bygone(account, clause):
        return
    if lemma in ("be", "'m", "m", "become") and clause.tense != "progressive":
        if any(word.lower in _FOR_A_DAY for word in account.words(clause)):
            return
        for noun in account.complement(clause):
            apposed = account.parse.children(noun, "appos") if noun.pos == "PROPN" else []
            for word in [one for head in [noun, *apposed] for one in listed(account.parse, head)]:
                yield from roles_of(account, clause, word, ended=False)
    elif lemma in _WORKING | _TAKEN_ON | _CHANGES | _EARNING:
        for word in _worked_as(account, clause):
            yield from roles_of(account, clause, word, ended=False, surely=True)


def _bygone(account: Account, clause: Clause) -> bool:
    """Whether it is told of the past alone: "I was a waiter", "I've worked as a waiter"."""
    times, lemma = account.times(clause), clause.verb.lemma.lower()
    if clause.tense == "past":
        return lemma not in _CHANGES and times.until is None and not employed_now(account, clause)
    worked = clause.tense == "perfect" and lemma in _WORKING and clause.verb.tag != "VBG"
    return worked and times.since is None and not account.over(clause)


def employed_now(account: Account, clause: Clause) -> bool:
    """As in "I'm employed as a gardener": it has the form of the past, and isn't."""
    be = account.parse.children(clause.verb, "auxpass")
    return clause.verb.lemma == "employ" and any(one.lower in ("am", "'m", "are", "'re") for one in be)


def _by_the_way(account: Account, clause: Clause) -> Iterator[Word]:
    """As in "As a nurse, I …" in front of whatever the person does, or "Alice, a nurse, …"."""
    if clause.subject is None:
        return
    for prep in account.parse.children(clause.verb, "prep", "mark", "advmod"):
        if prep.lower == "as" and prep.place < clause.subject.place:
            yield from (one for one in account.parse.children(prep, "pobj") if one.place < clause.subject.place)
    if clause.whose == "them" or clause.subject.lower == "i":
        yield from account.parse.children(clause.subject, "appos")


def _worked_as(account: Account, clause: Clause) -> Iterator[Word]:
    """What stands behind "as", also further on: "I work part-time in town as a barista"; or behind "promoted to"."""
    parse, verb = account.parse, clause.verb
    lemma = verb.lemma.lower()
    around = parse.children(verb, "advmod", "npadvmod", "dobj", "xcomp", "prep", "prt")
    if lemma == "start" and any(one.lower in ("out", "off") for one in around):
        return
    if lemma in _TAKEN_ON and not any(parse.children(verb, "nsubjpass")):
        return
    if lemma not in ("work", "freelance") and clause.tense == "progressive":
        return
    if lemma in _EARNING:
        around = [one for one in around if one.lemma == "living"]
        verbs = [verb] if around else []
    else:
        verbs = [verb]
    around += [one for prep in around if prep.relation == "prep" for one in parse.children(prep, "pobj")]
    yield from (one for head in [*verbs, *around] for one in account.below(head, "as"))
    if lemma == "promote":
        yield from account.below(verb, "to")


def roles_of(account: Account, clause: Clause, word: Word, *, ended: bool, surely: bool = False) -> Iterator[Statement]:
    """The occupation that a word names. `surely`: it stands where nothing but an occupation stands ("work as")."""
    if word.pos not in ("NOUN", "PROPN", "ADJ", "VERB", "X"):
        return
    if not surely and (account.owner(word) is not None or _in_a_manner(account, word)):
        return
    by_the_way = word.relation == "appos" or (
        account.parse.words[word.head].lower == "as" and clause.verb.lemma not in ("work", "be")
    )
    for phrase in noun_phrases(account.parse, word, prepositions=("of",)):
        if not is_occupation(phrase.name) and not (surely and phrase.name.split()[-1] not in _NO_WORK):
            continue
        if not surely and anybody_may_be(phrase.name) and _now_and_then(account, phrase.head):
            continue
        if ended:
            yield account.ended("role", phrase.name, "role", clause=clause)
        elif by_the_way and not surely:
            yield account.holds("role", phrase.name, "role", sure=min(SHARED, account.sure(clause)))
        else:
            yield account.told("role", phrase.name, "role", clause=clause, changed=True)


def _in_a_manner(account: Account, word: Word) -> bool:
    """As in "no doctor", "your guide", "a pilot at heart", "the cook in our family"."""
    parse = account.parse
    if any(one.lower == "no" or one.tag == "PRP$" for one in parse.children(word, "det", "poss")):
        return True
    inside = [one for prep in parse.children(word, "prep") for one in parse.children(prep, "pobj")]
    be = parse.head(word)
    inside += [one for prep in parse.children(be, "prep") for one in parse.children(prep, "pobj")]
    return any(one.lemma.lower() in _NO_TRADE_THERE and one.place > word.place for one in inside)


def _now_and_then(account: Account, word: Word) -> bool:
    """As in "a careful driver", "the judge of that", "the DJ tonight"; not "a bus driver", "a freelance editor"."""
    parse = account.parse
    if any(one.lower == "of" for one in parse.children(word, "prep")):
        return True
    kinds = any(parse.children(word, "compound", "nmod"))
    if not kinds and any(one.lower == "the" for one in parse.children(word, "det")):
        return True
    return any(one.lower not in _AT_WORK for one in parse.children(word, "amod"))
