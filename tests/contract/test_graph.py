"""What every adapter of the Graph port promises."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import count, pairwise
from pathlib import Path
from threading import Barrier, Event

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kith.persona.evidence import Engaged, Mentioned, Related, SeenWith, Ties, Wants
from kith.persona.model import Campaign, Entity, Fact, Relation
from kith.stores.errors import RecordRefused, Terminal
from kith.stores.ladybug_graph import open_ladybug
from kith.stores.ports import Graph, GraphCounts, SharedCampaign

Opener = Callable[[], Graph]
"""Opens one and the same place, as often as it is called."""


def ladybug(folder: Path) -> Opener:
    return lambda: open_ladybug(folder / "graph.lbug")


@pytest.fixture(params=[pytest.param(ladybug, id="ladybug")])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """An adapter is one entry above: from a folder of its own to an opener of an empty place."""
    made: Opener = request.param(tmp_path)
    return made


@pytest.fixture
def graph(place: Opener) -> Iterator[Graph]:
    opened = place()
    yield opened
    opened.close()


HARD = [
    "",
    " ",
    "'",
    '"',
    "\\",
    "\\'}) DETACH DELETE n //",
    "$rows {id: r.id} `n`",
    "%_*?[a]",
    "null",
    "0",
    "\0",
    "a\0b",
    "\n\r\t",
    "é",
    "Ωmega 日本語",
    "👩‍👩‍👧‍👦",
    "\uffff",
    "\U00010000",
    "\U0010ffff",
    "long " * 1000,
]
"""Ids and names that have broken somebody's store. U+FFFF is before U+10000 by code points, and after it in UTF-16."""

OAK, ELM, ASH = Entity("tree", "oak"), Entity("tree", "elm"), Entity("wood", "oak")
LIKES = Fact("f1", "likes", OAK, 10, None, 0.75, "rule", ("k1", "k2"))
LIVES = Fact("f2", "lives_in", ELM, -5, 20, 1.0, "hand", ("k3",), "under it")
BY, OF, UNDER = Relation(ELM, "by", OAK), Relation(OAK, "of", ASH), Relation(OAK, "under", ELM)
NOBODY = GraphCounts(users=0, entities=0, intents=0, campaigns=0, edges=0)


def nothing(user_id: str) -> Ties:
    return Ties(user_id, whole=True, facts=())


def ana(user_id: str = "ana") -> Ties:
    """All kinds of ties, in the order in which the graph returns them."""
    return Ties(
        user_id,
        whole=True,
        mentioned=(Mentioned(ELM, "Elms", 2, -0.25, 5, 1 << 50), Mentioned(OAK, "the Oak", 1, 0.1, -7, 300)),
        wants=(Wants("buy", 3, 8), Wants("see", 1, 9)),
        engaged=(Engaged("autumn", -1.5, 2, 7), Engaged("spring", 0.15, 1, 8)),
        seen_with=(SeenWith(ELM, OAK, 2), SeenWith(ELM, ASH, 1), SeenWith(OAK, ASH, 70_000)),
        related=(Related(BY, ("k1",)), Related(OF, ("k3",)), Related(UNDER, ("k1", "k2"))),
        facts=(LIKES, LIVES),
    )


def spring(title: str = "Spring", intents: tuple[str, ...] = ("see", "buy")) -> Campaign:
    return Campaign("t", "spring", title, intents=intents)


def held(graph: Graph, tenant: str) -> object:
    """All that the port tells of a tenant."""
    users = graph.scan_users(tenant)
    campaigns = sorted(graph.scan_campaigns(tenant))
    return (
        [graph.get_ties(tenant, user_id) for user_id in users],
        {campaign_id: graph.get_campaign(tenant, campaign_id) for campaign_id in campaigns},
        sorted(graph.scan_entities(tenant)),
        graph.counts(tenant),
    )


def test_an_empty_graph_knows_nobody(graph: Graph) -> None:
    assert held(graph, "t") == ([], {}, [], NOBODY)
    assert graph.get_ties("t", "ana") == nothing("ana")
    assert graph.get_campaign("t", "spring") is None
    assert graph.delete_user("t", "ana") == 0


def test_an_empty_call_does_nothing(graph: Graph) -> None:
    graph.set_ties("t", [])
    graph.set_campaigns("t", [])
    graph.delete_entities("t", [])
    graph.delete_campaigns("t", [])
    graph.delete_unused_intents("t")
    graph.clear("t")
    assert held(graph, "t") == ([], {}, [], NOBODY)


def test_what_is_set_is_returned(graph: Graph) -> None:
    graph.set_ties("t", [ana()])
    counts = GraphCounts(users=1, entities=3, intents=2, campaigns=0, edges=14)
    assert held(graph, "t") == ([ana()], {}, [ELM, OAK, ASH], counts)


def test_set_twice_is_set_once(graph: Graph) -> None:
    campaign = (spring(), [OAK])
    graph.set_ties("t", [ana(), nothing("bob")])
    graph.set_campaigns("t", [campaign])
    before = held(graph, "t")
    graph.set_ties("t", [ana(), nothing("bob")])
    graph.set_ties("t", [replace(ana(), whole=False)])
    graph.set_campaigns("t", [campaign])
    assert held(graph, "t") == before


def test_weights_are_set_and_not_added_to(graph: Graph) -> None:
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


def test_a_whole_set_is_all_there_is(graph: Graph) -> None:
    graph.set_ties("t", [ana(), ana("bob"), ana("cyd")])
    less = Ties("ana", whole=True, mentioned=(Mentioned(ASH, "oak wood", 1, 0.0, 1, 1),), facts=(LIVES,))
    zeros = Ties(
        "cyd", whole=True, wants=(Wants("buy", 0, 0),), seen_with=(SeenWith(ELM, OAK, 0),), related=(Related(BY, ()),)
    )
    graph.set_ties("t", [less, nothing("dan"), zeros])
    counts = GraphCounts(users=4, entities=3, intents=2, campaigns=0, edges=16)
    people = [less, ana("bob"), nothing("cyd"), nothing("dan")]
    assert held(graph, "t") == (people, {}, [ELM, OAK, ASH], counts)


def test_a_partial_set_touches_what_it_names(graph: Graph) -> None:
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
    assert held(graph, "t") == ([changed, ana("bob")], {}, [ELM, OAK, ASH], counts)


def test_one_call_may_hold_whole_and_partial_sets(graph: Graph) -> None:
    graph.set_ties("t", [ana(), ana("bob")])
    graph.set_ties("t", [nothing("ana"), Ties("bob", wants=(Wants("buy", 0, 0),)), ana("cyd"), Ties("dan")])
    bob = replace(ana("bob"), wants=(Wants("see", 1, 9),))
    assert [graph.get_ties("t", user_id) for user_id in graph.scan_users("t")] == [
        nothing("ana"),
        bob,
        ana("cyd"),
        nothing("dan"),
    ]


def test_facts_are_left_or_replaced(graph: Graph) -> None:
    graph.set_ties("t", [ana()])
    graph.set_ties("t", [Ties("ana", wants=(Wants("buy", 3, 8),))])
    assert graph.get_ties("t", "ana") == ana()
    facts = (
        Fact("a", "likes", OAK, -1, -(1 << 40), 0.5, "llm", ()),
        Fact("b", "likes", ASH, 0, 0, 0.125, "rule", ("",)),
        Fact("c", "likes", ASH, 0, None, 1.0, "hand", tuple(HARD)),
        Fact("d", "owns", OAK, 1 << 50, 200, 0.0, "rule", ("k",), "two"),
    )
    graph.set_ties("t", [Ties("ana", facts=tuple(reversed(facts)))])
    assert graph.get_ties("t", "ana") == replace(ana(), facts=facts)
    graph.set_ties("t", [Ties("ana", facts=())])
    assert graph.get_ties("t", "ana") == replace(ana(), facts=())


def test_ties_of_some_kinds_are_told_alone(graph: Graph) -> None:
    graph.set_ties("t", [ana(), ana("bob")])
    own = graph.get_ties("t", "ana", kinds=("wants", "mentioned", "engaged"))
    assert own == replace(ana(), whole=False, seen_with=(), related=(), facts=None)
    assert graph.get_ties("t", "ana", kinds=["facts"]) == Ties("ana", facts=ana().facts)
    assert graph.get_ties("t", "ana", kinds=["seen_with"]) == Ties("ana", seen_with=ana().seen_with)
    assert graph.get_ties("t", "ana", kinds=()) == Ties("ana")
    assert graph.get_ties("t", "cyd", kinds=("facts", "related")) == Ties("cyd", facts=())


def test_ties_between_things_are_told_at_either_end(graph: Graph) -> None:
    bob = replace(nothing("bob"), seen_with=(SeenWith(ELM, OAK, 9),), related=(Related(BY, ("k8",)),))
    graph.set_ties("t", [ana(), bob])
    graph.set_ties("u", [ana()])
    elm_oak, elm_ash, oak_ash = ana().seen_with
    by, of, under = ana().related
    yew = Entity("tree", "yew")
    told = {at: graph.get_ties_between("t", "ana", at) for at in [(ELM,), (ASH, yew), (OAK, ASH, OAK), (yew,), ()]}
    assert told == {
        (ELM,): Ties("ana", seen_with=(elm_oak, elm_ash), related=(by, under)),
        (ASH, yew): Ties("ana", seen_with=(elm_ash, oak_ash), related=(of,)),
        (OAK, ASH, OAK): Ties("ana", seen_with=ana().seen_with, related=ana().related),
        (yew,): Ties("ana"),
        (): Ties("ana"),
    }
    assert graph.get_ties_between("t", "bob", [OAK]) == replace(bob, whole=False, facts=None)
    assert graph.get_ties_between("t", "cyd", [OAK]) == Ties("cyd")


def test_what_is_only_named_to_be_removed_is_not_made(graph: Graph) -> None:
    graph.set_ties("t", [replace(Ties("ana"), mentioned=(Mentioned(OAK, "Oak", 0, 0.0, 0, 0),))])
    assert held(graph, "t") == ([nothing("ana")], {}, [], replace(NOBODY, users=1))


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


def test_one_call_may_hold_ten_thousand_ties(graph: Graph) -> None:
    graph.set_ties("t", [many()])
    entities = [one.entity for one in many().mentioned]
    counts = GraphCounts(users=1, entities=5_100, intents=0, campaigns=0, edges=10_199)
    assert held(graph, "t") == ([many()], {}, entities, counts)
    graph.set_ties("t", [replace(many(), whole=False)])
    assert graph.get_ties("t", "ana") == many()
    assert graph.delete_user("t", "ana") == 10_200


def hard(user_id: str) -> Ties:
    """Every hard string in every place that takes one."""
    entities = sorted(Entity(kind, name) for kind, name in zip(HARD, reversed(HARD), strict=True))
    pairs = pairwise(entities)
    facts = [
        Fact(text, text, entity, 1, 2, 0.5, "rule", (text,), text) for text, entity in zip(HARD, entities, strict=True)
    ]
    return Ties(
        user_id,
        whole=True,
        mentioned=tuple(Mentioned(entity, entity.name, 1, 0.0, 1, 1) for entity in entities),
        wants=tuple(Wants(text, 1, 1) for text in sorted(HARD)),
        engaged=tuple(Engaged(text, 1.0, 1, 1) for text in sorted(HARD)),
        seen_with=tuple(SeenWith(first, second, 1) for first, second in pairs),
        related=tuple(Related(Relation(entities[0], text, entities[0]), (text,)) for text in sorted(HARD)),
        facts=tuple(sorted(facts, key=lambda fact: fact.predicate)),
    )


def test_ids_and_names_may_hold_anything(graph: Graph) -> None:
    graph.set_ties("t", [hard(user_id) for user_id in HARD])
    graph.set_ties("t", [replace(hard(user_id), whole=False) for user_id in HARD])
    assert [graph.get_ties("t", user_id) for user_id in sorted(HARD)] == [hard(user_id) for user_id in sorted(HARD)]
    assert graph.scan_users("t") == sorted(HARD)
    about = sorted(graph.scan_entities("t"))
    campaigns = [(Campaign("t", text, text, intents=tuple(HARD)), about) for text in HARD]
    graph.set_campaigns("t", campaigns)
    assert sorted(graph.scan_campaigns("t")) == sorted(HARD)
    assert {text: graph.get_campaign("t", text) for text in HARD} == dict.fromkeys(
        HARD, (tuple(sorted(HARD)), tuple(about))
    )
    assert [graph.delete_user("t", user_id) for user_id in HARD] == [1 + 6 * len(HARD) - 1] * len(HARD)
    graph.delete_campaigns("t", HARD)
    graph.delete_entities("t", about)
    graph.delete_unused_intents("t")
    assert held(graph, "t") == ([], {}, [], NOBODY)


WRITES: Mapping[str, Callable[[Graph, str], object]] = {
    "set whole": lambda graph, tenant: graph.set_ties(tenant, [nothing("ana")]),
    "set partial": lambda graph, tenant: graph.set_ties(tenant, [Ties("ana", wants=(Wants("buy", 0, 0),), facts=())]),
    "set campaigns": lambda graph, tenant: graph.set_campaigns(tenant, [(spring("Other", intents=()), [ASH])]),
    "delete user": lambda graph, tenant: graph.delete_user(tenant, "ana"),
    "delete entities": lambda graph, tenant: graph.delete_entities(tenant, [OAK, ELM]),
    "delete campaigns": lambda graph, tenant: graph.delete_campaigns(tenant, ["spring"]),
    "delete unused intents": lambda graph, tenant: graph.delete_unused_intents(tenant),
    "clear": lambda graph, tenant: graph.clear(tenant),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_tenants_do_not_see_or_touch_each_other(graph: Graph, write: Callable[[Graph, str], object]) -> None:
    for tenant in ("t", "T", ""):
        graph.set_ties(tenant, [ana(), Ties("bob", wants=(Wants("unused", 1, 1),))])
        graph.set_ties(tenant, [nothing("bob")])
        graph.set_campaigns(tenant, [(spring(), [OAK])])
    before = held(graph, "t")
    assert held(graph, "T") == held(graph, "") == before
    write(graph, "T")
    assert (held(graph, "t"), held(graph, "")) == (before, before)
    assert held(graph, "T") != before
    assert held(graph, "tt") == ([], {}, [], NOBODY)


def test_deleting_a_user_removes_what_was_learned_from_them_alone(graph: Graph) -> None:
    graph.set_ties("t", [ana(), ana("bob")])
    # One node and fourteen ties; Bob still engages with both campaigns.
    assert graph.delete_user("t", "ana") == 15
    counts = GraphCounts(users=1, entities=3, intents=2, campaigns=0, edges=14)
    assert held(graph, "t") == ([ana("bob")], {}, [ELM, OAK, ASH], counts)
    assert graph.get_ties("t", "ana") == nothing("ana")
    assert graph.delete_user("t", "ana") == 0
    # Nobody engages with the two bare campaigns any more.
    assert graph.delete_user("t", "bob") == 17
    assert graph.counts("t") == replace(NOBODY, entities=3, intents=2)


def test_deleting_entities_removes_their_ties(graph: Graph) -> None:
    graph.set_ties("t", [ana(), ana("bob")])
    graph.set_campaigns("t", [(spring(), [OAK, ELM])])
    graph.delete_entities("t", [OAK, OAK, Entity("tree", "unknown")])

    def left(user_id: str) -> Ties:
        ties = ana(user_id)
        seen = (SeenWith(ELM, ASH, 1),)
        return replace(ties, mentioned=ties.mentioned[:1], seen_with=seen, related=(), facts=(LIVES,))

    counts = GraphCounts(users=2, entities=2, intents=2, campaigns=1, edges=17)
    campaigns = {"spring": (("buy", "see"), (ELM,))}
    assert held(graph, "t") == ([left("ana"), left("bob")], campaigns, [ELM, ASH], counts)
    graph.set_ties("t", [ana()])
    assert graph.get_ties("t", "ana") == ana()


def test_entities_stay_when_their_ties_go(graph: Graph) -> None:
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


def test_campaigns_are_set_replaced_and_deleted(graph: Graph) -> None:
    autumn = Campaign("t", "autumn", "Autumn")
    graph.set_campaigns("t", [(spring(), [OAK, ELM, OAK]), (autumn, [])])
    assert graph.get_campaign("t", "spring") == (("buy", "see"), (ELM, OAK))
    assert graph.get_campaign("t", "autumn") == ((), ())
    graph.set_campaigns("t", [(spring(), [OAK]), (spring(intents=("see", "rent", "see")), [ASH, ELM])])
    assert graph.get_campaign("t", "spring") == (("rent", "see"), (ELM, ASH))
    assert graph.counts("t") == GraphCounts(users=0, entities=3, intents=3, campaigns=2, edges=4)
    graph.delete_campaigns("t", ["spring", "spring", "unknown"])
    counts = GraphCounts(users=0, entities=3, intents=3, campaigns=1, edges=0)
    assert held(graph, "t") == ([], {"autumn": ((), ())}, [ELM, OAK, ASH], counts)


def test_a_campaign_that_was_only_engaged_with_is_not_loaded(graph: Graph) -> None:
    graph.set_ties("t", [ana()])
    assert (graph.get_campaign("t", "spring"), list(graph.scan_campaigns("t"))) == (None, [])
    graph.set_campaigns("t", [(spring(), [OAK])])
    assert (graph.get_campaign("t", "spring"), list(graph.scan_campaigns("t"))) == (
        (("buy", "see"), (OAK,)),
        ["spring"],
    )
    assert graph.get_ties("t", "ana") == ana()


def test_what_people_did_with_a_campaign_outlives_it(graph: Graph) -> None:
    graph.set_campaigns("t", [(spring(), [OAK])])
    graph.set_ties("t", [ana(), ana("bob")])
    graph.delete_campaigns("t", ["spring"])
    assert [graph.get_ties("t", user_id) for user_id in ("ana", "bob")] == [ana(), ana("bob")]
    assert (graph.get_campaign("t", "spring"), list(graph.scan_campaigns("t"))) == (None, [])
    assert graph.counts("t") == GraphCounts(users=2, entities=3, intents=2, campaigns=0, edges=28)


def test_a_loaded_campaign_stays_when_nobody_engages_with_it(graph: Graph) -> None:
    graph.set_campaigns("t", [(spring(), [OAK])])
    graph.set_ties("t", [ana()])
    graph.set_ties("t", [Ties("ana", engaged=(Engaged("spring", 0.0, 0, 0),))])
    # The node, thirteen ties, and the other campaign, which was bare.
    assert graph.delete_user("t", "ana") == 15
    assert graph.get_campaign("t", "spring") == (("buy", "see"), (OAK,))


def test_campaigns_share_what_a_person_wants_and_mentions(graph: Graph) -> None:
    fir = Entity("tree", "fir")
    # Facts, engagement, pairs and relations share nothing: ana never mentions an ash or a fir.
    graph.set_ties("t", [replace(ana(), facts=(replace(LIKES, object=fir),))])
    assert graph.shared_campaigns("t", "ana") == []
    campaigns: list[tuple[Campaign, list[Entity]]] = [
        (spring(intents=("see", "rent", "buy")), [OAK, ASH, ELM, fir]),
        (Campaign("t", "Zoo", "Z", intents=("see",)), []),
        (Campaign("t", "autumn", "Autumn", intents=("rent",)), [ELM]),
        (Campaign("t", "winter", "Winter", intents=("rent",)), [ASH, fir]),
    ]
    graph.set_campaigns("t", campaigns)
    expected = [
        SharedCampaign("Zoo", ("see",), ()),
        SharedCampaign("autumn", (), (ELM,)),
        SharedCampaign("spring", ("buy", "see"), (ELM, OAK)),
    ]
    assert graph.shared_campaigns("t", "ana") == expected
    graph.set_campaigns("t", [(spring(intents=("rent",)), [ASH])])
    graph.delete_campaigns("t", ["Zoo"])
    assert graph.shared_campaigns("t", "ana") == expected[1:2]
    graph.set_ties("t", [Ties("ana", mentioned=(Mentioned(ELM, "", 0, 0.0, 0, 0),))])
    assert graph.shared_campaigns("t", "ana") == []


def test_what_others_want_and_mention_is_shared_with_them_alone(graph: Graph) -> None:
    graph.set_campaigns("t", [(spring(), [OAK])])
    graph.set_campaigns("T", [(spring(), [ELM])])
    graph.set_ties("t", [ana("bob"), nothing("cyd"), Ties("dan", wants=(Wants("see", 1, 1),))])
    graph.set_ties("T", [ana()])
    both = ("buy", "see")
    assert {user_id: graph.shared_campaigns("t", user_id) for user_id in ("ana", "bob", "cyd", "dan")} == {
        "ana": [],
        "bob": [SharedCampaign("spring", both, (OAK,))],
        "cyd": [],
        "dan": [SharedCampaign("spring", ("see",), ())],
    }
    assert graph.shared_campaigns("T", "ana") == [SharedCampaign("spring", both, (ELM,))]
    graph.delete_user("t", "bob")
    assert graph.shared_campaigns("t", "bob") == []


def test_campaigns_with_any_name_share_things_with_any_name(graph: Graph) -> None:
    graph.set_ties("t", [hard("ana")])
    entities = tuple(one.entity for one in hard("ana").mentioned)
    graph.set_campaigns("t", [(Campaign("t", text, text, intents=tuple(HARD)), entities) for text in HARD])
    assert graph.shared_campaigns("t", "ana") == [
        SharedCampaign(text, tuple(sorted(HARD)), entities) for text in sorted(HARD)
    ]


def test_unused_intents_go_and_others_stay(graph: Graph) -> None:
    graph.set_ties("t", [Ties("ana", wants=(Wants("shown", 1, 1), Wants("forgotten", 1, 1)))])
    graph.set_ties("t", [Ties("ana", wants=(Wants("forgotten", 0, 1),))])
    graph.set_campaigns("t", [(spring(intents=("targeted", "dropped")), [])])
    graph.set_campaigns("t", [(spring(intents=("targeted",)), [])])
    assert graph.counts("t") == GraphCounts(users=1, entities=0, intents=4, campaigns=1, edges=2)
    graph.delete_unused_intents("t")
    assert graph.counts("t") == GraphCounts(users=1, entities=0, intents=2, campaigns=1, edges=2)
    assert graph.get_ties("t", "ana") == replace(nothing("ana"), wants=(Wants("shown", 1, 1),))
    assert graph.get_campaign("t", "spring") == (("targeted",), ())


def test_a_cleared_tenant_can_be_built_again(graph: Graph) -> None:
    graph.set_ties("t", [ana(), *(nothing(f"u{n:03}") for n in range(600))])
    graph.set_campaigns("t", [(spring(), [OAK])])
    before = held(graph, "t")
    graph.clear("t")
    assert held(graph, "t") == ([], {}, [], NOBODY)
    graph.set_ties("t", [ana(), *(nothing(f"u{n:03}") for n in range(600))])
    graph.set_campaigns("t", [(spring(), [OAK])])
    assert held(graph, "t") == before


@pytest.mark.parametrize("limit", [1, 3, len(HARD), 1000])
def test_users_are_scanned_by_code_points(graph: Graph, limit: int) -> None:
    graph.set_ties("t", [Ties(user_id) for user_id in HARD])
    graph.set_ties("T", [Ties("another tenant's")])
    found = page = graph.scan_users("t", limit=limit)
    while page:
        assert len(page) <= limit
        page = graph.scan_users("t", after=found[-1], limit=limit)
        found = found + page
    assert found == sorted(HARD)


def test_what_was_written_is_there_after_opening_again(place: Opener) -> None:
    graph = place()
    graph.set_ties("t", [ana()])
    graph.set_campaigns("t", [(spring(), [OAK])])
    before = held(graph, "t")
    graph.close()
    graph = place()
    assert held(graph, "t") == before
    graph.set_ties("t", [nothing("ana")])
    assert graph.get_ties("t", "ana") == nothing("ana")
    graph.close()


def test_a_closed_graph_says_so(place: Opener) -> None:
    graph = place()
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
def test_a_text_that_cannot_be_written_leaves_nothing_of_the_call(graph: Graph, ties: Ties) -> None:
    graph.set_ties("t", [ana()])
    before = held(graph, "t")
    with pytest.raises(RecordRefused, match="UTF-8"):
        graph.set_ties("t", [nothing("ana"), ana("cyd"), ties])
    assert held(graph, "t") == before
    graph.set_ties("t", [ana("cyd")])
    assert graph.get_ties("t", "cyd") == ana("cyd")


def test_a_campaign_that_cannot_be_written_leaves_nothing_of_the_call(graph: Graph) -> None:
    for refused in (spring(UNWRITABLE), spring(intents=(UNWRITABLE,))):
        with pytest.raises(RecordRefused, match="UTF-8"):
            graph.set_campaigns("t", [(Campaign("t", "autumn", "Autumn"), [ELM]), (refused, [OAK])])
    assert held(graph, "t") == ([], {}, [], NOBODY)


def test_readers_see_a_call_whole_or_not_at_all(graph: Graph) -> None:
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


def test_writers_at_the_same_time_end_with_what_each_set(graph: Graph) -> None:
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
    assert held(graph, "t") == ([whole(user_id) for user_id in people], {}, [*entities, OAK], counts)


@dataclass
class Person:
    """What a graph must hold of a person, kept in dicts."""

    mentioned: dict[Entity, Mentioned] = field(default_factory=dict[Entity, Mentioned])
    wants: dict[str, Wants] = field(default_factory=dict[str, Wants])
    engaged: dict[str, Engaged] = field(default_factory=dict[str, Engaged])
    seen_with: dict[tuple[Entity, Entity], SeenWith] = field(default_factory=dict[tuple[Entity, Entity], SeenWith])
    related: dict[Relation, Related] = field(default_factory=dict[Relation, Related])
    facts: tuple[Fact, ...] = ()

    def set(self, ties: Ties) -> "Person":
        kept = Person() if ties.whole else self
        return Person(
            {**kept.mentioned, **{one.entity: one for one in ties.mentioned}},
            {**kept.wants, **{one.intent: one for one in ties.wants}},
            {**kept.engaged, **{one.campaign_id: one for one in ties.engaged}},
            {**kept.seen_with, **{(one.first, one.second): one for one in ties.seen_with}},
            {**kept.related, **{one.relation: one for one in ties.related}},
            kept.facts if ties.facts is None else ties.facts,
        )

    def ties(self, user_id: str) -> Ties:
        return Ties(
            user_id,
            whole=True,
            mentioned=tuple(one for _, one in sorted(self.mentioned.items()) if one.count),
            wants=tuple(one for _, one in sorted(self.wants.items()) if one.count),
            engaged=tuple(one for _, one in sorted(self.engaged.items()) if one.count),
            seen_with=tuple(one for _, one in sorted(self.seen_with.items()) if one.count),
            related=tuple(one for _, one in sorted(self.related.items()) if one.sources),
            facts=tuple(sorted(self.facts, key=lambda fact: (fact.predicate, fact.since, fact.object, fact.id))),
        )


counts_ = st.sampled_from([0, 1, 2, 200, 40_000, 1 << 40])
times = st.integers(-(1 << 53), 1 << 53) | st.integers(-300, 300)
reals = st.floats(-10, 10)
names = st.sampled_from(["a", "b", *HARD[:6]])
entities_ = st.builds(Entity, st.sampled_from(["x", "y"]), names)
mentions = st.builds(Mentioned, entities_, names, counts_, reals, times, times)
wants_ = st.builds(Wants, names, counts_, times)
engagements = st.builds(Engaged, names, reals, counts_, times)
seen = st.builds(SeenWith, entities_, entities_, counts_).filter(lambda one: one.first < one.second)
relations_ = st.builds(
    Related,
    st.builds(Relation, entities_, st.sampled_from(["knows", "near"]), entities_),
    st.lists(names, max_size=2, unique=True).map(lambda keys: tuple(sorted(keys))),
)
facts_ = st.builds(
    Fact,
    st.uuids().map(str),
    names,
    entities_,
    times,
    st.none() | times,
    reals,
    st.sampled_from(["rule", "hand"]),
    st.lists(names, max_size=2).map(tuple),
    names,
)


def any_ties(whole: st.SearchStrategy[bool]) -> st.SearchStrategy[Ties]:
    return st.builds(
        Ties,
        st.sampled_from(["ana", "bob"]),
        whole,
        st.lists(mentions, max_size=4, unique_by=lambda one: one.entity).map(tuple),
        st.lists(wants_, max_size=3, unique_by=lambda one: one.intent).map(tuple),
        st.lists(engagements, max_size=3, unique_by=lambda one: one.campaign_id).map(tuple),
        st.lists(seen, max_size=4, unique_by=lambda one: (one.first, one.second)).map(tuple),
        st.lists(relations_, max_size=4, unique_by=lambda one: one.relation).map(tuple),
        st.none() | st.lists(facts_, max_size=3, unique_by=lambda one: one.id).map(tuple),
    )


def calls(whole: st.SearchStrategy[bool]) -> st.SearchStrategy[list[list[Ties]]]:
    return st.lists(st.lists(any_ties(whole), max_size=2, unique_by=lambda ties: ties.user_id), max_size=5)


tenants = count()


def follows_the_model(graph: Graph, made: Sequence[Sequence[Ties]]) -> None:
    tenant = f"tenant {next(tenants)}"
    people: dict[str, Person] = {}
    for call in made:
        graph.set_ties(tenant, call)
        for ties in call:
            people[ties.user_id] = people.get(ties.user_id, Person()).set(ties)
    assert graph.scan_users(tenant) == sorted(people)
    expected = {user_id: person.ties(user_id) for user_id, person in people.items()}
    assert {user_id: graph.get_ties(tenant, user_id) for user_id in people} == expected


one_graph = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@one_graph
@given(made=calls(st.just(False)))
def test_any_row_of_partial_sets_ends_as_a_dict_would(graph: Graph, made: list[list[Ties]]) -> None:
    follows_the_model(graph, made)


@one_graph
@given(made=calls(st.booleans()))
def test_any_row_of_sets_ends_as_a_dict_would(graph: Graph, made: list[list[Ties]]) -> None:
    follows_the_model(graph, made)
