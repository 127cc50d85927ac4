"""What every adapter of the Graph port promises."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

import pytest

from kith.persona.evidence import Engaged, Mentioned, Related, SeenWith, Ties, Wants
from kith.persona.model import Campaign, Entity, Fact, Relation
from kith.stores.ports import Graph, GraphCounts

Anybody: TypeAlias = Callable[..., Ties]
Told: TypeAlias = Callable[[Graph, str], object]
OAK, ELM, ASH = Entity("tree", "oak"), Entity("tree", "elm"), Entity("wood", "oak")
LIVES = Fact("f2", "lives_in", ELM, -5, 20, 1.0, "hand", ("k3",), "under it")
BY, OF, UNDER = Relation(ELM, "by", OAK), Relation(OAK, "of", ASH), Relation(OAK, "under", ELM)
NOBODY = GraphCounts(users=0, entities=0, intents=0, campaigns=0, edges=0)


def nothing(user_id: str) -> Ties:
    return Ties(user_id, whole=True, facts=())


def spring(title: str = "Spring", intents: tuple[str, ...] = ("see", "buy")) -> Campaign:
    return Campaign("t", "spring", title, intents=intents)


def test_an_empty_graph_knows_nobody(graph: Graph, told: Told) -> None:
    assert told(graph, "t") == ([], {}, [], NOBODY)
    assert graph.get_ties("t", "ana") == nothing("ana")
    assert graph.get_campaign("t", "spring") is None
    assert graph.delete_user("t", "ana") == 0


def test_an_empty_call_does_nothing(graph: Graph, told: Told) -> None:
    graph.set_ties("t", [])
    graph.set_campaigns("t", [])
    graph.delete_entities("t", [])
    graph.delete_campaigns("t", [])
    graph.delete_unused_intents("t")
    graph.clear("t")
    assert told(graph, "t") == ([], {}, [], NOBODY)


def test_what_is_set_is_returned(graph: Graph, ana: Anybody, told: Told) -> None:
    graph.set_ties("t", [ana()])
    counts = GraphCounts(users=1, entities=3, intents=2, campaigns=0, edges=14)
    assert told(graph, "t") == ([ana()], {}, [ELM, OAK, ASH], counts)


def test_set_twice_is_set_once(graph: Graph, ana: Anybody, told: Told) -> None:
    campaign = (spring(), [OAK])
    graph.set_ties("t", [ana(), nothing("bob")])
    graph.set_campaigns("t", [campaign])
    before = told(graph, "t")
    graph.set_ties("t", [ana(), nothing("bob")])
    graph.set_ties("t", [replace(ana(), whole=False)])
    graph.set_campaigns("t", [campaign])
    assert told(graph, "t") == before


def test_weights_are_set_and_not_added_to(graph: Graph, ana: Anybody) -> None:
    graph.set_ties("t", [ana()])
    again = replace(
        ana(),
        mentioned=(Mentioned(ELM, "Elm", 1, 0.5, 6, 6), Mentioned(OAK, "Oak", 900, -1.0, 0, 0)),
        wants=(Wants("buy", 1, 1), Wants("see", 2, 2)),
        engaged=(Engaged("autumn", 0.0, 1, 1), Engaged("spring", 3.5, 9, 1 << 40)),
        seen_with=(SeenWith(ELM, OAK, 1), SeenWith(ELM, ASH, 300), SeenWith(OAK, ASH, 1)),
        related=(Related(BY, ("k9",)), Related(OF, ("k0", "k3")), Related(UNDER, ("k1", "k2", "k3"))),
    )
    graph.set_ties("t", [replace(again, whole=False)])
    assert graph.get_ties("t", "ana") == again


def test_a_whole_set_is_all_there_is(graph: Graph, ana: Anybody, told: Told) -> None:
    graph.set_ties("t", [ana(), ana("bob"), ana("cyd")])
    less = Ties("ana", whole=True, mentioned=(Mentioned(ASH, "oak wood", 1, 0.0, 1, 1),), facts=(LIVES,))
    zeros = Ties(
        "cyd", whole=True, wants=(Wants("buy", 0, 0),), seen_with=(SeenWith(ELM, OAK, 0),), related=(Related(BY, ()),)
    )
    graph.set_ties("t", [less, nothing("dan"), zeros])
    counts = GraphCounts(users=4, entities=3, intents=2, campaigns=0, edges=16)
    people = [less, ana("bob"), nothing("cyd"), nothing("dan")]
    assert told(graph, "t") == (people, {}, [ELM, OAK, ASH], counts)


def test_a_partial_set_touches_what_it_names(graph: Graph, ana: Anybody, told: Told) -> None:
    graph.set_ties("t", [ana(), ana("bob")])
    new = Mentioned(ASH, "oak", 4, 1.0, 1, 2)
    gone = Mentioned(OAK, "", 0, 0.0, 0, 0)
    change = Ties(
        "ana",
        mentioned=(new, gone),
        wants=(Wants("see", 0, 0), Wants("never shown", 0, 0)),
        engaged=(Engaged("spring", 0.0, 0, 0),),
        seen_with=(SeenWith(ELM, OAK, 0), SeenWith(OAK, ASH, 1)),
        related=(Related(UNDER, ()), Related(replace(BY, kind="near"), ("k4",)), Related(replace(OF, kind="by"), ())),
    )
    graph.set_ties("t", [change])
    changed = replace(
        ana(),
        mentioned=(ana().mentioned[0], new),
        wants=(Wants("buy", 3, 8),),
        engaged=(Engaged("autumn", -1.5, 2, 7),),
        seen_with=(SeenWith(ELM, ASH, 1), SeenWith(OAK, ASH, 1)),
        related=(Related(BY, ("k1",)), Related(replace(BY, kind="near"), ("k4",)), Related(OF, ("k3",))),
    )
    counts = GraphCounts(users=2, entities=3, intents=2, campaigns=0, edges=25)
    assert told(graph, "t") == ([changed, ana("bob")], {}, [ELM, OAK, ASH], counts)


def test_one_call_may_hold_whole_and_partial_sets(graph: Graph, ana: Anybody) -> None:
    graph.set_ties("t", [ana(), ana("bob")])
    graph.set_ties("t", [nothing("ana"), Ties("bob", wants=(Wants("buy", 0, 0),)), ana("cyd"), Ties("dan")])
    bob = replace(ana("bob"), wants=(Wants("see", 1, 9),))
    assert [graph.get_ties("t", user_id) for user_id in graph.scan_users("t")] == [
        nothing("ana"),
        bob,
        ana("cyd"),
        nothing("dan"),
    ]


def test_ties_of_some_kinds_are_told_alone(graph: Graph, ana: Anybody) -> None:
    graph.set_ties("t", [ana(), ana("bob")])
    own = graph.get_ties("t", "ana", kinds=("wants", "mentioned", "engaged"))
    assert own == replace(ana(), whole=False, seen_with=(), related=(), facts=None)
    assert graph.get_ties("t", "ana", kinds=["facts"]) == Ties("ana", facts=ana().facts)
    assert graph.get_ties("t", "ana", kinds=["seen_with"]) == Ties("ana", seen_with=ana().seen_with)
    assert graph.get_ties("t", "ana", kinds=()) == Ties("ana")
    assert graph.get_ties("t", "cyd", kinds=("facts", "related")) == Ties("cyd", facts=())


def test_ties_between_things_are_told_at_either_end(graph: Graph, ana: Anybody) -> None:
    bob = replace(nothing("bob"), seen_with=(SeenWith(ELM, OAK, 9),), related=(Related(BY, ("k8",)),))
    graph.set_ties("t", [ana(), bob])
    graph.set_ties("u", [ana()])
    elm_oak, elm_ash, oak_ash = ana().seen_with
    by, of, under = ana().related
    yew = Entity("tree", "yew")
    between = {at: graph.get_ties_between("t", "ana", at) for at in [(ELM,), (ASH, yew), (OAK, ASH, OAK), (yew,), ()]}
    assert between == {
        (ELM,): Ties("ana", seen_with=(elm_oak, elm_ash), related=(by, under)),
        (ASH, yew): Ties("ana", seen_with=(elm_ash, oak_ash), related=(of,)),
        (OAK, ASH, OAK): Ties("ana", seen_with=ana().seen_with, related=ana().related),
        (yew,): Ties("ana"),
        (): Ties("ana"),
    }
    assert graph.get_ties_between("t", "bob", [OAK]) == replace(bob, whole=False, facts=None)
    assert graph.get_ties_between("t", "cyd", [OAK]) == Ties("cyd")


def test_what_is_only_named_to_be_removed_is_not_made(graph: Graph, told: Told) -> None:
    graph.set_ties("t", [replace(Ties("ana"), mentioned=(Mentioned(OAK, "Oak", 0, 0.0, 0, 0),))])
    assert told(graph, "t") == ([nothing("ana")], {}, [], replace(NOBODY, users=1))


def many() -> Ties:
    """Ten thousand ties, more than any statement or page takes."""
    entities = [Entity("number", f"{n:05}") for n in range(5_100)]
    pairs = pairwise(entities)
    return Ties(
        "ana",
        whole=True,
        mentioned=tuple(
            Mentioned(entity, entity.name, n + 1, n / 5_100, n, 2 * n) for n, entity in enumerate(entities)
        ),
        seen_with=tuple(SeenWith(first, second, n + 1) for n, (first, second) in enumerate(pairs)),
        facts=(),
    )


def test_one_call_may_hold_ten_thousand_ties(graph: Graph, told: Told) -> None:
    graph.set_ties("t", [many()])
    entities = [one.entity for one in many().mentioned]
    counts = GraphCounts(users=1, entities=5_100, intents=0, campaigns=0, edges=10_199)
    assert told(graph, "t") == ([many()], {}, entities, counts)
    graph.set_ties("t", [replace(many(), whole=False)])
    assert graph.get_ties("t", "ana") == many()
    assert graph.delete_user("t", "ana") == 10_200


WRITES: Mapping[str, Callable[[Graph, str], object]] = {
    "set whole": lambda graph, tenant: graph.set_ties(tenant, [Ties("ana", whole=True, facts=())]),
    "set partial": lambda graph, tenant: graph.set_ties(tenant, [Ties("ana", wants=(Wants("buy", 0, 0),), facts=())]),
    "set campaigns": lambda graph, tenant: graph.set_campaigns(tenant, [(Campaign("t", "spring", "Other"), [ASH])]),
    "delete user": lambda graph, tenant: graph.delete_user(tenant, "ana"),
    "delete entities": lambda graph, tenant: graph.delete_entities(tenant, [OAK, ELM]),
    "delete campaigns": lambda graph, tenant: graph.delete_campaigns(tenant, ["spring"]),
    "delete unused intents": lambda graph, tenant: graph.delete_unused_intents(tenant),
    "clear": lambda graph, tenant: graph.clear(tenant),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_tenants_do_not_see_or_touch_each_other(
    graph: Graph, write: Callable[[Graph, str], object], ana: Anybody, told: Told
) -> None:
    for tenant in ("t", "T", ""):
        graph.set_ties(tenant, [ana(), Ties("bob", wants=(Wants("unused", 1, 1),))])
        graph.set_ties(tenant, [nothing("bob")])
        graph.set_campaigns(tenant, [(spring(), [OAK])])
    before = told(graph, "t")
    assert told(graph, "T") == told(graph, "") == before
    write(graph, "T")
    assert (told(graph, "t"), told(graph, "")) == (before, before)
    assert told(graph, "T") != before
    assert told(graph, "tt") == ([], {}, [], NOBODY)


def test_deleting_a_user_removes_what_was_learned_from_them_alone(graph: Graph, ana: Anybody, told: Told) -> None:
    graph.set_ties("t", [ana(), ana("bob")])
    # One node and fourteen ties; Bob still engages with both campaigns.
    assert graph.delete_user("t", "ana") == 15
    counts = GraphCounts(users=1, entities=3, intents=2, campaigns=0, edges=14)
    assert told(graph, "t") == ([ana("bob")], {}, [ELM, OAK, ASH], counts)
    assert graph.get_ties("t", "ana") == nothing("ana")
    assert graph.delete_user("t", "ana") == 0
    # Nobody engages with the two bare campaigns any more.
    assert graph.delete_user("t", "bob") == 17
    assert graph.counts("t") == replace(NOBODY, entities=3, intents=2)


def test_deleting_entities_removes_their_ties(graph: Graph, ana: Anybody, told: Told) -> None:
    graph.set_ties("t", [ana(), ana("bob")])
    graph.set_campaigns("t", [(spring(), [OAK, ELM])])
    graph.delete_entities("t", [OAK, OAK, Entity("tree", "unknown")])

    def left(user_id: str) -> Ties:
        ties = ana(user_id)
        seen = (SeenWith(ELM, ASH, 1),)
        return replace(ties, mentioned=ties.mentioned[:1], seen_with=seen, related=(), facts=(LIVES,))

    counts = GraphCounts(users=2, entities=2, intents=2, campaigns=1, edges=17)
    campaigns = {"spring": (("buy", "see"), (ELM,))}
    assert told(graph, "t") == ([left("ana"), left("bob")], campaigns, [ELM, ASH], counts)
    graph.set_ties("t", [ana()])
    assert graph.get_ties("t", "ana") == ana()


def test_entities_stay_when_their_ties_go(graph: Graph, ana: Anybody) -> None:
    graph.set_ties("t", [ana()])
    graph.set_ties("t", [nothing("ana")])
    assert list(graph.scan_entities("t")) != []
    assert sorted(graph.scan_entities("t")) == [ELM, OAK, ASH]


def test_entities_may_stand_alone(graph: Graph) -> None:
    oulu, tea = Entity("place", "oulu"), Entity("thing", "tea")
    graph.set_entities("acme", [oulu, tea, oulu])
    graph.set_entities("acme", [tea])
    graph.set_entities("other", [])
    assert (list(graph.scan_entities("acme")), list(graph.scan_entities("other"))) == ([oulu, tea], [])
    assert graph.counts("acme") == GraphCounts(users=0, entities=2, intents=0, campaigns=0, edges=0)


def test_a_cleared_tenant_can_be_built_again(graph: Graph, ana: Anybody, told: Told) -> None:
    graph.set_ties("t", [ana(), *(nothing(f"u{n:03}") for n in range(600))])
    graph.set_campaigns("t", [(spring(), [OAK])])
    before = told(graph, "t")
    graph.clear("t")
    assert told(graph, "t") == ([], {}, [], NOBODY)
    graph.set_ties("t", [ana(), *(nothing(f"u{n:03}") for n in range(600))])
    graph.set_campaigns("t", [(spring(), [OAK])])
    assert told(graph, "t") == before


def test_it_is_empty_until_some_tenant_has_a_node(graph: Graph) -> None:
    assert graph.is_empty()
    graph.set_ties("t", [nothing("ana")])
    assert not graph.is_empty()
    graph.delete_user("t", "ana")
    assert graph.is_empty()
    graph.set_campaigns("s", [(replace(spring(), tenant="s", intents=()), [])])
    assert not graph.is_empty()
    graph.clear("s")
    graph.set_entities("t", [OAK])
    assert not graph.is_empty()
