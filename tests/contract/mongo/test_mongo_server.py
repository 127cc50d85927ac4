"""Documents on a MongoDB that dies, freezes, refuses who comes, or answers with errors: each by name, or a wait."""

import subprocess
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Event
from typing import Any, TypeVar
from urllib.parse import quote_plus

import pytest
from mongo_databases import Client
from real_servers import NewServer, RealServer, RealServers

from kith.persona.model import Message, User
from kith.stores.errors import RecordRefused, StoreError, Terminal, Transient
from kith.stores.mongo_documents import MongoDocuments, open_mongo_documents

T = TypeVar("T")

TRIES = 60
PASSWORD = "s3cr@t/:%"  # noqa: S105 - of a server that lives as long as its test


def messages(start: int, many: int) -> list[Message]:
    return [Message("t", f"u{n % 3}", f"text {n}", n, message_id=f"m{n}") for n in range(start, start + many)]


def by_key(messages: list[Message]) -> list[Message]:
    return sorted(messages, key=lambda one: one.key)


def in_the_end(call: Callable[[], T]) -> T:
    """What a caller does about `Transient`. The driver waits in each try for the server to be found."""
    for _ in range(TRIES):
        try:
            return call()
        except Transient:
            pass
    return call()


def again(server: RealServer, *options: str) -> None:
    """Ends the server, and starts it on what it has stored, with these options."""
    server.kill()
    server.command = [*server.command, *options]
    server.start()


@pytest.fixture(scope="module")
def server(servers: RealServers) -> Generator[RealServer]:
    """One for the tests of this module, which leave it as well as it was."""
    with servers.new("mongo") as server:
        yield server


@pytest.fixture
def documents(server: RealServer) -> Generator[MongoDocuments]:
    """On a database that is empty, and waits no more than two seconds for an answer."""
    with Client(server.url) as client:
        client.drop_database("kith")
    with closing(open_mongo_documents(server.url, patience=2)) as opened:
        yield opened


class TestDeath:
    def test_one_that_is_gone_is_transient_and_found_again(self, server: RealServer, documents: MongoDocuments) -> None:
        documents.put_messages("t", messages(0, 10))
        server.kill()
        try:
            with pytest.raises(Transient, match=r"documents in 'mongodb://127\.0\.0\.1"):
                documents.put_messages("t", messages(10, 10))
            with pytest.raises(Transient):
                documents.count_messages("t")
            with pytest.raises(Transient, match="no server answers"):
                open_mongo_documents(server.url, patience=1)
        finally:
            server.start()
        assert in_the_end(lambda: documents.scan_messages("t")) == by_key(messages(0, 10))
        documents.put_messages("t", messages(10, 10))
        assert documents.count_messages("t") == 20

    def test_whatever_was_acknowledged_outlives_it(self, server: RealServer, documents: MongoDocuments) -> None:
        under_way = Event()
        acknowledged = 0

        def write() -> None:
            nonlocal acknowledged
            while True:
                documents.put_messages("t", messages(acknowledged, 7))
                acknowledged += 7
                if acknowledged == 70:
                    under_way.set()

        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(write)
            under_way.wait()
            server.kill()
            try:
                assert isinstance(writing.exception(), Transient)
            finally:
                server.start()
        there = in_the_end(lambda: {one.key for one in documents.scan_messages("t", limit=100_000)})
        assert {one.key for one in messages(0, acknowledged)} <= there
        # What was not acknowledged is said again, as a whole, and is there once.
        documents.put_messages("t", messages(0, acknowledged + 7))
        assert documents.scan_messages("t", limit=100_000) == by_key(messages(0, acknowledged + 7))
        assert documents.count_users("t") == 3

    def test_a_frozen_one_is_given_up_and_found_again(self, server: RealServer, documents: MongoDocuments) -> None:
        documents.put_messages("t", messages(0, 10))
        server.freeze()
        try:
            for call in (lambda: documents.get_user("t", "u0"), lambda: documents.put_messages("t", messages(10, 1))):
                with pytest.raises(Transient):
                    call()
            with pytest.raises(Transient):
                open_mongo_documents(server.url, patience=1)
        finally:
            server.thaw()
        in_the_end(lambda: documents.put_messages("t", messages(10, 1)))
        assert in_the_end(lambda: documents.scan_messages("t")) == by_key(messages(0, 11))


class TestPasswords:
    def test_who_may_not_come_in_is_told_so(self, new_server: NewServer) -> None:
        server = new_server("mongo")
        with Client(server.url) as client:
            for name, role in (("ana", "readWriteAnyDatabase"), ("reader", "readAnyDatabase")):
                client["admin"].command("createUser", name, pwd=PASSWORD, roles=[role])
        again(server, "--auth")
        at = server.url.removeprefix("mongodb://")
        with closing(open_mongo_documents(f"mongodb://ana:{quote_plus(PASSWORD)}@{at}?authSource=admin")) as documents:
            documents.put_messages("t", messages(0, 1))
            assert documents.card().where == server.url
        with pytest.raises(Terminal, match="user or password were refused") as refused:
            open_mongo_documents(f"mongodb://ana:wrong-zq@{at}?authSource=admin")
        assert "zq" not in str(refused.value)
        for url in (server.url, f"mongodb://reader:{quote_plus(PASSWORD)}@{at}?authSource=admin"):
            with pytest.raises(Terminal, match="not allowed"):
                open_mongo_documents(url)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, and a certificate of it for a server at 127.0.0.1."""
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*given: str) -> None:
        subprocess.run(["openssl", *given], cwd=folder, check=True, capture_output=True)

    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority", "-days", "2")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1")
    openssl("req", *new, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=server")
    signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names")
    openssl("x509", "-req", "-in", "server.csr", *signed, "-out", "server.pem")
    (folder / "both.pem").write_text((folder / "server.pem").read_text() + (folder / "server.key").read_text())
    return folder


class TestTls:
    def test_the_server_must_be_who_its_certificate_says(self, new_server: NewServer, certificates: Path) -> None:
        server = new_server("mongo")
        if Path(server.command[0]).name == "mongod":
            again(server, "--tlsMode", "requireTLS", "--tlsCertificateKeyFile", str(certificates / "both.pem"))
        else:
            certificate, key = str(certificates / "server.pem"), str(certificates / "server.key")
            again(server, "--tls-cert-file", certificate, "--tls-key-file", key)
        with closing(open_mongo_documents(f"{server.url}?tls=true&tlsCAFile={certificates / 'ca.pem'}")) as documents:
            documents.put_messages("t", messages(0, 1))
            assert documents.scan_messages("t") == messages(0, 1)
        with pytest.raises(Terminal, match="TLS was refused"):
            open_mongo_documents(f"{server.url}?tls=true", patience=1)
        with pytest.raises(Transient, match="no server answers"):
            open_mongo_documents(server.url, patience=1)


@pytest.fixture(scope="module")
def testable(servers: RealServers) -> Generator[RealServer]:
    """One that fails when it is told to: `failCommand`, which is there for drivers to be tested."""
    with servers.new("mongo") as server:
        if Path(server.command[0]).name == "mongod":
            again(server, "--setParameter", "enableTestCommands=1")
        else:
            again(server, "--enable-test-commands")
        yield server


@pytest.fixture
def failing(testable: RealServer) -> Generator[Callable[..., MongoDocuments]]:
    """Opens ten messages on a server that then fails a command so many times."""
    with Client(testable.url) as client, ExitStack() as opened:

        def fail(command: str, *, times: int, **how: Any) -> MongoDocuments:
            client.drop_database("kith")
            documents = opened.enter_context(closing(open_mongo_documents(testable.url)))
            documents.put_messages("t", messages(0, 10))
            told = {"failCommands": [command], **how}
            client["admin"].command("configureFailPoint", "failCommand", mode={"times": times}, data=told)
            return documents

        yield fail
        client["admin"].command("configureFailPoint", "failCommand", mode="off")


class TestErrors:
    def test_an_answer_that_was_lost_is_asked_for_again_and_counted_once(
        self, failing: Callable[..., MongoDocuments]
    ) -> None:
        keys = [one.key for one in messages(0, 10)]
        assert failing("find", times=1, closeConnection=True).get_messages("t", keys[:1])
        failing("insert", times=1, closeConnection=True).put_messages("t", messages(5, 10))
        documents = failing("delete", times=1, closeConnection=True)
        assert documents.delete_messages("t", keys) == 10
        assert documents.count_messages("t") == 0

    @pytest.mark.parametrize(
        ("code", "kind", "said"),
        [
            (11602, Transient, "not now"),
            (112, Transient, "not now"),
            (50, Transient, "not now"),
            (13, Terminal, "not allowed"),
            (18, Terminal, "user or password were refused"),
            (14031, Terminal, "the disk is full"),
            (10334, RecordRefused, "too large"),
            (2, Terminal, "not foreseen"),
        ],
    )
    @pytest.mark.parametrize("command", ["insert", "find", "update"])
    def test_a_code_decides_what_is_tried_again(
        self, failing: Callable[..., MongoDocuments], command: str, code: int, kind: type[StoreError], said: str
    ) -> None:
        documents = failing(command, times=2, errorCode=code)
        with pytest.raises(StoreError, match=said) as raised:
            documents.scan_users("t") if command == "find" else documents.put_messages("t", messages(10, 1))
        assert type(raised.value) is kind
        assert "text 10" not in str(raised.value)

    def test_what_no_majority_has_yet_is_not_written(self, failing: Callable[..., MongoDocuments]) -> None:
        missing = {"code": 64, "codeName": "WriteConcernTimeout", "errmsg": "waiting for replication timed out"}
        documents = failing("insert", times=1, writeConcernError=missing)
        with pytest.raises(Transient, match="waiting for replication timed out"):
            documents.put_users("t", [User("t", "new")])
        documents.put_users("t", [User("t", "new")])
        assert documents.get_user("t", "new") == User("t", "new")
