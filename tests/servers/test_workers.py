"""`kith serve --workers 2` over five servers: what one worker learns, does or forgets, the other answers with."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from kith.settings import NAMES, Settings

COMMAND = (sys.executable, "-m", "kith.cli")


@dataclass
class Crew:
    """A server of several workers, and who asks each of them."""

    process: "subprocess.Popen[bytes]"
    url: str
    asked: ExitStack

    def pids(self) -> list[int]:
        found: list[int] = []
        for one in psutil.Process(self.process.pid).children():
            with suppress(psutil.NoSuchProcess):  # nor one that is gone, and not buried yet
                if any("spawn_main" in word for word in one.cmdline()):
                    found.append(one.pid)
        return sorted(found)

    def clients(self) -> list[httpx.Client]:
        """One that asks each worker: a connection stays with whoever took it."""
        found: dict[int, httpx.Client] = {}
        while len(found) < 2:
            client = httpx.Client(base_url=f"{self.url}/api/v1", timeout=60)
            self.asked.callback(client.close)
            pid = self._asked_by(client)
            if pid is None or pid in found:
                client.close()
            else:
                found[pid] = client
        return [found[pid] for pid in sorted(found)]

    def _asked_by(self, client: httpx.Client) -> int | None:
        response = client.get("/stats")
        here = response.extensions["network_stream"].get_extra_info("client_addr")
        for pid in self.pids():
            for connection in psutil.Process(pid).net_connections("tcp"):
                if connection.raddr and connection.raddr.port == here[1]:
                    return pid
        return None


def environment(settings: Settings) -> dict[str, str]:
    own = {NAMES[field]: str(getattr(settings, field)) for field in Settings.model_fields if field.endswith("_url")}
    told = {"KITH_HOME": str(settings.home), "KITH_EMBEDDER": "hash", "KITH_LANGUAGE": "plain"}
    return {**os.environ, **own, **told, "KITH_TENANT": settings.tenant, "KITH_SHARDS": str(settings.shards)}


@pytest.fixture
def asked() -> Generator[ExitStack]:
    """Where clients are kept until the test is over."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def begin(on_servers: Callable[..., Settings], asked: ExitStack) -> Generator[Callable[[], Crew]]:
    begun: list[subprocess.Popen[bytes]] = []

    def begin() -> Crew:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--workers", "2", "--port", "0", "--json", "--quiet"],
            env=environment(on_servers()),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        begun.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()[1].decode()
        told = json.loads(line)
        assert told["workers"] == 2
        return Crew(process, told["url"], asked)

    yield begin
    for process in begun:
        if process.poll() is None:
            process.terminate()
        process.communicate()


def lines(*numbers: int, user: str = "bob") -> bytes:
    said = ({"user_id": user, "message": f"day {n}", "timestamp": 1_770_000_000 + n} for n in numbers)
    return "".join(json.dumps(one) + "\n" for one in said).encode()


def ok(response: httpx.Response) -> Any:
    assert response.is_success, response.text
    return response.json()


def say(client: httpx.Client, words: str, **more: Any) -> None:
    ok(client.post("/ingest/ana", json={"messages": [{"message": words, **more}]}))


PATHS = ("/users/ana", "/users/ana/context?query=tent", "/users/ana/messages", "/users/ana/recommendations")


def test_each_answers_with_what_the_others_learned_did_and_forgot(begin: Callable[[], Crew]) -> None:
    crew = begin()
    one, other = crew.clients()
    offers = [{"id": name, "title": f"{name} shoes"} for name in ("spring", "autumn")]
    ok(one.post("/campaigns", json=offers))
    say(one, "trail shoes for my run", intent="buy")
    for path in PATHS:  # each has answered, and keeps what it answered
        for client in (one, other, one, other):
            ok(client.get(path))
    for at, (tells, hears) in enumerate([(one, other), (other, one)]):
        say(tells, f"and a tent number {at}", timestamp=1_770_000_000 + at)
        assert ok(hears.get("/users/ana"))["messages"] == 2 + 2 * at
        assert f"tent number {at}" in ok(hears.get(PATHS[1]))["text"]
        before = {one["campaign_id"] for one in ok(hears.get(PATHS[3]))["items"]}
        seen = {"user_id": "ana", "campaign_id": offers[at]["id"], "kind": "dislike"}
        ok(tells.post("/feedback", json=seen))
        after = {one["campaign_id"] for one in ok(hears.get(PATHS[3]))["items"]}
        assert before - after == {offers[at]["id"]}
        for path in PATHS:
            assert hears.get(path).content == tells.get(path).content
    key = ok(one.get("/users/ana/messages"))["items"][0]["key"]
    assert other.delete(f"/users/ana/messages/{key}").status_code == 204
    assert key not in one.get("/users/ana/messages").text
    assert one.delete("/users/ana").status_code == 202
    while other.get("/users/ana/receipt").status_code == 202:
        pass
    for path in PATHS[:3]:
        assert [client.get(path).status_code for client in (one, other)] == [404, 404]
    counted = [client.get(f"{crew.url}/metrics").text for client in (one, other)]
    asked = [line for line in counted[0].splitlines() if "kith_http_requests_total{" in line and "/receipt" not in line]
    assert 'kith_http_requests_total{method="DELETE",route="/api/v1/users/{user_id}",status="202"} 1.0' in asked
    assert set(asked) - set(counted[1].splitlines()) <= {line for line in asked if 'route="/metrics"' in line}
    assert "kith_online_waiting_records 0.0" in counted[0]


def test_a_run_that_one_does_is_followed_and_cancelled_by_the_others(begin: Callable[[], Crew]) -> None:
    one, other = begin().clients()
    accepted = one.post("/runs", params={"batch_size": 1}, content=lines(*range(300)))
    run_id = ok(accepted)["run_id"]
    waiting = ok(one.post("/runs", content=lines(700)))["run_id"]
    assert ok(other.get(f"/runs/{waiting}"))["status"] == "waiting"
    assert ok(other.get(f"/jobs/{waiting}"))["ahead"] == 1
    assert ok(other.get("/stats"))["jobs"] == ok(one.get("/stats"))["jobs"] == {"waiting": 1, "running": 1}
    assert ok(other.post(f"/runs/{waiting}/cancel")) == {"run_id": waiting, "running": True}
    with other.stream("GET", f"/runs/{run_id}/events") as events:
        told = events.iter_lines()
        next(line for line in told if line.startswith("event: pulse"))
        assert ok(one.get(f"/runs/{run_id}"))["status"] == "running"
        assert ok(other.post(f"/runs/{run_id}/cancel"))["running"] is True
        done = [json.loads(line.removeprefix("data: ")) for line in told if line.startswith("data: ")][-1]
    assert (done["status"], done["failure"]) == ("interrupted", None)
    with other.stream("GET", f"/jobs/{waiting}/events") as events:
        done = [json.loads(line.removeprefix("data: ")) for line in events.iter_lines() if line.startswith("data: ")]
    assert (done[-1]["state"], done[-1]["result"]["status"]) == ("done", "interrupted")


def test_a_worker_that_is_killed_is_begun_again_and_what_it_was_sent_is_taken_in(begin: Callable[[], Crew]) -> None:
    crew = begin()
    one, other = crew.clients()
    first, second = crew.pids()
    run_id = ok(one.post("/runs", params={"batch_size": 1, "source": "a.jsonl"}, content=lines(*range(60))))["run_id"]
    with other.stream("GET", f"/runs/{run_id}/events") as events:
        next(line for line in events.iter_lines() if line.startswith("event: pulse"))
    os.kill(first, signal.SIGKILL)
    while len(crew.pids()) < 2 or first in crew.pids():
        assert ok(other.get("/stats"))["tenant"] == "acme"  # the other goes on answering
    while len(ok(other.get("/runs"))["items"]) < 2:
        pass
    again = next(run["run_id"] for run in ok(other.get("/runs"))["items"] if run["run_id"] != run_id)
    with other.stream("GET", f"/runs/{again}/events") as events:
        done = [json.loads(line.removeprefix("data: ")) for line in events.iter_lines() if line.startswith("data: ")]
    assert done[-1]["status"] == "succeeded"
    assert ok(other.get("/users/bob"))["messages"] == 60
    crew.process.send_signal(signal.SIGTERM)
    _, log = crew.process.communicate()
    assert crew.process.returncode == 0, log.decode()
    assert b"a worker is gone, another begins" in log
    assert b"Traceback" not in log
    assert not psutil.pid_exists(second)


def test_whoever_began_them_takes_them_along(begin: Callable[[], Crew]) -> None:
    crew = begin()
    workers = [psutil.Process(pid) for pid in crew.pids()]
    crew.process.kill()
    psutil.wait_procs(workers)
    assert [worker.is_running() for worker in workers] == [False, False]


def test_a_server_that_is_not_there_is_named_and_nothing_stays_behind(
    on_servers: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = on_servers(ledger_url="postgresql://nobody@127.0.0.1:1/nowhere")
    ended = subprocess.run(
        [*COMMAND, "serve", "--workers", "2", "--port", "0", "--json"],
        env={**environment(settings), "TMPDIR": str(tmp_path)},
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, json.loads(ended.stdout)["error"]["type"]) == (1, "Transient")
    assert b"127.0.0.1:1" in ended.stderr
    assert b"Traceback" not in ended.stderr
    assert not list(tmp_path.glob("kith-metrics-*"))
