"""`kith serve` as a library: the stores as their owner, and the API over them, until somebody ends it."""

import gc
import logging
import math
import socket
import sys
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from types import FrameType

import uvicorn
from fastapi import FastAPI

from kith import __version__
from kith.addresses import LOOPBACK
from kith.listening import bind, url_at
from kith.persona.errors import BadInput, KithError
from kith.persona.identity import Json
from kith.persona.model import Message
from kith.serving.frame.access import Access
from kith.serving.frame.app import build_app
from kith.serving.frame.house import House
from kith.serving.frame.middleware import Limits
from kith.settings import Settings
from kith.stores.owner import OwnerLock, read_owner
from kith.stores.serving_port import Keys
from kith.wiring import App, house_of, open_app, open_keys
from kith.workers import run_workers

__all__ = ["Place", "Serving", "serve"]

log = logging.getLogger("kith.serving")

COLLECTED_AFTER = (20_000, 20, 20)
"""An answer makes thousands of small things and lets go of them: looking through them each 700 is time lost."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to answer. Port 0 is any that is free."""

    host: str = "127.0.0.1"
    port: int = 8000

    @property
    def is_loopback(self) -> bool:
        """Whether nobody but this machine can ask."""
        return self.host in LOOPBACK

    def url(self, port: int) -> str:
        """How this machine reaches it, at the port that it got."""
        return url_at(self.host, port)


@dataclass(frozen=True, slots=True)
class Serving:
    """Where a server answers, whom, and what it has."""

    url: str
    home: str
    tenant: str
    open: bool
    """Whether no key is needed."""
    stored: Mapping[str, int]
    off: tuple[str, ...]
    """Channels that the stores lack."""
    workers: int = 1
    """Processes that answer."""

    def as_json(self) -> dict[str, Json]:
        """By name."""
        return {
            "url": self.url,
            "docs": f"{self.url}/docs",
            "home": self.home,
            "tenant": self.tenant,
            "open": self.open,
            "stored": dict(self.stored),
            "off": list(self.off),
            "workers": self.workers,
        }


def serve(
    settings: Settings,
    place: Place,
    *,
    seconds: float,
    command: str,
    began: Callable[[Serving], None],
    workers: int = 1,
    log_to: Callable[[], None] = lambda: None,
) -> None:
    """Answers until SIGTERM or SIGINT; then finishes what was taken, and closes the stores.

    `began` hears when the first request may come. Models are loaded meanwhile: who needs them waits. Several `workers`
    are processes that share nothing but the address and the stores; each sets its log up by `log_to`.
    """
    if workers > 1 and not settings.is_shared:
        raise BadInput(
            f"--workers {workers} needs stores on servers, for embedded ones let one process in: name the servers "
            "(`kith migrate` takes along what is there), or leave --workers out"
        )
    log_to()
    with closing(bind(place.host, place.port, explain=partial(_name_holder, settings, command))) as listening:
        if not place.is_loopback:
            _refuse_without_key(settings, place)
        answering = _Answering(settings, place, seconds=seconds, command=command)
        if workers == 1:
            answering(listening, began)
        else:
            run_workers(
                partial(_answer_as_worker, answering, log_to),
                listening,
                workers=workers,
                began=lambda serving: began(replace(serving, workers=workers)),
            )


@dataclass(frozen=True, slots=True)
class _Answering:
    """One process that answers: it can be sent to another."""

    settings: Settings
    place: Place
    seconds: float
    command: str

    def __call__(self, listening: socket.socket, began: Callable[[Serving], None]) -> None:
        settings, place, seconds = self.settings, self.place, self.seconds
        with open_app(settings, command=self.command, create=True) as app:
            house = house_of(app)
            api = build_app(
                house,
                _access(app, house.stores.ledger.keys, place),
                version=__version__,
                limits=Limits(seconds=seconds),
            )
            config = uvicorn.Config(
                api,
                http="httptools",
                loop="asyncio" if sys.platform == "win32" else "uvloop",
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=math.ceil(seconds),
            )

            def announce() -> None:
                url = place.url(listening.getsockname()[1])
                serving = _serving(app, url, is_loopback=place.is_loopback, off=house.off)
                if app.lock is not None:
                    app.lock.announce(url)
                began(serving)

            with _warmed(app, house, api.state.stopping):
                _run(_Server(config, api, announce), listening)


def _answer_as_worker(
    answering: _Answering,
    log_to: Callable[[], None],
    listening: socket.socket,
    began: Callable[[Serving], None],
) -> None:
    log_to()
    answering(listening, began)


class _Server(uvicorn.Server):
    """Tells when it has begun, and tells the application when it is asked to end."""

    def __init__(self, config: uvicorn.Config, api: FastAPI, began: Callable[[], None]) -> None:
        super().__init__(config)
        self._api = api
        self._began = began

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._began()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._api.state.stopping.set()
        super().handle_exit(sig, frame)

    def finish(self) -> None:
        """What was taken is written, however the server ended: a second Ctrl-C passes the end of the application by."""
        online = getattr(self._api.state, "online", None)
        if online is not None:
            online.close()


def _run(server: _Server, listening: socket.socket) -> None:
    try:
        with suppress(KeyboardInterrupt):  # the signal that ended it is raised once more when it has ended
            server.run(sockets=[listening])
    except SystemExit as error:
        raise KithError("the API could not start; what is above says why") from error
    finally:
        server.finish()


def _name_holder(settings: Settings, command: str) -> None:
    """Where another server has the stores as well as the port, who holds the stores is the better answer."""
    if not settings.is_shared and read_owner(settings.home) is not None:
        OwnerLock.take(settings.home, command=command).release()


def _refuse_without_key(settings: Settings, place: Place) -> None:
    with suppress(BadInput), open_keys(settings) as keys:
        if keys.any_valid():
            return
    raise BadInput(
        f"--host {place.host!r} lets other machines in, and there is no key: make one with "
        "`kith keys create --name NAME --scope read`, or serve on 127.0.0.1"
    )


def _access(app: App, keys: Keys, place: Place) -> Access:
    return Access(
        keys,
        open_tenant=app.settings.tenant if place.is_loopback else None,
        default_tenant=app.settings.tenant,
        owner_token=None if app.lock is None else app.lock.owner.token,
        clock=app.clock,
    )


def _serving(app: App, url: str, *, is_loopback: bool, off: tuple[str, ...]) -> Serving:
    documents, tenant = app.stores.documents, app.settings.tenant
    keys: Keys = app.stores.ledger.keys
    return Serving(
        url=url,
        home=str(app.settings.home),
        tenant=tenant,
        open=is_loopback and not keys.list(),
        stored={
            "people": documents.count_users(tenant),
            "messages": documents.count_messages(tenant),
            "campaigns": documents.count_campaigns(tenant),
        },
        off=off,
    )


@contextmanager
def _warmed(app: App, house: House, stopping: threading.Event) -> Generator[None]:
    """Has the models loaded by the time somebody needs them; stores are not closed while one loads."""

    def load() -> None:
        try:
            house.count_tokens("warm")
            house.tools.embedder.embed(["warm"])
            if app.llm is None and not stopping.is_set():  # a language model would be asked, for nothing
                house.tools.extract([Message("", "", "I moved to Porto in May.", house.clock())])
        except Exception as error:
            log.error("the models cannot be used: %s", error)
        # What is here now stays: no collection walks over it any more while somebody waits.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECTED_AFTER)

    loading = threading.Thread(target=load, name="kith-warming", daemon=True)
    loading.start()
    try:
        yield
    finally:
        loading.join()
