"""What every request passes: an id, limits, a time, a line in the log, metrics. Pure ASGI, one object per request."""

import asyncio
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_hex
from time import perf_counter
from typing import Any, cast

import orjson
from fastapi import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kith.serving.frame.metrics import Metrics
from kith.serving.frame.problems import problem_response
from kith.serving.frame.routes import MOST, PATIENT

__all__ = ["Frame", "Limits"]

log = logging.getLogger("kith.serving")
access_log = logging.getLogger("kith.access")

ID = b"x-request-id"
FIT_FOR_ID = re.compile(rb"[!-~]{1,128}")
UNMATCHED = "unmatched"
LEFT = 499
"""What stands in the log for whoever left before there was an answer."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may ask of us."""

    body: int = 8 << 20
    """Bytes of the body, where the endpoint does not say otherwise."""
    address: int = 16 << 10
    """Bytes of path and query together."""
    seconds: float = 30.0
    """Until the answer begins, where the endpoint is not a patient one. A stream may then go on."""


class Frame:
    """Wraps the application; every request passes it once."""

    def __init__(self, app: ASGIApp, *, limits: Limits, metrics: Metrics) -> None:
        self._app = app
        self._limits = limits
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the beginning and the end of the application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await _Passage(scope, receive, send, limits=self._limits, metrics=self._metrics).through(self._app)


class _Passage:
    """One request on its way."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, *, limits: Limits, metrics: Metrics) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._limits = limits
        self._metrics = metrics
        self._id = _id_of(scope)
        self._began = perf_counter()
        self._taken: int | None = None
        """Bytes of the body so far; None before anyone asked for them."""
        self._status = 0
        """Of the answer; 0 before it has begun."""
        self._late: asyncio.Task[None] | None = None
        """Tells that the time was up; from then on nothing else goes out."""

    async def through(self, app: ASGIApp) -> None:
        """Has the application answer, or answers in its place."""
        timer = asyncio.get_running_loop().call_later(self._limits.seconds, self._expire)
        try:
            if len(self._scope["path"]) + len(self._scope["query_string"]) > self._limits.address:
                await self._tell("too-long", f"path and query have over {self._limits.address:,} bytes; send less")
            else:
                await app(self._scope, self.receive, self.send)
        except ClientDisconnect:
            self._status = self._status or LEFT
        except Exception as error:
            log.error("%s %r failed", self._scope["method"], self._scope["path"], exc_info=error)
            if self._status and self._late is None:
                raise  # so that the connection is cut: half an answer must not look like a whole one
            if self._late is None:
                await self._tell("internal", "see the server's log")
        finally:
            timer.cancel()
            if self._late is None:
                self._note()
            else:
                await self._late  # else who returns first would cut the answer off

    async def receive(self) -> Message:
        """Some of the body; refuses more of it than the endpoint takes."""
        if self._taken is None:
            self._taken = 0
            self._check(int(_header(self._scope, b"content-length") or 0))
        message = await self._receive()
        if message["type"] == "http.request":
            self._taken += len(message.get("body", b""))
            self._check(self._taken)
        return message

    async def send(self, message: Message) -> None:
        """Lets the answer out, with the request's id."""
        if self._late is not None:
            return
        if message["type"] == "http.response.start":
            self._status = message["status"]
            message["headers"] = [*message.get("headers", ()), (ID, self._id)]
        await self._send(message)

    def _check(self, size: int) -> None:
        most = cast("int", self._said().get(MOST, self._limits.body))
        if size > most:
            # What is still on its way is not read to its end: the connection goes with it.
            raise HTTPException(413, f"a body here has {most:,} bytes at most; send less", {"Connection": "close"})

    def _said(self) -> Mapping[str, Any]:
        """What the endpoint's declaration says of itself."""
        return getattr(self._scope.get("route"), "openapi_extra", None) or {}

    def _expire(self) -> None:
        """The time is up. What was begun goes on to its end in its thread, and nobody hears of it."""
        if self._status or PATIENT in self._said():
            return
        detail = f"no answer within {self._limits.seconds:g} s; what was sent to be written may still be written"
        self._late = asyncio.get_running_loop().create_task(self._tell("too-slow", detail))
        self._status = 504
        self._note()

    async def _tell(self, kind: str, detail: str) -> None:
        answer = problem_response(kind, detail, instance=self._scope["path"])
        self._status = answer.status_code
        headers = [*answer.raw_headers, (ID, self._id)]
        await self._send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
        await self._send({"type": "http.response.body", "body": answer.body})

    def _note(self) -> None:
        """One line in the log, and the metrics. Never what was asked or said, and nobody's name."""
        seconds = perf_counter() - self._began
        method = self._scope["method"]
        route = getattr(self._scope.get("route"), "path", UNMATCHED)
        self._metrics.answered(route, method, self._status or LEFT, seconds)
        if access_log.isEnabledFor(logging.INFO):
            line = {
                "method": method,
                "route": route,
                "status": self._status or LEFT,
                "ms": round(seconds * 1000, 1),
                "request_id": self._id.decode(),
                "key_id": getattr(self._scope.get("state", {}).get("caller"), "key_id", ""),
            }
            access_log.info(orjson.dumps(line).decode())


def _header(scope: Scope, name: bytes) -> bytes | None:
    return next((value for one, value in scope["headers"] if one == name), None)


def _id_of(scope: Scope) -> bytes:
    """The id that the request brings, where it is fit to be written in a log; else a new one."""
    given = _header(scope, ID)
    return given if given is not None and FIT_FOR_ID.fullmatch(given) else token_hex(12).encode()
