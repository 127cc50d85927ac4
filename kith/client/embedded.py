"""The API without a server: the application itself, in this process, asked without a socket.

It is the very application that `kith serve` runs, over the same stores, so that every answer, limit and error is the
same. It lives in an event loop of its own thread, since it also works between requests.
"""

import asyncio
import secrets
import threading
from collections.abc import Mapping
from concurrent.futures import Future, wait
from contextlib import ExitStack

import httpx
from fastapi import FastAPI

from kith import __version__
from kith.client.http import JSON, Method, Parameter, closed, query_of
from kith.serving.frame.access import Access
from kith.serving.frame.app import build_app
from kith.serving.frame.middleware import Limits
from kith.settings import Settings
from kith.wiring import house_of, open_app

__all__ = ["EmbeddedSender"]

HOST = "http://localhost"
WEEK = 7 * 24 * 3600.0
"""Seconds until a request is given up: whoever waits is in this process, and models load with the first."""


class EmbeddedSender:
    """Opens the stores as their owner, making them where there are none, and answers from them until it is closed."""

    def __init__(self, settings: Settings) -> None:
        self.where = f"the stores in {str(settings.home)!r}"
        self._token = secrets.token_urlsafe(32)
        self._closing = threading.Lock()
        with ExitStack() as stack:
            app = stack.enter_context(open_app(settings, command="Kith()", create=True))
            access = Access(
                app.stores.ledger.keys,
                open_tenant=None,
                default_tenant=settings.tenant,
                owner_token=self._token,
                clock=app.clock,
            )
            api = build_app(house_of(app), access, version=__version__, limits=Limits(seconds=WEEK))
            self._loop = _Loop(api)
            stack.callback(self._loop.close)
            self._open = stack.pop_all()

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
        sent = {"Authorization": f"Bearer {self._token}", **headers} | ({} if body is None else JSON)
        url = httpx.URL(HOST + path, params=query_of(parameters))
        return self._loop.answer(httpx.Request(method, url, headers=sent, content=body))

    def close(self) -> None:
        """Finishes what was taken, and lets the stores go."""
        with self._closing:
            self._open.close()


class _Loop:
    """An application at work in a thread of its own: begun when this is made, ended by `close`."""

    def __init__(self, api: FastAPI) -> None:
        self._api = api
        self._transport = httpx.ASGITransport(api)
        self._began: Future[asyncio.AbstractEventLoop] = Future()
        self._end = asyncio.Event()
        self._lock = threading.Lock()
        self._closing = False
        self._in_hand: set[Future[httpx.Response]] = set()
        # A daemon: whoever forgets to close is not kept from ending. What was answered is durable.
        self._thread = threading.Thread(target=self._run, name="kith-embedded", daemon=True)
        self._thread.start()
        self._loop = self._began.result()

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What the application answers."""
        with self._lock:
            if self._closing:
                raise closed()
            answer = asyncio.run_coroutine_threadsafe(self._answer(request), self._loop)
            self._in_hand.add(answer)
        answer.add_done_callback(self._in_hand.discard)
        return answer.result()

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        response = await self._transport.handle_async_request(request)
        await response.aread()
        return response

    def close(self) -> None:
        """Ends the application as the end of a server does, when what is in hand was answered."""
        with self._lock:
            self._closing = True
            in_hand = {*self._in_hand}
        self._api.state.stopping.set()
        wait(in_hand)
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except BaseException as error:
            if self._began.done():
                raise
            self._began.set_exception(error)

    async def _live(self) -> None:
        async with self._api.router.lifespan_context(self._api):
            self._began.set_result(asyncio.get_running_loop())
            await self._end.wait()
