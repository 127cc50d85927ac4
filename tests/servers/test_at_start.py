"""A server that is gone, or does not let us in, when Kith begins: who begins is told which, and what to do."""

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from real_servers import PASSWORD, free_port

from kith.settings import Settings
from kith.stores.errors import Terminal, Transient
from kith.wiring import house_of, open_app

GONE = ("documents_url", "vectors_url", "graph_url", "ledger_url")


def elsewhere(url: str) -> str:
    """The same URL, where nobody answers."""
    return url.replace(f":{urlsplit(url).port}", f":{free_port()}")


@pytest.mark.parametrize("setting", GONE)
def test_without_a_store_nothing_begins(on_servers: Callable[..., Settings], setting: str) -> None:
    url = elsewhere(getattr(on_servers(), setting))
    settings = on_servers(**{setting: url})
    with (
        pytest.raises(Transient, match=f"127.0.0.1:{urlsplit(url).port}") as gone,
        open_app(settings, command="a test"),
    ):
        pass
    assert PASSWORD not in str(gone.value)


def test_without_the_cache_all_begins(on_servers: Callable[..., Settings], caplog: pytest.LogCaptureFixture) -> None:
    url = elsewhere(on_servers().cache_url)
    with caplog.at_level(logging.WARNING), open_app(on_servers(cache_url=url), command="a test", create=True) as app:
        assert house_of(app).stores.documents.count_users("acme") == 0
    assert [one.getMessage().endswith("Kith goes on without it until it answers") for one in caplog.records] == [True]


@pytest.mark.parametrize("setting", ["graph_url", "ledger_url", "cache_url"])
def test_a_wrong_password_is_told_and_not_shown(on_servers: Callable[..., Settings], setting: str) -> None:
    url: str = getattr(on_servers(), setting)
    assert PASSWORD in url
    settings = on_servers(**{setting: url.replace(PASSWORD, "wrong-zq")})
    with pytest.raises(Terminal, match="password") as refused, open_app(settings, command="a test", create=True):
        pass
    assert "zq" not in str(refused.value)
    assert f"127.0.0.1:{urlsplit(url).port}" in str(refused.value)
