"""One owner for the embedded folder, with real processes."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from stat import S_IMODE

import pytest

from kith.stores.errors import StoresHeld, Terminal
from kith.stores.owner import OwnerLock, read_owner

PRELUDE = """
import os, subprocess, sys
from pathlib import Path
from kith.stores.errors import StoresHeld
from kith.stores.owner import OwnerLock, read_owner
home = Path(sys.argv[1])
def tell(*what):
    print(*what, flush=True)
"""
HOLD = """
lock = OwnerLock.take(home, command="kith run")
tell(lock.owner.token)
sys.stdin.read()
"""


@contextmanager
def child(program: str, home: Path) -> Generator[subprocess.Popen[str]]:
    """Another process that runs the program; it is gone when the block ends."""
    started = subprocess.Popen(
        [sys.executable, "-c", PRELUDE + program, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with started:
        try:
            yield started
        finally:
            started.kill()


def line(of: subprocess.Popen[str]) -> str:
    assert of.stdout is not None
    return of.stdout.readline().strip()


def end(one: subprocess.Popen[str]) -> None:
    assert one.stdin is not None
    one.stdin.close()
    assert one.wait() == 0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "home"


class TestTaking:
    def test_says_who_holds_it(self, home: Path) -> None:
        assert read_owner(home) is None
        with OwnerLock.take(home, command="kith serve --port 1") as lock:
            assert read_owner(home) == lock.owner
            assert (lock.owner.pid, lock.owner.command, lock.owner.url) == (os.getpid(), "kith serve --port 1", None)
            age = datetime.now(UTC) - datetime.fromisoformat(lock.owner.started_at)
            assert timedelta(0) <= age < timedelta(minutes=5)
            lock.announce("http://127.0.0.1:8000")
            assert read_owner(home) == lock.owner
            assert lock.owner.url == "http://127.0.0.1:8000"
            lock.announce("http://h")
            assert read_owner(home) == replace(lock.owner, url="http://h")
            assert json.loads((home / "owner.lock").read_text())["url"] == "http://h"
        assert read_owner(home) is None

    def test_the_file_is_json_for_its_user_alone(self, home: Path) -> None:
        before = os.umask(0)
        try:
            with OwnerLock.take(home, command="kith run") as lock:
                file = home / "owner.lock"
                assert (S_IMODE(home.stat().st_mode), S_IMODE(file.stat().st_mode)) == (0o700, 0o600)
                told = json.loads(file.read_text())
                assert {name: told[name] for name in ("pid", "command", "started_at", "url", "token")} == {
                    "pid": os.getpid(),
                    "command": "kith run",
                    "started_at": lock.owner.started_at,
                    "url": None,
                    "token": lock.owner.token,
                }
        finally:
            os.umask(before)
        assert file.read_bytes() == b""

    def test_a_file_that_others_could_read_is_closed_to_them(self, home: Path) -> None:
        home.mkdir(parents=True)
        (home / "owner.lock").touch(mode=0o666)
        with OwnerLock.take(home, command="kith run"):
            assert S_IMODE((home / "owner.lock").stat().st_mode) == 0o600

    def test_tokens_are_new_each_time_and_not_shown(self, home: Path) -> None:
        tokens: set[str] = set()
        for _ in range(3):
            with OwnerLock.take(home, command="kith run") as lock:
                tokens.add(lock.owner.token)
                assert lock.owner.token not in repr(lock.owner)
        assert len(tokens) == 3
        assert min(map(len, tokens)) >= 40

    def test_twice_in_one_process_is_refused(self, home: Path) -> None:
        with OwnerLock.take(home, command="kith run") as lock:
            with pytest.raises(StoresHeld, match="held by this very process, 'kith run', since"):
                OwnerLock.take(home, command="kith verify")
            assert read_owner(home) == lock.owner
        OwnerLock.take(home, command="kith verify").release()

    def test_released_twice_and_then_not_announced(self, home: Path) -> None:
        lock = OwnerLock.take(home, command="kith run")
        lock.release()
        with OwnerLock.take(home, command="kith verify") as next_one:
            lock.release()
            assert read_owner(home) == next_one.owner
            with pytest.raises(Terminal, match="released"):
                lock.announce("http://h")

    def test_released_when_the_block_fails(self, home: Path) -> None:
        with pytest.raises(ZeroDivisionError), OwnerLock.take(home, command="kith run"):
            raise ZeroDivisionError
        assert read_owner(home) is None

    def test_any_command_line_can_be_told(self, home: Path) -> None:
        for command in ("", 'kith run "a b" \\ \n é 👋', "kith run \udcff", "kith run " + "file " * 100_000):
            with OwnerLock.take(home, command=command) as lock:
                assert read_owner(home) == lock.owner
                assert lock.owner.command.startswith(command[:9].replace("\udcff", ""))

    def test_what_is_no_folder(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(Terminal, match="cannot be used"):
            OwnerLock.take(tmp_path / "file", command="kith run")
        with pytest.raises(Terminal, match="cannot be used"):
            read_owner(tmp_path / "file")
        (tmp_path / "owner.lock").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(Terminal, match="cannot be used"):
            OwnerLock.take(tmp_path, command="kith run")
        assert not (tmp_path / "elsewhere").exists()


class TestOtherProcesses:
    def test_is_told_who_holds_it_and_what_to_do(self, home: Path) -> None:
        with child(HOLD, home) as holder:
            token = line(holder)
            owner = read_owner(home)
            assert owner is not None
            assert (owner.pid, owner.command, owner.token) == (holder.pid, "kith run", token)
            with pytest.raises(StoresHeld) as refused:
                OwnerLock.take(home, command="kith verify")
            assert str(refused.value) == (
                f"The stores in {str(home)!r} are held by process {holder.pid}, 'kith run', since {owner.started_at}. "
                f"Wait until it has ended, or end it with `kill {holder.pid}`, and try again."
            )
            assert token not in str(refused.value)
            end(holder)
        assert read_owner(home) is None

    def test_what_a_killed_owner_left_is_no_owner(self, home: Path) -> None:
        with child(HOLD, home) as holder:
            token = line(holder)
            holder.send_signal(signal.SIGKILL)
            holder.wait()
        assert token in (home / "owner.lock").read_text()
        assert read_owner(home) is None
        with OwnerLock.take(home, command="kith verify") as lock:
            assert read_owner(home) == lock.owner
            assert token not in (home / "owner.lock").read_text()

    def test_waits_for_as_long_as_it_was_told(self, home: Path) -> None:
        with child(HOLD, home) as holder:
            line(holder)
            with pytest.raises(StoresHeld):
                OwnerLock.take(home, command="kith verify", wait=0.05)
            with ThreadPoolExecutor(1) as pool:
                waiting = pool.submit(OwnerLock.take, home, command="kith verify", wait=60)
                end(holder)
                with waiting.result() as lock:
                    assert read_owner(home) == lock.owner

    def test_a_program_started_by_the_owner_does_not_inherit_it(self, home: Path) -> None:
        program = """
lock = OwnerLock.take(home, command="kith run")
tell(subprocess.Popen(["sleep", "60"], close_fds=False, stdout=subprocess.DEVNULL).pid)
sys.stdin.read()
"""
        with child(program, home) as holder:
            started = int(line(holder))
            try:
                assert read_owner(home) is not None
                holder.send_signal(signal.SIGKILL)
                holder.wait()
                assert read_owner(home) is None
                OwnerLock.take(home, command="kith verify").release()
            finally:
                os.kill(started, signal.SIGKILL)

    def test_a_forked_child_does_not_release_its_parents_lock(self, home: Path) -> None:
        program = """
with OwnerLock.take(home, command="kith run") as lock:
    forked = os.fork()
    if forked:
        os.waitpid(forked, 0)
        tell(read_owner(home) == lock.owner)
        sys.stdin.read()
"""
        with child(program, home) as holder:
            assert line(holder) == "True"
            with pytest.raises(StoresHeld):
                OwnerLock.take(home, command="kith verify")
            end(holder)

    def test_what_is_read_is_always_whole(self, home: Path) -> None:
        program = """
lock = OwnerLock.take(home, command="kith serve")
tell(lock.owner.token)
for n in range(3000):
    lock.announce("http://host/" + "x" * (n % 97 * 20) + str(n % 97))
tell("done")
sys.stdin.read()
"""
        with child(program, home) as holder:
            token = line(holder)
            with ThreadPoolExecutor(1) as pool:
                done = pool.submit(line, holder)
                while not done.done():
                    owner = read_owner(home)
                    assert owner is not None
                    assert (owner.pid, owner.command, owner.token) == (holder.pid, "kith serve", token)
                    if owner.url is not None:
                        length = owner.url.count("x")
                        assert owner.url == "http://host/" + "x" * length + str(length // 20)

    def test_who_only_looks_keeps_nobody_out(self, home: Path) -> None:
        program = """
tell("ready")
while True:
    read_owner(home)
"""
        OwnerLock.take(home, command="kith run").release()
        with child(program, home) as one, child(program, home) as two:
            assert [line(one), line(two)] == ["ready", "ready"]
            for _ in range(300):
                with OwnerLock.take(home, command="kith verify") as lock:
                    assert read_owner(home) == lock.owner

    def test_a_look_is_never_at_who_was_there_before(self, home: Path) -> None:
        home.mkdir(parents=True)
        program = """
tell("ready")
for _ in range(300):
    try:
        with OwnerLock.take(home, command=f"kith run {os.getpid()}", wait=60):
            pass
    except StoresHeld as held:
        tell(held)
tell("done")
"""
        with child(program, home) as one, child(program, home) as two:
            assert [line(one), line(two)] == ["ready", "ready"]
            with ThreadPoolExecutor(2) as pool:
                done = [pool.submit(line, one), pool.submit(line, two)]
                while not all(each.done() for each in done):
                    owner = read_owner(home)
                    if owner is not None:
                        assert owner.pid in (one.pid, two.pid)
                        assert (owner.command, owner.url) == (f"kith run {owner.pid}", None)
                assert [each.result() for each in done] == ["done", "done"]

    def test_of_many_at_once_one_gets_it(self, home: Path) -> None:
        program = """
tell("ready")
sys.stdin.readline()
try:
    lock = OwnerLock.take(home, command="kith run")
    tell("mine")
except StoresHeld:
    tell("held")
sys.stdin.read()
"""
        with child(program, home) as one, child(program, home) as two, child(program, home) as three:
            everyone = [one, two, three]
            assert [line(each) for each in everyone] == ["ready"] * 3
            for each in everyone:
                assert each.stdin is not None
                each.stdin.write("go\n")
                each.stdin.flush()
            said = [line(each) for each in everyone]
            assert sorted(said) == ["held", "held", "mine"]
            owner = read_owner(home)
            assert owner is not None
            assert owner.pid == everyone[said.index("mine")].pid


class TestWhatStandsInTheFile:
    """Another holds the lock, and the file is not yet as it should be."""

    def test_of_a_dead_owner_is_not_believed_while_the_next_one_writes(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("kith.stores.owner.LOOKING", 60.0)
        with child(HOLD, home) as dead:
            line(dead)
            dead.send_signal(signal.SIGKILL)
            dead.wait()
        file = home / "owner.lock"
        left = file.read_bytes()
        with OwnerLock.take(home, command="kith verify") as lock, ThreadPoolExecutor(1) as pool:
            written = file.read_bytes()
            file.write_bytes(left)
            looking = pool.submit(read_owner, home)
            wait([looking], timeout=0.1)
            file.write_bytes(written)
            assert looking.result() == lock.owner

    @pytest.mark.parametrize("left", ["", "{", "[]", "null", "12", '{"pid": 1}', "half"])
    def test_a_holder_that_does_not_say_who_it_is(self, home: Path, monkeypatch: pytest.MonkeyPatch, left: str) -> None:
        monkeypatch.setattr("kith.stores.owner.LOOKING", 0.02)
        with OwnerLock.take(home, command="kith run"):
            file = home / "owner.lock"
            # Whole JSON, put together from two writes.
            file.write_text(file.read_text().replace("kith run", "kith ran") if left == "half" else left)
            with pytest.raises(StoresHeld, match="does not say who it is"):
                read_owner(home)
            with pytest.raises(StoresHeld, match="does not say who it is"):
                OwnerLock.take(home, command="kith verify")

    def test_nobody_waits_forever_for_one_who_looks_for_good(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("kith.stores.owner.LOOKING", 0.02)
        OwnerLock.take(home, command="kith run").release()
        with (home / "owner.lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            assert read_owner(home) is None
            with pytest.raises(StoresHeld, match="does not say who it is"):
                OwnerLock.take(home, command="kith verify")
