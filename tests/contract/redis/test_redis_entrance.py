"""Whom a Redis server lets in, and whom we take for one: passwords, users, TLS, versions, sockets."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

import pytest
from real_servers import RealServer
from redis_place import RedisPlace

from kith.persona.errors import BadInput
from kith.persona.identity import content_digest, user_node_id
from kith.stores.errors import Terminal, Transient, WrongFormat
from kith.stores.ports import CacheKey
from kith.stores.redis_cache import RedisCache, open_redis_cache
from kith.stores.redis_server import RIGHTS, Reached, read_info


def key() -> CacheKey:
    return CacheKey("t", user_node_id("t", "ana"), 1, 0, "context", content_digest("q"))


ANA = key().person


class TestComingIn:
    @pytest.mark.parametrize("who", ["", ":wrong-horse", "nobody:correct-horse"])
    def test_the_wrong_password(self, server: RealServer, who: str) -> None:
        with pytest.raises(Terminal, match=r"refuses the user or the password .*: correct them in its URL") as raised:
            open_redis_cache(f"redis://{who}@127.0.0.1:{server.port}", must_answer=False)
        assert "-horse" not in str(raised.value)

    def test_a_password_that_was_changed_is_told_on_the_next_connection(
        self, server: RealServer, own: RedisPlace, opened: Callable[..., RedisCache]
    ) -> None:
        cache = opened(own.url)
        own.admin.config_set("requirepass", "another-horse")
        own.admin.client_kill_filter(_type="normal", skipme=True)
        with pytest.raises(Terminal, match="refuses the user or the password"):
            cache.get(key())

    def test_a_user_with_the_rights_that_are_named_and_no_more(
        self, server: RealServer, own: RedisPlace, opened: Callable[..., RedisCache]
    ) -> None:
        password = "p@ss: wörd/%"  # noqa: S105 - of a server that lives as long as the test
        url = f"redis://kith:{quote(password, safe='')}@127.0.0.1:{server.port}/1?prefix=ours"
        grant = ["on", f">{password}", "~ours:*", "-@all", *RIGHTS.split()]
        own.admin.execute_command("ACL", "SETUSER", "kith", *grant)
        cache = opened(url)
        cache.raise_generation("t", ANA, 1)
        cache.put(key(), b"bytes", seconds=60)
        assert (cache.get(key()), cache.generation("t", ANA), cache.count("t", ANA)) == (b"bytes", 1, 1)
        assert cache.forget("t", ANA) == 1
        foreign = opened(url.replace("prefix=ours", "prefix=theirs"))
        with pytest.raises(Terminal, match=r"does not let this user .* grant '~theirs:\* "):
            foreign.generation("t", ANA)
        own.admin.execute_command("ACL", "SETUSER", "kith", "-info")
        with pytest.raises(Terminal, match=r"does not let this user .* grant '~ours:\* \+info "):
            opened(url)

    def test_a_database_that_is_not_there(self, server: RealServer, own: RedisPlace) -> None:
        with pytest.raises(Terminal, match="DB index is out of range"):
            open_redis_cache(server.url.replace("/0", "/99"))

    def test_a_server_from_before_hello(self, server: RealServer, opened: Callable[..., RedisCache]) -> None:
        cache = opened(server.url)
        server.stop()
        server.command = [*server.command, "--rename-command", "HELLO", ""]
        server.start()
        for ask in (lambda: cache.get(key()), lambda: open_redis_cache(server.url, must_answer=False)):
            with pytest.raises(WrongFormat, match=r"does not know HELLO .* needs Redis 6 or newer"):
                ask()

    def test_who_a_server_says_it_is(self) -> None:
        ours = b"# Server\r\nredis_version:6.0.16\r\nrun_id:0123456789abcdef0123456789abcdef\r\n"
        assert read_info(ours, where="there") == Reached("redis", "6.0.16", "0123456789abcdef")
        valkey = ours.replace(b"6.0.16", b"7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.0")
        assert read_info(valkey, where="there") == Reached("valkey", "8.1.0", "0123456789abcdef")
        with pytest.raises(WrongFormat, match=r"'there' is a Redis of version 5\.0\.14: Kith needs Redis 6 or newer"):
            read_info(ours.replace(b"6.0.16", b"5.0.14"), where="there")

    def test_without_redis_py(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "redis", None)
        monkeypatch.delitem(sys.modules, "kith.stores.redis_server")
        with pytest.raises(BadInput, match=r"'redis://there:6379' needs redis-py: pip install 'kith\[servers\]'"):
            open_redis_cache("redis://there")

    def test_a_unix_socket(self, server: RealServer, opened: Callable[..., RedisCache]) -> None:
        server.stop()
        socket = server.folder / "socket"
        server.command = [*server.command, "--unixsocket", str(socket)]
        server.start()
        cache = opened(f"unix://:correct-horse@{socket}?db=2&prefix=here")
        cache.put(key(), b"bytes", seconds=60)
        assert (cache.get(key()), cache.card().where) == (b"bytes", f"unix://{socket}")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, and certificates of it for a server at 127.0.0.1 and for a client."""
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*given: str) -> None:
        subprocess.run(["openssl", *given], cwd=folder, check=True, capture_output=True)

    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority", "-days", "2")
    for name, extension in (("server", "subjectAltName=IP:127.0.0.1"), ("client", "extendedKeyUsage=clientAuth")):
        (folder / f"{name}.txt").write_text(extension)
        openssl("req", *new, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", f"{name}.txt", "-days", "2"]
        openssl("x509", "-req", "-in", f"{name}.csr", *signed, "-out", f"{name}.pem")
    for made in folder.iterdir():
        made.chmod(0o644)
    return folder


class TestTLS:
    def test_the_server_must_be_who_its_certificate_says(
        self, server: RealServer, certificates: Path, opened: Callable[..., RedisCache]
    ) -> None:
        server.stop()
        server.command = [*_without_port(server.command), "--tls-auth-clients", "no", *_tls(server.port, certificates)]
        server.start()
        url = f"rediss://:correct-horse@127.0.0.1:{server.port}"
        cache = opened(f"{url}?ssl_ca_certs={certificates / 'ca.pem'}")
        cache.put(key(), b"bytes", seconds=60)
        assert (cache.get(key()), cache.card().where) == (b"bytes", f"rediss://127.0.0.1:{server.port}")
        with pytest.raises(Terminal, match=r"not trusted .* add \?ssl_ca_certs=FILE"):
            opened(url)
        named = f"{url.replace('127.0.0.1', 'localhost')}?ssl_ca_certs={certificates / 'ca.pem'}"
        with pytest.raises(Terminal, match=r"not trusted .*localhost"):
            opened(named)
        assert opened(f"{named}&ssl_check_hostname=false").get(key()) == b"bytes"
        assert opened(f"{url}?ssl_cert_reqs=none").get(key()) == b"bytes"
        with pytest.raises(Transient, match="cannot be reached"):
            opened(url.replace("rediss", "redis"))

    def test_the_server_may_ask_for_ours(
        self, server: RealServer, certificates: Path, opened: Callable[..., RedisCache]
    ) -> None:
        server.stop()
        server.command = [*_without_port(server.command), "--tls-auth-clients", "yes", *_tls(server.port, certificates)]
        server.start()
        url = f"rediss://:correct-horse@127.0.0.1:{server.port}?ssl_ca_certs={certificates / 'ca.pem'}"
        ours = f"&ssl_certfile={certificates / 'client.pem'}&ssl_keyfile={certificates / 'client.key'}"
        assert opened(url + ours).get(key()) is None
        with pytest.raises(Transient, match="cannot be reached"):
            opened(url)


def _without_port(command: Sequence[str]) -> list[str]:
    at = list(command).index("--port")
    return [*command[:at], *command[at + 2 :]]


def _tls(port: int, certificates: Path) -> list[str]:
    files = ["--tls-cert-file", "server.pem", "--tls-key-file", "server.key", "--tls-ca-cert-file", "ca.pem"]
    return ["--port", "0", "--tls-port", str(port)] + [
        str(certificates / one) if one.endswith((".pem", ".key")) else one for one in files
    ]
