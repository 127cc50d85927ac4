"""The server that holds the stores, asked over HTTP with the token that its folder's user can read."""

import json
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self, TypeAlias, cast
from urllib.parse import quote

import httpx

from kith.etl.llm import LlmRefused
from kith.etl.running import TooManyRejected
from kith.persona.errors import BadInput, KithError
from kith.persona.identity import Json
from kith.serving.shapes.common import PREFIX
from kith.stores.errors import (
    LeaseLost,
    ModelMismatch,
    RecordRefused,
    StoresHeld,
    Terminal,
    Transient,
    WrongFormat,
)
from kith.stores.owner import Owner

__all__ = ["Beat", "Server"]

CONNECT: Final = 5.0
SILENT: Final = 60.0
"""Seconds after which a server that says nothing is taken to be gone: of a job it says each second that it lives."""
LONG: Final = 3600.0
"""The same, where it looks through whole stores before it answers."""
BROKEN: Final = (BadInput, TooManyRejected, LlmRefused, LeaseLost, ModelMismatch, RecordRefused, Terminal, WrongFormat)
FAILURES: Final[Mapping[str, type[KithError]]] = {
    **{kind.__name__: kind for kind in BROKEN},
    "Transient": Transient,
    "Stopped": Transient,
}
"""What a job can fail with. Commands end as they would have ended here."""
ASKED_WRONGLY: Final = (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)

Beat: TypeAlias = Callable[[str, int, float | None], None]
"""Told of a step, of how many more records it has dealt with, and of the share of the bytes that was read."""


class Server:
    """A server that holds the stores. A context manager. `held` says who that is, for when it does not answer."""

    def __init__(self, owner: Owner, *, tenant: str, held: str) -> None:
        self._held = held
        self._url = owner.url or ""
        # A proxy has no business between two processes of one user, and `.netrc` none with their token.
        self._client = httpx.Client(
            base_url=self._url + PREFIX,
            headers={"Authorization": f"Bearer {owner.token}", "X-Kith-Tenant": quote(tenant)},
            timeout=httpx.Timeout(SILENT, connect=CONNECT),
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, path: str, *, unknown: BadInput | None = None, **parameters: str) -> dict[str, Any]:
        """What it answers to a question; `unknown` is raised where it knows of no such thing."""
        with self._reached():
            response = self._client.get(path, params=parameters, timeout=httpx.Timeout(LONG, connect=CONNECT))
            return self._told(response, unknown=unknown)

    def post(self, path: str, body: Mapping[str, Json] | None = None) -> dict[str, Any]:
        """What it answers when it has done something."""
        with self._reached():
            response = self._client.post(path, json=body, timeout=httpx.Timeout(LONG, connect=CONNECT))
            return self._told(response)

    def lines(self, path: str, *, unknown: BadInput, **parameters: str) -> Iterator[str]:
        """An answer of many lines, as they come."""
        with self._reached(), self._client.stream("GET", path, params=parameters) as response:
            self._check(response, unknown=unknown)
            yield from _lines(response)

    def upload(
        self, path: str, content: Iterator[bytes], *, form: str, parameters: Mapping[str, str | list[str]]
    ) -> dict[str, Any]:
        """Sends what is to be taken in; the answer says under which id."""
        with self._reached():
            response = self._client.post(
                path,
                params=dict(parameters),
                content=content,
                headers={"Content-Type": form},
                timeout=httpx.Timeout(LONG, connect=CONNECT),
            )
            return self._told(response)

    def work(self, path: str, body: Mapping[str, Json] | None = None, *, beat: Beat) -> dict[str, Any]:
        """Has a job done, and gives its result."""
        return self.result_of(self.post(path, body)["id"], beat=beat)

    def result_of(self, job_id: str, *, beat: Beat) -> dict[str, Any]:
        """Follows a job to its end."""
        return cast("dict[str, Any]", self.follow(f"/jobs/{job_id}", beat=beat)["result"])

    def follow(
        self,
        path: str,
        *,
        beat: Beat,
        stop: threading.Event | None = None,
        cancel: Callable[[], object] = lambda: None,
    ) -> dict[str, Any]:
        """Tells of what goes on at a path until it is over, and gives what came of it; raises what it failed with.

        `cancel` is called once, when `stop` is set.
        """
        done: dict[str, Any] | None = None
        asked = False
        try:
            with self._client.stream("GET", f"{path}/events") as response:
                self._check(response)
                for event, told in _events(_lines(response)):
                    if stop is not None and stop.is_set() and not asked:
                        asked = True
                        cancel()
                    if event == "pulse":
                        beat(told["step"], told["read"], told["share"])
                    elif event == "done":
                        done = told
        except httpx.HTTPError as error:
            raise self._gone(str(error)) from None
        if done is None:
            raise self._gone("its answer broke off")
        failure = done.get("failure")
        if failure is not None:
            raise FAILURES.get(failure["type"], KithError)(failure["message"])
        return done

    def _gone(self, why: str) -> Transient:
        return Transient(
            f"the server at {self._url} had this in hand and does not answer any more ({why}): "
            "see `kith status` for whether it lives, and `kith runs list` for what became of it"
        )

    @contextmanager
    def _reached(self) -> Generator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            raise StoresHeld(f"{self._held} It was asked to do this, and did not answer ({error}).") from None

    def _told(self, response: httpx.Response, *, unknown: BadInput | None = None) -> dict[str, Any]:
        self._check(response, unknown=unknown)
        try:
            return response.json()
        except ValueError:
            raise StoresHeld(f"{self._held} What it answered is nothing that Kith says.") from None

    def _check(self, response: httpx.Response, *, unknown: BadInput | None = None) -> None:
        """Raises what a problem stands for."""
        if response.is_success:
            return
        try:
            problem = json.loads(response.read())
            kind, detail = str(problem["type"]).rpartition(":")[2], str(problem["detail"])
        except (ValueError, KeyError, TypeError):
            kind, detail = "", f"it answered {response.status_code}"
        if kind in ("", "no-such-route", "wrong-method", "no-credential", "bad-credential", "wrong-host"):
            raise StoresHeld(f"{self._held} It was asked to do this, and refused: {detail}.")
        if unknown is not None and kind.startswith(("unknown-", "invalid-request")):
            raise unknown
        if response.status_code in ASKED_WRONGLY:
            raise BadInput(detail)
        if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            raise Transient(detail)
        raise KithError(f"the server at {self._url} could not do this: {detail}")


def _lines(response: httpx.Response) -> Iterator[str]:
    """Parted by line feeds alone: JSON may hold other characters that end lines."""
    rest = b""
    for chunk in response.iter_bytes():
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line.decode() for line in whole)


def _events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Server-sent events: their name and what they tell; without a name, that nothing is new."""
    name = ""
    for line in lines:
        if line.startswith(":"):
            yield "", {}
        elif line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))
