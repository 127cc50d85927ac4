"""A job as its followers see it: server-sent events while it goes on, and what came of it."""

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, cast

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from kith.persona.identity import Json
from kith.serving.frame.events import MEDIA, Events, comment, event
from kith.serving.operations.jobs import Heard, Job, Pulsed, Told
from kith.serving.operations.queue import Queue
from kith.stores.errors import StoreError

__all__ = ["EVENTS", "events_of", "follow", "queue_of"]

log = logging.getLogger("kith.serving")

EVENTS: dict[str, Any] = {
    "response_class": StreamingResponse,
    "responses": {200: {"content": {MEDIA: {}}}},
}
"""How an endpoint says that it answers with events."""
STILL_HERE = 1.0
"""Seconds after which a follower hears that there is nothing new: whoever is gone is noticed, on either side."""


def queue_of(request: Request) -> Queue:
    """What is done one after the other."""
    return cast("Queue", request.app.state.queue)


async def follow(queue: Queue, told: Told) -> AsyncGenerator[Pulsed | None]:
    """What a job does, until it is over; None where there has been nothing new for a moment."""
    job = queue.here(told.id, told.tenant)
    pulses = _heard_here(job) if job is not None else _heard_elsewhere(queue, told)
    async for pulse in pulses:
        yield pulse


async def _heard_here(job: Job) -> AsyncGenerator[Pulsed | None]:
    heard = Heard()
    with job.woken() as wake:
        while True:
            wake.clear()
            over = job.over  # looked at first: what it did last is told too
            for pulse in heard.news(job.steps()):
                yield pulse
            if over:
                return
            try:
                await asyncio.wait_for(wake.wait(), STILL_HERE)
            except TimeoutError:
                yield None


async def _heard_elsewhere(queue: Queue, told: Told) -> AsyncGenerator[Pulsed | None]:
    """Of a job that another process does: looked at again and again."""
    heard = Heard()
    while True:
        for pulse in heard.news(told.steps):
            yield pulse
        if told.over:
            return
        yield None
        await asyncio.sleep(STILL_HERE)
        try:
            now = await run_in_threadpool(queue.look, told.id, told.tenant)
        except StoreError as error:
            log.warning("how %s stands cannot be told now: %s", told.id, error)
            continue
        if now is None:  # dropped: somebody was forgotten
            return
        told = now


def events_of(request: Request, job: Told | None, done: Callable[[], Mapping[str, Json]]) -> StreamingResponse:
    """`pulse` for what a job does, until it is over; then `done`, with what that gives.

    When the server begins to end, so do jobs: whoever follows one is told what became of it.
    """
    stopping = cast("threading.Event", request.app.state.stopping)

    async def told() -> AsyncGenerator[bytes]:
        if job is not None:
            async for pulse in follow(queue_of(request), job):
                if stopping.is_set():
                    queue_of(request).stop()
                if pulse is None:
                    yield comment("still here")
                else:
                    yield event("pulse", {"step": pulse.step, "read": pulse.read, "share": pulse.share})
        yield event("done", await run_in_threadpool(done))

    return Events(told())
