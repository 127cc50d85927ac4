"""The one place that knows which class stands behind each port, by the scheme of its URL: embedded, or a server.

An adapter is imported when its store is opened: whoever uses the embedded ones needs no driver of a server's.
"""

from contextlib import ExitStack

from kith.etl.encoders import card_of
from kith.persona.embedding import ModelCard
from kith.settings import Settings
from kith.stores.bundle import Stores
from kith.stores.cache import MemoryCache
from kith.stores.ledger import SqlLedger, open_ledger
from kith.stores.ports import Cache, Documents, Graph, VectorIndex

__all__ = ["ledger_of", "open_stores"]


def ledger_of(settings: Settings, *, unfinished: bool = False) -> SqlLedger:
    """The ledger alone: it lets several in, beside whoever holds the other stores. `unfinished` as in `open_ledger`."""
    return open_ledger(settings.ledger, unfinished=unfinished)


def open_stores(
    settings: Settings,
    stack: ExitStack,
    *,
    create: bool = False,
    new_vectors: bool = False,
    new_graph: bool = False,
    unfinished: bool = False,
) -> Stores:
    """All five, closed with the stack. Without `create` the vectors must be there, unless they are made anew.

    `unfinished`: also where a copy into them is not done, for who copies.
    """
    ledger = ledger_of(settings, unfinished=unfinished)
    stack.callback(ledger.close)
    documents = _documents(settings)
    stack.callback(documents.close)
    graph = _graph(settings, replace=new_graph)
    stack.callback(graph.close)
    model = card_of(settings.embedder, home=settings.home) if create or new_vectors else None
    vectors = _vectors(settings, model, replace=new_vectors)
    stack.callback(vectors.close)
    cache = _cache(settings, house=ledger.name)
    stack.callback(cache.close)
    return Stores(documents=documents, vectors=vectors, graph=graph, ledger=ledger, cache=cache)


def _documents(settings: Settings) -> Documents:
    if settings.is_embedded("documents_url"):
        from kith.stores.sqlite_documents import open_sqlite_documents

        return open_sqlite_documents(settings.path_of("documents_url"))
    from kith.stores.mongo_documents import open_mongo_documents

    return open_mongo_documents(settings.documents_url)


def _graph(settings: Settings, *, replace: bool) -> Graph:
    if settings.is_embedded("graph_url"):
        from kith.stores.ladybug_graph import open_ladybug

        return open_ladybug(settings.path_of("graph_url"), replace=replace)
    from kith.stores.neo4j_graph import open_neo4j

    return open_neo4j(settings.graph_url, replace=replace)


def _vectors(settings: Settings, model: ModelCard | None, *, replace: bool) -> VectorIndex:
    if settings.is_embedded("vectors_url"):
        from kith.stores.milvus_lite import open_milvus_lite

        return open_milvus_lite(settings.path_of("vectors_url"), model, replace=replace)
    from kith.stores.milvus_server import open_milvus_server

    return open_milvus_server(settings.vectors_url, model, replace=replace)


def _cache(settings: Settings, *, house: str) -> Cache:
    near = MemoryCache()
    if settings.is_embedded("cache_url"):
        return near
    from kith.stores.layered_cache import LayeredCache
    from kith.stores.redis_cache import open_redis_cache

    # One that is down makes answers slower, and nothing else: nobody waits for it.
    return LayeredCache(near, open_redis_cache(settings.cache_url, house=house, must_answer=False))
