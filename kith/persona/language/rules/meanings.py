"""What a verb of intention intends, put down as a plan or a goal."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.rules.account import Account
from kith.persona.language.rules.activities import meant
from kith.persona.language.rules.clauses import Clause
from kith.persona.model import Statement

__all__ = ["infinitive", "meant_by", "to_do"]

_ALONE = words_of(
    """
    move retire marry travel emigrate relocate graduate quit fly propose divorce resign vacation downsize
    """
)
"""Verbs that are a plan with nothing behind them."""


def to_do(account: Account, verb: Word) -> list[Word]:
    """What follows with "to": of "planning", visit, in "planning to visit Japan and to rest"."""
    inner = account.parse.children(verb, "xcomp", "ccomp", "advcl")
    inner = [one for one in inner if infinitive(account, one) and one.place > verb.place]
    return inner + [
        deep
        for one in inner
        for deep in account.parse.children(one, "conj")
        if deep.tag in ("VB", "VBP") and not account.parse.children(deep, "nsubj")
    ]


def infinitive(account: Account, word: Word) -> bool:
    """Whether a verb has its "to", or the "na" of "gonna"."""
    return word.pos in ("VERB", "AUX") and any(
        one.lower in ("to", "na") for one in account.parse.children(word, "aux", "mark")
    )


def meant_by(account: Account, clause: Clause, verb: Word, predicate: str, *, bare: bool = True) -> Iterator[Statement]:
    """What the verb means to do, as plans or goals. `bare`: a verb of moving and the like will do alone."""
    for name in meant(account.parse, verb, account.dated(clause, future=True)):
        if " " in name or (bare and verb.lemma in _ALONE):
            yield account.planned(predicate, name, clause)
