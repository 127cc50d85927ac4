"""Exploring a graph by itself: what is drawn at first, what is added, which way is shown, and what a filter leaves."""

from datetime import date

import pytest

from kith.dashboard.data.exploring import ALL, Drawn, Explored, Filter, Whole, begun, beside, drawn, opened, with_way
from kith.dashboard.data.graph import Edge, Graph, Node, Way
from kith.dashboard.data.person import Minded, Thing

ANA = Node("ana", "user", "Ana", depth=0)
PORTO, LISBON = Node("porto", "entity", "Porto", "place", 1), Node("lisbon", "entity", "Lisbon", "place", 1)
TOM, ACME = Node("tom", "entity", "Tom", "person", 1), Node("acme", "entity", "Acme", "organisation", 2)
SHOES, TRAILS = Node("shoes", "intent", "buy_shoes", None, 1), Node("trails", "campaign", "trails", None, 1)
NODES = (ANA, TOM, LISBON, PORTO, SHOES, TRAILS, ACME)

LIVED = Edge("ana", "porto", "stated", 1, "lives_in", "2026-01-05T10:00:00.000Z", "2026-02-10T10:00:00.000Z")
LIVES = Edge("ana", "lisbon", "stated", 1, "lives_in", "2026-02-10T10:00:00.000Z")
SPOKE_PORTO = Edge("ana", "porto", "mentioned", 1, last="2026-01-05T10:00:00.000Z")
SPOKE_TOM = Edge("ana", "tom", "mentioned", 3, last="2026-03-01T10:00:00.000Z")
WANTED = Edge("ana", "shoes", "has_intent", 2, last="2026-02-11T10:00:00.000Z")
CLICKED = Edge("ana", "trails", "engaged_with", 0.5, last="2026-02-12T10:00:00.000Z")
WORKS = Edge("tom", "acme", "related", 1, "works_at")
SEEN = Edge("lisbon", "tom", "seen_with", 2)
EDGES = (SPOKE_TOM, WANTED, LIVED, LIVES, SPOKE_PORTO, CLICKED, WORKS, SEEN)
THINGS = Minded(
    (
        Thing("tom", "Tom", "person", 3, 0.5, "2026-02-01T10:00:00.000Z", "2026-03-01T10:00:00.000Z", 1.0),
        Thing("porto", "Porto", "place", 1, 0, "2026-01-05T10:00:00.000Z", "2026-01-05T10:00:00.000Z", -3.0),
        Thing("town", "lisbon", "name", 1, 0, "2026-02-10T10:00:00.000Z", "2026-02-10T10:00:00.000Z", -1.0),
    ),
    (),
)
WHOLE = Whole.of(Graph("ana", NODES, EDGES), THINGS)
NEAR = begun(Graph("ana", NODES[:6], EDGES[:6]), depth=1, limit=20)


def ids(seen: Drawn) -> list[str]:
    return [one.id for one in seen.nodes]


def test_the_whole_of_a_graph() -> None:
    assert (WHOLE.person, list(WHOLE.nodes)) == ("ana", ["ana", "tom", "lisbon", "porto", "shoes", "trails", "acme"])
    assert WHOLE.ties["tom"] == (SPOKE_TOM, SEEN, WORKS)
    assert {one: thing.name for one, thing in WHOLE.things.items()} == {
        "tom": "Tom",
        "porto": "Porto",
        "lisbon": "lisbon",
    }
    assert WHOLE.activity() == {"tom": 1.0, "porto": 0.0, "lisbon": 0.5}
    assert WHOLE.times() == (date(2026, 1, 5), date(2026, 3, 1))


def test_activity_where_nothing_is_told_apart() -> None:
    one = Whole.of(Graph("ana", (ANA, TOM), (SPOKE_TOM,)), Minded(THINGS.items[:1], ()))
    assert one.activity() == {"tom": 0.5}
    none = Whole.of(Graph("ana", (ANA,), ()), Minded((), ()))
    assert (none.activity(), none.times()) == ({}, None)


def test_a_loop_is_one_tie() -> None:
    loop = Edge("tom", "tom", "related", 1, "knows")
    whole = Whole.of(Graph("ana", (ANA, TOM), (SPOKE_TOM, loop)), Minded((), ()))
    assert whole.ties["tom"] == (SPOKE_TOM, loop)
    everything = begun(Graph("ana", (ANA, TOM), ()), depth=2, limit=20)
    assert drawn(everything, whole).edges == (SPOKE_TOM, loop)


def test_the_start() -> None:
    assert Explored(("ana", "tom", "lisbon", "porto", "shoes", "trails"), frozenset({"ana"}), "ana") == NEAR
    seen = drawn(NEAR, WHOLE)
    assert seen.nodes == NODES[:6]
    assert set(seen.edges) == {SPOKE_TOM, WANTED, LIVED, LIVES, SPOKE_PORTO, CLICKED}
    assert seen.hidden == 0


def test_two_steps_at_the_start_show_what_hangs_together() -> None:
    seen = drawn(begun(Graph("ana", NODES, EDGES), depth=2, limit=20), WHOLE)
    assert (seen.nodes, set(seen.edges)) == (NODES, set(EDGES))


def test_a_node_is_opened() -> None:
    assert beside(NEAR, WHOLE, "tom") == ("acme",)
    more = opened(NEAR, WHOLE, "tom")
    assert more == Explored((*NEAR.nodes, "acme"), frozenset({"ana", "tom"}), "tom")
    assert set(drawn(more, WHOLE).edges) - set(drawn(NEAR, WHOLE).edges) == {WORKS, SEEN}
    assert opened(more, WHOLE, "tom") == more
    assert beside(more, WHOLE, "tom") == ()


def test_a_dozen_are_added_at_a_time_the_strongest_first() -> None:
    dishes = tuple(Node(f"d{n:02}", "entity", f"dish {n}", "food", 1) for n in range(30))
    ties = tuple(Edge("ana", one.id, "mentioned", n + 1) for n, one in enumerate(dishes))
    whole = Whole.of(Graph("ana", (ANA, *dishes), ties), Minded((), ()))
    more = opened(begun(Graph("ana", (ANA,), ()), depth=1, limit=20), whole, "ana")
    assert more.nodes == ("ana", *(f"d{n:02}" for n in range(29, 17, -1)))
    assert len(beside(more, whole, "ana")) == 18


def test_of_what_was_so_twice_the_last_time_is_drawn() -> None:
    again = Edge("ana", "porto", "stated", 1, "lives_in", "2026-03-01T10:00:00.000Z")
    whole = Whole.of(Graph("ana", (ANA, PORTO), (again, LIVED)), Minded((), ()))
    assert drawn(begun(Graph("ana", (ANA, PORTO), ()), depth=1, limit=20), whole).edges == (again,)


def test_a_way_is_drawn_whatever_is_filtered_and_goes_alone() -> None:
    way = Way((LISBON, TOM, ACME), (SEEN, WORKS))
    led = with_way(NEAR, way)
    assert (led.nodes, led.along) == ((*NEAR.nodes, "acme"), {"lisbon", "tom", "acme"})
    seen = drawn(led, WHOLE, Filter(sorts=["campaign"]))
    assert ids(seen) == ["ana", "tom", "lisbon", "trails", "acme"]
    assert (set(seen.edges), seen.hidden) == ({CLICKED, SEEN, WORKS, SPOKE_TOM, LIVES}, 2)
    without = with_way(led, None)
    assert (without.nodes, without.along) == (led.nodes, frozenset())
    assert ids(drawn(without, WHOLE)) == list(NEAR.nodes)


@pytest.mark.parametrize(
    ("only", "left"),
    [
        (ALL, ["ana", "tom", "lisbon", "porto", "shoes", "trails"]),
        (Filter(sorts=["place"]), ["ana", "lisbon", "porto"]),
        (Filter(sorts=["intent", "person"]), ["ana", "tom", "shoes"]),
        (Filter(ties=["stated"]), ["ana", "lisbon", "porto"]),
        (Filter(sorts=["place"], ties=["mentioned"]), ["ana", "porto"]),
        (Filter(since=date(2026, 2, 11)), ["ana", "tom", "lisbon", "shoes", "trails"]),
        (Filter(since=date(2026, 2, 12)), ["ana", "tom", "lisbon", "trails"]),
        (Filter(until=date(2026, 1, 31)), ["ana", "porto"]),
        (Filter(since=date(2026, 1, 6), until=date(2026, 1, 31)), ["ana", "porto"]),
        (Filter(since=date(2026, 3, 2)), ["ana", "lisbon"]),
    ],
)
def test_what_a_filter_leaves(only: Filter, left: list[str]) -> None:
    seen = drawn(NEAR, WHOLE, only)
    assert ids(seen) == left
    assert seen.hidden == 6 - len(left)
    assert {end for edge in seen.edges for end in (edge.source, edge.target)} <= set(left)


def test_in_a_time_a_tie_is_there_that_was_then() -> None:
    seen = drawn(NEAR, WHOLE, Filter(since=date(2026, 1, 6), until=date(2026, 1, 31)))
    assert seen.edges == (LIVED,)


def test_what_is_gone_is_not_drawn() -> None:
    less = Whole.of(Graph("ana", (ANA, TOM), (SPOKE_TOM,)), Minded((), ()))
    assert drawn(opened(NEAR, WHOLE, "tom"), less) == Drawn((ANA, TOM), (SPOKE_TOM,))


def test_the_start_is_where_all_that_can_be_explored_begins() -> None:
    everything = Graph("ana", NODES, EDGES)
    assert begun(everything, depth=1, limit=20) == NEAR
    assert begun(everything, depth=2, limit=2) == Explored(("ana", "tom"), frozenset({"ana", "tom"}), "ana")
