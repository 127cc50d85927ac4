"""Real servers for the tests: named by a setting, else started here where they can be found, else the test is skipped.

| server | named by | else started from |
|---|---|---|
| PostgreSQL | `KITH_TEST_POSTGRES_URL` | `initdb` and `postgres` (`PATH`, or Debian's folder) |
| Redis | `KITH_TEST_REDIS_URL` | `redis-server` |
| MongoDB | `KITH_TEST_MONGO_URL` | `mongod`, else what `KITH_TEST_MONGO_PROGRAM` names: a `secantusd-py` |
| Neo4j | `KITH_TEST_NEO4J_URL` | what `KITH_TEST_NEO4J_PROGRAM` names: called with PORT, DIR and `auth` |
| Milvus | `KITH_TEST_MILVUS_URL` | what `KITH_TEST_MILVUS_PROGRAM` names: a `milvus-server` |
| Milvus Lite 3, served | `KITH_TEST_MILVUS_LITE_URL` | what `KITH_TEST_MILVUS_LITE_PROGRAM` names: a `milvus-lite` |

With `KITH_TEST_REQUIRE_SERVERS=1` a test fails that would be skipped. A server that was started here listens on a free
port of this machine alone, keeps its data in a folder of its own, and is ended with the tests: nothing else is.
"""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn, TypeAlias, TypeVar

import pytest
from server_process import Missing, RealServer, Unready, found, free_port
from server_programs import NEW, PASSWORD, Name

__all__ = ["PASSWORD", "Missing", "Name", "NewServer", "RealServer", "RealServers", "found", "free_port", "give_up"]

T = TypeVar("T")
NewServer: TypeAlias = Callable[[Name], RealServer]
STARTS = 3


class RealServers:
    """The servers of one session of tests."""

    def __init__(self) -> None:
        self._urls: dict[Name, str] = {}
        self._started = ExitStack()

    def url(self, name: Name) -> str:
        """Where the one answers that all tests share: each keeps to a database, or a tenant, of its own."""
        if name not in self._urls:
            named = os.environ.get(_setting(name))
            self._urls[name] = named or self.keep(self.new(name)).url
        return self._urls[name]

    @contextmanager
    def new(self, name: Name, *, but: Callable[[RealServer], None] = lambda _: None) -> Generator[RealServer]:
        """One of a test's own, to be killed, frozen and brought back. Skips the test where there can be none.

        `but`: what to change before it is started. An idle one costs as much as one that works: it ends with the block.
        """
        server = self._begun(name, but)
        try:
            yield server
        finally:
            _end(server)

    def _begun(self, name: Name, but: Callable[[RealServer], None], tries: int = STARTS) -> RealServer:
        server = self._made(name, but)
        try:
            server.start()
        except Unready:
            _end(server)
            if tries == 1:
                raise
            # A port that was free may be somebody's by the time the server takes it: then it is tried on another.
            return self._begun(name, but, tries - 1)
        return server

    def _made(self, name: Name, but: Callable[[RealServer], None]) -> RealServer:
        folder = Path(tempfile.mkdtemp(prefix=f"kith-{name}-"))
        folder.chmod(0o755)  # whoever it runs as must come to it
        try:
            server = NEW[name](folder)
        except Missing as missing:
            shutil.rmtree(folder)
            give_up(f"{name}: {missing}, or set {_setting(name)} to one that answers")
        but(server)
        return server

    def keep(self, place: AbstractContextManager[T]) -> T:
        """Enters what must be left before the servers end, such as a database that tests share."""
        return self._started.enter_context(place)

    def close(self) -> None:
        """Ends those that were started here."""
        self._started.close()


def _end(server: RealServer) -> None:
    server.stop()
    shutil.rmtree(server.folder, ignore_errors=True)


def _setting(name: Name) -> str:
    return f"KITH_TEST_{name.upper().replace('-', '_')}_URL"


def give_up(why: str) -> NoReturn:
    """Skips the test that needs what is missing; fails it where everything must be there."""
    if os.environ.get("KITH_TEST_REQUIRE_SERVERS") == "1":
        pytest.fail(why, pytrace=False)
    pytest.skip(why)


@pytest.fixture(scope="session")
def servers() -> Generator[RealServers]:
    """Real servers, started when the first test asks for one."""
    begun = RealServers()
    yield begun
    begun.close()


@pytest.fixture
def new_server(servers: RealServers) -> Generator[NewServer]:
    """Begins a server of the test's own, which ends with it."""
    with ExitStack() as begun:
        yield lambda name: begun.enter_context(servers.new(name))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Why tests were skipped: a line for each reason, however many they are."""
    skipped: list[pytest.TestReport] = terminalreporter.getreports("skipped")
    reasons = Counter(one.longrepr[2] for one in skipped if isinstance(one.longrepr, tuple))
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count} skipped: {reason.removeprefix('Skipped: ')}")
