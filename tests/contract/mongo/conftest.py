"""A database of a test's own on the MongoDB that all tests share."""

from collections.abc import Generator
from typing import Any

import pytest
from mongo_databases import Client, new_mongo_database
from pymongo.database import Database
from real_servers import RealServers


@pytest.fixture
def url(servers: RealServers) -> Generator[str]:
    """Of a database that nothing has been written to."""
    with new_mongo_database(servers.url("mongo")) as made:
        yield made


@pytest.fixture
def raw(url: str) -> Generator[Database[dict[str, Any]]]:
    """The same database, as others see it."""
    with Client(url) as client:
        yield client.get_default_database()
