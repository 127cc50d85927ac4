"""An answer as it is said piece by piece: server-sent events, for whoever shows it while it comes."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator

import orjson
from anyio import CancelScope

from kith.persona.errors import KithError
from kith.persona.identity import Json
from kith.persona.retrieval.cues import sentences
from kith.serving.frame.events import comment, event
from kith.serving.frame.problems import problem_of
from kith.serving.memory.speaking import Retracted, Sentence, Tell
from kith.serving.shapes.memory import AskedAnswer

__all__ = ["said"]

PULSE = 5.0
"""Seconds after which a line says that it goes on: a model may think for longer than a proxy waits."""


async def said(work: Callable[[Tell], Awaitable[AskedAnswer]], *, where: str) -> AsyncGenerator[bytes]:
    """What `work` tells while it goes on, and its answer; or `problem` where it could not be told.

    `sentence` by `sentence`, after each what it is the first to cite as `citation`, and `done` with all of it;
    `retracted` where what was told so far does not count. Closing it ends the work.
    """
    yield comment("asked")
    waiting: asyncio.Queue[bytes | None] = asyncio.Queue()

    def tell(told: Sentence | Retracted) -> None:
        for octets in _told(told):
            waiting.put_nowait(octets)

    working = asyncio.ensure_future(work(tell))
    working.add_done_callback(lambda _: waiting.put_nowait(None))
    try:
        while (octets := await _next(waiting)) is not None:
            yield octets
        for octets in _at_the_end(working.result()):
            yield octets
    except KithError as error:
        yield event("problem", orjson.loads(problem_of(error, method="POST", where=where).body))
    finally:
        working.cancel()
        with CancelScope(shield=True):  # so that all is closed by the time the request has ended
            await asyncio.wait({working})


async def _next(waiting: asyncio.Queue[bytes | None]) -> bytes | None:
    try:
        async with asyncio.timeout(PULSE):
            return await waiting.get()
    except TimeoutError:
        return comment("still here")


def _told(told: Sentence | Retracted) -> Iterator[bytes]:
    match told:
        case Sentence():
            heard: dict[str, Json] = {"text": told.text, "supported": told.supported, "citations": [*told.keys]}
            yield event("sentence", heard)
            for cited in told.cited:
                yield event("citation", cited.model_dump())
        case Retracted():
            yield event("retracted", {"sentences": told.sentences, "reason": told.reason})


def _at_the_end(answer: AskedAnswer) -> Iterator[bytes]:
    """Of a model's answer all was told; any other comes as a whole, and its sentences rest on what is there."""
    if answer.kind != "llm":
        for text in sentences(answer.answer):
            yield event("sentence", {"text": text, "supported": True})
        for cited in answer.citations:
            yield event("citation", cited.model_dump())
    yield event("done", answer.model_dump())
