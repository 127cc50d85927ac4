"""One owner for the embedded folder among several processes, and what a reader makes of what they leave in the file."""

import fcntl
import os
import signal
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeAlias

import pytest

from kith.stores.errors import StoresHeld
from kith.stores.owner import OwnerLock, read_owner

Child: TypeAlias = Callable[[str, Path], AbstractContextManager[subprocess.Popen[str]]]
PRELUDE = """
import os, subprocess, sys
from pathlib import Path
from kith.stores.errors import StoresHeld
from kith.stores.owner import OwnerLock, read_owner
home = Path(sys.argv[1])
def tell(*what):
    print(*what, flush=True)
"""
HOLD = f"""{PRELUDE}
lock = OwnerLock.take(home, command="kith run")
tell(lock.owner.token)
sys.stdin.read()
"""


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


class TestOtherProcesses:
    def test_is_told_who_holds_it_and_what_to_do(self, home: Path, child: Child) -> None:
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

    def test_what_a_killed_owner_left_is_no_owner(self, home: Path, child: Child) -> None:
        with child(HOLD, home) as holder:
            token = line(holder)
            holder.send_signal(signal.SIGKILL)
            holder.wait()
        assert token in (home / "owner.lock").read_text()
        assert read_owner(home) is None
        with OwnerLock.take(home, command="kith verify") as lock:
            assert read_owner(home) == lock.owner
            assert token not in (home / "owner.lock").read_text()

    def test_waits_for_as_long_as_it_was_told(self, home: Path, child: Child) -> None:
        with child(HOLD, home) as holder:
            line(holder)
            with pytest.raises(StoresHeld):
                OwnerLock.take(home, command="kith verify", wait=0.05)
            with ThreadPoolExecutor(1) as pool:
                waiting = pool.submit(OwnerLock.take, home, command="kith verify", wait=60)
                end(holder)
                with waiting.result() as lock:
                    assert read_owner(home) == lock.owner

    def test_a_program_started_by_the_owner_does_not_inherit_it(self, home: Path, child: Child) -> None:
        program = """
lock = OwnerLock.take(home, command="kith run")
tell(subprocess.Popen(["sleep", "60"], close_fds=False, stdout=subprocess.DEVNULL).pid)
sys.stdin.read()
"""
        with child(PRELUDE + program, home) as holder:
            started = int(line(holder))
            try:
                assert read_owner(home) is not None
                holder.send_signal(signal.SIGKILL)
                holder.wait()
                assert read_owner(home) is None
                OwnerLock.take(home, command="kith verify").release()
            finally:
                os.kill(started, signal.SIGKILL)

    def test_a_forked_child_does_not_release_its_parents_lock(self, home: Path, child: Child) -> None:
        program = """
with OwnerLock.take(home, command="kith run") as lock:
    forked = os.fork()
    if forked:
        os.waitpid(forked, 0)
        tell(read_owner(home) == lock.owner)
        sys.stdin.read()
"""
        with child(PRELUDE + program, home) as holder:
            assert line(holder) == "True"
            with pytest.raises(StoresHeld):
                OwnerLock.take(home, command="kith verify")
            end(holder)

    def test_what_is_read_is_always_whole(self, home: Path, child: Child) -> None:
        program = """
lock = OwnerLock.take(home, command="kith serve")
tell(lock.owner.token)
for n in range(3000):
    lock.announce("http://host/" + "x" * (n % 97 * 20) + str(n % 97))
tell("done")
sys.stdin.read()
"""
        with child(PRELUDE + program, home) as holder:
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

    def test_who_only_looks_keeps_nobody_out(self, home: Path, child: Child) -> None:
        program = """
tell("ready")
while True:
    read_owner(home)
"""
        OwnerLock.take(home, command="kith run").release()
        with child(PRELUDE + program, home) as one, child(PRELUDE + program, home) as two:
            assert [line(one), line(two)] == ["ready", "ready"]
            for _ in range(300):
                with OwnerLock.take(home, command="kith verify") as lock:
                    assert read_owner(home) == lock.owner

    def test_a_look_is_never_at_who_was_there_before(self, home: Path, child: Child) -> None:
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
        with child(PRELUDE + program, home) as one, child(PRELUDE + program, home) as two:
            assert [line(one), line(two)] == ["ready", "ready"]
            with ThreadPoolExecutor(2) as pool:
                done = [pool.submit(line, one), pool.submit(line, two)]
                while not all(each.done() for each in done):
                    owner = read_owner(home)
                    if owner is not None:
                        assert owner.pid in (one.pid, two.pid)
                        assert (owner.command, owner.url) == (f"kith run {owner.pid}", None)
                assert [each.result() for each in done] == ["done", "done"]

    def test_of_many_at_once_one_gets_it(self, home: Path, child: Child) -> None:
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
        with (
            child(PRELUDE + program, home) as one,
            child(PRELUDE + program, home) as two,
            child(PRELUDE + program, home) as three,
        ):
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
        self, home: Path, monkeypatch: pytest.MonkeyPatch, child: Child
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
