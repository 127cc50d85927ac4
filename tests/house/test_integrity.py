"""Every kind of damage is named with its store, kind and key; repair mends it, and all is as it was before."""

import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import pytest

from kith.etl.catalogue import load_campaigns
from kith.etl.integrity import Integrity, Verdict
from kith.etl.mending import indexed
from kith.etl.repairing import Repairs
from kith.etl.running import RunOptions
from kith.etl.sources import records_source
from kith.persona.evidence import Mentioned, Ties
from kith.persona.identity import Json
from kith.persona.model import Campaign, Entity, Message
from kith.persona.records import Raw
from kith.settings import Settings
from kith.wiring import App, open_app

Named: TypeAlias = tuple[str, str, str]

TENANT = "acme"
PORTO, COMO = Entity("name", "porto"), Entity("name", "lake como")
FIRST = Message(TENANT, "ana", "I would rather see Porto than Lake Como", 1_770_000_000_000, message_id="m0")


def run(app: App, records: list[dict[str, Json]]) -> None:
    app.runner().run(records_source(records), RunOptions(tenant=TENANT))


def records() -> list[dict[str, Json]]:
    """9 messages of 3 people, two of whom click; Bo alone speaks of Ben Nevis."""
    found: list[dict[str, Json]] = []
    for n in range(9):
        found.append(
            {
                "user_id": ("ana", "bo", "cy")[n % 3],
                "message": FIRST.text if n % 3 != 1 else "Nobody told me about Ben Nevis",
                "timestamp": FIRST.timestamp + n * 60_000,
                "message_id": f"m{n}",
                "intent": "plan_trip",
            }
        )
    found[0] = {"user_id": "ana", "message": FIRST.text, "timestamp": FIRST.timestamp, "message_id": "m0"}
    found[4] |= {"campaign_id": "spring", "engagement": {"kind": "click"}}
    found[5] |= {"campaign_id": "unknown", "engagement": {"kind": "like"}}
    return found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Generator[App]:
    settings = Settings(home=tmp_path_factory.mktemp("house"), embedder="hash", language="plain", tenant=TENANT)
    with open_app(settings, command="a test", create=True) as app:
        run(app, records())
        spring = Raw(
            "a test", "1", "", {"id": "spring", "title": "A spring in Porto", "intents": ["plan_trip", "buy_shoes"]}
        )
        load_campaigns(app.writer(), TENANT, [spring], clock=app.clock)
        yield app


def verify(app: App) -> Verdict:
    return Integrity(app.stores, tenant=TENANT).verify()


def named(verdict: Verdict) -> list[Named]:
    return sorted((d.store, d.kind, d.key) for d in verdict.differences)


def sql(app: App, statement: str, *values: str) -> None:
    """Behind everybody's back."""
    with closing(sqlite3.connect(app.settings.home / "ledger.db", isolation_level=None, timeout=10)) as ledger:
        assert ledger.execute(statement, values).rowcount > 0


def vector_gone(app: App) -> list[Named]:
    app.stores.vectors.delete_messages(TENANT, [FIRST.key])
    return [("vectors", "missing", FIRST.key)]


def vector_extra(app: App) -> list[Named]:
    other = replace(FIRST, message_id="nobody wrote this")
    app.stores.vectors.upsert_messages(TENANT, [indexed(other)], app.tools.embed_messages([other]))
    return [("vectors", "extra", other.key)]


def vector_of_other_content(app: App) -> list[Named]:
    other = replace(FIRST, text="Something else")
    app.stores.vectors.upsert_messages(TENANT, [indexed(other)], app.tools.embed_messages([other]))
    return [("vectors", "different", FIRST.key)]


def evidence_header_gone(app: App) -> list[Named]:
    sql(app, "DELETE FROM evidence_headers WHERE message_key = ?", FIRST.key)
    return [("evidence", "missing", FIRST.key)]


def mentions_gone(app: App) -> list[Named]:
    sql(app, "DELETE FROM mentions WHERE message_key = ?", FIRST.key)
    return [("evidence", "different", FIRST.key), *[("graph", "different", "ana")] * 3]


def mention_altered(app: App) -> list[Named]:
    sql(app, "UPDATE mentions SET occurrences = 7 WHERE message_key = ? AND surface = 'Porto'", FIRST.key)
    return [("evidence", "different", FIRST.key), ("graph", "different", "ana")]


def engagement_gone(app: App) -> list[Named]:
    sql(app, "DELETE FROM user_engagement WHERE campaign_id = 'unknown'")
    key = replace(FIRST, user_id="cy", message_id="m5").key
    return [("evidence", "different", key), ("graph", "extra", "cy")]


def entity_off_the_record(app: App) -> list[Named]:
    sql(app, "DELETE FROM entities WHERE name = 'ben nevis'")
    keys = [replace(FIRST, user_id="bo", message_id=f"m{n}").key for n in (1, 4, 7)]
    return [
        *[("evidence", "different", key) for key in keys],
        ("graph", "extra", "bo"),
        ("graph", "extra", "name ben nevis"),
        ("vectors", "extra", "name ben nevis"),
    ]


def entity_that_nobody_speaks_of(app: App) -> list[Named]:
    entity_id = Entity("name", "atlantis").id_in(TENANT)
    sql(
        app, "INSERT INTO entities (entity_id, tenant, type, name) VALUES (?, ?, 'name', 'atlantis')", entity_id, TENANT
    )
    return [("evidence", "extra", "name atlantis")]


def delivery_gone(app: App) -> list[Named]:
    sql(app, "DELETE FROM deliveries WHERE key = ?", FIRST.key)
    return [("deliveries", "missing", FIRST.key)]


def delivery_of_other_content(app: App) -> list[Named]:
    sql(app, "UPDATE deliveries SET content = '', timestamp = timestamp - 1 WHERE key = ?", FIRST.key)
    return [("deliveries", "different", FIRST.key)]


def tie_gone(app: App) -> list[Named]:
    gone = Mentioned(PORTO, "Porto", 0, 0.0, 0, 0)
    app.stores.graph.set_ties(TENANT, [Ties("ana", mentioned=(gone,))])
    return [("graph", "missing", "ana")]


def tie_extra(app: App) -> list[Named]:
    extra = Mentioned(Entity("name", "ben nevis"), "Ben Nevis", 1, 0.0, 1, 1)
    app.stores.graph.set_ties(TENANT, [Ties("ana", mentioned=(extra,))])
    return [("graph", "extra", "ana")]


def tie_of_other_weight(app: App) -> list[Named]:
    ties = app.stores.ledger.evidence.all_ties(TENANT, "ana")
    heavier = replace(ties.mentioned[0], count=99)
    app.stores.graph.set_ties(TENANT, [Ties("ana", mentioned=(heavier,))])
    return [("graph", "different", "ana")]


def person_without_a_node(app: App) -> list[Named]:
    app.stores.graph.delete_user(TENANT, "bo")
    return [("graph", "missing", "bo")] * 4


def person_whom_nobody_knows(app: App) -> list[Named]:
    app.stores.graph.set_ties(TENANT, [Ties("a stranger", whole=True)])
    return [("graph", "extra", "a stranger")]


def person_without_a_record(app: App) -> list[Named]:
    with closing(sqlite3.connect(app.settings.home / "documents.db", isolation_level=None)) as documents:
        documents.execute("DELETE FROM users WHERE id = 'cy'")
    return [("documents", "missing", "cy")]


def entity_gone_from_the_graph(app: App) -> list[Named]:
    app.stores.graph.delete_entities(TENANT, [COMO])
    return (
        [("graph", "missing", "ana")] * 2 + [("graph", "missing", "cy")] * 2 + [("graph", "missing", "name lake como")]
    )


def entity_extra_in_the_graph(app: App) -> list[Named]:
    gone = Mentioned(Entity("name", "atlantis"), "Atlantis", 1, 0.0, 1, 1)
    app.stores.graph.set_ties(TENANT, [Ties("ana", mentioned=(gone,))])
    app.stores.graph.set_ties(TENANT, [Ties("ana", mentioned=(replace(gone, count=0),))])
    return [("graph", "extra", "name atlantis")]


def entity_gone_from_the_vectors(app: App) -> list[Named]:
    app.stores.vectors.delete_entities(TENANT, [COMO])
    return [("vectors", "missing", "name lake como")]


def entity_extra_in_the_vectors(app: App) -> list[Named]:
    app.stores.vectors.upsert_entities(TENANT, [Entity("name", "atlantis")], np.ones((1, 384), np.float32))
    return [("vectors", "extra", "name atlantis")]


def campaign_altered_in_the_graph(app: App) -> list[Named]:
    app.stores.graph.set_campaigns(TENANT, [(Campaign(TENANT, "spring", "A spring", intents=("plan_trip",)), ())])
    return [("graph", "different", "spring")]


def campaign_gone_from_the_graph(app: App) -> list[Named]:
    app.stores.graph.delete_campaigns(TENANT, ["spring"])
    return [("graph", "missing", "spring")]


def campaign_extra_in_the_graph(app: App) -> list[Named]:
    app.stores.graph.set_campaigns(TENANT, [(Campaign(TENANT, "winter", "A winter"), ())])
    return [("graph", "extra", "winter")]


def campaign_never_learned_from(app: App) -> list[Named]:
    sql(app, "DELETE FROM campaign_about")
    return [("evidence", "missing", "spring")]


def campaign_learned_from_and_gone(app: App) -> list[Named]:
    sql(app, "INSERT INTO campaign_about VALUES (?, 'winter', '', '', '[]')", TENANT)
    return [("evidence", "extra", "winter")]


DAMAGES: list[Callable[[App], list[Named]]] = [
    vector_gone,
    vector_extra,
    vector_of_other_content,
    evidence_header_gone,
    mentions_gone,
    mention_altered,
    engagement_gone,
    entity_off_the_record,
    entity_that_nobody_speaks_of,
    delivery_gone,
    delivery_of_other_content,
    tie_gone,
    tie_extra,
    tie_of_other_weight,
    person_without_a_node,
    person_whom_nobody_knows,
    person_without_a_record,
    entity_gone_from_the_graph,
    entity_extra_in_the_graph,
    entity_gone_from_the_vectors,
    entity_extra_in_the_vectors,
    campaign_altered_in_the_graph,
    campaign_gone_from_the_graph,
    campaign_extra_in_the_graph,
    campaign_never_learned_from,
    campaign_learned_from_and_gone,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damage_is_named_and_mended(damage: Callable[[App], list[Named]], house: App) -> None:
    before = verify(house)
    assert before.as_json()["differences"] == []
    expected = sorted(damage(house))
    assert named(verify(house)) == expected
    repaired = Repairs(house.writer(), tenant=TENANT).repair()
    assert (repaired.mended, repaired.lost) == (len(expected), 0)
    assert repaired.verdict == before
