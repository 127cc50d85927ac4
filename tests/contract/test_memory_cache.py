"""What the cache in memory promises besides the port: its bounds, its clock, and books that stay straight."""

import time
from collections import OrderedDict

from at_once import at_once
from hypothesis import given, settings
from hypothesis import strategies as st

from kith.persona.identity import content_digest, user_node_id
from kith.stores.cache import ENTRY_COST, MemoryCache
from kith.stores.ports import CacheKey

MONTHS = 1e7


def key(person: str = "ana", *, generation: int = 1, query: str = "q") -> CacheKey:
    return CacheKey("t", user_node_id("t", person), generation, 0, "context", content_digest(query))


ANA = key().person


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
        now = [1000.0]
        cache = MemoryCache(clock=lambda: now[0])
        cache.put(key(), b"", seconds=60)
        now[0] += 59.999
        assert cache.get(key()) == b""
        now[0] = 1060.0
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
        now = [1000.0]
        cache = MemoryCache(capacity=capacity, clock=lambda: now[0])
        model: OrderedDict[CacheKey, tuple[bytes, float]] = OrderedDict()
        for step, who, n in steps:
            one = key(str(who), query=str(n))
            if step == "put":
                model.pop(one, None)
                model[one] = (b"x" * 10 * n, now[0] + 2)
                while sum(len(answer) + ENTRY_COST for answer, _ in model.values()) > capacity:
                    model.popitem(last=False)
                cache.put(one, b"x" * 10 * n, seconds=2)
            elif step == "get":
                if one in model and model[one][1] <= now[0]:
                    del model[one]
                if one in model:
                    model.move_to_end(one)
                assert cache.get(one) == model.get(one, (None, 0))[0]
            elif step == "forget":
                theirs = [other for other in model if other.person == one.person]
                live = [model.pop(other) for other in theirs]
                assert cache.forget("t", one.person) == sum(expires > now[0] for _, expires in live)
            else:
                now[0] += 1
        assert cache.held == sum(len(answer) + ENTRY_COST for answer, _ in model.values()) <= capacity

    def test_many_threads_keep_its_books_straight(self) -> None:
        cache = MemoryCache(capacity=40 * ENTRY_COST, people=8)

        def use(thread: int) -> None:
            for n in range(2000):
                one = key(str(n % 11), query=str(n % 7))
                cache.put(one, b"x" * (n % 50), seconds=MONTHS)
                cache.get(key(str((n + thread) % 11), query=str(n % 7)))
                cache.raise_generation("t", one.person, n)
                if n % 50 == thread:
                    cache.forget("t", one.person)

        at_once(8, use)
        everyone = [user_node_id("t", str(n)) for n in range(11)]
        assert 0 <= cache.held <= 40 * ENTRY_COST
        counted = {person: cache.count("t", person) for person in everyone}
        assert {person: cache.forget("t", person) for person in everyone} == counted
        assert cache.held == 0
