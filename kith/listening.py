"""An address to answer at. It is ours once bound: whoever asks waits until the server has begun."""

import errno
import os
import socket
from collections.abc import Callable
from ipaddress import ip_address

from kith.persona.errors import BadInput

__all__ = ["bind", "url_at"]


def bind(host: str, port: int, *, explain: Callable[[], None] = lambda: None) -> socket.socket:
    """The address, bound; port 0 is any that is free. `explain` may raise what says better why it cannot be had."""
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
        explain()
        what = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise BadInput(f"port {port} of {host!r} {what}: name another with --port") from error
    return bound


def url_at(host: str, port: int) -> str:
    """How this machine reaches it: a host that stands for all addresses has a loopback address among them."""
    try:
        address = ip_address(host or 0)
    except ValueError:
        return f"http://{host}:{port}"
    if address.is_unspecified:
        address = ip_address("127.0.0.1" if address.version == 4 else "::1")
    return f"http://{f'[{address}]' if address.version == 6 else address}:{port}"
