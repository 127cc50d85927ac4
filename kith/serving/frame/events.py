"""Server-sent events: how one is written, and the answer that sends them as they come."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import cast

import orjson
from fastapi.responses import StreamingResponse
from starlette.types import Send

from kith.persona.identity import Json

__all__ = ["MEDIA", "Events", "comment", "event"]

MEDIA = "text/event-stream"


def event(name: str, told: Mapping[str, Json]) -> bytes:
    """One event. In JSON no line ends, so that nothing that is told ends the event."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(told))


def comment(text: str) -> bytes:
    """A line that is no event, for whoever would give up a connection on which nothing comes."""
    return b": %s\n\n" % text.encode()


class Events(StreamingResponse):
    """Events that end with whoever hears them: what tells them is closed, however the sending ended."""

    media_type = MEDIA

    def __init__(self, events: AsyncGenerator[bytes]) -> None:
        super().__init__(events, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    async def stream_response(self, send: Send) -> None:
        """Sends them."""
        async with aclosing(cast("AsyncGenerator[bytes]", self.body_iterator)):
            await super().stream_response(send)
