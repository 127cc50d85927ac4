"""Vectors on a Milvus server that dies, freezes, or refuses who comes: by name, or a wait."""

import shutil
import subprocess
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event

import pytest
from milvus_places import MODEL, in_the_end, new_place, points, rows
from real_servers import RealServer, RealServers

from kith.stores.errors import Terminal, Transient
from kith.stores.milvus import MilvusVectors
from kith.stores.milvus_server import open_milvus_server

# One that dies, and one that freezes


@pytest.fixture(scope="module", params=["milvus", "milvus-lite"])
def server(request: pytest.FixtureRequest, servers: RealServers) -> Generator[RealServer]:
    """One for the tests of this module, which leave it as well as it was."""
    with servers.new(request.param) as server:
        yield server


@pytest.fixture
def index(server: RealServer) -> Generator[MilvusVectors]:
    with new_place(server.url) as url, closing(open_milvus_server(url, MODEL, calling=2)) as opened:
        yield opened


def test_one_that_is_gone_is_transient_and_comes_back_with_all_that_it_acknowledged(
    server: RealServer, index: MilvusVectors
) -> None:
    under_way = Event()
    acknowledged = 0

    def write() -> None:
        nonlocal acknowledged
        while True:
            index.upsert_messages("t", rows(acknowledged, 7), points(7))
            acknowledged += 7
            if acknowledged == 210:
                under_way.set()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        under_way.wait()
        server.kill()
        try:
            assert isinstance(writing.exception(), Transient)
            for call in (
                lambda: index.count_messages("t"),
                lambda: index.search_dense("t", points(1)[0]),
                lambda: list(index.scan_messages("t")),
                lambda: index.delete_user("t", "ana"),
                lambda: open_milvus_server(server.url, MODEL),
            ):
                with pytest.raises(Transient, match=r"the vectors in 'http://127\.0\.0\.1"):
                    call()
        finally:
            server.start()
    there = in_the_end(lambda: {int(key) for key, _, _ in index.scan_messages("t")})
    assert set(range(acknowledged)) <= there
    # What was not acknowledged is said again, as a whole, and is there once.
    in_the_end(lambda: index.upsert_messages("t", rows(0, acknowledged + 7), points(acknowledged + 7)))
    assert in_the_end(lambda: index.count_messages("t")) == acknowledged + 7
    near = index.search_dense("t", points(1)[0], limit=1)
    assert [hit.score for hit in near] == [pytest.approx(1)]


def test_a_frozen_one_is_given_up_by_all_who_wait_and_found_again(server: RealServer, index: MilvusVectors) -> None:
    index.upsert_messages("t", rows(0, 10), points(10))
    server.freeze()
    try:
        with ThreadPoolExecutor(8) as pool:
            calls = [pool.submit(index.count_messages, "t") for _ in range(6)]
            calls += [pool.submit(index.upsert_messages, "t", rows(10, 1), points(1))]
            calls += [pool.submit(open_milvus_server, server.url, MODEL, connecting=0.5)]
            for call in calls:
                assert isinstance(call.exception(), Transient)
    finally:
        server.thaw()
    in_the_end(lambda: index.upsert_messages("t", rows(10, 1), points(1)))
    assert in_the_end(lambda: index.count_messages("t")) == 11


# One that lets in whom it knows


@pytest.fixture(scope="module")
def secure(servers: RealServers, tmp_path_factory: pytest.TempPathFactory) -> Generator[RealServer]:
    """A Milvus that speaks TLS and asks for a password."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no 'openssl' on this machine: install Debian's openssl")
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("server", "other"):
        made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        made += ["-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"]
        subprocess.run(
            [*made, "-keyout", f"{name}.key", "-out", f"{name}.pem"], cwd=folder, check=True, capture_output=True
        )

    def securely(server: RealServer) -> None:
        server.environment |= {
            "COMMON_SECURITY_AUTHORIZATIONENABLED": "true",
            "COMMON_SECURITY_TLSMODE": "1",
            "TLS_SERVERPEMPATH": str(folder / "server.pem"),
            "TLS_SERVERKEYPATH": str(folder / "server.key"),
        }
        server.url = f"https://127.0.0.1:{server.port}?server_pem_path={folder / 'server.pem'}"
        server.is_ready = lets_in

    with servers.new("milvus", but=securely) as server:
        yield server


def lets_in(server: RealServer) -> bool:
    try:
        open_milvus_server(of(server, "root:Milvus"), None, connecting=1)
    except Terminal:
        return True  # it has no vectors
    except Transient:
        return False
    raise AssertionError("nobody has made vectors there")


def of(server: RealServer, who: str) -> str:
    return server.url.replace("//", f"//{who}@")


def test_tls_and_a_password(secure: RealServer) -> None:
    with closing(open_milvus_server(of(secure, "root:Milvus"), MODEL)) as index:
        index.upsert_messages("t", rows(0, 3), points(3))
        assert index.count_messages("t") == 3
        assert index.card().where == f"https://127.0.0.1:{secure.port}/"
    for who in ("root:wr0ng", "nobody:wr0ng", "wr0ng", ""):
        with pytest.raises(Terminal, match="check the user and the password in KITH_VECTORS_URL") as refused:
            open_milvus_server(of(secure, who) if who else secure.url, MODEL)
        assert "wr0ng" not in str(refused.value)
    stranger = of(secure, "root:Milvus").replace("server.pem", "other.pem")
    for url, wrong in (
        (stranger, "CERTIFICATE_VERIFY_FAILED"),
        (f"http://root:Milvus@127.0.0.1:{secure.port}", "is it"),
    ):
        with pytest.raises(Transient, match=wrong):
            open_milvus_server(url, MODEL)
