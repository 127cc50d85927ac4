"""What every adapter of the Cache port promises, and what the one in memory promises besides."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import count
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kith.persona.identity import content_digest, user_node_id
from kith.stores.cache import ENTRY_COST, MemoryCache
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


def memory() -> Place:
    clock = Clock()
    return Place(MemoryCache(clock=clock), clock.go)


@pytest.fixture(params=[pytest.param(memory, id="memory")])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """An adapter is one entry above."""
    made: Place = request.param()
    yield made
    made.cache.close()


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
        together = Barrier(8)

        def raise_from(start: int) -> None:
            together.wait()
            for one in range(start, 400, 8):
                cache.raise_generation("t", ANA, one)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(raise_from, range(8)))
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


class TestMemory:
    """The bounds of the cache in memory."""

    def test_the_least_recently_used_goes_first(self) -> None:
        cache = MemoryCache(capacity=3 * (ENTRY_COST + 100))
        one, two, three, four = (key(query=str(n)) for n in range(4))
        for each in (one, two, three):
            cache.put(each, b"x" * 100, seconds=MONTHS)
        cache.get(one)
        cache.put(four, b"x" * 100, seconds=MONTHS)
        assert [cache.get(each) is not None for each in (one, two, three, four)] == [True, False, True, True]
        assert cache.held == 3 * (ENTRY_COST + 100)

    def test_what_is_larger_than_all_of_it_is_not_kept_and_costs_nobody_their_place(self) -> None:
        cache = MemoryCache(capacity=ENTRY_COST + 100)
        cache.put(key(), b"x" * 100, seconds=MONTHS)
        cache.put(key("ben"), b"x" * 101, seconds=MONTHS)
        assert (cache.get(key()), cache.get(key("ben"))) == (b"x" * 100, None)
        cache.put(key(), b"x" * 101, seconds=MONTHS)
        assert (cache.get(key()), cache.held) == (None, 0)

    def test_ends_on_the_very_moment(self) -> None:
        clock = Clock()
        cache = MemoryCache(clock=clock)
        cache.put(key(), b"", seconds=60)
        clock.go(59.999)
        assert cache.get(key()) == b""
        clock.now = 1060.0
        assert (cache.get(key()), cache.held) == (None, 0)

    def test_time_is_real_unless_said_otherwise(self) -> None:
        cache = MemoryCache()
        cache.put(key(), b"", seconds=1e-9)
        start = time.monotonic()
        while time.monotonic() == start:
            pass
        assert cache.get(key()) is None

    def test_whose_generation_is_dropped_loses_the_answers_too(self) -> None:
        cache = MemoryCache(people=2)
        cache.raise_generation("t", ANA, 5)
        cache.put(key(generation=5), b"five", seconds=MONTHS)
        cache.put(key(generation=5, query="other"), b"too", seconds=MONTHS)
        cache.raise_generation("t", "second", 1)
        assert cache.generation("t", ANA) == 5
        cache.raise_generation("t", "third", 1)
        assert (cache.generation("t", "second"), cache.count("t", ANA)) == (None, 2)
        cache.raise_generation("t", "fourth", 1)
        assert cache.generation("t", "third") == 1
        cache.raise_generation("t", ANA, 4)
        assert cache.get(key(generation=5)) is None

    def test_closed_is_empty(self) -> None:
        cache = MemoryCache()
        cache.put(key(), b"", seconds=MONTHS)
        cache.raise_generation("t", ANA, 1)
        cache.close()
        assert (cache.get(key()), cache.generation("t", ANA), cache.count("t", ANA), cache.held) == (None, None, 0, 0)

    @given(
        steps=st.lists(
            st.tuples(st.sampled_from(["put", "get", "forget", "wait"]), st.integers(0, 2), st.integers(0, 3)),
            max_size=60,
        )
    )
    @settings(max_examples=150, deadline=None)
    def test_does_as_a_plain_model_of_it(self, steps: list[tuple[str, int, int]]) -> None:
        capacity = 3 * ENTRY_COST + 30
        clock = Clock()
        cache = MemoryCache(capacity=capacity, clock=clock)
        model: OrderedDict[CacheKey, tuple[bytes, float]] = OrderedDict()
        for step, who, n in steps:
            one = key(str(who), query=str(n))
            if step == "put":
                model.pop(one, None)
                model[one] = (b"x" * 10 * n, clock.now + 2)
                while sum(len(answer) + ENTRY_COST for answer, _ in model.values()) > capacity:
                    model.popitem(last=False)
                cache.put(one, b"x" * 10 * n, seconds=2)
            elif step == "get":
                if one in model and model[one][1] <= clock.now:
                    del model[one]
                if one in model:
                    model.move_to_end(one)
                assert cache.get(one) == model.get(one, (None, 0))[0]
            elif step == "forget":
                theirs = [other for other in model if other.person == one.person]
                live = [model.pop(other) for other in theirs]
                assert cache.forget("t", one.person) == sum(expires > clock.now for _, expires in live)
            else:
                clock.go(1)
        assert cache.held == sum(len(answer) + ENTRY_COST for answer, _ in model.values()) <= capacity

    def test_many_threads_keep_its_books_straight(self) -> None:
        cache = MemoryCache(capacity=40 * ENTRY_COST, people=8)
        together = Barrier(8)

        def use(thread: int) -> None:
            together.wait()
            for n in range(2000):
                one = key(str(n % 11), query=str(n % 7))
                cache.put(one, b"x" * (n % 50), seconds=MONTHS)
                cache.get(key(str((n + thread) % 11), query=str(n % 7)))
                cache.raise_generation("t", one.person, n)
                if n % 50 == thread:
                    cache.forget("t", one.person)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(use, range(8)))
        everyone = [user_node_id("t", str(n)) for n in range(11)]
        assert 0 <= cache.held <= 40 * ENTRY_COST
        counted = {person: cache.count("t", person) for person in everyone}
        assert {person: cache.forget("t", person) for person in everyone} == counted
        assert cache.held == 0
