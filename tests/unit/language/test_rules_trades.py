"""What people say they are, that is no occupation of theirs."""

from collections.abc import Callable

import pytest

from kith.persona.language.facts_said import said_of_person
from kith.persona.language.grammar import Parse
from kith.persona.language.vocabulary import Vocabulary
from kith.persona.model import Statement

SAID = 1_781_000_000_000
"""Tuesday, 9 June 2026."""


def state(one: Statement) -> str:
    if one.denied:
        return "denied"
    return "ended" if one.until is not None and one.until <= SAID else "holds"


def told(parse: Parse, vocabulary: Vocabulary, *names: str) -> set[tuple[str, str, str]]:
    """All that a text says of its person."""
    said = said_of_person(parse, names=frozenset(names), said=SAID, objects=vocabulary)
    return {(one.predicate, one.object.name, state(one)) for one in said.statements}


@pytest.mark.parametrize(
    "text",
    [
        "I'm a mess.",
        "I'm a size 8.",
        "I'm a fan.",
        "I'm a Leo.",
        "I'm a regular.",
        "I'm the boss today.",
        "I'm a morning person.",
        "I'm a night owl.",
        "I'm a good cook.",
        "I'm a slow reader.",
        "I'm a mother of two.",
        "I'm a beginner.",
        "I'm a loser.",
        "I'm a Berliner.",
        "I'm a new customer.",
        "I'm a human.",
        "I'm a bit of a perfectionist.",
        "I'm a guest at the hotel.",
        "I'm an early riser.",
        "I'm the eldest.",
        "I'm a bad driver.",
        "I'm a dog owner.",
        "I'm a runner.",
        "I'm a Premium member.",
        "I'm the account holder.",
        "I'm your biggest fan.",
        "I'm an only child.",
        "I'm a big eater.",
        "I'm a cyclist.",
        "I'm a prisoner of my own kitchen.",
        "I'm a returning customer.",
        "I'm the designated driver tonight.",
        "I'm a wreck before coffee.",
        "I'm the cook in our family.",
        "I'm a frequent flyer.",
        "I'm a problem solver.",
        "I'm a people person.",
        "I'm a control freak.",
        "I'm a sweet tooth.",
        "I'm a light sleeper.",
        "I'm a hard worker.",
        "I'm a collector of stamps.",
        "I'm a stamp collector.",
        "I'm a survivor.",
        "I'm a Trekkie.",
        "I'm a big reader.",
        "I'm a hobby photographer.",
        "I'm an amateur astronomer.",
        "I'm a believer.",
        "I'm a patient of Dr Novak.",
        "I'm a Londoner, born and bred.",
        "I'm a model customer.",
        "I'm an idiot.",
        "I'm a heavy smoker.",
        "I'm a witness.",
        "I'm a keen gardener.",
        "I'm a guide dog owner.",
        "I'm the judge of that.",
        "I'm a ticket holder.",
        "I'm a tenant.",
        "I'm an avid baker.",
        "I'm a former teacher.",
        "I'm a subscriber.",
        "I'm a stay-at-home dad.",
        "I'm a Mac user.",
        "I'm the author of that review.",
        "I'm the one who ordered.",
        "I'm a minor.",
        "I'm a nurse's daughter.",
        "I'm a teacher's worst nightmare.",
        "I'm a list maker.",
        "I'm a decision maker at heart.",
        "I'm a first-time buyer.",
        "I'm a miracle worker.",
        "I'm a shift worker.",
        "I'm a goalkeeper.",
        "I'm captain of my football team.",
        "I'm a big coffee drinker.",
        "I'm a student of life.",
        "I'm a born teacher.",
        "I'm a gamer.",
        "I'm a pilot at heart.",
        "I'm a secret agent.",
        "I'm a parent volunteer.",
        "I'm the DJ at my friend's wedding.",
        "I'm a single parent.",
        "I'm a homeowner.",
        "I'm a fact checker.",
        "I'm a careful driver.",
        "I'm a nervous driver.",
        "I'm a good judge of character.",
        "I'm a quick learner.",
        "I'm a home cook.",
        "I'm a strong singer.",
        "I'm a shower singer.",
        "I'm a natural dancer.",
        "I'm a left-handed painter.",
        "I'm a role model.",
        "I'm a founding member.",
        "I'm a big planner.",
        "I'm a picky eater.",
        "I'm a compulsive editor of my own texts.",
        "I'm a late bloomer.",
        "I'm a grandfather of three.",
        "I'm a card holder.",
        "I'm a heavy user of your app.",
        "I'm an angel.",
        "I'm a private person.",
        "I'm a client of yours.",
        "I'm a witness in the case.",
        "I'm the driver of the red van.",
        "I'm the captain of the quiz team.",
    ],
)
def test_what_people_are_is_not_always_their_trade(
    text: str, parse: Callable[[str], Parse], vocabulary: Vocabulary
) -> None:
    assert told(parse(text), vocabulary) == set()
