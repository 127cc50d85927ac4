"""`kith migrate`, where it does not come to copying: what it refuses, with which code, and what it says."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console
from server_process import free_port

from kith.cli.bars import own_bars
from kith.settings import Settings
from kith.stores.ledger_port import Item, OpenBatch
from kith.stores.owner import OwnerLock
from kith.wiring import open_app

Kith = Callable[..., Any]
FILE = "servers.env"


@pytest.fixture
def names_nobody(place: Any) -> str:
    """A file that names servers of which none answers."""
    at = f"127.0.0.1:{free_port()}"
    said = {"DOCUMENTS": f"mongodb://{at}", "VECTORS": f"http://{at}", "GRAPH": f"bolt://{at}"}
    lines = [f"KITH_{store}_URL={url}" for store, url in said.items()]
    file = place.folder / FILE
    file.write_text("\n".join([*lines, f"KITH_LEDGER_URL=postgresql://kith:s3cret@{at}/kith", ""]))
    return at


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Missing option '--to-env'"),
        (["--to-env", "nothing.env"], "'nothing.env' cannot be read (No such file or directory)"),
    ],
)
def test_it_must_be_told_where_to(kith: Kith, filled: Any, arguments: list[str], words: str) -> None:
    ran = kith("migrate", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert words.lower() in ran.err.lower()


def test_nothing_is_copied_where_nothing_was_stored(kith: Kith, place: Any, names_nobody: str) -> None:
    ran = kith("migrate", "--to-env", FILE)
    assert (ran.code, ran.out) == (2, "")
    assert "nothing has been stored under" in ran.err
    assert not place.home.exists()


def test_a_server_that_is_not_there_is_named(kith: Kith, filled: Any, names_nobody: str) -> None:
    ran = kith("migrate", "--to-env", FILE, "--json")
    assert (ran.code, ran.json["error"]["type"]) == (1, "Transient")
    assert f"The ledger at '{names_nobody}/kith' does not answer now" in ran.json["error"]["message"]
    assert "s3cret" not in ran.out + ran.err
    assert kith("verify", "--json").json["ok"] is True


def test_the_folder_must_be_nobodys(kith: Kith, filled: Any, names_nobody: str) -> None:
    with OwnerLock.take(filled.home, command="somebody else"):
        ran = kith("migrate", "--to-env", FILE, "--json")
    assert (ran.code, ran.json["error"]["type"]) == (4, "StoresHeld")


def test_vectors_of_another_model_are_refused(
    kith: Kith, filled: Any, names_nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_EMBEDDER", "default")
    ran = kith("migrate", "--to-env", FILE)
    assert (ran.code, ran.out) == (2, "")
    assert "the vectors in the folder were made by the model 'hash'" in ran.err
    assert "set KITH_EMBEDDER to the model that made them" in ran.err


def test_stores_on_servers_are_not_copied(
    kith: Kith, filled: Any, names_nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for line in (filled.folder / FILE).read_text().splitlines():
        monkeypatch.setenv(*line.split("=", 1))
    ran = kith("migrate", "--to-env", FILE)
    assert (ran.code, ran.out) == (2, "")
    assert "`kith migrate` copies a folder" in ran.err


def test_what_a_process_left_half_written_is_finished_first(kith: Kith, filled: Any, names_nobody: str) -> None:
    settings = Settings(home=filled.home, embedder="hash", language="plain")
    with open_app(settings, command="a test") as app:
        lease = app.stores.ledger.leases.take([0], holder="ann", seconds=60)
        assert lease is not None
        batch = OpenBatch("b", "r", "messages", "default", "ann", (0,), 5, (Item("k", "u", "d", 5, "s", "1"),))
        app.stores.ledger.batches.open(lease, batch)
    ran = kith("migrate", "--to-env", FILE)
    assert (ran.code, ran.out) == (2, "")
    assert "left batches half written (1): have `kith verify` finish them" in ran.err
    kith("verify")
    assert kith("migrate", "--to-env", FILE).code == 1  # no server answers


def test_uploads_that_wait_are_finished_first(kith: Kith, filled: Any, names_nobody: str) -> None:
    waiting = filled.home / "uploads" / "1-2" / "3.ticket"
    waiting.parent.mkdir(parents=True)
    waiting.write_text("{}")
    ran = kith("migrate", "--to-env", FILE)
    assert (ran.code, ran.out) == (2, "")
    assert "uploads wait in" in ran.err
    assert "to be taken in (1): have `kith serve` finish them" in ran.err


def test_each_step_has_a_bar_from_when_it_begins() -> None:
    seen = io.StringIO()
    with own_bars(note="opening the stores", console=Console(file=seen, force_terminal=True, width=80)) as beat:
        for step, more, total in (("the folder", 30, 40), ("the folder", 10, 40), ("documents", 1200, 2000)):
            beat(step, more, total)
    text = re.sub(r"\x1b\[[\d;?]*[A-Za-z]|\d+:\d\d:\d\d|[━╸╺]", "", seen.getvalue())
    shown = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    assert (shown[0], shown[-2:]) == ("opening the stores", ["the folder 40 of 40", "documents 1,200 of 2,000"])
