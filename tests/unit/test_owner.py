"""One owner for the embedded folder: how it is taken, told, released and refused."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from stat import S_IMODE

import pytest

from kith.stores.errors import StoresHeld, Terminal
from kith.stores.owner import OwnerLock, read_owner


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
