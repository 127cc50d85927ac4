"""A name that was taken for several types is one thing, of the type that it was taken for most often."""

from itertools import permutations

from kith.persona.by_name import by_name
from kith.persona.evidence import Mentioned
from kith.persona.model import Entity

PLACE = Mentioned(Entity("place", "banjo"), "Banjo", 1, 0.5, 30, 30)
ANIMAL = Mentioned(Entity("animal", "banjo"), "banjo", 2, -0.5, 20, 40)
NAME = Mentioned(Entity("name", "banjo"), "Banjo", 5, 0.0, 10, 20)
TEA = Mentioned(Entity("drink", "tea"), "tea", 3, 0.0, 1, 2)


def test_one_name_is_one_thing() -> None:
    assert by_name([TEA, PLACE, NAME, ANIMAL]) == (
        Mentioned(Entity("animal", "banjo"), "Banjo", 8, (0.5 - 1.0) / 8, 10, 40),
        TEA,
    )


def test_a_bare_name_stays_one_where_nothing_else_is_known() -> None:
    assert by_name([NAME]) == (NAME,)
    assert by_name([]) == ()


def test_the_order_in_which_they_come_does_not_matter() -> None:
    same = [
        Mentioned(Entity(kind, "banjo"), "Banjo", 1, felt, 1, 1) for kind, felt in (("a", 0.1), ("b", 0.2), ("c", 0.3))
    ]
    assert len({by_name(some) for some in permutations(same)}) == 1
