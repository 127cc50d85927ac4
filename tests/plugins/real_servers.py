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

import logging
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeAlias, TypeVar, cast

import psutil
import pytest

__all__ = ["Missing", "Name", "RealServer", "RealServers", "found", "give_up"]

T = TypeVar("T")
Name: TypeAlias = Literal["postgres", "redis", "mongo", "neo4j", "milvus", "milvus-lite"]
PASSWORD = "correct-horse"  # noqa: S105 - of servers that live as long as the tests
TRIES = 1200
PAUSE = 0.05
STARTS = 3


class Missing(Exception):
    """What a test needs is not on this machine, and this is how to get it."""


class Unready(AssertionError):
    """A server that was started does not answer."""


@dataclass
class RealServer:
    """A server that was started here: it can be killed, frozen, and started again on what it has stored."""

    url: str
    port: int
    folder: Path
    command: Sequence[str]
    is_ready: Callable[["RealServer"], bool]
    user: str | None = None
    environment: dict[str, str] = field(default_factory=dict[str, str])
    _process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Returns when it answers."""
        with open(self.folder / "log", "ab") as log:
            self._process = subprocess.Popen(
                self.command,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd=self.folder,
                user=self.user,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )
        for _ in range(TRIES):
            if self.is_ready(self):
                return
            with suppress(subprocess.TimeoutExpired):
                code = self._process.wait(PAUSE)
                raise Unready(f"{self.command[0]} ended with {code}: {self.log()}")
        raise Unready(f"{self.command[0]} does not answer: {self.log()}")

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-2000:]

    def kill(self) -> None:
        """As a crash would."""
        self._signal(signal.SIGKILL)
        self._wait()

    def freeze(self) -> None:
        """It keeps its connections, and answers nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was frozen."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """Ends it, and all that it began."""
        if self._process is None:
            return
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
        self._signal(signal.SIGKILL)
        self._wait()

    def _wait(self) -> None:
        if self._process is not None:
            self._process.wait()
            self._process = None

    def _signal(self, number: int) -> None:
        if self._process is None:
            return
        began: list[psutil.Process] = []
        with suppress(psutil.Error):
            began = psutil.Process(self._process.pid).children(recursive=True)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)  # Milvus's outlive the one that began them
        for one in began:  # PostgreSQL's have left the group
            with suppress(ProcessLookupError, psutil.Error):
                if os.getpgid(one.pid) != self._process.pid:
                    one.send_signal(number)


def listens(server: RealServer) -> bool:
    """Whether its port takes a connection."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=1):
        return True
    return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def new_redis(folder: Path) -> RealServer:
    program, port = found("redis-server", "install Debian's redis-server"), free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    command += ["--appendonly", "yes", "--requirepass", PASSWORD]
    return RealServer(f"redis://:{PASSWORD}@127.0.0.1:{port}/0", port, folder, command, listens)


def new_postgres(folder: Path) -> RealServer:
    hint = "install Debian's postgresql"
    initdb, program, port = found("initdb", hint), found("postgres", hint), free_port()
    user = _unprivileged()
    if user is not None:
        shutil.chown(folder, user)
    password = folder / "password"
    password.write_text(PASSWORD)
    password.chmod(0o644)
    data = folder / "data"
    made = [initdb, "-D", str(data), "-U", "kith", "--auth=scram-sha-256", f"--pwfile={password}", "-E", "UTF8"]
    made += ["--locale=C.UTF-8", "--no-sync"]
    subprocess.run(made, check=True, capture_output=True, user=user, cwd=folder)
    command = [program, "-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", str(folder)]
    url = f"postgresql://kith:{PASSWORD}@127.0.0.1:{port}/postgres"
    return RealServer(url, port, folder, command, _postgres_answers, user=user)


def _postgres_answers(server: RealServer) -> bool:
    from psycopg.pq import PGconn, Ping

    return listens(server) and PGconn.ping(f"{server.url}?connect_timeout=2".encode()) == Ping.OK


def _unprivileged() -> str | None:
    """Whom to run as what refuses to run as root; None where we are nobody special."""
    if os.geteuid() != 0:
        return None
    known = {one.pw_name for one in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


def new_mongo(folder: Path) -> RealServer:
    port = free_port()
    named = os.environ.get("KITH_TEST_MONGO_PROGRAM")
    if named is None and (mongod := shutil.which("mongod")):
        command = [mongod, "--port", str(port), "--bind_ip", "127.0.0.1", "--dbpath", str(folder)]
    else:
        hint = "set KITH_TEST_MONGO_PROGRAM to the secantusd-py of an environment with SecantusDB, or install mongod"
        program = found(named or "secantusd-py", hint)
        command = [program, "--port", str(port), "--storage-path", str(folder / "data"), "--sync-on-commit"]
    return RealServer(f"mongodb://127.0.0.1:{port}/kith", port, folder, command, listens)


def new_neo4j(folder: Path) -> RealServer:
    named = os.environ.get("KITH_TEST_NEO4J_PROGRAM")
    if named is None:
        raise Missing("set KITH_TEST_NEO4J_PROGRAM to a program that starts Neo4j when called with PORT DIR auth")
    port = free_port()
    command = [found(named, "it must be a program"), str(port), str(folder / "data"), "auth"]
    return RealServer(f"bolt://neo4j:{PASSWORD}@127.0.0.1:{port}", port, folder, command, _neo4j_answers)


def _neo4j_answers(server: RealServer) -> bool:
    """A new one wants its first password changed; one that was started again has it changed."""
    from neo4j.exceptions import AuthError, ServiceUnavailable

    driver_of = cast("Any", import_module("neo4j")).GraphDatabase.driver  # whose options have no types

    if not listens(server):
        return False
    at = f"bolt://127.0.0.1:{server.port}"
    try:
        with driver_of(at, auth=("neo4j", PASSWORD)) as driver:
            driver.verify_connectivity()
    except ServiceUnavailable:
        return False
    except AuthError:
        with driver_of(at, auth=("neo4j", "neo4j")) as driver:
            driver.execute_query(
                "ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $new", new=PASSWORD, database_="system"
            )
    return True


def new_milvus(folder: Path) -> RealServer:
    named = os.environ.get("KITH_TEST_MILVUS_PROGRAM", "milvus-server")
    program = found(named, "set KITH_TEST_MILVUS_PROGRAM to the milvus-server of an environment with milvus")
    command = [program, "--debug", "--data", str(folder / "data")]  # it writes its log where we look
    port, settings = free_port(), folder / "etcd.yaml"
    etcd, peer = f"http://127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}"
    settings.write_text(
        f"heartbeat-interval: 10\nelection-timeout: 100\n"
        f"listen-client-urls: {etcd}\nadvertise-client-urls: {etcd}\n"
        f"listen-peer-urls: {peer}\ninitial-advertise-peer-urls: {peer}\ninitial-cluster: default={peer}\n"
    )
    # By the environment: a port of the command line that is not quite free yet gives way to the next one, in silence.
    environment = {"PROXY_PORT": str(port), "ETCD_CONFIG_PATH": str(settings), **MILVUS_SOON}
    environment |= {f"{part}PORT": str(free_port()) for part in MILVUS_PARTS}
    return RealServer(f"http://127.0.0.1:{port}", port, folder, command, _milvus_answers, environment=environment)


MILVUS_PARTS = (
    "PROXY_INTERNAL",
    "ROOTCOORD_",
    "QUERYCOORD_",
    "QUERYNODE_",
    "DATACOORD_",
    "DATANODE_",
    "INDEXNODE_",
)
MILVUS_SOON = {
    "PROXY_TIMETICKINTERVAL": "10",
    "QUERYCOORD_CHECKINTERVAL": "100",
    "QUERYCOORD_CHECKCHANNELINTERVAL": "100",
    "QUERYCOORD_CHECKHANDOFFINTERVAL": "100",
    "QUERYCOORD_DISTPULLINTERVAL": "50",
    "COMMON_SESSION_TTL": "15",
}
"""Milliseconds between looks at what there is to do: a read waits for one, making a collection for several. And seconds
until one that was killed is taken to be gone, as is one that was frozen for two thirds of them: until then, the one
that comes after it has nothing loaded."""


def new_milvus_lite(folder: Path) -> RealServer:
    named = os.environ.get("KITH_TEST_MILVUS_LITE_PROGRAM")
    if named is None:
        raise Missing("set KITH_TEST_MILVUS_LITE_PROGRAM to the milvus-lite of an environment with milvus-lite 3")
    port = free_port()
    command = [found(named, "it must be a program"), "server", "--data-dir", str(folder / "data")]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    return RealServer(f"http://127.0.0.1:{port}", port, folder, command, _milvus_answers)


def _milvus_answers(server: RealServer) -> bool:
    pymilvus, grpc = import_module("pymilvus"), import_module("grpc")
    client_of = cast("Any", pymilvus).MilvusClient  # which has no types
    if not listens(server):
        return False
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # it tells of each question that comes too early
    with suppress(pymilvus.MilvusException, grpc.RpcError):
        client = client_of(server.url, timeout=2, dedicated=True)
        try:
            client.list_collections(timeout=2)
        finally:
            client.close()
        return True
    return False


def found(program: str, hint: str) -> str:
    """Where a program is; `Missing` if it is nowhere."""
    folders = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    place = shutil.which(program) or shutil.which(program, path=os.pathsep.join(folders))
    if place is None:
        raise Missing(f"there is no {program!r} on this machine: {hint}")
    return str(Path(place).absolute())


NEW: dict[Name, Callable[[Path], RealServer]] = {
    "postgres": new_postgres,
    "redis": new_redis,
    "mongo": new_mongo,
    "neo4j": new_neo4j,
    "milvus": new_milvus,
    "milvus-lite": new_milvus_lite,
}


class RealServers:
    """The servers of one session of tests."""

    def __init__(self) -> None:
        self._urls: dict[Name, str] = {}
        self._started = ExitStack()

    def url(self, name: Name) -> str:
        """Where the one answers that all tests share: each keeps to a database, or a tenant, of its own."""
        if name not in self._urls:
            named = os.environ.get(_setting(name))
            self._urls[name] = named or self.new(name).url
        return self._urls[name]

    def new(self, name: Name, *, but: Callable[[RealServer], None] = lambda _: None) -> RealServer:
        """One of a test's own, to be killed, frozen and brought back. Skips the test where there can be none.

        `but`: what to change before it is started.
        """
        # A port that was free may be somebody's by the time the server takes it: then it is tried on others.
        for _ in range(STARTS - 1):
            server = self._made(name, but)
            with suppress(Unready):
                server.start()
                return server
            server.stop()
        server = self._made(name, but)
        server.start()
        return server

    def _made(self, name: Name, but: Callable[[RealServer], None]) -> RealServer:
        folder = Path(tempfile.mkdtemp(prefix=f"kith-{name}-"))
        folder.chmod(0o755)  # whoever it runs as must come to it
        try:
            server = NEW[name](folder)
        except Missing as missing:
            shutil.rmtree(folder)
            give_up(f"{name}: {missing}, or set {_setting(name)} to one that answers")
        self._started.callback(shutil.rmtree, folder, ignore_errors=True)
        self._started.callback(server.stop)
        but(server)
        return server

    def keep(self, place: AbstractContextManager[T]) -> T:
        """Enters what must be left before the servers end, such as a database that tests share."""
        return self._started.enter_context(place)

    def close(self) -> None:
        """Ends those that were started here."""
        self._started.close()


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
