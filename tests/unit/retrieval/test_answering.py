"""The extractive answer: facts that are asked for, sentences that support an answer, and nothing invented."""

import pytest

from kith.persona.model import Entity, Fact, Message
from kith.persona.retrieval import Answer, Citation, Question, Scored, Told, answer, read_question
from kith.persona.wording import fact_text

NOW = 1_000 * 86_400_000
SAID = Message(tenant="t", user_id="alice123", text="I love hiking and photography.", timestamp=5, message_id="m1")


def told(predicate: str, name: str, *, detail: str = "", until: int | None = None) -> Told:
    fact = Fact(f"{predicate} {name}", predicate, Entity("thing", name), 0, until, 1.0, "rule", (SAID.key,), detail)
    return Told(fact, fact_text(fact), (SAID,))


FACTS = [
    told("likes", "hiking"),
    told("likes", "photography"),
    told("dislikes", "mushroom"),
    told("prefers", "tea"),
    told("lives_in", "Berlin", until=86_400_000),
    told("lives_in", "Porto"),
    told("works_at", "Novamet"),
    told("role", "engineer"),
    told("has_pet", "Biscuit", detail="dog"),
    told("family", "Lea", detail="sister"),
    told("speaks", "French"),
    told("birthday", "12 march"),
    told("plans", "move to lisbon"),
    told("goal", "learn dutch"),
    told("owns", "car"),
    told("allergic_to", "peanut"),
    told("diet", "vegetarian"),
]


def asked(text: str) -> Question:
    return read_question(text, asked=NOW, person="alice123", others=["Bob"])


def test_both_hobbies_with_their_source() -> None:
    assert answer(asked("What are Alice's hobbies?"), FACTS, []) == Answer(
        "Likes hiking. Likes photography.",
        (
            Citation(SAID.key, SAID.text, 5, "likes hiking"),
            Citation(SAID.key, SAID.text, 5, "likes photography"),
        ),
    )


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What does Alice enjoy in her free time?", "Likes hiking. Likes photography."),
        ("Does Alice like hiking?", "Likes hiking."),
        ("Does Alice like mushrooms?", "Dislikes mushroom."),
        ("Does Alice like tea?", "Prefers tea."),
        ("What doesn't Alice like?", "Dislikes mushroom."),
        ("Which city does Alice live in?", "Lives in Porto."),
        ("Where is Alice from?", "Lives in Porto."),
        ("Where did Alice live?", "Lives in Berlin (until 2 January 1970). Lives in Porto."),
        ("Who is Alice's employer?", "Works at Novamet."),
        ("What does Alice do for a living?", "Works at Novamet. Is an engineer."),
        ("Does she have any pets?", "Dog: Biscuit."),
        ("What is the name of Alice's dog?", "Dog: Biscuit."),
        ("Does Alice have siblings?", "Sister: Lea."),
        ("Which languages does Alice speak?", "Speaks French."),
        ("When is Alice's birthday?", "Birthday: 12 march."),
        ("What is Alice planning?", "Plans to move to lisbon."),
        ("What would Alice like to learn?", "Has the goal to learn dutch."),
        ("What does Alice own?", "Owns: car."),
        ("Does Alice have a car?", "Owns: car."),
        ("What is Alice allergic to?", "Is allergic to peanut."),
        ("Is Alice a vegetarian?", "Diet: vegetarian."),
        ("what do I like", "Likes hiking. Likes photography."),
    ],
)
def test_facts_that_answer(question: str, text: str) -> None:
    found = answer(asked(question), FACTS, [])
    assert found is not None
    assert found.text == text


@pytest.mark.parametrize(
    "question",
    [
        "Does Alice like sushi?",
        "Is Alice allergic to shellfish?",
        "Is Alice vegan?",
        "Does Alice speak German?",
        "Does Alice have a cat?",
        "Does Alice have a brother?",
        "What does Alice's sister do?",
        "Where does Alice's sister live?",
        "Where does Tom live?",
        "What are Bob's hobbies?",
        "What does Alice look like?",
        "What music does Alice like?",
        "Why does Alice like hiking?",
        "When did Alice move to Porto?",
        "Where did Alice live before Porto?",
        "How old is Alice?",
    ],
)
def test_facts_that_do_not_answer(question: str) -> None:
    assert answer(asked(question), FACTS, []) is None


def test_a_period_that_is_named_asks_for_what_was_so_then() -> None:
    found = answer(asked("Where did Alice live in January 1970?"), FACTS, [])
    assert found is not None
    assert found.text == "Lives in Berlin (until 2 January 1970). Lives in Porto."


def test_of_a_fact_whose_message_is_not_at_hand_its_own_words_are_cited() -> None:
    one = Told(FACTS[0].fact, FACTS[0].text)
    found = answer(asked("What are Alice's hobbies?"), [one], [])
    assert found == Answer("Likes hiking.", (Citation(SAID.key, "likes hiking", 0, "likes hiking"),))


def said(text: str, *, score: float = 9.0, cosine: float | None = 0.5, author: str | None = None) -> Scored:
    message = Message(tenant="t", user_id="alice123", text=text, timestamp=0, author=author)
    return Scored(message, score, {}, cosine)


def test_messages_that_support_an_answer_are_quoted_best_first() -> None:
    best, second = said("The boat is blue. And yours?", author="Alice"), said("A blue boat", score=8, author="Bob")
    found = answer(asked("What colour is the boat?"), [], [best, second, said("So what", cosine=0.1)])
    assert found == Answer(
        "Alice: The boat is blue.\nBob: A blue boat",
        (Citation(best.message.key, "The boat is blue.", 0), Citation(second.message.key, "A blue boat", 0)),
    )


def test_when_is_answered_with_the_day_on_which_it_was_said() -> None:
    found = answer(asked("When did the boat sink?"), [], [said("It sank yesterday.")])
    assert found is not None
    assert found.text == "It sank yesterday. (1 January 1970)"


def test_of_a_long_message_the_sentence_that_answers() -> None:
    chatter = "We talked about the weather for a while and had some soup with it. " * 4
    found = answer(asked("How many boats are there?"), [], [said(f"{chatter}There are three boats in all. {chatter}")])
    assert found is not None
    assert found.text == "There are three boats in all."


def test_without_a_cosine_the_words_must_be_shared() -> None:
    right, wrong = said("the red boat sank", cosine=None), said("a boat", cosine=None)
    assert answer(asked("Did the red boat sink or sank it?"), [], [wrong]) is None
    found = answer(asked("Where is the red boat?"), [], [right, wrong])
    assert found is not None
    assert [one.key for one in found.citations] == [right.message.key]


@pytest.mark.parametrize(
    "scored",
    [
        [],
        [said("So what", cosine=0.1)],
        [said("what colour is the boat?")],
        [said("nothing", score=-3, cosine=0.6)],
    ],
)
def test_nothing_is_answered_where_nothing_answers(scored: list[Scored]) -> None:
    assert answer(asked("What colour is the boat?"), [], scored) is None
