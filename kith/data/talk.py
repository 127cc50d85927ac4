"""What is said in one conversation: a thread of its topic, with asides, greetings, thanks and other languages in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal

from kith.data.grammar import Dice, Words, compiled, expand
from kith.data.knowledge import knowledge
from kith.data.people import Person
from kith.data.topics import AREAS, Line, Phrase, Thread, Voice, area, facts, life, resource, traps, voice
from kith.data.writing import capitalised, lowered, written
from kith.persona.model import EngagementKind

__all__ = ["Memory", "Talk", "Turn", "round_off", "talk_on"]

NO_WORDS: Final[Words] = {}
FACT_SHARE: Final = 0.62
TRAP_SHARE: Final = 0.16
NEWS: Final = ("moved", "new_job", "diet_change")
EVENT_DAYS: Final = 12
"""For how long something is news."""


@dataclass(slots=True)
class Turn:
    """One message on its way."""

    role: Literal["user", "assistant", "tool"]
    text: str
    intent: str | None = None
    campaign_id: str | None = None
    kind: EngagementKind | None = None
    lang: str = "en"


@dataclass(slots=True)
class Talk:
    """One conversation on its way: `topic` is the area that it is about, or the person's life if that is None."""

    topic: str | None
    intent: str | None
    turns: list[Turn]
    said: dict[str, str]


@dataclass(slots=True)
class Memory:
    """What a person keeps in mind from one conversation to the next."""

    told: set[str] = field(default_factory=set[str])
    """Events that are news no more."""
    settled: set[str] = field(default_factory=set[str])
    """Campaigns that they took or turned down."""
    wanted: str | None = None
    """A campaign that they liked, and may come back to."""
    last: tuple[Thread | None, ...] = (None,) * 6
    """The latest threads: nobody has the same conversation twice in a row."""


def talk_on(person: Person, day: float, memory: Memory, dice: Dice) -> Talk:
    """A conversation that this person may have on this day."""
    topic, thread, said = _scene(person, day, memory, dice)
    memory.last = (*memory.last[1:], thread)
    words = life()[0] if topic is None else area(topic).words
    turns = [
        Turn(line.role, expand(line.phrase.parts, said, words=words, dice=dice)) for line in _lines(thread, said, dice)
    ]
    talk = Talk(topic, thread.intent, turns, said)
    _mark_intents(talk, dice)
    if not thread.small or dice.chance(0.3):
        _asides(talk, dice)
    if dice.chance(person.habits.greets):
        turns[0].text = _joined(dice.pick(voice().greetings), turns[0].text)
    return talk


def _lines(thread: Thread, said: dict[str, str], dice: Dice) -> Iterator[Line]:
    """The lines that are said this time. What the assistant keeps to itself gets no answer."""
    answers = False
    for line in thread.lines:
        left_out = answers or (line.optional and (not line.phrase.needs <= said.keys() or dice.chance(0.35)))
        answers = left_out and line.role == "assistant"
        if not left_out:
            yield line


def _scene(person: Person, day: float, memory: Memory, dice: Dice) -> tuple[str | None, Thread, dict[str, str]]:
    """What it is about, how it goes, and what is known: news first, else mostly what the person cares for."""
    own = person.interests_on(day)
    for change in person.changes:
        if 0 <= day - change.day < EVENT_DAYS and change.event not in memory.told:
            memory.told.add(change.event)
            said = knowledge(person, day, own[0], dice)
            news = [t for t in life()[1] if t.event == change.event and t.needs <= said.keys()]
            if news:
                return None, dice.pick(news), said
    if dice.chance(0.24):
        said = knowledge(person, day, dice.pick(own), dice)
        small = dice.chance(0.35)
        daily = [t for t in life()[1] if t.event is None and t.small is small and t.needs <= said.keys()]
        return None, _fresh(daily, memory, dice), said
    able = person.able_on(day)
    topic = able[min(dice.below(len(able)), dice.below(len(able)))]
    if dice.chance(0.06):
        topic = dice.pick([key for key in AREAS if key != "dogs" or key in own])
    said = knowledge(person, day, topic, dice)
    return topic, _fresh([t for t in area(topic).threads if t.needs <= said.keys()], memory, dice), said


def _fresh(threads: list[Thread], memory: Memory, dice: Dice) -> Thread:
    new = [thread for thread in threads if thread not in memory.last]
    return dice.pick(new or threads)


def _mark_intents(talk: Talk, dice: Dice) -> None:
    """The first question nearly always carries the intent, what follows at times: some third of all messages."""
    first = True
    for turn in talk.turns:
        if talk.intent is not None and turn.role == "user" and dice.chance(0.95 if first else 0.75):
            turn.intent = talk.intent
        first = first and turn.role != "user"


def _asides(talk: Talk, dice: Dice) -> None:
    """Something about oneself, or something that only sounds like it, between the lines."""
    asides: list[str] = []
    if dice.chance(FACT_SHARE):
        aside = _fact(talk.said, dice)
        if aside is not None:
            asides.append(aside)
    if dice.chance(TRAP_SHARE):
        phrase = dice.pick(traps())
        if phrase.needs <= talk.said.keys():
            asides.append(_spoken(phrase, talk.said, dice))
    users = [at for at, turn in enumerate(talk.turns) if turn.role == "user"]
    for aside in asides:
        at = dice.pick(users)
        if dice.chance(0.25):
            aside = _joined(dice.pick(voice().links), aside)
        if dice.chance(0.6):
            talk.turns[at].text = f"{talk.turns[at].text} {aside}"
        else:
            talk.turns.insert(at + 1, Turn("user", aside))
            users = [one + (one > at) for one in users]


def _fact(said: dict[str, str], dice: Dice) -> str | None:
    """A sentence that states a fact: of what is new in a person's life, rather than of what is old."""
    news = [name for name in NEWS if {"moved": "old_home", "new_job": "old_employer"}.get(name, "old_diet") in said]
    for _ in range(4):
        predicate = dice.pick(news) if news and dice.chance(0.2) else dice.pick(tuple(facts()))
        phrase = dice.pick(facts()[predicate])
        if phrase.needs <= said.keys():
            return _spoken(phrase, said, dice)
    return None


def _spoken(phrase: Phrase, said: dict[str, str], dice: Dice) -> str:
    return expand(phrase.parts, said, words=NO_WORDS, dice=dice)


def _joined(before: str, text: str) -> str:
    """A greeting or a link, and what comes after it: with a small letter where no sentence ends."""
    if before[-1] in ",:":
        text = lowered(text, voice())
    return f"{before} {text}"


def round_off(person: Person, talk: Talk, dice: Dice) -> None:
    """Goodbye, a word in another language that they speak, and the spelling that is theirs."""
    if dice.chance(0.16):
        talk.turns.append(Turn("user", _reply(voice(), dice.pick(voice().thanks), talk.said, dice)))
    if person.language_code is not None and dice.chance(person.habits.foreign):
        lines = _foreign(person.language_code)
        text = expand(dice.pick(lines).parts, talk.said, words=NO_WORDS, dice=dice)
        talk.turns.append(Turn("user", text, lang=person.language_code))
    if dice.chance(0.03):
        at = 1 + dice.below(len(talk.turns))
        talk.turns.insert(at, Turn("tool", _reply(voice(), dice.pick(voice().tool), talk.said, dice)))
    emoji = life()[2] if talk.topic is None else area(talk.topic).emoji
    for turn in talk.turns:
        if turn.role == "user" and turn.lang == "en":
            turn.text = written(turn.text, habits=person.habits, emoji=emoji, voice=voice(), dice=dice)
        elif turn.role == "assistant":
            turn.text = capitalised(turn.text)


@cache
def _foreign(code: str) -> tuple[Phrase, ...]:
    lines = next(one["lines"] for one in resource("people.toml")["languages"] if one["code"] == code)
    return tuple(Phrase(compiled(line), frozenset()) for line in lines)


def _reply(small: Voice, phrase: Phrase, said: dict[str, str], dice: Dice) -> str:
    return expand(phrase.parts, said, words=small.words, dice=dice)
