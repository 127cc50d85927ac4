"""A PostgreSQL server, by psycopg 3: how the ledger connects to it, how long it waits, and what its errors mean.

Every wait has an end. The server ends what takes too long by itself; one that says nothing is asked at its door whether
it is still there, and given up where it is not: a frozen server holds its connections open, and no keepalive tells.
"""

import os
import socket
import struct
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import PGconn, Ping
from sqlalchemy import Connection, Engine, create_engine, func, select, text

from kith.persona.errors import BadInput
from kith.stores.errors import RecordRefused, StoreError, Terminal, Transient
from kith.stores.ledger.again import Undone

__all__ = ["LONGEST_SECONDS", "SILENCE_SECONDS", "alone", "meaning_of", "open_engine"]

OLDEST = 130_000
"""The server's version, as it gives it: 13.0."""

SILENCE_SECONDS = 5.0
"""How long a server may say nothing before it is asked whether it is there; and how long it has to answer that."""
LONGEST_SECONDS = 60
"""What one statement may take. A wait that is twice as long is given up here: something between may be frozen."""
ON_THE_SERVER = {
    "statement_timeout": f"{LONGEST_SECONDS}s",
    "lock_timeout": "30s",
    # A plan that is kept does not know how many keys it will be asked for, and compares each with every row.
    "plan_cache_mode": "force_custom_plan",
    # Whoever vanishes in the middle of a transaction holds rows that others wait for.
    "idle_in_transaction_session_timeout": "60s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
    "tcp_user_timeout": "30000",
}
HERE = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "4",
    "tcp_user_timeout": "30000",
    "client_encoding": "utf8",
    "fallback_application_name": "kith",
}
"""What a URL may say otherwise."""

MIGRATING = 0x6B697468
"""The advisory lock of whoever makes or changes the tables: "kith"."""
ASKS_FOR_TLS = struct.pack("!ii", 8, 80877103)
"""The one question that a server answers, with one byte, to anybody."""
NOT_NOW = ("08", "25006", "25P03", "25P04", "40", "53", "55P03", "57")
UNDONE = ("40001", "40P01")
FULL = "53100"
TOO_LARGE = "54000"

T = TypeVar("T")


class Watched(psycopg.Connection[Any]):
    """A connection that is given up when the server has nothing to say and is not there when it is asked."""

    longest: float = 2.0 * LONGEST_SECONDS

    def wait(self, gen: PQGen[T], *args: Any, **kwargs: Any) -> T:
        return super().wait(self._watch(gen), *args, **kwargs)

    def _watch(self, gen: PQGen[T]) -> PQGen[T]:
        began = heard = monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    heard = monotonic()
                elif monotonic() - heard > SILENCE_SECONDS:
                    if monotonic() - began > self.longest or not self._is_there():
                        self._give_up(monotonic() - began)
                    heard = monotonic()
                wanted = gen.send(ready)
        except StopIteration as done:
            return done.value

    def _is_there(self) -> bool:
        """Whether whoever is at the other end still answers others."""
        with (
            suppress(OSError),
            socket.socket(fileno=os.dup(self.pgconn.socket)) as ours,
            socket.socket(ours.family) as other,
        ):
            other.settimeout(SILENCE_SECONDS)
            other.connect(ours.getpeername())
            other.sendall(ASKS_FOR_TLS)
            return other.recv(1) != b""
        return False

    def _give_up(self, waited: float) -> None:
        self.pgconn.finish()
        raise psycopg.OperationalError(f"the server has said nothing for {waited:.0f} s")


class _Door:
    """Makes the connections to one database."""

    def __init__(self, parameters: Mapping[str, Any], where: str) -> None:
        self._parameters = parameters
        self._where = where
        self._let_in = False

    def __call__(self) -> Watched:
        try:
            connection = self._connect()
        except psycopg.OperationalError as problem:
            # Who was let in once is let in again: what is in the way passes.
            if self._let_in or isinstance(problem, psycopg.errors.ConnectionTimeout) or not self._takes_callers():
                raise self._not_now(problem) from None
            connection = self._once_more()
        if (problem := _unfit(connection)) is not None:
            connection.close()
            raise Terminal(f"The ledger at {self._where!r} {problem}, or set KITH_LEDGER_URL elsewhere.")
        self._let_in = True
        return connection

    def _connect(self) -> Watched:
        return Watched.connect(**self._parameters)

    def _once_more(self) -> Watched:
        """The server is there: what it says now is about us, and not that it was only just starting."""
        try:
            return self._connect()
        except psycopg.OperationalError as refused:
            raise Terminal(
                f"The ledger at {self._where!r} does not let us in ({_one_line(refused)}): see user, password, "
                "database and sslmode in KITH_LEDGER_URL."
            ) from None

    def _takes_callers(self) -> bool:
        """Whether it would let anybody in. Nothing secret is sent, so it need not prove who it is."""
        asked = {name: value for name, value in self._parameters.items() if not name.startswith(("ssl", "password"))}
        return PGconn.ping(make_conninfo(**asked).encode()) == Ping.OK

    def _not_now(self, problem: psycopg.Error) -> Transient:
        return Transient(f"The ledger at {self._where!r} does not answer now ({_one_line(problem)}): try again.")


def _unfit(connection: Watched) -> str | None:
    """Why no ledger can be kept there."""
    version = connection.info.server_version
    if version < OLDEST:
        older, newer = version // 10_000, OLDEST // 10_000
        return f"is on PostgreSQL {older}, and {newer} or newer is needed: move it to a newer server"
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        return (
            f"keeps text as {encoding!r}, which has no place for most of it: create the database with ENCODING 'UTF8'"
        )
    return None


def open_engine(url: str, *, read_only: bool = False) -> tuple[Engine, str]:
    """An engine that connects when it is first used, and where that is, without the password."""
    parameters = _parameters_of(url)
    on_server = ON_THE_SERVER | ({"default_transaction_read_only": "on"} if read_only else {})
    options = [f"-c {name}={value}" for name, value in on_server.items()]
    options.append(str(parameters.get("options", "")))
    here = HERE if read_only else HERE | {"target_session_attrs": "read-write"}
    where = f"{parameters.get('host', 'localhost')}:{parameters.get('port', 5432)}/{parameters.get('dbname', '')}"
    engine = create_engine(
        "postgresql+psycopg://",
        creator=_Door({**here, **parameters, "options": " ".join(options)}, where),
        isolation_level="READ COMMITTED",
        hide_parameters=True,
        pool_pre_ping=True,
        use_native_hstore=False,
    )
    return engine, where


def _parameters_of(url: str) -> dict[str, Any]:
    rest = url.split("://", 1)[1]
    try:
        found = conninfo_to_dict(f"postgresql://{rest}")
    except psycopg.Error:  # whose message may hold a part of the password
        found = {}
    if not found or "@" in str(found.get("host", "")):
        raise BadInput(
            "The ledger's URL cannot be read: write KITH_LEDGER_URL as "
            "postgresql://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full, with %40 for an @ in the password and "
            "%XX for whatever else is no letter or digit."
        )
    return dict(found)


@contextmanager
def alone(connection: Connection) -> Generator[None]:
    """Nobody else makes or changes tables until this transaction ends; it may take as long as it takes."""
    connection.execute(select(func.pg_advisory_xact_lock(MIGRATING)))
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    watched = connection.connection.driver_connection
    if not isinstance(watched, Watched):
        raise TypeError(f"{watched!r} is no connection of the ledger's")
    watched.longest = float("inf")
    try:
        yield
    finally:
        watched.longest = Watched.longest


def meaning_of(error: BaseException | None) -> tuple[type[StoreError], str]:
    """What kind of error this is, by its SQLSTATE, and what it says without the details, which quote rows."""
    if not isinstance(error, psycopg.Error):
        return Terminal, str(error)
    said = error.diag.message_primary
    reason = f"{said} [{error.sqlstate}]" if said else _one_line(error)
    return _kind_of(error), reason


def _kind_of(error: psycopg.Error) -> type[StoreError]:
    state = error.sqlstate
    if isinstance(error, psycopg.DataError) or state == TOO_LARGE:
        return RecordRefused
    if state in UNDONE:
        return Undone
    if state is None:
        passes = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    else:
        passes = state.startswith(NOT_NOW) and state != FULL
    return Transient if passes else Terminal


def _one_line(error: psycopg.Error) -> str:
    return " ".join(str(error).split())
