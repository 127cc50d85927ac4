"""Streamlit, served until somebody ends it: told nothing but what stands here, and talking to nobody else."""

import errno
import logging
import os
import socket
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
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

from kith.dashboard.place import Place
from kith.persona.errors import BadInput, KithError

__all__ = ["LOOPBACK", "application", "flat", "serve"]

log = logging.getLogger("kith.dashboard")

HERE = Path(__file__).parent
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - what is asked for, and where to ask
"""Hosts that stand for all addresses, and the one at which this machine reaches them."""
ENDING = 3
"""Seconds that an open page has to end."""


def serve(place: Place, *, host: str, port: int, began: Callable[[str], None]) -> None:
    """Shows the dashboard until SIGTERM or SIGINT. `began` hears the address when the first page may come."""
    with closing(_bind(host, port)) as listening:
        url = _url(host, listening.getsockname()[1])
        config = uvicorn.Config(
            application(place, hosts=LOOPBACK if host in LOOPBACK else None),
            ws="websockets-sansio",
            lifespan="on",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=ENDING,
        )
        server = _Server(config, lambda: began(url))
        try:
            with suppress(KeyboardInterrupt):  # the signal that ended it is raised once more when it has ended
                server.run(sockets=[listening])
        except SystemExit as error:
            raise KithError("the dashboard could not start; what is above says why") from error


def application(place: Place, *, hosts: frozenset[str] | None, script: Path = HERE / "entry" / "run.py") -> ASGIApp:
    """Streamlit with this script and our settings, for this process: there is one. `hosts`: its names; None: any."""
    bootstrap.load_config_options(dict(flat(tomllib.loads((HERE / "config.toml").read_text("utf-8")))))
    return App(
        script,
        secrets={"kith": place.told()},
        routes=[Mount("/assets", StaticFiles(directory=HERE / "static"))],
        middleware=[Middleware(Doorway, hosts=hosts)],
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

    It also keeps Streamlit from asking elsewhere for this machine's address, as it does about origins it does not know.
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


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:
        raise BadInput(f"--host {host!r} is no address of this machine ({error}); try 127.0.0.1") from error
    bound = socket.socket(family, kind)
    try:
        if os.name == "posix":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen()
    except OSError as error:
        bound.close()
        what = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise BadInput(f"port {port} of {host!r} {what}: name another with --port") from error
    return bound


def _url(host: str, port: int) -> str:
    name = EVERYWHERE.get(host, host)
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"
