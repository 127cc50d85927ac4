"""As of a moment, only what happened before it is known, of anybody."""

from collections.abc import Mapping

import numpy as np

from kith.evaluating.past_engagement import Past
from kith.persona.engagement import DayCount, Did
from kith.persona.evidence import NOTHING, Extraction
from kith.persona.model import Campaign, Engagement, Entity, Mention, Message
from kith.persona.ranking import Neighbour, Shared

PORTO = Entity("name", "porto")


def said(user: str, text: str, at: int, talk: str = "c") -> Message:
    return Message("acme", user, text, at, conversation_id=talk)


def liked(user: str, campaign: str, at: int, talk: str = "c") -> Message:
    return Message("acme", user, "", at, conversation_id=talk, campaign_id=campaign, engagement=Engagement("like"))


MESSAGES = [
    said("bo", "north", 10),
    liked("bo", "a", 11),
    liked("bo", "b", 12, "elsewhere"),
    said("ana", "north", 20),
    said("cleo", "north", 30),
    liked("cleo", "c", 31),
    liked("ana", "a", 40),
]
ROWS: Mapping[str, list[float]] = {"north": [1, 0], "": [0, 0]}
CAMPAIGNS = {name: Campaign("acme", name, name, intents=("trip",) if name == "b" else ()) for name in "abc"}


def past() -> Past:
    found = [NOTHING] * len(MESSAGES)
    found[3] = Extraction(mentions=(Mention(PORTO, "Porto"),), intents=("trip",))
    # Not in the order of time: nothing depends on it.
    order = [6, 2, 5, 0, 3, 1, 4]
    return Past(
        [MESSAGES[at] for at in order],
        rows=np.array([ROWS[MESSAGES[at].text] for at in order], dtype=np.float32),
        found=[found[at] for at in order],
        campaigns=CAMPAIGNS,
        about={"a": [PORTO]},
    )


def test_before_the_moment() -> None:
    then = past().at("ana", 31)
    asked = then.asked
    assert set(asked.neighbours) == {Neighbour("bo", "c", 1.0), Neighbour("cleo", "c", 1.0)}
    assert asked.done_there == [Did("bo", "a", "c", Engagement("like"), 11)]
    assert asked.own == []
    assert asked.shared == {"a": Shared((), (PORTO,)), "b": Shared(("trip",), ())}
    assert asked.wanted == {"trip": 1}
    assert asked.day_counts == [DayCount("a", "like", 0, 1, 1.0), DayCount("b", "like", 0, 1, 1.0)]
    assert (then.taken, then.near) == ({"a": 1, "b": 1}, {"a": 1})


def test_what_came_since_counts_the_next_time() -> None:
    then = past().at("ana", 41)
    assert then.asked.own == [Did("ana", "a", "c", Engagement("like"), 40)]
    assert (then.taken, then.near) == ({"a": 2, "b": 1, "c": 1}, {"a": 1, "c": 1})


def test_before_anybody_said_anything() -> None:
    then = past().at("ana", 10)
    assert (then.asked.neighbours, then.asked.shared, then.taken) == ([], {}, {})
