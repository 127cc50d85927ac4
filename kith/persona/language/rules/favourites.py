"""What the person calls a favourite, or a hobby of theirs."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.objects import Phrase
from kith.persona.language.rules.account import WEAK, Account
from kith.persona.language.rules.delights import delights_told
from kith.persona.language.rules.likable import likable, own_subject, said_to_be, type_of
from kith.persona.model import Statement

__all__ = ["favourites_in"]

_FAVOURITES = words_of("favourite favorite fave fav favourites favorites faves")


def favourites_in(account: Account) -> Iterator[Statement]:
    """As in "My favourite tea is oolong", "oolong is my favourite", "my hobby is chess"."""
    yield from delights_told(account)
    parse = account.parse
    for word in parse.words:
        if word.lower not in _FAVOURITES and word.lemma.lower() not in _FAVOURITES:
            continue
        noun = parse.head(word) if word.relation in ("amod", "compound", "nmod") else word
        if not (account.owner(noun) or account.owner(word)) or word.place in account.scope.unmeant:
            continue
        least = any(one.lower == "least" for one in parse.words[max(0, word.place - 2) : word.place])
        for phrase in _favourite(account, noun):
            yield account.holds("dislikes" if least else "likes", phrase.name, type_of(phrase), sure=WEAK + 0.1)


def _favourite(account: Account, noun: Word) -> list[Phrase]:
    """What the favourite is: on the other side of "is", which may have been read as one verb with it."""
    doing = account.parse.head(noun)
    if noun.relation == "nsubj" and doing.tag == "VBG" and account.scope.asserts(doing):
        plain = [one.lower in ("is", "'s") for one in account.parse.children(doing, "aux")] == [True]
        return said_to_be(account, [doing]) if plain and not account.parse.children(doing, "neg") else []
    be = _is(account, noun)
    return _other_side(account, be, noun) if be is not None else []


def _is(account: Account, noun: Word) -> Word | None:
    """The plain "is" that a favourite stands beside."""
    above = account.parse.ancestors(noun)
    be = next((one for one in above if one.lemma in ("be", "'s", "s") or one.lower in ("is", "are", "'s")), None)
    if be is None or be.lower in ("was", "were") or any(account.parse.children(be, "neg", "aux")):
        return None
    return be if account.scope.asserts(be) else None


def _other_side(account: Account, be: Word, noun: Word) -> list[Phrase]:
    """What stands on the other side of "is"."""
    parse = account.parse
    subjects = parse.children(be, "nsubj", "csubj")
    others = parse.children(be, "attr", "acomp", "xcomp", "ccomp", "oprd")
    mine = next(
        (one for one in [*subjects, *others] if noun.place in {below.place for below in parse.subtree(one)}), None
    )
    if mine is None:
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
