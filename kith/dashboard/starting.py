"""Streamlit, served until somebody ends it: told nothing but what stands here, and talking to nobody else."""

import logging
import socket
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import streamlit
import uvicorn
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.starlette import App
from streamlit.web import bootstrap

from kith.addresses import LOOPBACK
from kith.dashboard.place import Place
from kith.persona.errors import KithError

__all__ = ["application", "flat", "serve"]

log = logging.getLogger("kith.dashboard")

HERE = Path(__file__).parent
ENDING = 3
"""Seconds that an open page has to end."""


def serve(place: Place, listening: socket.socket, *, began: Callable[[], None]) -> None:
    """Shows the dashboard until SIGTERM or SIGINT. `began` is told when the first page may come."""
    config = uvicorn.Config(
        application(place),
        ws="websockets-sansio",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=ENDING,
    )
    server = _Server(config, began)
    try:
        with suppress(KeyboardInterrupt):  # the signal that ended it is raised once more when it has ended
            server.run(sockets=[listening])
    except SystemExit as error:
        raise KithError("the dashboard could not start; what is above says why") from error


def application(place: Place, *, script: Path = HERE / "entry" / "run.py") -> ASGIApp:
    """Streamlit with this script and our settings, for this process: there is one."""
    bootstrap.load_config_options(dict(flat(tomllib.loads((HERE / "config.toml").read_text("utf-8")))))
    return App(
        script,
        secrets={"kith": place.told()},
        routes=[Mount("/assets", StaticFiles(directory=HERE / "static"))],
        middleware=[Middleware(Doorway, hosts=None if place.guarded else LOOPBACK)],
        on_script_error=_tell,
    )


def _tell(error: Exception) -> bool:
    """In place of a page that failed, a sentence; what went wrong goes to the log."""
    log.error("a page failed", exc_info=error)
    streamlit.error(
        "This page could not be shown: something went wrong that should not. The dashboard's log says what."
    )
    return True


class _Server(uvicorn.Server):
    """Tells when it has begun."""

    def __init__(self, config: uvicorn.Config, began: Callable[[], None]) -> None:
        super().__init__(config)
        self._began = began

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._began()


class Doorway:
    """Lets in what this very page asks for. Pages of other sites get nothing, under whatever name they found us.

    `hosts`: our names; None: any. It also keeps Streamlit from asking elsewhere for this machine's address, as it does
    about origins it does not know.
    """

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str] | None) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not self._welcome(scope):
            await PlainTextResponse("This dashboard answers its own pages alone.\n", 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _welcome(self, scope: Scope) -> bool:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"] if name in (b"host", b"origin")}
        host, origin = headers.get(b"host", ""), headers.get(b"origin")
        if self._hosts is not None and _name_of(host) not in self._hosts:
            return False
        return origin is None or origin.partition("://")[2] == host


def _name_of(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def flat(options: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Options by their full names, as in `theme.light.textColor`."""
    for name, value in options.items():
        if isinstance(value, Mapping):
            yield from flat(cast("Mapping[str, Any]", value), f"{above}{name}.")
        else:
            yield f"{above}{name}", value
