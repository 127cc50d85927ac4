"""Houses on real servers: an empty place on each of the five, as long as it is needed."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from databases import new_database
from milvus_places import new_place
from mongo_databases import new_mongo_database
from real_servers import RealServers

from kith.settings import Settings

__all__ = ["new_house"]


@contextmanager
def new_house(servers: RealServers) -> Generator[dict[str, str]]:
    """The URLs of an empty house, by setting. There is one at a time: a Neo4j has one database."""
    from kith.stores.neo4j_graph import open_neo4j

    graph = servers.url("neo4j")
    open_neo4j(graph, replace=True).close()
    with (
        new_database(servers.url("postgres")) as ledger,
        new_mongo_database(servers.url("mongo")) as documents,
        new_place(servers.url("milvus")) as vectors,
    ):
        yield {
            "documents_url": documents,
            "vectors_url": vectors,
            "graph_url": graph,
            "ledger_url": ledger,
            "cache_url": f"{servers.url('redis')}?prefix={uuid4().hex}",
        }


@pytest.fixture
def on_servers(tmp_path: Path, servers: RealServers) -> Generator[Callable[..., Settings]]:
    """Settings of one and the same house, as often as it is called: on five servers, which others may share."""
    with new_house(servers) as urls:
        own = {"home": tmp_path / "shared", "embedder": "hash", "language": "plain", "tenant": "acme", **urls}

        def make(**given: object) -> Settings:
            return Settings.model_validate({**own, **given})

        yield make
