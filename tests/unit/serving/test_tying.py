"""A person's graph in memory: what lies how far, and the shortest way between two nodes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.persona.evidence import Engaged, Mentioned, Related, SeenWith, Ties, Wants
from kith.persona.model import Entity, Fact, Relation, User
from kith.serving.memory.tying import Net, net_of

A, B, C, D = (Entity("thing", name) for name in "abcd")
OSLO = Entity("place", "oslo")


def mentioned(entity: Entity, count: int = 1) -> Mentioned:
    return Mentioned(entity, entity.name.title(), count, 0.0, 0, 1000)


TIES = Ties(
    "u",
    whole=True,
    mentioned=(mentioned(A, 3), mentioned(B), mentioned(C, 2), mentioned(OSLO)),
    wants=(Wants("sail", 2, 1000),),
    engaged=(Engaged("boots", -1.0, 1, 1000),),
    seen_with=(SeenWith(A, B, 1), SeenWith(B, C, 4)),
    related=(Related(Relation(C, "part_of", D), ("k1",)),),
    facts=(Fact("f1", "lives_in", OSLO, 0, 2000, 0.9, "rule", ("k1", "k2")),),
)


@pytest.fixture
def net() -> Net:
    return net_of("t", User("t", "u", "Una"), TIES)


def names(net: Net, depth: int, limit: int = 100) -> list[str]:
    return [node.name for node in net.around(depth=depth, limit=limit)[0]]


def way(net: Net, start: str, end: str) -> list[str]:
    return [node.name for node in net.path(net.named(start) or "", net.named(end) or "")[0]]


def test_the_nearest_come_first_and_of_these_the_strongest(net: Net) -> None:
    assert names(net, 1) == ["Una", "a", "Oslo", "c", "sail", "b", "boots"]
    assert names(net, 2) == [*names(net, 1), "d"]
    assert names(net, 1, limit=3) == ["Una", "a", "Oslo"]
    assert [net.around(depth=1, limit=limit)[2] for limit in (3, 6, 7)] == [True, True, False]


def test_edges_are_those_that_can_be_stepped_along(net: Net) -> None:
    _, near, _ = net.around(depth=1, limit=100)
    assert {edge.source for edge in near} == {net.person}
    _, far, _ = net.around(depth=2, limit=100)
    assert sorted(edge.kind for edge in far if edge not in near) == ["related", "seen_with", "seen_with"]
    (stated,) = (edge for edge in near if edge.kind == "stated")
    assert (stated.label, stated.weight, stated.since, stated.until) == (
        "lives_in",
        2,
        "1970-01-01T00:00:00.000Z",
        "1970-01-01T00:00:02.000Z",
    )


def test_a_way_leads_by_the_person_only_where_nothing_else_does(net: Net) -> None:
    assert way(net, "a", "d") == ["a", "b", "c", "d"]
    assert way(net, "a", "oslo") == ["a", "Una", "Oslo"]
    assert way(net, "Una", "d") == ["Una", "c", "d"]
    assert way(net, "b", "b") == ["b"]
    assert net.named("nothing") is None


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=12))
def test_a_way_is_of_edges_that_are_there_and_no_longer_than_it_must_be(pairs: list[tuple[str, str]]) -> None:
    ties = tuple(SeenWith(Entity("thing", a), Entity("thing", b), 1) for a, b in sorted(set(pairs)) if a < b)
    net = net_of("t", User("t", "u"), Ties("u", seen_with=ties))
    steps = {"a": 0}
    for step in range(1, 7):
        for tie in ties:
            for one, other in ((tie.first.name, tie.second.name), (tie.second.name, tie.first.name)):
                if steps.get(one) == step - 1:
                    steps.setdefault(other, step)
    for name in "bcdef":
        start, end = net.named("a"), net.named(name)
        if start is not None and end is not None:
            nodes, edges = net.path(start, end)
            assert len(edges) == steps.get(name, 0)
            assert [node.name for node in nodes][-1:] == ([name] if name in steps else [])
            for edge, (one, other) in zip(edges, pairwise(nodes), strict=True):
                assert {edge.source, edge.target} == {one.id, other.id}
