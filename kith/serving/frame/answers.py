"""Answers that are kept: looked up before they are worked out, worked out once for all who ask at the same moment."""

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

import orjson
from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import BaseModel

from kith.persona.identity import nfc, user_node_id
from kith.stores.errors import StoreError
from kith.stores.ledger_port import Batches
from kith.stores.ports import NEAR, Cache, CacheKey

__all__ = ["Answers", "Told"]

log = logging.getLogger("kith.serving")
T = TypeVar("T")

SCHEMA = "1"
"""Part of every key: raised when an answer's form changes."""
SOFT = 60_000
"""Milliseconds after which a kept answer is given once more and worked out anew: other people's doings show by then."""
HARD = 600_000
"""Milliseconds after which it is not given any more."""
ADDRESSES = 10_000
"""Of so many addresses it is remembered what they ask for."""
JSON = "application/json"
CREDENTIALS = "Authorization, X-Api-Key, X-Kith-Tenant"

Address: TypeAlias = bytes
"""Digest of tenant, path and query: as they were sent, they may name somebody who is forgotten later."""
Outcome: TypeAlias = Literal["HIT", "STALE", "MISS", "BYPASS"]


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as it goes out, when it was made, and what it misses."""

    body: bytes
    etag: str
    made_at: int
    missing: frozenset[str] = frozenset()

    @classmethod
    def of(cls, shape: BaseModel, *, made_at: int) -> "Told":
        """A shape as bytes."""
        body = shape.model_dump_json().encode()
        etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        return cls(body, etag, made_at, missing=frozenset(getattr(shape, "degraded", None) or ()))

    def kept(self) -> bytes:
        """As the cache holds it: when it was made and its tag on the first line, then the body."""
        return b"%d %s\n%s" % (self.made_at, self.etag.encode(), self.body)

    @classmethod
    def from_kept(cls, octets: bytes) -> "Told":
        """What `kept` gave."""
        head, _, body = octets.partition(b"\n")
        made_at, _, etag = head.partition(b" ")
        return cls(body, etag.decode(), int(made_at))


@dataclass(frozen=True, slots=True)
class _Looked:
    """How things stand: the key, what is kept under it, and whether the cache answered. No key: nobody could tell."""

    key: CacheKey | None
    kept: Told | None = None
    answered: bool = False


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What an address asks for: person and catalogue as the cache knows them, route and digest of the parameters."""

    person: str
    catalogue: str
    route: str
    parameters: str

    def key(self, tenant: str, generation: int, catalogue: int) -> CacheKey:
        """Where its answer is kept, as things stand."""
        return CacheKey(
            tenant=tenant,
            person=self.person,
            generation=generation,
            catalogue=catalogue,
            route=f"{SCHEMA}:{self.route}",
            parameters=self.parameters,
        )


class _Given(Response):
    """An answer as `give` gave it, with what was wanted."""

    wanted: _Wanted


class Answers:
    """Gives answers about people from the cache, or works them out. For one event loop.

    `off` is what these stores can never do: an answer that misses nothing else is kept. `told` hears the outcome of
    each look: for the metrics.
    """

    def __init__(
        self,
        cache: Cache,
        batches: Batches,
        *,
        clock: Callable[[], int],
        off: Collection[str] = (),
        told: Callable[[str, Outcome], None] = lambda _route, _outcome: None,
    ) -> None:
        self._cache = cache
        self._batches = batches
        self._clock = clock
        self._off = frozenset(off)
        self._told = told
        self._near = NEAR in cache.card().abilities
        """Whether the cache is asked in the event loop itself."""
        self._working: dict[CacheKey, asyncio.Task[Told]] = {}
        self._addresses: OrderedDict[Address, _Wanted] = OrderedDict()

    def again(self, request: Request, tenant: str) -> Response | None:
        """The answer to what was asked before at this very address, where it is at hand and fresh.

        It spares reading the parameters, which costs more than all the rest.
        """
        wanted = self._addresses.get(_address(request, tenant))
        if wanted is None:
            return None
        octets = None
        with suppress(StoreError):  # the answer's own look says that the cache is down
            generation = self._cache.generation(tenant, wanted.person)
            catalogue = self._cache.generation(tenant, wanted.catalogue)
            if generation is not None and catalogue is not None:
                octets = self._cache.get(wanted.key(tenant, generation, catalogue))
        told = None if octets is None else Told.from_kept(octets)
        if told is None or self._clock() - told.made_at >= SOFT:
            return None
        return self._respond(request, told, "HIT", wanted)

    def remember(self, request: Request, tenant: str, answer: Response) -> None:
        """Keeps in mind what an address asks for, where the answer is as `give` gave it, and the cache is near."""
        if isinstance(answer, _Given) and self._near and request.method == "GET":
            self._addresses[_address(request, tenant)] = answer.wanted
            while len(self._addresses) > ADDRESSES:
                self._addresses.popitem(last=False)

    async def give(
        self,
        request: Request,
        work: Callable[[], BaseModel],
        *,
        tenant: str,
        user_id: str,
        route: str,
        parameters: Mapping[str, object],
    ) -> Response:
        """The answer to a question about a person, kept or new. `work` runs in a thread, and may raise a `Refusal`.

        With an empty `user_id` it is about the catalogue.
        """
        user_id = nfc(user_id)
        digest = hashlib.blake2b(orjson.dumps(parameters, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()
        wanted = _Wanted(user_node_id(tenant, user_id), user_node_id(tenant, ""), route, digest)
        looked = await self._look(tenant, user_id, wanted)
        age = HARD if looked.kept is None else self._clock() - looked.kept.made_at
        outcome: Outcome
        if looked.key is None:
            told, outcome = await run_in_threadpool(self._make, work), "BYPASS"
        elif looked.kept is None or age >= HARD:
            # It goes on if this asker leaves: others wait for it too.
            told = await asyncio.shield(self._work_once(looked.key, user_id, work))
            outcome = "MISS" if looked.answered else "BYPASS"
        elif age >= SOFT:
            self._work_once(looked.key, user_id, work)
            told, outcome = looked.kept, "STALE"
        else:
            told, outcome = looked.kept, "HIT"
        return self._respond(request, told, outcome, wanted)

    def _respond(self, request: Request, told: Told, outcome: Outcome, wanted: _Wanted) -> Response:
        self._told(wanted.route, outcome)
        headers = {"ETag": told.etag, "X-Cache": outcome, "Cache-Control": "private, no-cache", "Vary": CREDENTIALS}
        if _matches(request.headers.get("if-none-match"), told.etag):
            return Response(status_code=304, headers=headers)
        answer = _Given(told.body, headers=headers, media_type=JSON)
        answer.wanted = wanted
        return answer

    async def close(self) -> None:
        """Waits for what is being worked out."""
        await asyncio.gather(*self._working.values(), return_exceptions=True)

    async def _look(self, tenant: str, user_id: str, wanted: _Wanted) -> _Looked:
        try:
            key = wanted.key(tenant, await self._generation(tenant, user_id), await self._generation(tenant, ""))
        except StoreError as error:
            log.warning("nobody can tell whether answers still hold: %s", error)
            return _Looked(None)
        try:
            octets = await self._ask(lambda: self._cache.get(key))
        except StoreError as error:
            log.warning("the cache cannot be read: %s", error)
            return _Looked(key)
        return _Looked(key, None if octets is None else Told.from_kept(octets), answered=True)

    async def _generation(self, tenant: str, user_id: str) -> int:
        """As the cache knows it, else as the ledger says."""
        person = user_node_id(tenant, user_id)
        with suppress(StoreError):  # the answer's own look says that the cache is down
            known = await self._ask(lambda: self._cache.generation(tenant, person))
            if known is not None:
                return known
        found = await run_in_threadpool(self._batches.generation, tenant, user_id)
        with suppress(StoreError):
            await self._ask(lambda: self._cache.raise_generation(tenant, person, found))
        return found

    def _work_once(self, key: CacheKey, user_id: str, work: Callable[[], BaseModel]) -> "asyncio.Task[Told]":
        """The one working out that goes on for this key; begun if there is none."""
        task = self._working.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(run_in_threadpool(self._work, key, user_id, work))
            self._working[key] = task
            task.add_done_callback(lambda done: self._done(key, done))
        return task

    def _done(self, key: CacheKey, task: "asyncio.Task[Told]") -> None:
        del self._working[key]
        if not task.cancelled() and task.exception() is not None:
            log.debug("an answer was not worked out: %s", task.exception())

    def _work(self, key: CacheKey, user_id: str, work: Callable[[], BaseModel]) -> Told:
        told = self._make(work)
        if told.missing <= self._off:
            try:
                self._keep(key, user_id, told)
            except StoreError as error:
                log.warning("an answer is not kept: %s", error)
        return told

    def _keep(self, key: CacheKey, user_id: str, told: Told) -> None:
        self._cache.put(key, told.kept(), seconds=HARD / 1000)
        # Whoever was forgotten while this was worked out must not come back by it: their generation rose before the
        # cache was emptied, so either that took this answer along, or we see it now.
        now = self._batches.generation(key.tenant, user_id)
        if now != key.generation:
            self._cache.raise_generation(key.tenant, key.person, now)
            self._cache.forget(key.tenant, key.person)

    def _make(self, work: Callable[[], BaseModel]) -> Told:
        return Told.of(work(), made_at=self._clock())

    async def _ask(self, ask: Callable[[], T]) -> T:
        return ask() if self._near else await run_in_threadpool(ask)


def _address(request: Request, tenant: str) -> Address:
    # Written so, no two are the same, and halves of characters, which a path may have, can be encoded.
    asked = repr((tenant, request.scope["path"], request.scope["query_string"]))
    return hashlib.blake2b(asked.encode(), digest_size=32).digest()


def _matches(asked: str | None, etag: str) -> bool:
    """Whether one of the tags of an If-None-Match is this one; compared weakly, as that header wants."""
    if asked is None:
        return False
    return asked.strip() == "*" or etag in (one.strip().removeprefix("W/") for one in asked.split(","))
