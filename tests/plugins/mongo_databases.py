"""Databases on a real MongoDB, or on what speaks as one: each of one test, dropped after it."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from pymongo import MongoClient

__all__ = ["Client", "new_mongo_database"]

Client = MongoClient[dict[str, Any]]


@contextmanager
def new_mongo_database(server: str) -> Generator[str]:
    """The URL of a database on this server that nothing has been written to: it comes to be with the first write."""
    name = f"kith_{uuid4().hex}"
    yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    with Client(server) as client:
        client.drop_database(name)
