"""What every adapter of the Graph port promises of a call: whole or not at all, beside others and when opened again."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, Event
from typing import TypeAlias

import pytest

from kith.persona.evidence import Mentioned, Related, SeenWith, Ties, Wants
from kith.persona.model import Campaign, Entity, Fact, Relation
from kith.stores.errors import RecordRefused, Terminal
from kith.stores.ports import Graph, GraphCounts

Anybody: TypeAlias = Callable[..., Ties]
Told: TypeAlias = Callable[[Graph, str], object]
Opener = Callable[[], Graph]
"""Opens one and the same place, as often as it is called."""

OAK, ELM = Entity("tree", "oak"), Entity("tree", "elm")
LIKES = Fact("f1", "likes", OAK, 10, None, 0.75, "rule", ("k1", "k2"))
LIVES = Fact("f2", "lives_in", ELM, -5, 20, 1.0, "hand", ("k3",), "under it")
BY = Relation(ELM, "by", OAK)
NOBODY = GraphCounts(users=0, entities=0, intents=0, campaigns=0, edges=0)


def nothing(user_id: str) -> Ties:
    return Ties(user_id, whole=True, facts=())


def spring(title: str = "Spring", intents: tuple[str, ...] = ("see", "buy")) -> Campaign:
    return Campaign("t", "spring", title, intents=intents)


def test_what_was_written_is_there_after_opening_again(another_graph: Opener, ana: Anybody, told: Told) -> None:
    graph = another_graph()
    graph.set_ties("t", [ana()])
    graph.set_campaigns("t", [(spring(), [OAK])])
    before = told(graph, "t")
    graph.close()
    graph = another_graph()
    assert told(graph, "t") == before
    graph.set_ties("t", [nothing("ana")])
    assert graph.get_ties("t", "ana") == nothing("ana")
    graph.close()


def test_a_closed_graph_says_so(another_graph: Opener, ana: Anybody) -> None:
    graph = another_graph()
    graph.close()
    graph.close()
    with pytest.raises(Terminal, match="closed"):
        graph.set_ties("t", [ana()])
    with pytest.raises(Terminal, match="closed"):
        graph.get_ties("t", "ana")


UNWRITABLE = "half a pair: \ud800"


@pytest.mark.parametrize(
    "ties",
    [
        Ties(UNWRITABLE),
        Ties("bob", wants=(Wants(UNWRITABLE, 1, 1),)),
        Ties("bob", mentioned=(Mentioned(OAK, UNWRITABLE, 1, 0.0, 1, 1),)),
        Ties("bob", facts=(replace(LIKES, sources=(UNWRITABLE,)),)),
        Ties("bob", facts=(replace(LIKES, detail=UNWRITABLE),)),
        Ties("bob", related=(Related(replace(BY, kind=UNWRITABLE), ("k",)),)),
    ],
    ids=["user", "intent", "surface", "source", "detail", "relation"],
)
def test_a_text_that_cannot_be_written_leaves_nothing_of_the_call(
    graph: Graph, ties: Ties, ana: Anybody, told: Told
) -> None:
    graph.set_ties("t", [ana()])
    before = told(graph, "t")
    with pytest.raises(RecordRefused, match="UTF-8"):
        graph.set_ties("t", [nothing("ana"), ana("cyd"), ties])
    assert told(graph, "t") == before
    graph.set_ties("t", [ana("cyd")])
    assert graph.get_ties("t", "cyd") == ana("cyd")


def test_a_campaign_that_cannot_be_written_leaves_nothing_of_the_call(graph: Graph, told: Told) -> None:
    for refused in (spring(UNWRITABLE), spring(intents=(UNWRITABLE,))):
        with pytest.raises(RecordRefused, match="UTF-8"):
            graph.set_campaigns("t", [(Campaign("t", "autumn", "Autumn"), [ELM]), (refused, [OAK])])
    assert told(graph, "t") == ([], {}, [], NOBODY)


def test_readers_see_a_call_whole_or_not_at_all(graph: Graph, ana: Anybody) -> None:
    versions = [replace(ana(), mentioned=()), replace(ana(), seen_with=(), related=(), wants=(), facts=(LIVES,))]
    graph.set_ties("t", versions[:1])
    done = Event()
    started = Barrier(4)

    def read() -> list[Ties]:
        started.wait()
        seen: list[Ties] = []
        while not done.is_set():
            ties = graph.get_ties("t", "ana")
            if ties not in versions:
                seen.append(ties)
            graph.counts("t")
        return seen

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        try:
            started.wait()
            for n in range(40):
                graph.set_ties("t", [versions[n % 2]])
        finally:
            done.set()
        assert [reader.result() for reader in readers] == [[], [], []]


def test_writers_at_the_same_time_end_with_what_each_set(graph: Graph, told: Told) -> None:
    started = Barrier(4)
    entities = [Entity("thread", str(n)) for n in range(4)]
    people = [f"u{n}" for n in range(5)]

    def ties(user_id: str, n: int, times: int) -> Ties:
        seen = SeenWith(OAK, entities[n], times)
        return Ties(user_id, mentioned=(Mentioned(entities[n], "", times, 0.0, 1, 1),), seen_with=(seen,))

    def write(n: int) -> None:
        started.wait()
        for times in range(1, 6):
            graph.set_ties("t", [ties(user_id, n, times) for user_id in people])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))

    def whole(user_id: str) -> Ties:
        each = [ties(user_id, n, 5) for n in range(4)]
        mentioned = tuple(one.mentioned[0] for one in each)
        return replace(nothing(user_id), mentioned=mentioned, seen_with=tuple(one.seen_with[0] for one in each))

    counts = GraphCounts(users=5, entities=5, intents=0, campaigns=0, edges=40)
    assert told(graph, "t") == ([whole(user_id) for user_id in people], {}, [*entities, OAK], counts)


def test_writers_of_one_person_end_with_all_that_one_of_them_set(graph: Graph, ana: Anybody) -> None:
    started = Barrier(4)
    versions = [
        replace(
            ana(), wants=(Wants("buy", n, n),), seen_with=(SeenWith(ELM, OAK, n),), facts=(replace(LIKES, since=n),)
        )
        for n in range(1, 5)
    ]

    def write(version: Ties) -> None:
        started.wait()
        for _ in range(5):
            graph.set_ties("t", [version])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, versions))
    assert graph.get_ties("t", "ana") in versions
