"""The graph on Neo4j: Cypher on a server, in one database of it.

Other labels may stand in the same database: of them nothing is read, changed or removed.
"""

from functools import partial

from kith.stores.cypher import CAMPAIGN, ENTITY, INTENT, NODES, RELATED, SEEN_WITH, TIES, USER, Dialect, Run
from kith.stores.cypher_graph import CypherGraph
from kith.stores.cypher_writing import remove_all
from kith.stores.errors import WrongFormat
from kith.stores.neo4j_address import address_of
from kith.stores.neo4j_session import Neo4jSession

__all__ = ["DIALECT", "Neo4jGraph", "open_neo4j"]

FORMAT = "kith graph"
VERSION = 1
"""Of our labels, ties and properties."""
DIALECT = Dialect(writers="many", chunk=5000, unions=True)
REMOVED = 10_000
"""Nodes or ties that go in one transaction when all go."""

CONSTRAINTS = {
    "kith_format": "FOR (n:KithFormat) REQUIRE n.name IS UNIQUE",
    **{f"kith_{node.label.lower()}": f"FOR (n:{node.label}) REQUIRE n.id IS UNIQUE" for node in NODES},
}
INDEXES = {
    "kith_users": f"FOR (n:{USER.label}) ON (n.tenant, n.user_id)",
    "kith_entities": f"FOR (n:{ENTITY.label}) ON (n.tenant, n.id)",
    "kith_intents": f"FOR (n:{INTENT.label}) ON (n.tenant)",
    "kith_campaigns": f"FOR (n:{CAMPAIGN.label}) ON (n.tenant, n.loaded)",
    "kith_seen_with": f"FOR ()-[t:{SEEN_WITH.name}]-() ON (t.user)",
    "kith_related": f"FOR ()-[t:{RELATED.name}]-() ON (t.user)",
}
SCHEMA = {
    **{name: f"CREATE CONSTRAINT {name} IF NOT EXISTS {what}" for name, what in CONSTRAINTS.items()},
    **{name: f"CREATE INDEX {name} IF NOT EXISTS {what}" for name, what in INDEXES.items()},
}
LABELS = "|".join(node.label for node in NODES)
ANY = f"MATCH (n:{LABELS}) RETURN labels(n) LIMIT 1"
# Ties first: a node with a million of them would not go in one transaction.
EMPTY = [
    f"MATCH (:{LABELS})-[t:{'|'.join(tie.name for tie in TIES)}]->() WITH t LIMIT $limit DELETE t RETURN count(*)",
    f"MATCH (n:{LABELS}) WHERE n.tenant IS NOT NULL WITH n LIMIT $limit DETACH DELETE n RETURN count(*)",
]


class Neo4jGraph(CypherGraph):
    """The `Graph` port over one database of a Neo4j. Made by `open_neo4j`.

    Neo4j shows what others commit while one reads. So who reads one person or one campaign keeps its writers out
    meanwhile, and waits for one that was there first. `shared_campaigns` sees the person so, and of campaigns that are
    being set at that moment what is committed; scans and counts are of no one moment.
    """


def open_neo4j(url: str, *, replace: bool = False, reading: float = 10.0, writing: float = 60.0) -> Neo4jGraph:
    """Opens the graph in the database that the URL names, or makes it.

    `BadInput` if the URL cannot be read or the driver is missing; `Transient` if nothing answers there; `Terminal` if
    the server refuses us or is older than 5.0; `WrongFormat` if a newer Kith made the graph, or another program.
    `replace` removes all nodes of Kith's in the database first, whichever Kith made them. `reading` and `writing`:
    seconds that one transaction may take, with all its tries.
    """
    session = Neo4jSession(address_of(url), reading=reading, writing=writing)
    try:
        _open(session, replace=replace)
    except BaseException:
        session.close()
        raise
    return Neo4jGraph(session, DIALECT)


def _open(session: Neo4jSession, *, replace: bool) -> None:
    where = session.card().where
    taken, made, indexes = session.read(_look)
    if taken and not made:
        raise WrongFormat(
            f"{where!r} holds nodes with the labels {taken[0][0]!r} that Kith did not make. Name another database."
        )
    if replace and made:
        for statement in EMPTY:
            remove_all(session, statement, limit=REMOVED)
        session.write(lambda run: run("MATCH (f:KithFormat) DELETE f"))
    elif made and made != [[FORMAT, VERSION]]:
        raise WrongFormat(
            f"{where!r} holds {made!r}, and this Kith reads {[[FORMAT, VERSION]]!r}. Use the Kith that wrote it, or "
            "run `kith rebuild graph`."
        )
    _make_schema(session, there={name for (name,) in indexes})
    if replace or not made:
        session.write(partial(_make_format, name=FORMAT, version=VERSION))


def _look(run: Run) -> tuple[list[list[list[str]]], list[list[object]], list[list[str]]]:
    # Nodes first: who makes a graph at this moment writes its format before the first of them.
    return (
        run(ANY),
        run("MATCH (f:KithFormat) RETURN f.name, f.version"),
        run("SHOW INDEXES YIELD name, state WHERE state = 'ONLINE' RETURN name"),
    )


def _make_schema(session: Neo4jSession, *, there: set[str]) -> None:
    missing = sorted(SCHEMA.keys() - there)
    for name in missing:
        session.write(partial(_do, statement=SCHEMA[name]))
    if missing:
        session.write(partial(_do, statement="CALL db.awaitIndexes(30)"))


def _make_format(run: Run, *, name: str, version: int) -> None:
    run("MERGE (f:KithFormat {name: $name}) ON CREATE SET f.version = $version", name=name, version=version)


def _do(run: Run, *, statement: str) -> None:
    run(statement)
