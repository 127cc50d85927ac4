"""How each kind of real server is started, where it can be found on this machine."""

import logging
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

from server_process import Missing, RealServer, found, free_port, listens

__all__ = ["NEW", "PASSWORD", "Name"]

Name: TypeAlias = Literal["postgres", "redis", "mongo", "neo4j", "milvus", "milvus-lite"]
PASSWORD = "correct-horse"  # noqa: S105 - of servers that live as long as the tests


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


NEW: dict[Name, Callable[[Path], RealServer]] = {
    "postgres": new_postgres,
    "redis": new_redis,
    "mongo": new_mongo,
    "neo4j": new_neo4j,
    "milvus": new_milvus,
    "milvus-lite": new_milvus_lite,
}
