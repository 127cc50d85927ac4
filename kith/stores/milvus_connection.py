"""The calls on the two collections: each in its turn, within its time, its errors told as those of the stores."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TypeVar

from kith.persona.embedding import ModelCard, Vectors
from kith.stores.errors import RecordRefused, StoreError, Terminal
from kith.stores.milvus_client import Address, Client, Row, connect, not_loaded, translating
from kith.stores.milvus_collections import Collection, Kept, named, open_collections
from kith.stores.milvus_rows import among, chunks
from kith.stores.turns import Turns

__all__ = ["Connection"]

T = TypeVar("T")

MOST_HITS = 16_384
"""Milvus finds no more at once, and a query that matches more loses the rest in silence: scans go page by page."""
PAGE = 4096


def _nothing_wrong() -> StoreError | None:
    return None


def _nothing_to_stop() -> None:
    return None


class Connection:
    """An open Milvus. What rows to read or delete is said in filters of `milvus_rows`.

    `prefix` begins the names of the collections. `turns` keeps readers out while a writer writes, for a store whose
    upsert is a delete and an insert that others can see. `fault` tells what is wrong with the store as a whole, and
    `stop` ends what was started for it.
    """

    def __init__(
        self,
        address: Address,
        *,
        where: str,
        prefix: str = "kith",
        turns: Turns | None = None,
        fault: Callable[[], StoreError | None] = _nothing_wrong,
        stop: Callable[[], None] = _nothing_to_stop,
    ) -> None:
        self._where = where
        self._prefix = prefix
        self._seconds = address.calling
        self._soon = address.finding
        self._turns = turns
        self._fault = fault
        self._stop = stop
        self._closed = False
        with self._calling("connecting to"):
            self._client: Client = connect(address)

    @property
    def steady(self) -> bool:
        """Whether a reader finds each row once, also while it is written again."""
        return self._turns is not None

    def version(self) -> str:
        """What the server calls itself, once it has shown that it knows the database and us."""
        with self._calling("opening"):
            self._client.list_collections(timeout=self._seconds)
            return self._client.get_server_version(timeout=self._seconds)

    def open(self, model: ModelCard | None, *, lexical: bool, replace: bool) -> Kept:
        """Opens the collections as `open_collections` says. Where that fails, the client is closed."""
        try:
            with self._calling("opening"):
                return open_collections(
                    self._client, model, where=self._where, prefix=self._prefix, lexical=lexical, replace=replace
                )
        except BaseException:
            self._client.close()
            raise

    def upsert(self, collection: Collection, rows: Sequence[Row]) -> None:
        """Writes the rows; where an id stands twice, the last one counts."""
        latest = {row["id"]: row for row in rows}
        for chunk in chunks(list(latest.values())):
            with self._writing("writing to", rows=True):
                self._client.upsert(self._named(collection), chunk, timeout=self._seconds)

    def delete(self, collection: Collection, ids: Sequence[str]) -> None:
        for these in among(ids):
            with self._writing("deleting from"):
                self._delete(collection, these)

    def delete_all(self, collection: Collection, rows: str) -> int:
        """Deletes whatever the filter finds; how many rows there were."""
        with self._writing("deleting from"):
            there = self._counted(collection, rows)
            if there:
                self._delete(collection, rows)
        return there

    def search(
        self,
        collection: Collection,
        query: Vectors | str,
        *,
        field: str,
        rows: str,
        fields: list[str],
        limit: int,
    ) -> list[tuple[Row, float]]:
        """The rows nearest to the query by one field, of those that the filter finds, each with its score."""
        if limit < 1:
            return []
        with self._reading("searching"):
            answers = self._asked(
                collection,
                lambda name: self._client.search(
                    name,
                    data=[query],
                    anns_field=field,
                    filter=rows,
                    limit=min(limit, MOST_HITS),
                    output_fields=fields,
                    timeout=self._soon,
                ),
            )
            return [(hit["entity"], float(hit["distance"])) for hit in answers[0]]

    def get(self, collection: Collection, ids: Sequence[str], *, fields: list[str]) -> Iterator[Row]:
        for these in among(ids):
            with self._reading("reading"):
                rows = self._query(collection, these, fields=fields, seconds=self._soon)
            yield from rows

    def scan(self, collection: Collection, rows: str, *, fields: list[str]) -> Iterator[Row]:
        """All that the filter finds, however many."""
        with self._reading("walking over"):
            pages = self._asked(
                collection,
                lambda name: self._client.query_iterator(
                    name, batch_size=PAGE, filter=rows, output_fields=fields, timeout=self._seconds
                ),
            )
        try:
            while True:
                with self._reading("walking over"):
                    page = pages.next()
                if not page:
                    return
                yield from page
        finally:
            pages.close()

    def count(self, collection: Collection, rows: str) -> int:
        with self._reading("counting"):
            return self._counted(collection, rows)

    def close(self) -> None:
        """Closes the client and stops what was started for it; a second call does nothing."""
        with self._turns.writing() if self._turns else nullcontext():
            if not self._closed:
                self._closed = True
                self._client.close()
                self._stop()

    def _counted(self, collection: Collection, rows: str) -> int:
        return int(self._query(collection, rows, fields=["count(*)"], seconds=self._seconds)[0]["count(*)"])

    def _query(self, collection: Collection, rows: str, *, fields: list[str], seconds: float) -> Sequence[Row]:
        return self._asked(
            collection, lambda name: self._client.query(name, filter=rows, output_fields=fields, timeout=seconds)
        )

    def _delete(self, collection: Collection, rows: str) -> None:
        self._asked(collection, lambda name: self._client.delete(name, filter=rows, timeout=self._seconds))

    def _named(self, collection: Collection) -> str:
        return named(collection, self._prefix)

    def _asked(self, collection: Collection, ask: Callable[[str], T]) -> T:
        """The answer about a collection, which a server that was started again may have to load first."""
        name = self._named(collection)
        try:
            return ask(name)
        except Exception as error:
            if not not_loaded(error):
                raise
            self._client.load_collection(name, timeout=self._seconds, _async=True)
            return ask(name)

    @contextmanager
    def _reading(self, doing: str) -> Generator[None, None, None]:
        with self._turns.reading() if self._turns else nullcontext(), self._calling(doing):
            yield

    @contextmanager
    def _writing(self, doing: str, *, rows: bool = False) -> Generator[None, None, None]:
        with self._turns.writing() if self._turns else nullcontext(), self._calling(doing, rows=rows):
            yield

    @contextmanager
    def _calling(self, doing: str, *, rows: bool = False) -> Generator[None, None, None]:
        if self._closed:
            raise Terminal(f"the vectors in {self._where!r} are closed")
        try:
            with translating(f"{doing} the vectors in {self._where!r}", rows=rows):
                yield
        except RecordRefused:
            raise
        except StoreError as error:
            fault = self._fault()
            if fault is None:
                raise
            raise fault from error
