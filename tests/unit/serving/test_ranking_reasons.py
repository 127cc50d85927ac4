"""What a recommendation says for itself: shares that add up, in words that name nobody."""

from math import fsum

import pytest

from kith.persona.model import Campaign, EngagementKind, Entity
from kith.persona.ranking import WEIGHTS, Reason
from kith.persona.ranking.reasons import reasons
from kith.persona.ranking.scoring import PARTS, Scored, Signals, score
from kith.persona.ranking.signals import Followed, Overlap, Response

SHOES = Campaign("t", "shoes", "Trail shoes", intents=("buy_shoes",))
TRAIL = Entity("activity", "trail running")


def scored(
    *,
    near: Followed | None = None,
    overlap: Overlap | None = None,
    response: Response = Response(0.1, 0, 0),  # noqa: B008 - frozen
    in_graph: bool = True,
) -> Scored:
    known = Signals(
        followed={} if near is None else {"shoes": near},
        overlaps={} if overlap is None else {"shoes": overlap},
        responses={"shoes": response},
        unseen=Response(0.1, 0, 0),
    )
    return score(SHOES, known, weights=WEIGHTS, in_graph=in_graph)


def test_every_part_of_a_score_has_its_reason() -> None:
    found = scored(
        near=Followed(1 / 3, 12, frozenset({"like"})),
        overlap=Overlap(0.25, 0.5, ("buy_shoes",), (TRAIL,)),
        response=Response(0.4, 40, 100),
    )
    assert reasons(found) == (
        Reason("similar", 0.233333, "12 people who talked about something like this liked it", 12),
        Reason("entity", 0.1, "shares your interest in trail running", 1),
        Reason("intent", 0.05, "fits what you look for: buy shoes", 1),
        Reason("engagement", 0.04, "people who saw it often took it", 40),
    )
    assert found.parts / PARTS == 0.423333 == round(fsum(reason.share for reason in reasons(found)), 6)
    assert found.source == "similar"


@pytest.mark.parametrize(
    ("kinds", "people", "text"),
    [
        ({"like", "convert"}, 2, "2 people who talked about something like this liked it"),
        ({"convert"}, 1, "1 person who talked about something like this took it"),
        ({"click"}, 3, "3 people who talked about something like this opened it"),
        ({"view"}, 3, "3 people who talked about something like this looked at it"),
        ({"view", "like"}, 3, "3 people who talked about something like this took an interest in it"),
    ],
)
def test_what_similar_people_did_is_said_as_it_was(kinds: set[EngagementKind], people: int, text: str) -> None:
    assert reasons(scored(near=Followed(0.5, people, frozenset(kinds))))[0].text == text


@pytest.mark.parametrize(
    ("response", "text"),
    [
        (Response(0.1, 0, 0), "new: nobody has been shown it yet"),
        (Response(0.1, 0, 9), "people who saw it did not take it so far"),
        (Response(0.1, 2, 9), "people who saw it sometimes took it"),
        (Response(0.1, 3, 9), "people who saw it often took it"),
    ],
)
def test_how_it_does_with_everybody(response: Response, text: str) -> None:
    assert reasons(scored(response=response)) == (Reason("engagement", 0.01, text, response.positives),)


def test_of_many_things_shared_three_are_named_and_each_name_once() -> None:
    named = [Entity("thing", name) for name in ("tea", "bread", "salt", "rice", "jam")]
    text = "shares your interest in {}".format
    for shared, listed in (
        (named[:2], "tea and bread"),
        (named[:3], "tea, bread and salt"),
        (named, "tea, bread, salt and 2 more"),
        ([named[0], Entity("name", "tea")], "tea"),
    ):
        reason = reasons(scored(overlap=Overlap(0.0, 0.5, (), tuple(shared))))[0]
        assert reason == Reason("entity", 0.1, text(listed), len(shared))


def test_the_source_is_what_gave_most() -> None:
    weak, strong = Followed(0.01, 1, frozenset({"like"})), Followed(0.9, 9, frozenset({"like"}))
    overlap = Overlap(0.5, 0.0, ("buy_shoes",), ())
    assert scored(near=strong, overlap=overlap).source == "similar"
    assert scored(near=weak, overlap=overlap).source == "graph"
    assert scored(near=weak, overlap=overlap, in_graph=False).source == "similar"
    assert scored(overlap=overlap, in_graph=False).source == "intent"
    assert scored().source == "popular"
