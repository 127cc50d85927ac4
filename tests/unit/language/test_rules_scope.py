"""What is asserted: no question, no condition, no guess, nothing of others, nothing of the past."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

Facts: TypeAlias = set[tuple[str, str, str]]
Told: TypeAlias = Callable[..., Facts]
NOTHING: Facts = set()


@pytest.mark.parametrize(
    "text",
    [
        "Do I live in Malmö?",
        "Am I allergic to walnuts?",
        "Did I tell you I speak Finnish?",
        "Would I like Porto?",
        "What do you think I do, work at a bank?",
        "Who says I hate olives?",
        "Don't I own two kayaks?",
        "So I'm a nurse now, right?",
        "Can you remind me whether I work at Novamet?",
        "I wonder if I'm lactose intolerant.",
        "Is it odd that I hate summer?",
        "Should I get a cat?",
        "Which languages do I speak?",
        "How long have I lived in Bergen?",
        "Why do I love rain so much?",
    ],
)
def test_questions_state_nothing(told: Told, text: str) -> None:
    assert told(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "If I lived in Malmö I'd cycle to work.",
        "If I were a teacher, I would give no homework.",
        "Suppose I move to Malmö next year.",
        "Imagine I work at a zoo.",
        "Let's say I have a dog.",
        "Unless I get a cat, I'll be lonely.",
        "I would love skiing if I could afford it.",
        "Say I live in Malmö and work at a bank.",
        "I'd live in Porto if it had better schools.",
        "Had I been a pilot, I'd have seen the world.",
        "In another life I'm a baker.",
        "When I'm a doctor I'll buy a house.",
        "Whenever I'm in Porto I drink coffee.",
        "Even if I were vegan I'd keep my boots.",
        "Provided I get the job at Novamet, we will celebrate.",
        "Once I'm a nurse, I'll have less time.",
        "Pretend I'm a pirate who loves gold.",
    ],
)
def test_what_is_supposed_is_not_so(told: Told, text: str) -> None:
    assert told(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "I used to live in Malmö.",
        "I used to love opera.",
        "As a child I loved marbles.",
        "I worked at Novamet.",
        "I was a waiter.",
        "We lived in Bergen as students.",
        "Back then I was vegan.",
        "I would play the piano for hours as a boy.",
        "When I was six I hated spinach.",
        "I used to be allergic to milk.",
        "We used to have a cat.",
        "My first job was at a bakery.",
    ],
)
def test_what_used_to_be_is_not_so_now(told: Told, text: str) -> None:
    assert told(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "My doctor says I'm allergic to latex.",
        "Everybody thinks I hate Mondays.",
        "She told me I work at a circus.",
        "According to my profile I live in Malmö.",
        "According to the form I live in Oulu. I don't.",
        "The letter states that I own a boat.",
        "Rumour has it I speak Icelandic.",
        "They claim that I live in Turku.",
        '"I adore liquorice," she said.',
        "He wrote 'I work at Novamet' on his card.",
        "The app keeps saying I'm vegan.",
        "People assume I love football.",
        "My horoscope says I love adventure.",
        "Apparently I'm allergic to cats.",
        "Your records show I live in Oulu.",
        "I heard that I work at a bank.",
        "I told my boss I love the night shift.",
        "I think I'm allergic to wool.",
        "In the game I'm a doctor.",
        "In my dreams I'm a pilot.",
        "In theory I'm a student.",
        "I live in Oulu, according to the form.",
        "Going by your records I live in Oulu.",
        "I'm told I'm a nurse.",
    ],
)
def test_what_others_say_is_not_vouched_for(told: Told, text: str) -> None:
    assert told(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Oh great, I love queues.",
        "I just love being on hold, /s",
        "Yeah right, I live in a castle in Monaco.",
        "I'm a huge fan of ads. Not!",
        "Sure, because I love paying twice.",
        "I love waiting in line 🙄",
        "I love mondays, said no one ever.",
        "I live in Paradise, as if.",
        "I love this printer, just kidding.",
    ],
)
def test_winks_are_not_meant(told: Told, text: str) -> None:
    assert told(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Tom lives in Rome.",
        "My flatmate is vegan.",
        "She is a nurse.",
        "You love tea.",
        "My neighbour has a dog.",
        "His mother speaks Greek.",
        "My boss hates meetings.",
        "Most people love pizza.",
        "One lives in Malmö only once.",
        "They moved to Lyon last year.",
        "My friend's cat is called Pixel.",
        "The kids hate broccoli.",
        "My colleague and her wife live in Oulu.",
        "My best friend is a teacher and I envy her.",
        "Our neighbours own a sauna.",
        "My doctor, who lives in Porto, is kind.",
        "Nobody loves rain.",
        "Those who live in Malmö love wind.",
        "The man I live with is a carpenter.",
        "Someone like me loves chess.",
    ],
)
def test_others_facts_are_theirs(told: Told, text: str) -> None:
    assert told(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Maybe I'm allergic to dust.",
        "I might move to Malmö.",
        "Perhaps I love it too much.",
        "I guess I'm a photographer.",
        "I could be lactose intolerant.",
        "I'm not sure I like jazz.",
        "I'm thinking about becoming a nurse.",
        "I may have a nut allergy.",
        "I'm considering moving to Turku.",
        "I suspect I'm allergic to nickel.",
        "I probably live in the wrong town.",
        "I feel like I live in Malmö.",
        "I'm kind of thinking of getting a dog.",
        "I doubt I'll ever live in Porto.",
        "It's possible that I'm allergic to bees.",
    ],
)
def test_guesses_are_no_facts(told: Told, text: str) -> None:
    assert told(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "I wish I lived in Malmö.",
        "I'd love a cat.",
        "If only I had a garden.",
        "I wish I were a painter.",
        "I'd rather not say where I live.",
        "I would have loved a brother.",
        "I long for a house by the sea.",
        "I hope I like Porto.",
    ],
)
def test_wishes_are_no_facts(told: Told, text: str) -> None:
    assert told(text) == set()


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("I never said that.", NOTHING),
        ("I don't have a dog.", NOTHING),
        ("I have never lived in Malmö.", NOTHING),
        ("I am not allergic to anything.", NOTHING),
        ("I don't think I'm vegan.", NOTHING),
        ("I don't just like jazz, I love it.", NOTHING),
        ("I'm not a nurse.", {("role", "nurse", "denied")}),
        ("I don't live in Graz.", {("lives_in", "graz", "denied")}),
        ("I'm neither a doctor nor a nurse.", {("role", "doctor", "denied"), ("role", "nurse", "denied")}),
        ("No, I am not vegan.", {("diet", "vegan", "denied")}),
        ("I don't speak Finnish.", {("speaks", "finnish", "denied")}),
        ("I no longer work at Novamet.", {("works_at", "novamet", "ended")}),
    ],
)
def test_what_is_denied_does_not_hold(told: Told, text: str, facts: Facts) -> None:
    assert told(text) == facts


@pytest.mark.parametrize(
    "text",
    [
        "Translate this: I live in Oulu.",
        "Write a poem that starts with: I love the rain.",
        'How do you say "I live in Porto" in Portuguese?',
        "Correct my sentence: I am work at bank.",
        "Write a letter: I work at Novamet.",
    ],
)
def test_what_is_written_to_order_is_not_theirs(told: Told, text: str) -> None:
    assert told(text) == set()


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("I live in Turku, do you deliver there?", {("lives_in", "turku", "holds")}),
        ("Since I'm vegan, what would you cook?", {("diet", "vegan", "holds")}),
        ("I love gardening, any book you'd recommend?", {("likes", "gardening", "holds")}),
        ("If you ask me, I love winter.", {("likes", "winter", "holds")}),
        ("I had a dog when I was little.", {("has_pet", "dog", "ended")}),
        ("My mum believes I'm a doctor.", {("family", "mum", "holds")}),
        ("My gran always said I was a poet.", {("family", "gran", "holds")}),
        ("I told you I'm vegan.", {("diet", "vegan", "holds")}),
        ("I have to say I love winter.", {("likes", "winter", "holds")}),
        ("Just so you know, I'm allergic to latex.", {("allergic_to", "latex", "holds")}),
        ("You know I hate coriander.", {("dislikes", "coriander", "holds")}),
        ("Please note that I don't eat pork.", {("diet", "no pork", "holds")}),
        ("The truth is I hate camping.", {("dislikes", "camping", "holds")}),
        ("I should mention that I'm a nurse.", {("role", "nurse", "holds")}),
        ("My sister loves hiking.", {("family", "sister", "holds")}),
        ("My husband works at Novamet.", {("family", "husband", "holds")}),
        ("My daughter is allergic to eggs.", {("family", "daughter", "holds")}),
        ("My wife and I live in Oulu.", {("family", "wife", "holds"), ("lives_in", "oulu", "holds")}),
        ("I would like to live in Porto.", {("goal", "live in porto", "holds")}),
    ],
)
def test_clauses_beside_those_are_told_in_earnest(told: Told, text: str, facts: Facts) -> None:
    assert told(text) == facts
