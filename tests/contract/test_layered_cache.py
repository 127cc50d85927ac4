"""What two caches as one promise besides the port: near copies that nobody gets once they stand no more."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from real_servers import NewServer, RealServers
from redis_place import RedisPlace

from kith.persona.identity import content_digest, user_node_id
from kith.stores.cache import MemoryCache
from kith.stores.errors import Transient
from kith.stores.layered_cache import Kept, LayeredCache
from kith.stores.ports import CacheKey

MONTHS = 1e7
NUMBERS = count()


def key(person: str = "ana", *, generation: int = 1, query: str = "q") -> CacheKey:
    return CacheKey("t", user_node_id("t", person), generation, 0, "context", content_digest(query))


ANA = key().person


class Worker:
    """One process: a cache of its own in front of the one that all share."""

    def __init__(self, place: RedisPlace, *, people: int = 100) -> None:
        self.now = [1000.0]
        self.near = MemoryCache(clock=lambda: self.now[0])
        self.far = place.open()
        self.cache = LayeredCache(self.near, self.far, people=people)

    def close(self) -> None:
        self.cache.close()


@pytest.fixture
def place(servers: RealServers) -> Iterator[RedisPlace]:
    with RedisPlace(servers.url("redis")) as made:
        yield made


@pytest.fixture
def workers(place: RedisPlace) -> Iterator[tuple[Worker, Worker]]:
    with ExitStack() as stack:
        made = Worker(place), Worker(place)
        for one in made:
            stack.callback(one.close)
        yield made


class TestWorkers:
    def test_what_one_keeps_the_other_has_and_keeps_near(self, workers: tuple[Worker, Worker]) -> None:
        one, other = workers
        one.cache.put(key(), b"hers", seconds=MONTHS)
        assert (one.near.get(key()), other.near.get(key())) == (b"hers", None)
        assert other.cache.get(key()) == b"hers"
        assert other.near.get(key()) == b"hers"
        assert one.cache.card() == one.far.card()

    def test_what_one_raises_the_other_goes_by_at_once(self, workers: tuple[Worker, Worker]) -> None:
        one, other = workers
        assert other.cache.generation("t", ANA) is None
        one.cache.raise_generation("t", ANA, 5)
        assert other.cache.generation("t", ANA) == 5
        other.cache.put(key(generation=4), b"late", seconds=MONTHS)
        assert (other.cache.get(key(generation=4)), other.near.get(key(generation=4))) == (None, None)

    def test_whom_one_forgets_no_other_has_near(self, workers: tuple[Worker, Worker]) -> None:
        one, other = workers
        one.cache.raise_generation("t", ANA, 1)
        for query in ("q", "r"):
            other.cache.put(key(query=query), b"hers", seconds=MONTHS)
        assert (one.cache.forget("t", ANA), one.cache.count("t", ANA)) == (2, 0)
        assert other.cache.generation("t", ANA) == 1
        assert (other.cache.get(key()), other.near.count("t", ANA)) == (None, 0)
        other.cache.put(key(), b"again", seconds=MONTHS)
        assert (one.cache.get(key()), other.near.get(key())) == (b"again", b"again")

    def test_a_near_copy_goes_with_the_time_of_the_far_one(self, workers: tuple[Worker, Worker]) -> None:
        one, other = workers
        one.cache.put(key(), b"hers", seconds=100)
        assert other.cache.get(key()) == b"hers"
        other.now[0] += 50
        assert other.near.get(key()) == b"hers"
        other.now[0] += 50
        assert (other.near.get(key()), other.cache.get(key())) == (None, b"hers")

    def test_a_generation_that_was_lost_and_is_told_late_leads_to_nothing_of_before(
        self, place: RedisPlace, workers: tuple[Worker, Worker]
    ) -> None:
        one, other = workers
        one.cache.raise_generation("t", ANA, 1)
        one.cache.put(key(), b"hers", seconds=MONTHS)
        assert other.cache.get(key()) == b"hers"
        one.cache.raise_generation("t", ANA, 2)
        one.cache.forget("t", ANA)
        place.lose()
        one.cache.raise_generation("t", ANA, 1)  # by somebody who asked the ledger before she was forgotten
        assert other.cache.generation("t", ANA) == 1
        assert other.cache.get(key()) is None

    def test_an_answer_that_comes_late_is_not_kept_near(
        self, workers: tuple[Worker, Worker], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one, other = workers
        one.cache.raise_generation("t", ANA, 1)
        one.cache.put(key(), b"hers", seconds=MONTHS)
        look = other.far.look

        def look_and_wait(asked: CacheKey) -> Kept | None:
            found = look(asked)
            one.cache.forget("t", ANA)
            assert other.cache.generation("t", ANA) == 1
            return found

        monkeypatch.setattr(other.far, "look", look_and_wait)
        assert other.cache.get(key()) == b"hers"  # it was asked before she was forgotten
        assert other.near.get(key()) is None

    def test_a_page_that_is_gone_takes_its_near_copies_along(
        self, place: RedisPlace, workers: tuple[Worker, Worker]
    ) -> None:
        one, _ = workers
        one.cache.put(key(), b"hers", seconds=MONTHS)
        place.lose()
        assert (one.cache.count("t", ANA), one.near.count("t", ANA)) == (0, 0)

    def test_near_are_answers_of_so_many_people(self, place: RedisPlace) -> None:
        worker = Worker(place, people=2)
        for person in ("ana", "ben", "cleo"):
            worker.cache.put(key(person), person.encode(), seconds=MONTHS)
        assert [worker.near.get(key(person)) for person in ("ana", "ben", "cleo")] == [None, b"ben", b"cleo"]
        assert worker.cache.get(key("ana")) == b"ana"
        worker.close()


def test_while_the_server_is_down_near_answers_serve_who_knows_the_generation(new_server: NewServer) -> None:
    server = new_server("redis")
    worker = Worker(RedisPlace(server.url))
    worker.cache.raise_generation("t", ANA, 1)
    for query in ("q", "r"):
        worker.cache.put(key(query=query), b"hers", seconds=MONTHS)
    server.kill()
    with pytest.raises(Transient):
        worker.cache.generation("t", ANA)
    assert worker.cache.get(key()) == b"hers"
    for ask in (
        lambda: worker.cache.get(key(query="other")),
        lambda: worker.cache.put(key(), b"new", seconds=MONTHS),
        lambda: worker.cache.forget("t", ANA),
    ):
        with pytest.raises(Transient):
            ask()
    with pytest.raises(Transient):  # nobody knows what became of what was put
        worker.cache.get(key())
    assert worker.near.count("t", ANA) == 0
    worker.close()


STEPS = st.tuples(st.sampled_from(["ask", "ask", "learn", "forget", "lose", "late"]), st.sampled_from([0, 1]))


@given(steps=st.lists(STEPS, min_size=10, max_size=40))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_nobody_is_answered_of_before_they_were_forgotten(
    place: RedisPlace, workers: tuple[Worker, Worker], steps: list[tuple[str, int]]
) -> None:
    person, ledger, forgotten = f"person {next(NUMBERS)}", 1, 0
    for step, worker in steps:
        cache = workers[worker].cache
        if step == "ask":
            generation = cache.generation("t", person)
            if generation is None:
                generation = ledger
                cache.raise_generation("t", person, generation)
            asked = CacheKey("t", person, generation, 0, "context", "q")
            found = cache.get(asked)
            assert found in (None, b"%d" % forgotten)
            if found is None:
                cache.put(asked, b"%d" % forgotten, seconds=MONTHS)
                if generation != ledger:
                    cache.raise_generation("t", person, ledger)
                    cache.forget("t", person)
        elif step in ("learn", "forget"):
            ledger += 1
            cache.raise_generation("t", person, ledger)
            if step == "forget":
                forgotten += 1
                cache.forget("t", person)
                assert cache.count("t", person) == 0
        else:
            place.lose()
            if step == "late":  # somebody asked the ledger a while ago, and says so only now
                cache.raise_generation("t", person, max(1, ledger - 1))
