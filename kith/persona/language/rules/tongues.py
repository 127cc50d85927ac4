"""The languages that the person speaks."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import LANGUAGES, words_of
from kith.persona.language.rules.account import SHARED, WEAK, Account
from kith.persona.language.rules.clauses import Clause
from kith.persona.language.rules.nouns import listed
from kith.persona.model import Statement

__all__ = ["languages_in", "languages_named"]

_NOT_AT_ALL = words_of("bad terrible awful poor nonexistent horrible non")


def languages_in(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I speak Dutch", "I'm fluent in Czech", "I grew up with Welsh"."""
    parse, verb = account.parse, clause.verb
    lemma = verb.lemma.lower()
    heads: list[Word] = []
    if lemma == "speak" and (clause.tense in ("present", "perfect") or _able(account, clause)):
        heads = parse.children(verb, "dobj", "attr", "oprd", "npadvmod", "acomp", "advmod")
        heads = [deep for one in heads for deep in [one, *account.below(one, "of")]]
        heads += [one for one in parse.children(verb, "conj") if one.pos != "VERB"]
    elif lemma == "grow" and clause.tense == "past":
        heads = list(account.below(verb, "with", "on", "in"))
        heads += [
            one
            for inner in parse.children(verb, "advcl", "xcomp")
            if inner.lemma == "speak"
            for one in parse.children(inner, "dobj")
        ]
        heads += [parse.words[one.place] for one in parse.children(verb, "acomp", "oprd") if one.lower == "bilingual"]
    elif lemma in ("be", "'m", "m") or verb.lower in ("m", "im", "fluent"):
        heads = list(_fluent(account, clause))
    for word in [one for head in heads for one in listed(parse, head)]:
        name = language(account, word)
        if name:
            yield account.told("speaks", name, "language", clause=clause)


def _able(account: Account, clause: Clause) -> bool:
    return any(word.lower in ("can", "ca", "cannot", "cant") for word in account.parse.children(clause.verb, "aux"))


def _fluent(account: Account, clause: Clause) -> Iterator[Word]:
    if clause.tense in ("modal", "future", "infinitive", "past"):
        return
    for word in [*account.complement(clause), clause.verb]:
        for one in listed(account.parse, word):
            if one.lower in ("fluent", "bilingual", "conversational", "proficient", "trilingual", "native"):
                yield from account.below(one, "in")
            elif one.lemma in ("speaker",):
                yield from account.below(one, "of")
                yield from account.parse.children(one, "amod", "compound", "nmod")


def language(account: Account, word: Word) -> str:
    """The language that a word names, with a word in front where both are one language: "swiss german"."""
    before = account.parse.words[word.place - 1].lower if word.place else ""
    two = f"{before} {word.lower}"
    return two if two in LANGUAGES else word.lower if word.lower in LANGUAGES else ""


def languages_named(account: Account) -> Iterator[Statement]:
    """As in "My native language is Tamil", "my Spanish is rusty but fine"."""
    parse = account.parse
    for word in parse.words:
        if word.relation != "nsubj" or account.owner(word) is None or not _is(account, parse.head(word)):
            continue
        be = parse.head(word)
        if _mother_tongue(account, word):
            listing = [one for head in parse.children(be, "attr", "acomp") for one in listed(parse, head)]
            names = [language(account, one) for one in listing]
            yield from (account.holds("speaks", name, "language", sure=SHARED) for name in names if name)
        elif language(account, word) and _good(account, be):
            yield account.holds("speaks", language(account, word), "language", sure=WEAK)


def _good(account: Account, be: Word) -> bool:
    """Whether something is told of how one speaks it, and it isn't that one doesn't."""
    told = any(account.parse.children(be, "acomp"))
    return told and not any(one.lower in _NOT_AT_ALL for one in account.parse.subtree(be))


def _is(account: Account, be: Word) -> bool:
    """Whether it is a plain "is", told as true."""
    plain = be.lower in ("is", "are", "'s") and not any(account.parse.children(be, "neg", "aux"))
    return plain and account.scope.asserts(be)


def _mother_tongue(account: Account, word: Word) -> bool:
    about = [one.lower for one in account.parse.children(word, "amod", "compound", "nmod")]
    first = any(one in ("native", "first", "mother", "second", "home") for one in about)
    return word.lemma == "tongue" or (word.lemma == "language" and first)
