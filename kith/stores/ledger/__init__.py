"""The ledger in an SQL database, by SQLAlchemy Core: what was delivered and learned, runs, people, and who may ask."""

from collections.abc import Callable

from sqlalchemy import select, union

from kith.stores.ledger import tables
from kith.stores.ledger.batches import SqlBatches
from kith.stores.ledger.copying import SqlCopying, refuse_unfinished
from kith.stores.ledger.engine import Database, now_ms, open_database
from kith.stores.ledger.evidence import SqlEvidence
from kith.stores.ledger.insight import SqlInsight
from kith.stores.ledger.jobs import SqlJobs
from kith.stores.ledger.keys import SqlKeys
from kith.stores.ledger.leases import SqlLeases
from kith.stores.ledger.migrations import migrate
from kith.stores.ledger.people import SqlPeople
from kith.stores.ledger.persons import Persons
from kith.stores.ledger.requests import SqlRequests
from kith.stores.ledger.runs import SqlRuns
from kith.stores.ports import StoreCard

__all__ = ["SqlLedger", "now_ms", "open_ledger"]


class SqlLedger:
    """The parts of the ledger, over one SQL database. Any thread may use it.

    PostgreSQL takes no NUL in text, and no key that is longer than some 2,600 bytes: such a record is refused.
    """

    def __init__(self, database: Database) -> None:
        persons = Persons(database)
        self._database = database
        self.name = persons.person("", "")
        """Tells this ledger from all others; nobody can guess it who does not have it."""
        self.leases = SqlLeases(database)
        self.batches = SqlBatches(database, persons)
        self.evidence = SqlEvidence(database)
        self.runs = SqlRuns(database)
        self.people = SqlPeople(database, persons)
        self.insight = SqlInsight(database)
        self.keys = SqlKeys(database)
        self.requests = SqlRequests(database)
        self.copying = SqlCopying(database)
        self.jobs = SqlJobs(database)

    @property
    def where(self) -> str:
        return self._database.where

    def card(self) -> StoreCard:
        return self._database.card()

    def tenants(self) -> list[str]:
        spoken_of = (
            tables.pipeline_runs,
            tables.deliveries,
            tables.evidence_headers,
            tables.open_batches,
            tables.campaign_about,
            tables.rejections,
            tables.requests,
        )
        query = union(*(select(table.c.tenant) for table in spoken_of))
        with self._database.read() as connection:
            return sorted(connection.execute(query).scalars())

    def close(self) -> None:
        self._database.close()


def open_ledger(url: str, *, clock: Callable[[], int] | None = None, unfinished: bool = False) -> SqlLedger:
    """Opens the ledger at `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/DATABASE`, with what libpq's URLs say.

    Makes it where there is none, and brings it up to date. Dates go by the clock; where none is given by this
    machine's, and leases by the server's where there is one. `unfinished`: for who copies into it; all others are
    refused while a copy is not done.
    """
    database = open_database(url, clock=clock)
    try:
        migrate(database)
        # What hashes people is read first: whoever copies sets it after saying that a copy is under way.
        ledger = SqlLedger(database)
        if not unfinished:
            refuse_unfinished(database)
        return ledger
    except BaseException:
        database.close()
        raise
