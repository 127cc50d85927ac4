"""Where `Kith` asks: stores in this process, the server that holds them, or a server somewhere else."""

import os
from urllib.parse import quote

from kith.client.http import Sender, ServerSender
from kith.persona.errors import BadInput
from kith.settings import load_settings
from kith.stores.errors import StoresHeld
from kith.stores.owner import read_owner

__all__ = ["Home", "sender_of"]

Home = str | os.PathLike[str] | None


def sender_of(
    url: str | None, *, key: str | None, timeout: float, home: Home, tenant: str | None, embedder: str | None
) -> Sender:
    """The server at the address, where one is given, else the stores that the settings name."""
    if url is None:
        if key is not None:
            raise BadInput("key is for a server: say its url too")
        return _embedded(home=home, tenant=tenant, embedder=embedder, timeout=timeout)
    if home is not None or tenant is not None or embedder is not None:
        raise BadInput("home, tenant and embedder are for stores in this process: a server has its own")
    return ServerSender(url, key=key, timeout=timeout)


def _embedded(*, home: Home, tenant: str | None, embedder: str | None, timeout: float) -> Sender:
    """The stores in this process; where a server on this machine holds them, that server, asked as their owner."""
    from kith.client.embedded import EmbeddedSender

    settings = load_settings(home=home, tenant=tenant, embedder=embedder)
    try:
        return EmbeddedSender(settings)
    except StoresHeld:
        owner = read_owner(settings.home)
        if owner is None or owner.url is None:
            raise
        whose = {"X-Kith-Tenant": quote(settings.tenant, safe="")}
        # It may answer at an address that others reach too: no proxy gets to see the owner's token all the same.
        return ServerSender(owner.url, key=owner.token, timeout=timeout, headers=whose, proxied=False)
