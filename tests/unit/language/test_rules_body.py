"""What people eat, do not bear and speak, and when they were born."""

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
        ("I'm vegan.", {("diet", "vegan", "holds")}),
        ("I'm a vegetarian.", {("diet", "vegetarian", "holds")}),
        ("I went vegan in January.", {("diet", "vegan", "holds")}),
        ("I'm not vegan any more.", {("diet", "vegan", "ended")}),
        ("I'm not vegan.", {("diet", "vegan", "denied")}),
        ("I'm on a keto diet.", {("diet", "keto", "holds")}),
        ("I eat halal.", {("diet", "halal", "holds")}),
        ("We eat gluten-free.", {("diet", "gluten-free", "holds")}),
        ("We keep kosher.", {("diet", "kosher", "holds")}),
        ("I don't eat pork.", {("diet", "no pork", "holds")}),
        ("I don't eat meat or fish.", {("diet", "no fish", "holds"), ("diet", "no meat", "holds")}),
        ("I never eat red meat.", {("diet", "no red meat", "holds")}),
        ("I haven't eaten meat since 2019.", {("diet", "no meat", "holds")}),
        ("I stopped eating sugar.", {("diet", "no sugar", "holds")}),
        ("I quit being vegan last year.", {("diet", "vegan", "ended")}),
        ("I follow a low-carb diet.", {("diet", "low-carb", "holds")}),
        ("I stick to a plant-based diet.", {("diet", "plant-based", "holds")}),
        ("I've been vegetarian since March.", {("diet", "vegetarian", "holds")}),
        ("As a vegan, I read every label.", {("diet", "vegan", "holds")}),
        ("I'm mostly vegetarian.", {("diet", "vegetarian", "holds")}),
        ("I love vegan food.", {("likes", "vegan food", "holds")}),
        ("My wife is vegan.", {("family", "wife", "holds")}),
        ("I'm not a fan of vegan cheese.", {("dislikes", "vegan cheese", "holds")}),
        ("I cook vegan.", {("diet", "vegan", "holds")}),
        ("I'm gluten free.", {("diet", "gluten-free", "holds")}),
    ],
)
def test_diets(told: Told, text: str, facts: Facts) -> None:
    assert told(text) == facts


@pytest.mark.parametrize(
    "text",
    [
        "I don't eat breakfast.",
        "I don't eat much.",
        "I don't eat out.",
        "I don't eat alone.",
        "I haven't eaten lunch.",
        "I'm vegan-curious.",
        "I ordered the vegan burger.",
        "Is this vegan?",
        "Do you have vegan options?",
        "The vegan cake was nice.",
        "My vegan friends hate cheese.",
        "I was vegan for a month.",
        "I was vegan.",
        "I tried vegan cheese.",
        "I'm thinking of going vegan.",
        "I need a gluten-free recipe.",
        "I'm on a budget.",
        "I'm on a diet.",
        "I'm on a break.",
        "I can't eat gluten.",
    ],
)
def test_words_of_food_that_are_no_diet(told: Told, text: str) -> None:
    assert told(text) == set()


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("I'm allergic to peanuts.", {("allergic_to", "peanut", "holds")}),
        (
            "I'm allergic to nuts and shellfish.",
            {("allergic_to", "nut", "holds"), ("allergic_to", "shellfish", "holds")},
        ),
        ("I'm lactose intolerant.", {("allergic_to", "lactose", "holds")}),
        ("I'm gluten-intolerant.", {("allergic_to", "gluten", "holds")}),
        ("I have a nut allergy.", {("allergic_to", "nut", "holds")}),
        ("I have a severe bee sting allergy.", {("allergic_to", "bee sting", "holds")}),
        ("I have an allergy to penicillin.", {("allergic_to", "penicillin", "holds")}),
        ("I can't have shellfish, I'm allergic.", {("allergic_to", "shellfish", "holds")}),
        ("I can't eat shrimp because I'm allergic.", {("allergic_to", "shrimp", "holds")}),
        ("My pollen allergy is killing me.", {("allergic_to", "pollen", "holds")}),
        ("I'm not allergic to cats.", {("allergic_to", "cat", "denied")}),
        ("I'm no longer allergic to milk.", {("allergic_to", "milk", "ended")}),
        ("I outgrew my milk allergy.", {("allergic_to", "milk", "ended")}),
        ("Is my son allergic to eggs?", {("family", "son", "holds")}),
        ("My son has a nut allergy.", {("family", "son", "holds")}),
        ("I developed an allergy to latex in 2020.", {("allergic_to", "latex", "holds")}),
        ("I suffer from a pollen allergy.", {("allergic_to", "pollen", "holds")}),
        ("I don't have a nut allergy.", {("allergic_to", "nut", "denied")}),
        ("I'm severely allergic to wasps.", {("allergic_to", "wasp", "holds")}),
        ("Allergic to dust and cat hair.", {("allergic_to", "cat hair", "holds"), ("allergic_to", "dust", "holds")}),
        ("I'm mildly intolerant of caffeine.", {("allergic_to", "caffeine", "holds")}),
    ],
)
def test_allergies(told: Told, text: str, facts: Facts) -> None:
    assert told(text) == facts


@pytest.mark.parametrize(
    "text",
    [
        "I'm allergic to mornings.",
        "I'm allergic to nonsense.",
        "I'm allergic to my boss.",
        "I'm allergic to it.",
        "I was allergic to milk.",
        "I'm allergic to hard work.",
        "Are you allergic to anything?",
        "I suffer from hay fever.",
        "I got tested for allergies.",
        "I don't have any allergies.",
        "The allergy season is long.",
        "I need allergy tablets.",
        "I react badly to strawberries.",
        "I can't tolerate rudeness.",
        "I might be allergic to kiwi.",
    ],
)
def test_what_is_no_allergy_of_theirs(told: Told, text: str) -> None:
    assert told(text) == set()


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("I speak Dutch.", {("speaks", "dutch", "holds")}),
        ("I speak Dutch and a little Finnish.", {("speaks", "dutch", "holds"), ("speaks", "finnish", "holds")}),
        ("I can speak some Basque.", {("speaks", "basque", "holds")}),
        ("I'm fluent in Czech.", {("speaks", "czech", "holds")}),
        ("I'm a native Tamil speaker.", {("speaks", "tamil", "holds")}),
        ("I'm a native speaker of Tamil.", {("speaks", "tamil", "holds")}),
        ("My native language is Welsh.", {("speaks", "welsh", "holds")}),
        ("My mother tongue is Catalan.", {("speaks", "catalan", "holds")}),
        ("I grew up speaking Greek.", {("speaks", "greek", "holds")}),
        ("I grew up with Welsh.", {("speaks", "welsh", "holds")}),
        ("We speak Polish at home.", {("speaks", "polish", "holds")}),
        ("I don't speak Dutch.", {("speaks", "dutch", "denied")}),
        ("I can't speak Dutch.", {("speaks", "dutch", "denied")}),
        ("I love Greek food.", {("likes", "greek food", "holds")}),
        ("I'm learning Turkish.", {("goal", "learn turkish", "holds")}),
        ("I'd like to speak Korean.", {("goal", "speak korean", "holds")}),
        ("I'm bilingual in Basque and Spanish.", {("speaks", "basque", "holds"), ("speaks", "spanish", "holds")}),
        ("My Spanish is rusty but fine.", {("speaks", "spanish", "holds")}),
        ("I speak to my sister every day.", {("family", "sister", "holds")}),
        ("I speak fluent Korean.", {("speaks", "korean", "holds")}),
        ("I hardly speak any German.", {("speaks", "german", "denied")}),
    ],
)
def test_languages(told: Told, text: str, facts: Facts) -> None:
    assert told(text) == facts


@pytest.mark.parametrize(
    "text",
    [
        "I grew up with Tom.",
        "I used to speak Dutch.",
        "Do you speak Dutch?",
        "He speaks Dutch.",
        "I'm Dutch.",
        "I wish I spoke Korean.",
        "My Spanish is terrible.",
        "I speak fast.",
        "I speak for everyone here.",
        "Speaking Dutch would help.",
        "I teach Spanish.",
        "I read French but don't speak it.",
        "English isn't my first language.",
        "My first language is not English.",
        "I spoke Dutch with her yesterday.",
        "I understand Dutch.",
    ],
)
def test_languages_that_they_do_not_say_to_speak(told: Told, text: str) -> None:
    assert told(text) == set()


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("My birthday is on 12 March.", {("birthday", "12 march", "holds")}),
        ("My birthday is March 12th.", {("birthday", "12 march", "holds")}),
        ("I was born on 3 May 1990.", {("birthday", "3 may", "holds")}),
        ("I was born on May 3rd.", {("birthday", "3 may", "holds")}),
        ("I turn 30 on 8 July.", {("birthday", "8 july", "holds")}),
        ("I'm turning 40 on 1 August.", {("birthday", "1 august", "holds")}),
        ("It's my birthday today.", {("birthday", "9 june", "holds")}),
        ("It's my birthday tomorrow!", {("birthday", "10 june", "holds")}),
        ("My birthday was yesterday.", {("birthday", "8 june", "holds")}),
        ("My sister's birthday is on 12 March.", {("family", "sister", "holds")}),
        ("It's my son's birthday today.", {("family", "son", "holds")}),
        ("My dog's birthday is on 12 March.", {("has_pet", "dog", "holds")}),
        ("Born on 12 March 1990.", {("birthday", "12 march", "holds")}),
        ("My birthday falls on Christmas Day.", {("birthday", "25 december", "holds")}),
        ("My son was born on 3 May.", {("family", "son", "holds")}),
        ("Tomorrow is my birthday.", {("birthday", "10 june", "holds")}),
        ("My DOB is 12 March 1990.", {("birthday", "12 march", "holds")}),
        ("My date of birth is 12 March 1990.", {("birthday", "12 march", "holds")}),
        ("I turn 30 today.", {("birthday", "9 june", "holds")}),
        ("I turned 30 yesterday.", {("birthday", "8 june", "holds")}),
    ],
)
def test_birthdays(told: Told, text: str, facts: Facts) -> None:
    assert told(text) == facts


@pytest.mark.parametrize(
    "text",
    [
        "I was born in 1990.",
        "I was born in May.",
        "I was born in Oulu.",
        "My birthday is next week.",
        "My birthday was great.",
        "When is my birthday?",
        "My birthday isn't on 12 March.",
        "I have an appointment on 12 March.",
        "Happy birthday on 12 March!",
        "My birthday party is on 12 March.",
        "If my birthday is on 12 March, do I get a gift?",
    ],
)
def test_days_that_are_no_birthday_of_theirs(told: Told, text: str) -> None:
    assert told(text) == set()


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("I've been vegan since March.", {("diet", "vegan", "2026-03-01", None)}),
        ("I haven't eaten meat since 2019.", {("diet", "no meat", "2019-01-01", None)}),
        ("I've spoken Dutch since 2010.", {("speaks", "dutch", "2010-01-01", None)}),
        ("I developed a nut allergy in 2020.", {("allergic_to", "nut", "2020-01-01", None)}),
    ],
)
def test_since_when_it_is_so(dated: Dated, text: str, facts: Spans) -> None:
    assert dated(text) == facts
