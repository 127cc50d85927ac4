"""An application that answers on a port of this machine, for as long as a test needs it."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

__all__ = ["listening"]


class _Server(uvicorn.Server):
    """Tells when it has begun."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.began = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.began.set()


@contextmanager
def listening(api: FastAPI) -> Generator[str]:
    """Has an application begin, answer on a port that is free, and end: the address."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        server = _Server(uvicorn.Config(api, lifespan="on", ws="none", log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        assert server.began.wait(60)
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
