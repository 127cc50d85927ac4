"""Relations and details go all the way: into ledger and graph, out to lineage and export, and out of all of them."""

import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import pytest

from kith.etl.integrity import Integrity
from kith.etl.lineage import lineage_of
from kith.etl.people import Forgetter, export_person
from kith.etl.repairing import Rebuildable, Repairs
from kith.etl.running import RunOptions
from kith.etl.sources import records_source
from kith.etl.tools import Tools
from kith.persona.embedding import Vectors
from kith.persona.evidence import Extraction, Related, Ties
from kith.persona.hashing import HashEmbedder
from kith.persona.identity import Json
from kith.persona.model import Entity, Fact, Message, Relation, Statement
from kith.persona.time import iso
from kith.wiring import App

TENANT = "acme"
AT = 1_770_000_000_000
LEA, ALM, COFFEE, DECAF = (
    Entity("person", "lea"),
    Entity("organisation", "alm"),
    Entity("thing", "coffee"),
    Entity("thing", "decaf"),
)
WORKS = Relation(LEA, "works_at", ALM)


@dataclass(frozen=True, slots=True)
class Telling:
    """Understands "My sister lea works at alm", "I like …" and "Actually …", and nothing else."""

    version: str = "telling-1"

    def extract(
        self, messages: Sequence[Message], *, names: Mapping[str, str], vectors: Vectors | None = None
    ) -> list[Extraction]:
        return [self._of(message.text) for message in messages]

    def _of(self, text: str) -> Extraction:
        if found := re.fullmatch(r"My (\w+) (\w+) works at (\w+)", text):
            kin = Statement("family", Entity("person", found[2]), detail=found[1])
            works = Relation(kin.object, "works_at", Entity("organisation", found[3]))
            return Extraction(statements=(kin,), relations=(works,))
        if found := re.fullmatch(r"(I like|Actually) (\w+)", text):
            predicate = "likes" if found[1] == "I like" else "corrected"
            return Extraction(statements=(Statement(predicate, Entity("thing", found[2])),))
        return Extraction()


@pytest.fixture
def told(app: App) -> App:
    """An application that understands what these tests say."""
    return replace(app, tools=Tools(open_embedder=HashEmbedder, extractor=Telling()))


def said(n: int, text: str, user: str = "ana", *, at: int | None = None) -> Message:
    return Message(TENANT, user, text, AT + n if at is None else at, message_id=f"m{n}")


KIN, COFFEE_FIRST, NO_DECAF = said(0, "My sister lea works at alm"), said(1, "I like coffee"), said(2, "Actually decaf")
BO = said(3, "My cousin lea works at alm", "bo")
TALK = (KIN, COFFEE_FIRST, NO_DECAF, BO)


def run(app: App, *messages: Message) -> None:
    records: list[dict[str, Json]] = [
        {"user_id": m.user_id, "message": m.text, "timestamp": m.timestamp, "message_id": m.message_id}
        for m in messages
    ]
    app.runner().run(records_source(records), RunOptions(tenant=TENANT))


def digests(app: App) -> dict[str, str]:
    verdict = Integrity(app.stores, tenant=TENANT).verify()
    assert verdict.as_json()["differences"] == []
    return verdict.digests


def plain(facts: Sequence[Fact] | None) -> list[tuple[str, Entity, str, int, int | None, tuple[str, ...]]]:
    return [(f.predicate, f.object, f.detail, f.since, f.until, f.sources) for f in facts or ()]


def test_they_stand_in_the_graph_as_the_ledger_has_them(told: App) -> None:
    run(told, *TALK)
    ties = told.stores.graph.get_ties(TENANT, "ana")
    assert ties == told.stores.ledger.evidence.all_ties(TENANT, "ana")
    assert ties.related == (Related(WORKS, (KIN.key,)),)
    assert plain(ties.facts) == [
        ("family", LEA, "sister", KIN.timestamp, None, (KIN.key,)),
        ("likes", COFFEE, "", AT + 1, AT + 2, (COFFEE_FIRST.key, NO_DECAF.key)),
        ("likes", DECAF, "", AT + 2, None, (NO_DECAF.key,)),
    ]
    assert sorted(told.stores.graph.scan_entities(TENANT)) == [ALM, LEA, COFFEE, DECAF]
    assert sorted(told.stores.vectors.scan_entities(TENANT)) == [ALM, LEA, COFFEE, DECAF]
    assert sorted(digests(told)) == ["documents", "evidence", "graph", "vectors"]


@pytest.mark.parametrize("order", [(2, 1, 0, 3), (1, 3, 2, 0)])
def test_the_order_of_arrival_does_not_matter(told: App, order: tuple[int, ...]) -> None:
    for n in order:
        run(told, TALK[n])
    ties = told.stores.graph.get_ties(TENANT, "ana")
    assert [f.object for f in ties.facts or ()] == [LEA, COFFEE, DECAF]
    assert ties.related == (Related(WORKS, (KIN.key,)),)
    digests(told)


def test_an_edit_takes_them_out_again(told: App) -> None:
    run(told, KIN, said(5, KIN.text))
    assert told.stores.graph.get_ties(TENANT, "ana").related == (
        Related(WORKS, tuple(sorted((KIN.key, said(5, KIN.text).key)))),
    )
    run(told, said(5, "I like coffee", at=AT + 50))
    assert told.stores.graph.get_ties(TENANT, "ana").related == (Related(WORKS, (KIN.key,)),)
    run(told, said(0, "I like coffee", at=AT + 60))
    assert told.stores.graph.get_ties(TENANT, "ana").related == ()
    Repairs(told.writer(), tenant=TENANT).repair()
    digests(told)
    assert list(told.stores.ledger.evidence.entities(TENANT)) == [COFFEE]


def test_they_are_told_with_where_they_come_from(told: App) -> None:
    run(told, *TALK)
    found = lineage_of(told.stores.ledger, TENANT, KIN.key)
    assert found is not None
    [fact] = found.facts
    assert {name: found.as_json()[name] for name in ("facts", "relations")} == {
        "facts": [
            {
                "id": fact.id,
                "predicate": "family",
                "object": "lea",
                "detail": "sister",
                "since": iso(AT),
                "until": None,
            }
        ],
        "relations": [{"subject": "lea", "relation": "works_at", "object": "alm"}],
    }
    exported = list(export_person(told.stores, TENANT, "ana"))
    assert [one for one in exported if one["kind"] == "relation"] == [
        {"kind": "relation", "subject": "lea", "relation": "works_at", "object": "alm", "sources": [KIN.key]}
    ]
    facts = [one for one in exported if one["kind"] == "fact"]
    assert [(one["object"], one["detail"]) for one in facts] == [("lea", "sister"), ("coffee", ""), ("decaf", "")]


def test_forgetting_takes_theirs_and_leaves_those_of_others(told: App) -> None:
    run(told, BO)
    before = digests(told)
    run(told, *TALK)
    receipt = Forgetter(told.writer(), clock=told.clock).forget(TENANT, "ana")
    assert receipt.second_look == dict.fromkeys(receipt.deleted, 0)
    assert told.stores.graph.get_ties(TENANT, "ana") == Ties("ana", whole=True, facts=())
    assert told.stores.graph.get_ties(TENANT, "bo").related == (Related(WORKS, (BO.key,)),)
    assert digests(told) == before
    assert list(told.stores.ledger.evidence.entities(TENANT)) == [ALM, LEA]


def test_what_was_lost_is_named_and_mended(told: App) -> None:
    run(told, *TALK)
    before = digests(told)
    with closing(sqlite3.connect(told.settings.home / "ledger.db", isolation_level=None, timeout=10)) as ledger:
        ledger.execute("DELETE FROM relations WHERE message_key = ?", [KIN.key])
    told.stores.graph.set_ties(TENANT, [Ties("bo", related=(Related(WORKS, ()),))])
    verdict = Integrity(told.stores, tenant=TENANT).verify()
    relation = f"RELATED person lea works_at organisation alm ['{KIN.key}']"
    assert sorted((one.store, one.kind, one.key, one.detail) for one in verdict.differences) == [
        ("evidence", "different", KIN.key, "rows were lost or changed"),
        ("graph", "extra", "ana", relation),
        ("graph", "missing", "bo", relation.replace(KIN.key, BO.key)),
    ]
    Repairs(told.writer(), tenant=TENANT).repair()
    assert digests(told) == before


@pytest.mark.parametrize("what", ["evidence", "graph", "vectors"])
def test_each_store_is_worked_out_again(told: App, what: Rebuildable) -> None:
    run(told, *TALK)
    before = digests(told)
    Repairs(told.writer(), tenant=TENANT).rebuild(what)
    assert digests(told) == before
