"""A client that asks a server over HTTP and takes next to no time itself: one request after the other on each line."""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

__all__ = ["Line", "lines", "per_second", "request", "seconds_of_each"]

LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
END = b"\r\n\r\n"


def request(url: str, path: str, *, method: str = "GET", body: bytes = b"") -> bytes:
    """A request as it goes out."""
    head = f"{method} {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Line(asyncio.Protocol):
    """A connection that is kept open, for one request at a time."""

    def __init__(self) -> None:
        self._got = bytearray()
        self._answer: asyncio.Future[tuple[bytes, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        end = self._got.find(END)
        length = LENGTH.search(self._got, 0, end) if end >= 0 else None
        if end < 0 or len(self._got) < end + len(END) + (int(length[1]) if length else 0):
            return
        head, body = bytes(self._got[:end]), bytes(self._got[end + len(END) :])
        self._got.clear()
        if self._answer is not None:
            self._answer.set_result((head, body))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server ended the connection"))

    async def ask(self, asked: bytes) -> tuple[bytes, bytes]:
        """Head and body of the answer; anything but 2xx raises."""
        assert self._transport is not None
        if self._transport.is_closing():
            raise ConnectionResetError("the server ended the connection, as one that nobody used")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(asked)
        head, body = await self._answer
        if not head.startswith(b"HTTP/1.1 2"):
            raise RuntimeError(f"{asked.splitlines()[0]!r} was answered with {head.splitlines()[0]!r}: {body[:400]!r}")
        return head, body

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


@asynccontextmanager
async def lines(url: str, count: int) -> AsyncGenerator[list[Line]]:
    """So many connections."""
    where = urlsplit(url)
    assert where.hostname is not None
    assert where.port is not None
    loop = asyncio.get_running_loop()
    opened: list[Line] = []
    try:
        for _ in range(count):
            _, line = await loop.create_connection(Line, where.hostname, where.port)
            opened.append(line)
        yield opened
    finally:
        for line in opened:
            line.close()


async def seconds_of_each(line: Line, asked: Sequence[bytes], *, marked: bytes = b"") -> list[float]:
    """How long each answer took, one after the other. Each head must hold what is `marked`."""
    taken: list[float] = []
    for one in asked:
        began = time.perf_counter()
        head, _ = await line.ask(one)
        taken.append(time.perf_counter() - began)
        assert marked in head, head
    return taken


async def per_second(opened: Sequence[Line], asked: bytes, *, count: int) -> float:
    """Answers in a second, asked on all lines at once, so often in all."""
    left = iter(range(count))

    async def go_on(line: Line) -> None:
        for _ in left:
            await line.ask(asked)

    began = time.perf_counter()
    await asyncio.gather(*map(go_on, opened))
    return count / (time.perf_counter() - began)
