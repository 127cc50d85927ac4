"""An answer as it is said piece by piece: server-sent events, for whoever shows it while it comes."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping

import orjson
from anyio import CapacityLimiter, to_thread

from kith.persona.errors import KithError
from kith.persona.identity import Json
from kith.persona.retrieval.cues import sentences
from kith.serving.frame.problems import problem_of
from kith.serving.shapes.memory import AskedAnswer

__all__ = ["MEDIA", "said"]

MEDIA = "text/event-stream"
PULSE = 5.0
"""Seconds after which a line says that it goes on: a model may think for longer than a proxy waits."""


async def said(
    work: Callable[[], AskedAnswer], *, where: str, limiter: CapacityLimiter | None = None
) -> AsyncGenerator[bytes]:
    """`sentence` by `sentence`, each `citation`, and `done` with all of it; or `problem` where it could not be told."""
    working = asyncio.ensure_future(to_thread.run_sync(work, limiter=limiter))
    yield b": asked\n\n"
    while not (await asyncio.wait({working}, timeout=PULSE))[0]:
        yield b": still here\n\n"
    try:
        answer = working.result()
    except KithError as error:
        yield b"event: problem\ndata: %s\n\n" % bytes(problem_of(error, method="POST", where=where).body)
        return
    for event in _events(answer):
        yield event


def _events(answer: AskedAnswer) -> Iterator[bytes]:
    made_up = [piece for one in answer.unsupported for piece in sentences(one)]
    for text in sentences(answer.answer):
        # A model that leaves out a full stop has two of its sentences told as one.
        borne_out = not any(piece in text or text in piece for piece in made_up)
        yield _event("sentence", {"text": text, "supported": borne_out})
    for cited in answer.citations:
        yield _event("citation", cited.model_dump())
    yield _event("done", answer.model_dump())


def _event(name: str, told: Mapping[str, Json]) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(told))
