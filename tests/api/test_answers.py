"""Answers that are kept: found again, worked out once for all who ask, and never in the way when the cache is down."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pytest
from fastapi import FastAPI, Request
from httpx import ASGITransport, AsyncClient
from pydantic import BaseModel
from starlette.responses import Response

from kith.etl.people import Forgetter
from kith.persona.identity import user_node_id
from kith.serving.frame.answers import HARD, SOFT, Answers, Told
from kith.serving.frame.house import House
from kith.serving.frame.problems import Refusal
from kith.serving.frame.routes import Answering, Asked, Routes
from kith.stores.cache import MemoryCache
from kith.stores.errors import Transient
from kith.stores.ports import CacheKey

USER = "somebody"
PERSON = user_node_id("acme", USER)
Ask = Callable[..., Awaitable[Any]]


class Spoken(BaseModel):
    """An answer of these tests."""

    times: int
    degraded: list[str] = []


class Failing(MemoryCache):
    """A cache that may be down."""

    down: frozenset[str] = frozenset()

    def _go(self, call: str) -> None:
        if call in self.down:
            raise Transient(f"the cache does not {call} now")

    def get(self, key: CacheKey) -> bytes | None:
        self._go("get")
        return super().get(key)

    def put(self, key: CacheKey, answer: bytes, *, seconds: float) -> None:
        self._go("put")
        super().put(key, answer, seconds=seconds)

    def generation(self, tenant: str, person: str) -> int | None:
        self._go("generation")
        return super().generation(tenant, person)

    def raise_generation(self, tenant: str, person: str, generation: int) -> None:
        self._go("raise_generation")
        super().raise_generation(tenant, person, generation)


ALL_CALLS = frozenset({"get", "put", "generation", "raise_generation"})


@dataclass
class Scene:
    """An application with one endpoint whose answers are kept, a cache of its own, and a clock that is set."""

    app: FastAPI
    cache: Failing
    now: int = 1_000_000
    came: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    worked: int = 0
    degraded: list[str] = field(default_factory=list[str])
    instead: Callable[[], object] = lambda: None
    """Done while an answer is worked out; may raise."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self) -> Spoken:
        with self.lock:
            self.worked += 1
        self.instead()
        return Spoken(times=self.worked, degraded=self.degraded)

    def prime(self) -> None:
        """With the generations known to the cache, whoever asks waits for nothing but the answer itself."""
        for user_id in (USER, ""):
            self.cache.raise_generation("acme", user_node_id("acme", user_id), 0)

    async def come(self, askers: int) -> None:
        """Waits until so many more have asked."""
        for _ in range(askers):
            await self.came.acquire()

    def play(self, part: Callable[[AsyncClient], Awaitable[None]]) -> None:
        """Has the application begin, the part played, and the application end, all in one event loop."""

        async def play() -> None:
            async with self.app.router.lifespan_context(self.app), self.client() as client:
                await part(client)

        asyncio.run(play())

    def client(self) -> AsyncClient:
        return AsyncClient(transport=ASGITransport(self.app), base_url="http://127.0.0.1:8000")


@pytest.fixture
def scene(house: House, an_app: Callable[..., FastAPI]) -> Generator[Scene]:
    with closing(Failing()) as cache:
        stores = replace(house.stores, cache=cache)
        app = an_app(house=replace(house, stores=stores, clock=lambda: made.now))
        made = Scene(app, cache)
        routes = Routes("test", prefix="/test")

        @routes.get("/{user_id}", scope="read")
        async def spoken(  # pyright: ignore[reportUnusedFunction]
            user_id: str, request: Request, caller: Asked, answers: Answering, query: str = ""
        ) -> Response:
            made.came.release()
            return await answers.give(
                request,
                made.work,
                tenant=caller.tenant,
                user_id=user_id,
                route="/test",
                parameters={"query": query},
            )

        app.include_router(routes.router)
        yield made


async def ask(client: AsyncClient, query: str = "", **headers: str) -> tuple[str, int]:
    """What was of use, and what was said."""
    answer = await client.get(f"/test/{USER}", params={"query": query}, headers=headers)
    return answer.headers["x-cache"], answer.json()["times"]


def test_the_same_question_is_answered_from_the_cache(scene: Scene) -> None:
    async def part(client: AsyncClient) -> None:
        assert [await ask(client) for _ in range(3)] == [("MISS", 1), ("HIT", 1), ("HIT", 1)]
        assert await ask(client, query="another") == ("MISS", 2)

    scene.play(part)


def test_an_address_that_is_kept_in_mind_names_nobody(scene: Scene) -> None:
    async def part(client: AsyncClient) -> None:
        assert [await ask(client, query="porto") for _ in range(2)] == [("MISS", 1), ("HIT", 1)]
        answers: Answers = scene.app.state.answers
        kept = repr([*vars(answers).values()])
        assert PERSON in kept, "what the address asks for"
        assert [word for word in (USER, "porto") if word in kept] == []

    scene.play(part)


def test_what_is_learned_of_a_person_makes_their_answers_new(scene: Scene) -> None:
    async def part(client: AsyncClient) -> None:
        assert await ask(client) == ("MISS", 1)
        scene.cache.raise_generation("acme", PERSON, 7)
        assert await ask(client) == ("MISS", 2)
        scene.cache.raise_generation("acme", user_node_id("acme", ""), 7)
        assert await ask(client) == ("MISS", 3)

    scene.play(part)


def test_fifty_who_ask_at_once_cause_one_computation(scene: Scene) -> None:
    scene.prime()
    all_asked = threading.Event()
    scene.instead = all_asked.wait

    async def part(client: AsyncClient) -> None:
        waiting = [asyncio.create_task(ask(client)) for _ in range(50)]
        await scene.come(50)
        all_asked.set()
        assert await asyncio.gather(*waiting) == [("MISS", 1)] * 50

    scene.play(part)
    assert scene.worked == 1


def test_one_who_leaves_does_not_take_the_answer_along(scene: Scene) -> None:
    scene.prime()
    begun = threading.Event()
    go_on = threading.Event()

    def wait() -> None:
        begun.set()
        go_on.wait()

    scene.instead = wait

    async def part(client: AsyncClient) -> None:
        leaving = asyncio.create_task(ask(client))
        await asyncio.to_thread(begun.wait)
        leaving.cancel()
        staying = asyncio.create_task(ask(client))
        await scene.come(2)
        go_on.set()
        assert await staying == ("MISS", 1)

    scene.play(part)
    assert scene.worked == 1


def test_what_is_being_worked_out_at_the_end_is_kept(scene: Scene) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        go_on.wait()

    scene.instead = wait

    async def part(client: AsyncClient) -> None:
        leaving = asyncio.create_task(ask(client))
        await asyncio.to_thread(begun.wait)
        leaving.cancel()
        asyncio.get_running_loop().call_soon(go_on.set)

    scene.play(part)
    assert scene.cache.count("acme", PERSON) == 1


def test_an_old_answer_is_given_once_more_and_made_anew(scene: Scene) -> None:
    async def part(client: AsyncClient) -> None:
        assert await ask(client) == ("MISS", 1)
        scene.now += SOFT - 1
        assert await ask(client) == ("HIT", 1)
        scene.now += 1
        assert await ask(client) == ("STALE", 1)
        await scene.app.state.answers.close()
        assert await ask(client) == ("HIT", 2)
        scene.now += HARD
        assert await ask(client) == ("MISS", 3)

    scene.play(part)


def test_who_has_the_answer_is_told_so(scene: Scene) -> None:
    async def part(client: AsyncClient) -> None:
        first = await client.get(f"/test/{USER}")
        tag = first.headers["etag"]
        assert first.headers["cache-control"] == "private, no-cache"
        assert "Authorization" in first.headers["vary"]
        for asked in (tag, f'"other", W/{tag}', "*"):
            again = await client.get(f"/test/{USER}", headers={"If-None-Match": asked})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        other = await client.get(f"/test/{USER}", headers={"If-None-Match": '"other"'})
        assert (other.status_code, other.json()) == (200, {"times": 1, "degraded": []})

    scene.play(part)


def test_an_answer_that_misses_a_part_is_not_kept(scene: Scene) -> None:
    scene.degraded = ["graph"]

    async def part(client: AsyncClient) -> None:
        assert [await ask(client) for _ in range(2)] == [("MISS", 1), ("MISS", 2)]

    scene.play(part)


@pytest.mark.parametrize("down", [ALL_CALLS, frozenset({"get"})], ids=["all of it", "reading"])
def test_without_its_cache_the_api_answers_all_the_same(scene: Scene, down: frozenset[str]) -> None:
    scene.cache.down = down

    async def part(client: AsyncClient) -> None:
        assert [await ask(client) for _ in range(2)] == [("BYPASS", 1), ("BYPASS", 2)]
        scene.cache.down = frozenset()
        scene.cache.forget("acme", PERSON)
        assert [await ask(client) for _ in range(2)] == [("MISS", 3), ("HIT", 3)]

    scene.play(part)


def test_a_cache_that_takes_nothing_in(scene: Scene) -> None:
    scene.cache.down = frozenset({"put"})

    async def part(client: AsyncClient) -> None:
        assert [await ask(client) for _ in range(2)] == [("MISS", 1), ("MISS", 2)]

    scene.play(part)


def test_many_share_one_computation_while_the_cache_cannot_be_read(scene: Scene) -> None:
    scene.prime()
    scene.cache.down = frozenset({"get", "put"})
    all_asked = threading.Event()
    scene.instead = all_asked.wait

    async def part(client: AsyncClient) -> None:
        waiting = [asyncio.create_task(ask(client)) for _ in range(5)]
        await scene.come(5)
        all_asked.set()
        assert await asyncio.gather(*waiting) == [("BYPASS", 1)] * 5

    scene.play(part)


def test_a_refusal_is_told_to_all_and_not_kept(scene: Scene) -> None:
    def refuse() -> None:
        raise Refusal("unknown-user", "nobody knows 'somebody'")

    scene.instead = refuse

    async def part(client: AsyncClient) -> None:
        answers = await asyncio.gather(*(client.get(f"/test/{USER}") for _ in range(5)))
        assert [(one.status_code, one.json()["type"]) for one in answers] == [
            (404, "urn:kith:problem:unknown-user")
        ] * 5
        scene.instead = lambda: None
        assert (await ask(client))[0] == "MISS"

    scene.play(part)


def test_who_is_forgotten_meanwhile_does_not_come_back_by_an_answer(scene: Scene, house: House) -> None:
    forgetter = Forgetter(house.new_writer(), clock=house.clock)
    scene.instead = lambda: forgetter.forget("acme", USER)

    async def part(client: AsyncClient) -> None:
        assert await ask(client) == ("MISS", 1)
        assert scene.cache.count("acme", PERSON) == 0
        assert scene.cache.generation("acme", PERSON) == house.stores.ledger.batches.generation("acme", USER) > 0

    scene.play(part)


@pytest.mark.parametrize("body", [b"", b"\n", b'{"a": "\n"}'])
def test_what_is_kept_is_what_was_told(body: bytes) -> None:
    told = Told(body, '"a tag"', 17)
    assert Told.from_kept(told.kept()) == told


def outcomes(house: House) -> dict[Literal["HIT", "MISS"], float]:
    text = house.metrics.as_text().decode()
    found: dict[Any, float] = {}
    for line in text.splitlines():
        for outcome in ("HIT", "MISS"):
            if line.startswith(f'kith_cache_answers_total{{outcome="{outcome}",route="/test"}}'):
                found[outcome] = float(line.rpartition(" ")[2])
    return found


def test_outcomes_are_counted(scene: Scene, house: House) -> None:
    before = outcomes(house)

    async def part(client: AsyncClient) -> None:
        for _ in range(3):
            await ask(client)

    scene.play(part)
    after = outcomes(house)
    assert {name: after[name] - before.get(name, 0) for name in ("MISS", "HIT")} == {"MISS": 1, "HIT": 2}
