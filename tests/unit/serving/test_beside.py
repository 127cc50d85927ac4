"""What is done beside an answer ends with whoever opened the stores: after it, no thread of theirs is left."""

import threading
from pathlib import Path
from typing import Any

import pytest

from kith.persona.model import User
from kith.settings import Settings
from kith.wiring import house_of, open_app

TENANT = "acme"
ANA = User(TENANT, "ana", "Ana")


def test_a_call_of_a_store_that_still_goes_on_at_the_end_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path / "home", embedder="hash", language="plain", tenant=TENANT)
    ending = threading.Event()
    with open_app(settings, command="a test", create=True) as app:
        house = house_of(app)
        house.stores.documents.put_users(TENANT, [ANA])
        shutdown = house.beside.shutdown

        def end(**how: Any) -> None:
            ending.set()
            shutdown(**how)

        def look() -> tuple[threading.Thread, User | None]:
            ending.wait()
            return threading.current_thread(), house.stores.documents.get_user(TENANT, "ana")

        monkeypatch.setattr(house.beside, "shutdown", end)
        looked = house.beside.submit(look)
    ended = ending.is_set()
    ending.set()
    thread, found = looked.result()
    assert (ended, found, thread.is_alive()) == (True, ANA, False)
    with pytest.raises(RuntimeError):
        house.beside.submit(look)
