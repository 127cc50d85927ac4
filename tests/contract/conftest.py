"""Stores to hold to their contracts. An adapter is one entry in `LEDGERS`, `DOCUMENTS` or `INDEXES`."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Protocol, TypeAlias

import pytest

from kith.persona.embedding import ModelCard
from kith.stores.ledger import open_ledger
from kith.stores.ledger_port import Ledger
from kith.stores.milvus_lite import open_milvus_lite
from kith.stores.ports import Documents, VectorIndex
from kith.stores.sqlite_documents import open_sqlite_documents


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


def sqlite_documents(folder: Path) -> Callable[[], Documents]:
    return lambda: open_sqlite_documents(folder / "documents.db")


DOCUMENTS: dict[str, Callable[[Path], Callable[[], Documents]]] = {"sqlite": sqlite_documents}
"""From a folder of its own to an opener of an empty place."""


@pytest.fixture(params=DOCUMENTS)
def another_documents(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Documents]:
    """Opens one and the same place, as often as it is called."""
    return DOCUMENTS[request.param](tmp_path)


@pytest.fixture
def documents(another_documents: Callable[[], Documents]) -> Generator[Documents]:
    """An empty record."""
    opened = another_documents()
    yield opened
    opened.close()


class IndexOpener(Protocol):
    """Opens one and the same place, as often as it is called."""

    def __call__(self, model: ModelCard | None, *, replace: bool = False) -> VectorIndex: ...


IndexAdapter: TypeAlias = Callable[[Path], IndexOpener]


def milvus_lite(folder: Path) -> IndexOpener:
    def opener(model: ModelCard | None, *, replace: bool = False) -> VectorIndex:
        return open_milvus_lite(folder / "vectors", model, replace=replace)

    return opener


INDEXES: dict[str, IndexAdapter] = {"milvus-lite": milvus_lite}
"""From a folder of its own to an opener of an empty place."""


@pytest.fixture(scope="module", params=INDEXES)
def index_adapter(request: pytest.FixtureRequest) -> IndexAdapter:
    return INDEXES[request.param]


@pytest.fixture
def another_index(index_adapter: IndexAdapter, tmp_path: Path) -> IndexOpener:
    return index_adapter(tmp_path)


@pytest.fixture(scope="module")
def index(index_adapter: IndexAdapter, tmp_path_factory: pytest.TempPathFactory) -> Generator[VectorIndex]:
    """Vectors of 16 dimensions: one index for all tests of a module, which keep apart by their tenants."""
    opened = index_adapter(tmp_path_factory.mktemp("shared"))(ModelCard("a model", "0123abcd", 16))
    yield opened
    opened.close()


_tenants = count()


@pytest.fixture
def tenant() -> str:
    """A tenant that no other test has."""
    return f"tenant {next(_tenants)}"
