"""Finding among what one person said: every channel brings candidates, what stands beside them joins, filters hold."""

from collections.abc import Generator, Iterable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, TypeAlias

import numpy as np
import pytest

from kith.etl.running import RunOptions
from kith.etl.sources import records_source
from kith.persona.evidence import Ties
from kith.persona.identity import Json
from kith.persona.model import Entity, User
from kith.serving.frame.attempts import Attempts
from kith.serving.frame.house import House
from kith.serving.memory.finding import Asked, Found, find
from kith.serving.memory.offering import NEAR
from kith.serving.memory.recalled import Learned, in_words
from kith.settings import Settings
from kith.stores.errors import Transient
from kith.stores.ports import Graph, Narrowed, VectorIndex
from kith.wiring import house_of, open_app

Record: TypeAlias = dict[str, Json]
TENANT = "acme"
START = 1_770_000_000_000
NOW = START + 10_000_000_000
ANA = User(TENANT, "ana")
FILLING = [f"Nothing much happened on that afternoon, number {n}, we stayed in and talked" for n in range(150)]


def said(user_id: str, texts: Iterable[str], *, conversation: str, after: int = 0, **more: Json) -> list[Record]:
    return [
        {
            "user_id": user_id,
            "message": text,
            "timestamp": START + (after + place) * 60_000,
            "conversation_id": conversation,
            **more,
        }
        for place, text in enumerate(texts)
    ]


RECORDS = [
    *said(
        "ana", ["Have you decided on the colour?", "Yes: turquoise, like the old boat.", "Lovely."], conversation="c1"
    ),
    *said("ana", FILLING, conversation="c2", after=10, metadata={"mood": "dull"}),
    *said("ana", ["We could paint the shed"], conversation="c3", after=500, role="assistant", metadata={"mood": "gay"}),
    *said("ben", ["Mine is turquoise too"], conversation="c1", after=3),
    {
        "user_id": "ana",
        "campaign_id": "x",
        "engagement": {"kind": "click"},
        "timestamp": START + 30,
        "conversation_id": "c1",
    },
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Generator[House]:
    home = tmp_path_factory.mktemp("finding") / "home"
    with open_app(
        Settings(home=home, embedder="hash", language="plain", tenant=TENANT), command="a test", create=True
    ) as app:
        app.runner().run(records_source(RECORDS), RunOptions(tenant=TENANT))
        yield house_of(app)


class Spoiled:
    """The vectors of a house, or its graph, with some calls answered as the test says."""

    def __init__(self, inner: VectorIndex | Graph, **calls: Any) -> None:
        self._inner = inner
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        return self._calls.get(name) or getattr(self._inner, name)


def spoiled(house: House, **calls: Any) -> House:
    vectors: Any = Spoiled(house.stores.vectors, **calls)
    return replace(house, stores=replace(house.stores, vectors=vectors))


def fail(*_: object, **__: object) -> None:
    raise Transient("it is down")


def no_vectors(texts: list[str]) -> Any:
    return np.zeros((len(texts), 384), np.float32)


def of_things(*things: Entity) -> Learned:
    return Learned(spoken_of=things, spelled={one: in_words(one.name) for one in things})


def asked(house: House, query: str, **more: Any) -> tuple[Found, list[str], Attempts]:
    attempts = Attempts()
    found = find(house, Asked(TENANT, ANA, query, NOW, **more), attempts)
    return found, [one.message.text for one in found.scored], attempts


def test_a_hit_by_words_wins_although_its_vector_is_none_of_the_nearest(house: House) -> None:
    (key,) = (one.key for one in house.stores.documents.page_messages(TENANT, "ana", limit=500) if "boat" in one.text)

    def far(tenant: str, vector: Any, keys: list[str]) -> dict[str, float]:
        found = cosines(tenant, vector, keys)
        return found | {key: sorted(found.values())[len(found) // 4]}

    cosines, nearest = house.stores.vectors.cosines, house.stores.vectors.search_dense

    def others(*given: Any, **named: Any) -> list[Any]:
        return [hit for hit in nearest(*given, **named) if hit.key != key]

    _, texts, attempts = asked(spoiled(house, cosines=far, search_dense=others), "that turquoise boat")
    assert (texts[0], attempts.degraded) == ("Yes: turquoise, like the old boat.", [])


def test_what_stands_beside_a_hit_may_answer(house: House) -> None:
    found, texts, _ = asked(house, "decided on the colour")
    assert {"Have you decided on the colour?", "Yes: turquoise, like the old boat.", "Lovely."} <= set(texts)
    assert "Mine is turquoise too" not in texts, "another person's"
    assert all(texts), "an event has no words"
    assert len({one.message.key for one in found.scored}) == len(found.scored)
    assert found.scored[0].cosine is not None


def test_only_what_is_meant_is_found(house: House) -> None:
    def found(**only: Any) -> set[str]:
        return set(asked(house, "turquoise shed", only=Narrowed(**only))[1])

    assert found(conversation_id="c1") == {str(one["message"]) for one in RECORDS[:3]}
    assert found(role="assistant") == {"We could paint the shed"}
    assert found(since=START + 400 * 60_000) == {"We could paint the shed"}
    assert found(until=START + 1) == {"Have you decided on the colour?"}
    assert found(conversation_id="nobody's") == set()


def test_what_no_index_knows_of_is_looked_for_in_the_documents(house: House) -> None:
    assert asked(house, "turquoise", metadata={"mood": "gay"})[1] == ["We could paint the shed"]
    dull = asked(house, "afternoon", metadata={"mood": "dull"})[1]
    assert len(dull) == 102, "the newest hundred, and two beside the eldest of these"
    assert asked(house, "afternoon", metadata={"mood": "odd"})[1] == []


def test_things_are_told_by_how_near_the_question_is(house: House) -> None:
    shed, hall = Entity("name", "garden shed"), Entity("name", "town hall")
    house.stores.vectors.upsert_entities(TENANT, [shed, hall], house.tools.embed_entities([shed, hall]))
    question = "What of the garden shed?"
    learned = of_things(shed, hall, Entity("name", "of no vector"))
    found, _, _ = asked(house, question, learned=learned)
    assert found.things.keys() - {hall} == {shed}
    assert found.things[shed] == 1 > found.things.get(hall, 0)
    assert found.ties == Ties("ana")
    cosines = {shed: NEAR + (1 - NEAR) / 2, hall: NEAR}

    def told(*_: object) -> dict[Entity, float]:
        return cosines

    near = spoiled(house, entity_cosines=told)
    assert asked(near, "What of our huts?", learned=learned)[0].things == {shed: pytest.approx(0.5)}
    assert asked(near, "What of our huts?")[0].things == {}
    found, texts, attempts = asked(spoiled(house, entity_cosines=fail), question, learned=learned)
    assert (found.things, found.ties) == ({shed: 1.0}, None)
    assert (texts[0], attempts.degraded) == ("We could paint the shed", ["vectors"])


def test_what_the_graph_does_not_tell_of_ties_is_left_to_whoever_needs_them(house: House) -> None:
    graph: Any = Spoiled(house.stores.graph, get_ties_between=fail)
    down = replace(house, stores=replace(house.stores, graph=graph))
    shed = Entity("name", "shed")
    found, _, attempts = asked(down, "What of the shed?", learned=of_things(shed))
    assert (found.things, found.ties, attempts.degraded) == ({shed: 1.0}, None, [])


def test_a_question_without_a_vector_is_asked_by_words(house: House) -> None:
    nothing: Any = SimpleNamespace(embedder=SimpleNamespace(embed=no_vectors))
    found, texts, attempts = asked(
        replace(house, tools=nothing), "the turquoise boat", learned=of_things(Entity("name", "shed"))
    )
    assert (found.things, found.dense, found.lexical, attempts.degraded) == ({}, True, True, [])
    assert texts[0] == "Yes: turquoise, like the old boat."


@pytest.mark.parametrize("call", ["search_dense", "search_lexical", "cosines"])
def test_a_call_that_fails_is_done_without(house: House, call: str) -> None:
    found, texts, attempts = asked(spoiled(house, **{call: fail}), "Who spoke of the turquoise boat?")
    assert (texts[0], attempts.degraded) == ("Yes: turquoise, like the old boat.", ["vectors"])
    assert (found.dense, found.lexical) == (call != "search_dense", call == "cosines")


def test_without_any_index_the_newest_are_looked_through(house: House) -> None:
    down = spoiled(house, search_dense=fail, search_lexical=fail, cosines=fail)
    found, texts, attempts = asked(down, "the old boat")
    assert (texts[0], attempts.degraded) == ("Yes: turquoise, like the old boat.", ["vectors"])
    assert (found.dense, found.lexical) == (False, False)
