"""Commands beside a live server: what they do, print and end with is what it would be without one."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest

from kith.persona.embedding import ModelCard
from kith.stores.owner import OwnerLock, read_owner
from kith.stores.reports import open_reports

Kith: TypeAlias = Callable[..., Any]
CHANGING = re.compile(
    r'"(?:seconds|messages_per_second)": [\d.]+|"(?:run_id|receipt_id|batch_id|\w+_at)": "[^"]*"'
    r"|\b[\dT]{15}-[0-9a-f]{8}\b|\d[\d,.]* messages a second|in [\d.]+ s\b|\b[0-9a-f]{16}\b"
    r"|\d{4}-\d\d-\d\dT[\d:.]+Z|\b\d+\.\d\d(?= |$)| +|─+",
    re.MULTILINE,
)
"""What no two runs have in common: ids, times, and what stands around figures."""


@contextmanager
def serving(place: Any) -> Generator[Any]:
    """`kith serve` in a process of its own, once it answers."""
    process = place.start("serve", "--port", "0", "--quiet", "--json")
    try:
        line = process.stdout.readline()
        assert line, process.stderr.read().decode()
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate()


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    """The home of a server that several tests share."""
    home = tmp_path_factory.mktemp("standing") / "home"
    environment = {**os.environ, "KITH_HOME": str(home), "KITH_EMBEDDER": "hash", "KITH_LANGUAGE": "plain"}
    command = [sys.executable, "-m", "kith.cli", "serve", "--port", "0", "--quiet", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield home
        process.send_signal(signal.SIGTERM)


@pytest.fixture
def server(place: Any, standing: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """This place, with the stores of that server."""
    monkeypatch.setenv("KITH_HOME", str(standing))
    return replace(place, home=standing)


@dataclass(frozen=True)
class Both:
    """The same stores twice: one that a server holds, and one that nobody does."""

    kith: Kith
    served: Path
    alone: Path
    monkeypatch: pytest.MonkeyPatch

    def ran(self, *arguments: str) -> tuple[Any, Any]:
        """How a command ends beside the server, and how without one."""
        found: list[Any] = []
        for home in (self.served, self.alone):
            self.monkeypatch.setenv("KITH_HOME", str(home))
            ran = self.kith(*arguments)
            found.append((ran.code, CHANGING.sub(" ", ran.out), CHANGING.sub(" ", ran.err)))
        return found[0], found[1]


@pytest.fixture
def both(filled: Any, kith: Kith, monkeypatch: pytest.MonkeyPatch) -> Generator[Both]:
    alone = filled.home.parent / "alone"
    shutil.copytree(filled.home, alone)
    with serving(filled):
        yield Both(kith, filled.home, alone, monkeypatch)


def keys_of(home: Path) -> list[str]:
    with open_reports(f"sqlite:///{home / 'ledger.db'}") as reports:
        return [row.id for row in reports.rejections("default", limit=1000)]


def test_commands_end_as_they_would_alone(both: Both, mangled: Path, first: dict[str, Any], tmp_path: Path) -> None:
    """One after the other on the same stores, which each leaves as it would have left them."""
    user, rejection = str(first["user_id"]), keys_of(both.alone)[0]
    key = json.loads(both.kith("export", user).out.splitlines()[1])["key"]
    more = tmp_path / "more.jsonl"
    more.write_text(json.dumps({"user_id": user, "message": "Ben Nevis next", "timestamp": "2026-05-01"}) + "\n{}\n")
    campaigns = tmp_path / "offers.jsonl"
    campaigns.write_text('{"id": "x1", "title": "Boots for Ben Nevis", "ends": "2027-01-01"}\n{"id": "y"}\n')
    for arguments in (
        ("verify",),
        ("run", str(mangled), "--full", "--max-rejected", "1", "--json"),
        ("run", str(more), "--json"),
        ("run", str(tmp_path / "none.jsonl"), "--json"),
        ("campaigns", "load", str(campaigns)),
        ("campaigns", "list", "--json"),
        ("profile", user, "--json"),
        ("profile", "nobody", "--json"),
        ("lineage", key),
        ("lineage", "no/such", "--json"),
        ("export", user),
        ("export", "nobody"),
        ("anomalies", "--json"),
        ("rejections", "replay", rejection[:12], "--json"),
        ("rejections", "replay", "--map", "timestamp=when"),
        ("repair",),
        ("rebuild", "graph", "--json"),
        ("rebuild", "vectors"),
        ("rebuild", "evidence", "--json"),
        ("forget", user),
        ("forget", "some/body", "--json"),
        ("admit", user, "--json"),
        ("verify", "--json", "--tenant", "andere ä"),
        ("verify", "--json"),
    ):
        beside, alone = both.ran(*arguments)
        assert beside == alone, arguments


def test_a_run_has_the_effect_that_it_has_alone(
    place: Any, mangled: Path, kith: Kith, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("run", str(mangled), "--batch-size", "64", "--max-rejected", "1", "--json")
    with serving(place):
        ran = kith(*arguments)
        beside = kith("verify", "--json").json
    assert (ran.code, ran.json["status"], ran.err) == (0, "succeeded", "")
    after = kith("verify", "--json").json
    monkeypatch.setenv("KITH_HOME", str(place.home.parent / "alone"))
    assert kith(*arguments).code == 0
    alone = kith("verify", "--json").json
    assert beside == after == alone
    assert alone["ok"] is True


def test_what_a_pipe_gives_is_taken_in_with_the_files_around_it(server: Any, tmp_path: Path) -> None:
    def line(n: int) -> str:
        return json.dumps({"user_id": "u1", "message": f"on day {n}", "timestamp": 1_770_000_000 + n}) + "\n"

    (tmp_path / "a.jsonl").write_text(line(1))
    (tmp_path / "b.jsonl").write_text(line(2))
    arguments = ("run", str(tmp_path / "a.jsonl"), "-", str(tmp_path / "b.jsonl"), "--json")
    ran = server.child(*arguments, given=line(3))
    assert (ran.json["read"], ran.json["accepted"], ran.json["sources_unchanged"]) == (3, 3, 0)
    again = server.child(*arguments, given=line(3))
    assert (again.json["read"], again.json["duplicate"], again.json["sources_unchanged"]) == (1, 1, 2)
    alone = server.child("run", "-", "--max-rejected", "0", "--json", given="{}\n")
    assert (alone.code, alone.json["error"]["type"]) == (3, "TooManyRejected")


def test_another_model_is_refused_with_the_reason(
    server: Any, kith: Kith, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def another(_name: str, *, home: Path) -> ModelCard:
        return ModelCard("another", "0" * 64, 8)

    monkeypatch.setattr("kith.etl.encoders.card_of", another)
    refused = kith("rebuild", "vectors")
    assert refused.code == 2
    assert "its vectors can be made again by no other: end the server" in refused.err


def run_underway(home: Path) -> None:
    """Waits until a run has committed something, and is not over."""
    while True:
        with open_reports(f"sqlite:///{home / 'ledger.db'}") as reports:
            latest = reports.latest_runs("default", limit=1)
        if latest and latest[0].batches:
            assert latest[0].status == "running"
            return


@pytest.mark.parametrize("ends", ["command", "server"])
def test_a_run_that_is_interrupted_says_so_and_goes_on_the_next_time(
    place: Any, mangled: Path, kith: Kith, ends: str
) -> None:
    arguments = ("run", str(mangled), "--batch-size", "4", "--max-rejected", "1", "--json")
    with serving(place) as server:
        running = place.start(*arguments)
        run_underway(place.home)
        (running if ends == "command" else server).send_signal(signal.SIGINT)
        out, err = running.communicate()
        assert (running.returncode, json.loads(out)["status"]) == (130, "interrupted")
        assert b"run the same command again to go on" in err
    # Whoever ends the command wants no more of it; where the server ends, it takes the rest up again.
    left = [path for path in (place.home / "uploads").glob("*/*") if path.name != "lock"]
    assert len(left) == (0 if ends == "command" else 2)
    rest = kith("run", str(mangled), "--max-rejected", "1", "--json").json
    interrupted = json.loads(out)
    assert interrupted["read"] + rest["read"] == 400
    assert kith("verify", "--json").json["ok"] is True


def test_ctrl_c_while_sending_takes_nothing_in(server: Any, kith: Kith) -> None:
    before = kith("runs", "list", "--json").json
    running = server.start("run", "-")
    assert running.stdin is not None
    running.stdin.write(b'{"user_id": "u1", "message": "hello", "timestamp": "2026-01-01"}\n')
    running.stdin.flush()
    uploads = server.home / "uploads"
    while not [path for path in uploads.glob("*/*") if path.name != "lock"]:
        assert running.poll() is None
    running.send_signal(signal.SIGINT)
    assert running.wait() == 130
    running.communicate()
    assert kith("runs", "list", "--json").json == before


def test_progress_is_shown_as_it_would_be(server: Any, mangled: Path, terminal: Any) -> None:
    seen = terminal("run", str(mangled), "--max-rejected", "1", KITH_HOME=str(server.home))
    assert seen.end() == 0
    for words in ("sending the files to the server", "ingest", "graph", "succeeded"):
        assert words in seen.text


class Elsewhere(BaseHTTPRequestHandler):
    """Something that is no Kith."""

    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"hi")

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def elsewhere() -> Generator[str]:
    found = HTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{found.server_address[1]}"
    found.shutdown()
    thread.join()
    found.server_close()


def refused_by(place: Any, url: str) -> Any:
    with OwnerLock.take(place.home, command="kith serve") as lock:
        lock.announce(url)
        ran = place.child("verify", "--json", HTTP_PROXY="http://127.0.0.1:9", ALL_PROXY="http://127.0.0.1:9")
        assert lock.owner.token not in ran.out + ran.err
    return ran


def test_a_server_that_does_not_answer_is_named_with_what_to_do(filled: Any) -> None:
    ran = refused_by(filled, "http://127.0.0.1:9")
    assert (ran.code, ran.json["error"]["type"], ran.json["error"]["exit_code"]) == (4, "StoresHeld", 4)
    for words in (f"held by process {os.getpid()}", "answers at http://127.0.0.1:9", "kill", "did not answer"):
        assert words in ran.json["error"]["message"]


def test_what_is_no_server_of_ours_is_told_from_one(filled: Any, elsewhere: str) -> None:
    ran = refused_by(filled, elsewhere)
    assert (ran.code, ran.json["error"]["type"]) == (4, "StoresHeld")
    assert "nothing that Kith says" in ran.json["error"]["message"]


def test_who_holds_the_stores_and_serves_nothing_is_named_as_before(filled: Any) -> None:
    with OwnerLock.take(filled.home, command="kith run"):
        ran = filled.child("verify")
    assert ran.code == 4
    assert "asked" not in ran.err


def test_the_token_opens_and_another_does_not(server: Any) -> None:
    owner = read_owner(server.home)
    assert owner is not None
    assert owner.url is not None
    wrong = {"Authorization": "Bearer kith_not_this"}
    right = {"Authorization": f"Bearer {owner.token}"}
    answers = [httpx.get(f"{owner.url}/api/v1/stores", headers=one, trust_env=False) for one in (wrong, right)]
    assert [one.status_code for one in answers] == [401, 200]
