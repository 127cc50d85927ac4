"""Which servers are asked by way of a proxy that the environment names."""

from pathlib import Path
from typing import Any

import pytest

from kith import Kith
from kith.stores.owner import OwnerLock

KEY = "kith_abc123_a-secret-that-nobody-may-see"


def test_a_server_elsewhere(server: Any, proxy: Any) -> None:
    with Kith("http://elsewhere.invalid", key=KEY) as k:
        k.profile("u")
    (heard,) = proxy.heard
    assert heard.line == "GET http://elsewhere.invalid/api/v1/users/u/profile"
    assert server.heard == []


def test_never_on_loopback(server: Any, proxy: Any) -> None:
    with Kith(server.url, key=KEY) as k:
        k.profile("u")
    assert (len(server.heard), proxy.heard) == (1, [])


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - an address of this machine that is no loopback
def test_never_to_the_owner_of_the_stores(tmp_path: Path, server: Any, proxy: Any, host: str) -> None:
    url = str(server.url).replace("127.0.0.1", host)
    with OwnerLock.take(tmp_path, command="kith serve") as lock:
        lock.announce(url)
        with Kith(home=tmp_path, embedder="hash") as k:
            assert repr(k) == f"<Kith of {url}>"
            k.profile("u")
        token = lock.owner.token
    (heard,) = server.heard
    assert (heard.line, heard.headers["authorization"]) == ("GET /api/v1/users/u/profile", f"Bearer {token}")
    assert proxy.heard == []
