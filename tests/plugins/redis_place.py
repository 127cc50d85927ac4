"""A prefix of a test's own on a Redis server: what begins with it is deleted after, and nothing else is touched."""

from importlib import import_module
from typing import Any, Self
from uuid import uuid4

from kith.stores.redis_cache import RedisCache, open_redis_cache

__all__ = ["PATIENT", "RedisPlace"]

PATIENT = 30.0
"""Seconds: on a machine that is busy with other tests, a server that is well may take its time."""


class RedisPlace:
    """Opens caches on one and the same place, and looks at it from outside."""

    def __init__(self, url: str) -> None:
        self.prefix = f"kith-test-{uuid4().hex}"
        self.url = f"{url}{'&' if '?' in url else '?'}prefix={self.prefix}"
        redis: Any = import_module("redis")  # whose answers have no types
        self.admin = redis.Redis.from_url(url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self.admin:
            self.lose()

    def open(self, *, timeout: float = PATIENT, **given: Any) -> RedisCache:
        return open_redis_cache(self.url, timeout=timeout, patience=PATIENT, **given)

    def names(self) -> list[bytes]:
        return sorted(self.admin.scan_iter(match=f"{self.prefix}:*", count=1000))

    def let_pass(self, seconds: float) -> None:
        """Until the server's own clock says that so much time is over."""
        mark = f"{self.prefix}:mark"
        self.admin.set(mark, b"", px=round(seconds * 1000))
        while self.admin.exists(mark):
            pass

    def lose(self) -> None:
        """What eviction does, at a time that the test chooses."""
        for key in self.names():
            self.admin.unlink(key)
