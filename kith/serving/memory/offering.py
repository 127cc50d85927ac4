"""What of a person could stand in a prompt, and how much each of it matters for a question: pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

from kith.persona.activation import ASKED
from kith.persona.model import Entity, Fact, Message
from kith.persona.packing import Offered, Scored
from kith.persona.prompt_text import quoted
from kith.persona.retrieval.facts_asked import content_stems, facts_asked
from kith.persona.retrieval.question import Question
from kith.persona.retrieval.scoring import Scored as Ranked
from kith.serving.memory.learned import holds
from kith.serving.memory.recalled import Learned, in_words

__all__ = ["IN_A_LINE", "Wish", "named_in", "near_enough", "newest_first", "offered", "persona_line"]

NEAR = 0.35
"""A cosine of question and entity from which on it is asked for; below it, unrelated names are as near."""
ANSWERS = 12.0
"""What a fact gains whose predicate is asked for: it comes before all that merely touches the question."""
FACTS, THINGS, INTENTS, MESSAGES = 90, 150, 300, 40
"""Tokens of the budget for each that is offered of a kind: facts, of which there are many, would leave nothing for
what is on somebody's mind; and what could not fit by any means need not be weighed."""
LEAST = 5
"""Offered of each kind at least."""
LINE: tuple[tuple[str, int], ...] = (("role", 2), ("works_at", 1), ("lives_in", 1), ("family", 2), ("has_pet", 2))
"""What is told first of somebody, and how much of each."""
IN_A_LINE = frozenset(name for name, _ in LINE)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be known: at which time, for which question, within how many tokens.

    `asked` says how much the question is about each entity (0 to 1).
    """

    at: int
    tokens: int
    question: Question | None = None
    ranked: Sequence[Ranked] = ()
    asked: Mapping[Entity, float] = field(default_factory=dict[Entity, float])


def named_in(question: str, spelled: Mapping[Entity, str]) -> dict[Entity, float]:
    """The entities that a question names, each asked for with 1. `spelled` has the name of each `in_words`."""
    words = in_words(question)
    return {one: 1.0 for one, name in spelled.items() if name in words}


def near_enough(cosines: Mapping[Entity, float]) -> dict[Entity, float]:
    """The entities that a question is near to, and how much it asks for each: more than 0, up to 1."""
    return {one: (cosine - NEAR) / (1 - NEAR) for one, cosine in cosines.items() if cosine > NEAR}


def offered(learned: Learned, wish: Wish) -> Offered:
    """What could be shown: of each kind what matters most, as many as the budget has room for beside the others."""
    active = learned.active(wish.at, wish.asked)
    scored = _facts(learned, wish, {one.entity: one.activation for one in active})
    return Offered(
        facts=sorted(scored, key=lambda one: (-one.score, -one.piece.since, one.piece.id))[: _room(wish, FACTS)],
        intents=sorted(learned.wants, key=lambda one: (-one.last, one.intent))[: _room(wish, INTENTS)],
        entities=active[: _room(wish, THINGS)],
        messages=[Scored(one.message, one.score) for one in wish.ranked[: _room(wish, MESSAGES)]],
    )


def _room(wish: Wish, tokens: int) -> int:
    return max(LEAST, wish.tokens // tokens)


def _facts(learned: Learned, wish: Wish, activation: Mapping[Entity, float]) -> list[Scored[Fact]]:
    """The facts that hold, and those that are over where the question has their words or asks for what was."""
    least = min(activation.values(), default=0.0)
    told, question = [one for one in learned.told if one.fact.since <= wish.at], wish.question
    answering = {one.fact.id for one in facts_asked(question, told)} if question is not None else set[str]()
    stems = [] if question is None else [f" {stem}" for stem in content_stems(question.searched)]
    found = {one.message.key: one.score for one in wish.ranked}
    scored: list[Scored[Fact]] = []
    for one in told:
        fact = one.fact
        words = _share(stems, one.text)
        if not holds(fact, wish.at) and not words and fact.id not in answering:
            continue
        source = max(map(found.get, fact.sources, repeat(0.0)), default=0.0)
        score = activation.get(learned.one(fact.object), least) + ASKED * words + max(0.0, source)
        scored.append(Scored(fact, score + (ANSWERS if fact.id in answering else 0.0)))
    return scored


def _share(stems: Sequence[str], text: str) -> float:
    """Which share of the stems, each after a space, begin a word of a text."""
    words = f" {text.casefold()}"
    return sum(map(words.__contains__, stems)) / len(stems) if stems else 0.0


def persona_line(called: str, texts: Iterable[tuple[Fact, str]]) -> str:
    """Who somebody is, in a line: "Alice: is a software engineer, lives in Berlin". Empty where no fact tells."""
    by_predicate: dict[str, list[tuple[int, str]]] = {}
    for fact, text in texts:
        by_predicate.setdefault(fact.predicate, []).append((fact.since, _in_a_line(text)))
    told = [text for name, most in LINE for _, text in sorted(by_predicate.get(name, ()), reverse=True)[:most]]
    return f"{_in_a_line(called)}: {', '.join(told)}" if told else ""


def _in_a_line(text: str) -> str:
    """A text with no sign in it that could turn the line or make up a mark of a prompt."""
    return quoted(" ".join(text.split()))[1:-1]


def newest_first(messages: Sequence[Message]) -> list[Ranked]:
    """Messages where nothing is asked: the newest matter most."""
    return [Ranked(one, float(-place), {}) for place, one in enumerate(messages)]
