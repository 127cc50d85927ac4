"""What people take back and put right, in the same message and of earlier ones."""

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
    ("text", "facts"),
    [
        ("I don't live in Berlin any more.", {("lives_in", "berlin", "ended")}),
        ("I no longer live in Berlin.", {("lives_in", "berlin", "ended")}),
        ("We don't live in Oulu anymore.", {("lives_in", "oulu", "ended")}),
        ("Actually it's decaf.", {("corrected", "decaf", "holds")}),
        ("No, I meant oat milk.", {("corrected", "oat milk", "holds")}),
        ("I mean decaf.", {("corrected", "decaf", "holds")}),
        ("Forget that I said I live in Berlin.", {("lives_in", "berlin", "denied")}),
        ("Forget that I live in Berlin.", {("lives_in", "berlin", "denied")}),
        ("Please forget that I said I like tea.", {("likes", "tea", "denied")}),
        ("Scratch that, I live in Hamburg.", {("lives_in", "hamburg", "holds")}),
        ("I live in Berlin. Actually, Hamburg.", {("lives_in", "hamburg", "holds")}),
        ("I live in Berlin, I mean Hamburg.", {("lives_in", "hamburg", "holds")}),
        ("I live in Berlin - sorry, Hamburg.", {("lives_in", "hamburg", "holds")}),
        ("I live in Berlin. Scratch that, Hamburg.", {("lives_in", "hamburg", "holds")}),
        ("I live in Berlin. No wait, Hamburg.", {("lives_in", "hamburg", "holds")}),
        ("I like tea. Sorry, coffee.", {("likes", "coffee", "holds")}),
        ("I'm allergic to peanuts. Correction: walnuts.", {("allergic_to", "walnut", "holds")}),
        ("I work at Novamet, or rather Varga Motors.", {("works_at", "varga motors", "holds")}),
        ("I never said I like olives.", {("likes", "olive", "denied")}),
        ("I never told you I live in Oulu.", {("lives_in", "oulu", "denied")}),
        ("I didn't say I'm vegan.", {("diet", "vegan", "denied")}),
        (
            "I don't live in Berlin. I live in Hamburg.",
            {("lives_in", "berlin", "denied"), ("lives_in", "hamburg", "holds")},
        ),
        ("I live in Hamburg, not Berlin.", {("lives_in", "hamburg", "holds")}),
        ("I'm not a nurse, I'm a doctor.", {("role", "doctor", "holds"), ("role", "nurse", "denied")}),
        ("Don't forget that I live in Berlin.", {("lives_in", "berlin", "holds")}),
        ("Never forget I'm allergic to nuts.", {("allergic_to", "nut", "holds")}),
        ("Actually, I like tea.", {("likes", "tea", "holds")}),
        ("I moved away from Berlin.", {("lives_in", "berlin", "ended")}),
        ("I sold my bike.", {("owns", "bicycle", "ended")}),
        ("I've stopped liking tea.", {("likes", "tea", "ended")}),
        ("I'm not allergic to milk any longer.", {("allergic_to", "milk", "ended")}),
        ("I was wrong, I don't own a bike.", {("owns", "bicycle", "denied")}),
        ("I quit Novamet last week.", {("works_at", "novamet", "ended")}),
        ("Delete the fact that I live in Berlin.", {("lives_in", "berlin", "denied")}),
        ("Please remove that I have a dog.", {("has_pet", "dog", "denied")}),
        ("Disregard that I said I'm vegan.", {("diet", "vegan", "denied")}),
        ("Strike that, I'm not vegan.", {("diet", "vegan", "denied")}),
        ("I have a cat. I mean a dog.", {("has_pet", "dog", "holds")}),
        ("My sister is called Lea. Sorry, Mia.", {("family", "mia", "holds")}),
        ("I love Berlin. Wait, I mean Hamburg.", {("likes", "hamburg", "holds")}),
        ("My birthday is on 12 March. Sorry, 13 March.", {("birthday", "13 march", "holds")}),
        ("I'm a nurse. Well, actually a midwife.", {("role", "midwife", "holds")}),
        ("I like tea. Actually, can you help me with my order?", {("likes", "tea", "holds")}),
        ("I like tea. Wait, my bus is here.", {("likes", "tea", "holds")}),
        ("I live in Oulu. Sorry, I'm in a hurry.", {("lives_in", "oulu", "holds")}),
        ("I live in Oulu. Sorry about the typo.", {("lives_in", "oulu", "holds")}),
        ("I live in Oulu. Oops, phone call.", {("lives_in", "oulu", "holds")}),
        ("I live in Oulu. I mean it.", {("lives_in", "oulu", "holds")}),
        ("I like tea. Sorry, Anna.", {("likes", "tea", "holds")}),
        ("I no longer have a car.", {("owns", "car", "ended")}),
        ("I don't have a dog any more.", {("has_pet", "dog", "ended")}),
        ("I don't speak German any more.", {("speaks", "german", "ended")}),
        ("I lived in Oulu until last week.", {("lives_in", "oulu", "ended")}),
        ("It turns out I'm not allergic to nuts.", {("allergic_to", "nut", "denied")}),
        ("You got it wrong: I live in Hamburg.", {("lives_in", "hamburg", "holds")}),
        ("That's not true, I don't live in Berlin.", {("lives_in", "berlin", "denied")}),
        ("I misspoke: I work at Varga Motors.", {("works_at", "varga motors", "holds")}),
        ("Contrary to what the form says I don't live in Oulu any longer.", {("lives_in", "oulu", "ended")}),
        ("I'm vegan. Actually, vegetarian.", {("diet", "vegetarian", "holds")}),
        ("I have been hired as a cook.", {("role", "cook", "holds")}),
        ("I'm employed by Novamet.", {("works_at", "novamet", "holds")}),
        ("We hired a nurse for my dad.", {("family", "dad", "holds")}),
        (
            "Forget the fact that I work at Novamet and speak Dutch.",
            {("speaks", "dutch", "denied"), ("works_at", "novamet", "denied")},
        ),
        ("Please delete that I own a kayak.", {("owns", "kayak", "denied")}),
        ("If you must know, I'm moving to Oulu next month.", {("plans", "move to oulu", "holds")}),
        ("I like tea. Actually, I like coffee.", {("likes", "coffee", "holds"), ("likes", "tea", "holds")}),
        ("Ignore my dog, I love cats.", {("has_pet", "dog", "holds"), ("likes", "cat", "holds")}),
        ("Forget what I said, I live in Oulu.", {("lives_in", "oulu", "holds")}),
        ("I can say I like olives.", {("likes", "olive", "holds")}),
    ],
)
def test_what_is_taken_back_and_put_right(
    text: str, facts: set[tuple[str, str, str]], parse: Callable[[str], Parse], vocabulary: Vocabulary
) -> None:
    assert told(parse(text), vocabulary) == facts


@pytest.mark.parametrize(
    "text",
    [
        "Ignore what I said about living in Berlin.",
        "I forgot that I live in a small town.",
        "Did you forget that I live in Berlin?",
        "Forget it.",
        "Forget about Berlin.",
        "Actually, no.",
        "Actually, thanks for the help.",
        "Actually it's fine.",
        "Actually it's raining.",
        "Actually it's late.",
        "Actually, that's great.",
        "Actually, it's a problem.",
        "Actually, wrong order.",
        "Actually, tomorrow.",
        "Actually, good idea.",
        "Sorry, Tom.",
        "Sorry, wrong chat.",
        "Sorry, typo.",
        "Wait, what?",
        "I mean, wow.",
        "I mean well.",
        "I mean it.",
        "I meant no harm.",
        "I meant to say thanks.",
        "What I meant was the blue one.",
        "Make that two.",
        "Make that a large one.",
        "Not Berlin, Hamburg.",
        "It's not Berlin, it's Hamburg.",
        "Don't delete that I own a kayak.",
        "I can't say I like olives.",
        "I haven't told you that I live in Oulu.",
        "Sorry I didn't tell you I'm vegan.",
        "I didn't mention that I'm allergic to nuts.",
    ],
)
def test_words_that_correct_nothing(text: str, parse: Callable[[str], Parse], vocabulary: Vocabulary) -> None:
    assert told(parse(text), vocabulary) == set()
