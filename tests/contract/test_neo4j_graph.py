"""What the Graph on Neo4j promises beyond the port: what it leaves alone, whom it waits for, how it asks."""

import subprocess
import sys
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from importlib import import_module
from threading import Event
from typing import Any, TypeAlias, cast

import pytest
from real_servers import RealServers

from kith.persona.evidence import Engaged, Mentioned, Related, SeenWith, Ties
from kith.persona.identity import user_node_id
from kith.persona.model import Campaign, Entity, Relation
from kith.stores import cypher, neo4j_session
from kith.stores import cypher_statements as statements
from kith.stores.cypher import Dialect, Run
from kith.stores.cypher_graph import CypherGraph
from kith.stores.errors import Terminal, Transient, WrongFormat
from kith.stores.neo4j_address import address_of
from kith.stores.neo4j_graph import Neo4jGraph, open_neo4j
from kith.stores.neo4j_session import Neo4jSession
from kith.stores.ports import GraphCounts, StoreCard

Raw: TypeAlias = Callable[[str], list[list[Any]]]
OAK, ELM = Entity("tree", "oak"), Entity("tree", "elm")


def ana(n: int, user_id: str = "ana") -> Ties:
    """The nth version: every part of it tells which."""
    mentioned = tuple(Mentioned(Entity("number", str(m)), f"surface {n}", n, 0.0, n, n) for m in range(3))
    related = (Related(Relation(ELM, "by", OAK), (f"k{n}",)), Related(Relation(ELM, "near", OAK), (f"k{n}",)))
    return Ties(user_id, whole=True, mentioned=mentioned, seen_with=(SeenWith(ELM, OAK, n),), related=related, facts=())


@pytest.fixture
def url(servers: RealServers) -> str:
    """A place with nothing of Kith's in it."""
    url = servers.url("neo4j")
    open_neo4j(url, replace=True).close()
    return url


@pytest.fixture
def graph(url: str) -> Generator[Neo4jGraph]:
    graph = open_neo4j(url)
    yield graph
    graph.close()


@pytest.fixture
def driver(url: str) -> Generator[Any]:
    """The library's own."""
    address = address_of(url)
    driver_of = cast("Any", import_module("neo4j")).GraphDatabase.driver  # whose options have no types
    with driver_of(address.uri, auth=address.user and (address.user, address.password)) as driver:
        yield driver


@pytest.fixture
def raw(url: str, driver: Any) -> Raw:
    """Runs a statement as anybody could."""

    def run(statement: str) -> list[list[Any]]:
        found = driver.execute_query(statement, database_=address_of(url).database)
        return [record.values() for record in found.records]

    return run


@pytest.fixture
def sessions(url: str) -> Generator[Callable[[float], Neo4jSession]]:
    """Opens sessions of which a transaction may take so many seconds."""
    with ExitStack() as opened:

        def open_session(seconds: float) -> Neo4jSession:
            session = Neo4jSession(address_of(url), reading=seconds, writing=seconds)
            opened.callback(session.close)
            return session

        yield open_session


def test_its_card_says_what_and_where(graph: Neo4jGraph, url: str, raw: Raw) -> None:
    [[version]] = raw("CALL dbms.components() YIELD versions RETURN versions[0]")
    assert graph.card() == StoreCard(kind="neo4j", version=version, where=address_of(url).where)


def test_without_the_driver_it_names_the_package_to_install() -> None:
    program = "import sys; sys.modules['neo4j'] = None; from kith.stores.neo4j_graph import open_neo4j\n"
    program += "try: open_neo4j('bolt://h')\nexcept Exception as error: print(type(error).__name__, error)"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert told.stdout == (
        "BadInput A graph on Neo4j needs the package 'neo4j'. Run `pip install 'kith[servers]'`.\n"
    ), told.stderr


def test_a_newer_format_is_refused_and_kept_until_it_is_replaced(url: str, raw: Raw) -> None:
    graph = open_neo4j(url)
    graph.set_ties("t", [ana(1)])
    graph.close()
    raw("MATCH (f:KithFormat) SET f.version = 99")
    for _ in range(2):
        with pytest.raises(WrongFormat, match="99") as refused:
            open_neo4j(url)
        assert "kith rebuild graph" in str(refused.value)
        assert address_of(url).where in str(refused.value)
    raw("MATCH (f:KithFormat) SET f.version = 1")
    graph = open_neo4j(url)
    assert graph.get_ties("t", "ana") == ana(1)
    graph.close()
    raw("MATCH (f:KithFormat) SET f.version = 99")
    graph = open_neo4j(url, replace=True)
    assert graph.counts("t") == GraphCounts(users=0, entities=0, intents=0, campaigns=0, edges=0)
    graph.close()
    assert raw("MATCH (f:KithFormat) RETURN f.name, f.version") == [["kith graph", 1]]


def test_what_is_not_kiths_stays(url: str, raw: Raw) -> None:
    graph = open_neo4j(url)
    graph.set_ties("t", [ana(1)])
    graph.close()
    raw("CREATE (:Theirs {n: 1})-[:KNOWS]->(:Theirs {n: 2})")
    try:
        graph = open_neo4j(url, replace=True)
        graph.set_ties("t", [ana(1)])
        graph.clear("t")
        graph.close()
        assert raw("MATCH (a:Theirs)-[:KNOWS]->(b:Theirs) RETURN a.n, b.n") == [[1, 2]]
    finally:
        raw("MATCH (n:Theirs) DETACH DELETE n")


@pytest.mark.parametrize("replace", [False, True])
def test_nodes_with_our_labels_that_kith_did_not_make_are_refused_and_kept(url: str, raw: Raw, replace: bool) -> None:
    raw("MATCH (f:KithFormat) DELETE f")
    raw("CREATE (:User {id: 'theirs', tenant: 'theirs'})")
    try:
        with pytest.raises(WrongFormat, match="that Kith did not make"):
            open_neo4j(url, replace=replace)
        assert raw("MATCH (n:User) RETURN n.id") == [["theirs"]]
    finally:
        raw("MATCH (n:User {id: 'theirs'}) DELETE n")


def test_what_is_missing_of_the_schema_is_made_again(url: str, raw: Raw) -> None:
    named = "SHOW INDEXES YIELD name, state WHERE name STARTS WITH 'kith' RETURN name, state ORDER BY name"
    before = raw(named)
    raw("DROP CONSTRAINT kith_entity")
    raw("DROP INDEX kith_seen_with")
    open_neo4j(url).close()
    assert raw(named) == before
    assert {state for _, state in before} == {"ONLINE"}


def test_a_database_that_is_not_there_is_named(url: str) -> None:
    with pytest.raises(Terminal, match="no database 'elsewhere'"):
        open_neo4j(f"{url.removesuffix('/neo4j')}/elsewhere")


def hold(run: Run, *ids: str) -> None:
    for node in ids:
        run(cypher.hold(cypher.USER), ids=[node])


def test_who_holds_a_person_for_too_long_makes_others_give_up(
    graph: Neo4jGraph, url: str, sessions: Callable[[float], Neo4jSession]
) -> None:
    graph.set_ties("t", [ana(1), ana(1, "bob")])
    hasty = open_neo4j(url, reading=1, writing=1)

    def work(run: Run) -> None:
        hold(run, user_node_id("t", "ana"))
        for call in (lambda: hasty.get_ties("t", "ana"), lambda: hasty.set_ties("t", [ana(2)])):
            with pytest.raises(Transient, match="ended the call before it was done"):
                call()
        # Whom nobody holds can be read and written, and what asks for no one person too.
        hasty.set_ties("t", [ana(2, "bob")])
        assert hasty.get_ties("t", "bob") == ana(2, "bob")
        assert hasty.scan_users("t") == ["ana", "bob"]

    sessions(60).write(work)
    assert hasty.get_ties("t", "ana") == ana(1)
    hasty.close()


def test_two_who_wait_for_each_other_both_end(graph: Neo4jGraph, sessions: Callable[[float], Neo4jSession]) -> None:
    graph.set_ties("t", [ana(1), ana(1, "bob")])
    one, two = user_node_id("t", "ana"), user_node_id("t", "bob")
    held = {one: Event(), two: Event()}
    tries = dict.fromkeys(held, 0)
    session = sessions(60)

    def crosswise(mine: str, other: str) -> None:
        def work(run: Run) -> None:
            tries[mine] += 1
            hold(run, mine)
            held[mine].set()
            assert held[other].wait(60)
            hold(run, other)

        session.write(work)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(crosswise, one, two), pool.submit(crosswise, two, one)]:
            done.result()
    assert sum(tries.values()) > 2


@pytest.mark.parametrize(("seconds", "tried"), [(250.0, [250.0, 150.0, 50.0]), (200.0, [200.0, 100.0])])
def test_each_try_has_the_time_that_those_before_it_left(
    graph: Neo4jGraph,
    sessions: Callable[[float], Neo4jSession],
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    tried: list[float],
) -> None:
    graph.set_ties("t", [ana(1)])
    session, now, given = sessions(seconds), [0.0], list[float]()
    library = cast("Any", import_module("neo4j")).Session
    begin = library.begin_transaction

    def begin_and_tell(ours: Any, *, timeout: float) -> Any:
        given.append(timeout)
        return begin(ours, timeout=timeout)

    monkeypatch.setattr(library, "begin_transaction", begin_and_tell)
    monkeypatch.setattr(neo4j_session, "monotonic", lambda: now[0])
    monkeypatch.setattr(neo4j_session, "FIRST_PAUSE", 0.0)

    def work(run: Run) -> None:
        now[0] += 100
        run("CREATE (:User {id: $id})", id=user_node_id("t", "ana"))  # as if another had made the node meanwhile

    with pytest.raises(Transient, match="ConstraintValidationFailed"):
        session.write(work)
    assert given == tried


def test_closing_waits_for_readers(graph: Neo4jGraph) -> None:
    graph.set_ties("t", [ana(1)])
    reading = Event()

    def read() -> set[Ties]:
        seen: set[Ties] = set()
        with suppress(Terminal):
            while True:
                seen.add(graph.get_ties("t", "ana"))
                reading.set()
        return seen

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        assert reading.wait(60)
        graph.close()
        assert set().union(*(reader.result() for reader in readers)) == {ana(1)}


def test_how_rows_are_cut_changes_nothing(sessions: Callable[[float], Neo4jSession]) -> None:
    graph = CypherGraph(sessions(60), Dialect(writers="many", chunk=2, unions=False))
    for _ in range(2):
        graph.set_campaigns("t", [(Campaign("t", "spring", "Spring", intents=("buy",)), [OAK, ELM])])
        graph.set_ties("t", [ana(1), Ties("bob", engaged=(Engaged("spring", 1.0, 1, 1),))])
        graph.set_ties("t", [ana(2)])
    assert (graph.get_ties("t", "ana"), graph.get_campaign("t", "spring")) == (ana(2), (("buy",), (ELM, OAK)))
    assert graph.counts("t") == GraphCounts(users=2, entities=5, intents=1, campaigns=1, edges=10)


ASKED = {
    **{f"put {tie.name}": cypher.change(tie) for tie in cypher.TIES if tie.columns},
    **{f"cut {tie.name}": cypher.drop(tie) for tie in cypher.TIES if tie.columns},
    **{f"add {tie.name}": cypher.add(tie) for tie in cypher.TIES},
    **{f"merge {node.label}": cypher.merge(node) for node in cypher.NODES},
    **{f"hold {node.label}": cypher.hold(node) for node in cypher.NODES},
    "ties": cypher.together([cypher.of_person(tie) for tie in cypher.TIES if tie.columns]),
    "between": cypher.together([*cypher.at_things(cypher.SEEN_WITH), *cypher.at_things(cypher.RELATED)]),
    "shared": cypher.together([statements.SHARED_INTENTS, statements.SHARED_ENTITIES]),
    "bare": statements.BARE,
    "unlearn": statements.UNLEARN[0],
    "unlearn relations": statements.UNLEARN[1],
    "sweep": statements.SWEEP_CAMPAIGNS,
    "users": statements.USERS.format(after=" AND u.user_id > $after"),
    "entities": statements.ENTITIES,
    "campaigns": statements.CAMPAIGNS,
}
GIVEN: dict[str, Any] = {
    "rows": [],
    "people": [],
    "ids": [],
    "users": [],
    "user": "",
    "tenant": "t",
    "after": "",
    "limit": 1,
}
SCANS = {"AllNodesScan", "NodeByLabelScan", "DirectedRelationshipTypeScan", "UndirectedRelationshipTypeScan"}


def operators(plan: dict[str, Any]) -> set[str]:
    return {plan["operatorType"].partition("@")[0]}.union(*map(operators, plan.get("children", [])))


def test_no_call_on_the_way_reads_all_there_is(graph: Neo4jGraph, url: str, driver: Any) -> None:
    # With nothing to go by, the planner takes a scan for as good as an index.
    graph.set_ties("t", [ana(1, f"u{n:03}") for n in range(200)])
    graph.set_campaigns("t", [(Campaign("t", f"c{n}", "", intents=("buy",)), [OAK]) for n in range(100)])

    def scans(statement: str) -> set[str]:
        told = driver.execute_query(
            f"EXPLAIN {statement}", parameters_=GIVEN, database_=address_of(url).database
        ).summary
        return operators(told.plan) & SCANS

    assert {name: scans(statement) for name, statement in ASKED.items() if scans(statement)} == {}
