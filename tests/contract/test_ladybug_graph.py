"""What the Graph on Ladybug promises beyond the port: its file, who may open it, and what a crash leaves."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

import ladybug
import pytest

from kith.persona.evidence import Engaged, Mentioned, Related, SeenWith, Ties
from kith.persona.identity import user_node_id
from kith.persona.model import Campaign, Entity, Fact, Relation
from kith.stores.cypher import Dialect, Run
from kith.stores.cypher_graph import CypherGraph
from kith.stores.errors import StoresHeld, Terminal, Transient, WrongFormat
from kith.stores.ladybug_graph import DIALECT, LadybugSession, open_ladybug
from kith.stores.ports import GraphCounts, StoreCard

T = TypeVar("T")
OAK, ELM = Entity("tree", "oak"), Entity("tree", "elm")


def ana(n: int) -> Ties:
    """The nth version: every part of it tells which."""
    mentioned = tuple(Mentioned(Entity("number", str(m)), f"surface {n}", n, 0.0, n, n) for m in range(3))
    return Ties("ana", whole=True, mentioned=mentioned, seen_with=(SeenWith(ELM, OAK, n),), facts=())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "it's a graph.lbug"


def python(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_its_card_says_what_and_where(path: Path) -> None:
    graph = open_ladybug(path)
    assert graph.card() == StoreCard(kind="ladybug", version=ladybug.Database.get_version(), where=str(path))
    graph.close()


OPEN = """
import sys
from pathlib import Path
from kith.stores.errors import StoresHeld
from kith.stores.ladybug_graph import open_ladybug
try:
    open_ladybug(Path(sys.argv[1])).close()
except StoresHeld as held:
    print(held)
else:
    print("opened")
"""


def held(path: Path) -> str:
    return f"The graph in {str(path)!r} is open already, here or in another process. Close it there first."


def test_it_is_open_once_here_and_elsewhere(path: Path) -> None:
    graph = open_ladybug(path)
    graph.set_ties("t", [ana(1)])
    assert python(OPEN, path).stdout == f"{held(path)}\n"
    with pytest.raises(StoresHeld) as refused:
        open_ladybug(path)
    assert str(refused.value) == held(path)
    # Neither attempt loosened the first one's hold, or its use of the file.
    assert python(OPEN, path).stdout == f"{held(path)}\n"
    graph.set_ties("t", [ana(2)])
    graph.close()
    assert python(OPEN, path).stdout == "opened\n"
    graph = open_ladybug(path)
    assert graph.get_ties("t", "ana") == ana(2)
    graph.close()


FOREIGN = """
import sys, ladybug
database = ladybug.Database(sys.argv[1], buffer_pool_size=1 << 26)
ladybug.Connection(database).execute("CREATE NODE TABLE Theirs(id STRING PRIMARY KEY)")
print("open", flush=True)
sys.stdin.read()
"""


def test_a_program_that_is_not_ours_is_noticed(path: Path) -> None:
    command = [sys.executable, "-c", FOREIGN, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as theirs:
        assert theirs.stdout is not None
        assert theirs.stdout.readline() == "open\n"
        with pytest.raises(StoresHeld) as refused:
            open_ladybug(path)
        assert str(refused.value) == held(path)
    with pytest.raises(WrongFormat, match="Kith did not make"):
        open_ladybug(path)


def change_schema(path: Path, version: int) -> None:
    with ladybug.Database(path, buffer_pool_size=1 << 26) as database, ladybug.Connection(database) as connection:
        connection.execute("MATCH (f:KithFormat) SET f.version = $version", {"version": version})


def change_storage(path: Path, version: int) -> None:
    # Four letters, then the number of the storage version.
    content = path.read_bytes()
    path.write_bytes(content[:4] + bytes([version]) + content[5:])


@pytest.mark.parametrize(
    ("change", "ours", "words"),
    [(change_schema, 2, "99"), (change_storage, ladybug.Database.get_storage_version(), "different version")],
    ids=["schema", "storage"],
)
def test_another_version_is_refused_and_kept(
    path: Path, change: Callable[[Path, int], None], ours: int, words: str
) -> None:
    graph = open_ladybug(path)
    graph.set_ties("t", [ana(1)])
    graph.close()
    change(path, 99)
    for _ in range(2):
        with pytest.raises(WrongFormat, match=words) as refused:
            open_ladybug(path)
        assert repr(str(path)) in str(refused.value)
        assert "kith rebuild graph" in str(refused.value)
    change(path, ours)
    graph = open_ladybug(path)
    assert graph.get_ties("t", "ana") == ana(1)
    graph.close()


FIRST_FORMAT = (
    "CREATE NODE TABLE KithFormat(name STRING PRIMARY KEY, version INT64)",
    "CREATE NODE TABLE User(id STRING PRIMARY KEY, tenant STRING, user_id STRING)",
    "CREATE NODE TABLE Entity(id STRING PRIMARY KEY, tenant STRING, type STRING, name STRING)",
    "CREATE NODE TABLE Intent(id STRING PRIMARY KEY, tenant STRING, name STRING)",
    "CREATE NODE TABLE Campaign(id STRING PRIMARY KEY, tenant STRING, campaign_id STRING, title STRING, "
    "loaded BOOLEAN)",
    "CREATE REL TABLE MENTIONED(FROM User TO Entity, count INT64, sentiment DOUBLE, first INT64, last INT64, "
    "surface STRING)",
    "CREATE REL TABLE STATED(FROM User TO Entity, fact STRING, predicate STRING, since INT64, until INT64, "
    "confidence DOUBLE, origin STRING, sources STRING[])",
    "CREATE REL TABLE HAS_INTENT(FROM User TO Intent, count INT64, last INT64)",
    "CREATE REL TABLE ENGAGED_WITH(FROM User TO Campaign, score DOUBLE, count INT64, last INT64)",
    "CREATE REL TABLE SEEN_WITH(FROM Entity TO Entity, user STRING, count INT64)",
    "CREATE REL TABLE TARGETS(FROM Campaign TO Intent)",
    "CREATE REL TABLE ABOUT(FROM Campaign TO Entity)",
    "CREATE (:KithFormat {name: 'kith graph', version: 1})",
)
STATE = """CREATE (u:User {id: $user, tenant: 't', user_id: 'ana'})-[:STATED {fact: 'f1', predicate: 'likes', since: 1,
    until: NULL, confidence: 0.5, origin: 'rule', sources: ['k1']}]->(:Entity {id: $oak, tenant: 't', type: 'tree',
    name: 'oak'})"""


def test_a_file_of_the_first_format_is_brought_up_to_date_and_keeps_what_it_holds(path: Path) -> None:
    with ladybug.Database(path, buffer_pool_size=1 << 26) as database, ladybug.Connection(database) as connection:
        for statement in FIRST_FORMAT:
            connection.execute(statement)
        connection.execute(STATE, {"user": user_node_id("t", "ana"), "oak": OAK.id_in("t")})
    likes = Fact("f1", "likes", OAK, 1, None, 0.5, "rule", ("k1",))
    for _ in range(2):
        graph = open_ladybug(path)
        assert graph.get_ties("t", "ana") == Ties("ana", whole=True, facts=(likes,))
        graph.close()
    now = Ties(
        "ana",
        whole=True,
        related=(Related(Relation(ELM, "by", OAK), ("k2",)),),
        facts=(Fact("f1", "likes", OAK, 1, None, 0.5, "rule", ("k1",), "in autumn"),),
    )
    graph = open_ladybug(path)
    graph.set_ties("t", [now])
    assert graph.get_ties("t", "ana") == now
    graph.close()


def test_a_file_that_is_no_graph_is_refused_and_left_alone(path: Path) -> None:
    content = b"something else altogether\n" * 1000
    path.write_bytes(content)
    with pytest.raises(WrongFormat, match="not a valid"):
        open_ladybug(path)
    assert path.read_bytes() == content


def test_a_place_where_no_file_can_be_is_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere" / "graph.lbug"):
        with pytest.raises(Terminal) as refused:
            open_ladybug(path)
        assert repr(str(path)) in str(refused.value)


def test_a_file_that_was_only_begun_is_made(path: Path) -> None:
    path.touch()
    graph = open_ladybug(path)
    graph.set_ties("t", [ana(1)])
    assert graph.get_ties("t", "ana") == ana(1)
    graph.close()


WRITE = """
import sys
from pathlib import Path
from kith.persona.evidence import Mentioned, SeenWith, Ties
from kith.persona.model import Entity
from kith.stores.ladybug_graph import open_ladybug
graph = open_ladybug(Path(sys.argv[1]))
start = int(sys.argv[2])
elm, oak = Entity("tree", "elm"), Entity("tree", "oak")
for n in range(start, start + 1_000_000):
    mentioned = tuple(Mentioned(Entity("number", str(m)), f"surface {n}", n, 0.0, n, n) for m in range(3))
    graph.set_ties("t", [Ties("ana", whole=True, mentioned=mentioned, seen_with=(SeenWith(elm, oak, n),), facts=())])
    print(n, flush=True)
"""


def test_a_killed_writer_leaves_all_that_it_said_was_written(path: Path) -> None:
    done = 0
    for _ in range(3):
        command = [sys.executable, "-c", WRITE, str(path), str(done + 1)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for _ in range(20):
                done = int(writer.stdout.readline())
            writer.kill()
            done = max([done, *map(int, writer.stdout.read().split())])
        graph = open_ladybug(path)
        found = graph.get_ties("t", "ana")
        # The last call may have been written without a chance to say so.
        done = max(done, found.mentioned[0].count)
        assert found == ana(done)
        counts = graph.counts("t")
        assert (counts.users, counts.entities, counts.edges) == (1, 5, 4)
        graph.close()


def test_closing_waits_for_readers(path: Path) -> None:
    graph = open_ladybug(path)
    graph.set_ties("t", [ana(1)])
    reading = Event()

    def read() -> list[Ties]:
        seen: list[Ties] = []
        with suppress(Terminal):
            while True:
                seen.append(graph.get_ties("t", "ana"))
                reading.set()
        return seen

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        assert reading.wait(60)
        graph.close()
        seen = [ties for reader in readers for ties in reader.result()]
    assert set(seen) == {ana(1)}


def test_how_rows_are_cut_changes_nothing(path: Path) -> None:
    graph = CypherGraph(LadybugSession(path), Dialect(writers="one", chunk=2, unions=False))
    for _ in range(2):
        graph.set_campaigns("t", [(Campaign("t", "spring", "Spring", intents=("buy",)), [OAK, ELM])])
        graph.set_ties("t", [ana(1), Ties("bob", engaged=(Engaged("spring", 1.0, 1, 1),))])
        graph.set_ties("t", [ana(2)])
    assert (graph.get_ties("t", "ana"), graph.get_campaign("t", "spring")) == (ana(2), (("buy",), (ELM, OAK)))
    assert graph.counts("t") == GraphCounts(users=2, entities=5, intents=1, campaigns=1, edges=8)
    graph.close()


class Forgetful(LadybugSession):
    """Loses a row of every statement that writes ties, as planners have done."""

    def write(self, work: Callable[[Run], T]) -> T:
        def forgetfully(run: Run) -> T:
            def lose(statement: str, /, **parameters: Any) -> list[list[Any]]:
                if "(a)-[t:" in statement:
                    parameters["rows"] = parameters["rows"][1:]
                return run(statement, **parameters)

            return work(lose)

        return super().write(forgetfully)


def test_a_tie_that_was_lost_on_the_way_fails_the_call(path: Path) -> None:
    graph = CypherGraph(Forgetful(path), DIALECT)
    with pytest.raises(Transient, match="2 of 3 ties of kind 'MENTIONED'"):
        graph.set_ties("t", [ana(1)])
    assert graph.counts("t") == GraphCounts(users=0, entities=0, intents=0, campaigns=0, edges=0)
    graph.close()
