"""Caches on Redis: on the server that all tests share, and on one of a test's own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from real_servers import RealServer, RealServers
from redis_place import PATIENT, RedisPlace

from kith.stores.redis_cache import RedisCache, open_redis_cache


@pytest.fixture
def opened() -> Iterator[Callable[..., RedisCache]]:
    """Opens caches, and closes them after the test."""
    with ExitStack() as stack:

        def open_one(url: str, *, timeout: float = PATIENT, patience: float = PATIENT, **given: Any) -> RedisCache:
            cache = open_redis_cache(url, timeout=timeout, patience=patience, **given)
            stack.callback(cache.close)
            return cache

        yield open_one


@pytest.fixture
def server(servers: RealServers) -> Iterator[RealServer]:
    """One of the test's own."""
    with servers.new("redis") as made:
        yield made


@pytest.fixture
def own(server: RealServer) -> Iterator[RedisPlace]:
    """A place on the server of the test's own."""
    made = RedisPlace(server.url)
    yield made
    made.admin.close()
