"""What was learned of people stays at hand while nothing changes about them, and no longer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.persona.model import Entity, User
from kith.serving.memory.recalled import SECONDS, Learned, Recalled

ANA = User("acme", "ana", "Ana")
OAK, ELM = Entity("tree", "oak"), Entity("tree", "elm")


def learned(pieces: int) -> Learned:
    return Learned(times={OAK: range(pieces - 1)})


def put(recalled: Recalled, user: User, generation: int, learned: Learned) -> None:
    with recalled.reading(user) as keep:
        keep(generation, learned)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.parametrize(
    ("user", "generation"),
    [
        (ANA, 8),
        (ANA, 6),
        (User("acme", "ana", "Anna"), 7),
        (User("acme", "ana"), 7),
        (User("other", "ana", "Ana"), 7),
        (User("acme", "ben", "Ana"), 7),
    ],
)
def test_it_holds_for_one_generation_of_one_person_by_one_name(user: User, generation: int) -> None:
    recalled = Recalled()
    put(recalled, ANA, 7, learned(3))
    assert recalled.get(ANA, 7) == learned(3)
    assert recalled.get(user, generation) is None


def test_it_is_kept_for_a_while(clock: Clock) -> None:
    recalled = Recalled(clock=clock)
    put(recalled, ANA, 7, learned(3))
    clock.now = SECONDS - 1
    assert recalled.get(ANA, 7) == learned(3)
    clock.now = SECONDS
    assert recalled.get(ANA, 7) is None


def test_nothing_is_kept_of_whoever_is_forgotten() -> None:
    recalled = Recalled()
    for user in (ANA, User("other", "ana", "Ana")):
        put(recalled, user, 1, learned(1))
    recalled.forget("acme", "ana")
    recalled.forget("acme", "never met")
    assert recalled.get(ANA, 1) is None
    assert recalled.get(User("other", "ana", "Ana"), 1) == learned(1)


def test_what_somebody_began_to_read_before_they_were_forgotten_is_not_kept() -> None:
    recalled = Recalled()
    with recalled.reading(ANA) as early, recalled.reading(User("other", "ana", "Ana")) as elsewhere:
        recalled.forget("acme", "ana")
        with recalled.reading(ANA) as later:
            later(2, learned(2))
        assert recalled.get(ANA, 2) == learned(2)
        early(2, learned(3))
        elsewhere(2, learned(1))
    assert recalled.get(ANA, 2) is None
    assert recalled.get(User("other", "ana", "Ana"), 2) == learned(1)


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    recalled = Recalled(most=10)
    people = [User("acme", name) for name in "abcd"]
    for user in people[:3]:
        put(recalled, user, 1, learned(3))
    assert recalled.get(people[0], 1) == learned(3)
    put(recalled, people[3], 1, learned(4))
    assert [recalled.get(user, 1) for user in people] == [learned(3), None, learned(3), learned(4)]
    put(recalled, people[0], 2, learned(11))
    assert [recalled.get(user, 2 if user is people[0] else 1) for user in people] == [
        None,
        None,
        learned(3),
        learned(4),
    ]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(min_value=1, max_value=9))))
def test_it_is_never_more_than_it_may_be(people: list[tuple[str, int]]) -> None:
    recalled = Recalled(most=12)
    for name, pieces in people:
        put(recalled, User("acme", name), 1, learned(pieces))
        there = [recalled.get(User("acme", one), 1) for one in "abc"]
        assert sum(one.pieces for one in there if one is not None) <= 12
        assert recalled.get(User("acme", name), 1) == learned(pieces)


def test_the_newest_of_it_is_of_what_was_spoken_of_or_wanted() -> None:
    assert Learned().newest is None
    assert Learned(times={OAK: [5, 3], ELM: [1]}, spoken_of=(OAK, ELM)).newest == 5
