"""Ledgers to hold to their contract. An adapter is one entry in `LEDGERS`."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from kith.stores.ledger import open_ledger
from kith.stores.ledger_port import Ledger


def sqlite_ledger(folder: Path) -> str:
    return f"sqlite:///{folder / 'ledger.db'}"


LEDGERS: dict[str, Callable[[Path], str]] = {"sqlite": sqlite_ledger}
"""From a folder of its own to the URL of an empty ledger."""


@pytest.fixture
def clock() -> list[int]:
    """The time that the ledger goes by, in milliseconds: set the one number in it."""
    return [1_800_000_000_000]


@pytest.fixture(params=LEDGERS)
def another_ledger(
    request: pytest.FixtureRequest, tmp_path: Path, clock: list[int]
) -> Generator[Callable[[], Ledger], None, None]:
    """Opens one and the same ledger as often as it is called, as processes of their own would."""
    url = LEDGERS[request.param](tmp_path)
    with ExitStack() as opened:

        def another() -> Ledger:
            ledger = open_ledger(url, clock=lambda: clock[0])
            opened.callback(ledger.close)
            return ledger

        yield another


@pytest.fixture
def ledger(another_ledger: Callable[[], Ledger]) -> Ledger:
    """An empty ledger."""
    return another_ledger()
