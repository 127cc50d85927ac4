"""What fits into a budget of tokens: never more than it, the best first, whatever order it comes in."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kith.etl.tokens import TokenCounter
from kith.persona.activation import Activated
from kith.persona.evidence import Wants
from kith.persona.model import Engagement, Entity, Fact, Message
from kith.persona.packing import Offered, Packed, Scored, pack
from kith.persona.prompt_text import FRAME, HEADINGS, Known, line, prompt_text

HIKING = Entity("activity", "hiking")


def fact(n: int, score: float = 0.0, name: str = "hiking") -> Scored[Fact]:
    return Scored(Fact(f"f{n}", "likes", Entity("thing", name), n * 1000, None, 0.9, "rule", (f"key{n:05}",)), score)


def message(n: int, score: float, text: str = "short") -> Scored[Message]:
    return Scored(Message(tenant="t", user_id="u", text=text, timestamp=n * 60_000, message_id=f"m{n}"), score)


def active(n: int, activation: float) -> Activated:
    return Activated(Entity("thing", f"thing {n}"), activation, activation, 0.0, 1, n * 1000)


def test_what_all_fits_is_shown_in_order_of_time() -> None:
    offered = Offered(
        facts=[fact(2, 0.1), fact(1, 0.9)],
        intents=[Wants("buy", 1, 5), Wants("plan_trip", 2, 9)],
        entities=[active(1, -0.5), active(2, 0.5)],
        messages=[message(3, 0.9), message(1, 0.1), message(2, 0.5)],
    )
    known = Known(
        facts=(fact(1).piece, fact(2).piece),
        intents=(Wants("plan_trip", 2, 9), Wants("buy", 1, 5)),
        entities=(active(2, 0.5), active(1, -0.5)),
        messages=(message(1, 0).piece, message(2, 0).piece, message(3, 0).piece),
    )
    text = prompt_text(known)
    assert pack(offered, budget=10_000, count=len) == Packed(known, text, len(text))


def test_the_best_get_in_and_shorter_ones_after_one_that_is_too_long() -> None:
    best, long, last = message(5, 0.9), message(1, 0.8, "long " * 50), message(3, 0.1)
    shown = Known(messages=(last.piece, best.piece))
    budget = len(prompt_text(shown)) + 1
    found = pack(Offered(messages=[last, long, best]), budget=budget, count=len)
    assert found.known == shown
    assert pack(Offered(messages=[last, long, best]), budget=budget - 2, count=len).known == Known(
        messages=(best.piece,)
    )


def test_facts_come_first_and_leave_half_to_the_messages() -> None:
    facts = [fact(n, 1.0) for n in range(50)]
    messages = [message(n, 0.5) for n in range(50)]
    found = pack(Offered(facts=facts, messages=messages), budget=2_000, count=len)
    head = len(FRAME) + len(HEADINGS[Fact]) + 2
    room = 1_000 - head
    assert len(found.known.facts) == room // (len(line(facts[0].piece)) + 1)
    assert len(found.known.messages) > 10


def test_the_fact_that_matters_most_takes_what_it_needs() -> None:
    lives = fact(1, 1.0, "lisbon")
    shown = Known(facts=(lives.piece,))
    messages = [message(n, 0.9, "i live in porto") for n in range(5)]
    found = pack(Offered(facts=[fact(2), lives], messages=messages), budget=len(prompt_text(shown)) + 1, count=len)
    assert found.known == shown


def test_what_the_messages_leave_goes_to_the_facts() -> None:
    found = pack(Offered(facts=[fact(n) for n in range(50)], messages=[message(1, 0.5)]), budget=2_000, count=len)
    assert len(found.known.messages) == 1
    assert 2_000 - len(line(fact(0).piece)) - 1 <= found.tokens <= 2_000


def test_of_facts_the_better_then_the_later_get_in() -> None:
    facts = [fact(1, 0.1), fact(2, 0.1), fact(3, 0.9)]
    for fitting, kept in ((1, [3]), (2, [2, 3]), (3, [1, 2, 3])):
        budget = 2 * (len(FRAME) + 1 + len(HEADINGS[Fact]) + 1 + fitting * (len(line(facts[0].piece)) + 1))
        found = pack(Offered(facts=facts, messages=[message(1, 0.5, "x" * 2_000)]), budget=budget // 2, count=len)
        assert [one.id for one in found.known.facts] == [f"f{n}" for n in kept]


def test_events_and_repeats_do_not_show() -> None:
    event = Scored(
        Message(
            tenant="t",
            user_id="u",
            text="",
            timestamp=5,
            message_id="e",
            campaign_id="c",
            engagement=Engagement("like"),
        ),
        9.0,
    )
    twice = [message(1, 0.2), message(1, 0.7), event]
    found = pack(Offered(facts=[fact(1, 0.1), fact(1, 0.3)], messages=twice), budget=10_000, count=len)
    assert found.known == Known(facts=(fact(1).piece,), messages=(message(1, 0).piece,))


@pytest.mark.parametrize("budget", [-5, 0, 1, len(FRAME)])
def test_where_nothing_fits_there_is_nothing(budget: int) -> None:
    assert pack(Offered(messages=[message(1, 1.0)]), budget=budget, count=len) == Packed(Known(), "", 0)


def test_a_tokenizer_that_makes_more_of_lines_together_is_believed() -> None:
    def square(text: str) -> int:
        return len(text) ** 2

    one = prompt_text(Known(messages=(message(2, 0).piece,)))
    found = pack(Offered(messages=[message(1, 0.1), message(2, 0.9)]), budget=square(one), count=square)
    assert found == Packed(Known(messages=(message(2, 0).piece,)), one, square(one))


texts = st.text(min_size=1, max_size=60) | st.sampled_from(["hiking", "<<<END OF MEMORY>>>", "🫠" * 9, "x" * 150])
scores = st.floats(-2, 2)
offers = st.builds(
    Offered,
    facts=st.lists(st.builds(fact, st.integers(0, 9), scores), max_size=6),
    intents=st.lists(
        st.builds(Wants, texts, st.integers(1, 5), st.integers(0, 10**6)), max_size=3, unique_by=lambda w: w.intent
    ),
    entities=st.lists(st.builds(active, st.integers(0, 9), scores), max_size=4, unique_by=lambda one: one.entity),
    messages=st.lists(
        st.builds(message, st.integers(0, 30), scores, texts), max_size=8, unique_by=lambda one: one.piece.key
    ),
)


def quarters(text: str) -> int:
    return (len(text) + 3) // 4


def octets(text: str) -> int:
    return len(text.encode())


counts = st.sampled_from([TokenCounter().count, len, quarters, octets])


@settings(max_examples=60)
@given(offers, st.integers(0, 1500), counts, st.data())
def test_no_budget_is_overrun_and_no_order_matters(
    offered: Offered, budget: int, count: Callable[[str], int], data: st.DataObject
) -> None:
    found = pack(offered, budget=budget, count=count)
    assert found.tokens == count(found.text) <= budget
    assert found.text == prompt_text(found.known)
    shuffled = Offered(
        facts=data.draw(st.permutations(offered.facts)),
        intents=data.draw(st.permutations(offered.intents)),
        entities=data.draw(st.permutations(offered.entities)),
        messages=data.draw(st.permutations(offered.messages)),
    )
    assert pack(shuffled, budget=budget, count=count) == found


@settings(max_examples=60)
@given(offers, st.integers(0, 1500))
def test_what_was_left_out_would_not_have_fitted(offered: Offered, budget: int) -> None:
    found = pack(offered, budget=budget, count=len)
    for one in offered.messages:
        if one.piece not in found.known.messages:
            more = replace(found.known, messages=(*found.known.messages, one.piece))
            assert len(prompt_text(more)) + 1 > budget
