"""Facts that are told of a thing of the person's: "my employer is Ostara", "home is Porto", "my job is nursing"."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.rules.account import SHARED, WEAK, Account
from kith.persona.language.rules.employer_names import employer_name
from kith.persona.language.rules.homes import place_names
from kith.persona.language.rules.nouns import listed, noun_phrases
from kith.persona.language.rules.occupations import is_occupation
from kith.persona.model import Statement

__all__ = ["profile_in"]

_HOMES = words_of("home base")
_FLATS = words_of("flat apartment studio house")
_EMPLOYERS = words_of("employer company workplace")
_JOBS = words_of("job occupation profession trade work title")
_TOLD_OF = _HOMES | _FLATS | _EMPLOYERS | _JOBS
_LATER = words_of("second holiday old former last first dream future next previous new parents' spiritual")


def profile_in(account: Account) -> Iterator[Statement]:
    """What a text tells of the person's home, employer and job, by name."""
    for word in account.parse.words:
        lemma = word.lemma.lower()
        if lemma not in _TOLD_OF:
            continue
        if lemma in _EMPLOYERS and account.owner(word) is not None and account.scope.mentions(word):
            named = [one for one in account.parse.children(word, "appos") if one.pos == "PROPN"]
            yield from _works(account, named, WEAK)
        be = account.parse.head(word)
        if word.relation == "nsubj" and _is(account, be) and not _of_another_time(account, word):
            yield from _told_of(account, word, be)


def _is(account: Account, be: Word) -> bool:
    """Whether it is a plain "is"."""
    if be.lower not in ("is", "'s", "are") or any(account.parse.children(be, "neg", "aux")):
        return False
    return account.scope.asserts(be)


def _of_another_time(account: Account, word: Word) -> bool:
    return any(one.lower in _LATER for one in account.parse.children(word, "amod", "compound", "poss"))


def _told_of(account: Account, word: Word, be: Word) -> Iterator[Statement]:
    """By what the word is: a home, a flat, an employer, a job."""
    parse, lemma, mine = account.parse, word.lemma.lower(), account.owner(word) is not None
    if lemma in _HOMES and (mine or not any(parse.children(word, "det", "poss"))):
        yield from _lives(account, [*parse.children(be, "attr"), *account.below(be, "in")], SHARED)
    elif lemma in _FLATS and mine:
        yield from _lives(account, list(account.below(word, "in")), WEAK)
    elif lemma in _EMPLOYERS and mine:
        named = [one for one in parse.children(be, "attr") if one.text[0].isupper() or lemma == "employer"]
        yield from _works(account, named, SHARED)
    elif lemma in _JOBS and mine:
        yield from _works(account, [one for one in account.below(word, "at") if one.text[0].isupper()], WEAK)
        yield from _job(account, be)


def _lives(account: Account, words: list[Word], sure: float) -> Iterator[Statement]:
    for word in words:
        yield from (account.holds("lives_in", name, "place", sure=sure) for name in place_names(account, word))


def _works(account: Account, words: list[Word], sure: float) -> Iterator[Statement]:
    for word in words:
        name = employer_name(account, word)
        if name:
            yield account.holds("works_at", name, "organisation", sure=sure)


def _job(account: Account, be: Word) -> Iterator[Statement]:
    """As in "My job is nurse", "my profession is being a nurse"."""
    for head in account.parse.children(be, "attr", "acomp"):
        for one in listed(account.parse, head):
            for phrase in noun_phrases(account.parse, one, prepositions=("of",)):
                if is_occupation(phrase.name):
                    yield account.holds("role", phrase.name, "role", sure=SHARED)
