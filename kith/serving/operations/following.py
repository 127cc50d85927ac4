"""A job as its followers see it: server-sent events while it goes on, and what came of it."""

import threading
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, cast

import orjson
from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from kith.persona.identity import Json
from kith.serving.operations.jobs import Job, Queue, follow

__all__ = ["EVENTS", "events_of", "queue_of"]

EVENTS: dict[str, Any] = {
    "response_class": StreamingResponse,
    "responses": {200: {"content": {"text/event-stream": {}}}},
}
"""How an endpoint says that it answers with events."""


def queue_of(request: Request) -> Queue:
    """What is done one after the other."""
    return cast("Queue", request.app.state.queue)


def events_of(request: Request, job: Job | None, done: Callable[[], Mapping[str, Json]]) -> StreamingResponse:
    """`pulse` for what a job does, until it is over; then `done`, with what that gives.

    When the server begins to end, so do jobs: whoever follows one is told what became of it.
    """
    stopping = cast("threading.Event", request.app.state.stopping)

    async def told() -> AsyncGenerator[bytes]:
        if job is not None:
            async for pulse in follow(job):
                if stopping.is_set():
                    queue_of(request).stop()
                if pulse is None:
                    yield b": still here\n\n"
                else:
                    yield _event("pulse", {"step": pulse.step, "read": pulse.read, "share": pulse.share})
        yield _event("done", await run_in_threadpool(done))

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(told(), media_type="text/event-stream", headers=headers)


def _event(name: str, told: Mapping[str, Json]) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(told))
