"""What every adapter of the Cache port promises."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import count

import pytest
from at_once import at_once
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from real_servers import RealServers

from kith.persona.identity import content_digest, user_node_id
from kith.stores.cache import MemoryCache
from kith.stores.layered_cache import LayeredCache
from kith.stores.ports import Cache, CacheKey

MONTHS = 1e7
NUMBERS = count()


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now

    def go(self, seconds: float) -> None:
        self.now += seconds


@dataclass(frozen=True)
class Place:
    """An empty cache, and how to let time pass for it: by a clock of its own, or by waiting."""

    cache: Cache
    let_pass: Callable[[float], None]


def memory(_servers: RealServers, _stack: ExitStack) -> Place:
    clock = Clock()
    return Place(MemoryCache(clock=clock), clock.go)


def redis(servers: RealServers, stack: ExitStack) -> Place:
    """Under a prefix of its own on the server that all tests share."""
    from redis_place import RedisPlace

    place = stack.enter_context(RedisPlace(servers.url("redis")))
    return Place(place.open(), place.let_pass)


def layered(servers: RealServers, stack: ExitStack) -> Place:
    from redis_place import RedisPlace

    place = stack.enter_context(RedisPlace(servers.url("redis")))
    return Place(LayeredCache(MemoryCache(), place.open()), place.let_pass)


@pytest.fixture(params=[memory, redis, layered], ids=lambda made: made.__name__)
def place(request: pytest.FixtureRequest, servers: RealServers) -> Iterator[Place]:
    """An adapter is one entry above."""
    with ExitStack() as stack:
        made: Place = request.param(servers, stack)
        stack.callback(made.cache.close)
        yield made


@pytest.fixture
def cache(place: Place) -> Cache:
    return place.cache


def key(
    person: str = "ana", *, tenant: str = "t", generation: int = 1, route: str = "context", query: str = "q"
) -> CacheKey:
    return CacheKey(tenant, user_node_id(tenant, person), generation, 0, route, content_digest(query))


ANA = key().person
HARD = ["", " ", "'", '"', "\\", ":", "a:b", "*", "[a]", "a\nb", "\0", "é", "👩‍👩‍👧‍👦", "\U0010ffff"]


class TestAnswers:
    @pytest.mark.parametrize("answer", [b"", b"{}", bytes(range(256)) * 4096], ids=["empty", "small", "a megabyte"])
    def test_comes_back_as_it_was(self, cache: Cache, answer: bytes) -> None:
        assert cache.get(key()) is None
        cache.put(key(), answer, seconds=MONTHS)
        cache.put(key(), answer, seconds=MONTHS)
        assert cache.get(key()) == answer
        assert cache.count("t", ANA) == 1

    def test_the_last_put_stands(self, cache: Cache) -> None:
        cache.put(key(), b"old", seconds=MONTHS)
        cache.put(key(), b"new", seconds=MONTHS)
        assert cache.get(key()) == b"new"

    def test_every_part_of_the_key_counts(self, cache: Cache) -> None:
        keys = [
            key(),
            key("ben"),
            replace(key(), tenant="T"),
            key(generation=2),
            replace(key(), catalogue=1),
            key(route="rag"),
            key(query="Q"),
        ]
        for n, one in enumerate(keys):
            assert cache.get(one) is None
            cache.put(one, str(n).encode(), seconds=MONTHS)
        assert [cache.get(one) for one in keys] == [str(n).encode() for n in range(len(keys))]

    def test_any_text_may_stand_in_a_key(self, cache: Cache) -> None:
        keys = [
            CacheKey(one if part == 0 else "t", ANA, 1, 1, one if part == 1 else "r", one if part == 2 else "p")
            for part in range(3)
            for one in HARD
        ]
        for one in keys:
            cache.put(one, repr(one).encode(), seconds=MONTHS)
        assert [cache.get(one) for one in keys] == [repr(one).encode() for one in keys]
        # No gluing of parts makes two keys one.
        cache.put(CacheKey("a:b", "c", 1, 1, "d", "e"), b"one", seconds=MONTHS)
        assert cache.get(CacheKey("a", "b:c", 1, 1, "d", "e")) is None
        assert cache.count("a", "b:c") == 0

    def test_goes_when_its_time_is_over(self, place: Place) -> None:
        place.cache.put(key(), b"brief", seconds=0.05)
        place.cache.put(key(query="other"), b"long", seconds=MONTHS)
        place.let_pass(0.1)
        assert place.cache.count("t", ANA) == 1
        assert (place.cache.get(key()), place.cache.get(key(query="other"))) == (None, b"long")

    def test_a_put_starts_the_time_anew(self, place: Place) -> None:
        place.cache.put(key(), b"brief", seconds=0.05)
        place.cache.put(key(), b"long", seconds=MONTHS)
        place.let_pass(0.1)
        assert place.cache.get(key()) == b"long"

    @pytest.mark.parametrize("seconds", [0, -1.0])
    def test_no_time_is_not_at_all(self, cache: Cache, seconds: float) -> None:
        cache.put(key(), b"old", seconds=MONTHS)
        cache.put(key(), b"new", seconds=seconds)
        assert (cache.get(key()), cache.count("t", ANA)) == (None, 0)

    def test_the_card_says_what_it_is(self, cache: Cache) -> None:
        assert all((cache.card().kind, cache.card().version, cache.card().where))


class TestGenerations:
    def test_nothing_is_known_at_first(self, cache: Cache) -> None:
        assert cache.generation("t", ANA) is None

    @given(raised=st.lists(st.integers(0, 2**53), min_size=1, max_size=6))
    @settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_the_greatest_stands_whatever_the_order(self, cache: Cache, raised: list[int]) -> None:
        person = f"person {next(NUMBERS)}"
        for one in raised:
            cache.raise_generation("t", person, one)
        assert cache.generation("t", person) == max(raised)
        assert cache.generation("T", person) is None

    def test_an_answer_of_an_older_one_is_not_kept(self, cache: Cache) -> None:
        cache.raise_generation("t", ANA, 5)
        cache.put(key(generation=4), b"late", seconds=MONTHS)
        cache.put(key(generation=5), b"now", seconds=MONTHS)
        cache.put(key(generation=6), b"soon", seconds=MONTHS)
        assert [cache.get(key(generation=n)) for n in (4, 5, 6)] == [None, b"now", b"soon"]

    def test_of_many_that_raise_at_once_the_greatest_stands(self, cache: Cache) -> None:
        def raise_from(start: int) -> None:
            for one in range(start, 400, 8):
                cache.raise_generation("t", ANA, one)

        at_once(8, raise_from)
        assert cache.generation("t", ANA) == 399


class TestForget:
    def test_all_answers_go_and_the_generation_stays(self, cache: Cache) -> None:
        for generation in (1, 7):
            cache.raise_generation("t", ANA, generation)
            for route in ("context", "rag"):
                cache.put(key(generation=generation, route=route), b"hers", seconds=MONTHS)
        others = [key("ben"), replace(key(), tenant="T")]
        for one in others:
            cache.put(one, b"theirs", seconds=MONTHS)
        assert cache.count("t", ANA) == 4
        assert cache.forget("t", ANA) == 4
        assert (cache.forget("t", ANA), cache.count("t", ANA), cache.get(key())) == (0, 0, None)
        assert cache.generation("t", ANA) == 7
        assert [cache.get(one) for one in others] == [b"theirs", b"theirs"]

    def test_what_expired_is_not_counted(self, place: Place) -> None:
        place.cache.put(key(), b"", seconds=0.05)
        place.cache.put(key(query="other"), b"", seconds=MONTHS)
        place.let_pass(0.1)
        assert place.cache.forget("t", ANA) == 1

    def test_someone_unknown(self, cache: Cache) -> None:
        assert (cache.forget("t", "nobody"), cache.count("t", "nobody")) == (0, 0)
