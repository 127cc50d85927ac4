"""An answer as it is said piece by piece: server-sent events, for whoever shows it while it comes."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping

import orjson
from fastapi.concurrency import run_in_threadpool

from kith.persona.identity import Json
from kith.persona.retrieval.cues import sentences
from kith.serving.problems import problem_response
from kith.serving.shapes.memory import AskedAnswer
from kith.stores.errors import StoreError

__all__ = ["MEDIA", "said"]

MEDIA = "text/event-stream"
PULSE = 5.0
"""Seconds after which a line says that it goes on: a model may think for longer than a proxy waits."""


async def said(work: Callable[[], AskedAnswer]) -> AsyncGenerator[bytes]:
    """`sentence` by `sentence`, each `citation`, and `done` with all of it; or `problem` where it could not be told."""
    working = asyncio.ensure_future(run_in_threadpool(work))
    yield b": asked\n\n"
    while not (await asyncio.wait({working}, timeout=PULSE))[0]:
        yield b": still here\n\n"
    try:
        answer = working.result()
    except StoreError as error:
        yield b"event: problem\ndata: %s\n\n" % bytes(problem_response("store-unavailable", str(error)).body)
        return
    for event in _events(answer):
        yield event


def _events(answer: AskedAnswer) -> Iterator[bytes]:
    for text in sentences(answer.answer):
        borne_out = not any(text in one for one in answer.unsupported)
        yield _event("sentence", {"text": text, "supported": borne_out})
    for cited in answer.citations:
        yield _event("citation", cited.model_dump())
    yield _event("done", answer.model_dump())


def _event(name: str, told: Mapping[str, Json]) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(told))
