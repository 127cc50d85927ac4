"""One request to an OpenAI-compatible endpoint: the SDK's client, held to what we send and to what we take.

Imported late. Nothing of the environment goes along: no OPENAI_* variable counts, and no header is sent but our own.
"""

import logging
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from time import monotonic
from urllib.parse import urlsplit

import httpx2
import openai

from kith.etl.llm import NoReply, Reply
from kith.persona.identity import Json

__all__ = ["Endpoint"]

LARGEST_REPLY = 4 * 1024 * 1024
SPENT = "kith.spent"

# At its DEBUG level, which OPENAI_LOG can set, the SDK would write messages of people to standard error.
logging.getLogger("openai").setLevel(logging.WARNING)


class Endpoint:
    """Where a model is asked. Any thread may post."""

    def __init__(self, base_url: str, *, key: str) -> None:
        self._key = key
        self._http = httpx2.Client(
            # A request to this machine goes to no proxy; redirects could lead anywhere.
            trust_env=not _is_loopback(urlsplit(base_url).hostname or ""),
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

    def close(self) -> None:
        self._sdk.close()

    def _ours_alone(self, request: httpx2.Request) -> None:
        """Puts our headers in place of the SDK's, which tell of this machine and hold what the environment adds."""
        request.headers = httpx2.Headers(
            {
                "Host": request.url.netloc.decode("ascii"),
                "Authorization": f"Bearer {self._key}",
                "Content-Type": "application/json",
                "Content-Length": request.headers["Content-Length"],
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "User-Agent": "kith",
            }
        )
        request.extensions[SPENT] = monotonic() + request.extensions["timeout"]["read"]


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
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise NoReply("size")  # it was told to send none; unpacked, it could be of any size
    stream = response.stream
    if isinstance(stream, httpx2.SyncByteStream):
        response.stream = _Bounded(stream, spent=response.request.extensions[SPENT])


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
