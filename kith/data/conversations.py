"""All that one person says, in order of time, as records: made while it is read, however much it is."""

from collections.abc import Iterator
from typing import Final

from kith.data.campaigns import START, Run
from kith.data.engagement import engage
from kith.data.grammar import Dice
from kith.data.people import DAYS, Person
from kith.data.talk import Memory, Talk, round_off, talk_on
from kith.persona.identity import Json

__all__ = ["Moment", "messages_of"]

Moment = tuple[float, dict[str, Json]]
"""Seconds since the first day, and the record of what was said then."""
DAY: Final = 86_400
WAKES: Final = 7 * 3600
AWAKE: Final = 15.5 * 3600
CHANNELS: Final = ("app", "app", "web", "voice", "email")
JOINED: Final = (0.0, 0.0, 0.0, 0.0, 0.1, 0.35)
"""When people turn up, as shares of the span: most are there from the first day."""
DEVICES: Final = ("phone", "laptop", "tablet")


def messages_of(person: Person, quota: int, *, seed: int, runs: tuple[Run, ...]) -> Iterator[Moment]:
    """So many messages of one person, spread over the days, in conversations of a few minutes each."""
    dice = Dice(seed, "talk", person.index)
    memory = Memory()
    joined = dice.between(0, 0.9) if quota <= 3 else dice.pick(JOINED)
    done = number = 0
    while done < quota:
        number += 1
        day = DAYS * (joined + (1 - joined) * (done + 0.8 * dice.roll()) / quota)
        talk = talk_on(person, day, memory, dice)
        engage(person, day, talk, memory, runs=runs, dice=dice)
        round_off(person, talk, dice)
        del talk.turns[quota - done :]
        yield from _records(person, number, talk, _seconds(day, person.hours_from_utc), dice)
        done += len(talk.turns)


def _seconds(day: float, hours_from_utc: int) -> float:
    """The moment of a day and its part, at an hour at which people are awake where they live."""
    return int(day) * DAY + WAKES + (day - int(day)) * AWAKE - hours_from_utc * 3600


def _records(person: Person, number: int, talk: Talk, at: float, dice: Dice) -> Iterator[Moment]:
    about: dict[str, Json] = {}
    if dice.chance(0.25):
        about["channel"] = dice.pick(CHANNELS)
        if dice.chance(0.4):
            about["device"] = dice.pick(DEVICES)
    author = person.name if dice.chance(0.03) else None
    conversation_id = f"{person.user_id}-c{number}"
    for place, turn in enumerate(talk.turns):
        at += dice.between(2, 6) if turn.role != "user" else dice.between(25, 240)
        record: dict[str, Json] = {
            "user_id": person.user_id,
            "message": turn.text,
            "timestamp": _written(at),
            "conversation_id": conversation_id,
            "message_id": f"m{place + 1}",
            "role": turn.role,
        }
        if author is not None and turn.role == "user":
            record["author"] = author
        if turn.intent is not None:
            record["intent"] = turn.intent
        if turn.campaign_id is not None and turn.kind is not None:
            record["campaign_id"] = turn.campaign_id
            record["engagement"] = {"kind": turn.kind, "value": 1}
        if about or turn.lang != "en":
            record["metadata"] = about | {"lang": turn.lang} if turn.lang != "en" else dict(about)
        yield at, record


_DATES: Final = tuple(f"{START.fromordinal(START.toordinal() + day):%Y-%m-%d}" for day in range(-1, DAYS + 3))


def _written(at: float) -> str:
    day, second = divmod(int(at), DAY)
    return f"{_DATES[day + 1]}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
