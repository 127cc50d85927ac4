"""Who asks a store that does not answer is told at once, from the second time on, until somebody has seen it answer."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from kith.serving.frame.guarding import AT_HAND, COSTLY, GUARDED, PAUSE, guarded
from kith.stores.bundle import Stores
from kith.stores.errors import StoreError, Terminal, Transient
from kith.wiring import App

DOWN = Transient("silence")


class Beside(Executor):
    """Does what it is handed when it is told to; once it is over, it takes nothing."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], object]] = []
        self.over = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self.over:
            raise RuntimeError("cannot schedule new futures after shutdown")
        self.waiting.append(lambda: fn(*args, **kwargs))
        return Future()

    def go_on(self) -> int:
        """How many things it did."""
        waiting, self.waiting = self.waiting, []
        for one in waiting:
            one()
        return len(waiting)


def nothing() -> None:
    """Happens in the midst of a call, unless something else does."""


@dataclass
class Weather:
    """Calls of a store take so many `seconds`, and end in `fails` where it is set; `midst` happens once, in a call."""

    moment: float = 0.0
    seconds: float = 0.0
    fails: StoreError | None = None
    midst: Callable[[], object] = nothing
    calls: list[str] = field(default_factory=list[str])

    def call(self, name: str, real: Callable[..., Any], *given: Any, **named: Any) -> Any:
        fails, midst, self.midst = self.fails, self.midst, nothing
        self.calls.append(name)
        self.moment += self.seconds
        midst()
        if fails is not None:
            raise fails
        return real(*given, **named)

    def change(self, seconds: float, fails: StoreError | None) -> None:
        self.seconds, self.fails = seconds, fails


class Far:
    """A store, or a part of one, that is reached through the weather."""

    def __init__(self, inner: Any, weather: Weather) -> None:
        self._inner = inner
        self._weather = weather

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return Far(found, self._weather)
        if name in AT_HAND:
            return found

        def call(*given: Any, **named: Any) -> Any:
            return self._weather.call(name, found, *given, **named)

        return call


@dataclass
class House:
    """Stores behind their guards, all in one weather."""

    stores: Stores
    weather: Weather
    beside: Beside

    def asks(self) -> list[str] | type[StoreError]:
        try:
            return self.stores.graph.scan_users("t")
        except StoreError as error:
            return type(error)


@pytest.fixture
def house(app: App) -> House:
    weather, beside = Weather(), Beside()
    far: dict[str, Any] = {name: Far(getattr(app.stores, name), weather) for name in (*GUARDED, "cache")}
    stores = guarded(replace(app.stores, **far), "t", beside=beside, clock=lambda: weather.moment)
    return House(stores, weather, beside)


def test_after_one_who_waited_in_vain_nobody_waits(house: House) -> None:
    house.weather.change(4.0, DOWN)
    assert [house.asks() for _ in range(5)] == [Transient] * 5
    assert (house.weather.calls, house.weather.moment) == (["scan_users"], 4.0)
    with pytest.raises(Transient, match=r"^silence \(that was a moment ago"):
        house.stores.graph.counts("t")
    assert house.beside.waiting == []


def test_once_in_a_while_somebody_looks_and_it_is_nobody_who_asks(house: House) -> None:
    weather, beside = house.weather, house.beside
    weather.change(4.0, DOWN)
    house.asks()
    weather.moment += PAUSE
    assert [house.asks() for _ in range(3)] == [Transient] * 3
    assert (beside.go_on(), weather.calls) == (1, ["scan_users", "get_campaign"])
    assert (house.asks(), beside.go_on()) == (Transient, 0)
    weather.moment += PAUSE
    weather.change(4.0, None)
    assert (house.asks(), beside.go_on(), house.asks()) == (Transient, 1, [])


def test_a_look_that_is_answered_with_a_no_is_answered(house: House) -> None:
    house.weather.change(4.0, DOWN)
    house.asks()
    house.weather.moment += PAUSE
    house.asks()
    house.weather.change(0.0, Terminal("you may not"))
    assert (house.beside.go_on(), house.asks()) == (1, Terminal)


def test_one_looks_at_a_time(house: House) -> None:
    weather, beside = house.weather, house.beside
    weather.change(4.0, DOWN)
    house.asks()
    for _ in range(3):
        weather.moment += PAUSE
        house.asks()
    first, *others = beside.waiting
    beside.waiting = others
    weather.midst = beside.go_on  # while the first still looks
    first()
    assert (len(others), weather.calls) == (2, ["scan_users", "get_campaign"])


@pytest.mark.parametrize("name", GUARDED)
def test_one_store_that_is_down_keeps_nobody_from_the_others(house: House, name: str) -> None:
    stores = house.stores
    asked: dict[str, tuple[Callable[[], object], object]] = {
        "documents": (lambda: stores.documents.count_users("t"), 0),
        "vectors": (lambda: stores.vectors.count_messages("t"), 0),
        "graph": (lambda: stores.graph.scan_users("t"), []),
        "ledger": (lambda: stores.ledger.batches.count("t"), 0),
        "cache": (lambda: stores.cache.generation("t", "u"), None),
    }
    house.weather.change(4.0, DOWN)
    with pytest.raises(Transient):
        asked.pop(name)[0]()
    house.weather.change(0.0, None)
    assert [ask() for ask, _ in asked.values()] == [answer for _, answer in asked.values()]


def test_parts_of_a_store_are_down_together_and_what_is_at_hand_is_not(house: House, app: App) -> None:
    house.weather.change(4.0, DOWN)
    with pytest.raises(Transient):
        house.stores.ledger.batches.generation("t", "u")
    with pytest.raises(Transient):
        house.stores.ledger.insight.stated("t", "u")
    assert (house.weather.calls, house.stores.ledger.card()) == (["generation"], app.stores.ledger.card())


@pytest.mark.parametrize(("seconds", "fails"), [(COSTLY / 2, DOWN), (4.0, Terminal("no such thing")), (4.0, None)])
def test_what_costs_nobody_anything_or_is_an_answer_is_asked_again(
    house: House, seconds: float, fails: StoreError | None
) -> None:
    house.weather.change(seconds, fails)
    for _ in range(3):
        house.asks()
    assert house.weather.calls == ["scan_users"] * 3


def goes_down(house: House) -> Callable[[], None]:
    """While one call is under way another one waits in vain; the first is answered all the same."""

    def midst() -> None:
        house.weather.change(4.0, DOWN)
        assert house.asks() is Transient

    return midst


def test_whoever_was_still_asking_and_is_answered_clears_the_way_for_all(house: House) -> None:
    house.weather.midst = goes_down(house)
    assert house.asks() == []
    house.weather.change(0.0, None)
    assert house.asks() == []


def test_a_walk_that_has_not_begun_tells_nothing_of_its_store(house: House) -> None:
    weather, vectors = house.weather, house.stores.vectors

    def midst() -> None:
        weather.change(4.0, DOWN)
        with pytest.raises(Transient):
            vectors.count_messages("t")

    weather.midst = midst
    assert list(vectors.scan_messages("t")) == []
    with pytest.raises(Transient):
        vectors.count_messages("t")
    assert weather.calls == ["scan_messages", "count_messages"]


def test_when_all_is_about_to_end_nobody_looks(house: House) -> None:
    house.weather.change(4.0, DOWN)
    house.asks()
    house.weather.moment += PAUSE
    house.beside.over = True
    assert house.asks() is Transient
