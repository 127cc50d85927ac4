"""Asking the API: bounded in time, the key in a header alone, and each answer as the shape that a page reads."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from kith import addresses
from kith.addresses import LOOPBACK, PREFIX, is_sendable
from kith.dashboard.data.reading import Missing, Unanswered, Why
from kith.persona.errors import BadInput

__all__ = ["Api", "Method", "Parameter", "as_shape", "path_of"]

T = TypeVar("T")
Method: TypeAlias = Literal["GET", "POST", "PATCH", "DELETE"]
Parameter: TypeAlias = str | int | float | bool | Sequence[str] | None

CONNECT = 2.0
SECONDS = 10.0
"""Within which a page wants an answer."""
PATIENT = 120.0
"""The same, where all that is stored is looked at, or a file is sent."""

START = "Start it with `kith serve`, or name another with `kith dashboard --api URL`."
OTHER_KEY = "Use a key that may; `kith keys create --name NAME --scope admin` makes one."
OLDER = "It is another version than this dashboard: start both from the same installation."
KINDS: Mapping[str, tuple[Why, str]] = {
    "no-credential": ("no_key", "Make one with `kith keys create --name NAME --scope read`."),
    "bad-credential": ("bad_key", "See `kith keys list` for those that there are."),
    "wrong-scope": ("not_allowed", OTHER_KEY),
    "wrong-host": ("not_allowed", "Name the API by the address at which it is served."),
    "no-such-route": ("too_old", OLDER),
    "wrong-method": ("too_old", OLDER),
    "store-unavailable": ("not_now", "See the page Stores for which one, and try again."),
    "too-slow": ("not_now", "Try again, or ask for less."),
    "too-busy": ("not_now", "Try again when what is under way is done."),
}
"""What a problem of the API means for a page, and what helps."""


@dataclass(frozen=True, slots=True)
class _Problem:
    type: str
    detail: str


class Api:
    """The API, asked as somebody. Any thread may call; no connection outlives its request."""

    def __init__(self, url: str, *, key: str | None = None, seconds: float = SECONDS) -> None:
        self.url = url.rstrip("/").removesuffix(PREFIX)
        sent = {"User-Agent": "kith-dashboard"}
        if key is not None:
            sent["Authorization"] = f"Bearer {_fit_for_header(key)}"
        self._seconds = seconds
        self._client = httpx.Client(
            base_url=self.url,
            headers=sent,
            limits=httpx.Limits(max_keepalive_connections=0),
            # A proxy has no business between two processes of one machine.
            trust_env=not self.is_here,
        )

    def __repr__(self) -> str:
        return f"<the API at {self.url}>"

    @property
    def is_here(self) -> bool:
        """Whether its address is one that only this machine has."""
        return httpx.URL(self.url).host in LOOPBACK

    def get(self, path: str, shape: type[T], *, patient: bool = False, **parameters: Parameter) -> T:
        """What it answers, as its shape; `Unanswered` where it answers nothing of the kind."""
        return self.read(shape, self.send("GET", path, parameters=parameters, patient=patient))

    def post(self, path: str, shape: type[T], body: object = None, **parameters: Parameter) -> T:
        """Has something done, and reads what it answers."""
        return self.read(shape, self.send("POST", path, parameters=parameters, json=body))

    def text(self, path: str, **parameters: Parameter) -> str:
        """An answer of plain text."""
        return self.send("GET", path, parameters=parameters).text

    def send(
        self,
        method: Method,
        path: str,
        *,
        parameters: Mapping[str, Parameter] | None = None,
        json: object = None,
        content: bytes | Iterable[bytes] | None = None,
        form: str = "application/octet-stream",
        patient: bool = False,
    ) -> httpx.Response:
        """The response, where it is a success. A path without a slash in front stands under the prefix."""
        asked = {name: value for name, value in (parameters or {}).items() if value is not None}
        within = PATIENT if patient or content is not None else self._seconds
        with self._answered(within):
            response = self._client.request(
                method,
                _place(path),
                params=httpx.QueryParams(asked),
                json=json,
                content=content,
                headers={} if content is None else {"Content-Type": form},
                timeout=httpx.Timeout(within, connect=CONNECT),
            )
        if not response.is_success:
            raise Unanswered(self._missing(response), response)
        return response

    @contextmanager
    def lines(self, path: str) -> Generator[Iterator[str]]:
        """The lines of an answer that goes on, as they come; whoever leaves hangs up."""
        within = httpx.Timeout(self._seconds, connect=CONNECT)
        with self._answered(self._seconds), self._client.stream("GET", _place(path), timeout=within) as response:
            if not response.is_success:
                response.read()
                raise Unanswered(self._missing(response), response)
            yield response.iter_lines()

    @contextmanager
    def _answered(self, within: float) -> Generator[None]:
        """Says in a sentence that no answer comes."""
        try:
            yield
        except httpx.TimeoutException:
            words = f"The API at {self.url} did not answer within {within:g} seconds."
            raise Unanswered(Missing("unreachable", words, "See whether it is at work, and try again.")) from None
        except httpx.InvalidURL:
            words = "That cannot be asked: it makes no address, or one that is too long."
            raise Unanswered(Missing("refused", words, "Shorten the id, or the words to look for.")) from None
        except httpx.HTTPError:
            raise Unanswered(Missing("unreachable", f"The API at {self.url} cannot be reached.", START)) from None

    def read(self, shape: type[T], response: httpx.Response) -> T:
        """An answer as its shape."""
        try:
            return _reader(shape).validate_json(response.content)
        except ValidationError:
            words = f"What {self.url} answers is no {shape.__name__}."
            raise Unanswered(Missing("too_old", words, OLDER)) from None

    def _missing(self, response: httpx.Response) -> Missing:
        try:
            problem = _reader(_Problem).validate_json(response.content)
        except ValidationError:
            words = f"{self.url} answered {response.status_code}, and nothing that Kith says."
            return Missing("unreachable", words, "Check the address: `kith dashboard --api URL` names another.")
        kind = problem.type.rpartition(":")[2]
        why, remedy = KINDS.get(kind, ("unknown" if response.status_code == 404 else "refused", ""))
        return Missing(why, _sentence(problem.detail), remedy)


@lru_cache(maxsize=256)
def _reader(shape: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def as_shape(shape: type[T], part: object) -> T:
    """A part of an answer as its shape; `Unanswered` where another version gave it."""
    try:
        return _reader(shape).validate_python(part)
    except ValidationError:
        raise Unanswered(Missing("too_old", f"What the API answers is no {shape.__name__}.", OLDER)) from None


def _place(path: str) -> str:
    return path if path.startswith("/") else f"{PREFIX}/{path}"


def path_of(*parts: str) -> str:
    """A path under the prefix; each part is an id, or a word of ours. `Unanswered` where one cannot be sent."""
    try:
        return addresses.path_of(*parts)
    except BadInput as error:
        raise Unanswered(Missing("unknown", _sentence(str(error)))) from None


def _sentence(detail: str) -> str:
    told = detail.strip()
    return told[:1].upper() + told[1:] + ("" if told.endswith((".", "!", "?")) else ".")


def _fit_for_header(key: str) -> str:
    if not is_sendable(key):
        words = "The key holds what no key does, such as a space."
        raise Unanswered(Missing("bad_key", words, "Give it as `kith keys create` printed it."))
    return key
