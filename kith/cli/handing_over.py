"""Here, or there: a command that meets stores which a live server holds has the server do what it was asked to do."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from kith.stores.errors import StoresHeld
from kith.stores.owner import read_owner

if TYPE_CHECKING:
    from kith.remote import Beat, Server
    from kith.settings import Settings

__all__ = ["either", "server_of", "ticking", "unheard"]

T = TypeVar("T")


def server_of(settings: "Settings", held: StoresHeld) -> "Server":
    """The server that holds the stores. Whoever else does is told of, and so is one that has not begun to answer."""
    owner = read_owner(settings.home)
    if owner is None or owner.url is None:
        raise held
    from kith.remote import Server

    return Server(owner, tenant=settings.tenant, held=str(held))


def either(settings: "Settings", here: Callable[[], T], there: "Callable[[Server], T]") -> T:
    """What is done here, or what the server does that holds the stores."""
    try:
        return here()
    except StoresHeld as held:
        server = server_of(settings, held)
    with server:
        return there(server)


def ticking(tick: Callable[[int], None]) -> "Beat":
    """A bar that follows a job of one step."""
    return lambda _step, more, _share: tick(more)


def unheard(_step: str, _more: int, _share: float | None) -> None:
    """For a job that no bar follows."""
