"""What is read of a person for an answer: once while nothing changes, and from the ledger where the graph is down."""

from collections import Counter
from collections.abc import AsyncGenerator, Generator
from dataclasses import replace
from typing import Any

import pytest

from kith.etl.llm import LlmUnavailable
from kith.etl.people import Forgetter
from kith.etl.running import RunOptions
from kith.etl.sources import records_source
from kith.persona.identity import Json
from kith.persona.model import Entity, User
from kith.serving.frame.attempts import Attempts
from kith.serving.frame.house import House
from kith.serving.memory.learned import learned_of, with_ties_of
from kith.serving.memory.recalled import Learned
from kith.serving.memory.remembering import Memory
from kith.serving.people.knowing import set_user, tell_cache
from kith.settings import Settings
from kith.stores.errors import Transient
from kith.wiring import App, house_of, open_app

TENANT = "acme"
START = 1_770_000_000_000
DAY = 86_400_000
NOW = START + 100 * DAY


def record(text: str, *, user_id: str = "ana", day: int = 0) -> dict[str, Json]:
    return {"user_id": user_id, "message": text, "timestamp": START + day * DAY, "conversation_id": "c1"}


SAID = [
    record("I love hiking near Monte Rosa with Lea Brandt."),
    record("Lea Brandt and I saw Lake Como.", day=1),
    record("I live in Porto.", day=2),
]


@pytest.fixture
def app(tmp_path_factory: pytest.TempPathFactory) -> Generator[App]:
    home = tmp_path_factory.mktemp("learned") / "home"
    with open_app(
        Settings(home=home, embedder="hash", language="plain", tenant=TENANT), command="a test", create=True
    ) as app:
        run(app, *SAID)
        yield app


def run(app: App, *records: dict[str, Json], tenant: str = TENANT) -> None:
    app.runner().run(records_source(list(records)), RunOptions(tenant=tenant))


class Heard:
    """A store, or a part of one, that counts its calls and begins some by doing something else."""

    def __init__(self, inner: Any, heard: Counter[str], before: dict[str, Any]) -> None:
        self._inner, self._heard, self._before = inner, heard, before

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return Heard(found, self._heard, self._before)

        def call(*given: Any, **named: Any) -> Any:
            self._heard[name] += 1
            self._before.get(name, lambda: None)()
            return found(*given, **named)

        return call


def heard(app: App, **before: Any) -> tuple[House, Counter[str]]:
    """A house of the same stores that has read nothing yet."""
    house, calls = house_of(app), Counter[str]()
    graph: Any = Heard(house.stores.graph, calls, before)
    ledger: Any = Heard(house.stores.ledger, calls, before)
    return replace(house, stores=replace(house.stores, graph=graph, ledger=ledger)), calls


def fail() -> None:
    raise Transient("it is down")


def learned(house: House, *, tenant: str = TENANT, user_id: str = "ana", at: int = NOW) -> Learned:
    user = house.stores.documents.get_user(tenant, user_id)
    assert user is not None
    return learned_of(house, tenant, user, Attempts(), at=at)


def test_it_is_read_once_while_nothing_changes(app: App) -> None:
    house, calls = heard(app)
    first = learned(house)
    assert {one.name for one in first.spoken_of} >= {"monte rosa", "lake como", "lea brandt"}
    assert learned(house, at=NOW + DAY) is first
    assert (calls["get_ties"], calls["mention_times"]) == (1, 1)
    run(app, record("We went to Monte Viso.", day=3))
    assert {one.name for one in learned(house).spoken_of} >= {"monte rosa", "monte viso"}
    assert calls["get_ties"] == 2


def test_of_an_earlier_time_it_is_read_for_that_time(app: App) -> None:
    house, calls = heard(app)
    now, then = learned(house), learned(house, at=START)
    assert then == learned(heard(app)[0], at=START) != now
    assert learned(house) is now
    assert calls["get_ties"] == 2


def test_another_tenant_s_person_of_the_same_id_has_their_own(app: App) -> None:
    run(app, record("I saw Mount Fuji."), tenant="other")
    house, _ = heard(app)
    names = [{one.name for one in learned(house, tenant=tenant).spoken_of} for tenant in (TENANT, "other", TENANT)]
    assert names[1] == {"mount fuji"}
    assert names[0] == names[2]
    assert "mount fuji" not in names[0]


def test_a_new_name_is_another_answer(app: App) -> None:
    house, _ = heard(app)
    assert "lea brandt" in {one.name for one in learned(house).spoken_of}
    set_user(house, User(TENANT, "ana", "Lea Brandt"), given=frozenset({"name"}))
    assert "lea brandt" not in {one.name for one in learned(house).spoken_of}


def test_whoever_is_forgotten_is_not_kept(app: App) -> None:
    house, _ = heard(app)
    first = learned(house)
    generation = app.stores.ledger.batches.generation(TENANT, "ana")
    assert house.recalled.get(User(TENANT, "ana"), generation) is first
    Forgetter(house.new_writer(), clock=app.clock).forget(TENANT, "ana")
    tell_cache(house, TENANT, "ana")
    assert house.recalled.get(User(TENANT, "ana"), generation) is None
    assert app.stores.ledger.batches.generation(TENANT, "ana") > generation


def test_whoever_is_forgotten_while_they_are_read_is_not_kept(app: App) -> None:
    house, _ = heard(app, mention_times=lambda: tell_cache(house, TENANT, "ana"))
    learned(house)
    assert house.recalled.get(User(TENANT, "ana"), app.stores.ledger.batches.generation(TENANT, "ana")) is None


def test_what_changes_while_it_is_read_is_not_kept(app: App) -> None:
    more = iter([record("We went to Monte Viso.", day=3)])
    house, calls = heard(app, mention_times=lambda: run(app, *more))
    learned(house)
    assert calls["get_ties"] == 1
    assert "monte viso" in {one.name for one in learned(house).spoken_of}
    assert calls["get_ties"] == 2


def test_where_the_graph_is_down_the_ledger_tells_the_same_and_nothing_is_kept(app: App) -> None:
    down = [True]
    house, calls = heard(app, get_ties=lambda: down[0] and fail(), get_ties_between=fail)
    attempts, user, asked = Attempts(), User(TENANT, "ana"), {Entity("name", "lea brandt"): 1.0}
    less = with_ties_of(house, TENANT, user, learned_of(house, TENANT, user, attempts, at=NOW), asked, attempts)
    assert attempts.degraded == ["graph"]
    there, _ = heard(app)
    attempts = Attempts()
    whole = with_ties_of(there, TENANT, user, learned(there), asked, attempts)
    assert (less.active(NOW, asked), less.facts) == (whole.active(NOW, asked), whole.facts)
    assert any(one.spread for one in whole.active(NOW, asked) if one.entity not in asked)
    down[0] = False
    before = calls["get_ties"]
    again, attempts = learned(house), Attempts()
    assert calls["get_ties"] == before + 1
    tied = with_ties_of(house, TENANT, user, again, asked, attempts)
    assert (tied.active(NOW, asked), attempts.degraded) == (whole.active(NOW, asked), ["graph"])
    assert with_ties_of(house, TENANT, user, again, {}, Attempts()) is again


class Silent:
    """A model that answers nothing."""

    model = "m"

    def ask(self, *_: object, **__: object) -> str:
        raise LlmUnavailable("it says nothing")

    async def stream(self, *_: object, **__: object) -> AsyncGenerator[str]:
        yield self.ask()


def test_what_a_model_was_shown_in_vain_is_told_without_reading_it_again(app: App) -> None:
    asked = "Who loves hiking near Monte Rosa?"
    house, calls = heard(app)
    told = Memory(replace(house, chat=Silent())).ask(TENANT, "ana", asked)
    assert (told.answer, told.degraded, calls["get_ties"]) == (SAID[0]["message"], ["llm"], 1)
    assert told.model_copy(update={"degraded": []}) == Memory(heard(app)[0]).ask(TENANT, "ana", asked)
