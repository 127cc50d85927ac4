"""Stores to hold to their contracts. An adapter is one entry in `LEDGERS`, `DOCUMENTS`, `GRAPHS` or `INDEXES`."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

import numpy as np
import pytest
from databases import empty_database, new_database
from milvus_places import new_place
from mongo_databases import new_mongo_database
from real_servers import RealServers

from kith.persona.embedding import ModelCard, Vectors
from kith.persona.evidence import Engaged, Mentioned, Related, SeenWith, Ties, Wants
from kith.persona.model import Campaign, Entity, Fact, Message, Relation, User
from kith.stores.errors import Terminal
from kith.stores.ledger import open_ledger
from kith.stores.ledger_port import Lease, Ledger
from kith.stores.milvus_lite import open_milvus_lite
from kith.stores.milvus_server import open_milvus_server
from kith.stores.mongo_documents import open_mongo_documents
from kith.stores.ports import ALL, Documents, Graph, Indexed, Narrowed, VectorIndex
from kith.stores.reports import Reports, open_reports
from kith.stores.sqlite_documents import open_sqlite_documents


@contextmanager
def sqlite_ledger(folder: Path, _: RealServers) -> Generator[str]:
    yield f"sqlite:///{folder / 'ledger.db'}"


@contextmanager
def postgres_ledger(_: Path, servers: RealServers) -> Generator[str]:
    url = shared_ledger(servers)
    yield url
    empty_database(url, but=("ledger_format", "secrets"))


@cache
def shared_ledger(servers: RealServers) -> str:
    """A database with the tables of a ledger, for all tests, one after the other."""
    url = servers.keep(new_database(servers.url("postgres")))
    open_ledger(url).close()
    return url


LEDGERS: dict[str, Callable[[Path, RealServers], AbstractContextManager[str]]] = {
    "sqlite": sqlite_ledger,
    "postgres": postgres_ledger,
}
"""From a folder of its own, and servers to start, to the URL of an empty ledger, which goes after the test."""


@pytest.fixture
def clock() -> list[int]:
    """The time that the ledger goes by, in milliseconds: set the one number in it."""
    return [1_800_000_000_000]


@pytest.fixture(params=LEDGERS)
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path, servers: RealServers) -> Generator[str]:
    """Where an empty ledger can be opened."""
    with LEDGERS[request.param](tmp_path, servers) as url:
        yield url


@pytest.fixture
def another_ledger(ledger_url: str, clock: list[int]) -> Generator[Callable[[], Ledger], None, None]:
    """Opens one and the same ledger as often as it is called, as processes of their own would."""
    with ExitStack() as opened:

        def another() -> Ledger:
            ledger = open_ledger(ledger_url, clock=lambda: clock[0])
            opened.callback(ledger.close)
            return ledger

        yield another


@pytest.fixture
def ledger(another_ledger: Callable[[], Ledger]) -> Ledger:
    """An empty ledger."""
    return another_ledger()


@pytest.fixture
def reports(ledger: Ledger, ledger_url: str) -> Generator[Reports]:
    """Reports of the ledger, which is there."""
    with open_reports(ledger_url) as opened:
        yield opened


@pytest.fixture
def lease(ledger: Ledger) -> Lease:
    """One that nobody else wants."""
    taken = ledger.leases.take([0], holder="ann", seconds=60)
    assert taken is not None
    return taken


@contextmanager
def sqlite_documents(folder: Path, _: RealServers) -> Generator[Callable[[], Documents]]:
    yield lambda: open_sqlite_documents(folder / "documents.db")


@contextmanager
def mongo_documents(_: Path, servers: RealServers) -> Generator[Callable[[], Documents]]:
    with new_mongo_database(servers.url("mongo")) as url:
        yield lambda: open_mongo_documents(url)


DOCUMENTS: dict[str, Callable[[Path, RealServers], AbstractContextManager[Callable[[], Documents]]]] = {
    "sqlite": sqlite_documents,
    "mongo": mongo_documents,
}
"""From a folder of its own, and servers to start, to an opener of an empty place, which goes after the test."""


@pytest.fixture(params=DOCUMENTS)
def another_documents(
    request: pytest.FixtureRequest, tmp_path: Path, servers: RealServers
) -> Generator[Callable[[], Documents]]:
    """Opens one and the same place, as often as it is called."""
    with DOCUMENTS[request.param](tmp_path, servers) as opener:
        yield opener


@pytest.fixture
def documents(another_documents: Callable[[], Documents]) -> Generator[Documents]:
    """An empty record."""
    opened = another_documents()
    yield opened
    opened.close()


Held: TypeAlias = tuple[list[Message], list[User], list[Campaign]]


@pytest.fixture(scope="session")
def held() -> Callable[[Documents, str], Held]:
    """The messages, the users and the campaigns of one tenant, on whose numbers the counts agree."""

    def hold(documents: Documents, tenant: str) -> Held:
        found = (
            documents.scan_messages(tenant, limit=100_000),
            documents.scan_users(tenant, limit=100_000),
            documents.scan_campaigns(tenant, limit=100_000),
        )
        counts = (documents.count_messages(tenant), documents.count_users(tenant), documents.count_campaigns(tenant))
        assert counts == tuple(map(len, found))
        return found

    return hold


def ladybug(folder: Path, _: RealServers) -> Callable[[], Graph]:
    from kith.stores.ladybug_graph import open_ladybug

    return lambda: open_ladybug(folder / "graph.lbug")


def neo4j(_: Path, servers: RealServers) -> Callable[[], Graph]:
    from kith.stores.neo4j_graph import open_neo4j

    url = servers.url("neo4j")
    # The Community edition has one database: it is emptied, and its schema stays.
    open_neo4j(url, replace=True).close()
    return lambda: open_neo4j(url)


GRAPHS: dict[str, Callable[[Path, RealServers], Callable[[], Graph]]] = {"ladybug": ladybug, "neo4j": neo4j}
"""From a folder of its own, and servers to start, to an opener of an empty place."""


@pytest.fixture(params=GRAPHS)
def another_graph(request: pytest.FixtureRequest, tmp_path: Path, servers: RealServers) -> Callable[[], Graph]:
    """Opens one and the same place, as often as it is called."""
    return GRAPHS[request.param](tmp_path, servers)


@pytest.fixture
def graph(another_graph: Callable[[], Graph]) -> Generator[Graph]:
    """An empty graph."""
    opened = another_graph()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def told() -> Callable[[Graph, str], object]:
    """All that a graph tells of a tenant."""

    def tell(graph: Graph, tenant: str) -> object:
        users = graph.scan_users(tenant)
        campaigns = sorted(graph.scan_campaigns(tenant))
        return (
            [graph.get_ties(tenant, user_id) for user_id in users],
            {campaign_id: graph.get_campaign(tenant, campaign_id) for campaign_id in campaigns},
            sorted(graph.scan_entities(tenant)),
            graph.counts(tenant),
        )

    return tell


@pytest.fixture(scope="session")
def ana() -> Callable[..., Ties]:
    """Somebody with all kinds of ties, in the order in which a graph returns them."""
    oak, elm, ash = Entity("tree", "oak"), Entity("tree", "elm"), Entity("wood", "oak")
    by, of, under = Relation(elm, "by", oak), Relation(oak, "of", ash), Relation(oak, "under", elm)

    def make(user_id: str = "ana") -> Ties:
        return Ties(
            user_id,
            whole=True,
            mentioned=(Mentioned(elm, "Elms", 2, -0.25, 5, 1 << 50), Mentioned(oak, "the Oak", 1, 0.1, -7, 300)),
            wants=(Wants("buy", 3, 8), Wants("see", 1, 9)),
            engaged=(Engaged("autumn", -1.5, 2, 7), Engaged("spring", 0.15, 1, 8)),
            seen_with=(SeenWith(elm, oak, 2), SeenWith(elm, ash, 1), SeenWith(oak, ash, 70_000)),
            related=(Related(by, ("k1",)), Related(of, ("k3",)), Related(under, ("k1", "k2"))),
            facts=(
                Fact("f1", "likes", oak, 10, None, 0.75, "rule", ("k1", "k2")),
                Fact("f2", "lives_in", elm, -5, 20, 1.0, "hand", ("k3",), "under it"),
            ),
        )

    return make


class IndexOpener(Protocol):
    """Opens one and the same place, as often as it is called."""

    def __call__(self, model: ModelCard | None, *, replace: bool = False) -> VectorIndex: ...


IndexAdapter: TypeAlias = Callable[[Path, RealServers], AbstractContextManager[IndexOpener]]


@contextmanager
def milvus_lite(folder: Path, _: RealServers) -> Generator[IndexOpener]:
    def opener(model: ModelCard | None, *, replace: bool = False) -> VectorIndex:
        return open_milvus_lite(folder / "vectors", model, replace=replace)

    yield opener


def milvus_server(name: Literal["milvus", "milvus-lite"]) -> IndexAdapter:
    @contextmanager
    def adapter(_: Path, servers: RealServers) -> Generator[IndexOpener]:
        with new_place(servers.url(name)) as url:

            def opener(model: ModelCard | None, *, replace: bool = False) -> VectorIndex:
                return open_milvus_server(url, model, replace=replace)

            yield opener

    return adapter


INDEXES: dict[str, IndexAdapter] = {
    "milvus-lite": milvus_lite,
    "milvus": milvus_server("milvus"),
    "milvus-lite-served": milvus_server("milvus-lite"),
}
"""From a folder of its own, and servers to start, to an opener of an empty place, which goes after the test."""


@pytest.fixture(scope="module", params=INDEXES)
def index_adapter(request: pytest.FixtureRequest) -> IndexAdapter:
    return INDEXES[request.param]


@pytest.fixture
def another_index(index_adapter: IndexAdapter, tmp_path: Path, servers: RealServers) -> Generator[IndexOpener]:
    with index_adapter(tmp_path, servers) as opener:
        yield opener


@pytest.fixture(scope="module")
def index(
    index_adapter: IndexAdapter, tmp_path_factory: pytest.TempPathFactory, servers: RealServers
) -> Generator[VectorIndex]:
    """Vectors of 16 dimensions: one index for all tests of a module, which keep apart by their tenants."""
    with index_adapter(tmp_path_factory.mktemp("shared"), servers) as opener:
        opened = opener(ModelCard("a model", "0123abcd", 16))
        yield opened
        opened.close()


class ByWords(Protocol):
    """The keys of what is found by words, or None: the index has no words, and says so."""

    def __call__(
        self,
        index: VectorIndex,
        tenant: str,
        text: str,
        *,
        user_id: str | None = None,
        except_user: str | None = None,
        only: Narrowed = ALL,
        limit: int = 10,
    ) -> list[str] | None: ...


@pytest.fixture(scope="session")
def by_words() -> ByWords:
    def search(
        index: VectorIndex,
        tenant: str,
        text: str,
        *,
        user_id: str | None = None,
        except_user: str | None = None,
        only: Narrowed = ALL,
        limit: int = 10,
    ) -> list[str] | None:
        with ExitStack() as expected:
            if "lexical" not in index.card().abilities:
                expected.enter_context(pytest.raises(Terminal, match="BM25"))
            hits = index.search_lexical(tenant, text, user_id=user_id, except_user=except_user, only=only, limit=limit)
            return [hit.key for hit in hits]
        return None

    return search


@pytest.fixture(scope="session")
def unit_vectors() -> Callable[..., Vectors]:
    """So many vectors of length one, the same for the same seed."""

    def make(rows: int, *, seed: int = 0, dimension: int = 16) -> Vectors:
        made = np.random.default_rng(seed).standard_normal((rows, dimension)).astype(np.float32)
        unit: Vectors = made / np.linalg.norm(made, axis=1, keepdims=True)
        return unit

    return make


@pytest.fixture(scope="session")
def indexed() -> Callable[..., Indexed]:
    """A message as an index takes it, with a digest that tells the text."""

    def make(key: str, *, user_id: str = "ana", text: str = "hello", conversation_id: str = "c1") -> Indexed:
        digest = f"digest of {text[:40].encode(errors='replace').decode()}"
        return Indexed(key, user_id, conversation_id, "user", 1_700_000_000_000, content=digest, text=text)

    return make


@pytest.fixture(scope="session")
def state() -> Callable[[VectorIndex, str], dict[str, tuple[str, str]]]:
    """All messages of a tenant, as the scan, the count and the reads by key agree on them."""

    def agreed(index: VectorIndex, tenant: str) -> dict[str, tuple[str, str]]:
        scanned = list(index.scan_messages(tenant))
        rows = {key: (user_id, content) for key, user_id, content in scanned}
        assert len(rows) == len(scanned) == index.count_messages(tenant)
        assert index.get_messages(tenant, list(rows)) == {key: content for key, (_, content) in rows.items()}
        return rows

    return agreed


_tenants = count()


@pytest.fixture
def tenant() -> str:
    """A tenant that no other test has."""
    return f"tenant {next(_tenants)}"
