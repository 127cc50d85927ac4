"""What the person calls a favourite."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.objects import Phrase
from kith.persona.language.rules.account import WEAK, Account
from kith.persona.language.rules.likable import likable, own_subject, type_of
from kith.persona.model import Statement

__all__ = ["favourites_in"]

_FAVOURITES = words_of("favourite favorite fave fav favourites favorites faves")


def favourites_in(account: Account) -> Iterator[Statement]:
    """As in "My favourite tea is oolong", "oolong is my favourite"."""
    parse = account.parse
    for word in parse.words:
        if word.lower not in _FAVOURITES and word.lemma.lower() not in _FAVOURITES:
            continue
        noun = parse.head(word) if word.relation in ("amod", "compound", "nmod") else word
        if not (account.owner(noun) or account.owner(word)) or word.place in account.scope.unmeant:
            continue
        be = next(
            (
                one
                for one in parse.ancestors(noun)
                if one.lemma in ("be", "'s", "s") or one.lower in ("is", "are", "'s")
            ),
            None,
        )
        if (
            be is None
            or not account.scope.asserts(be)
            or be.lower in ("was", "were")
            or any(parse.children(be, "neg", "aux"))
        ):
            continue
        predicate = (
            "dislikes"
            if any(one.lower == "least" for one in parse.words[max(0, word.place - 2) : word.place])
            else "likes"
        )
        for phrase in _favourite(account, be, noun):
            yield account.holds(predicate, phrase.name, type_of(phrase), sure=WEAK + 0.1)


def _favourite(account: Account, be: Word, noun: Word) -> list[Phrase]:
    """What stands on the other side of "is"."""
    parse = account.parse
    under = {one.place for one in parse.subtree(be)}
    subjects = parse.children(be, "nsubj", "csubj")
    others = parse.children(be, "attr", "acomp", "xcomp", "ccomp", "oprd")
    mine = next(
        (one for one in [*subjects, *others] if noun.place in {below.place for below in parse.subtree(one)}), None
    )
    if mine is None or not under:
        return []
    wanted = [one for one in others if one not in subjects][:1] if mine in subjects else subjects
    if mine in subjects and not wanted:
        return []
    found: list[Phrase] = []
    for one in wanted:
        if one.pos == "ADJ" and one.relation == "acomp":
            found.append(Phrase(one.lower, one))
        else:
            found += likable(account, [one]) if not own_subject(account, one) or one.relation == "attr" else []
    return found
