"""The application: its routes, how errors are told, and what is done when it starts and ends."""

import threading
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi_offline import FastAPIOffline

from kith.etl.delivery import Delivery
from kith.etl.online import Online
from kith.serving.frame import front, live
from kith.serving.frame.access import Access
from kith.serving.frame.answers import Answers
from kith.serving.frame.house import House
from kith.serving.frame.middleware import Frame, Limits
from kith.serving.frame.paths import EncodedIds
from kith.serving.frame.problems import PROBLEM_SCHEMA, tell_problems
from kith.serving.frame.routes import PREFIX, SCOPE, Routes
from kith.serving.memory import endpoints as memory
from kith.serving.operations import endpoints as operations
from kith.serving.operations import runs
from kith.serving.people import endpoints as people
from kith.serving.people import feedback, handed, ingesting
from kith.serving.showing import catalogue
from kith.serving.showing import endpoints as recommendations

__all__ = ["PREFIX", "build_app"]

ROUTES: tuple[Routes, ...] = (
    front.routes,
    live.routes,
    people.routes,
    ingesting.routes,
    memory.routes,
    feedback.routes,
    recommendations.routes,
    recommendations.at_root,
    catalogue.routes,
    runs.routes,
    operations.routes,
    handed.routes,
)
DESCRIPTION = """What is known of a person right now, and what to show them; each answer says what it rests on.

Errors are `application/problem+json` (RFC 9457), each with a `type` that stays. Lists are paged by cursor. Where a key
is needed, it goes into `Authorization: Bearer kith_…`; the tenant comes from the key.
"""
KEY = {"type": "http", "scheme": "bearer", "description": "A key that `kith keys create` made"}


def build_app(house: House, access: Access, *, version: str, limits: Limits | None = None) -> FastAPI:
    """The API over one house. Nothing is opened or closed here but what the API itself needs.

    `app.state` holds `house`, `access`, and `stopping`, which is set when the server begins to end: streams end then.
    While it runs, also `answers` and `online`.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        # What was taken is finished: answers that are being worked out, then what waits to be written.
        async with AsyncExitStack() as stack:
            writer = house.new_writer()
            online = Online(
                writer.stores,
                house.tools,
                Delivery(writer, clock=house.clock),
                clock=house.clock,
                waits=house.metrics.waits,
            )
            stack.push_async_callback(run_in_threadpool, online.close)
            answers = Answers(
                house.stores.cache,
                house.stores.ledger.batches,
                clock=house.clock,
                off=await run_in_threadpool(lambda: house.off),
                told=house.metrics.looked_up,
            )
            stack.push_async_callback(answers.close)
            app.state.online, app.state.answers = online, answers
            yield

    app = FastAPIOffline(
        title="Kith",
        version=version,
        description=DESCRIPTION,
        lifespan=lifespan,
        redirect_slashes=False,
        redoc_url=None,  # its page fetches a picture from elsewhere
        swagger_ui_parameters={"validatorUrl": None},
    )
    app.state.house = house
    app.state.access = access
    app.state.stopping = threading.Event()
    app.add_middleware(Frame, limits=limits or Limits(), metrics=house.metrics)
    app.add_middleware(EncodedIds)  # around all: what it reads anew stands in a scope of its own
    tell_problems(app)
    for routes in ROUTES:
        app.include_router(routes.router)
    _describe(app)
    return app


def _describe(app: FastAPI) -> None:
    """Puts what all endpoints share into the OpenAPI: the form of problems, and how a key is sent."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        told = plain()
        components = told.setdefault("components", {})
        components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
        components["securitySchemes"] = {"key": KEY}
        for path in told["paths"].values():
            for operation in path.values():
                if operation.get(SCOPE) not in (None, "anyone"):
                    operation["security"] = [{"key": []}]
        return told

    app.openapi = described
