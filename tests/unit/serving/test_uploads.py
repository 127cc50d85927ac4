"""Uploads on disk: whose they are, what is taken up again, and what a full disk leaves."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kith.serving.operations.uploads import Spool, Ticket
from kith.stores.errors import Terminal

TICKET = Ticket("run-1", "run", "acme", "a.jsonl", packed=False)
LINES = b'{"user_id": "ana", "message": "hello"}\n'


async def once(octets: bytes) -> AsyncIterator[bytes]:
    yield octets


def received(spool: Spool, octets: bytes = LINES) -> Path:
    return asyncio.run(spool.receive(once(octets), length=len(octets)))


def there(home: Path) -> set[str]:
    return {path.name for path in (home / "uploads").glob("*/*") if path.name != "lock"}


def test_what_one_process_has_another_leaves_alone_until_it_is_gone(tmp_path: Path) -> None:
    first, second, third = Spool(tmp_path), Spool(tmp_path), Spool(tmp_path)
    upload = first.keep(received(first), TICKET)
    sending = received(first)
    assert second.left() == []
    assert there(tmp_path) == {upload.path.name, f"{upload.path.name}.ticket", sending.name}
    first.close()
    assert second.left() == [upload]
    assert third.left() == []
    assert there(tmp_path) == {upload.path.name, f"{upload.path.name}.ticket"}  # nobody was told of the other
    second.discard(upload.path)
    second.close()
    assert list((tmp_path / "uploads").iterdir()) == []


def test_they_are_taken_up_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    spools = [Spool(tmp_path) for _ in range(3)]
    kept = [spool.keep(received(spool), TICKET) for spool in spools]
    for at, upload in enumerate(kept):
        os.utime(upload.path.with_suffix(".ticket"), (1000 - at, 1000 - at))
    for spool in spools:
        spool.close()
    assert Spool(tmp_path).left() == kept[::-1]


def test_a_ticket_that_was_not_written_whole_is_nobodys(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    upload = spool.keep(received(spool), TICKET)
    upload.path.with_suffix(".new").write_bytes(b"{")
    spool.close()
    after = Spool(tmp_path)
    assert after.left() == [upload]
    assert there(tmp_path) == {upload.path.name, f"{upload.path.name}.ticket"}
    after.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full to stand for a full disk")
def test_a_full_disk_leaves_what_somebody_was_promised(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    upload, new = spool.keep(received(spool), TICKET), received(spool)
    for path in (upload.path, new):
        path.with_suffix(".new").symlink_to("/dev/full")
        with pytest.raises(Terminal, match=r"the upload cannot be kept \(No space left on device\)"):
            spool.keep(path, TICKET)
    assert there(tmp_path) == {upload.path.name, f"{upload.path.name}.ticket"}
    spool.close()
    assert Spool(tmp_path).left() == [upload]
