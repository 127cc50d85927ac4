"""`kith serve` in a process of its own, and `kith keys` beside it."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from kith.cli import main
from kith.stores.owner import read_owner

COMMAND = (sys.executable, "-m", "kith.cli")
EVERYWHERE = "0.0.0.0"  # noqa: S104 - what is asked for


@dataclass
class Server:
    """A server that has begun."""

    process: "subprocess.Popen[str]"
    told: dict[str, Any]

    @property
    def url(self) -> str:
        return self.told["url"]

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """The exit code, and the log."""
        self.process.send_signal(number)
        _, log = self.process.communicate()
        return self.process.returncode, log


@dataclass(frozen=True)
class Place:
    """A folder of this test's own."""

    home: Path

    def environment(self) -> dict[str, str]:
        return {**os.environ, "KITH_HOME": str(self.home), "KITH_EMBEDDER": "hash", "KITH_LANGUAGE": "plain"}

    def child(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*COMMAND, *arguments],
            capture_output=True,
            text=True,
            cwd=self.home.parent,
            env=self.environment(),
            check=False,
        )


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "home")


@pytest.fixture
def kith(place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """`kith` in this process."""
    for name, value in (("HOME", str(place.home)), ("EMBEDDER", "hash"), ("LANGUAGE", "plain")):
        monkeypatch.setenv(f"KITH_{name}", value)

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        code = main(arguments)
        shown = capsys.readouterr()
        return Ran(code, shown.out, shown.err)

    return run


@pytest.fixture
def serve(place: Place) -> Generator[Callable[..., Server]]:
    """Starts a server on a port that is free."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str) -> Server:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0", "--json", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=place.home.parent,
            env=place.environment(),
        )
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()
        return Server(process, json.loads(line))

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def the_error(ran: "subprocess.CompletedProcess[str]") -> str:
    assert ran.stdout == ""
    return ran.stderr.removeprefix("kith: ").strip()


def test_a_life(place: Place, serve: Callable[..., Server], kith: Callable[..., Ran]) -> None:
    server = serve("--tenant", "acme")
    assert server.told == {
        "url": server.url,
        "docs": f"{server.url}/docs",
        "home": str(place.home),
        "tenant": "acme",
        "open": True,
        "stored": {"people": 0, "messages": 0, "campaigns": 0},
        "off": [],
        "workers": 1,
    }
    owner = read_owner(place.home)
    assert owner is not None
    assert (owner.pid, owner.url) == (server.process.pid, server.url)
    assert httpx.get(f"{server.url}/healthz").status_code == 200
    assert httpx.get(f"{server.url}/readyz").json()["ready"] is True
    assert httpx.get(f"{server.url}/api/v1/campaigns", headers={"Host": "evil.example"}).status_code == 403
    as_owner = {"Authorization": f"Bearer {owner.token}"}
    assert httpx.get(f"{server.url}/metrics", headers={**as_owner, "Host": "kith"}).status_code == 200
    code, log = server.end()
    assert code == 0
    lines = [json.loads(line) for line in log.splitlines()]
    assert [(line["route"], line["status"], line["key_id"]) for line in lines] == [
        ("/healthz", 200, ""),
        ("/readyz", 200, ""),
        ("/api/v1/campaigns", 403, ""),
        ("/metrics", 200, "owner"),
    ]
    assert read_owner(place.home) is None
    assert kith("verify").code == 0


def takes_no_more(port: int) -> None:
    """Returns once nothing listens at *port*; one that was let in while the door closed is reset, and asks again."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionResetError:
            continue
        except ConnectionRefusedError:
            return


def test_what_was_begun_is_finished(serve: Callable[..., Server], kith: Callable[..., Ran]) -> None:
    server = serve()
    port = int(server.url.rpartition(":")[2])
    body = json.dumps({"content": "I moved to Porto in May."}).encode()
    head = (
        "POST /api/v1/ingest/u1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as answers:
        connection.sendall(head.encode())
        assert answers.readline() == b"HTTP/1.1 100 Continue\r\n"  # the endpoint waits for the body
        server.process.send_signal(signal.SIGTERM)
        takes_no_more(port)
        connection.sendall(body)
        answers.readline()
        assert answers.readline() == b"HTTP/1.1 200 OK\r\n"
        answers.read()
    server.process.communicate()
    assert server.process.returncode == 0
    status = json.loads(kith("status", "--json").out)
    assert (status["counts"]["messages"], status["counts"]["pending"], status["runs"][0]["status"]) == (
        1,
        0,
        "succeeded",
    )


@pytest.mark.skipif(os.name != "posix", reason="signals as a terminal sends them")
def test_a_second_ctrl_c_waits_for_no_request(place: Place, serve: Callable[..., Server]) -> None:
    server = serve()
    port = int(server.url.rpartition(":")[2])
    head = "POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as answers:
        connection.sendall(head.encode())
        assert answers.readline() == b"HTTP/1.1 100 Continue\r\n"  # what is announced never comes
        server.process.send_signal(signal.SIGINT)
        takes_no_more(port)
        assert server.end(signal.SIGINT)[0] == 0
    assert read_owner(place.home) is None
    assert not list((place.home / "uploads").iterdir())


def test_three_lines_for_people(place: Place) -> None:
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", "--quiet"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=place.home.parent,
        env=place.environment(),
    )
    with process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        url = lines[0].split()[3]
        httpx.get(f"{url}/healthz")
        process.send_signal(signal.SIGINT)
        rest, log = process.communicate()
    assert lines == [
        f"Kith answers at {url} (open to this machine, no key needed)\n",
        f"  docs    {url}/docs\n",
        f"  stored  0 people, 0 messages, 0 campaigns of tenant 'default', in {place.home}\n",
    ]
    assert (process.returncode, rest, log) == (0, "", "")


def test_a_second_server_says_who_holds_the_stores(place: Place, serve: Callable[..., Server]) -> None:
    server = serve()
    port = server.url.rpartition(":")[2]
    for options in (("--port", "0"), ("--port", port)):
        ran = place.child("serve", *options)
        assert ran.returncode == 4
        assert f"are held by process {server.process.pid}" in the_error(ran)
        assert f"and answers at {server.url}." in the_error(ran)
    assert server.end(signal.SIGINT)[0] == 0


def test_a_port_that_is_in_use(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = place.child("serve", "--port", str(port))
        told = json.loads(place.child("serve", "--port", str(port), "--json").stdout)
    assert ran.returncode == 2
    assert the_error(ran) == f"port {port} of '127.0.0.1' is in use: name another with --port"
    assert told == {"error": {"type": "BadInput", "message": the_error(ran), "exit_code": 2}}
    assert not place.home.exists()


def test_embedded_stores_let_one_process_in(place: Place) -> None:
    ran = place.child("serve", "--workers", "2", "--port", "0")
    assert ran.returncode == 2
    assert the_error(ran) == (
        "--workers 2 needs stores on servers, for embedded ones let one process in: name the servers "
        "(`kith migrate` takes along what is there), or leave --workers out"
    )
    assert not place.home.exists()


def test_a_host_that_is_none(place: Place) -> None:
    ran = place.child("serve", "--host", "no such host")
    assert ran.returncode == 2
    assert the_error(ran).startswith("--host 'no such host' is no address of this machine")


def test_other_machines_are_let_in_by_key_alone(
    place: Place, serve: Callable[..., Server], kith: Callable[..., Ran]
) -> None:
    refused = place.child("serve", "--host", EVERYWHERE, "--port", "0")
    assert refused.returncode == 2
    assert the_error(refused).startswith("--host '0.0.0.0' lets other machines in, and there is no key")
    assert not place.home.exists()
    key = json.loads(kith("keys", "create", "--name", "a", "--scope", "read", "--json").out)
    server = serve("--host", EVERYWHERE)
    assert (server.told["open"], server.url.rpartition(":")[0]) == (False, "http://127.0.0.1")
    campaigns = f"{server.url}/api/v1/campaigns"
    assert httpx.get(campaigns).status_code == 401
    assert httpx.get(campaigns, headers={"Authorization": f"Bearer {key['key']}"}).status_code == 200
    assert server.end()[0] == 0
    kith("keys", "revoke", key["id"])
    assert place.child("serve", "--host", EVERYWHERE, "--port", "0").returncode == 2


def test_a_key_that_is_made_beside_a_server_opens_it(serve: Callable[..., Server], kith: Callable[..., Ran]) -> None:
    server = serve()
    made = json.loads(kith("keys", "create", "--name", "a", "--scope", "read", "--json").out)
    campaigns = f"{server.url}/api/v1/campaigns"
    answer = httpx.get(campaigns, headers={"Authorization": f"Bearer {made['key']}"})
    assert answer.status_code == 200
    assert server.end()[0] == 0


def test_the_life_of_a_key(kith: Callable[..., Ran]) -> None:
    assert kith("keys", "list").code == 2
    made = kith("keys", "create", "--name", "a dashboard", "--scope", "write", "--scope", "read")
    assert made.code == 0
    prefix, key_id, secret = made.out.strip().split("_", 2)
    assert (prefix, len(secret)) == ("kith", 43)
    assert made.err == f"kith: the key {key_id} may read and write for tenant 'default'; it is not shown again\n"
    options = ("--scope", "admin", "--expires", "90d", "--tenant", "other", "--json")
    other = json.loads(kith("keys", "create", "--name", "b", *options).out)
    assert other.pop("key").startswith(f"kith_{other['id']}_")
    kith("keys", "revoke", key_id)
    items = json.loads(kith("keys", "list", "--json").out)["items"]
    assert items[1] == other
    assert (other["tenant"], other["scopes"], other["revoked_at"]) == ("other", ["admin"], None)
    assert (items[0]["id"], items[0]["scopes"], items[0]["expires_at"]) == (key_id, ["read", "write"], None)
    assert items[0]["revoked_at"] is not None
    assert secret not in json.dumps(items)
    unknown = kith("keys", "revoke", "nothing")
    assert (unknown.code, unknown.err) == (2, "kith: there is no key 'nothing': see `kith keys list`\n")
    assert kith("verify").code == 0


@pytest.mark.parametrize("expires", ["90", "0d", "-1d", "d", "90 days"])
def test_a_span_that_is_none(kith: Callable[..., Ran], expires: str) -> None:
    ran = kith("keys", "create", "--name", "a", "--scope", "read", f"--expires={expires}")
    assert ran.code == 2
    assert ran.err == f"kith: --expires {expires!r}: write how long the key is good for, such as 12h, 90d or 4w\n"
