"""A ledger that an earlier version made is brought up to date when it is opened, and keeps all that it holds."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kith.persona.evidence import Evidence, Extraction
from kith.persona.identity import identity
from kith.persona.model import Entity, Fact, Mention, Relation, Statement
from kith.stores.ledger import open_ledger
from kith.stores.ledger_port import EvidenceHeader
from kith.stores.reports import open_reports
from kith.stores.serving_port import KeyRow, RequestRow

NOW = 1_772_357_400_000
PORTO, LEA = Entity("place", "porto"), Entity("person", "lea")
FACT = identity("fact", "t", "u1", "lives_in", PORTO.id_in("t"), "1")
SAID = Evidence(
    "k1",
    "u1",
    "a",
    5,
    "c",
    "x",
    None,
    None,
    Extraction((Mention(PORTO, "Porto"),), (Statement("lives_in", PORTO, 1, None, 0.5),)),
)
THIRD_FORMAT = """
DROP TABLE jobs;
DROP INDEX requests_in_hand;
DELETE FROM ledger_format WHERE version > 3;
"""
"""What the third format had otherwise."""
SECOND_FORMAT = """
DROP TABLE jobs;
DROP TABLE api_keys;
DROP TABLE requests;
DROP INDEX mentions_of_person_by_time;
DROP INDEX mentions_of_tie_by_time;
DROP INDEX intents_of_person_by_time;
DROP INDEX engagement_of_conversation;
DROP INDEX engagement_by_time;
CREATE INDEX mentions_of_person ON mentions (user_id, tenant);
CREATE INDEX mentions_of_tie ON mentions (tie);
DELETE FROM ledger_format WHERE version > 2;
INSERT INTO entities VALUES ('{entity_id}', 't', 'place', 'porto');
INSERT INTO evidence_headers VALUES ('t', 'k1', 'u1', 'a', 5, 'c', NULL, 'x', 'ad0265ef5fdaddab267bbbfdc5ca0f4b');
INSERT INTO mentions VALUES ('k1', 't', 0, 'u1', '{entity_id}', 'tie', 'Porto', 1, 0.0, 5);
INSERT INTO statements (message_key, tenant, place, user_id, predicate, entity_id, since, confidence, origin, timestamp)
VALUES ('k1', 't', 0, 'u1', 'lives_in', '{entity_id}', 1, 0.5, 'rule', 5);
"""
"""What the second format had otherwise, and one message as it was written then."""
FIRST_FORMAT = """
CREATE TEMP TABLE stated AS SELECT * FROM statements;
DROP TABLE statements;
CREATE TABLE statements (
    message_key TEXT NOT NULL,
    tenant TEXT NOT NULL,
    place BIGINT NOT NULL,
    user_id TEXT NOT NULL,
    predicate TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    since BIGINT,
    until BIGINT,
    confidence FLOAT NOT NULL,
    origin TEXT NOT NULL,
    timestamp BIGINT NOT NULL,
    PRIMARY KEY (message_key, tenant, place)
);
CREATE INDEX statements_of_person ON statements (user_id, tenant);
CREATE INDEX statements_of_entity ON statements (entity_id, tenant);
DROP TABLE relations;
DROP TABLE tombstones;
CREATE TABLE tombstones (
    person TEXT NOT NULL,
    forgotten_at BIGINT NOT NULL,
    admitted_at BIGINT,
    PRIMARY KEY (person)
);
DELETE FROM ledger_format WHERE version > 1;
INSERT INTO statements SELECT message_key, tenant, place, user_id, predicate, entity_id, since, until, confidence,
    origin, timestamp FROM stated;
"""
"""What the first format had otherwise than the second."""


def shape(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master ORDER BY name")]
        return {
            name: [
                *connection.execute(f"PRAGMA table_xinfo({name!r})"),
                *connection.execute(f"PRAGMA index_xinfo({name!r})"),
            ]
            for name in names
        }


@pytest.fixture(params=[1, 2])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A ledger of the first and of the second format."""
    path = tmp_path / "ledger.db"
    open_ledger(f"sqlite:///{path}", clock=lambda: NOW).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SECOND_FORMAT.format(entity_id=PORTO.id_in("t")))
        if request.param == 1:
            connection.executescript(FIRST_FORMAT)
    return path


def test_an_old_ledger_keeps_what_it_holds(old: Path) -> None:
    for _ in range(2):
        ledger = open_ledger(f"sqlite:///{old}", clock=lambda: NOW)
        assert ledger.evidence.get("t", "k1") == SAID
        header = EvidenceHeader("k1", "u1", "a", "x", SAID.digest)
        assert ledger.evidence.headers("t") == [(header, SAID.digest)]
        fact = Fact(FACT, "lives_in", PORTO, 1, None, 0.5, "rule", ("k1",))
        assert ledger.evidence.all_ties("t", "u1").facts == (fact,)
        assert ledger.insight.mention_times("t", "u1") == {PORTO: [5]}
        ledger.close()
    open_reports(f"sqlite:///{old}").close()


def test_it_can_hold_what_is_new(old: Path) -> None:
    ledger = open_ledger(f"sqlite:///{old}", clock=lambda: NOW)
    lease = ledger.leases.take([0], holder="ann", seconds=60)
    assert lease is not None
    relation = Relation(LEA, "lives_in", PORTO)
    denied = Extraction(statements=(Statement("likes", PORTO, detail="x", denied=True),), relations=(relation,))
    more = Evidence("k2", "u2", "a", 6, "c", "x", None, None, denied)
    ledger.evidence.write(lease, "t", [more])
    assert ledger.evidence.get("t", "k2") == more
    tombstone = ledger.people.bury("t", "bo")
    ledger.people.settle([tombstone])
    assert (ledger.people.unpurged(), ledger.people.tombstone("t", "bo")) == ([], tombstone)
    request = RequestRow("t", "r1", "u1", "digest", 5, "[]")
    assert ledger.requests.take(request) == request
    key = KeyRow("k1", "t", "of ana", ("read",), "digest", 5, None)
    ledger.keys.add(key)
    assert ledger.keys.list() == [key]
    ledger.close()


def test_it_has_the_shape_of_a_new_one(old: Path, tmp_path: Path) -> None:
    open_ledger(f"sqlite:///{tmp_path / 'new.db'}").close()
    assert shape(old) != shape(tmp_path / "new.db")
    open_ledger(f"sqlite:///{old}").close()
    assert shape(old) == shape(tmp_path / "new.db")


def test_one_of_the_third_format_gets_the_shape_of_a_new_one_too(tmp_path: Path) -> None:
    for name in ("third.db", "new.db"):
        open_ledger(f"sqlite:///{tmp_path / name}").close()
    with closing(sqlite3.connect(tmp_path / "third.db")) as connection:
        connection.executescript(THIRD_FORMAT)
    assert shape(tmp_path / "third.db") != shape(tmp_path / "new.db")
    open_ledger(f"sqlite:///{tmp_path / 'third.db'}").close()
    assert shape(tmp_path / "third.db") == shape(tmp_path / "new.db")
