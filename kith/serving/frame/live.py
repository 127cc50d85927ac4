"""Whether the service lives, whether it can work, and what it has counted: for those who watch over it."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from time import perf_counter
from typing import cast

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request, Response
from prometheus_client.metrics_core import Metric

from kith.serving.frame.guarding import questions_of
from kith.serving.frame.house import House, lacking
from kith.serving.frame.metrics import MEDIA, pipeline_metrics
from kith.serving.frame.routes import Home, Routes
from kith.serving.shapes.live import Alive, Ready, StoreState
from kith.stores.bundle import Stores
from kith.stores.errors import StoreError
from kith.stores.ports import StoreCard

__all__ = ["Readiness", "routes"]

log = logging.getLogger("kith.serving")

LONGEST = 1.0
"""Seconds within which a store must answer."""


class Readiness:
    """Asks each store something cheap. For one event loop.

    One that hangs is asked no second time until it has answered the first: it costs one thread, however often somebody
    looks.
    """

    def __init__(self, stores: Stores, *, tenant: str) -> None:
        self._questions: Mapping[str, Callable[[], StoreCard]] = questions_of(stores, tenant)
        self._threads = CapacityLimiter(len(self._questions))
        self._asked: dict[str, asyncio.Task[StoreCard]] = {}
        self._kinds: dict[str, str] = {}
        self._off: tuple[str, ...] = ()

    async def look(self) -> Ready:
        """How things stand now."""
        found = dict(zip(self._questions, await asyncio.gather(*map(self._look, self._questions)), strict=True))
        return Ready(ready=all(one.ok for one in found.values()), stores=found, off=list(self._off))

    async def _look(self, name: str) -> StoreState:
        began = perf_counter()
        task = self._asked.get(name)
        if task is None:
            question = self._questions[name]
            task = asyncio.create_task(to_thread.run_sync(question, limiter=self._threads))
            self._asked[name] = task
        await asyncio.wait({task}, timeout=LONGEST)
        error = self._error(name, task)
        spent = round((perf_counter() - began) * 1000, 1)
        return StoreState(ok=error is None, kind=self._kinds.get(name), ms=spent, error=error)

    def _error(self, name: str, task: "asyncio.Task[StoreCard]") -> str | None:
        if not task.done():
            return "too slow"
        self._asked.pop(name, None)
        try:
            card = task.result()
        except Exception as error:
            log.warning("%s is not ready: %s", name, error)
            return type(error).__name__
        self._kinds[name] = card.kind
        if name == "vectors":
            self._off = lacking(card)
        return None


@asynccontextmanager
async def _watching(app: FastAPI) -> AsyncGenerator[None]:
    house = cast("House", app.state.house)
    app.state.readiness = Readiness(house.stores, tenant=house.tenant)
    yield


routes = Routes("live", prefix="", lifespan=_watching)


@routes.get("/healthz", scope="anyone")
async def healthz(request: Request) -> Alive:
    """That the process lives. Asks nothing of anyone."""
    return Alive(alive=True, version=request.app.version)


@routes.get("/readyz", scope="anyone", responses={503: {"model": Ready, "description": "A store does not answer"}})
async def readyz(request: Request, response: Response) -> Ready:
    """Whether every store answers, each asked something cheap, with a second to answer in."""
    found = await cast("Readiness", request.app.state.readiness).look()
    response.status_code = 200 if found.ready else 503
    return found


@routes.get("/metrics", scope="admin", responses={200: {"content": {MEDIA: {}}}}, response_class=Response)
def metrics(request: Request, house: Home) -> Response:
    """What was counted and timed, of all tenants, as Prometheus reads it. What the ledger counts is left out when it
    does not answer."""
    counted: list[Metric] = []
    with suppress(StoreError):
        counted = pipeline_metrics(house.stores.ledger)
    return Response(house.metrics.as_text(counted), media_type=MEDIA)
