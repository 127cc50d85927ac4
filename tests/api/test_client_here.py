"""`Kith` over stores in this process: who else may hold them, and what is there when they are opened again."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kith import Kith, KithError
from kith.stores.errors import StoresHeld


def test_stores_that_are_held_by_no_server(tmp_path: Path) -> None:
    with Kith(home=tmp_path, embedder="hash") as k:
        assert re.fullmatch(r"<Kith of the stores in '.*'>", repr(k))
        with pytest.raises(StoresHeld):
            Kith(home=tmp_path, embedder="hash")


def test_what_was_added_is_there_the_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_LANGUAGE", "plain")
    with Kith(home=tmp_path, embedder="hash") as k:
        k.add("I love tea.", user_id="u")
    with pytest.raises(KithError, match="this Kith was closed"):
        k.profile("u")
    with Kith(home=tmp_path, embedder="hash") as k:
        assert [one.text for one in k.get_all("u")] == ["I love tea."]


def test_what_was_answered_before_closing_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever closes while others write: each of them is told that it was taken, or that nothing was."""
    monkeypatch.setenv("KITH_LANGUAGE", "plain")
    began = threading.Event()
    k = Kith(home=tmp_path, embedder="hash")

    def write(n: int) -> str | None:
        began.set()
        try:
            (key,) = k.add(f"I love tea number {n}.", user_id="u").keys
        except KithError:
            return None
        return key

    with ThreadPoolExecutor(4) as threads:
        answers = threads.map(write, range(40))
        assert began.wait(60)
        k.close()
        taken = {key for key in answers if key is not None}
    with Kith(home=tmp_path, embedder="hash") as again:
        kept = {one.key for one in again.get_all("u")} if taken else set[str]()
    assert taken <= kept
