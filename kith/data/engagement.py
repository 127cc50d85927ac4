"""What people do with the campaigns that they meet in a conversation: look, open, like, take, or wave away."""

from typing import Final

from kith.data.campaigns import Run
from kith.data.grammar import Dice, expand
from kith.data.people import Person
from kith.data.talk import Memory, Talk, Turn
from kith.data.topics import voice
from kith.persona.model import EngagementKind

__all__ = ["engage"]

SHOWN: Final = 0.72
"""Share of conversations in which a campaign is shown."""
FITTING: Final = 0.85
"""Share of those in which it is one of the area that is talked about."""
OPENED: Final = {True: 0.55, False: 0.1}
"""Share of views that are followed by a click: where the person cares for the area, and where not."""
LIKED: Final = 0.5
TAKEN: Final = 0.3
DISLIKED: Final = {True: 0.02, False: 0.25}
COMES_BACK: Final = 0.4


def engage(person: Person, day: float, talk: Talk, memory: Memory, *, runs: tuple[Run, ...], dice: Dice) -> None:
    """Puts a campaign into the conversation, with what the person does about it."""
    if memory.wanted is not None and dice.chance(COMES_BACK):
        back = next(run for run in runs if run.offer.campaign_id == memory.wanted)
        memory.wanted = None
        if back.stands(day) and talk.topic in (None, back.offer.area):
            _react("convert", back, talk, memory, dice)
            return
    if not dice.chance(SHOWN):
        return
    run = _shown(person, day, talk, memory, runs, dice)
    if run is not None:
        _follow(run, person, day, talk, memory, dice)


def _shown(person: Person, day: float, talk: Talk, memory: Memory, runs: tuple[Run, ...], dice: Dice) -> Run | None:
    """A campaign that runs: of what is talked about, the better the closer to what is wanted, or any other."""
    topic = talk.topic or dice.pick(person.interests_on(day))
    fitting = dice.chance(FITTING)
    running = [
        run
        for run in runs
        if run.stands(day) and (run.offer.area == topic) is fitting and run.offer.campaign_id not in memory.settled
    ]
    wanted = [run for run in running if talk.intent in run.offer.intents]
    if wanted and dice.chance(0.75):
        return dice.pick(wanted)
    return dice.pick(running) if running else None


def _follow(run: Run, person: Person, day: float, talk: Talk, memory: Memory, dice: Dice) -> None:
    """The way from seeing to taking: each step is shorter of people than the one before."""
    cares = run.offer.area in person.interests_on(day)
    users = [turn for turn in talk.turns if turn.role == "user"]
    at = dice.below(len(users))
    users[at].campaign_id, users[at].kind = run.offer.campaign_id, "view"
    if not dice.chance(OPENED[cares]):
        if dice.chance(DISLIKED[cares]):
            _react("dislike", run, talk, memory, dice)
        return
    if at + 1 < len(users) and dice.chance(0.45):
        users[at + 1].campaign_id, users[at + 1].kind = run.offer.campaign_id, "click"
    else:
        _react("click", run, talk, memory, dice)
    if not (cares and dice.chance(LIKED)):
        return
    _react("like", run, talk, memory, dice)
    if dice.chance(TAKEN):
        _react("convert", run, talk, memory, dice)
    else:
        memory.wanted = run.offer.campaign_id


def _react(kind: EngagementKind, run: Run, talk: Talk, memory: Memory, dice: Dice) -> None:
    """A message of its own about the campaign, at the end of the conversation."""
    offer = run.offer
    said = talk.said | {"offer": offer.short, "did": offer.did}
    text = expand(dice.pick(voice().reactions[kind]).parts, said, words=voice().words, dice=dice)
    intent = offer.intents[0] if kind != "dislike" and dice.chance(0.5) else None
    talk.turns.append(Turn("user", text, intent, offer.campaign_id, kind))
    if kind in ("convert", "dislike"):
        memory.settled.add(offer.campaign_id)
