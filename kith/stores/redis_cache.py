"""The cache on a Redis or Valkey server, which many processes and several Kiths share."""

import logging
import math
import time
from collections.abc import Callable
from hashlib import blake2b
from typing import TYPE_CHECKING

from kith.persona.errors import BadInput
from kith.stores.circuit import Circuit
from kith.stores.errors import Transient
from kith.stores.layered_cache import Kept, Known
from kith.stores.ports import CacheKey, StoreCard
from kith.stores.redis_scripts import COUNT, FORGET, LOOK, PUT, RAISE
from kith.stores.redis_url import read_redis_url

if TYPE_CHECKING:
    from kith.stores.redis_server import RedisServer

__all__ = ["RedisCache", "open_redis_cache"]

log = logging.getLogger("kith.stores")

STANDS = 3_600_000
"""Milliseconds for which a generation is known at least after it was raised; then the ledger is asked again."""
LONGEST = 2.0**43
"""Milliseconds that an answer is kept at most: 278 years, which Redis can still add to its clock."""


def open_redis_cache(
    url: str,
    *,
    house: str = "",
    must_answer: bool = True,
    timeout: float = 0.05,
    patience: float = 5.0,
    pause: float = 0.5,
    clock: Callable[[], float] = time.monotonic,
) -> "RedisCache":
    """The cache on the server that the URL names: `redis://`, `rediss://` (TLS) or `unix://`.

    `house` sets Kiths apart that share a server and a prefix: something that only those who share a ledger know.
    Each step of a call may take `timeout` seconds (in the URL: `?timeout=`), and after one that failed nothing is asked
    for `pause` seconds. With `must_answer` the server has `patience` seconds now; without, one that is down is left to
    the first call, and only what cannot change by itself is an error: a wrong password, a server too old.
    """
    place = read_redis_url(url)
    try:
        from kith.stores.redis_server import RedisServer
    except ImportError as error:
        raise BadInput(f"the cache at {place.where!r} needs redis-py: pip install 'kith[servers]' ({error})") from error
    server = RedisServer(place, timeout=place.timeout or timeout, circuit=Circuit(pause=pause, clock=clock))
    try:
        server.reach(timeout=patience)
    except Transient as error:
        if must_answer:
            raise
        log.warning("%s; Kith goes on without it until it answers", error)
    return RedisCache(server, house=house)


class RedisCache:
    """The `Cache` port on a server. Any thread may call.

    All keys begin with the prefix and hold digests alone, and all of them expire: any `maxmemory-policy` that evicts
    suits, best `allkeys-lru`. It needs no disk: what a server held before it was started again is found by nobody.
    """

    def __init__(self, server: "RedisServer", *, house: str) -> None:
        self._server = server
        self._house = house

    def card(self) -> StoreCard:
        reached, where = self._server.reached, self._server.place.where
        if reached is None:
            return StoreCard(kind="redis", version="unknown: it has not answered yet", where=where)
        return StoreCard(kind=reached.kind, version=reached.version, where=where)

    def get(self, key: CacheKey) -> bytes | None:
        kept = self.look(key)
        return None if kept is None else kept.answer

    def look(self, key: CacheKey) -> Kept | None:
        """As `get`, with how long it is kept yet, and where."""
        found = self._server.run(LOOK, self._page(key.tenant, key.person), _field(key))
        return None if found is None else Kept(bytes(found[2]), int(found[1]) / 1000, int(found[0]))

    def put(self, key: CacheKey, answer: bytes, *, seconds: float) -> None:
        self.keep(key, answer, seconds=seconds)

    def keep(self, key: CacheKey, answer: bytes, *, seconds: float) -> int | None:
        """As `put`: the number of the page that it is kept on; None where it is not."""
        milliseconds = math.ceil(max(0.0, min(seconds * 1000, LONGEST)))
        page = self._page(key.tenant, key.person)
        number = self._server.run(PUT, page, key.generation, _field(key), milliseconds, answer)
        return None if number is None else int(number)

    def raise_generation(self, tenant: str, person: str, generation: int) -> None:
        self._server.run(RAISE, self._page(tenant, person), generation, STANDS)

    def generation(self, tenant: str, person: str) -> int | None:
        known = self.known(tenant, person)
        return None if known is None else known.generation

    def known(self, tenant: str, person: str) -> Known | None:
        """The generation known of a person, and the number of their page."""
        generation, page = self._server.fields(self._page(tenant, person), "generation", "page")
        return None if page is None else Known(None if generation is None else int(generation), int(page))

    def forget(self, tenant: str, person: str) -> int:
        return int(self._server.run(FORGET, self._page(tenant, person)))

    def count(self, tenant: str, person: str) -> int:
        return int(self._server.run(COUNT, self._page(tenant, person)))

    def close(self) -> None:
        self._server.close()

    def _page(self, tenant: str, person: str) -> str:
        return _digest(self._house, tenant, person).hex()


def _field(key: CacheKey) -> bytes:
    return _digest(str(key.generation), str(key.catalogue), key.route, key.parameters)


def _digest(*fields: str) -> bytes:
    """16 bytes that stand for these fields, each length-prefixed: no gluing of them makes two one."""
    digest = blake2b(digest_size=16)
    for one in fields:
        octets = one.encode()
        digest.update(len(octets).to_bytes(8, "big"))
        digest.update(octets)
    return digest.digest()
