"""On which day of the year the person was born."""

from collections.abc import Iterator

from kith.persona.language.dates import day_of_year
from kith.persona.language.grammar import Word
from kith.persona.language.rules.account import OWN, Account
from kith.persona.model import Statement

__all__ = ["birthdays_in"]


def birthdays_in(account: Account) -> Iterator[Statement]:
    """As in "My birthday is on 12 March", "I turn 30 on 12 March", "it's my birthday today"."""
    parse = account.parse
    for word in parse.words:
        if not _birthday(account, word) or account.owner(word) not in ("i", "them"):
            continue
        be = parse.head(word)
        if be.lemma != "be" and word.relation != "ROOT":
            be = next((one for one in parse.ancestors(word) if one.lemma in ("be", "fall", "'s", "s")), be)
        if (
            be.lemma not in ("be", "fall", "'s", "s", "m")
            or not account.scope.asserts(be)
            or any(parse.children(be, "neg", "aux"))
        ):
            continue
        if be.lower in ("was", "were") and not any(one.lower == "yesterday" for one in parse.subtree(be)):
            continue
        yield from _born(account, [one for one in parse.subtree(be)])
    for clause in account.clauses:
        if (
            (clause.verb.lower == "born" or clause.verb.lemma == "turn")
            and not clause.negated
            and clause.whose in ("i", "them")
        ):
            yield from _born(account, list(account.words(clause)))


def _birthday(account: Account, word: Word) -> bool:
    """A birthday, a date of birth; no birthday party."""
    if word.lower == "date":
        return any(one.lower == "birth" for one in account.below(word, "of"))
    return word.lower in ("birthday", "bday", "b-day", "dob") and word.relation != "compound"


def _born(account: Account, words: list[Word]) -> Iterator[Statement]:
    day = day_of_year(account.parse.said(words), said=account.said)
    if day is not None:
        yield account.holds("birthday", day, "date", sure=OWN)
