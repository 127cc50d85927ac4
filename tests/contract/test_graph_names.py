"""What every adapter of the Graph port promises of ids, names and sources: whatever stands in them, it comes back."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

import pytest
from hard_names import HARD_NAMES

from kith.persona.evidence import Engaged, Mentioned, Related, SeenWith, Ties, Wants
from kith.persona.model import Campaign, Entity, Fact, Relation
from kith.stores.ports import Graph, GraphCounts, SharedCampaign

Anybody: TypeAlias = Callable[..., Ties]
Told: TypeAlias = Callable[[Graph, str], object]
HARD = [*HARD_NAMES, "\\'}) DETACH DELETE n //", "$rows {id: r.id} `n`", "long " * 1000]

OAK, ASH = Entity("tree", "oak"), Entity("wood", "oak")
NOBODY = GraphCounts(users=0, entities=0, intents=0, campaigns=0, edges=0)


def test_facts_are_left_or_replaced(graph: Graph, ana: Anybody) -> None:
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


def test_ids_and_names_may_hold_anything(graph: Graph, told: Told) -> None:
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
    assert told(graph, "t") == ([], {}, [], NOBODY)


def test_campaigns_with_any_name_share_things_with_any_name(graph: Graph) -> None:
    graph.set_ties("t", [hard("ana")])
    entities = tuple(one.entity for one in hard("ana").mentioned)
    graph.set_campaigns("t", [(Campaign("t", text, text, intents=tuple(HARD)), entities) for text in HARD])
    assert graph.shared_campaigns("t", "ana") == [
        SharedCampaign(text, tuple(sorted(HARD)), entities) for text in sorted(HARD)
    ]


@pytest.mark.parametrize("limit", [1, 3, 20, 1000])
def test_users_are_scanned_by_code_points(graph: Graph, limit: int) -> None:
    graph.set_ties("t", [Ties(user_id) for user_id in HARD])
    graph.set_ties("T", [Ties("another tenant's")])
    found = page = graph.scan_users("t", limit=limit)
    while page:
        assert len(page) <= limit
        page = graph.scan_users("t", after=found[-1], limit=limit)
        found = found + page
    assert found == sorted(HARD)
