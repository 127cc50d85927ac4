"""Whom people work for and as what, since when and until when."""

from collections.abc import Callable
from datetime import UTC, datetime

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


def dated(parse: Parse, vocabulary: Vocabulary) -> set[tuple[str, str, str | None, str | None]]:
    """All that a text says of its person, with the days since when and until when it is so."""
    statements = said_of_person(parse, names=frozenset(), said=SAID, objects=vocabulary).statements
    return {(one.predicate, one.object.name, day(one.since), day(one.until)) for one in statements}


def day(moment: int | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment / 1000, UTC).date().isoformat()


@pytest.mark.parametrize(
    "text",
    [
        "I do plumbing for a living.",
        "I fix roofs for a living.",
        "Retired teacher here.",
        "My day job is teaching maths.",
        "I'm training as a chef.",
        "I work with children.",
        "I work in finance.",
        "I work from home.",
        "I work at night.",
        "I work in Oulu.",
        "I work for myself.",
        "I work on my novel every day.",
        "I drive trains.",
        "I joined a choir last year.",
        "I joined the gym.",
        "I left Oulu.",
        "I left home at six.",
        "I retired as a judge.",
        "I became a father last week.",
        "My company is small.",
        "My boss works at Novamet.",
        "I'm at the bakery now.",
        "I'm at Sarah's now.",
        "I'm at Heathrow now.",
        "As a kid I loved trains.",
        "As a customer I expect better.",
        "As a rule I get up early.",
        "I dressed up as a doctor.",
        "I'm seeing a dentist.",
        "I'm talking to a lawyer.",
        "My work is being a clown.",
        "I run a bakery.",
        "I'm self-employed.",
        "I work for a living.",
        "I work for peanuts.",
        "I worked as a lifeguard one summer.",
        "I'd work as a guide any time.",
        "I want to work at Novamet.",
        "I applied for a job at Novamet.",
        "I had an interview at Novamet.",
        "I play the doctor in our school play.",
        "I drive a taxi for a living.",
        "I am a stay at home mum.",
        "I'm on the night shift at Novamet.",
        "I was employed by Novamet.",
        "I employ two people at Novamet.",
        "I hired Bob at Novamet.",
        "I miss my job as a waiter.",
        "My old job as a waiter was fun.",
        "My job as a waiter was fun.",
        "My dream job is astronaut.",
        "A doctor here told me to rest.",
        "Any nurse here?",
        "Is there a doctor here?",
        "New customer here.",
        "Long-time user here.",
        "My doctor is here.",
        "The doctor here is great.",
        "I'm in Oulu now.",
        "I'm registered at Novamet.",
        "I'm married to a nurse.",
        "I'm called a nurse by mistake.",
        "I'm told I'm a good nurse.",
        "I dressed as a nurse.",
        "I identify as a nurse.",
        "I see myself as a teacher.",
        "I trained as a nurse.",
        "I serve as a deacon.",
        "Speaking as a nurse, I disagree.",
        "As a former teacher I know this.",
        "As a student, do I get a discount?",
        "As a judge of cakes I'm strict.",
        "As a good driver I never speed.",
        "As your guide I would say no.",
        "Treat me as a beginner.",
        "I want to work as a guide.",
        "I'm looking for work as a cook.",
        "I found work as a cook.",
        "I turned down a job as a cook.",
        "I started out as a cook.",
        "I worked as a cook.",
        "I've worked as a cook.",
    ],
)
def test_work_that_is_not_theirs_or_not_so(text: str, parse: Callable[[str], Parse], vocabulary: Vocabulary) -> None:
    assert told(parse(text), vocabulary) == set()


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("I'm a nurse.", {("role", "nurse", "holds")}),
        ("I work as a paramedic.", {("role", "paramedic", "holds")}),
        ("I've been a nurse for ten years.", {("role", "nurse", "holds")}),
        ("Been a nurse for ten years.", {("role", "nurse", "holds")}),
        ("Nurse here, working nights.", {("role", "nurse", "holds")}),
        ("I'm a carpenter by trade.", {("role", "carpenter", "holds")}),
        ("By trade I'm a bricklayer.", {("role", "bricklayer", "holds")}),
        ("My day job is baker.", {("role", "baker", "holds")}),
        ("My job as a librarian is quiet.", {("role", "librarian", "holds")}),
        ("In my job as a midwife I see a lot.", {("role", "midwife", "holds")}),
        ("I'm a primary school teacher in Oulu.", {("role", "primary school teacher", "holds")}),
        ("I'm training to be a pilot.", {("goal", "be pilot", "holds")}),
        (
            "I'm a senior software engineer at Novamet.",
            {("role", "senior software engineer", "holds"), ("works_at", "novamet", "holds")},
        ),
        (
            "I'm a student at the University of Bergen.",
            {("role", "student", "holds"), ("works_at", "university of bergen", "holds")},
        ),
        ("I work for the city council.", {("works_at", "city council", "holds")}),
        ("I work at a bakery.", {("works_at", "bakery", "holds")}),
        ("I work in a hospital.", {("works_at", "hospital", "holds")}),
        ("I teach maths at a school.", {("works_at", "school", "holds")}),
        ("I joined Novamet in 2019.", {("works_at", "novamet", "holds")}),
        ("I started a job at Novamet last week.", {("works_at", "novamet", "holds")}),
        ("I started at Varga Motors in March.", {("works_at", "varga motors", "holds")}),
        ("I got a job at the library.", {("works_at", "library", "holds")}),
        ("I quit my job at Novamet.", {("works_at", "novamet", "ended")}),
        ("I quit my job as a courier.", {("role", "courier", "ended")}),
        ("I left Novamet last month.", {("works_at", "novamet", "ended")}),
        ("I was fired from Novamet.", {("works_at", "novamet", "ended")}),
        ("I got laid off from Novamet yesterday.", {("works_at", "novamet", "ended")}),
        ("I'm no longer a nurse.", {("role", "nurse", "ended")}),
        ("I became a firefighter in 2020.", {("role", "firefighter", "holds")}),
        ("I'm employed by the railway.", {("works_at", "railway", "holds")}),
        (
            "I'm employed at Novamet as an electrician.",
            {("role", "electrician", "holds"), ("works_at", "novamet", "holds")},
        ),
        ("My employer is Novamet.", {("works_at", "novamet", "holds")}),
        ("I'm with Novamet now.", {("works_at", "novamet", "holds")}),
        ("I'm at Novamet now.", {("works_at", "novamet", "holds")}),
        (
            "I work part-time as a barista at Luma Coffee.",
            {("role", "barista", "holds"), ("works_at", "luma coffee", "holds")},
        ),
        ("I freelance as an illustrator.", {("role", "illustrator", "holds")}),
        ("I'm a freelance translator.", {("role", "freelance translator", "holds")}),
        ("I am currently working as a receptionist.", {("role", "receptionist", "holds")}),
        ("I make a living as a potter.", {("role", "potter", "holds")}),
        ("I earn my living as a potter.", {("role", "potter", "holds")}),
        ("As a nurse, I see a lot.", {("role", "nurse", "holds")}),
        ("I'm a caregiver for my mum.", {("family", "mum", "holds")}),
        ("I'm a server at a diner.", {("role", "server", "holds"), ("works_at", "diner", "holds")}),
        ("I'm not a server, I'm a person.", {("role", "server", "denied")}),
        ("I'm a volunteer firefighter.", {("role", "volunteer firefighter", "holds")}),
        ("I've worked at Novamet since March.", {("works_at", "novamet", "holds")}),
        ("I worked at Novamet from 2015 to 2019.", {("works_at", "novamet", "ended")}),
        ("I worked at Novamet until last week.", {("works_at", "novamet", "ended")}),
        ("I've been working for Novamet for three years.", {("works_at", "novamet", "holds")}),
        ("I'm a vet, not a doctor.", {("role", "vet", "holds")}),
        ("I hope to become a surgeon.", {("goal", "become surgeon", "holds")}),
        ("I'm an engineer and so is my brother.", {("family", "brother", "holds"), ("role", "engineer", "holds")}),
        ("I'm a cook on a ferry.", {("role", "cook", "holds")}),
        ("I'm a driver for a courier firm.", {("role", "driver", "holds"), ("works_at", "courier firm", "holds")}),
        ("I'm a lawyer specialising in tax law.", {("role", "lawyer", "holds")}),
        ("I'm a uni student.", {("role", "uni student", "holds")}),
        ("I'm a phd student in Bergen.", {("role", "phd student", "holds")}),
        ("I'm an apprentice electrician.", {("role", "apprentice electrician", "holds")}),
        ("Electrician by trade.", {("role", "electrician", "holds")}),
        ("For work I'm a courier.", {("role", "courier", "holds")}),
        ("I'm employed as a gardener.", {("role", "gardener", "holds")}),
        ("I got hired as a cook at Marlow House.", {("role", "cook", "holds"), ("works_at", "marlow house", "holds")}),
        ("I was promoted to manager last month.", {("role", "manager", "holds")}),
        ("I work as head of marketing.", {("role", "head of marketing", "holds")}),
        (
            "I'm head of marketing at Novamet.",
            {("role", "head of marketing", "holds"), ("works_at", "novamet", "holds")},
        ),
        ("My job title is data analyst.", {("role", "data analyst", "holds")}),
        ("What I do is I'm a welder.", {("role", "welder", "holds")}),
        ("I'm a doctor now.", {("role", "doctor", "holds")}),
        ("I'm the new manager at Novamet.", {("role", "new manager", "holds"), ("works_at", "novamet", "holds")}),
        ("I'm the owner of a bakery.", {("owns", "bakery", "holds")}),
        ("I'm the manager of a small hotel.", {("role", "manager of small hotel", "holds")}),
        ("I'm the photographer at my sister's wedding.", {("family", "sister", "holds")}),
        ("I'm a Pisces and a nurse.", {("role", "nurse", "holds")}),
        ("I'm sorry, I'm a nurse and I work nights.", {("role", "nurse", "holds")}),
        ("I lost my job at Novamet.", {("works_at", "novamet", "ended")}),
        ("I lost my job as a waiter.", {("role", "waiter", "ended")}),
        ("My sister's job as a nurse is hard.", {("family", "sister", "holds")}),
        ("Teacher here, so I mark a lot.", {("role", "teacher", "holds")}),
        ("Primary school teacher here.", {("role", "primary school teacher", "holds")}),
        ("Hi, nurse here!", {("role", "nurse", "holds")}),
        ("I'm a plumber by trade but now I write.", {("role", "plumber", "holds")}),
        ("I'm settled in Cork.", {("lives_in", "cork", "holds")}),
        ("I'm based in Cork.", {("lives_in", "cork", "holds")}),
        ("I act as a translator for my mum.", {("family", "mum", "holds")}),
        ("As a student I get a discount.", {("role", "student", "holds")}),
        ("I got a job as a cook.", {("role", "cook", "holds")}),
        ("I have a job as a courier.", {("role", "courier", "holds")}),
        ("I have a second job as a DJ.", {("role", "dj", "holds")}),
        ("I took a position as an editor at Novamet.", {("role", "editor", "holds"), ("works_at", "novamet", "holds")}),
        ("I started as a cook at Marlow House.", {("role", "cook", "holds"), ("works_at", "marlow house", "holds")}),
        ("I've worked as a cook since May.", {("role", "cook", "holds")}),
        ("I worked as a cook until last week.", {("role", "cook", "ended")}),
    ],
)
def test_occupations_and_employers(
    text: str, facts: set[tuple[str, str, str]], parse: Callable[[str], Parse], vocabulary: Vocabulary
) -> None:
    assert told(parse(text), vocabulary) == facts


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("I've worked at Novamet since March.", {("works_at", "novamet", "2026-03-01", None)}),
        ("I worked at Novamet from 2015 to 2019.", {("works_at", "novamet", "2015-01-01", "2019-01-01")}),
        ("I worked at Novamet until last week.", {("works_at", "novamet", None, "2026-06-01")}),
        ("I've been a nurse for ten years.", {("role", "nurse", "2016-06-09", None)}),
        ("I joined Novamet in 2019.", {("works_at", "novamet", "2019-01-01", None)}),
        ("I left Novamet last month.", {("works_at", "novamet", None, "2026-05-01")}),
        ("I became a midwife two years ago.", {("role", "midwife", "2024-06-09", None)}),
        ("I was a waiter until June 2025.", {("role", "waiter", None, "2025-06-01")}),
        ("I quit my job at Novamet yesterday.", {("works_at", "novamet", None, "2026-06-08")}),
        ("I got a job at Novamet last week.", {("works_at", "novamet", "2026-06-01", None)}),
        ("I no longer work at Novamet.", {("works_at", "novamet", None, "2026-06-09")}),
        ("I'm working at Novamet until August.", {("works_at", "novamet", None, "2026-08-01")}),
    ],
)
def test_when_work_began_and_ended(
    text: str,
    facts: set[tuple[str, str, str | None, str | None]],
    parse: Callable[[str], Parse],
    vocabulary: Vocabulary,
) -> None:
    assert dated(parse(text), vocabulary) == facts
