"""Transactions on a Neo4j: tried again where others were in the way, and never longer than they may take."""

import random
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, LiteralString, TypeVar, cast

from kith.stores.cypher import Node, Run, hold
from kith.stores.errors import Terminal
from kith.stores.neo4j_address import Address
from kith.stores.neo4j_errors import library, raced, translated
from kith.stores.ports import StoreCard
from kith.stores.turns import Turns

if TYPE_CHECKING:
    import neo4j

__all__ = ["Neo4jSession", "version_of"]

CONNECTING = 4.0
"""Seconds until a server that does not take a connection, or is silent on one that lay idle, counts as gone."""
IDLE = 1.0
"""Seconds after which a connection is tried before it is used."""
GRACE = 3.0
"""Seconds that the answer may take when the server has ended what took too long: it looks every two."""
FIRST_PAUSE = 0.01
LONGEST_PAUSE = 1.0
QUIET = (5, 2)
"""The version of the protocol from which on notices can be asked away."""

T = TypeVar("T")


def version_of(agent: str, *, where: str) -> str:
    """The version of the server that calls itself so; `Terminal` where it is too old."""
    found = re.fullmatch(r"Neo4j/((\d+)\.\S+)", agent)
    if found is None or int(found[2]) < 5:
        raise Terminal(f"The graph at {where!r} is {agent!r}, and Kith needs Neo4j 5.0 or newer. Update the server.")
    return found[1]


class Neo4jSession:
    """A driver and its connections.

    `reading` and `writing`: seconds that one transaction may take, with all its tries, at the server and here.
    """

    def __init__(self, address: Address, *, reading: float, writing: float) -> None:
        self._address = address
        self._reading = reading
        self._writing = writing
        self._turns = Turns()
        self._closed = False
        auth = None if address.user is None else (address.user, address.password)
        with translated(address):
            # Options of sessions have no types.
            self._driver: Any = library().GraphDatabase.driver(
                address.uri,
                auth=auth,
                connection_timeout=CONNECTING,
                connection_acquisition_timeout=CONNECTING,
                connection_write_timeout=max(reading, writing),
                liveness_check_timeout=IDLE,
                telemetry_disabled=True,
            )
        try:
            with translated(address):
                server: neo4j.ServerInfo = self._driver.get_server_info()
            self._version = version_of(server.agent, where=address.where)
        except BaseException:
            self._driver.close()
            raise
        # What nobody has yet is unknown to the server, and what two make at once is there already: nothing to be told.
        asked_away = {"notifications_disabled_classifications": ["UNRECOGNIZED", "SCHEMA"]}
        self._notices: dict[str, Any] = asked_away if server.protocol_version >= QUIET else {}

    def card(self) -> StoreCard:
        return StoreCard(kind="neo4j", version=self._version, where=self._address.where)

    def read(self, work: Callable[[Run], T], *, of: tuple[Node, str] | None = None) -> T:
        """Of one moment with `of` alone, which no writer then changes: without, what is committed meanwhile shows."""
        if of is None:
            return self._transact(work, access="READ", seconds=self._reading)
        node, node_id = of

        def held(run: Run) -> T:
            there = run(hold(node), ids=[node_id]) != [[0]]
            return work(run if there else _nothing)

        return self._transact(held, access="WRITE", seconds=self._reading)

    def write(self, work: Callable[[Run], T]) -> T:
        return self._transact(work, access="WRITE", seconds=self._writing)

    def close(self) -> None:
        """Waits for what is under way. May be called again."""
        with self._turns.writing():
            if not self._closed:
                self._closed = True
                self._driver.close()

    def _transact(self, work: Callable[[Run], T], *, access: str, seconds: float) -> T:
        from neo4j.exceptions import Neo4jError

        until, left, longest = monotonic() + seconds, seconds, FIRST_PAUSE
        with self._turns.reading(), translated(self._address):
            if self._closed:
                raise Terminal(f"The graph at {self._address.where!r} has been closed. Open it again.")
            while True:
                try:
                    with self._transaction(access, left) as transaction:
                        return _run_in(transaction, work)
                except Neo4jError as problem:
                    pause = random.uniform(0, longest)  # noqa: S311 - jitter guards nothing
                    left = until - monotonic() - pause
                    # The server takes 0 seconds for no end at all.
                    if not raced(problem) or left <= 0:
                        raise
                sleep(pause)
                longest = min(2 * longest, LONGEST_PAUSE)

    @contextmanager
    def _transaction(self, access: str, seconds: float) -> Generator["neo4j.Transaction"]:
        session: neo4j.Session = self._driver.session(
            database=self._address.database,
            default_access_mode=access,
            fetch_size=-1,
            bookmark_manager=self._driver.execute_query_bookmark_manager,
            **self._notices,
        )
        with session, session.begin_transaction(timeout=seconds) as transaction:
            # The driver has no setting for how long it waits for an answer: it takes what the server once told it,
            # two minutes. Were it made otherwise inside, those would hold again.
            with suppress(AttributeError):
                cast(Any, transaction)._connection.socket.set_read_timeout(seconds + GRACE)
            yield transaction


def _run_in(transaction: "neo4j.Transaction", work: Callable[[Run], T]) -> T:
    def run(statement: str, /, **parameters: Any) -> list[list[Any]]:
        return transaction.run(cast(LiteralString, statement), parameters).values()

    done = work(run)
    transaction.commit()
    return done


def _nothing(_: str, /, **__: Any) -> list[list[Any]]:
    return []
