"""What the cache on Redis promises besides the port, when its server dies, freezes or is full."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import urlsplit

import pytest
from real_servers import RealServer, RealServers
from redis_place import RedisPlace

from kith.persona.identity import content_digest, user_node_id
from kith.stores.errors import Terminal, Transient
from kith.stores.ports import CacheKey, StoreCard
from kith.stores.redis_cache import RedisCache, open_redis_cache

MONTHS = 1e7


def key(person: str = "ana", *, tenant: str = "t", generation: int = 1, query: str = "q") -> CacheKey:
    return CacheKey(tenant, user_node_id(tenant, person), generation, 0, "context", content_digest(query))


ANA = key().person


@pytest.fixture
def place(servers: RealServers) -> Iterator[RedisPlace]:
    """A prefix of the test's own on the server that all tests share."""
    with RedisPlace(servers.url("redis")) as made:
        yield made


@pytest.fixture
def cache(place: RedisPlace, opened: Callable[..., RedisCache]) -> RedisCache:
    return opened(place.url)


class TestPages:
    def test_the_card_names_the_server_and_no_password(self, cache: RedisCache, place: RedisPlace) -> None:
        told = place.admin.info("server")
        parts = urlsplit(place.url)
        where = f"redis://{parts.hostname}:{parts.port}"
        assert cache.card() == StoreCard(kind="redis", version=told["redis_version"], where=where)

    def test_nothing_that_is_written_names_anybody(self, cache: RedisCache, place: RedisPlace) -> None:
        one = CacheKey("Acme", user_node_id("Acme", "Ana"), 1, 0, "context of Ana", "walks in Oslo")
        cache.raise_generation("Acme", one.person, 1)
        cache.put(one, b"bytes", seconds=60)
        keys = place.names()
        written = b" ".join([*keys, *(part for name in keys for part in place.admin.hkeys(name))])
        assert [word for word in (b"Acme", b"Ana", b"context", b"Oslo", one.person.encode()) if word in written] == []

    def test_all_that_is_written_expires(self, cache: RedisCache, place: RedisPlace) -> None:
        cache.raise_generation("t", ANA, 1)
        cache.put(key("ben"), b"bytes", seconds=60)
        cache.put(key("cleo"), b"bytes", seconds=7200)
        cache.raise_generation("t", key("cleo").person, 1)
        cache.forget("t", ANA)
        minutes = sorted(round(place.admin.ttl(name) / 60) for name in place.names())
        assert minutes == [1, 60, 120]

    def test_expired_answers_leave_the_page_with_a_later_write(self, cache: RedisCache, place: RedisPlace) -> None:
        cache.put(key(), b"long", seconds=60)
        for n in range(300):
            cache.put(key(query=str(n)), b"brief", seconds=0.05)
        place.let_pass(0.1)
        (page,) = place.names()
        assert (cache.count("t", ANA), place.admin.hlen(page)) == (1, 2 + 2 * 301)
        place.admin.hset(page, "due", "0")  # as when a minute is over
        cache.put(key(query="last"), b"last", seconds=60)
        assert (cache.count("t", ANA), place.admin.hlen(page)) == (2, 2 + 2 * 2)
        assert cache.get(key()) == b"long"

    def test_a_person_of_many_answers(self, cache: RedisCache) -> None:
        for n in range(3000):
            cache.put(key(query=str(n)), b"bytes", seconds=60)
        assert (cache.count("t", ANA), cache.forget("t", ANA), cache.count("t", ANA)) == (3000, 3000, 0)

    def test_kiths_that_share_a_server_keep_apart(self, place: RedisPlace, opened: Callable[..., RedisCache]) -> None:
        ours, theirs = opened(place.url, house="ours"), opened(place.url, house="theirs")
        elsewhere = opened(place.url.replace(place.prefix, f"{place.prefix}:2"), house="ours")
        for n, one in enumerate((ours, theirs, elsewhere)):
            assert (one.generation("t", ANA), one.get(key())) == (None, None)
            one.raise_generation("t", ANA, n)
            one.put(key(generation=2), b"%d" % n, seconds=60)
        assert [one.get(key(generation=2)) for one in (ours, theirs, elsewhere)] == [b"0", b"1", b"2"]
        assert opened(place.url, house="ours").generation("t", ANA) == 0

    def test_scripts_that_the_server_lost_are_sent_again(self, cache: RedisCache, place: RedisPlace) -> None:
        cache.put(key(), b"bytes", seconds=60)
        place.admin.script_flush()
        assert cache.get(key()) == b"bytes"

    def test_two_clients_at_once(self, place: RedisPlace, opened: Callable[..., RedisCache]) -> None:
        clients = [opened(place.url) for _ in range(2)]
        together = Barrier(4)

        def use(thread: int) -> None:
            client = clients[thread % 2]
            together.wait()
            for n in range(thread, 200, 4):
                client.raise_generation("t", ANA, n)
                client.put(key(generation=n), b"%d" % n, seconds=60)
                client.get(key(generation=n))
                if n % 50 == thread:
                    client.forget("t", ANA)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(use, range(4)))
        assert [client.generation("t", ANA) for client in clients] == [199, 199]
        left = clients[0].count("t", ANA)
        assert (clients[1].forget("t", ANA), clients[0].count("t", ANA)) == (left, 0)

    def test_closed_is_closed(self, cache: RedisCache) -> None:
        cache.close()
        with pytest.raises(Terminal, match="is closed"):
            cache.get(key())


class TestOutages:
    """A server that is not there costs one try in a while, and nothing of before it went is found when it is back."""

    def test_killed_and_brought_back(
        self, server: RealServer, own: RedisPlace, opened: Callable[..., RedisCache]
    ) -> None:
        now = [0.0]
        cache = opened(own.url, clock=lambda: now[0])
        cache.raise_generation("t", ANA, 3)
        cache.put(key(generation=3), b"hers", seconds=MONTHS)
        server.kill()
        for ask in (
            lambda: cache.get(key()),
            lambda: cache.generation("t", ANA),
            lambda: cache.put(key(), b"", seconds=1),
            lambda: cache.raise_generation("t", ANA, 4),
            lambda: cache.forget("t", ANA),
            lambda: cache.count("t", ANA),
        ):
            now[0] += 1
            with pytest.raises(Transient, match="cannot be reached") as raised:
                ask()
            assert "correct-horse" not in str(raised.value)
        server.start()
        now[0] += 1
        assert own.admin.dbsize() == 1  # it has it from its disk, and perhaps not the last that it was told
        assert (cache.generation("t", ANA), cache.get(key(generation=3)), cache.count("t", ANA)) == (None, None, 0)
        cache.put(key(generation=4), b"anew", seconds=MONTHS)
        assert cache.get(key(generation=4)) == b"anew"

    def test_a_frozen_one_is_waited_for_once_and_not_asked_for_a_while(
        self, server: RealServer, own: RedisPlace, opened: Callable[..., RedisCache]
    ) -> None:
        now = [0.0]
        hasty = opened(own.url, timeout=0.05)
        cache = opened(own.url, clock=lambda: now[0], timeout=1.0, pause=0.5)
        for person in ("ana", "ben"):
            cache.put(key(person), person.encode(), seconds=MONTHS)
        server.freeze()
        with pytest.raises(Transient, match="does not answer within 50 ms"):
            hasty.get(key("ana"))
        with pytest.raises(Transient, match="does not answer within 1000 ms"):
            cache.get(key("ana"))
        server.thaw()
        assert own.admin.ping()
        now[0] = 0.49
        with pytest.raises(Transient, match="it is not asked just now"):
            cache.get(key("ben"))
        now[0] = 0.5
        assert cache.get(key("ben")) == b"ben"  # what was answered too late is nobody's

    def test_one_that_is_down_when_it_is_opened(
        self, server: RealServer, own: RedisPlace, opened: Callable[..., RedisCache]
    ) -> None:
        server.freeze()
        with pytest.raises(Transient, match="does not answer within 50 ms"):
            opened(own.url, patience=0.05)
        server.thaw()
        server.kill()
        with pytest.raises(Transient, match=r"cannot be reached .* see that it runs"):
            opened(own.url)
        late = opened(own.url, must_answer=False, pause=0.0)
        assert (late.card().kind, late.card().version) == ("redis", "unknown: it has not answered yet")
        server.start()
        assert late.generation("t", ANA) is None
        assert late.card().version == own.admin.info("server")["redis_version"]

    def test_a_replica_is_read_and_not_written(self, own: RedisPlace, opened: Callable[..., RedisCache]) -> None:
        cache = opened(own.url)
        cache.put(key(), b"hers", seconds=MONTHS)
        own.admin.replicaof("127.0.0.1", 1)
        assert cache.get(key()) == b"hers"
        with pytest.raises(Transient, match="name the primary in its URL"):
            cache.put(key(), b"new", seconds=MONTHS)

    def test_a_server_that_somebody_keeps_busy(self, own: RedisPlace, opened: Callable[..., RedisCache]) -> None:
        cache = opened(own.url)
        cache.put(key(), b"hers", seconds=MONTHS)
        own.admin.config_set("busy-reply-threshold", 1)

        def ask_on() -> None:
            while True:
                cache.get(key())

        with ThreadPoolExecutor(1) as pool:
            endless = pool.submit(own.admin.eval, "while true do end", 0)
            with pytest.raises(Transient, match="BUSY"):
                ask_on()
            own.admin.script_kill()
            assert endless.exception() is not None
        assert cache.get(key()) == b"hers"

    def test_a_host_that_is_nowhere(self) -> None:
        with pytest.raises(Transient, match="cannot be reached"):
            open_redis_cache("redis://nowhere.invalid")


class TestFull:
    def test_a_generation_is_evicted_with_its_answers(
        self, server: RealServer, own: RedisPlace, opened: Callable[..., RedisCache]
    ) -> None:
        cache = opened(own.url)
        cache.raise_generation("t", ANA, 5)
        for n in range(4, 7):
            cache.put(key(generation=n), b"hers", seconds=MONTHS)
        (page,) = own.names()
        own.admin.config_set("maxmemory", own.admin.info("memory")["used_memory"] + 2**19)
        own.admin.config_set("maxmemory-policy", "allkeys-lru")
        others = 0
        while own.admin.exists(page) and others < 20_000:
            others += 1
            cache.put(key(f"other {others}"), b"x" * 1000, seconds=MONTHS)
        assert own.admin.info("stats")["evicted_keys"] > 0
        cache.raise_generation("t", ANA, 4)  # by somebody who asked the ledger long ago
        assert [cache.get(key(generation=n)) for n in range(4, 7)] == [None, None, None]
        assert cache.count("t", ANA) == 0

    def test_one_that_evicts_nothing_still_forgets_and_tells_no_lesser_generation(
        self, own: RedisPlace, opened: Callable[..., RedisCache]
    ) -> None:
        cache = opened(own.url)
        cache.raise_generation("t", ANA, 5)
        for person in ("ana", "ben"):
            cache.put(key(person, generation=5), b"kept", seconds=MONTHS)
        own.admin.config_set("maxmemory", 1)
        own.admin.config_set("maxmemory-policy", "noeviction")
        with pytest.raises(Transient, match="maxmemory-policy to allkeys-lru"):
            cache.put(key("cleo"), b"new", seconds=MONTHS)
        cache.raise_generation("t", ANA, 5)
        assert (cache.generation("t", ANA), cache.get(key(generation=5))) == (5, b"kept")
        cache.raise_generation("t", ANA, 6)
        assert (cache.generation("t", ANA), cache.get(key(generation=5))) == (None, None)
        assert (cache.forget("t", key("ben").person), cache.get(key("ben", generation=5))) == (1, None)
