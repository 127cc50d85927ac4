"""The person's animals: "our two cats", "a dog called Luna"."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import ANIMALS, words_of
from kith.persona.language.rules.account import Account
from kith.persona.language.rules.clauses import Clause
from kith.persona.language.rules.companions import barred, having_clause, names_of
from kith.persona.model import Statement

__all__ = ["animal", "pets_in"]

_EATEN = words_of("chicken duck goose fish pig goat quail frog guppy")
"""Animals that are food as well: "my chicken is dry"."""
_ANIMAL_WORDS = frozenset(kind.split()[-1] for kind in ANIMALS)


def animal(account: Account, word: Word) -> str:
    """The kind of animal that a word names: "guinea pig", "border collie", "cat"."""
    if not _ANIMAL_WORDS & {word.lower, word.lemma.lower(), word.lower.removesuffix("s")}:
        return ""
    words = account.parse.words
    own = word.lower if word.lower in ANIMALS else word.lemma.lower()
    if own not in ANIMALS and word.lower.endswith("s") and word.lower[:-1] in ANIMALS:
        own = word.lower[:-1]
    before = words[word.place - 1].lower if word.place else ""
    singular = own if own in ANIMALS else word.lemma.lower() if word.tag == "NNS" else word.lower
    two = f"{before} {singular}"
    return two if two in ANIMALS else own if own in ANIMALS else ""


def pets_in(account: Account) -> Iterator[Statement]:
    """All animals that a text speaks of as the person's own."""
    for word in account.parse.words:
        kind = animal(account, word)
        if not kind or not account.scope.mentions(word) or barred(account, word) or word.pos in ("VERB", "PRON"):
            continue
        if _part_of_name(account, word) or (kind in _EATEN and _food(account, word)):
            continue
        names, _ = names_of(account, word)
        for name in names or ([kind] if kind != "pet" else []):
            yield from _pet(account, word, kind, name)


def _part_of_name(account: Account, word: Word) -> bool:
    """As in "dog food"."""
    head = account.parse.head(word)
    return word.relation == "compound" and head.place == word.place + 1 and head.text[0].islower()


def _food(account: Account, word: Word) -> bool:
    """Whether an animal that is eaten as well is only one that is eaten: "my chicken", "fish for dinner"."""
    counted = account.parse.children(word, "det", "nummod")
    return word.tag not in ("NNS", "NNPS") and (account.owner(word) is not None or not counted)


def _pet(account: Account, word: Word, kind: str, name: str) -> Iterator[Statement]:
    """What is told of an animal of the person's: that they had it, that it died, that they have it."""
    mine, having = account.owner(word), having_clause(account, word)
    gone = _had(account, word) or (_dead(account, word) if mine is not None else None)
    if gone is not None:
        yield account.ended("has_pet", name, "animal", clause=gone, detail=kind)
    elif having is not None:
        yield account.holds("has_pet", name, "animal", clause=having, changed=True, detail=kind)
    elif mine is not None:
        yield account.holds("has_pet", name, "animal", clause=_since_when(account, word), detail=kind)


def _since_when(account: Account, word: Word) -> Clause | None:
    """As in "I've had my snake since 2017"."""
    verb = account.parse.head(word)
    return next(
        (one for one in account.clauses if one.verb is verb and verb.lemma == "have" and one.tense == "perfect"), None
    )


def _had(account: Account, word: Word) -> Clause | None:
    """As in "I had a dog": no more."""
    verb = account.parse.head(word)
    if word.relation != "dobj":
        return None
    down = any(one.lower == "down" for one in account.parse.children(verb, "prt", "advmod"))
    for clause in account.clauses:
        if clause.verb is not verb:
            continue
        if clause.negated:
            return clause if verb.lemma in ("have", "own") and account.over(clause) else None
        past = clause.tense == "past" and (verb.lemma == "have" or (verb.lemma == "put" and down))
        if past or (verb.lemma in ("lose", "bury") and clause.tense in ("past", "perfect")):
            return clause
    return None


def _dead(account: Account, word: Word) -> Clause | None:
    """The clause that tells of a pet's death, with the time of it."""
    verb = account.parse.head(word)
    if word.relation not in ("nsubj", "nsubjpass") or not (
        verb.lower in ("died", "passed") or (verb.lemma in ("die", "pass") and verb.tag in ("VBD", "VBN"))
    ):
        return None
    if any(account.parse.children(verb, "neg")) or not account.scope.asserts(verb):
        return None
    places = [one.place for one in account.parse.subtree(verb)]
    return Clause(verb, "i", "past", negated=False, subject=word, first=places[0], end=places[-1] + 1)
