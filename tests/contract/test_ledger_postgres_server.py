"""A PostgreSQL server that is not there, says no, dies, freezes, or must prove who it is."""

import shutil
import subprocess
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from real_servers import RealServer, RealServers, free_port

from kith.stores.errors import Terminal, Transient
from kith.stores.ledger import SqlLedger, open_ledger
from kith.stores.ledger_port import Commit, Item, Lease, Ledger


@pytest.fixture(scope="module")
def server(servers: RealServers) -> Generator[RealServer]:
    """One that these tests may end: each leaves it as it was."""
    with servers.new("postgres") as server:
        yield server


@pytest.fixture
def ledger(server: RealServer) -> Generator[SqlLedger]:
    opened = open_ledger(server.url)
    yield opened
    opened.close()


def lease_of(ledger: Ledger) -> Lease:
    lease = ledger.leases.take([0], holder="ann", seconds=600)
    assert lease is not None
    return lease


def commit_of(key: str, *, run: str = "r") -> Commit:
    return Commit(f"b {key}", run, "t", 0, True, (Item(key, "u1", "a", 1, "file", "line"),), 0, ())


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ((":correct-", ":wrong-"), "password authentication failed"),
        (("//kith:", "//nobody:"), "password authentication failed"),
        (("/postgres", "/nowhere"), 'database "nowhere" does not exist'),
    ],
)
def test_who_is_not_let_in_is_told_why(server: RealServer, wrong: tuple[str, str], why: str) -> None:
    with pytest.raises(Terminal, match=why) as refused:
        open_ledger(server.url.replace(*wrong))
    said = str(refused.value)
    assert f"127.0.0.1:{server.port}" in said
    assert "KITH_LEDGER_URL" in said
    assert "horse" not in said


def test_where_nobody_is_somebody_may_come(server: RealServer) -> None:
    port = free_port()
    with pytest.raises(Transient, match=f"127.0.0.1:{port}/postgres") as refused:
        open_ledger(server.url.replace(str(server.port), str(port)))
    assert "horse" not in str(refused.value)


def test_a_password_that_was_changed_under_us_may_be_changed_back(server: RealServer, ledger: SqlLedger) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("ALTER USER kith PASSWORD 'another'")
        try:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kith'")
            with pytest.raises(Transient, match="password authentication failed"):
                ledger.batches.count("t")
        finally:
            connection.execute("ALTER USER kith PASSWORD 'correct-horse'")
    assert ledger.batches.count("t") >= 0


def test_a_server_that_was_killed_and_came_back_serves_on(server: RealServer, ledger: SqlLedger) -> None:
    lease = lease_of(ledger)
    ledger.batches.commit(lease, commit_of("before"))
    server.kill()
    try:
        for _ in range(2):
            with pytest.raises(Transient):
                ledger.batches.commit(lease, commit_of("meanwhile"))
            with pytest.raises(Transient):
                ledger.batches.count("t")
    finally:
        server.start()
    ledger.batches.commit(lease, commit_of("after"))
    found = ledger.batches.get("t", ["before", "meanwhile", "after"])
    assert found.keys() == {"before", "after"}


def test_a_server_that_dies_in_the_middle_of_a_write_keeps_nothing_of_it(server: RealServer, ledger: SqlLedger) -> None:
    lease, commit = lease_of(ledger), commit_of("in the middle", run="held")
    ledger.runs.start("held", "t")
    generation = ledger.batches.generation("t", "u1")
    with psycopg.connect(server.url, autocommit=True) as watching, ThreadPoolExecutor(1) as pool:
        holding = psycopg.connect(server.url)
        holding.execute("SELECT * FROM pipeline_runs FOR UPDATE")
        # It has written its deliveries when it comes to its run, and waits there.
        waiting = pool.submit(ledger.batches.commit, lease, commit)
        while not watching.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchall():
            assert not waiting.done()
        server.kill()
        try:
            with pytest.raises(Transient):
                waiting.result()
        finally:
            holding.close()
            server.start()
    assert ledger.batches.get("t", ["in the middle"]) == {}
    assert ledger.batches.commit(lease, commit) == {"u1": generation + 1}


def test_a_frozen_server_is_given_up_and_serves_on_when_it_thaws(
    server: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kith.stores.ledger.postgres.SILENCE_SECONDS", 0.2)
    at = f"{server.url}?connect_timeout=2"
    with closing(open_ledger(at)) as impatient:
        lease = lease_of(impatient)
        server.freeze()
        try:
            with pytest.raises(Transient):
                impatient.batches.commit(lease, commit_of("frozen"))
            with pytest.raises(Transient):
                impatient.batches.count("t")
            with pytest.raises(Transient):
                open_ledger(at)
        finally:
            server.thaw()
        impatient.batches.commit(lease, commit_of("thawed"))
        assert impatient.batches.get("t", ["frozen", "thawed"]).keys() == {"thawed"}


def test_a_server_that_freezes_in_the_middle_of_a_write_is_given_up(
    server: RealServer, ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kith.stores.ledger.postgres.SILENCE_SECONDS", 0.2)
    lease = lease_of(ledger)
    with (
        psycopg.connect(server.url, autocommit=True) as watching,
        ThreadPoolExecutor(1) as pool,
        psycopg.connect(server.url) as holding,
    ):
        holding.execute("SELECT * FROM leases FOR UPDATE")
        waiting = pool.submit(ledger.batches.commit, lease, commit_of("in the ice"))
        while not watching.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchall():
            assert not waiting.done()
        server.freeze()
        try:
            with pytest.raises(Transient, match="has said nothing"):
                waiting.result()
        finally:
            server.thaw()
    assert ledger.batches.get("t", ["in the ice"]) == {}


def certificate(folder: Path, name: str, *, of: str) -> Path:
    """A certificate that is its own authority, and its key beside it."""
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made += ["-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName={of}"]
    files = ["-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.crt")]
    subprocess.run([*made, *files], check=True, capture_output=True)
    return folder / f"{name}.crt"


@pytest.fixture(scope="module")
def tls_server(servers: RealServers, tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[RealServer, Path]]:
    """A server that lets nobody in without TLS, and its certificate."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no 'openssl' on this machine: install Debian's openssl")
    with servers.new("postgres") as server:
        server.stop()
        data = server.folder / "data"
        own = certificate(data, "server", of="IP:127.0.0.1")
        shutil.chown(data / "server.key", data.owner())
        with open(data / "postgresql.conf", "a") as settings:
            settings.write("ssl = on\nssl_cert_file = 'server.crt'\nssl_key_file = 'server.key'\n")
        (data / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n")
        server.start()
        yield server, Path(shutil.copy(own, tmp_path_factory.mktemp("tls")))


def test_a_server_that_proves_who_it_is(tls_server: tuple[RealServer, Path]) -> None:
    server, trusted = tls_server
    url = f"{server.url}?sslmode=verify-full&sslrootcert={trusted}"
    ledger = open_ledger(url)
    ledger.runs.start("r1", "t")
    assert ledger.tenants() == ["t"]
    with psycopg.connect(url) as connection:
        by = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'kith'"
        assert connection.execute(by).fetchall() == [(True,)]
    ledger.close()


def test_a_server_that_does_not_prove_it_is_refused(tls_server: tuple[RealServer, Path], tmp_path: Path) -> None:
    server, trusted = tls_server
    with pytest.raises(Terminal, match="certificate verify failed"):
        open_ledger(f"{server.url}?sslmode=verify-full&sslrootcert={certificate(tmp_path, 'other', of='IP:127.0.0.1')}")
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    with pytest.raises(Terminal, match="does not match host name"):
        open_ledger(f"{elsewhere}?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert={trusted}")


def test_plain_is_refused_where_either_side_wants_tls(tls_server: tuple[RealServer, Path], server: RealServer) -> None:
    with pytest.raises(Terminal, match="no encryption"):
        open_ledger(f"{tls_server[0].url}?sslmode=disable")
    with pytest.raises(Terminal, match="does not support SSL"):
        open_ledger(f"{server.url}?sslmode=require")
