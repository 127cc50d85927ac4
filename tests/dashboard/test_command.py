"""`kith dashboard`: whom it asks, what it starts and ends, and what it says where it cannot."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from kith.api_at_hand import Asked, api_at_hand, api_named
from kith.cli import main
from kith.dashboard import starting
from kith.dashboard.place import Place
from kith.persona.errors import BadInput
from kith.settings import Settings
from kith.stores.owner import OwnerLock

Started = Callable[..., AbstractContextManager[dict[str, Any]]]


def test_the_server_that_holds_the_stores_is_asked(small: Any, started: Started) -> None:
    with started(small.home, "dashboard") as told:
        assert (told["api"], told["api_started"]) == (small.url, False)
        assert httpx.get(told["url"]).status_code == 200
    assert httpx.get(f"{small.url}/healthz").status_code == 200


def test_where_no_server_is_one_is_started_and_ended(tmp_path: Path, started: Started) -> None:
    with started(tmp_path / "home", "dashboard") as told:
        assert told["api_started"]
        assert httpx.get(f"{told['api']}/healthz").json()["alive"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{told['api']}/healthz")


def test_stores_that_a_command_holds_are_waited_for_by_nobody(tmp_path: Path) -> None:
    with OwnerLock.take(tmp_path, command="kith run talk"), api_at_hand(Settings(home=tmp_path)) as asked:
        assert (asked.url, asked.started) == ("http://127.0.0.1:8000", False)
        assert asked.why_not is not None
        assert (
            f"are held by process {os.getpid()}, 'kith run talk': start this again when it has ended" in asked.why_not
        )


def test_an_api_that_is_named() -> None:
    assert api_named("https://kith.example/base/") == Asked("https://kith.example/base")
    assert api_named("http://127.0.0.1:8000/api/v1/") == Asked("http://127.0.0.1:8000")


def test_only_an_api_that_nobody_named_has_the_ledger_here_for_its_own(
    small: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Place] = []

    def serve(place: Place, _listening: socket.socket, *, began: Callable[[], None]) -> None:
        began()
        shown.append(place)

    monkeypatch.setattr(starting, "serve", serve)
    for home, more in ((small.home, []), (tmp_path, ["--api", "http://127.0.0.1:9"])):
        monkeypatch.setenv("KITH_HOME", str(home))
        assert main(["dashboard", "--port", "0", *more]) == 0
    assert shown == [
        Place(small.url, small.ledger),
        Place("http://127.0.0.1:9", f"sqlite:///{tmp_path / 'ledger.db'}", named=True),
    ]


@pytest.mark.parametrize(
    "url",
    [
        "kith.example",
        "ftp://x",
        "http://",
        "http://x:0",
        "http://a:secret@x",
        "http://x?k=v",
        "http://1.2.3.999",
        "http://[",
    ],
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(BadInput, match=r"is no address of a server; write it like http://127\.0\.0\.1:8000") as refused:
        api_named(url)
    assert "secret" not in str(refused.value)


def test_what_stands_in_the_way_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KITH_HOME", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["dashboard", "--api", "http://127.0.0.1:9", "--port", port]) == 2
    assert capsys.readouterr().err == f"kith: port {port} of '127.0.0.1' is in use: name another with --port\n"
    assert main(["dashboard", "--api", "http://127.0.0.1:9", "--host", "no such host"]) == 2
    assert "--host 'no such host' is no address of this machine" in capsys.readouterr().err


def test_it_says_where_it_is(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kith.cli", "dashboard", "--port", "0", "--api", "http://127.0.0.1:9"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "KITH_HOME": str(tmp_path)},
    ) as running:
        assert running.stdout is not None
        where, asks, docs = (running.stdout.readline() for _ in range(3))
        running.send_signal(signal.SIGTERM)
        rest, errors = running.communicate()
    assert where.startswith("Kith's dashboard is at http://127.0.0.1:")
    assert asks == "  asks    http://127.0.0.1:9 (not ended with it)\n"
    assert docs == "  docs    http://127.0.0.1:9/docs\n"
    assert (running.returncode, rest, errors) == (0, "", "")


def test_streamlit_is_told_nothing_that_it_does_not_know_and_sends_nothing(tmp_path: Path) -> None:
    program = """
import json
from streamlit import config
from kith.dashboard import starting
from kith.dashboard.place import Place
known = set(config.get_config_options())
told = dict(starting.flat(starting.tomllib.loads((starting.HERE / "config.toml").read_text())))
starting.application(Place(""))
names = ("browser.gatherUsageStats", "client.showErrorDetails", "server.fileWatcherType", "client.showErrorLinks")
print(json.dumps([sorted(set(told) - known), [config.get_option(name) for name in names]]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert json.loads(done.stdout) == [[], [False, "none", "none", False]]


def test_what_is_handed_out_lies_in_the_package() -> None:
    handed = {"cytoscape.LICENSE", "cytoscape.min.js", "graph.js", "mark.svg", "wordmark.svg"}
    assert {one.name for one in (starting.HERE / "static").iterdir()} == handed
