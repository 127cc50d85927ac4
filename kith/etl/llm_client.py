"""One request to an OpenAI-compatible endpoint, held to what we send and to what we take: by the SDK's client for a
whole reply, and over a connection of its own for one that is heard as it comes.

Imported late. Nothing of the environment goes along: no OPENAI_* variable counts, and no header is sent but our own.
"""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from ipaddress import ip_address
from time import monotonic
from typing import TypeVar
from urllib.parse import urlsplit

import httpx2
import openai

from kith.etl.llm_errors import NoReply
from kith.etl.llm_questions import LARGEST_REPLY, Reply
from kith.persona.identity import Json

__all__ = ["Endpoint", "Heard"]

LARGEST_STREAM = 4 * LARGEST_REPLY
"""What stands around each word of a chunk is longer than the word."""
SPENT = "kith.spent"
T = TypeVar("T")

# At its DEBUG level, which OPENAI_LOG can set, the SDK would write messages of people to standard error.
logging.getLogger("openai").setLevel(logging.WARNING)


class Endpoint:
    """Where a model is asked. Any thread may post, and any event loop may listen."""

    def __init__(self, base_url: str, *, key: str) -> None:
        self._url = base_url
        self._key = key
        # A request to this machine goes to no proxy; redirects could lead anywhere.
        self._proxied = not _is_loopback(urlsplit(base_url).hostname or "")
        self._tls = httpx2.create_ssl_context(trust_env=self._proxied)
        self._http = httpx2.Client(
            verify=self._tls,
            trust_env=self._proxied,
            follow_redirects=False,
            event_hooks={"request": [self._ours_alone], "response": [_bounded]},
        )
        self._sdk = openai.OpenAI(
            base_url=base_url,
            api_key=key,
            admin_api_key="",
            organization="",
            project="",
            webhook_secret="",
            max_retries=0,
            http_client=self._http,
        )

    def post(self, path: str, body: Mapping[str, Json], *, seconds: float) -> Reply:
        """The reply, whatever its status; raises `NoReply`."""
        options: openai.RequestOptions = {"timeout": seconds}
        try:
            response = self._sdk.post(path, cast_to=httpx2.Response, body=dict(body), options=options)
        except openai.APITimeoutError:
            raise NoReply("time") from None
        except openai.APIConnectionError:
            raise NoReply("connection") from None
        except openai.APIStatusError as error:
            response = error.response
        return Reply(response.status_code, response.text, _seconds(response.headers.get("retry-after")))

    @asynccontextmanager
    async def listen(self, path: str, body: Mapping[str, Json], *, until: float) -> AsyncGenerator["Heard"]:
        """The reply, whatever its status, to be read until a time of `monotonic`; raises `NoReply`.

        Its connection is closed with it, read to the end or not: a model that nobody hears stops there.
        """
        content = json.dumps(dict(body)).encode()
        headers = self._headers(urlsplit(self._url).netloc, len(content))
        request = httpx2.Request("POST", self._url + path, headers=headers, content=content)
        async with httpx2.AsyncClient(
            verify=self._tls, trust_env=self._proxied, follow_redirects=False, timeout=None
        ) as client:
            response = await _within(until, client.send(request, stream=True))
            if _is_packed(response):
                raise NoReply("size")
            async with aclosing(response.aiter_raw()) as octets:
                yield Heard(response, octets, until)

    def close(self) -> None:
        self._sdk.close()

    def _ours_alone(self, request: httpx2.Request) -> None:
        """Puts our headers in place of the SDK's, which tell of this machine and hold what the environment adds."""
        length = int(request.headers["Content-Length"])
        request.headers = httpx2.Headers(self._headers(request.url.netloc.decode("ascii"), length))
        request.extensions[SPENT] = monotonic() + request.extensions["timeout"]["read"]

    def _headers(self, host: str, length: int) -> dict[str, str]:
        return {
            "Host": host,
            "Authorization": f"Bearer {self._key}",
            "Content-Type": "application/json",
            "Content-Length": str(length),
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "kith",
        }


class Heard:
    """A reply that is heard as it comes."""

    def __init__(self, response: httpx2.Response, octets: AsyncGenerator[bytes], until: float) -> None:
        self._status = response.status_code
        self._retry_after = _seconds(response.headers.get("retry-after"))
        self._octets = octets
        self._until = until
        self._size = 0

    @property
    def is_answer(self) -> bool:
        """Whether the question was taken."""
        return 200 <= self._status < 300

    async def more(self) -> bytes:
        """What comes next; nothing at its end."""
        piece = await _within(self._until, anext(self._octets, b""))
        self._size += len(piece)
        if self._size > LARGEST_STREAM:
            raise NoReply("size")
        return piece

    async def rest(self) -> Reply:
        """All of it, where it is no answer."""
        whole = bytearray()
        while piece := await self.more():
            whole += piece
        return Reply(self._status, whole.decode("utf-8", "replace"), self._retry_after)


async def _within(until: float, answer: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(until - monotonic()):
            return await answer
    except TimeoutError:
        raise NoReply("time") from None
    except httpx2.HTTPError:
        raise NoReply("connection") from None


class _Bounded(httpx2.SyncByteStream):
    """A body that is read no longer than its time lasts, and no further than it may be long."""

    def __init__(self, stream: httpx2.SyncByteStream, *, spent: float) -> None:
        self._stream = stream
        self._spent = spent

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for piece in self._stream:
            size += len(piece)
            if size > LARGEST_REPLY:
                raise NoReply("size")
            if monotonic() > self._spent:
                raise NoReply("time")
            yield piece

    def close(self) -> None:
        self._stream.close()


def _bounded(response: httpx2.Response) -> None:
    if _is_packed(response):
        raise NoReply("size")
    stream = response.stream
    if isinstance(stream, httpx2.SyncByteStream):
        response.stream = _Bounded(stream, spent=response.request.extensions[SPENT])


def _is_packed(response: httpx2.Response) -> bool:
    """Whether it is compressed: it was told to be not, and unpacked it could be of any size."""
    return response.headers.get("Content-Encoding", "identity").lower() != "identity"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _seconds(written: str | None) -> float | None:
    """A `Retry-After` of seconds. One that names a time is not followed."""
    return float(written) if written is not None and written.isascii() and written.isdigit() else None
