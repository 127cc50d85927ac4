"""Places on a real Milvus: collections of one test, which are dropped after it."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from importlib import import_module
from typing import Any
from uuid import uuid4

__all__ = ["client_of", "new_place"]


@contextmanager
def new_place(server: str) -> Generator[str]:
    """The URL of a place on this server where nothing is yet: a prefix that nobody else has."""
    prefix = f"t{uuid4().hex}"
    yield f"{server}?prefix={prefix}"
    with closing(client_of(server)) as client:
        for name in ("messages", "entities"):
            client.drop_collection(f"{prefix}_{name}", timeout=60)


def client_of(server: str, **options: object) -> Any:
    """A client of pymilvus, which has no types."""
    library: Any = import_module("pymilvus")
    return library.MilvusClient(server, timeout=10, dedicated=True, **options)
