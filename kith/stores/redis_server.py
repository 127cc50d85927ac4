"""The calls on a Redis server: each within its time, errors told as the stores' own, no page of before a restart."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast
from weakref import WeakKeyDictionary

from redis import exceptions as wrong
from redis.connection import Connection, ConnectionPool, SSLConnection, UnixDomainSocketConnection
from redis.maint_notifications import MaintNotificationsConfig

from kith.stores.circuit import Circuit
from kith.stores.errors import StoreError, Terminal, Transient, WrongFormat
from kith.stores.redis_scripts import Script
from kith.stores.redis_url import RedisPlace, Scheme

__all__ = ["RIGHTS", "Reached", "RedisServer", "read_info"]

T = TypeVar("T")

RIGHTS = "+info +select +eval +evalsha +time +hmget +hget +hset +hdel +hscan +unlink +pttl +pexpire"  # HELLO is free
"""What a user must be allowed to do, as `ACL SETUSER` takes it, beside the keys `~PREFIX:*`."""
OLDEST = 6
KINDS: dict[Scheme, type[Any]] = {"redis": Connection, "rediss": SSLConnection, "unix": UnixDomainSocketConnection}
PASSING = frozenset({"BUSY", "MISCONF", "NOREPLICAS", "TRYAGAIN", "MASTERDOWN", "CLUSTERDOWN"})
"""Codes of answers that are others in a moment, or when somebody has looked after the server."""


class Line(Protocol):
    """What is asked of a connection of redis-py, whose types are not whole."""

    handshake_metadata: Any

    def connect(self) -> None: ...
    def on_connect(self) -> None: ...
    def send_command(self, *command: object) -> None: ...
    def read_response(self) -> Any: ...
    def disconnect(self) -> None: ...


class Lines(Protocol):
    """What is asked of its pool. A line that is handed out is connected, and has nothing left to read."""

    def get_connection(self) -> Line: ...
    def release(self, connection: Any) -> None: ...
    def disconnect(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Reached:
    """The server at the other end of a connection. `run` is another one each time that it starts."""

    kind: str
    version: str
    run: str


class RedisServer:
    """A Redis or a Valkey, and the pages on it. Any thread may call.

    Pages are named by the run of the server as well: one that comes back from its disk, or a replica that takes over,
    may have lost the last things it was told, and what it still holds of before is found by nobody.
    """

    def __init__(self, place: RedisPlace, *, timeout: float, circuit: Circuit) -> None:
        self.place = place
        self.reached: Reached | None = None
        """Who was greeted last."""
        self._circuit = circuit
        self._timeout = timeout
        self._closed = False
        self._runs: WeakKeyDictionary[Line, str] = WeakKeyDictionary()
        self._lines = cast(Lines, ConnectionPool(KINDS[place.scheme], **self._options(timeout)))

    def reach(self, *, timeout: float) -> None:
        """Greets the server, by a connection of its own that has so much time for each step."""
        line: Line = KINDS[self.place.scheme](**self._options(timeout))
        try:
            line.connect()
        except wrong.RedisError as error:
            raise self._told(error, timeout) from error
        finally:
            line.disconnect()

    def fields(self, page: str, *fields: str) -> list[bytes | None]:
        """These fields of a page."""
        return self._call(lambda line, run: _exchange(line, "HMGET", self._name(page, run), *fields))

    def run(self, script: Script, page: str, *given: bytes | str | int) -> Any:
        """What a script gives for a page."""

        def ask(line: Line, run: str) -> Any:
            name = self._name(page, run)
            try:
                return _exchange(line, "EVALSHA", script.digest, 1, name, *given)
            except wrong.NoScriptError:
                return _exchange(line, "EVAL", script.text, 1, name, *given)

        return self._call(ask)

    def close(self) -> None:
        self._closed = True
        self._lines.disconnect()

    def _options(self, timeout: float) -> dict[str, Any]:
        place = self.place
        at = {"path": place.socket} if place.scheme == "unix" else {"host": place.host, "port": place.port}
        return {
            **at,
            **place.tls,
            "db": place.database,
            "username": place.user,
            "password": place.password,
            "protocol": 3,
            "socket_timeout": timeout,
            "socket_connect_timeout": timeout,
            "redis_connect_func": self._greet,
            "driver_info": None,  # two questions less for each connection
            "maint_notifications_config": MaintNotificationsConfig(enabled=False),
        }

    def _name(self, page: str, run: str) -> str:
        return f"{self.place.prefix}:{run}:{page}"

    def _call(self, ask: Callable[[Line, str], T]) -> T:
        if self._closed:
            raise Terminal(f"the cache at {self.place.where!r} is closed")
        self._circuit.admit()
        try:
            line = self._lines.get_connection()
            try:
                answer = ask(line, self._runs[line])
            finally:
                self._lines.release(line)
        except (wrong.ConnectionError, wrong.TimeoutError) as error:
            why = self._told(error, self._timeout)
            self._circuit.failed(why)
            raise why from error
        except StoreError as why:  # of whom it did not want to greet
            self._circuit.failed(why)
            raise
        except wrong.RedisError as error:
            self._circuit.worked()
            raise self._told(error, self._timeout) from error
        self._circuit.worked()
        return answer

    def _greet(self, line: Line) -> None:
        """Begins a connection: who we are, which database, and who is there."""
        try:
            line.handshake_metadata = None
            try:
                line.on_connect()
            except wrong.ResponseError as error:
                if line.handshake_metadata is None and not isinstance(error, wrong.NoPermissionError):
                    raise _too_old(self.place.where, f"that does not know HELLO ({error})") from error
                raise
            self.reached = reached = read_info(_exchange(line, "INFO", "server"), where=self.place.where)
            self._runs[line] = reached.run
        except StoreError:
            line.disconnect()
            raise

    def _told(self, error: wrong.RedisError, timeout: float) -> StoreError:
        """An error of redis-py as one of the stores, with what to do about it."""
        at = f"the cache at {self.place.where!r}"
        untrusted = _untrusted(error)
        if untrusted is not None:
            return Terminal(
                f"{at} has a certificate that is not trusted ({untrusted}): add ?ssl_ca_certs=FILE to its URL"
            )
        match error:
            case wrong.AuthenticationError():
                return Terminal(f"{at} refuses the user or the password ({error}): correct them in its URL")
            case wrong.NoPermissionError():
                rights = f"~{self.place.prefix}:* {RIGHTS}"
                return Terminal(f"{at} does not let this user do what a cache must ({error}): grant {rights!r}")
            case wrong.TimeoutError():
                return Transient(f"{at} does not answer within {timeout * 1000:.0f} ms ({error})")
            case wrong.ConnectionError():
                return Transient(f"{at} cannot be reached ({error}): see that it runs, and that its URL is right")
            case wrong.OutOfMemoryError():
                return Transient(f"{at} is full and evicts nothing: set its maxmemory-policy to allkeys-lru")
            case wrong.ReadOnlyError():
                return Transient(
                    f"{at} is a replica, or about to be one, and takes nothing: name the primary in its URL"
                )
            case _:
                passing = (error.status_code or str(error).partition(" ")[0]) in PASSING
                return (Transient if passing else Terminal)(f"{at} refuses a call: {error}")


def read_info(told: bytes, *, where: str) -> Reached:
    """Who says this of themselves. One that is too old is refused."""
    info = {name: value.strip() for name, _, value in (one.partition(":") for one in told.decode().splitlines())}
    kind = "valkey" if "valkey_version" in info else "redis"
    version = info[f"{kind}_version"]
    if int(version.partition(".")[0]) < OLDEST:
        raise _too_old(where, f"of version {version}")
    return Reached(kind, version, info["run_id"][:16])


def _too_old(where: str, what: str) -> WrongFormat:
    return WrongFormat(f"the cache at {where!r} is a Redis {what}: Kith needs Redis {OLDEST} or newer, or Valkey")


def _exchange(line: Line, *command: object) -> Any:
    line.send_command(*command)
    return line.read_response()


def _untrusted(error: BaseException) -> str | None:
    """What is wrong with a certificate, if that is why there is no connection."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return str(cause.verify_message)
        cause = cause.__cause__ or cause.__context__
    return None
