"""What the Graph on Neo4j does when its server is new, gone, silent, behind TLS, or does not know us."""

import asyncio
import logging
import ssl
import subprocess
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from threading import Barrier
from typing import Any, cast

import pytest
from real_servers import PASSWORD, RealServer, RealServers, free_port

from kith.persona.evidence import Ties, Wants
from kith.persona.identity import user_node_id
from kith.stores.cypher import USER, Run, hold
from kith.stores.errors import StoreError, Terminal, Transient
from kith.stores.neo4j_address import address_of
from kith.stores.neo4j_graph import Neo4jGraph, open_neo4j
from kith.stores.neo4j_session import Neo4jSession
from kith.stores.ports import Graph


def ana(n: int, user_id: str = "ana") -> Ties:
    return Ties(user_id, whole=True, wants=(Wants("buy", n, n),), facts=())


def outcome(call: Callable[[], object]) -> object:
    try:
        return call()
    except StoreError as error:
        return type(error)


@pytest.fixture(scope="module")
def server(servers: RealServers) -> Generator[RealServer]:
    with servers.new("neo4j") as server:
        yield server


@pytest.fixture
def graph(server: RealServer) -> Generator[Neo4jGraph]:
    graph = open_neo4j(server.url, replace=True, reading=2, writing=2)
    graph.set_ties("t", [ana(1)])
    yield graph
    graph.close()


def test_a_new_place_may_be_opened_by_many_at_once(server: RealServer, caplog: pytest.LogCaptureFixture) -> None:
    started = Barrier(4)

    def write(n: int) -> None:
        started.wait()
        graph = open_neo4j(server.url)
        graph.set_ties("t", [ana(n, f"u{n}")])
        graph.close()

    with caplog.at_level(logging.WARNING, logger="neo4j"), ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(write, n) for n in range(1, 5)]:
            done.result()
    graph = open_neo4j(server.url)
    assert [graph.get_ties("t", user_id) for user_id in graph.scan_users("t")] == [ana(n, f"u{n}") for n in range(1, 5)]
    graph.close()
    # Names that the server has not heard of yet, and what another made a moment before, are told to nobody.
    assert [record.getMessage() for record in caplog.records if record.name.startswith("neo4j")] == []


@pytest.mark.parametrize(("user", "password"), [("nobody", PASSWORD), ("neo4j", "hush")])
def test_whom_the_server_does_not_know_is_refused(server: RealServer, user: str, password: str) -> None:
    with pytest.raises(Terminal, match=f"does not let '{user}' in") as refused:
        open_neo4j(server.url.replace(f"neo4j:{PASSWORD}", f"{user}:{password}"))
    assert password not in str(refused.value)


def test_who_gives_no_name_is_refused(server: RealServer) -> None:
    with pytest.raises(Terminal, match="does not let nobody in"):
        open_neo4j(server.url.replace(f"neo4j:{PASSWORD}@", ""))


def test_who_tried_too_often_is_told_to_wait(server: RealServer) -> None:
    driver_of = cast("Any", import_module("neo4j")).GraphDatabase.driver  # whose options have no types
    with driver_of(address_of(server.url).uri, auth=("neo4j", PASSWORD)) as driver:
        driver.execute_query("CREATE USER eve SET PASSWORD $password", password=PASSWORD, database_="system")
    url = server.url.replace(f"neo4j:{PASSWORD}", "eve:hush")
    assert [outcome(lambda: open_neo4j(url)) for _ in range(4)] == [Terminal, Terminal, Terminal, Transient]


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_a_place_where_nothing_answers_is_named(scheme: str) -> None:
    url = f"{scheme}://neo4j:{PASSWORD}@127.0.0.1:{free_port()}"
    with pytest.raises(Transient, match="refused") as gone:
        open_neo4j(url)
    assert address_of(url).where in str(gone.value)
    assert PASSWORD not in str(gone.value)


def test_a_server_that_is_asked_who_else_there_is_serves(server: RealServer) -> None:
    graph = open_neo4j(server.url.replace("bolt:", "neo4j:"), replace=True)
    graph.set_ties("t", [ana(1)])
    assert graph.get_ties("t", "ana") == ana(1)
    assert graph.scan_users("t") == ["ana"]
    graph.close()


def calls(graph: Graph, n: int) -> list[object]:
    return [
        outcome(lambda: graph.set_ties("t", [ana(n)])),
        outcome(lambda: graph.get_ties("t", "ana")),
        outcome(lambda: graph.scan_users("t")),
    ]


def test_a_server_that_was_killed_serves_again_when_it_is_back(server: RealServer) -> None:
    graph = open_neo4j(server.url, replace=True)
    assert calls(graph, 2) == [None, ana(2), ["ana"]]
    server.kill()
    assert calls(graph, 3) == [Transient] * 3
    server.start()
    assert graph.get_ties("t", "ana") == ana(2)
    assert calls(graph, 4) == [None, ana(4), ["ana"]]
    graph.close()


@pytest.mark.timeout(90)  # left to itself, the driver waits for two minutes at each call
def test_a_server_that_is_frozen_is_not_waited_for(graph: Neo4jGraph, server: RealServer) -> None:
    server.freeze()
    try:
        assert outcome(lambda: graph.set_ties("t", [ana(2)])) is Transient
        assert outcome(lambda: graph.get_ties("t", "ana")) is Transient
        assert outcome(lambda: open_neo4j(server.url)) is Transient
    finally:
        server.thaw()
    assert calls(graph, 3) == [None, ana(3), ["ana"]]


@pytest.mark.timeout(90)
@pytest.mark.parametrize("does", ["reads", "writes"])
def test_a_server_that_freezes_midway_is_not_waited_for(graph: Neo4jGraph, server: RealServer, does: str) -> None:
    session = Neo4jSession(address_of(server.url), reading=2, writing=2)

    def work(run: Run) -> None:
        run(hold(USER), ids=[user_node_id("t", "ana")])
        server.freeze()
        run("MATCH (u:User) SET u.user_id = 'bob'")

    try:
        with pytest.raises(Transient, match="does not answer"):
            session.write(work) if does == "writes" else session.read(work, of=(USER, user_node_id("t", "ana")))
    finally:
        server.thaw()
    # What it had held is free again, and nothing of it was kept.
    assert calls(graph, 2) == [None, ana(2), ["ana"]]
    session.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One that nobody vouches for, of 127.0.0.1."""
    folder = tmp_path_factory.mktemp("tls")
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    made += ["-keyout", "key", "-out", "cert", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(made, cwd=folder, check=True, capture_output=True)
    return folder / "cert", folder / "key"


@pytest.fixture
def behind_tls(server: RealServer, certificate: tuple[Path, Path]) -> Generator[str]:
    """The server's URL, but for the scheme, where it is reached by TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    opened: SimpleQueue[tuple[int, Callable[[], object]]] = SimpleQueue()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError):
                while octets := await reader.read(1 << 16):
                    writer.write(octets)
                    await writer.drain()
        finally:
            writer.transport.abort()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", server.port)
        await asyncio.gather(carry(reader, back), carry(there, writer))

    async def listen() -> None:
        done = asyncio.Event()
        async with await asyncio.start_server(meet, "127.0.0.1", 0, ssl=context) as listening:
            loop = asyncio.get_running_loop()
            opened.put((listening.sockets[0].getsockname()[1], lambda: loop.call_soon_threadsafe(done.set)))
            await done.wait()

    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(asyncio.run, listen())
        port, end = opened.get()
        yield server.url.partition("://")[2].replace(str(server.port), str(port))
        end()
        ended.result()


def test_tls_is_spoken_with_a_certificate_that_is_trusted(
    behind_tls: str, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = open_neo4j(f"bolt+ssc://{behind_tls}")
    graph.close()
    with pytest.raises(Terminal, match="a certificate that this machine does not trust"):
        open_neo4j(f"bolt+s://{behind_tls}")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    graph = open_neo4j(f"bolt+s://{behind_tls}")
    graph.set_ties("t", [ana(7)])
    assert graph.get_ties("t", "ana") == ana(7)
    graph.close()


def test_a_server_without_tls_is_named(server: RealServer) -> None:
    with pytest.raises(Transient, match="could not agree on TLS"):
        open_neo4j(server.url.replace("bolt:", "bolt+s:"))
