"""What people plan and want to achieve, and what they only do next or ask for."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

Facts: TypeAlias = set[tuple[str, str, str]]
Told: TypeAlias = Callable[..., Facts]
Spans: TypeAlias = set[tuple[str, str, str | None, str | None]]
Dated: TypeAlias = Callable[[str], Spans]


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        (
            "I'm going to visit my aunt in Lyon next month.",
            {("family", "aunt", "holds"), ("plans", "visit aunt", "holds")},
        ),
        ("We're moving to Crete in September.", {("plans", "move to crete", "holds")}),
        ("I'm flying to Reykjavik next Friday.", {("plans", "fly to reykjavik", "holds")}),
        ("I've booked a cabin in Norway.", {("plans", "book cabin", "holds")}),
        ("I booked a table for two.", {("plans", "book table for two", "holds")}),
        ("We plan to adopt a greyhound.", {("plans", "adopt greyhound", "holds")}),
        ("I'm planning to open a tea shop.", {("plans", "open tea shop", "holds")}),
        ("I've decided to sell the boat.", {("plans", "sell boat", "holds")}),
        ("I'm getting married in June.", {("plans", "get married", "holds")}),
        ("We're getting a puppy next week.", {("plans", "get puppy", "holds")}),
        ("I'll start a pottery course in October.", {("plans", "start pottery course", "holds")}),
        ("We're visiting Granada in May.", {("plans", "visit granada", "holds")}),
        ("I plan on running a half marathon in spring.", {("plans", "run half marathon", "holds")}),
        ("My plan is to hike the Alps in July.", {("plans", "hike alps", "holds")}),
        ("I intend to retire next year.", {("plans", "retire", "holds")}),
        ("I'm retiring in December.", {("plans", "retire", "holds")}),
        ("We'll be moving to Ghent in two weeks.", {("plans", "move to ghent", "holds")}),
        ("I'm about to move to Ghent.", {("plans", "move to ghent", "holds")}),
        ("My sister is moving to Ghent next month.", {("family", "sister", "holds")}),
        ("I'm seeing the dentist on Friday.", {("plans", "see dentist", "holds")}),
        ("I'm starting a new job on Monday.", {("plans", "start new job", "holds")}),
        ("I start a new job on Monday.", {("plans", "start new job", "holds")}),
        ("I'm joining Novamet next month.", {("plans", "join novamet", "holds")}),
        ("We're having a party on Saturday.", {("plans", "have party", "holds")}),
        ("I'm running the Lisbon marathon in October.", {("plans", "run lisbon marathon", "holds")}),
        ("We leave for Peru on Monday.", {("plans", "leave for peru", "holds")}),
    ],
)
def test_plans(told: Told, text: str, facts: Facts) -> None:
    assert told(text) == facts


@pytest.mark.parametrize(
    "text",
    [
        "I'll check the manual tomorrow.",
        "I'm going to bed.",
        "I'm going to try that.",
        "I'm going to the shop.",
        "I'm going to work now.",
        "I'm going to ask my boss.",
        "I'll take the blue one.",
        "I'm moving on.",
        "I was going to visit Japan.",
        "I'm not going to move to Lyon.",
        "Are we going to fly to Oslo?",
        "I might visit Oslo next week.",
        "I'm going to cry.",
        "I'm going to be late.",
        "I'm going to need a bigger box.",
        "I'm going to kill him.",
        "I'm flying blind here.",
        "I'm leaving now.",
        "I'm visiting the site now.",
        "I'm travelling.",
        "I'm about to lose my patience.",
        "If all goes well I'm flying to Oslo next week.",
        "I cancelled my trip to Oslo.",
        "I'm no longer going to move to Ghent.",
        "I'll see you tomorrow.",
        "I will call you next week.",
        "We're expecting a baby in May.",
        "I'm signing up for a course next week.",
        "I signed up for a sailing course in July.",
        "I'm off to Japan next week.",
    ],
)
def test_what_is_done_at_once_or_left_open_is_no_plan(told: Told, text: str) -> None:
    assert told(text) == set()


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("I want to learn Dutch.", {("goal", "learn dutch", "holds")}),
        ("I want to become a midwife.", {("goal", "become midwife", "holds")}),
        ("My goal is to run a marathon.", {("goal", "run marathon", "holds")}),
        ("My dream is to write a novel.", {("goal", "write novel", "holds")}),
        ("My goal for this year is to read more.", {("goal", "read more", "holds")}),
        ("I'm learning Greek.", {("goal", "learn greek", "holds")}),
        ("I'm learning to sail.", {("goal", "learn to sail", "holds")}),
        ("I'm saving up for a camper van.", {("goal", "save for camper van", "holds")}),
        ("I'm training for a triathlon.", {("goal", "train for triathlon", "holds")}),
        ("I'm trying to quit smoking.", {("goal", "quit smoking", "holds")}),
        ("I'm trying to lose weight.", {("goal", "lose weight", "holds")}),
        ("I'd like to learn the banjo.", {("goal", "learn banjo", "holds")}),
        ("I dream of opening a café.", {("goal", "open café", "holds")}),
        ("I'm working on a novel.", {("goal", "work on novel", "holds")}),
        ("My sister wants to become a pilot.", {("family", "sister", "holds")}),
        ("I want my son to become a pilot.", {("family", "son", "holds")}),
        ("I want to get fit by summer.", {("goal", "get fit", "holds")}),
        ("I want to stop eating sugar.", {("goal", "stop eating sugar", "holds")}),
        ("I want to build a shed by next summer.", {("goal", "build shed", "holds")}),
        ("My new year's resolution is to drink less.", {("goal", "drink less", "holds")}),
        ("I want to be a vet when I grow up.", {("goal", "be vet", "holds")}),
        ("I'm studying to be a lawyer.", {("goal", "be lawyer", "holds")}),
        ("I aim to finish my thesis by December.", {("goal", "finish thesis", "holds")}),
        ("I want to improve my French.", {("goal", "improve french", "holds")}),
        ("I want to pay off my debts.", {("goal", "pay off debt", "holds")}),
        ("I want to get better at chess.", {("goal", "get better at chess", "holds")}),
        ("I'm saving for a deposit on a flat.", {("goal", "save for deposit", "holds")}),
    ],
)
def test_goals(told: Told, text: str, facts: Facts) -> None:
    assert told(text) == facts


@pytest.mark.parametrize(
    "text",
    [
        "I'm trying to reset my password.",
        "I'm trying to find my order.",
        "I'm trying to reach support.",
        "I want to know the price.",
        "I want to buy shoes.",
        "I want to cancel.",
        "I want to return these boots.",
        "I want to see the menu.",
        "I hope to hear from you.",
        "I hope to see you soon.",
        "I'd like to order two pizzas.",
        "I dreamt of flying.",
        "I'm working on it.",
        "I'm working on Monday.",
        "I'm working on an order.",
        "I wanted to learn Dutch.",
        "I used to want to become a pilot.",
        "I don't want to become a pilot.",
        "Do I want to become a pilot?",
        "I learned a lot.",
        "I'm learning a lot here.",
        "I'm saving my work.",
        "I'm saving time with this.",
        "I want to write a review.",
        "I want to run this script.",
        "I want to quit the app.",
        "I want to open the window.",
        "I want to save this file.",
        "I want to speak to a manager.",
        "I want to play a game.",
        "I wish I could learn Dutch.",
        "I want to be clear.",
        "I want to be left alone.",
        "I want to finish this chat.",
        "I want to win.",
        "I want to pay my invoice.",
        "I want to get a refund.",
    ],
)
def test_wants_of_the_moment_are_no_goals(told: Told, text: str) -> None:
    assert told(text) == set()


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("I'm flying to Oslo next Friday.", {("plans", "fly to oslo", None, "2026-06-13")}),
        ("We're moving to Crete in September.", {("plans", "move to crete", None, "2026-10-01")}),
        ("I want to learn Dutch by December.", {("goal", "learn dutch", None, "2027-01-01")}),
        ("I've been learning Greek for two years.", {("goal", "learn greek", "2024-06-09", None)}),
        ("I'm retiring at the end of the year.", {("plans", "retire", None, "2027-01-01")}),
        ("I start a new job on Monday.", {("plans", "start new job", None, "2026-06-16")}),
    ],
)
def test_when_plans_and_goals_are_for(dated: Dated, text: str, facts: Spans) -> None:
    assert dated(text) == facts
