"""What a parsed text says of its person, and of the people around them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from kith.persona.language.grammar import Parse
from kith.persona.language.objects import ObjectNames
from kith.persona.language.rules.about import People
from kith.persona.language.rules.account import Account
from kith.persona.language.rules.allergies import allergies_in, allergies_named
from kith.persona.language.rules.belongings import belongings_in, new_things
from kith.persona.language.rules.birthdays import birthdays_in
from kith.persona.language.rules.clauses import Clause, clauses_of
from kith.persona.language.rules.corrections import (
    Correction,
    corrections_in,
    instead,
    taken_back,
)
from kith.persona.language.rules.diets import diets_in
from kith.persona.language.rules.favourites import favourites_in
from kith.persona.language.rules.goals import goals_in, intentions_in
from kith.persona.language.rules.homes import homes_in
from kith.persona.language.rules.household import household_in
from kith.persona.language.rules.likes import likes_in
from kith.persona.language.rules.misread import put_right
from kith.persona.language.rules.plans import plans_in
from kith.persona.language.rules.preferences import preferences_in
from kith.persona.language.rules.profile import profile_in
from kith.persona.language.rules.relations import relations_in
from kith.persona.language.rules.roles import roles_in
from kith.persona.language.rules.scope import Scope
from kith.persona.language.rules.scraps import scraps_in
from kith.persona.language.rules.tongues import languages_in, languages_named
from kith.persona.language.rules.trades import trades_in
from kith.persona.language.rules.unsaid import taken_back as is_taken_back
from kith.persona.language.rules.work import employers_in
from kith.persona.model import Relation, Statement

__all__ = ["Said", "said_of_person"]

_OF_CLAUSES: tuple[Callable[[Account, Clause], Iterable[Statement]], ...] = (
    likes_in,
    preferences_in,
    homes_in,
    employers_in,
    roles_in,
    belongings_in,
    allergies_in,
    diets_in,
    languages_in,
    plans_in,
    goals_in,
)
_OF_TEXTS: tuple[Callable[[Account], Iterable[Statement]], ...] = (
    favourites_in,
    household_in,
    allergies_named,
    languages_named,
    birthdays_in,
    intentions_in,
    new_things,
    profile_in,
    trades_in,
    scraps_in,
)
_FEWEST_LETTERS = 3
"""A shorter text tells nothing."""
_LONGEST_SENTENCE = 500
"""Words. What goes on for longer is no account of anybody; and what rules take grows with its square."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says: of its person, and of others beside them. Each thing stands once."""

    statements: tuple[Statement, ...] = ()
    relations: tuple[Relation, ...] = ()


def said_of_person(parse: Parse, *, names: frozenset[str], said: int, objects: ObjectNames) -> Said:
    """All that one text says.

    `names` is what the person goes by in texts about them, in lower case; `said` is when, in milliseconds UTC.
    """
    if len(parse.text) < _FEWEST_LETTERS or any(end - first > _LONGEST_SENTENCE for first, end in parse.sentences):
        return Said()
    parse = put_right(parse)
    people = People.of(parse, names)
    account = Account(parse=parse, people=people, scope=Scope.of(parse, people), said=said, objects=objects)
    return Said(
        statements=tuple(_once(_statements(account))),
        relations=tuple(dict.fromkeys(relations_in(account))),
    )


def _statements(account: Account) -> Iterator[Statement]:
    """All that is told, with what is corrected in the same breath put right, and what is taken back."""
    told = list(_told(account))
    for correction in corrections_in(account):
        before = [(place, at) for at, (place, one) in enumerate(told) if _corrects(correction, place, one)]
        if before:
            wrong = told[max(before)[1]][1]
            same = (wrong.predicate, wrong.object)
            told = [
                (place, instead(account, correction, one) if (one.predicate, one.object) == same else one)
                for place, one in told
            ]
        elif correction.surely and not told:
            yield taken_back(account, correction)
    yield from (one for _, one in told)
    unsaid = _taken_back(account)
    for _, one in _told(unsaid) if unsaid is not None else ():
        if not one.denied and one.until is None:
            yield replace(one, since=None, until=account.said, denied=True)


def _told(account: Account) -> Iterator[tuple[int, Statement]]:
    """By clause in order, then what is told by the way; each with the place of a word that tells it."""
    for clause in account.clauses:
        yield from ((clause.verb.place, one) for rule in _OF_CLAUSES for one in rule(account, clause))
    for rule in _OF_TEXTS:
        for one in rule(account):
            named = [word.place for word in account.parse.words if word.lower in one.object.name.split()]
            yield named[0] if named else 0, one


def _taken_back(account: Account) -> Account | None:
    """The text as an account of what the person takes back of it; None where they take back nothing."""
    clauses = [one for one in clauses_of(account.parse, account.people) if is_taken_back(account.parse, one.verb)]
    places = frozenset(place for one in clauses for place in range(one.first, one.end)) - account.scope.unmeant
    return replace(account, scope=replace(account.scope, within=places)) if places else None


def _corrects(correction: Correction, place: int, one: Statement) -> bool:
    """Whether what was meant can stand where this statement's object stands."""
    known = {"place", "organisation", "person", "date"}
    kinds = {correction.kind, one.object.type}
    return place < correction.place and not one.denied and (len(kinds) == 1 or not kinds & known)


def _once(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Each fact once, the surest of those that say the same."""
    found: dict[tuple[object, ...], Statement] = {}
    for one in statements:
        if not one.object.name:
            continue
        key = (one.predicate, one.object, one.denied, one.until is not None)
        if key not in found or one.confidence > found[key].confidence:
            found[key] = one
    yield from found.values()
