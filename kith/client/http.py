"""Asking the API: one request at a time, sent again only where that can do no harm, and its answer as a typed shape."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from kith import __version__
from kith.addresses import LOOPBACK, is_sendable, no_server, server_at
from kith.client.errors import ApiError, Unavailable, error_of
from kith.persona.errors import BadInput, KithError

__all__ = ["Call", "Connection", "Retries", "Sender", "ServerSender", "closed", "query_of"]

S = TypeVar("S", bound=BaseModel)
Method: TypeAlias = Literal["GET", "POST", "DELETE"]
Parameter: TypeAlias = str | int | float | bool | Sequence[str] | None

AGAIN = frozenset({429, 502, 503})
"""Answers after which the same request may go through. Not 504: what took too long once will again."""
CONNECT = 5.0
"""Seconds in which a server must be reached, whatever its answer may take."""
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Call:
    """One question to the API. `repeatable`: sent twice it has the effect of once."""

    method: Method
    path: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict[str, Parameter])
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    repeatable: bool = False


class Sender(Protocol):
    """Carries a request to the API and brings its answer. Any thread may call."""

    where: str
    """Whom it asks, as it may be shown."""

    def send(
        self,
        method: Method,
        path: str,
        *,
        parameters: Mapping[str, Parameter],
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> httpx.Response:
        """The answer, whatever its status; httpx's `TransportError` where there is none."""
        ...

    def close(self) -> None:
        """Lets go of what it holds. May be called again."""
        ...


@dataclass(frozen=True, slots=True)
class Retries:
    """How often one request is sent, and how long to wait in between: doubling, or as long as the answer says."""

    most: int = 3
    first: float = 0.2
    longest: float = 10.0
    sleep: Callable[[float], None] = time.sleep

    def wait(self, tried: int, response: httpx.Response | None) -> None:
        """Waits after this many tries."""
        pause = self.first * 2 ** (tried - 1) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter guards nothing
        asked = "" if response is None else response.headers.get("retry-after", "")
        self.sleep(min(self.longest, max(pause, float(asked) if asked.isdecimal() else 0.0)))


class Connection:
    """Asks the API by way of a sender, and reads what it answers."""

    def __init__(self, sender: Sender, *, retries: Retries) -> None:
        self._sender = sender
        self._retries = retries
        self._closed = False

    @property
    def where(self) -> str:
        """Whom it asks."""
        return self._sender.where

    @property
    def closed(self) -> bool:
        """Whether nothing more can be asked."""
        return self._closed

    def ask(self, shape: type[S], call: Call) -> S:
        """The answer; an `ApiError` where there is none, or another than was asked for."""
        return self.read(shape, self.send(call))

    def read(self, shape: type[S], response: httpx.Response) -> S:
        """An answer as its shape."""
        try:
            return shape.model_validate_json(response.content)
        except ValidationError as error:
            fields = ", ".join(sorted({".".join(map(str, one["loc"])) for one in error.errors()})[:5])
            raise ApiError(
                f"{self.where} answered what is no {shape.__name__} ({fields or 'no JSON'}): check the address, and "
                "that both sides have the same version",
                status=response.status_code,
            ) from None

    def send(self, call: Call) -> httpx.Response:
        """The response, where it is a success."""
        response = self._persist(call)
        if not response.is_success:
            raise error_of(response, where=self.where)
        return response

    def close(self) -> None:
        """Asks nothing more."""
        self._closed = True
        self._sender.close()

    def _persist(self, call: Call) -> httpx.Response:
        tried = 0
        while True:
            if self._closed:
                raise closed()
            tried += 1
            last = tried >= self._retries.most
            response: httpx.Response | None = None
            try:
                response = self._sender.send(
                    call.method, call.path, parameters=call.parameters, body=call.body, headers=call.headers
                )
            except httpx.InvalidURL as error:
                raise BadInput(f"this cannot be asked ({error}): shorten the id, or the words to look for") from error
            except httpx.TransportError as error:
                if last or not _may_try_again(error, call):
                    raise self._unreachable(error, call) from error
            else:
                if last or not call.repeatable or response.status_code not in AGAIN:
                    return response
            self._retries.wait(tried, response)

    def _unreachable(self, error: httpx.TransportError, call: Call) -> Unavailable:
        told = str(error) or type(error).__name__
        if _never_left(error):
            return Unavailable(
                f"{self.where} cannot be reached ({told}): check the address, and that `kith serve` runs"
            )
        may = "" if call.method == "GET" else "; it may have been done all the same"
        return Unavailable(f"{self.where} did not answer ({told}){may}: try again")


def closed() -> KithError:
    """That nothing can be asked any more."""
    return KithError("this Kith was closed: make another")


def _never_left(error: httpx.TransportError) -> bool:
    """Whether nothing of the request can have arrived."""
    return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)


def _may_try_again(error: httpx.TransportError, call: Call) -> bool:
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return False
    # Who waited as long as they wanted to is not made to wait once more.
    return _never_left(error) or (call.repeatable and not isinstance(error, httpx.TimeoutException))


class ServerSender:
    """Asks a server over HTTP. The key goes into one header, and is shown nowhere.

    `proxied`: whether a proxy that the environment names may come between. Never on loopback.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None,
        timeout: float,
        headers: Mapping[str, str] | None = None,
        proxied: bool = True,
    ) -> None:
        self.where = server_at(url, given="url")
        sent = {"User-Agent": f"kith/{__version__}", **(headers or {})}
        if key is not None:
            sent["Authorization"] = f"Bearer {_fit_for_header(key)}"
        try:
            host = httpx.URL(self.where).host
        except httpx.InvalidURL as error:
            raise no_server(self.where, given="url") from error
        self._client = httpx.Client(
            base_url=self.where,
            headers=sent,
            timeout=httpx.Timeout(timeout, connect=min(timeout, CONNECT)),
            # A proxy has no business between two processes of one machine.
            trust_env=proxied and host not in LOOPBACK,
        )

    def send(
        self,
        method: Method,
        path: str,
        *,
        parameters: Mapping[str, Parameter],
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> httpx.Response:
        """See `Sender`."""
        sent = {**headers} if body is None else {**JSON, **headers}
        return self._client.request(method, path, params=query_of(parameters), content=body, headers=sent)

    def close(self) -> None:
        """See `Sender`."""
        self._client.close()


def query_of(parameters: Mapping[str, Parameter]) -> httpx.QueryParams:
    """Those parameters that are not None."""
    return httpx.QueryParams({name: value for name, value in parameters.items() if value is not None})


def _fit_for_header(key: str) -> str:
    if not is_sendable(key):
        raise BadInput("key holds what no key does (a space, a line's end, nothing): give it as `kith keys create` did")
    return key
