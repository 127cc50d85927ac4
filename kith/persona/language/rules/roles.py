"""What the person does for a living."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.rules.account import Account
from kith.persona.language.rules.clauses import Clause
from kith.persona.language.rules.nouns import listed, noun_phrases
from kith.persona.language.rules.occupations import is_occupation
from kith.persona.model import Statement

__all__ = ["roles_in", "roles_of"]


def roles_in(account: Account, clause: Clause) -> Iterator[Statement]:
    """What a clause says of the person's occupation."""
    lemma = clause.verb.lemma.lower()
    for word in _as_what(account, clause):
        yield from roles_of(account, clause, word, ended=False)
    if clause.tense in ("modal", "future", "infinitive", "progressive"):
        return
    if lemma in ("be", "'m", "m", "become"):
        if clause.tense == "past" and lemma != "become" and account.times(clause).until is None:
            return
        for noun in account.complement(clause):
            apposed = account.parse.children(noun, "appos") if noun.pos == "PROPN" else []
            for word in [one for head in [noun, *apposed] for one in listed(account.parse, head)]:
                yield from roles_of(account, clause, word, ended=False)
    elif lemma in ("work", "freelance", "start", "train") and not (
        clause.tense == "past" and lemma != "start" and account.times(clause).until is None
    ):
        heads = [clause.verb, *account.parse.children(clause.verb, "advmod", "npadvmod", "dobj", "xcomp", "prep")]
        heads += [
            one for prep in account.parse.children(clause.verb, "prep") for one in account.parse.children(prep, "pobj")
        ]
        for word in [one for head in heads for one in account.below(head, "as")]:
            yield from roles_of(account, clause, word, ended=False, surely=True)


def _as_what(account: Account, clause: Clause) -> Iterator[Word]:
    """As in "As a nurse, I …": in front of whatever the person does."""
    if clause.subject is None:
        return
    for prep in account.parse.children(clause.verb, "prep", "mark", "advmod"):
        if prep.lower == "as" and prep.place < clause.subject.place:
            yield from (one for one in account.parse.children(prep, "pobj") if one.place < clause.subject.place)


def roles_of(account: Account, clause: Clause, word: Word, *, ended: bool, surely: bool = False) -> Iterator[Statement]:
    """The occupation that a word names. `surely`: it stands where nothing but an occupation stands ("work as")."""
    no = any(one.lower == "no" for one in account.parse.children(word, "det"))
    if no or word.pos not in ("NOUN", "PROPN", "ADJ", "VERB", "X"):
        return
    if account.owner(word) is not None and not surely:
        return
    as_before = account.parse.words[word.head].lower == "as" and clause.verb.lemma not in ("work", "be")
    for phrase in noun_phrases(account.parse, word, prepositions=("of",)):
        if not is_occupation(phrase.name) and not (surely and _working_noun(phrase.name)):
            continue
        if ended:
            yield account.ended("role", phrase.name, "role", clause=clause)
        elif as_before and not surely:
            yield account.holds("role", phrase.name, "role", sure=account.sure(clause))
        else:
            yield account.told("role", phrase.name, "role", clause=clause, changed=True)


def _working_noun(name: str) -> bool:
    return name.split()[-1] not in words_of("team pair group unit one favour favor whole child result part")
